"""The emergency plan: freeze → preserve → name what was in flight and what no switch stops → legal → release by two (R11)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from shouyue.casework.contact import Contact as Sent
from shouyue.casework.emergency import MACHINE
from shouyue.casework.emergency import Emergency as State
from shouyue.casework.matter import Matter as MatterState
from shouyue.desk.emergency.models import Emergency
from shouyue.desk.emergency.reads import missing_for_suit
from shouyue.desk.holds import actions as holds
from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters import actions as matter_verbs
from shouyue.desk.matters import reads as matters
from shouyue.desk.messages import reads as messages
from shouyue.desk.outbox.actions import note
from shouyue.desk.parties import reads as parties
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor, may, person
from shouyue.terms import Channel

FLOOD = 20  # messages within ten minutes, most of them irrelevant
ALARMING = {"threat": "threat"}  # what a borrower's words call, at once


class UnableToCall(Exception):
    """This emergency cannot be called, moved or released so."""


def stream_of(emergency: Emergency) -> str:
    return f"emergency:{emergency.pk}"


@transaction.atomic
def call(*, party: UUID, cause: str, why: str, by: Actor, at: datetime) -> Emergency:
    """Stop everything that can be stopped for this person, now, and keep everything. Calling twice is calling once.

    What is leaving at this moment is named, not recalled; what a member types by hand cannot be held by any switch, so
    it is listed with what a person must do.
    """
    row = parties.locked(party)
    running = Emergency.objects.filter(party=row).exclude(state=State.RELEASED).first()
    if running:
        return running
    matter = matters.open_matters_of(row).first()
    freeze = holds.put_on_hold(kind="freeze", over="party", key=str(row.pk), why=why, by=by, at=at)
    preserve = holds.put_on_hold(kind="preserve", over="party", key=str(row.pk), why=why, by=by, at=at)
    called = Emergency.objects.create(
        party=row,
        matter=matter,
        cause=cause,
        why=why,
        freeze=freeze.pk,
        preserve=preserve.pk,
        in_flight=[str(c.pk) for c in messages.in_states(row, (Sent.LEAVING, Sent.UNKNOWN))],
        by_hand=_by_hand(matter),
        opened_by=person(by),
        opened_at=at,
    )
    _seal(
        called,
        "opened",
        {"cause": cause, "why": why, "in_flight": called.in_flight, "by_hand": called.by_hand},
        by,
        at,
    )
    note(
        "emergency_called",
        key=f"emergency_called:{called.pk}",
        payload={"emergency": str(called.pk)},
        by=by,
        at=at,
    )
    return called


def _by_hand(matter: object) -> list[dict[str, str]]:
    if matter is None:
        return []
    return [
        {
            "thread": str(thread.pk),
            "member": thread.owner.staff_no,
            "what": "the member can still type in WeCom: tell them, push the intercept rule, remove the friend by hand",
        }
        for thread in matters.threads_of(matter)  # type: ignore[arg-type]
        if thread.channel == Channel.WECOM and thread.state == "open"
    ]


@transaction.atomic
def alarm(*, contact: UUID, labels: list[str], by: Actor, at: datetime) -> None:
    """What a message says may call an emergency by itself: a threat at once, a flood by its count."""
    row = messages.get(contact)
    if row.party_id is None:
        return
    for label, cause in ALARMING.items():
        if label in labels:
            call(party=row.party_id, cause=cause, why=f"{label} in contact {row.pk}", by=by, at=at)
            return
    if messages.irrelevant_lately(row.party_id, at=at) >= FLOOD:
        call(
            party=row.party_id,
            cause="flooding",
            why=f"{FLOOD} irrelevant messages within ten minutes",
            by=by,
            at=at,
        )


@transaction.atomic
def follow(*, emergency: str, by: Actor, at: datetime) -> Emergency:
    """Prove that the channels are stopped and the evidence is kept, and say what a suit would miss."""
    row = (
        Emergency.objects.select_for_update(of=("self",)).select_related("party", "matter").get(pk=emergency)
    )
    if row.state != State.OPENED:
        return row
    waiting = messages.in_states(row.party, (Sent.SCHEDULED, Sent.AWAITING_APPROVAL))
    if waiting:
        raise UnableToCall(f"{len(waiting)} messages still wait for this person; the sweep comes first")
    row.stopped_at = at
    _move(
        row,
        State.CHANNELS_STOPPED,
        {"queued": 0, "seconds": int((at - row.opened_at).total_seconds())},
        by,
        at,
    )
    row.missing = missing_for_suit(row)
    _move(row, State.EVIDENCE_FROZEN, {"missing": row.missing}, by, at)
    return row


@transaction.atomic
def hand_to_legal(*, emergency: UUID, reason: str, by: Staff, at: datetime) -> Emergency:
    """Open the legal road with what is there and what is missing."""
    if not may(by, "hold"):
        raise UnableToCall("a supervisor, compliance or legal officer hands a case to legal")
    row = (
        Emergency.objects.select_for_update(of=("self",)).select_related("party", "matter").get(pk=emergency)
    )
    if row.matter is None:
        raise UnableToCall("this person has no open matter to hand over")
    _move(row, State.LEGAL_HANDED, {"reason": reason, "missing": row.missing}, by, at)
    if row.matter.state in {MatterState.NEW, MatterState.ASSIGNED}:
        matter_verbs.move(matter=row.matter, to=MatterState.ASSIGNED, reason=reason, by=by, at=at)
    matter_verbs.move(matter=row.matter, to=MatterState.LEGAL, reason=reason, by=by, at=at)
    return row


@transaction.atomic
def release(*, emergency: UUID, why: str, by: Staff, at: datetime) -> Emergency:
    """Let go of the freeze, with a reason, by another person than the one who called it. What is preserved stays preserved."""
    row = Emergency.objects.select_for_update().get(pk=emergency)
    if not may(by, "hold"):
        raise UnableToCall("a supervisor, compliance or legal officer releases an emergency")
    holds.release(hold=row.freeze, why=why, by=by, at=at)
    row.released_at, row.released_by = at, by
    _move(row, State.RELEASED, {"why": why}, by, at)
    return row


def _move(row: Emergency, to: State, facts: dict[str, object], by: Actor, at: datetime) -> None:
    MACHINE.check(State(row.state), to)
    row.state = to
    row.save()
    _seal(row, to.value, facts, by, at)


def _seal(row: Emergency, act: str, facts: dict[str, object], by: Actor, at: datetime) -> None:
    seal(
        f"hold/{act}",
        stream=stream_of(row),
        subject=row.party_id,
        parts={"emergency": str(row.pk), "facts": facts},
        by=by,
        at=at,
    )
