"""May it happen? `decide(pack, facts, at)` is the only way to ask, and it is pure: it reads nothing but its arguments.

Every rule that can concern the contact is asked; every one that speaks is in the decision. A rule whose facts are not
known makes the contact wait for a person. A consent may lift the rules it names; they then stay in the decision as
records. The next lawful moment is found by waiting out every rule that blocks, and asking again at that moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

import numpy as np

from shouyue.clocks.calendar import zone
from shouyue.policy.contacts import DAY, ROLES, code, key, microseconds, moment
from shouyue.policy.decision import Decision, Effect, Spoken, Text, plain
from shouyue.policy.facts import UNKNOWN, Facts
from shouyue.policy.kinds.identity import WORDS as NAMED
from shouyue.policy.match import as_date, as_instant
from shouyue.policy.pack import INDEXED, Pack, offset_of
from shouyue.policy.rule import Ground, Question, Rule
from shouyue.policy.table import MISSING, NO, NONE, YES, Column, Table, Truth

PATIENCE = 64  # rounds of waiting before we say that no moment was found
FOREVER = Text("等待不能使其合法：{rules}", "waiting alone does not make it lawful: {rules}")


def decide(pack: Pack, facts: Facts, at: datetime) -> Decision:
    """The decision on one intended contact at `at` (aware). Same arguments, same bytes."""
    pack.check(facts.known)
    table = table_of(pack, facts, at)
    settled = Settled()
    heard = _hear(pack, table, settled)
    spoken = sorted((_say(h, table, pack.phrases.words) for h in heard), key=lambda s: -s.effect.weight)
    effect = max(
        (s.effect for s in spoken if s.effect is not Effect.RECORD),
        key=lambda e: e.weight,
        default=Effect.ALLOW,
    )
    when, never = (at, None) if effect is not Effect.BLOCK else _wait(pack, facts, at, heard, table, settled)
    return Decision(effect, at, tuple(spoken), when, never, pack.name, pack.fingerprint)


class _One(dict[str, Column]):
    """The facts of a table of one, read when first asked for."""

    def __init__(self, facts: Facts, pack: Pack) -> None:
        super().__init__()
        self._facts, self._pack = facts, pack

    def __missing__(self, name: str) -> Column:
        found = self[name] = self._read(name)
        return found

    def _read(self, name: str) -> Column:
        if name.endswith(".marks"):
            return Column((self._marks(name.removesuffix(".marks")),))
        value = self._facts.get(name)
        if value is UNKNOWN:
            return absent(self._pack, name)
        return NONE if value is None else Column((value,)) if self._pack.may_hold(name, value) else MISSING

    def _marks(self, text_name: str) -> Any:
        return marks(self._pack, self[text_name].one, self[labels_of(text_name)].one)


def labels_of(text_name: str) -> str:
    """The fact that holds what screening found in a text: `labels` of `text`, `inbound.labels` of `inbound.text`."""
    return "labels" if text_name == "text" else text_name.rpartition(".")[0] + ".labels"


def marks(pack: Pack, text: Any, labels: Any) -> Any:
    """What a text says: the phrases of the pack in it, and what screening found."""
    seen = frozenset(labels) if labels not in (None, UNKNOWN) else frozenset()
    if text is UNKNOWN:
        return seen or UNKNOWN
    return pack.phrases.marks(text) | seen


def absent(pack: Pack, name: str) -> Column:
    """What the vocabulary makes of a fact nobody gave."""
    spec = pack.facts.get(name)
    return NONE if spec is not None and spec.unknown == "none" else MISSING


def table_of(pack: Pack, facts: Facts, at: datetime) -> Table:
    """The table of one: the debtor's earlier contacts, and the contact in question as the last row."""
    one = _One(facts, pack)
    us, offset = microseconds(at), _offset(pack, one, at)

    def text(name: str) -> str:
        value = one[name].one
        return "" if value in (None, UNKNOWN) else str(value)

    earlier = facts.earlier.upto(us)
    debtor = text("debtor")
    role = text("recipient.role")
    row: dict[str, int] = {
        "contact": int(earlier.contact.max()) + 1 if len(earlier) else 1,
        "debtor": key(debtor) if debtor else (int(earlier.debtor[-1]) if len(earlier) else 0),
        "person": _key(one["recipient.person"].one),
        "number": _key(one["recipient.number"].one),
        "matter": _key(one["matter"].one),
        "at": us,
        "offset": offset,
        "channel": code("channel", text("channel") or "internal"),
        "direction": code("direction", text("direction") or "outbound"),
        "role": code("role", role if role in ROLES else ""),
    }
    history = earlier.then(row)
    return Table(
        history,
        np.array([len(history) - 1]),
        us,
        offset,
        one,
        lambda name: absent(pack, name),
        calendar=pack.calendar,
    )


