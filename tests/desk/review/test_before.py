"""Before a message leaves: it waits, is held, sent back with better words, released by as many as the rules ask for."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from shouyue.casework.right import Kind
from shouyue.desk.approvals import actions as approvals
from shouyue.desk.approvals import reads as asked_of
from shouyue.desk.approvals.models import Approval
from shouyue.desk.ledger.reads import sealed_since
from shouyue.desk.matters import actions as matters
from shouyue.desk.messages import outbound
from shouyue.desk.messages import reads as messages
from shouyue.desk.people.models import Delegation
from shouyue.desk.review import actions, reads
from shouyue.desk.rights import actions as rights
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel, Purpose

pytestmark = pytest.mark.django_db
OPENING = "【示例汽车金融有限公司】您好，我是示例汽车金融有限公司工作人员李娜，工号1023。"
DATED = OPENING + "如不能协商一致，我司将于2026年4月20日向人民法院起诉。请回电400-000-0000。"
BETTER = OPENING + "如不能协商一致，我司将依法向人民法院起诉。请回电400-000-0000协商。"


@pytest.fixture
def thread(office, wires):
    return matters.open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.NOTICE, channel=Channel.SMS,
        account=office.matter().loan.client, owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip


@pytest.fixture
def asked(office, thread):
    """A message that names a date of filing, and the question about it."""
    contact = propose(office, thread, DATED)
    assert contact.state == "awaiting_approval"
    return asked_of.still_open("contact", contact.pk)


def propose(office, thread, text, at=None):
    return outbound.propose(
        id=uuid.uuid4(), thread=thread, text=text, acknowledged=True, by=office.lina, at=at or office.at
    )


def ask_for_help(office):
    rights.ask(
        id=uuid.uuid4(), kind=Kind.HARDSHIP, matter=office.matter(), party=office.debtor(), words="失业两个月，申请延期", by="borrower", at=office.at
    )  # fmt: skip
    drain(at=office.at)


# ── hold ──


def test_while_it_is_held_nobody_else_decides_and_the_time_moves_on(office, asked):
    later = office.at + timedelta(hours=3)
    held = approvals.hold(approval=asked.pk, reason="向法务核实", by=office.wangmin, at=later)
    assert (held.state, held.due_at) == ("held", later + approvals.HELD_FOR)
    with pytest.raises(approvals.UnableToDecide, match="王敏 holds it: 向法务核实"):
        outbound.approve(approval=asked, grant=True, reason="不再等了", by=office.sunli, at=later)
    drain(at=office.at + timedelta(hours=4, minutes=1))  # the first deadline is no longer one
    assert asked_of.get(asked.pk).state == "held"
    assert (
        outbound.approve(approval=asked, grant=True, reason="已核实属实", by=office.wangmin, at=later).state
        == "scheduled"
    )


def test_what_is_held_too_long_goes_to_compliance_and_then_lapses_as_a_no(office, asked):
    approvals.hold(approval=asked.pk, reason="向法务核实", by=office.wangmin, at=office.at)
    late = office.at + approvals.HELD_FOR + timedelta(minutes=1)
    drain(at=late)
    assert asked_of.get(asked.pk).state == "escalated"
    assert asked_of.may_decide(asked_of.get(asked.pk), office.sunli, late).yes
    approvals.hold(approval=asked.pk, reason="再核实一次", by=office.sunli, at=late)
    drain(at=late + timedelta(hours=25))
    assert asked_of.get(asked.pk).state == "lapsed"
    assert messages.get(asked.about).state == "returned"


def test_a_hold_needs_words_and_one_who_may_decide_and_happens_once(office, asked):
    for who, why in ((office.lina, "自己扣下"), (office.wangmin, "。"), (office.zhaolei, "我来扣下")):
        with pytest.raises(approvals.UnableToDecide):
            approvals.hold(approval=asked.pk, reason=why, by=who, at=office.at)
    approvals.hold(approval=asked.pk, reason="向法务核实", by=office.wangmin, at=office.at)
    with pytest.raises(approvals.UnableToDecide, match="held already"):
        approvals.hold(approval=asked.pk, reason="再扣一次", by=office.wangmin, at=office.at)


# ── edit and return ──


def test_better_words_go_back_to_the_writer_sealed_and_nothing_leaves(office, wires, asked):
    before = max(int(s["id"]) for s in sealed_since(0))
    back = actions.edit_and_return(
        approval=asked, words=BETTER, reason="立案日期未定", by=office.wangmin, at=office.at
    )
    assert back.state == "returned"
    assert reads.edits_of([back])[back.pk].words == BETTER
    assert [s["kind"] for s in sealed_since(before)] == [
        "approval/refused",
        "msg.out/returned",
        "review/edited",
    ]
    drain(at=office.at)
    assert not wires["sms"].sent
    assert reads.before(office.wangmin, office.at) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (DATED, "the words as they were"),
        ("好", "at least 4 characters"),
        (OPENING + "再不还钱我们就去你单位，让所有人都知道", "the gate would block these words too: "),
    ],
)
def test_words_that_are_no_better_are_refused_and_the_question_stays(office, asked, words, says):
    with pytest.raises(actions.UnableToReview, match=says):
        actions.edit_and_return(
            approval=asked, words=words, reason="改写后退回", by=office.wangmin, at=office.at
        )
    assert asked_of.get(asked.pk).state == "open"
    assert messages.get(asked.about).state == "awaiting_approval"


def test_the_writer_cannot_send_their_own_message_back(office, asked):
    with pytest.raises(approvals.UnableToDecide, match="second person"):
        actions.edit_and_return(
            approval=asked, words=BETTER, reason="自己改自己", by=office.lina, at=office.at
        )


# ── two persons, where a rule asks for them ──


@pytest.fixture
def two(office, thread):
    """A demand while a hardship application is open: the pack's rule asks for a supervisor and a compliance officer."""
    ask_for_help(office)
    contact = propose(office, thread, BETTER)
    question = asked_of.still_open("contact", contact.pk)
    assert (question.persons, question.needs) == (2, "compliance,supervisor")
    return question


