"""Calls on a member's own telephone, which the desk does not dial: asked for before, told of afterwards.

Before: what will be said goes the outbound road as any words of ours, and what it lets go may be called for ten minutes; the
desk hands it to nobody but the member. Afterwards they say what came of it. A call nobody asked for is kept too, whether they
called or were called, and whether or not it was allowed: it has happened. Like every call it counts from then on at its own
time and is decided again by review; what the gate would have stopped is a finding there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from shouyue.casework.contact import MACHINE
from shouyue.casework.contact import Contact as State
from shouyue.connectors.channel import AttemptReported
from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters.actions import next_number, stream_of
from shouyue.desk.matters.models import Thread
from shouyue.desk.messages import attempts, judged, media, outbound
from shouyue.desk.messages.models import Contact
from shouyue.desk.messages.reads import OWN_PHONE, UNASKED, is_own_phone
from shouyue.desk.messages.screened import screened_for
from shouyue.desk.outbox.actions import note
from shouyue.desk.parties import actions as parties
from shouyue.desk.parties.reads import points
from shouyue.desk.people.models import Staff
from shouyue.policy.decision import Effect
from shouyue.terms import Channel, Direction

STOPPED = "nobody asked the gate before this call; it would have stopped it"
# what somebody says in a call that forbids the next one, as the gate knows it
SAID: dict[str, str] = {
    "STOP": "opt_out",
    "LAW": "represented",
    "DISP": "dispute",
    "WRONG": "wrong_person",
    "COMP": "complaint",
}
TOLD_WITHIN = timedelta(days=30)  # a call longer ago is a memory, not a report


class UnableToReport(Exception):
    """The call cannot be recorded as it was told; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody says of a call. `recording` is its file, name and bytes, as the telephone made it."""

    when: datetime
    connected: bool
    seconds: int
    result: str  # a disposition code of the field guide
    words: str = ""
    recording: tuple[str, bytes] | None = None


def account_of(staff: Staff) -> str:
    """Our side of such a thread."""
    return f"{OWN_PHONE}{staff.staff_no}"


def ask(*, id: UUID, thread: Thread, text: str, script: str = "", acknowledged: bool = False, by: Staff, at: datetime) -> Contact:  # fmt: skip
    """May I call now, to say this? Accepted: yes, for `outbound.HELD_AT_MOST`. Otherwise blocked, or waiting for approval.

    Raises outbound.UnableToPropose as every proposal does.
    """
    row = outbound.propose(
        id=id, thread=thread, text=text, script=script, acknowledged=acknowledged, by=by, at=at
    )
    if row.state == State.SCHEDULED:
        outbound.send(contact=row.pk, by=by, at=at)
        row.refresh_from_db()
    return row


def may_call_until(row: Contact, at: datetime) -> datetime | None:
    """Until when the member may make this call; None where they may not, or no more."""
    if not is_own_phone(row.account) or row.state != State.ACCEPTED or row.left_at is None:
        return None
    until = row.left_at + outbound.HELD_AT_MOST
    return until if at < until else None


@transaction.atomic
def number(*, contact: UUID, by: Staff, at: datetime) -> str:
    """The number to dial, to who was allowed to and while they are. The look is sealed. Raises UnableToReport."""
    row = Contact.objects.select_related("party").get(pk=contact)
    if row.staff_id != by.pk or may_call_until(row, at) is None or row.party is None:
        raise UnableToReport("this call is not allowed now; ask again before you call")
    one = next((p for p in points(row.party, "mobile") if p.index == row.point), None)
    if one is None:
        raise UnableToReport("no valid number of this person is on file; find a lawful way to reach them first")  # fmt: skip
    return parties.unmask(
        party=row.party.pk,
        what=str(one.pk),
        reason=f"to make the call that was allowed: {row.pk}",
        by=by,
        at=at,
    )


@transaction.atomic
def report(*, contact: UUID, told: Told, by: Staff, at: datetime) -> Contact:
    """What came of a call that was allowed. Told twice, it is kept once. Raises UnableToReport."""
    row = Contact.objects.select_for_update(of=("self",)).select_related("thread", "party").get(pk=contact)
    _theirs(row, by)
    if row.state != State.ACCEPTED:
        raise UnableToReport("this call is settled already; record another call apart")
    _possible(told, at, since=row.left_at)
    attempts.became(row, _event(row.pk, told), source=by.staff_no, event="", by=by, at=at)
    _keep(row, told, by, at)
    return row


@transaction.atomic
def not_made(*, contact: UUID, by: Staff, at: datetime) -> Contact:
    """The member did not call after all: it counts against nothing."""
    row = Contact.objects.select_for_update(of=("self",)).select_related("thread").get(pk=contact)
    _theirs(row, by)
    if row.state != State.CANCELLED:
        MACHINE.check(State(row.state), State.CANCELLED)
        row.state, row.why, row.settled_at = State.CANCELLED, "the call was not made", at
        row.save(update_fields=["state", "why", "settled_at"])
        _seal(row, "msg.out/not_made", {"number": row.number or 0}, by, at)
    return row


@transaction.atomic
def record(*, id: UUID, thread: Thread, theirs: bool, told: Told, by: Staff, at: datetime) -> Contact:
    """A call that was not asked for: ours, or (`theirs`) one in which they called the member. `id` is made where the click is.

    It is judged at once at its own time, so that whoever tells sees what the gate would have said; review decides again.
    """
    known = Contact.objects.filter(pk=id).first()
    if known:
        return known
    if thread.state != "open" or thread.owner_id != by.pk or not is_own_phone(thread.account):
        raise UnableToReport(
            "a call is recorded by the owner of an open thread for calls on their own telephone"
        )
    _possible(told, at)
    screened = screened_for(told.words, thread=thread, direction="in" if theirs else "out")
    state = State.RECEIVED if theirs else State.DELIVERED if told.connected else State.FAILED
    row = Contact.objects.create(
        pk=id,
        thread=thread,
        matter=thread.matter,
        party=thread.party,
        channel=Channel.PHONE,
        direction=Direction.INBOUND if theirs else Direction.OUTBOUND,
        purpose=thread.purpose,
        staff=by,
        account=thread.account,
        point=next((p.index for p in points(thread.party, "mobile") if p.state == "valid"), ""),
        number=next_number(thread=thread.pk, by=by, at=at),
        text="",
        state=state,
        why=UNASKED,
        labels=sorted(screened.labels),
        findings=[],
        connected=told.connected,
        seconds=told.seconds,
        result=told.result[:12],
        their_time=told.when,
        at=at,
        left_at=None if theirs else told.when,
        settled_at=at,
    )
    attempts.wrote_down(row, told.words, how=f"reported by {by.staff_no}")
    if not theirs and (again := judged.again(row)):
        row.decision = again.decision.to_data()
        if again.decision.effect == Effect.BLOCK:
            row.why = STOPPED
    row.save()
    _seal(
        row,
        "msg.in/told" if theirs else "msg.out/told",
        {
            "number": row.number or 0,
            "their_time": told.when.isoformat(),
            "connected": "yes" if told.connected else "no",
            "seconds": told.seconds,
            "result": told.result,
            "words": told.words,
            "labels": row.labels,
        },
        by,
        at,
    )
    _keep(row, told, by, at)
    what = "message_understood" if theirs else "attempt_reported"
    more = {"labels": row.labels} if theirs else {}
    note(what, key=f"{what}:{row.pk}", payload={"contact": str(row.pk), **more}, by=by, at=at)
    return row


def _theirs(row: Contact, by: Staff) -> None:
    if row.staff_id != by.pk or not is_own_phone(row.account):
        raise UnableToReport("only who asked for this call on their own telephone says what came of it")


def _possible(told: Told, at: datetime, since: datetime | None = None) -> None:
    if told.when > at:
        raise UnableToReport("the call lies in the future; give the time at which it began")
    if since is not None and told.when < since:
        raise UnableToReport("the call lies before it was allowed; record it as one that nobody asked for")
    if told.when < at - TOLD_WITHIN:
        raise UnableToReport(f"the call lies more than {TOLD_WITHIN.days} days back; tell compliance, who can still file it")  # fmt: skip


def _event(id: UUID, told: Told) -> AttemptReported:
    return AttemptReported(
        external_id=str(id), channel=Channel.PHONE, account="", at=told.when, raw=b"", reference=str(id),
        connected=told.connected, seconds=told.seconds, result=told.result, words=told.words,
    )  # fmt: skip


def _keep(row: Contact, told: Told, by: Staff, at: datetime) -> None:
    """What the result asks of us, at once, and the recording."""
    if kind := SAID.get(told.result):
        assert row.party_id and row.party
        parties.stop(party=row.party, kind=kind, why=f"said in contact {row.pk}", by=by, at=at)
    if told.recording:
        name, body = told.recording
        media.attach(contact=row.pk, name=name, body=body, kind="voice", by=by, at=at)


def _seal(row: Contact, kind: str, parts: dict[str, Any], by: Staff, at: datetime) -> None:
    assert row.thread_id
    seal(
        kind,
        stream=stream_of(row.thread_id),
        subject=row.party_id,
        parts={"contact": str(row.pk), **parts},
        by=by,
        at=at,
    )
