"""Promises and plans on the desk: one open promise a matter, a plan by a second person, both judged by what comes in."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.timezone import localdate

from shouyue.casework.plan import Part, equal_parts
from shouyue.desk.approvals import reads as approvals
from shouyue.desk.conduct.models import ConductEvent
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import payments, plans, promises
from shouyue.desk.matters.models import PaymentShare, Plan, Promise
from shouyue.desk.worker.run import drain

pytestmark = pytest.mark.django_db


def promised(office, amount="500.00", days=3, **more):
    return promises.promise(
        id=uuid.uuid4(), matter=office.matter(), party=office.debtor(), amount=Decimal(amount),
        due_on=localdate(office.at) + timedelta(days=days), channel="phone", by=office.lina, at=office.at, **more,
    )  # fmt: skip


def pay(office, amount, days=1, reference=None):
    at = office.at + timedelta(days=days)
    booked = payments.book_payment(
        loan=office.matter().loan, reference=reference or uuid.uuid4().hex, paid_on=localdate(at), amount=Decimal(amount),
        by="loanbook", at=at,
    )  # fmt: skip
    drain(at=at)
    return booked


def after(office, days):
    at = office.at + timedelta(days=days)
    promises.judge_promises(by="clock", at=at)
    plans.judge_plans(by="clock", at=at)
    drain(at=at)


@pytest.mark.parametrize(
    ("paid", "became"), [("500.00", "kept"), ("200.00", "partly_kept"), (None, "broken")]
)
def test_a_promise_is_judged_by_payments_alone(office, paid, became):
    row = promised(office)
    if paid:
        pay(office, paid)
    after(office, 3)
    assert Promise.objects.get(pk=row.pk).state in {"open", "kept"}  # the day has not ended
    after(office, 4)
    assert Promise.objects.get(pk=row.pk).state == became
    (event,) = ConductEvent.objects.filter(key=f"promise:{row.pk}")
    assert event.kind == ("promise_kept" if became == "kept" else "promise_broken")
    assert event.evidence


def test_a_second_promise_says_why_and_takes_the_first_ones_place(office):
    first = promised(office)
    with pytest.raises(promises.UnableToPromise, match="say why another takes its place"):
        promised(office, "600.00")
    second = promised(office, "600.00", instead_because="工资推迟发放")
    assert Promise.objects.get(pk=first.pk).state == "superseded"
    assert Promise.objects.get(matter=office.matter(), state="open") == second
    after(office, 5)
    assert not ConductEvent.objects.filter(key=f"promise:{first.pk}").exists()  # replaced is not broken


@pytest.mark.parametrize(
    ("amount", "days", "says"), [("0", 3, "no sum"), ("99999999", 3, "is owed as of"), ("10", -1, "between"), ("10", 90, "plan of")]
)  # fmt: skip
def test_a_promise_that_is_none_is_refused(office, amount, days, says):
    with pytest.raises(promises.UnableToPromise, match=says):
        promised(office, amount, days)


def test_a_payment_is_booked_once_shared_in_the_lawful_order_and_never_beyond_what_is_owed(office):
    loan = office.matter().loan
    owed = matters.debt(loan, office.at)
    _, new = pay(office, "100.00", reference="P1")
    _, again = pay(office, "100.00", reference="P1")
    assert (new, again) == (True, False)
    shares = {s.part: s.amount for s in PaymentShare.objects.all()}
    assert sum(shares.values()) == Decimal("100.00")
    assert shares.get("principal", 0) == 0 or shares["interest"] == owed.interest + owed.penalty
    with pytest.raises(payments.UnableToBook, match=r"was booked with 100\.00"):
        pay(office, "101.00", reference="P1")
    with pytest.raises(ValueError, match=r"give .* back"):
        pay(office, str(owed.outstanding * 10), reference="P2")
    assert not loan.payments.filter(reference="P2").exists()


@pytest.fixture
def agreed(office):
    owed = matters.debt(office.matter().loan, office.at)
    row = plans.propose_plan(
        longest=60,
        id=uuid.uuid4(), matter=office.matter(), party=office.debtor(), why="收入减少，申请分期",
        parts=equal_parts(owed.total, 3, localdate(office.at) + timedelta(days=10)), by=office.lina, at=office.at,
    )  # fmt: skip
    asked = approvals.about("plan", row.pk)
    plans.decide_plan(approval=asked, grant=True, reason="方案可行", by=office.wangmin, at=office.at)
    return Plan.objects.get(pk=row.pk)


def test_a_plan_is_broken_by_a_missed_instalment_and_renewed_by_one_that_follows(office, agreed):
    assert matters.running_plan(office.matter().loan) == agreed
    first = agreed.parts.get(number=1)
    pay(office, str(first.amount), days=9)
    after(office, 12)
    assert Plan.objects.get(pk=agreed.pk).state == "agreed"
    after(office, 60)
    assert Plan.objects.get(pk=agreed.pk).state == "broken"
    late = office.at + timedelta(days=61)
    owed = matters.debt(office.matter().loan, late)
    renewed = plans.propose_plan(
        longest=60,
        id=uuid.uuid4(), matter=office.matter(), party=office.debtor(), why="恢复收入后重订计划", follows=agreed,
        parts=[Part(localdate(late) + timedelta(days=30), owed.total)], by=office.lina, at=late,
    )  # fmt: skip
    plans.decide_plan(
        approval=approvals.about("plan", renewed.pk),
        grant=True,
        reason="同意续订",
        by=office.wangmin,
        at=late,
    )
    assert Plan.objects.get(pk=agreed.pk).state == "replaced"
    assert matters.running_plan(office.matter().loan).pk == renewed.pk


def test_a_plan_that_is_kept_rests_the_collection(office, agreed, wires):
    """Rule CCB-2011.art70.stop: while the plan is kept, no demand."""
    from shouyue.desk.matters.actions import open_thread
    from shouyue.desk.messages.reads import preview
    from shouyue.terms import Channel, Purpose

    thread = open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.NEGOTIATION, channel=Channel.SMS,
        account=office.matter().loan.client, owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip
    said = preview(
        thread=thread, text="请您今天之内还清全部欠款，否则我们将起诉。", by=office.lina, at=office.at
    )
    assert "CCB-2011.art70.stop" in {spoken.rule for spoken in said.decision.spoken}


def test_the_one_who_proposed_does_not_decide(office):
    from shouyue.desk.approvals.actions import UnableToDecide

    owed = matters.debt(office.matter().loan, office.at)
    row = plans.propose_plan(
        longest=60,
        id=uuid.uuid4(), matter=office.matter(), party=office.debtor(), why="申请分期", by=office.wangmin, at=office.at,
        parts=equal_parts(owed.total, 2, localdate(office.at) + timedelta(days=10)),
    )  # fmt: skip
    with pytest.raises(UnableToDecide):
        plans.decide_plan(
            approval=approvals.about("plan", row.pk),
            grant=True,
            reason="自批",
            by=office.wangmin,
            at=office.at,
        )
    with pytest.raises(plans.UnableToPlan, match="waits for its decision"):
        plans.propose_plan(
        longest=60,
            id=uuid.uuid4(), matter=office.matter(), party=office.debtor(), why="再次申请分期", by=office.lina, at=office.at,
            parts=equal_parts(owed.total, 2, localdate(office.at) + timedelta(days=10)),
        )  # fmt: skip
