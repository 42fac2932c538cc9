"""After a provocation one's own words are read by a second person; an approved wording may go; the case may be handed over."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from shouyue.connectors.channel import MessageArrived
from shouyue.desk.matters import actions as matters
from shouyue.desk.matters import reads as matter_reads
from shouyue.desk.messages import inbound, outbound
from shouyue.desk.messages.reads import cool_down
from shouyue.desk.messages.wordings import wordings
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel, Purpose
from tests.cast import 张伟

pytestmark = pytest.mark.django_db
OWN = "【示例汽车金融有限公司】您好，我是示例汽车金融有限公司工作人员李娜，工号1023。请您方便时回电400-000-0000。"
INSULT = "你们都是骗子，你这个废物，有种你骂我啊"


@pytest.fixture
def thread(office, wires):
    return matters.open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.NOTICE, channel=Channel.SMS,
        account=office.matter().loan.client, owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip


def says(office, wires, text, at=None, n="1"):
    one = MessageArrived(
        external_id=f"m{n}", channel=Channel.SMS, account=office.matter().loan.client, at=at or office.at, raw=b"",
        sender=张伟.mobile, text=text,
    )  # fmt: skip
    payload = repr((n, text)).encode()
    wires["sms"].events[payload] = (one,)
    inbound.receive(connector="sms", payload=payload, by="gateway", at=at or office.at)
    drain(at=at or office.at)


def propose(thread, text, by, at):
    return outbound.propose(id=uuid.uuid4(), thread=thread, text=text, acknowledged=True, by=by, at=at)


def rules_of(contact):
    return {one["rule"] for one in contact.decision["spoken"] if one["effect"] == "approval"}


@pytest.mark.parametrize(("minutes", "waits"), [(0, True), (14, True), (15, False)])
def test_ones_own_words_wait_until_the_cool_down_is_over(office, wires, thread, minutes, waits):
    says(office, wires, INSULT)
    later = office.at + timedelta(minutes=minutes)
    assert (cool_down(thread, office.lina, later) is not None) == waits
    assert ("DESK.cooldown" in rules_of(propose(thread, OWN, office.lina, later))) == waits


def test_an_approved_wording_goes_at_once_and_with_a_word_of_ones_own_it_waits(office, wires, thread):
    says(office, wires, INSULT)
    approved = next(one["filled"] for one in wordings(thread, office.at) if one["id"] == "dispute")
    assert "DESK.cooldown" not in rules_of(propose(thread, approved, office.lina, office.at))
    assert "DESK.cooldown" in rules_of(propose(thread, approved + "别再闹了。", office.lina, office.at))


def test_an_angry_word_about_the_matter_is_no_provocation(office, wires, thread):
    says(office, wires, "我已经还过了，你们怎么还发短信")
    assert cool_down(thread, office.lina, office.at) is None


def test_the_case_and_its_thread_are_handed_over_and_the_new_owner_was_not_provoked(office, wires, thread):
    says(office, wires, INSULT)
    matters.hand_over(
        matter=office.matter(), to=office.zhaolei, reason="被辱骂，请同事接手", by=office.lina, at=office.at
    )
    row = matter_reads.thread_for(office.zhaolei, thread.pk)
    assert (row.owner, office.matter().owner) == (office.zhaolei, office.zhaolei)
    assert cool_down(row, office.zhaolei, office.at) is None
    with pytest.raises(matter_reads.NotYours):
        matter_reads.thread_for(office.lina, thread.pk)


def test_a_friend_on_ones_own_account_cannot_go_along_so_its_thread_is_closed(office, wires):
    friend = matters.open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.NOTICE, channel=Channel.WECOM,
        account=office.lina.wecom_userid, owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip
    matters.hand_over(
        matter=office.matter(), to=office.zhaolei, reason="休假，请同事接手", by=office.wangmin, at=office.at
    )
    row = matter_reads.thread_for(office.zhaolei, friend.pk)
    assert (row.state, row.owner) == ("closed", office.lina)
    assert "transferred in WeCom by hand" in row.outcome


def test_only_the_owner_or_their_supervisor_hands_over_and_only_within_the_team(office, thread):
    for by, to, why in (
        (office.zhaolei, office.zhaolei, "我想要这个案件"),
        (office.qianjin, office.zhaolei, "别组主管来分案"),
        (office.lina, office.tiaojie, "交给外部机构"),
        (office.lina, office.lina, "交给自己"),
        (office.lina, office.zhaolei, "累"),
    ):
        with pytest.raises(matters.UnableToHandOver):
            matters.hand_over(matter=office.matter(), to=to, reason=why, by=by, at=office.at)
    assert office.matter().owner == office.lina
