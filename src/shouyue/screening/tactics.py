"""What the other side does: the inbound labels of one message, and its conduct over a thread.

Distress comes first and is judged on the side of care: its threshold is where nine of ten such messages speak, rules and
model both look for it, and a person must look, whatever else the message says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from shouyue.screening.finding import Finding
from shouyue.screening.fold import Folded
from shouyue.screening.model import Earlier, model

DOUBTFUL = 0.68  # certainty of distress below which a plainer reading of the same words stands instead
# what somebody in distress does not speak of while only hinting at it; hardship, relatives, a wish to be left alone are no such thing
_PLAINER = frozenset(
    {"dispute_debt", "dispute_identity", "complaint_threat", "irrelevant", "provocation", "scam_doubt", "unreasonable_demand"}
    | {"representation", "data_request", "inducement", "plan_request"}
)  # fmt: skip


def judge(folded: Folded, context: Iterable[Earlier] = ()) -> list[Finding]:
    """Findings of the model for a message that we received; `vulnerable` stands first."""
    found = weighed(model("inbound").judge(folded, tuple(context)))
    return sorted(found, key=lambda one: (one.label != "vulnerable", one.start))


def weighed(found: list[Finding]) -> list[Finding]:
    """What a model found, without a mere hint of distress where it found plain business, too."""
    if any(one.label in _PLAINER for one in found):
        return [one for one in found if one.label != "vulnerable" or one.certainty >= DOUBTFUL]
    return found


# ── over a thread ──


@dataclass(frozen=True)
class Limits:
    """From when on a pattern is called by its name. Defaults of the trade, not of law: a lender may set its own."""

    flood_messages: int = 20  # of theirs within flood_span, without an answer of ours being awaited
    flood_span: timedelta = timedelta(minutes=10)
    flood_share: float = 0.6  # of them, those that say nothing about the matter
    put_off: int = 3  # messages that put off, within put_off_span, without a date or a payment after them
    put_off_span: timedelta = timedelta(days=30)
    escalation_steps: int = 2  # rungs climbed within escalation_span
    escalation_span: timedelta = timedelta(days=7)
    provocations: int = 2  # within provocation_span
    provocation_span: timedelta = timedelta(days=3)


class Turn(NamedTuple):
    """One message of a thread as it was judged. `labels` are those of finding.INBOUND for theirs."""

    at: datetime
    ours: bool
    labels: frozenset[str]
    repeats: bool = False  # the same text as one before it
    beside: bool = False  # nothing was found in it, and it names nothing of the matter


def speaks_of_the_matter(words: str) -> bool:
    """Do these words of theirs, in which screening found nothing, name anything of the debt, the car or their means?"""
    return _MATTER.search(words) is not None


class Conduct(NamedTuple):
    """A pattern over a thread, with the counters that show it."""

    tactic: str  # flooding | putting_off | escalation | provocation | distress
    since: datetime
    counted: int  # what the pattern counts
    of: int  # among how many of their messages in that span
    places: tuple[int, ...]  # numbers of the turns that count, for the screen to show
    en: str
    zh: str


_EMPTY = frozenset({"irrelevant", "insult", "provocation", "stalling"})
# whoever asks about any of these speaks of the matter, however often: to ask is a right
_MATTER = re.compile(
    "[钱款债欠账帐贷车息费额卡期月催]|还[清上不多了]|合同|协议|违约|征信|起诉|法院|律师|仲裁|协商|减免|减少|明细|凭证|发票|抵押|担保"
    "|公司|地址|电话|工号|投诉|失业|工资|医院|住院|生病"
)
_RUNGS = (
    {"insult"},
    {"provocation"},
    {"threat"},
)  # each worse than the one before; to announce a complaint is a right, and no rung
_NOT_PUT_OFF = frozenset(
    {"promise_to_pay", "payment_claimed", "plan_request"}
    | {"hardship", "vulnerable", "dispute_debt", "dispute_identity", "representation"}
)


def over_thread(turns: Sequence[Turn], limits: Limits = Limits()) -> list[Conduct]:
    """What the thread shows as of its last turn, distress first. Turns in order of time; linear in their number."""
    if not turns:
        return []
    now = turns[-1].at
    theirs = [(n, turn) for n, turn in enumerate(turns) if not turn.ours]
    found = [
        _distress(theirs), _flooding(theirs, now, limits), _putting_off(theirs, now, limits),
        _escalation(theirs, now, limits), _provocation(theirs, now, limits),
    ]  # fmt: skip
    return [one for one in found if one]


Theirs = Sequence[tuple[int, Turn]]


def _within(theirs: Theirs, now: datetime, span: timedelta) -> list[tuple[int, Turn]]:
    return [(n, turn) for n, turn in theirs if now - turn.at <= span]


def _distress(theirs: Theirs) -> Conduct | None:
    places = [n for n, turn in theirs if "vulnerable" in turn.labels]
    if not places:
        return None
    since = next(turn.at for n, turn in theirs if n == places[0])
    return Conduct(
        "distress", since, len(places), len(theirs), tuple(places),
        f"{len(places)} of their messages speak of distress or grave illness: a person must look at once",
        f"对方有 {len(places)} 条消息流露危机或重病，须立即由人工跟进",
    )  # fmt: skip


def _flooding(theirs: Theirs, now: datetime, limits: Limits) -> Conduct | None:
    """Many messages in a short time, most of them empty or repeated. Many messages about the matter are no flood."""
    recent = _within(theirs, now, limits.flood_span)
    empty = [
        n for n, turn in recent if turn.repeats or turn.beside or (turn.labels and turn.labels <= _EMPTY)
    ]
    if len(recent) < limits.flood_messages or len(empty) < limits.flood_share * len(recent):
        return None
    minutes = int(limits.flood_span.total_seconds() // 60)
    return Conduct(
        "flooding", recent[0][1].at, len(empty), len(recent), tuple(empty),
        f"{len(recent)} messages in {minutes} minutes, {len(empty)} of them repeated or about nothing",
        f"{minutes} 分钟内 {len(recent)} 条消息，其中 {len(empty)} 条重复或与本事项无关",
    )  # fmt: skip


def _putting_off(theirs: Theirs, now: datetime, limits: Limits) -> Conduct | None:
    """Put off again and again. A date, a payment, a hardship or a dispute starts the count anew: that is no stalling."""
    counted: list[tuple[int, Turn]] = []
    for n, turn in _within(theirs, now, limits.put_off_span):
        if turn.labels & _NOT_PUT_OFF:
            counted = []
        elif "stalling" in turn.labels:
            counted.append((n, turn))
    if len(counted) < limits.put_off:
        return None
    return Conduct(
        "putting_off", counted[0][1].at, len(counted), len(theirs), tuple(n for n, _ in counted),
        f"put off {len(counted)} times since {counted[0][1].at:%Y-%m-%d}, no date or sum named in between",
        f"自 {counted[0][1].at:%Y-%m-%d} 起推托 {len(counted)} 次，期间未提出日期或金额",
    )  # fmt: skip


def _escalation(theirs: Theirs, now: datetime, limits: Limits) -> Conduct | None:
    """From curses to goading to threats: rungs climbed one after another."""
    places: list[int] = []
    since, height = now, 0
    for n, turn in _within(theirs, now, limits.escalation_span):
        rung = max((step + 1 for step, labels in enumerate(_RUNGS) if turn.labels & labels), default=0)
        if rung > height:
            since = turn.at if not places else since
            places.append(n)
            height = rung
    if len(places) < limits.escalation_steps:
        return None
    return Conduct(
        "escalation", since, len(places), len(theirs), tuple(places),
        f"the tone rose {len(places)} times in {limits.escalation_span.days} days, up to {('curses', 'goading', 'threats')[height - 1]}",
        f"{limits.escalation_span.days} 天内升级 {len(places)} 次，已至{('辱骂', '挑衅', '威胁')[height - 1]}",
    )  # fmt: skip


def _provocation(theirs: Theirs, now: datetime, limits: Limits) -> Conduct | None:
    places = [n for n, turn in _within(theirs, now, limits.provocation_span) if "provocation" in turn.labels]
    if len(places) < limits.provocations:
        return None
    since = next(turn.at for n, turn in theirs if n == places[0])
    return Conduct(
        "provocation", since, len(places), len(theirs), tuple(places),
        f"goaded {len(places)} times in {limits.provocation_span.days} days: answer with an approved wording, or let a colleague",
        f"{limits.provocation_span.days} 天内挑衅 {len(places)} 次：请用核准话术回复，或换同事接手",
    )  # fmt: skip


# ── one matter, one chat ──

DRIFT = 2  # messages about another matter, among the last DRIFT_OF of either side
DRIFT_OF = 6


class Drift(NamedTuple):
    """A thread that moves to another matter."""

    places: tuple[int, ...]  # numbers of the messages that speak of something else
    words: tuple[str, ...]  # the words that show it
    en: str
    zh: str


def drift(findings: Sequence[Iterable[Finding]]) -> Drift | None:
    """Does this thread move to another matter? `findings` are those of its messages, oldest first.

    `off_matter` counts: of ours as the words show it, of theirs where they name another matter. `irrelevant` does not: small
    talk is no other matter.
    """
    start = max(0, len(findings) - DRIFT_OF)
    off = [
        (n, one)
        for n, message in enumerate(findings[start:], start)
        for one in message
        if one.label == "off_matter"
    ]
    places = sorted({n for n, _ in off})
    if len(places) < DRIFT:
        return None
    words = tuple(dict.fromkeys(word for _, one in off for word, _ in one.grounds[:2]))
    return Drift(
        tuple(places), words,
        f"{len(places)} of the last {len(findings) - start} messages speak of another matter ({', '.join(words)}): open its own thread",
        f"最近 {len(findings) - start} 条中有 {len(places)} 条谈及其他事项（{'、'.join(words)}）：请另开会话",
    )  # fmt: skip
