"""The outbound road: allowed before it leaves, decided again as it leaves, sent once, accounted for afterwards."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction

from shouyue.casework.contact import Contact as State
from shouyue.connectors.channel import MessageArrived, Refused, Unknown
from shouyue.desk.approvals import reads as approval_reads
from shouyue.desk.holds import actions as holds
from shouyue.desk.matters import actions as matters
from shouyue.desk.messages import inbound, outbound, reads
from shouyue.desk.parties import actions as parties
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel, Purpose

pytestmark = pytest.mark.django_db
POLITE = (
    "【示例汽车金融】张伟先生您好,我是示例汽车金融有限公司工作人员,工号1023。请在方便时回电400-000-0000。"
)


@dataclass
class Lost(Exception):
    """The channel took the message and the answer never came back."""

    arrived: bool = True


@pytest.fixture
def thread(office, wires):
    return matters.open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.NOTICE, channel=Channel.SMS,
        account=office.matter().loan.client, owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip


def propose(office, thread, text=POLITE, id=None, **more):
    return outbound.propose(
        id=id or uuid.uuid4(),
        thread=thread,
        text=text,
        acknowledged=True,
        by=office.lina,
        at=office.at,
        **more,
    )


def test_a_lawful_message_is_sent_once_and_accounted_for(office, wires, thread):
    sent = propose(office, thread)
    drain(at=office.at)
    row = reads.get(sent.pk)
    assert (row.state, row.number, row.reference) == (State.ACCEPTED, 1, f"ref-{row.pk}")
    assert wires["sms"].times == {str(row.pk): 1}
    outbound.receipt(reference=row.reference, delivered=True, why="", by="sms", at=office.at)
    assert reads.get(sent.pk).state == State.DELIVERED


def test_the_same_click_twice_is_one_message_and_other_words_under_it_are_refused(office, wires, thread):
    first = propose(office, thread)
    assert propose(office, thread, id=first.pk).pk == first.pk
    with pytest.raises(outbound.UnableToPropose, match="another message"):
        propose(office, thread, text=POLITE + "!", id=first.pk)


def test_only_the_owner_writes(office, wires, thread):
    with pytest.raises(outbound.UnableToPropose, match="only 李娜"):
        outbound.propose(id=uuid.uuid4(), thread=thread, text=POLITE, by=office.zhaolei, at=office.at)


def test_what_leaves_and_gets_no_answer_is_asked_about_not_sent_again(office, wires, thread):
    wires["sms"].answers = [Lost()]
    sent = propose(office, thread)
    with pytest.raises(Exception, match="Lost"):
        drain(at=office.at)
    assert reads.get(sent.pk).state == State.LEAVING
    drain(at=office.at + timedelta(minutes=3), tolerate=True)
    assert reads.get(sent.pk).state == State.ACCEPTED
    assert wires["sms"].times == {str(sent.pk): 1}


def test_what_certainly_never_left_goes_again_under_its_number(office, wires, thread):
    wires["sms"].answers = [Unknown("no answer")]
    sent = propose(office, thread)
    drain(at=office.at)
    assert reads.get(sent.pk).state == State.UNKNOWN
    wires["sms"].sent.clear()
    drain(at=office.at + timedelta(minutes=3))
    drain(at=office.at + timedelta(minutes=6))
    row = reads.get(sent.pk)
    assert (row.state, row.number) == (State.ACCEPTED, 1)


def test_a_refusal_for_good_is_final(office, wires, thread):
    wires["sms"].answers = [Refused(permanent=True, why="number does not exist")]
    sent = propose(office, thread)
    drain(at=office.at)
    row = reads.get(sent.pk)
    assert (row.state, row.why) == (State.FAILED, "number does not exist")


@pytest.mark.parametrize("over", ["party", "staff", "account", "lender"])
def test_a_stop_works_on_what_is_queued(office, wires, thread, over):
    sent = propose(office, thread, send_at=office.at + timedelta(hours=1))
    key = {"party": str(thread.party_id), "staff": "1023", "account": thread.account, "lender": ""}[over]
    holds.put_on_hold(kind="freeze", over=over, key=key, why="应急停催", by=office.wangmin, at=office.at)
    drain(at=office.at + timedelta(hours=2))
    assert reads.get(sent.pk).state == State.CANCELLED
    assert wires["sms"].sent == {}


@pytest.mark.parametrize("over", ["party", "staff", "account", "lender"])
def test_release_sees_a_stop_even_before_the_queue_is_swept(office, wires, thread, over):
    """The kill switch does not depend on the sweep: release looks for holds under the party's lock."""
    sent = propose(office, thread)
    key = {"party": str(thread.party_id), "staff": "1023", "account": thread.account, "lender": ""}[over]
    holds.put_on_hold(kind="freeze", over=over, key=key, why="应急停催", by=office.wangmin, at=office.at)
    assert outbound.send(contact=sent.pk, by="worker", at=office.at) is None
    assert reads.get(sent.pk).state == State.CANCELLED
    assert wires["sms"].sent == {}


