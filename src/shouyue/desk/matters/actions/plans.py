"""Plans of instalments: proposed, decided by a second person, judged by payments, broken and renewed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate

from shouyue.casework.plan import MACHINE, NoPlan, Part, check, judge
from shouyue.casework.plan import Plan as State
from shouyue.desk.approvals import actions as approvals
from shouyue.desk.approvals.models import Approval
from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters.actions import matter_stream
from shouyue.desk.matters.models import Matter, Plan, PlanPart
from shouyue.desk.matters.reads import debt, paid_since, role_in
from shouyue.desk.outbox.actions import note
from shouyue.desk.parties.actions import stream_of as party_stream
from shouyue.desk.parties.models import Party
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor, name_of

DECIDE_WITHIN = timedelta(days=2)


def exact(amount: str) -> Decimal:
    """A sum as written. Raises NoPlan for what is none."""
    try:
        return Decimal(amount)
    except InvalidOperation:
        raise NoPlan(f"{amount!r} is no sum of money; write one such as 1234.50") from None


class UnableToPlan(Exception):
    """This plan cannot be proposed or decided as asked."""


@transaction.atomic
def propose_plan(
    *,
    id: UUID,
    matter: Matter,
    party: Party,
    parts: Sequence[Part],
    why: str,
    longest: int | None,
    follows: Plan | None = None,
    by: Actor,
    at: datetime,
) -> Plan:
    """Propose instalments over everything that is overdue, once for this id; a supervisor decides. `longest` is in months, of
    the rules in force (rulebook.reads.longest_plan); None where they set no limit.

    Raises UnableToPlan for somebody who owes nothing, without a ground, without a known amount, while another proposal waits
    or another plan runs (unless it is the one that this `follows`); casework.plan.NoPlan for instalments that make none.
    """
    known = Plan.objects.filter(pk=id).first()
    if known:
        return known
    Matter.objects.select_for_update().get(pk=matter.pk)
    if not role_in(matter.loan, party).owes:
        raise UnableToPlan("this person owes nothing on this loan; nothing is to be planned")
    if len(why.strip()) < 4:
        raise UnableToPlan("say in at least 4 characters why instalments are asked for")
    owed = debt(matter.loan, at)
    if owed is None:
        raise UnableToPlan(
            "the amount is not known today, and no plan is made without one; load the balance first"
        )
    waiting = Plan.objects.filter(matter=matter, state=State.PROPOSED).first()
    if waiting:
        raise UnableToPlan("a proposal on this matter waits for its decision already; withdraw it first")
    running = Plan.objects.filter(matter=matter, state=State.AGREED).first()
    if running and (follows is None or running.pk != follows.pk):
        raise UnableToPlan("a plan runs on this matter; a new one must say that it follows it")
    check(parts, total=owed.total, today=localdate(at), longest_months=longest)
    row = Plan.objects.create(
        pk=id,
        matter=matter,
        party=party,
        total=owed.total,
        as_of=owed.as_of,
        why=why.strip(),
        follows=follows,
        proposed_by=name_of(by),
        proposed_at=at,
    )
    PlanPart.objects.bulk_create(
        PlanPart(plan=row, number=n, due_on=part.due_on, amount=part.amount)
        for n, part in enumerate(parts, 1)
    )
    written = [{"due_on": part.due_on.isoformat(), "amount": str(part.amount)} for part in parts]
    _seal(
        row,
        "proposed",
        {"total": str(owed.total), "as_of": owed.as_of.isoformat(), "parts": written, "why": why},
        by,
        at,
    )
    approvals.ask(
        what="plan",
        about=row.pk,
        stream=matter_stream(matter),
        asks=f"{len(parts)} instalments over {owed.total} as of {owed.as_of}: {why.strip()}",
        facts={
            "matter": matter.number,
            "total": str(owed.total),
            "as_of": owed.as_of.isoformat(),
            "parts": written,
        },
        due_at=at + DECIDE_WITHIN,
        subject=party.pk,
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def decide_plan(*, approval: Approval, grant: bool, reason: str, by: Staff, at: datetime) -> Plan:
    """A second person agrees or not. Agreed, collection on this matter rests while it is kept (rule CCB-2011.art70.stop)."""
    row = _locked(approval.about)
    approvals.decide(approval=approval.pk, grant=grant, reason=reason, by=by, at=at)
    if row.state != State.PROPOSED:
        return row
    if not grant:
        return _move(row, State.REFUSED, reason=reason, by=by, at=at)
    if row.follows_id:
        before = _locked(row.follows_id)
        if before.state in {State.AGREED, State.BROKEN}:
            _move(before, State.REPLACED, reason=f"replaced: {reason}", by=by, at=at)
    row.agreed_at = at
    return _move(row, State.AGREED, reason=reason, by=by, at=at)


@transaction.atomic
def lapse_plan(*, approval: str, what: str, about: str, by: Actor, at: datetime) -> None:
    """Nobody decided in time, twice: that is a no, and the borrower is told so."""
    if what != "plan":
        return
    row = _locked(UUID(about))
    if row.state == State.PROPOSED:
        _move(row, State.REFUSED, reason="nobody decided in time", by=by, at=at)


@transaction.atomic
def judge_plans_of(*, loan: str, by: Actor, at: datetime) -> int:
    """Money came in on this loan: judge its plan again. Returns how many changed."""
    rows = Plan.objects.select_for_update(of=("self",)).filter(
        matter__loan=UUID(loan), state__in=[State.AGREED, State.BROKEN]
    )
    return _judge(rows, by, at)


@transaction.atomic
def judge_plans(*, by: Actor, at: datetime) -> int:
    """Every running plan is judged by what came in. Returns how many changed."""
    return _judge(Plan.objects.select_for_update(of=("self",)).filter(state=State.AGREED), by, at)


def _judge(rows: Iterable[Plan], by: Actor, at: datetime) -> int:
    changed = 0
    for row in rows:
        assert row.agreed_at
        parts = [Part(one.due_on, one.amount) for one in row.parts.order_by("number")]
        became = judge(parts, paid_since(row.matter.loan, row.agreed_at), localdate(at))
        if became == row.state or (row.state == State.BROKEN and became != State.FULFILLED):
            continue
        _move(row, became, reason="", by=by, at=at)
        changed += 1
    return changed


def _move(row: Plan, to: State, *, reason: str, by: Actor, at: datetime) -> Plan:
    MACHINE.check(State(row.state), to)
    row.state, row.reason = to, reason
    if to != State.AGREED:
        row.ended_at = at
    row.save(update_fields=["state", "reason", "agreed_at", "ended_at"])
    _seal(row, to.value, {"reason": reason}, by, at)
    note(
        "plan_moved",
        key=f"plan_moved:{row.pk}:{to.value}",
        payload={"plan": str(row.pk), "became": to.value},
        by=by,
        at=at,
    )
    return row


def _locked(pk: UUID) -> Plan:
    return (
        Plan.objects.select_for_update(of=("self",))
        .select_related("matter", "matter__loan", "party")
        .get(pk=pk)
    )


def _seal(row: Plan, act: str, facts: dict[str, Any], by: Actor, at: datetime) -> None:
    seal(
        f"document/plan_{act}",
        stream=party_stream(row.party_id),
        subject=row.party_id,
        parts={"plan": str(row.pk), "facts": facts},
        by=by,
        at=at,
    )
