"""Loans are taken in, matters opened and assigned, threads opened, numbered and closed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from shouyue.casework.matter import MACHINE
from shouyue.casework.matter import Matter as State
from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters.models import Loan, Matter, MatterChange, Thread
from shouyue.desk.matters.reads import debtor_of, role_in
from shouyue.desk.outbox.actions import note
from shouyue.desk.parties.models import Party
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor, leads, may_take_over, name_of
from shouyue.terms import Channel, PartyRole, Purpose


class UnableToOpen(Exception):
    """This thread cannot be opened."""


class UnableToHandOver(Exception):
    """This matter cannot be handed over so."""


class UnableToMove(Exception):
    """This matter cannot go there."""


def stream_of(thread: Thread | UUID) -> str:
    """The stream of the log in which a thread's contacts are sealed, first to last."""
    return f"thread:{thread.pk if isinstance(thread, Thread) else thread}"


def matter_stream(matter: Matter | UUID) -> str:
    return f"matter:{matter.pk if isinstance(matter, Matter) else matter}"


def _changed(
    matter: Matter, kind: str, before: str, after: str, reason: str, by: Actor, at: datetime
) -> None:
    MatterChange.objects.create(
        matter=matter, kind=kind, before=before, after=after, reason=reason, by=name_of(by), at=at
    )
    debtor = debtor_of(matter.loan)  # words about a person are kept under their key
    seal(
        f"audit/{kind}",
        stream=matter_stream(matter),
        subject=debtor.pk if debtor else None,
        parts={"before": before, "after": after, "reason": reason},
        by=by,
        at=at,
    )


@transaction.atomic
def open_matter(*, loan: Loan, number: str, title: str, by: Actor, at: datetime) -> Matter:
    """Open a matter on a loan, once per number."""
    known = Matter.objects.filter(number=number).first()
    if known:
        return known
    matter = Matter.objects.create(number=number, loan=loan, title=title, opened_at=at)
    _changed(matter, "opened", "", State.NEW, "", by, at)
    return matter


@transaction.atomic
def assign(*, matter: Matter, to: Staff, reason: str, by: Actor, at: datetime) -> Matter:
    """Give a matter to somebody. A thread stays with the person who opened it until it is closed."""
    row = Matter.objects.select_for_update(of=("self",)).select_related("owner").get(pk=matter.pk)
    before = row.owner.staff_no if row.owner else ""
    row.owner = to
    if row.state == State.NEW:
        row.state = State.ASSIGNED
    row.save(update_fields=["owner", "state"])
    _changed(row, "assigned", before, to.staff_no, reason, by, at)
    return row


@transaction.atomic
def hand_over(*, matter: Matter, to: Staff, reason: str, by: Staff, at: datetime) -> Matter:
    """Give a matter to another member of the team, with its threads: its owner does, or the supervisor who leads them.

    A thread on the desk's own account goes along. One on a member's own WeCom account cannot: the friend stays with the
    account, so the thread is closed, and the friend is transferred in WeCom by hand.
    """
    row = Matter.objects.select_for_update(of=("self",)).select_related("owner").get(pk=matter.pk)
    if row.owner is None or not (by.pk == row.owner_id or leads(by, row.owner)):
        raise UnableToHandOver("the owner of a case hands it over, or the supervisor of their team")
    if to.pk == row.owner_id or to.pk not in {one.pk for one in may_take_over(row.owner)}:
        raise UnableToHandOver(f"{to} cannot take over; choose somebody of the team who may contact")
    if row.owner.agency_id or to.agency_id:
        raise UnableToHandOver("a case goes to an agency and comes back by being placed and taken back")
    if len(reason.strip()) < 4:
        raise UnableToHandOver("say in at least 4 characters why it is handed over")
    before = row.owner
    for thread in Thread.objects.select_for_update().filter(matter=row, owner=before).exclude(state="closed"):
        if before.wecom_userid and thread.account == before.wecom_userid:
            outcome = f"handed over to {to}; the friend is transferred in WeCom by hand"
            close_thread(thread=thread, outcome=outcome, by=by, at=at)
            continue
        thread.owner = to
        thread.save(update_fields=["owner"])
        seal(
            "audit/thread_handed_over",
            stream=stream_of(thread),
            subject=thread.party_id,
            parts={"before": before.staff_no, "after": to.staff_no, "reason": reason.strip()},
            by=by,
            at=at,
        )
    return assign(matter=row, to=to, reason=reason.strip(), by=by, at=at)


@transaction.atomic
def leave_unowned(*, matter: Matter, reason: str, by: Actor, at: datetime) -> Matter:
    """Nobody has it any more; a supervisor sees it and gives it to somebody."""
    row = Matter.objects.select_for_update(of=("self",)).select_related("owner").get(pk=matter.pk)
    before, row.owner = row.owner.staff_no if row.owner else "", None
    row.save(update_fields=["owner"])
    _changed(row, "assigned", before, "", reason, by, at)
    return row


