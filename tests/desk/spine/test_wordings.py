"""Wordings of the lender's own: compliance proposes, a second officer puts them in force, and the thread offers them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from shouyue.desk.approvals import actions as approvals
from shouyue.desk.approvals import reads as asked_of
from shouyue.desk.ledger.reads import sealed_since
from shouyue.desk.messages.wordings import wordings
from shouyue.desk.rulebook import actions, reads
from shouyue.desk.worker.run import drain
from tests.desk.console.conftest import clock, sign_in  # noqa: F401
from tests.desk.spine.test_cool_down import thread  # noqa: F401

pytestmark = pytest.mark.django_db
ZH = "【{client}】您好，我是{client}工作人员{staff}，工号{staff_no}。年末对账，请您方便时回电{callback}核对。"
EN = "【{client}】Hello, this is {staff} of {client}, staff no. {staff_no}. Please call {callback} to compare figures."


def propose(office, *, zh=ZH, en=EN, by=None, at=None, name="year-end"):
    return actions.propose_wording(
        name=name, titles=("年末对账", "Year's end"), texts=(zh, en), channels=["sms", "wecom"], roles=["debtor"],
        why="年末集中对账", by=by or office.sunli, at=at or office.at,
    )  # fmt: skip


def decide(office, row, *, by=None, grant=True, at=None):
    asked = asked_of.still_open("wording", row.pk)
    return actions.decide_wording(
        approval=asked, grant=grant, reason="内容无误，同意", by=by or office.hebing, at=at or office.at
    )


def offered(office, thread):  # noqa: F811
    return {one["id"]: one["filled"] for one in wordings(thread, office.at)}


def test_only_what_a_second_officer_put_in_force_is_offered_and_filled(office, thread):  # noqa: F811
    row = propose(office)
    assert "own.year-end" not in offered(office, thread)
    with pytest.raises(approvals.UnableToDecide, match="second person"):
        decide(office, row, by=office.sunli)
    with pytest.raises(approvals.UnableToDecide, match="compliance"):
        decide(office, row, by=office.wangmin)
    assert decide(office, row).state == "in_force"
    said = offered(office, thread)["own.year-end"]
    assert "李娜" in said
    assert not re.search(r"[{}]", said)


def test_the_next_version_takes_the_place_of_the_one_before(office, thread):  # noqa: F811
    first = decide(office, propose(office))
    second = propose(office, zh=ZH + "谢谢。", en=EN + " Thank you.", at=office.at + timedelta(hours=1))
    assert "谢谢" not in offered(office, thread)["own.year-end"]
    decide(office, second, at=office.at + timedelta(hours=2))
    assert offered(office, thread)["own.year-end"].endswith("谢谢。")
    assert reads.wording(first.pk).state == "retired"


@pytest.mark.parametrize(
    ("zh", "en", "says"),
    [
        ("您好，{balance}元", "Hello, {balance} yuan", "unknown field balance"),
        ("您好，请联系{client}核对", "Hello, please call us back", "client stands in one language only"),
        ("您好，逾期金额{amount}元", "Hello, overdue {amount} yuan", "an amount needs its date"),
        ("您好，请联系{client核对", "Hello, please call {client}", "a brace stands alone"),
        ("你好", "Hello, please call us back", "at least 8 characters"),
        ("再不还钱我们就去你单位闹", "Hello, please call us back", "screening finds fault"),
    ],
)
def test_a_broken_wording_is_refused_with_what_was_found(office, zh, en, says):
    with pytest.raises(actions.UnableToWord, match=says):
        propose(office, zh=zh, en=en)
    assert reads.wordings_of_all_states() == []


def test_it_is_compliances_and_one_version_waits_at_a_time(office):
    with pytest.raises(actions.UnableToWord, match="compliance's"):
        propose(office, by=office.wangmin)
    propose(office)
    with pytest.raises(actions.UnableToWord, match="waits for its decision"):
        propose(office, zh=ZH + "谢谢。", en=EN + " Thank you.")


def test_nobodys_answer_is_a_no_and_one_officer_is_enough_to_stop(office, thread):  # noqa: F811
    row = propose(office)
    drain(at=office.at + timedelta(days=2, minutes=1))
    drain(at=office.at + timedelta(days=4))
    assert reads.wording(row.pk).state == "refused"
    row = decide(office, propose(office))
    actions.retire_wording(wording=row.pk, reason="电话号码变更", by=office.sunli, at=office.at)
    assert "own.year-end" not in offered(office, thread)
    kinds = [one["kind"] for one in sealed_since(0) if one["stream"] == "rulebook"]
    assert {"decision/wording_proposed", "decision/wording_in_force", "decision/wording_retired"} <= set(
        kinds
    )


def test_through_the_pages(office, sign_in):  # noqa: F811
    officer = sign_in(office.sunli)
    sent = {
        "name": "year-end", "title_zh": "年末对账", "title_en": "Year's end", "zh": ZH, "en": EN, "channels": ["sms"],
        "roles": ["debtor"], "why": "年末集中对账",
    }  # fmt: skip
    bad = officer.post(
        reverse("propose_wording"), {**sent, "zh": "您好，{balance}元，谢谢", "en": "Hello {balance} yuan"}
    )
    assert bad.status_code == 422
    assert "未知字段balance" in bad.content.decode()
    bad = officer.post(reverse("propose_wording"), {**sent, "name": "年末"})
    assert bad.status_code == 422
    assert "名称只能用英文字母、数字和连字符" in bad.content.decode()
    assert officer.post(reverse("propose_wording"), sent).status_code == 302
    (row,) = reads.wordings_of_all_states()
    asked = asked_of.still_open("wording", row.pk)
    other = sign_in(office.hebing)
    assert "年末对账" in other.get(reverse("approval", args=[asked.pk])).content.decode()
    other.post(reverse("approval", args=[asked.pk]), {"grant": "yes", "reason": "内容无误"})
    assert reads.wording(row.pk).state == "in_force"
    officer.post(reverse("retire_wording", args=[row.pk]), {"reason": "停用一周"})
    assert reads.wording(row.pk).state == "retired"
    assert sign_in(office.lina).get(reverse("wordings")).status_code == 404
