"""The outbound road: propose → gate → approve → release → send → outcome → seal. Numbers as in architecture.md.

The gate speaks three times: at preview (help), at proposal (commitment), at release (truth). Nothing here calls the
outside world inside a transaction; `send` is the only function that calls it at all.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from shouyue.casework.approval import Approval as Answered
from shouyue.casework.contact import MACHINE
from shouyue.casework.contact import Contact as State
from shouyue.connectors.channel import Accepted, NeverSent, Outcome, Outgoing, Refused
from shouyue.desk.approvals import actions as approvals
from shouyue.desk.approvals.models import Approval
from shouyue.desk.approvals.reads import granted, still_open
from shouyue.desk.holds import reads as holds
from shouyue.desk.holds.way import make_way
from shouyue.desk.ledger.actions import Fact, seal, seal_many
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import next_number, stream_of
from shouyue.desk.matters.models import Thread
from shouyue.desk.messages import reads
from shouyue.desk.messages.channels import sender
from shouyue.desk.messages.covered import hides
from shouyue.desk.messages.facts import Intent, facts_for
from shouyue.desk.messages.models import Contact
from shouyue.desk.messages.reads import WAITING
from shouyue.desk.outbox.actions import note
from shouyue.desk.parties import reads as parties
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor, person
from shouyue.desk.rulebook.reads import edition_on, pack_on
from shouyue.policy.decision import Decision, Effect
from shouyue.policy.gate import decide

APPROVAL_WITHIN = timedelta(hours=4)
PRE_REVIEWERS = ("supervisor", "compliance")  # who decides where the rules name nobody
UNKNOWN_AFTER = timedelta(minutes=2)
SWEEP = 500  # messages taken back in one transaction when a stop begins
HELD_AT_MOST = timedelta(
    minutes=10
)  # what was allowed at this moment was not allowed for later: a channel that queues drops it


class UnableToPropose(Exception):
    """This message cannot be proposed as it stands."""


class NotAcknowledged(UnableToPropose):
    """The gate warns; whoever writes must say that they read the warning."""


UNBOUND = "their account on this channel is bound to them no more; nothing is sent to it"


def digest_of(text: str) -> str:
    """SHA-256 of the words, the form in which they are compared and sealed beside their commitment."""
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def propose(
    *,
    id: UUID,
    thread: Thread,
    text: str,
    script: str = "",
    acknowledged: bool = False,
    send_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> Contact:
    """Ask to send `text` in `thread`. `id` is made where the click is: the same id and words twice are one act.

    Returns the contact: blocked (with its decision), awaiting approval, or scheduled. `send_at` asks for a later moment
    instead of now. Raises UnableToPropose for another text under an old id, a closed thread, an empty message, or somebody
    who is not the thread's owner; NotAcknowledged when the gate only warns and nobody said they read it.
    """
    text = reads.as_meant(thread, text)
    known = Contact.objects.filter(pk=id).first()
    if known:
        if known.text != text or known.thread_id != thread.pk:
            raise UnableToPropose("this id was used for another message; write anew and send that")
        return known
    if not text.strip():
        raise UnableToPropose("the message is empty; write something or choose a script")
    if hides(text):
        raise UnableToPropose("a link in these words is covered and none of this thread's; take it out")
    if thread.state != "open":
        raise UnableToPropose(f"the thread is {thread.state}; open one on this matter first")
    if isinstance(by, Staff) and thread.owner_id != by.pk:
        raise UnableToPropose(f"only {thread.owner} writes in this thread; ask them, or have it handed over")
    if parties.no_longer_bound(thread.party, thread.channel):
        raise UnableToPropose(UNBOUND)
    when = max(send_at or at, at)
    # 1 the limits count a person's contacts, not a thread's
    parties.locked(thread.party_id)
    # 2 one frozen record of everything the gate may know
    intent = Intent(thread=thread, text=text, script=script, staff=person(by) or thread.owner, when=when)
    facts = facts_for(intent, id=id)
    # 3 the commitment
    decision = decide(pack_on(when), facts, when)
    if decision.effect == Effect.WARN and not acknowledged and isinstance(by, Staff):
        raise NotAcknowledged(
            "the gate warns: " + "; ".join(s.reason.zh for s in decision.spoken if s.effect == Effect.WARN)
        )
    # 4 store
    state = {Effect.BLOCK: State.BLOCKED, Effect.APPROVAL: State.AWAITING_APPROVAL}.get(
        decision.effect, State.SCHEDULED
    )
    contact = Contact.objects.create(
        pk=id,
        thread=thread,
        matter=thread.matter,
        party=thread.party,
        channel=thread.channel,
        direction=intent.direction,
        purpose=thread.purpose,
        staff=intent.staff,
        account=thread.account,
        point=intent.point,
        text=text,
        script=script,
        state=state,
        decision=decision.to_data(),
        facts=facts.to_json().decode(),
        findings=[finding.to_data() for finding in intent.screened.findings],
        labels=sorted(intent.screened.labels),
        at=at,
        not_before=when,
    )
    # 5
    _seal(contact, "proposed", by=by, at=at, decision=decision)
    # 6
    if state == State.AWAITING_APPROVAL:
        needs, persons = _who_decides(decision, when)
        approvals.ask(
            what="contact",
            about=contact.pk,
            stream=stream_of(thread),
            asks="; ".join(s.reason.zh for s in decision.spoken if s.effect == Effect.APPROVAL),
            facts={"decision": contact.decision, "thread": str(thread.pk), "matter": thread.matter.number},
            due_at=at + APPROVAL_WITHIN,
            needs=needs,
            persons=persons,
            subject=contact.party_id,
            by=intent.staff,
            at=at,
        )
    elif state == State.SCHEDULED:
        _schedule(contact, by=by, at=at)
    return contact


@transaction.atomic
def approve(*, approval: Approval, grant: bool, reason: str, by: Staff, at: datetime) -> Contact:
    """A second person lets the message go, or sends it back, with a reason. The gate decides again."""
    contact = _locked(approval.about)
    decided = approvals.decide(approval=approval.pk, grant=grant, reason=reason, by=by, at=at)
    if contact.state != State.AWAITING_APPROVAL or decided.state == Answered.HALF:
        return contact
    if not grant:
        return _move(contact, State.RETURNED, why=reason, by=by, at=at)
    contact.not_before = max(contact.not_before or at, at)
    _move(contact, State.SCHEDULED, why=f"approved: {reason}", by=by, at=at)
    _schedule(contact, by=by, at=at)
    return contact


@transaction.atomic
def release(*, contact: UUID, by: Actor, at: datetime) -> Contact | None:
    """Claim a scheduled message for leaving, exactly once, if the law and the holds still allow it at this moment.

    None when there is nothing to send: somebody else claimed it, it is not due, or it was returned with its reasons.
    """
    known = Contact.objects.only("party_id", "state", "not_before").get(pk=contact)
    if known.state != State.SCHEDULED or (known.not_before and known.not_before > at):
        return None
    # 7 under the party's lock, so that a stop that commits first is seen here; then the row, exactly one of us
    holds.let_out()
    parties.locked(known.party_id)
    row = _locked(contact)
    if row.state != State.SCHEDULED or (row.not_before and row.not_before > at):
        return None
    # 8
    stopped = holds.in_force(
        at, party=row.party_id, staff_no=row.staff.staff_no if row.staff else None, account=row.account
    )
    if stopped:
        _move(row, State.CANCELLED, why=holds.told_of((h.over, h.why) for h in stopped), by=by, at=at)
        return None
    thread = _thread(row)
    if thread.state != "open":
        _move(row, State.RETURNED, why=f"the thread is {thread.state}", by=by, at=at)
        return None
    if parties.no_longer_bound(thread.party, row.channel):
        _move(row, State.RETURNED, why=UNBOUND, by=by, at=at)
        return None
    intent = _intent(row, thread, at)
    facts = facts_for(intent, id=row.pk)
    decision = decide(pack_on(at), facts, at)
    row.decision, row.facts = decision.to_data(), facts.to_json().decode()
    approved = granted("contact", row.pk)
    if decision.effect == Effect.BLOCK or (decision.effect == Effect.APPROVAL and not approved):
        row.save(update_fields=["decision", "facts"])
        _move(row, State.RETURNED, why=_reasons(decision), by=by, at=at)
        return None
    # 9
    if row.number is None:  # a message that goes again keeps its number: a thread's numbers have no gaps
        row.number = next_number(thread=thread.pk, by=by, at=at)
    row.left_at = at
    row.save(update_fields=["decision", "facts", "number", "left_at"])
    _move(row, State.LEAVING, why="", by=by, at=at, decision=decision)
    note(
        "message_leaving",
        key=f"message_leaving:{row.pk}:{int(at.timestamp() * 1000)}",
        payload={"contact": str(row.pk)},
        by=by,
        at=at,
        not_before=at + UNKNOWN_AFTER,
    )
    return row


def send(*, contact: UUID, by: Actor, at: datetime) -> Contact | None:
    """Release, hand to the channel, write what became of it. The one place where something leaves.

    Called by the worker for a scheduled message. Dying anywhere inside is safe: see docs/concepts/if-we-die.md.
    """
    make_way()
    row = release(contact=contact, by=by, at=at)
    if row is None:
        return None
    # 10 no transaction is open here; a channel that is not connected is an outcome too
    outcome = sender(reads.road_of(row)).send(_outgoing(row), key=str(row.pk))
    make_way()
    # 11
    return settle(contact=row.pk, outcome=outcome, by=by, at=at)


@transaction.atomic
def settle(*, contact: UUID, outcome: Outcome, by: Actor, at: datetime) -> Contact:
    """Write what the channel said: accepted, refused, or nothing that can be relied on."""
    row = _locked(contact)
    if row.state not in {State.LEAVING, State.UNKNOWN}:
        return row
    if isinstance(outcome, Accepted):
        row.reference, row.settled_at = outcome.reference, at
        row.save(update_fields=["reference", "settled_at"])
        return _move(row, State.ACCEPTED, why="", by=by, at=at)
    if isinstance(outcome, Refused):
        if outcome.permanent:
            row.settled_at = at
            row.save(update_fields=["settled_at"])
            return _move(row, State.FAILED, why=outcome.why, by=by, at=at)
        return _again(row, why=outcome.why, by=by, at=at)
    if row.state == State.UNKNOWN:
        return row
    return _move(row, State.UNKNOWN, why=outcome.why, by=by, at=at)


def reconcile(*, contact: UUID, by: Actor, at: datetime) -> Contact | None:
    """13: leaving or unknown for too long. Ask the channel under the key; only what was certainly never sent goes again."""
    row = Contact.objects.get(pk=contact)
    if row.state not in {State.LEAVING, State.UNKNOWN}:
        return None
    found = sender(reads.road_of(row)).find(str(row.pk))
    if isinstance(found, NeverSent):
        return _never_sent(contact=contact, by=by, at=at)
    return settle(contact=contact, outcome=found, by=by, at=at)


@transaction.atomic
def _never_sent(*, contact: UUID, by: Actor, at: datetime) -> Contact:
    row = _locked(contact)
    if row.state not in {State.LEAVING, State.UNKNOWN}:
        return row
    return _again(row, why="the channel never got it", by=by, at=at)


@transaction.atomic
def receipt(*, reference: str, delivered: bool, why: str, by: Actor, at: datetime) -> Contact | None:
    """A delivery receipt, which came in by the inbound road. `reference` is the channel's, or our own key."""
    row = (
        Contact.objects.select_for_update(of=("self",)).filter(reference=reference).first()
        or Contact.objects.select_for_update(of=("self",))
        .filter(pk=reference if _is_uuid(reference) else UUID(int=0))
        .first()
    )
    if row is None or row.state != State.ACCEPTED:
        return row
    return _move(row, State.DELIVERED if delivered else State.FAILED, why=why, by=by, at=at)


