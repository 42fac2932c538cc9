"""Promises to pay: made, replaced, taken back, and judged by payments alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate

from shouyue.casework.promise import MACHINE, Due, judge
from shouyue.casework.promise import Promise as State
from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters.models import Loan, Matter, Promise
from shouyue.desk.matters.reads import debt, paid_since, role_in
from shouyue.desk.outbox.actions import note
from shouyue.desk.parties.actions import stream_of as party_stream
from shouyue.desk.parties.models import Party
from shouyue.desk.people.reads import Actor, person

FURTHEST = timedelta(days=60)  # a promise for a later day is a plan, and is agreed as one


class UnableToPromise(Exception):
    """This promise cannot be taken down as it stands."""


@transaction.atomic
def promise(
    *,
    id: UUID,
    matter: Matter,
    party: Party,
    amount: Decimal,
    due_on: date,
    channel: str,
    contact: UUID | None = None,
    instead_because: str = "",
    by: Actor,
    at: datetime,
) -> Promise:
    """Take a promise down, once for its id. A new one supersedes the open one, and says why (`instead_because`).

    Raises UnableToPromise for somebody who owes nothing, a sum that is none or more than is owed, a day that is past or too
    far, and for a second promise without a reason.
    """
    known = Promise.objects.filter(pk=id).first()
    if known:
        return known
    Matter.objects.select_for_update().get(pk=matter.pk)
    today = localdate(at)
    if not role_in(matter.loan, party).owes:
        raise UnableToPromise("this person owes nothing on this loan; a promise of theirs cannot be taken")
    if amount <= 0 or amount != amount.quantize(Decimal("0.01")):
        raise UnableToPromise(f"{amount} is no sum to promise; write one above zero with at most two places")
    owed = debt(matter.loan, at)
    if owed and amount > owed.outstanding:
        raise UnableToPromise(
            f"{amount} was promised and {owed.outstanding} is owed as of {owed.as_of}; correct the sum"
        )
    if not today <= due_on <= today + FURTHEST:
        raise UnableToPromise(
            f"{due_on} lies not between today, {today}, and {today + FURTHEST}; a later day is a plan of instalments"
        )
    open_one = Promise.objects.filter(matter=matter, state=State.OPEN).first()
    if open_one:
        if len(instead_because.strip()) < 4:
            raise UnableToPromise(
                f"{open_one.amount} is promised for {open_one.due_on} already; say why another takes its place"
            )
        _move(open_one, State.SUPERSEDED, reason=instead_because, by=by, at=at)
    row = Promise.objects.create(
        pk=id,
        matter=matter,
        party=party,
        contact=contact,
        channel=channel,
        amount=amount,
        due_on=due_on,
        made_by=person(by),
        made_at=at,
    )
    _seal(row, "made", {"amount": str(amount), "due_on": due_on.isoformat(), "channel": channel}, by, at)
    return row


@transaction.atomic
def cancel_promise(*, promise: UUID, reason: str, by: Actor, at: datetime) -> Promise:
    """Take a promise out of force: it was a mistake, or what it was about has been settled otherwise.

    It is neither kept nor broken, and collection rests for it no more; a plan stays as it is. So whoever took it down does not
    cancel it. Raises UnableToPromise for them, without a reason, and for one that was judged already.
    """
    if len(reason.strip()) < 4:
        raise UnableToPromise("say in at least 4 characters why the promise is cancelled")
    row = Promise.objects.select_for_update().get(pk=promise)
    if row.state == State.CANCELLED:
        return row
    if row.made_by_id and row.made_by == person(by):
        raise UnableToPromise("whoever took a promise down does not cancel it; a second person must")
    if row.state != State.OPEN:
        raise UnableToPromise(f"the promise is {row.state}; only an open one is cancelled")
    return _move(row, State.CANCELLED, reason=reason.strip(), by=by, at=at)


@transaction.atomic
def judge_promises_of(*, loan: str, by: Actor, at: datetime) -> int:
    """Money came in on this loan: judge its open promise again. Returns how many were decided."""
    return _judge(
        Promise.objects.select_for_update().filter(matter__loan=UUID(loan), state=State.OPEN), by, at
    )


@transaction.atomic
def judge_promises(*, by: Actor, at: datetime) -> int:
    """Every promise whose day has ended is judged by what came in. Returns how many were decided."""
    due = Promise.objects.select_for_update().filter(state=State.OPEN, due_on__lt=localdate(at))
    return _judge(due, by, at)


def _judge(rows: Iterable[Promise], by: Actor, at: datetime) -> int:
    decided = 0
    for row in rows:
        paid = paid_since(Loan.objects.get(matters=row.matter_id), row.made_at)
        became = judge(Due(row.due_on, row.amount), paid, localdate(at))
        if became == State.OPEN:
            continue
        row.paid = paid
        _move(row, became, reason="", by=by, at=at)
        note(
            "promise_judged",
            key=f"promise_judged:{row.pk}",
            payload={"promise": str(row.pk), "party": str(row.party_id), "became": became.value},
            by=by,
            at=at,
        )
        decided += 1
    return decided


def _move(row: Promise, to: State, *, reason: str, by: Actor, at: datetime) -> Promise:
    MACHINE.check(State(row.state), to)
    row.state, row.reason, row.judged_at = to, reason, at
    row.save(update_fields=["state", "reason", "judged_at", "paid"])
    _seal(row, to.value, {"reason": reason, "paid": str(row.paid)}, by, at)
    return row


def _seal(row: Promise, act: str, facts: dict[str, str], by: Actor, at: datetime) -> None:
    seal(
        f"document/promise_{act}",
        stream=party_stream(row.party_id),
        subject=row.party_id,
        parts={"promise": str(row.pk), "facts": facts},
        by=by,
        at=at,
    )