@transaction.atomic
def move(*, matter: Matter, to: State, reason: str, by: Actor, at: datetime) -> Matter:
    """Take a matter to another state; casework.matter says which may follow. Raises ImpossibleStep."""
    row = Matter.objects.select_for_update().get(pk=matter.pk)
    if row.state == to:
        return row
    MACHINE.check(State(row.state), to)
    before, row.state = row.state, to
    if to == State.CLOSED:
        if not reason.strip():
            raise UnableToMove("a matter is closed with an outcome; write which")
        row.closed_at = at
    row.save(update_fields=["state", "closed_at"])
    _changed(row, "moved", before, to, reason, by, at)
    if to == State.LEGAL:
        note(
            "matter_went_legal",
            key=f"matter_went_legal:{row.pk}:{at.isoformat()}",
            payload={"matter": str(row.pk)},
            by=by,
            at=at,
        )
    return row


@transaction.atomic
def open_thread(
    *,
    matter: Matter,
    party: Party,
    purpose: Purpose,
    channel: Channel,
    account: str,
    owner: Staff,
    follows: Thread | None = None,
    by: Actor,
    at: datetime,
) -> Thread:
    """Open a thread bound to one matter. The same person on the same account gets one open thread at a time.

    Raises UnableToOpen when another matter is open there, or for somebody who has no part in the loan.
    """
    if role_in(matter.loan, party) == PartyRole.UNRELATED:
        raise UnableToOpen("this person has no part in this loan; a thread would disclose it")
    running = (
        Thread.objects.select_for_update()
        .filter(party=party, channel=channel, account=account, state="open")
        .first()
    )
    if running:
        if running.matter_id == matter.pk and running.purpose == purpose:
            return running
        raise UnableToOpen(
            f"a thread on matter {running.matter.number} is open with this person on this account; "
            "close it first: one matter, one chat"
        )
    row = Thread.objects.create(
        matter=matter,
        party=party,
        purpose=purpose,
        channel=channel,
        account=account,
        owner=owner,
        opened_at=at,
        follows=follows,
    )
    seal(
        "audit/thread_opened",
        stream=stream_of(row),
        subject=party.pk,
        parts={
            "thread": str(row.pk),
            "matter": matter.number,
            "purpose": purpose.value,
            "channel": channel.value,
            "account": account,
            "owner": owner.staff_no,
        },
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def close_thread(*, thread: Thread, outcome: str, by: Actor, at: datetime) -> Thread:
    """Close with an outcome. A message that arrives later opens a proposed thread for triage, never this one again."""
    if not outcome.strip():
        raise UnableToOpen("a thread is closed with an outcome; write which")
    row = Thread.objects.select_for_update().get(pk=thread.pk)
    if row.state == "closed":
        return row
    row.state, row.closed_at, row.outcome = "closed", at, outcome
    row.save(update_fields=["state", "closed_at", "outcome"])
    seal(
        "audit/thread_closed",
        stream=stream_of(row),
        subject=row.party_id,
        parts={"outcome": outcome},
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def propose_thread(
    *,
    matter: Matter,
    party: Party,
    channel: str,
    account: str,
    owner: Staff,
    follows: Thread | None,
    by: Actor,
    at: datetime,
) -> Thread:
    """Something arrived where no thread is open: a thread that waits for a person to look at it."""
    row = Thread.objects.create(
        matter=matter,
        party=party,
        purpose=Purpose.NEGOTIATION,
        channel=channel,
        account=account,
        owner=owner,
        state="proposed",
        opened_at=at,
        follows=follows,
    )
    seal(
        "audit/thread_proposed",
        stream=stream_of(row),
        subject=party.pk,
        parts={"thread": str(row.pk), "matter": matter.number},
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def take_up(*, thread: Thread, purpose: Purpose, by: Staff, at: datetime) -> Thread:
    """A person has looked at a proposed thread and opens it, for one purpose. Only its owner does, who will answer in it.

    Raises UnableToOpen for somebody else, for a closed thread, and while another thread is open with this person there.
    """
    row = Thread.objects.select_for_update(of=("self",)).select_related("owner").get(pk=thread.pk)
    if row.owner_id != by.pk:
        raise UnableToOpen(f"only {row.owner} takes up this thread; ask them, or have the case handed over")
    if row.state == "open":
        return row
    if row.state != "proposed":
        raise UnableToOpen(f"the thread is {row.state}; open a new one on this matter")
    running = Thread.objects.filter(
        party=row.party_id, channel=row.channel, account=row.account, state="open"
    ).first()
    if running:
        raise UnableToOpen(
            f"a thread on matter {running.matter.number} is open with this person on this account; "
            "close it first: one matter, one chat"
        )
    row.state, row.purpose = "open", purpose
    row.save(update_fields=["state", "purpose"])
    seal(
        "audit/thread_taken_up",
        stream=stream_of(row),
        subject=row.party_id,
        parts={"purpose": purpose.value},
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def next_number(*, thread: UUID, by: Actor, at: datetime) -> int:
    """The next number in this thread, under its lock: numbers have no gaps and no repeats. The caller seals it."""
    row = Thread.objects.select_for_update().get(pk=thread)
    row.numbered += 1
    row.save(update_fields=["numbered"])
    return row.numbered