@transaction.atomic
def cancel(*, contact: UUID, why: str, by: Actor, at: datetime) -> Contact:
    """Take back what has not left. What is leaving cannot be taken back, and says so."""
    row = _locked(contact)
    if row.state == State.CANCELLED:
        return row
    if row.state not in {State.SCHEDULED, State.AWAITING_APPROVAL}:
        raise UnableToPropose(f"it is {row.state}; only what has not left can be cancelled")
    waiting = still_open("contact", row.pk)
    if waiting:
        approvals.withdraw(approval=waiting.pk, reason=why, by=by, at=at)
    return _move(row, State.CANCELLED, why=why, by=by, at=at)


@transaction.atomic
def cancel_stopped(*, party: str, stop: str, by: Actor, at: datetime) -> int:
    """Somebody must not be contacted from now on: what waits for them is decided again. Returns how much was taken back."""
    parties.locked(party)
    return sum(_decide_again(row, by=by, at=at) for row in _waiting().filter(party_id=party))


@transaction.atomic
def cancel_held(*, hold: str, by: Actor, at: datetime) -> int:
    """A freeze began: what it covers and still waits is taken back, SWEEP at a time, person by person under their locks.

    Nothing waits for this to be stopped: `release` asks for the freeze itself. What is leaving already is named in the
    emergency, not here. Returns how many were taken back; the next sweep, or the end, is noted.
    """
    row = holds.get(UUID(hold))
    if row.kind != "freeze" or row.released_at is not None:
        return 0
    covered = _waiting().filter(reads.covered(row.over, row.key)).order_by("party_id", "pk")
    found = list(covered.values_list("pk", "party_id")[:SWEEP])
    parties.lock_all({party for _, party in found})
    rows = list(
        Contact.objects.select_for_update(of=("self",))
        .filter(pk__in=[pk for pk, _ in found], state__in=WAITING)
        .order_by("pk")
    )
    why = holds.told_of([(row.over, row.why)])
    for contact in rows:
        waiting = still_open("contact", contact.pk) if contact.state == State.AWAITING_APPROVAL else None
        if waiting:
            approvals.withdraw(approval=waiting.pk, reason=why, by=by, at=at)
        MACHINE.check(State(contact.state), State.CANCELLED)
        contact.state, contact.why = State.CANCELLED, why
    Contact.objects.filter(pk__in=[contact.pk for contact in rows]).update(
        state=State.CANCELLED, why=why, settled_at=at
    )
    if rows:
        seal_many([_fact(contact, State.CANCELLED.value) for contact in rows], by=by, at=at)
    left = covered.values_list("pk", flat=True).first()
    note(
        "hold_sweep" if left else "hold_swept",
        key=f"hold_sweep:{row.pk}:{left}" if left else f"hold_swept:{row.pk}",
        payload={"hold": str(row.pk)},
        by=by,
        at=at,
    )
    return len(rows)