def _later(pack: Pack, facts: Facts, table: Table, us: int) -> Table:
    """The same contact at a later moment. The facts that were read stay read; so does the history, unless a contact that is
    told of lies between the two moments."""
    if len(facts.earlier) and int(facts.earlier.at.max()) > table.at:
        return table_of(pack, facts, moment(us))
    assert isinstance(table.facts, _One)
    offset = _offset(pack, table.facts, moment(us))
    history = replace(table.history, at=table.history.at.copy(), offset=table.history.offset.copy())
    history.at[-1], history.offset[-1] = us, offset
    return replace(table, history=history, at=us, offset=offset, memo={})


def _offset(pack: Pack, one: _One, at: datetime) -> int:
    """Seconds that the clock by which days are counted is ahead of UTC: the pack's zone, or the fact `clock_zone` where
    a pack counts by the recipient's own calendar."""
    own = one["clock_zone"].one
    if own in (None, UNKNOWN):
        return offset_of(pack, at)
    return int((at.astimezone(zone(own)).utcoffset() or timedelta()).total_seconds())


def _key(value: Any) -> int:
    return 0 if value in (None, UNKNOWN) else key(value)


@dataclass(frozen=True, slots=True)
class _Heard:
    """One rule that spoke, with the ground that was strictest and whether it is sure."""

    rule: Rule
    ground: Ground
    effect: Effect
    sure: bool
    lifts: tuple[tuple[str, Ground], ...]
    lifted_by: str | None = None
    openers: tuple[Ground, ...] = ()


class Settled:
    """What holds at this and every later moment, since no clock, no history and no parameter is in it: answers by rule and
    by ground, and the rules that can still speak."""

    __slots__ = ("answers", "asked")

    def __init__(self) -> None:
        self.answers: dict[int, Truth] = {}
        self.asked: Sequence[Question] | None = None


def _hear(pack: Pack, table: Table, settled: Settled) -> list[_Heard]:
    """The rules that speak. Answers that time cannot change are taken from `settled`, or put there."""
    heard: list[_Heard] = []
    lifts: dict[str, str] = {}
    openers: dict[str, list[Ground]] = {}
    answers, still = settled.answers, []
    if settled.asked is None:
        settled.asked = pack.questions(**{name.replace(".", "_"): table.value(name) for name in INDEXED})
    for question in settled.asked:
        rule = question.rule
        scope = answers.get(id(rule))
        if scope is None:
            scope = rule.scope(table, question.tests)
            # one not yet in force may come into force
            if rule.timeless and (scope != NO or rule.since is None):
                answers[id(rule)] = scope
        if scope == NO:
            if id(rule) not in answers:
                still.append(question)
            continue
        best: _Heard | None = None
        silent = rule.timeless
        for ground, open_tests in question.grounds:
            answer = answers.get(id(ground))
            if answer is None:
                answer = ground.judge(table, scope, open_tests)
                if ground.timeless and rule.timeless:
                    answers[id(ground)] = answer
                else:
                    silent = False
            for lifted in ground.lifts:
                openers.setdefault(lifted, []).append(ground)
                silent = False
                if answer == YES:
                    lifts[lifted] = rule.id
            if answer == NO:
                continue
            silent = False
            effect = ground.effect
            if answer != YES and effect is Effect.BLOCK:
                effect = Effect.APPROVAL
            if answer != YES and effect is Effect.RECORD:
                continue
            if best is None or effect.weight > best.effect.weight:
                best = _Heard(rule, ground, effect, answer == YES, ())
        if not silent:
            still.append(question)
        if best is not None:
            heard.append(best)
    settled.asked = still
    if not openers:
        return heard
    result = []
    for h in heard:
        if h.rule.id in lifts:
            h = _Heard(h.rule, h.ground, Effect.RECORD, h.sure, (), lifts[h.rule.id])
        elif h.rule.id in openers:
            h = _Heard(h.rule, h.ground, h.effect, h.sure, (), None, tuple(openers[h.rule.id]))
        result.append(h)
    return result


