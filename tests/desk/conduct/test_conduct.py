"""What somebody did is recorded once, with its grounds and its sealed entry; the person may say that it was not so."""

from __future__ import annotations

from typing import Any

import pytest

from shouyue.connectors.channel import MessageArrived
from shouyue.desk.conduct import actions, reads
from shouyue.desk.conduct.models import Kind
from shouyue.desk.friend_requests.actions import raise_incident
from shouyue.desk.ledger import reads as ledger
from shouyue.desk.matters import actions as matters
from shouyue.desk.messages import inbound
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel, Purpose
from tests.cast import 张伟
from tests.office import Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def thread(office: Office) -> Any:
    return matters.open_thread(
        matter=office.matter(),
        party=office.debtor(),
        purpose=Purpose.NEGOTIATION,
        channel=Channel.SMS,
        account=office.matter().loan.client,
        owner=office.lina,
        by=office.lina,
        at=office.at,
    )


def says(office: Office, wires: Any, text: str, n: int = 1) -> None:
    one = MessageArrived(
        external_id=f"m{n}",
        channel=Channel.SMS,
        account=office.matter().loan.client,
        at=office.at,
        raw=b"",
        sender=张伟.mobile,
        text=text,
    )
    payload = repr((n, text)).encode()
    wires["sms"].events[payload] = (one,)
    inbound.receive(connector="sms", payload=payload, by="gateway", at=office.at)
    drain(at=office.at)


def test_a_threat_is_recorded_with_the_entry_that_shows_it(office: Office, wires: Any, thread: Any) -> None:
    says(office, wires, "再打电话我就找人打断你的腿")
    (moment,) = [m for m in reads.timeline(party=office.debtor().pk) if m.kind == Kind.THREATENED]
    assert moment.counts and moment.grounds["label"] == "threat"
    sealed = ledger.panel(f"thread:{thread.pk}")
    assert sealed and moment.evidence in {
        row.digest for row in sealed.rows if row.kind == "msg.in/understood"
    }
    own = ledger.panel(actions.stream_of(office.debtor()))
    assert own and [row.kind for row in own.rows] == ["conduct/recorded"]


def test_rights_are_no_conduct(office: Office, wires: Any, thread: Any) -> None:
    says(office, wires, "我对欠款金额有异议，我要向监管部门投诉")
    says(office, wires, "我失业了，能不能申请分期", n=2)
    assert reads.timeline(party=office.debtor().pk) == []


def test_the_same_observation_twice_is_one(office: Office) -> None:
    for _ in range(2):
        row = actions.record(
            key="x", kind=Kind.PROMISE_KEPT, party=office.debtor(), grounds={}, by="books", at=office.at
        )
    assert [m.id for m in reads.timeline(party=office.debtor().pk)] == [row.pk]
    sealed = ledger.panel(actions.stream_of(office.debtor()))
    assert sealed and sealed.count == 1


def test_what_is_contested_counts_for_nothing_until_it_is_answered(office: Office) -> None:
    row = actions.record(
        key="x", kind=Kind.INSULTED, party=office.debtor(), grounds={}, by="worker", at=office.at
    )
    with pytest.raises(actions.UnableToContest):
        actions.answer(event=row, stands=True, reason="有记录", by=office.wangmin, at=office.at)
    actions.contest(event=row, why="那不是我发的", by="portal", at=office.at)
    assert reads.contested() == [row]
    assert [m.standing for m in reads.timeline(party=office.debtor().pk)] == ["contested"]
    actions.answer(event=row, stands=False, reason="账号当时未绑定", by=office.wangmin, at=office.at)
    (moment,) = reads.timeline(party=office.debtor().pk)
    assert (moment.standing, moment.counts, moment.answer) == ("set_aside", False, "账号当时未绑定")
    sealed = ledger.panel(actions.stream_of(office.debtor()))
    assert sealed and [r.kind for r in reversed(sealed.rows)] == [
        "conduct/recorded",
        "conduct/contested",
        "conduct/set_aside",
    ]


def test_what_should_not_have_happened_on_a_members_account_stands_in_their_record(office: Office) -> None:
    row = raise_incident(
        kind="unapproved_friend",
        what="未经批准添加",
        request=None,
        staff=office.lina,
        party=None,
        by="wecom",
        at=office.at,
    )
    raise_incident(
        kind="unknown_link", what="x", request=None, staff=None, party=None, by="wecom", at=office.at
    )
    drain(at=office.at)
    (moment,) = reads.timeline(staff_no=office.lina.staff_no)
    assert (moment.kind, moment.grounds) == (
        "incident",
        {"incident": str(row.pk), "label": "unapproved_friend"},
    )
    sealed = ledger.panel(f"incident:{row.pk}")
    assert sealed and moment.evidence == sealed.rows[0].digest


def test_nobody_answers_about_themselves(office: Office) -> None:
    row = actions.record(
        key="y", kind=Kind.INCIDENT, staff=office.lina, grounds={}, by="worker", at=office.at
    )
    actions.contest(event=row, why="我按流程操作", by=office.lina, at=office.at)
    with pytest.raises(actions.UnableToContest, match="own conduct"):
        actions.answer(event=row, stands=False, reason="没问题", by=office.lina, at=office.at)
    actions.answer(event=row, stands=True, reason="录音为证", by=office.wangmin, at=office.at)
    assert [m.standing for m in reads.timeline(staff_no=office.lina.staff_no)] == ["upheld"]