def _who_decides(decision: Decision, when: datetime) -> tuple[str, int]:
    """The roles that may decide and how many persons must say yes: what the rules that ask for approval say together."""
    pack = pack_on(when)
    asking = [pack.rule(s.rule).decides for s in decision.spoken if s.effect == Effect.APPROVAL]
    named = [set(roles) for roles, _ in asking if roles]
    able = set.intersection(*named) if named else set(PRE_REVIEWERS)
    if not able:  # rules that agree on nobody: the strictest whom one of them names
        able = {max(set.union(*named), key=("supervisor", "compliance", "legal").index)}
    return ",".join(sorted(able)), max((persons for _, persons in asking), default=1)


def _waiting() -> QuerySet[Contact]:
    return Contact.objects.filter(state__in=WAITING)


def _decide_again(row: Contact, *, by: Actor, at: datetime) -> bool:
    intent = _intent(row, _thread(row), at)
    decision = decide(pack_on(at), facts_for(intent, id=row.pk), at)
    if decision.effect != Effect.BLOCK or decision.next_lawful is not None:
        return False  # what only has to wait is judged at release
    cancel(contact=row.pk, why=_reasons(decision), by=by, at=at)
    return True


@transaction.atomic
def lapse(*, approval: str, what: str, about: str, by: Actor, at: datetime) -> None:
    """Nobody approved in time, twice: the message goes back to its writer."""
    if what != "contact":
        return
    row = _locked(about)
    if row.state == State.AWAITING_APPROVAL:
        _move(row, State.RETURNED, why="nobody approved it in time", by=by, at=at)