def test_two_releases_send_once(office, wires, thread):
    sent = propose(office, thread)
    assert outbound.release(contact=sent.pk, by="worker 1", at=office.at) is not None
    assert outbound.release(contact=sent.pk, by="worker 2", at=office.at) is None


def test_a_transaction_that_fails_leaves_nothing_behind(office, wires, thread):
    class Oops(Exception):
        pass

    with pytest.raises(Oops), transaction.atomic():
        propose(office, thread)
        raise Oops
    drain(at=office.at)
    assert list(reads.in_thread(thread)) == []
    assert wires["sms"].sent == {}


def arrives(office, wires, text, sender, n=1, at=None):
    one = MessageArrived(
        external_id=f"m{n}", channel=Channel.SMS, account=office.matter().loan.client, at=at or office.at, raw=b"",
        sender=sender, text=text,
    )  # fmt: skip
    payload = repr((n, text)).encode()
    wires["sms"].events[payload] = (one,)
    inbound.receive(connector="sms", payload=payload, by="gateway", at=at or office.at)
    drain(at=at or office.at)


def test_what_arrives_is_kept_once_understood_and_numbered(office, wires, thread):
    propose(office, thread)
    drain(at=office.at)
    for _ in range(2):
        arrives(office, wires, "我下周五发工资就还", "13800000001")
    rows = [r for r in reads.in_thread(thread) if r.direction == "inbound"]
    assert [r.number for r in rows] == [2]


def test_a_stranger_is_matched_to_nobody(office, wires, thread):
    arrives(office, wires, "请问你们是谁", "13900000099")
    (row,) = reads.unmatched()
    assert (row.party, row.thread) == (None, None)


def test_a_message_into_a_closed_thread_opens_a_proposed_one(office, wires, thread):
    matters.close_thread(thread=thread, outcome="已告知", by=office.lina, at=office.at)
    arrives(office, wires, "我还有个问题", "13800000001")
    (waiting,) = reads.unanswered(office.lina)
    assert (waiting.state, waiting.follows_id) == ("proposed", thread.pk)


def test_a_stop_stops_what_is_queued_at_once(office, wires, thread):
    sent = propose(office, thread, send_at=office.at + timedelta(hours=1))
    parties.stop(party=thread.party, kind="opt_out", why="别再联系我了", by="heed", at=office.at)
    later = office.at + timedelta(hours=2)
    drain(at=later, tolerate=True)
    assert reads.get(sent.pk).state in {State.CANCELLED, State.RETURNED}
    assert wires["sms"].sent == {}


def test_unmasking_asks_why_and_is_sealed(office):
    with pytest.raises(parties.UnableToUnmask):
        parties.unmask(party=office.debtor().pk, what="id_no", reason="", by=office.lina, at=office.at)
    assert parties.unmask(
        party=office.debtor().pk, what="id_no", reason="核对起诉材料", by=office.lina, at=office.at
    ).startswith("999999")


def test_approvals_wait_for_nobody_without_need(office, wires, thread):
    propose(office, thread)
    assert approval_reads.waiting_for(office.wangmin, office.at) == []
