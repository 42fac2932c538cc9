"""Conduct is recorded with its grounds, contested by the person, and answered by somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from shouyue.desk.conduct import reads
from shouyue.desk.conduct.models import ConductEvent, Kind
from shouyue.desk.holds import reads as holds
from shouyue.desk.ledger.actions import seal
from shouyue.desk.ledger.reads import find_sealed
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import stream_of as thread_stream
from shouyue.desk.messages import reads as messages
from shouyue.desk.messages.facts import NEEDS_CARE
from shouyue.desk.messages.patterns import patterns
from shouyue.desk.outbox.actions import note
from shouyue.desk.parties import reads as parties
from shouyue.desk.parties.actions import stream_of as party_stream
from shouyue.desk.parties.models import Party
from shouyue.desk.people import reads as people
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor
from shouyue.desk.rulebook.reads import conduct_kept_until

CONDUCT_OF: dict[str, Kind] = {  # what words alone show of a borrower's conduct
    "promise_to_pay": Kind.PROMISED,
    "stalling": Kind.STALLED,
    "unreasonable_demand": Kind.DEMANDED,
    "provocation": Kind.PROVOKED,
    "inducement": Kind.INDUCED,
    "insult": Kind.INSULTED,
    "threat": Kind.THREATENED,
}


PATTERN_OF: dict[str, Kind] = {  # what only a thread shows, by tactic of screening
    "flooding": Kind.FLOODED,
    "putting_off": Kind.STALLED,
    "escalation": Kind.ESCALATED,
    "provocation": Kind.PROVOKED,
}
AGAIN_AFTER = timedelta(days=1)  # the same pattern, going on in the same thread, is one event


class UnableToContest(Exception):
    """This record of conduct cannot be contested, or answered, as asked."""


def stream_of(person: Party | Staff | UUID | str) -> str:
    """The stream of the log in which a person's conduct is sealed, apart from threads and from debts."""
    who = person.staff_no if isinstance(person, Staff) else person.pk if isinstance(person, Party) else person
    return f"conduct:{who}"


@transaction.atomic
def record(
    *,
    key: str,
    kind: Kind,
    party: Party | None = None,
    staff: Staff | None = None,
    grounds: Mapping[str, Any],
    evidence: str = "",
    by: Actor,
    at: datetime,
) -> ConductEvent:
    """Record what one person did, once for each `key`. `grounds` are ids and labels; `evidence` is a sealed entry's digest."""
    row, fresh = ConductEvent.objects.get_or_create(
        key=key,
        defaults={
            "party": party,
            "staff": staff,
            "kind": kind,
            "grounds": dict(grounds),
            "evidence": evidence,
            "at": at,
            "keep_until": conduct_kept_until(at),
        },
    )
    if fresh:
        _seal(row, "recorded", {"kind": kind.value, "grounds": row.grounds, "evidence": evidence}, by, at)
    return row


@transaction.atomic
def promise_judged(*, promise: str, party: str, became: str, by: Actor, at: datetime) -> None:
    """A promise was judged by payments: kept, or not. One that was replaced or cancelled says nothing about anybody."""
    kind = {"kept": Kind.PROMISE_KEPT, "partly_kept": Kind.PROMISE_BROKEN, "broken": Kind.PROMISE_BROKEN}.get(
        became
    )
    row = matters.promise(promise)
    if kind is None:
        return
    record(
        key=f"promise:{promise}",
        kind=kind,
        party=row.party,
        grounds={"promise": promise, "matter": row.matter.number, "became": became},
        evidence=find_sealed(
            party_stream(row.party), f"document/promise_{became}", part="promise", content=promise
        )
        or "",
        by=by,
        at=at,
    )


@transaction.atomic
def violation_found(*, finding: str, staff: str, rule: str, level: str, by: Actor, at: datetime) -> None:
    """A reviewer found that a member of staff broke a rule: it stands in the member's record, with the sealed finding."""
    record(
        key=f"finding:{finding}",
        kind=Kind.VIOLATED,
        staff=people.staff_by_no(staff),
        grounds={"finding": finding, "rule": rule, "level": level},
        evidence=find_sealed(f"finding:{finding}", "review/found", part="finding", content=finding) or "",
        by=by,
        at=at,
    )


@transaction.atomic
def finding_appealed(*, finding: str, staff: str, by: Actor, at: datetime) -> None:
    """The member says that it was not so, where findings are appealed: until the answer it counts for nothing here either.
    The words stay there: they may be about a borrower, and go with the borrower.
    """
    row = _of_finding(finding)
    if row is not None and not row.contested_at:
        row.contested_at = at
        row.save(update_fields=["contested_at"])
        _seal(row, "contested", {"event": str(row.pk), "finding": finding}, by, at)


def finding_upheld(*, finding: str, staff: str, by: Actor, at: datetime) -> None:
    _appeal_answered(finding, True, by, at)


def finding_set_aside(*, finding: str, staff: str, by: Actor, at: datetime) -> None:
    _appeal_answered(finding, False, by, at)


@transaction.atomic
def _appeal_answered(finding: str, stands: bool, by: Actor, at: datetime) -> None:
    """Who answered the appeal was no party to it; review made sure."""
    row = _of_finding(finding)
    if row is not None and row.contested_at and not row.answered_at:
        row.answered_at = at
        row.set_aside_at = None if stands else at
        row.save(update_fields=["answered_at", "set_aside_at"])
        words = {"event": str(row.pk), "finding": finding, "stands": stands}
        _seal(row, "upheld" if stands else "set_aside", words, by, at)


def _of_finding(finding: str) -> ConductEvent | None:
    return ConductEvent.objects.select_for_update().filter(key=f"finding:{finding}").first()