def _thread(row: Contact) -> Thread:
    """The thread of a contact of ours: it always has one."""
    assert row.thread_id
    return matters.thread(row.thread_id)


def _intent(row: Contact, thread: Thread, at: datetime) -> Intent:
    """What this contact means to do, at another moment."""
    return Intent(
        thread=thread, text=row.text or "", script=row.script, staff=row.staff or thread.owner, when=at
    )


def _locked(contact: UUID | str) -> Contact:
    return (
        Contact.objects.select_for_update(of=("self",))
        .select_related("staff", "thread", "party", "matter")
        .get(pk=contact)
    )


def _move(
    row: Contact, to: State, *, why: str, by: Actor, at: datetime, decision: Decision | None = None
) -> Contact:
    MACHINE.check(State(row.state), to)
    row.state, row.why = to, why
    row.save(update_fields=["state", "why", "not_before"])
    _seal(row, to.value, by=by, at=at, decision=decision)
    return row


def _again(row: Contact, *, why: str, by: Actor, at: datetime) -> Contact:
    """Back to scheduled after the channel certainly did not take it; its number stays its own."""
    row.not_before = at + UNKNOWN_AFTER
    _move(row, State.SCHEDULED, why=why, by=by, at=at)
    _schedule(row, by=by, at=at)
    return row


