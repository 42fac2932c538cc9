"""Two pairs of eyes, a reason, a deadline, a stand-in; nobody's silence is a yes."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from shouyue.desk.approvals import actions, reads
from shouyue.desk.worker.run import drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(office):
    return actions.ask(
        what="test", about=uuid.uuid4(), stream="test", asks="可以吗", facts={}, due_at=office.at + timedelta(hours=4),
        by=office.lina, at=office.at,
    )  # fmt: skip


def test_past_the_deadline_it_goes_to_compliance_and_then_lapses(office, asked):
    later = office.at + timedelta(hours=4, minutes=1)
    assert asked not in reads.waiting_for(office.sunli, office.at)
    drain(at=later)
    assert asked in reads.waiting_for(office.sunli, later)
    much_later = later + timedelta(hours=25)
    drain(at=much_later)
    assert reads.get(asked.pk).state == "lapsed"
    with pytest.raises(actions.UnableToDecide, match="already decided"):
        actions.decide(approval=asked.pk, grant=True, reason="太晚了的同意", by=office.sunli, at=much_later)


def test_another_team_cannot_decide(office, asked):
    office.qianjin.refresh_from_db()
    without_stand_in = office.at + timedelta(days=40)
    assert asked not in reads.waiting_for(office.qianjin, without_stand_in)


def test_compliance_cannot_decide_before_it_is_escalated(office, asked):
    with pytest.raises(actions.UnableToDecide, match="supervisor"):
        actions.decide(approval=asked.pk, grant=True, reason="越级批准", by=office.sunli, at=office.at)


def test_an_answer_is_final(office, asked):
    actions.decide(approval=asked.pk, grant=False, reason="材料不足", by=office.wangmin, at=office.at)
    with pytest.raises(actions.UnableToDecide, match="already decided"):
        actions.decide(approval=asked.pk, grant=True, reason="改主意了", by=office.wangmin, at=office.at)
    drain(at=office.at + timedelta(days=3))
    assert reads.get(asked.pk).state == "refused"