def _until(h: _Heard, table: Table) -> int | None:
    """When this rule alone would stop blocking, µs UTC."""
    moments = [h.ground.kind.until(table)]
    for ground in h.openers:
        opens = getattr(ground.kind, "opens", None)
        moments.append(opens(table) if opens else None)
    for test in (*h.rule.where, *h.ground.where):
        if test.operator == "as_of" and test.operand in ("not_before", "after"):
            moments.append(_passes(table.value(test.fact), table))
    known = [m for m in moments if m is not None]
    return min(known, default=None)


def _passes(value: Any, table: Table) -> int | None:
    """When a date or time that still lies ahead has passed."""
    if value in (None, UNKNOWN, True):
        return None
    instant = as_instant(value)
    if instant is not None:
        return instant + 1
    day = (as_date(value) - date(1970, 1, 1)).days + 1
    return day * DAY - int(table.offset) * 1_000_000


def _wait(
    pack: Pack, facts: Facts, at: datetime, heard: list[_Heard], table: Table, settled: Settled
) -> tuple[datetime | None, Text | None]:
    """The first moment from `at` at which nothing blocks, or why waiting does not help."""
    for _ in range(PATIENCE):
        blocking = [h for h in heard if h.effect is Effect.BLOCK]
        if not blocking:
            assert isinstance(table.at, int)
            return moment(table.at).astimezone(at.tzinfo), None
        ends = {h.rule.id: _until(h, table) for h in blocking}
        stuck = [id for id, end in ends.items() if end is None]
        if stuck:
            return None, FOREVER.filled({"rules": ", ".join(stuck)})
        later = max(end for end in ends.values() if end is not None)
        assert isinstance(table.at, int)
        table = _later(pack, facts, table, max(later, table.at + 1))
        heard = _hear(pack, table, settled)
    return None, FOREVER.filled({"rules": ", ".join(h.rule.id for h in heard if h.effect is Effect.BLOCK)})


def _say(h: _Heard, table: Table, words: Mapping[str, Text]) -> Spoken:
    names = dict.fromkeys((*(t.fact for t in h.rule.where), *h.ground.reads))
    used: dict[str, Any] = {}
    unknown: list[str] = []
    for name in names:
        value = table.value(name)
        if value is UNKNOWN:
            unknown.append(name)
        elif value is not None and not name.endswith(".marks"):
            used[name] = plain(value)
    used.update(plain(h.ground.kind.detail(table)))
    reason = h.ground.reason.filled(*_readable(used, words))
    if not h.sure:
        gaps = ", ".join(unknown) or "a number of this rule has no value on that date"
        reason = Text(
            f"不知道：{gaps}。须由人决定。{reason.zh}", f"Not known: {gaps}. A person decides. {reason.en}"
        )
    end = None
    if h.effect is Effect.BLOCK:
        us = _until(h, table)
        end = None if us is None else moment(us).astimezone(_zone(table))
    return Spoken(
        rule=h.rule.id,
        effect=h.effect,
        title=h.rule.title,
        reason=reason,
        citation=h.rule.citation,
        confidence=h.rule.confidence,
        facts=used,
        unknown=tuple(unknown) if not h.sure else (),
        lifted_by=h.lifted_by,
        until=end,
    )


def _zone(table: Table) -> Any:
    return timezone(timedelta(seconds=int(table.offset)))


def _readable(used: Mapping[str, Any], words: Mapping[str, Text]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The facts as they stand in a sentence, Chinese and English; the marks of a text by what the pack calls them."""
    zh, en = {}, {}
    for dotted, value in used.items():
        name = dotted.replace(".", "_")
        zh[name] = en[name] = value
        if isinstance(value, list):
            said = [words.get(str(one)) or NAMED.get(str(one)) or Text(str(one), str(one)) for one in value]
            zh[name], en[name] = "、".join(one.zh for one in said), "; ".join(one.en for one in said)
    return zh, en