def _schedule(row: Contact, *, by: Actor, at: datetime) -> None:
    when = row.not_before or at
    note(
        "message_scheduled",
        key=f"message_scheduled:{row.pk}:{int(when.timestamp() * 1000)}",
        payload={"contact": str(row.pk)},
        by=by,
        at=at,
        not_before=when,
    )


def _seal(row: Contact, act: str, *, by: Actor, at: datetime, decision: Decision | None) -> None:
    fact = _fact(row, act, decision)
    seal(fact.kind, stream=fact.stream, subject=fact.subject, parts=fact.parts, by=by, at=at)


def _fact(row: Contact, act: str, decision: Decision | None = None) -> Fact:
    """What is sealed of a contact when something becomes of it."""
    assert row.thread_id
    parts: dict[str, Any] = {
        "contact": str(row.pk),
        "digest": digest_of(row.text or ""),
        "body": row.text or "",
        "channel": row.channel,
        "account": row.account,
        "number": row.number or 0,
        "why": row.why,
    }
    if decision is not None:
        parts["decision"] = decision.to_json().decode()
        parts["facts"] = row.facts or ""
        parts["edition"] = str(edition_on(row.not_before or row.left_at or row.at).pk)
    return Fact(f"msg.out/{act}", stream_of(row.thread_id), row.party_id, parts)


def _reasons(decision: Decision) -> str:
    return "; ".join(f"{s.rule}: {s.reason.zh}" for s in decision.spoken if s.effect == decision.effect)


def _outgoing(row: Contact) -> Outgoing:
    assert row.party
    account = parties.account_on(row.party, row.channel)
    number = parties.points(row.party, "mobile").filter(state="valid").first()
    return Outgoing(
        to=account.external_id if account else (number.value if number else ""),
        account=row.account,
        text=row.text or "",
        subject=row.matter.number if row.matter else "",
        not_after=(row.left_at + HELD_AT_MOST) if row.left_at else None,
    )


def _is_uuid(key: str) -> bool:
    try:
        UUID(key)
    except ValueError:
        return False
    return True