@transaction.atomic
def incident(*, incident: str, kind: str, staff: str, by: Actor, at: datetime) -> None:
    """Something that should not have happened, on a member's account: it stands in the member's record until it is explained."""
    if staff:
        record(
            key=f"incident:{incident}",
            kind=Kind.INCIDENT,
            staff=people.staff_by_no(staff),
            grounds={"incident": incident, "label": kind},
            evidence=find_sealed(f"incident:{incident}", "audit/incident", part="kind", content=kind) or "",
            by=by,
            at=at,
        )


def observe(*, contact: UUID, labels: list[str], by: Actor, at: datetime) -> None:
    """What a message's words show of its writer's conduct. Follows from a message that was understood; what is said in distress
    is held against nobody."""
    found = [label for label in labels if label in CONDUCT_OF and "vulnerable" not in labels]
    row = messages.get(contact)
    if not found or row.party is None or row.thread is None:
        return
    evidence = _entry_of(row)
    for label in found:
        record(
            key=f"{row.pk}:{label}",
            kind=CONDUCT_OF[label],
            party=row.party,
            grounds={"contact": str(row.pk), "label": label, "thread": str(row.thread_id)},
            evidence=evidence or "",
            by=by,
            at=row.at,
        )


@transaction.atomic
def observe_thread(*, contact: UUID, labels: list[str], by: Actor, at: datetime) -> None:
    """What a thread shows since this message, with its counters: recorded once while it goes on, and noted each time.

    Nothing is held against somebody who may be in need: where distress was said and nobody has looked yet, or care is due, the
    page shows what was counted and no record is made; nor does it call any plan.
    """
    row = messages.get(contact)
    if row.party is None or row.thread is None:
        return
    parties.locked(row.party_id)
    shown = patterns(row.thread)
    stops = {stop.kind for stop in parties.stops(row.party, at)}
    if any(one.tactic == "distress" for one in shown) or stops & NEEDS_CARE:
        return
    fresh = [
        (PATTERN_OF[one.tactic], one)
        for one in shown
        if one.tactic in PATTERN_OF and any(place.contact == row.pk for place in one.places)
    ]
    for kind, one in fresh:
        note(
            "pattern_shown",
            key=f"pattern_shown:{row.pk}:{one.tactic}",
            payload={"contact": str(row.pk), "tactic": one.tactic, "counted": one.counted, "of": one.of},
            by=by,
            at=at,
        )
        if reads.goes_on(kind, thread=row.thread.pk, since=row.at - AGAIN_AFTER):
            continue
        record(
            key=f"{row.thread.pk}:{one.tactic}:{row.pk}",
            kind=kind,
            party=row.party,
            grounds={
                "thread": str(row.thread.pk),
                "tactic": one.tactic,
                "since": one.since.isoformat(),
                "counted": one.counted,
                "of": one.of,
                "contacts": [str(place.contact) for place in one.places],
            },
            evidence=_entry_of(row) or "",
            by=by,
            at=row.at,
        )


def _entry_of(row: Any) -> str | None:
    """The digest of the sealed entry that shows this message."""
    return find_sealed(thread_stream(row.thread), "msg.in/understood", part="contact", content=str(row.pk))


@transaction.atomic
def contest(*, event: ConductEvent, why: str, by: Actor, at: datetime) -> None:
    """The person says that it was not so. It counts for nothing until somebody has answered. A finding is appealed in review."""
    if event.contested_at and not event.answered_at:
        raise UnableToContest("this record is already contested and waits for its answer")
    if not why.strip():
        raise UnableToContest("say in a sentence what was not so")
    event.contested_at, event.contested_why = at, why
    event.answered_at, event.answer = None, ""
    event.save(update_fields=["contested_at", "contested_why", "answered_at", "answer"])
    _seal(event, "contested", {"event": str(event.pk), "reason": why}, by, at)


@transaction.atomic
def answer(*, event: ConductEvent, stands: bool, reason: str, by: Staff, at: datetime) -> None:
    """Somebody other than the person decides whether the record stands, with a reason that the person may read."""
    if not event.contested_at or event.answered_at:
        raise UnableToContest("this record waits for no answer")
    if event.staff_id == by.pk:
        raise UnableToContest(f"{by} cannot decide about their own conduct; another person must")
    if not reason.strip():
        raise UnableToContest("the answer needs a reason that the person can read")
    event.answered_at, event.answer = at, reason
    event.set_aside_at = None if stands else at
    event.save(update_fields=["answered_at", "answer", "set_aside_at"])
    words = {"event": str(event.pk), "stands": stands, "reason": reason}
    _seal(event, "upheld" if stands else "set_aside", words, by, at)


def _seal(row: ConductEvent, act: str, parts: dict[str, Any], by: Actor, at: datetime) -> None:
    seal(
        f"conduct/{act}",
        stream=stream_of(row.staff or row.party),  # type: ignore[arg-type]
        subject=row.party_id,
        parts=parts,
        by=by,
        at=at,
    )


@transaction.atomic
def forget(*, party: Party, by: Actor, at: datetime) -> None:
    """A person's record of conduct goes with the person. Whoever calls this seals the erasure first."""
    ConductEvent.objects.filter(party=party).delete()


@transaction.atomic
def clear(*, by: Actor, at: datetime) -> int:
    """Erase the records of conduct whose time is over, unless a legal hold stands over the person. Returns how many."""
    gone = 0
    for row in ConductEvent.objects.filter(keep_until__lt=at).select_related("party", "staff"):
        staff_no = row.staff.staff_no if row.staff else None
        if holds.in_force(at, party=row.party_id, staff_no=staff_no, kind="preserve"):
            continue
        _seal(row, "erased", {"event": str(row.pk)}, by, at)
        row.delete()
        gone += 1
    return gone
