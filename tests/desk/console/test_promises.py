"""An open promise is cancelled by a second person, with a reason; collection rests for it no more, a plan stays as it is."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from shouyue.casework.plan import equal_parts
from shouyue.desk.approvals import reads as approvals
from shouyue.desk.ledger.reads import sealed_since
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import plans, promises
from shouyue.desk.outreach import reads as outreach

pytestmark = pytest.mark.django_db


@pytest.fixture
def promised(office):
    return promises.promise(
        id=uuid.uuid4(), matter=office.matter(), party=office.debtor(), amount=Decimal("500.00"),
        due_on=office.at.date() + timedelta(days=5), channel="phone", by=office.lina, at=office.at,
    )  # fmt: skip


def cancel(client, promise, reason="登记有误，并非本人承诺"):
    where = reverse("cancel_promise", args=[promise.matter_id, promise.pk])
    return client.post(where, {"reason": reason})


def rests(office):
    record = outreach.records_of([matters.case_of(office.matter())], office.at)[office.matter().pk]
    return record["promise_in"] is not None, record["plan"]


def test_a_supervisor_cancels_it_and_collection_rests_for_it_no_more(office, promised, sign_in):
    client, before = sign_in(office.wangmin), len(sealed_since(0))
    shown = client.get(reverse("debtor", args=[promised.matter_id])).content.decode()
    assert "取消承诺" in shown and "没有在履行的分期方案" in shown
    assert rests(office)[0]
    assert cancel(client, promised).status_code == 302
    (row,) = matters.promises_of(office.matter())
    assert (row.state, row.reason) == ("cancelled", "登记有误，并非本人承诺")
    assert not rests(office)[0] and matters.broken_promises(office.debtor()) == 0
    assert len(sealed_since(0)) == before + 1
    assert cancel(client, promised).status_code == 302  # twice is once
    assert len(sealed_since(0)) == before + 1


def test_a_running_plan_stays_and_still_rests_collection(office, promised, sign_in):
    owed = matters.debt(office.matter().loan, office.at)
    plan = plans.propose_plan(
        longest=60,
        id=uuid.uuid4(), matter=office.matter(), party=office.debtor(), why="工资月底发放",
        parts=equal_parts(owed.total, 3, office.at.date() + timedelta(days=10)), by=office.lina, at=office.at,
    )  # fmt: skip
    plans.decide_plan(
        approval=approvals.still_open("plan", plan.pk),
        grant=True,
        reason="同意分期",
        by=office.wangmin,
        at=office.at,
    )
    shown = sign_in(office.wangmin).get(reverse("debtor", args=[promised.matter_id])).content.decode()
    assert "分期方案不变" in shown
    cancel(sign_in(office.wangmin), promised)
    assert matters.running_plan(office.matter().loan) == plan
    assert rests(office) == (False, "agreed")


@pytest.mark.parametrize("reason", ["", "错", "   错  "])
def test_a_reason_is_needed_in_words(office, promised, sign_in, reason):
    answer = cancel(sign_in(office.wangmin), promised, reason)
    assert answer.status_code == 422
    assert matters.promises_of(office.matter()).get().state == "open"


def test_whoever_took_it_down_does_not_cancel_it_and_a_collector_finds_no_such_door(
    office, promised, sign_in
):
    assert cancel(sign_in(office.lina), promised).status_code == 404
    assert (
        "取消承诺"
        not in sign_in(office.lina).get(reverse("debtor", args=[promised.matter_id])).content.decode()
    )
    mine = promises.promise(
        id=uuid.uuid4(), matter=office.matter(), party=office.debtor(), amount=Decimal("300.00"),
        due_on=office.at.date() + timedelta(days=5), channel="phone", instead_because="改为三百元",
        by=office.wangmin, at=office.at,
    )  # fmt: skip
    refused = cancel(sign_in(office.wangmin), mine)
    assert refused.status_code == 422 and "须由另一人取消" in refused.content.decode()
    superseded = cancel(sign_in(office.sunli), promised)
    assert superseded.status_code == 422 and "待履行" in superseded.content.decode()


def test_a_promise_of_another_case_is_not_found(office, promised, sign_in):
    other = reverse("cancel_promise", args=[office.matter(2).pk, promised.pk])
    assert sign_in(office.wangmin).post(other, {"reason": "登记有误"}).status_code == 404