def yes(office, question, who):
    return outbound.approve(approval=question, grant=True, reason="措辞适度，同意", by=who, at=office.at)


def test_one_yes_of_two_moves_nothing_and_the_same_person_is_not_the_second(office, wires, two):
    assert yes(office, two, office.wangmin).state == "awaiting_approval"
    assert asked_of.get(two.pk).state == "half"
    with pytest.raises(approvals.UnableToDecide, match="another person must"):
        yes(office, two, office.wangmin)
    assert yes(office, two, office.sunli).state == "scheduled"
    assert [one["by"] for one in asked_of.get(two.pk).yeses] == [
        office.wangmin.staff_no,
        office.sunli.staff_no,
    ]


def test_who_stands_in_is_not_the_second_person_for_the_one_they_stand_in_for(office, two):
    Delegation.objects.create(
        principal=office.wangmin, deputy=office.qianjin, starts_at=office.at, ends_at=office.at + timedelta(days=3)
    )  # fmt: skip
    yes(office, two, office.wangmin)
    assert not asked_of.may_decide(asked_of.get(two.pk), office.qianjin, office.at).yes


def test_one_no_is_enough_even_after_a_yes(office, two):
    yes(office, two, office.wangmin)
    back = outbound.approve(approval=two, grant=False, reason="困难申请未答复", by=office.sunli, at=office.at)
    assert (back.state, asked_of.get(two.pk).state) == ("returned", "refused")


def test_a_half_yes_is_no_yes_when_the_time_is_over(office, two):
    yes(office, two, office.wangmin)
    drain(at=office.at + timedelta(hours=4, minutes=1))
    assert asked_of.get(two.pk).state == "escalated"
    drain(at=office.at + timedelta(days=2))
    assert messages.get(two.about).state == "returned"


def test_a_freeze_of_the_debtor_withdraws_what_waits_held_or_half(office, two):
    yes(office, two, office.wangmin)
    outbound.cancel(contact=two.about, why="应急停止", by=office.lina, at=office.at)
    assert asked_of.get(two.pk).state == "withdrawn"


def test_the_queue_shows_the_nearest_deadline_first_and_to_others_why_not(office, thread, asked):
    propose(office, thread, DATED + "谢谢。", at=office.at + timedelta(minutes=5))
    mine = reads.before(office.wangmin, office.at)
    assert [one.approval.due_at for one in mine] == sorted(one.approval.due_at for one in mine)
    assert [one["rule"] for one in mine[0].rules] == ["CLAIM.intent"]
    assert Approval.objects.filter(what="contact").count() == len(mine) == 2
    assert reads.before(office.qianjin, office.at + timedelta(days=60)) == []
