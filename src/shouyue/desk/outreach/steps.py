"""The next step of each case in somebody's queue: one action with its reason, and whether the law allows it now.

Which step it is, the rules of practice say for every case at once. Whether contact is allowed, the gate is asked only about
the cases that are looked at: it gives each channel's answer and, where it blocks, the next lawful moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.timezone import localdate

from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.reads import Matter, Thread
from shouyue.desk.messages.facts import Intent
from shouyue.desk.messages.many import filled
from shouyue.desk.messages.permission import quiet_until, wordless
from shouyue.desk.messages.queue import Item, Known, Reason, of_today
from shouyue.desk.outreach import reads
from shouyue.desk.parties import reads as parties
from shouyue.desk.parties.reads import Consent, Party
from shouyue.desk.people.reads import Staff
from shouyue.desk.rulebook.reads import pack_on
from shouyue.policy.decision import Decision, Effect, Spoken
from shouyue.policy.pack import Pack
from shouyue.policy.practice import Advised
from shouyue.terms import Channel

ON_ACCOUNTS = frozenset({Channel.WECOM, Channel.KF})  # reached by an account that is bound, or not at all
HINDERS = ("frozen", "certificate", "paused")  # what no gate knows of and still keeps us from contact


@dataclass(frozen=True)
class Step:
    """One line of the queue with what to do next. `matter` and `debtor`, `channel` and `decision` are there once the gate was asked."""

    item: Item
    advised: Advised | None
    waits: tuple[Reason, ...] = ()
    matter: Matter | None = None
    debtor: Party | None = None
    channel: Channel | None = None
    decision: Decision | None = None

    @property
    def contacts(self) -> bool:
        return self.advised is not None and self.advised.choice.contacts

    @property
    def idle(self) -> bool:
        """Nothing is to be done now: its step is to wait, or something keeps us from contact."""
        if self.advised is None:
            return bool(self.waits)
        return self.advised.choice.rests or (self.contacts and bool(self.waits))

    @property
    def blocked(self) -> bool:
        return self.decision is not None and self.decision.effect == Effect.BLOCK

    @property
    def blocking(self) -> list[Spoken]:
        """The rules that block."""
        spoken = self.decision.spoken if self.decision else ()
        return [one for one in spoken if one.effect == Effect.BLOCK]

    @property
    def grey(self) -> bool:
        return self.idle or self.blocked

    @property
    def until(self) -> datetime | None:
        """The next lawful moment; None where waiting alone does not help, or nothing is waited for."""
        if self.decision is not None and self.blocked:
            return self.decision.next_lawful
        if not self.waits or any(one.when is None for one in self.waits):
            return None
        return max(one.when for one in self.waits if one.when)


def steps(staff: Staff, at: datetime) -> list[Step]:
    """The next step of every case this person answers for, what can be done first, the most pressing on top."""
    items, known = of_today(staff, at)
    records = reads.records_of([item.case for item in items], at, known, page="steps")
    pack, today = pack_on(at), localdate(at)
    practice = pack.practice
    order = practice.order("steps") if practice else {}
    nights = _Nights.of(items, known, pack, at)
    found = []
    for item in items:
        record = records[item.case.pk]
        advised = practice.first("steps", record, today) if practice else None
        waits = item.waits
        if advised is not None and advised.choice.contacts:
            waits = nights.waits(item, advised.choice.channels)
        elif advised is not None:
            stops = tuple(one for one in waits if one.word == "stop")
            waits = (*stops, *(_let_be(record, at) if advised.choice.rests else ()))
        found.append(Step(item, advised, waits))
    return sorted(
        found,
        key=lambda one: (
            one.idle,
            order.get(one.advised.rule, len(order)) if one.advised else len(order),
            one.item.rank,
        ),
    )


@dataclass(frozen=True)
class _Nights:
    """Who agreed to be reached at night, asked only outside ordinary hours; and when each channel opens by what was agreed,
    asked of the gate once for all who agreed to the same."""

    pack: Pack
    at: datetime
    given: Mapping[UUID, Sequence[Consent]]  # by person
    bound: Set[tuple[UUID, str]]  # person and channel of every account in force
    opens: dict[tuple[str, Channel, str], datetime | None]

    @classmethod
    def of(cls, items: Sequence[Item], known: Known, pack: Pack, at: datetime) -> _Nights:
        quiet = any(one.word == "hours" for item in items for one in item.waits)
        given = parties.nights_of(known.people, at) if quiet else {}
        return cls(pack, at, given, parties.bound(given) if given else frozenset(), {})

    def waits(self, item: Item, channels: Sequence[Channel]) -> tuple[Reason, ...]:
        """What this case waits for: ordinary hours only where no channel of its step is open by agreement."""
        given = self.given.get(item.debtor.pk) if item.debtor else None
        if not given or item.debtor is None:
            return item.waits
        pk, zone = item.debtor.pk, item.debtor.zone
        opens = [
            self._opens(zone, one, given)
            for one in channels
            if one not in ON_ACCOUNTS or (pk, one.value) in self.bound
        ]
        rest = tuple(one for one in item.waits if one.word != "hours")
        if len(rest) == len(item.waits) or not opens:
            return item.waits
        moments = [one for one in opens if one is not None]
        return rest if len(moments) < len(opens) else (*rest, Reason("hours", min(moments)))

    def _opens(self, zone: str, channel: Channel, given: Sequence[Consent]) -> datetime | None:
        key = (zone, channel, repr([(one.channel, one.form, one.window) for one in given]))
        if key not in self.opens:
            self.opens[key] = quiet_until(self.pack, zone, self.at, channel, given)
        return self.opens[key]


def _let_be(record: Mapping[str, Any], at: datetime) -> tuple[Reason, ...]:
    """Until when somebody is left in peace: a promise or an instalment falls due."""
    days = [record[name] for name in ("promise_in", "plan_in") if record[name] is not None]
    return (Reason("resting", at + timedelta(days=min(days))),) if days else ()


def asked(shown: Sequence[Step], at: datetime) -> list[Step]:
    """These steps with the gate's answer: the first of its channels that is not blocked, else the one that opens first."""
    people = parties.several(one.item.debtor.pk for one in shown if one.item.debtor)
    rows = matters.several(one.item.case.pk for one in shown)
    shown = [
        replace(
            one,
            matter=rows[one.item.case.pk],
            debtor=people[one.item.debtor.pk] if one.item.debtor else None,
        )
        for one in shown
    ]
    threads = _threads(rows.values())
    pack = pack_on(at)
    best: dict[UUID, tuple[Channel, Decision]] = {}
    asking = [
        [(one.item.case.pk, channel, _intent(one, channel, threads, at)) for channel in one.advised.choice.channels]
        for one in shown
        if one.advised and one.contacts and one.debtor and one.matter and one.matter.owner
    ]  # fmt: skip
    filled([intent for intents in asking for _, _, intent in intents])
    for intents in asking:
        for pk, channel, intent in intents:
            if channel in ON_ACCOUNTS and intent.account is None:
                continue  # there is nobody on that channel to write to
            decision = wordless(pack, intent)
            if pk not in best or _sooner(decision, best[pk][1]):
                best[pk] = channel, decision
            if decision.effect != Effect.BLOCK:
                break
    return [
        replace(
            one,
            waits=tuple(w for w in one.waits if w.word in HINDERS),
            channel=best[one.item.case.pk][0],
            decision=best[one.item.case.pk][1],
        )
        if one.item.case.pk in best
        else one
        for one in shown
    ]


def _sooner(this: Decision, that: Decision) -> bool:
    if that.effect != Effect.BLOCK:
        return False
    if this.effect != Effect.BLOCK or that.next_lawful is None:
        return True
    return this.next_lawful is not None and this.next_lawful < that.next_lawful


def _threads(shown: Iterable[Matter]) -> dict[tuple[UUID, UUID, str], Thread]:
    rows = matters.open_threads_of(shown)
    return {(row.matter_id, row.party_id, row.channel): row for row in reversed(rows)}


def _intent(
    one: Step, channel: Channel, threads: dict[tuple[UUID, UUID, str], Thread], at: datetime
) -> Intent:
    matter, debtor = one.matter, one.debtor
    assert one.advised and debtor and matter and matter.owner
    thread = threads.get((matter.pk, debtor.pk, channel)) or Thread(
        purpose=one.advised.choice.purpose,
        channel=channel,
        account=matter.owner.wecom_userid or "" if channel == Channel.WECOM else matter.loan.client,
        owner=matter.owner,
    )
    thread.matter, thread.party = matter, debtor
    return Intent(thread=thread, text="", staff=thread.owner, when=at)
