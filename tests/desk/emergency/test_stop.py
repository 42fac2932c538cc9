"""The stop: whatever waits in its scope does not leave once it has committed; what was leaving is named; all else goes on."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shouyue.casework.contact import Contact as Sent
from shouyue.connectors.channel import Unknown
from shouyue.desk.emergency import actions, reads
from shouyue.desk.matters import actions as matters
from shouyue.desk.messages import outbound
from shouyue.desk.messages import reads as messages
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel, Purpose

pytestmark = pytest.mark.django_db
SCOPES = ("party", "staff", "account", "lender")


def words(name: str, staff: object) -> str:
    return (
        f"【示例汽车金融有限公司】{name}您好，我是示例汽车金融有限公司工作人员{staff}，"
        f"工号{staff.staff_no}。请您方便时回电400-000-0000。"
    )


def queue(office, case: int, channel: str = "sms", minutes: int = 60):
    """A message to this case's debtor that waits for its time."""
    matter, debtor = office.matter(case), office.debtor(case)
    owner = matter.owner or office.lina
    account = matter.loan.client if channel == "sms" else owner.wecom_userid
    thread = matters.open_thread(
        matter=matter, party=debtor, purpose=Purpose.NOTICE, channel=Channel(channel), account=account, owner=owner,
        by=owner, at=office.at,
    )  # fmt: skip
    return outbound.propose(
        id=uuid.uuid4(), thread=thread, text=words(debtor.name, owner), acknowledged=True,
        send_at=office.at + timedelta(minutes=minutes), by=owner, at=office.at,
    )  # fmt: skip


def key_of(office, over: str, contact) -> str:
    return {
        "party": str(contact.party_id),
        "staff": contact.staff.staff_no,
        "account": contact.account,
        "lender": "",
    }[over]


def covered_by(over: str, one, other) -> bool:
    return {
        "party": one.party_id == other.party_id,
        "staff": one.staff_id == other.staff_id,
        "account": one.account == other.account,
        "lender": True,
    }[over]


@pytest.mark.parametrize("over", SCOPES)
def test_what_waits_in_the_scope_never_leaves_and_what_is_outside_does(office, wires, over):
    queued = [queue(office, n) for n in range(1, 7)]
    assert {c.state for c in queued} == {"scheduled"}
    first = queued[0]
    called = actions.call(
        cause="hand",
        why="客户与员工安全",
        over=over,
        key=key_of(office, over, first),
        by=office.sunli,
        at=office.at,
    )
    drain(at=office.at)
    drain(at=office.at + timedelta(hours=2))
    for contact in queued:
        became = messages.get(contact.pk).state
        if covered_by(over, first, contact):
            assert became == "cancelled" and str(contact.pk) not in wires["sms"].sent
        else:
            assert str(contact.pk) in wires["sms"].sent, became
    assert not reads.shown(called.pk, office.at).slipped
    assert reads.get(called.pk).state == "evidence_frozen"


@settings(
    max_examples=15,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    sends=st.lists(st.integers(0, 5), max_size=6),
    again=st.lists(st.integers(0, 5), max_size=4),
    over=st.sampled_from(SCOPES),
    whom=st.integers(0, 5),
    lost=st.booleans(),
)
def test_in_whatever_order_messages_are_sent_none_of_the_scope_leaves_after_the_stop(
    office, wires, sends, again, over, whom, lost
):
    """Some have left, some are leaving with no answer; then the stop; then everybody tries to send everything."""
    wire, here = wires["sms"], transaction.savepoint()
    wire.sent.clear()
    try:
        queued = [queue(office, n, minutes=0) for n in range(1, 7)]
        for n in sends:
            wire.answers[:] = [Unknown("no answer")] if lost else []
            outbound.send(contact=queued[n].pk, by="worker", at=office.at)
        wire.answers.clear()
        before, first = set(wire.sent), queued[whom]
        mine = {str(c.pk) for c in queued if covered_by(over, first, c)}
        called = actions.call(
            cause="hand",
            why="客户与员工安全",
            over=over,
            key=key_of(office, over, first),
            by=office.sunli,
            at=office.at,
        )
        unsure = {key for key in mine if messages.get(key).state in (Sent.LEAVING, Sent.UNKNOWN)}
        assert set(called.in_flight) == unsure  # named, each of them, and nothing else
        later = office.at + timedelta(minutes=1)
        for n in [*again, *range(6)]:
            outbound.send(contact=queued[n].pk, by="worker", at=later)
        drain(at=later, tolerate=True)
        assert not mine & (set(wire.sent) - before)
    finally:
        transaction.savepoint_rollback(here)


def test_a_sweep_goes_on_where_the_one_before_stopped(office, wires, monkeypatch):
    monkeypatch.setattr(outbound, "SWEEP", 2)
    queued = [queue(office, n) for n in range(1, 6)]
    called = actions.call(
        cause="hand", why="系统故障，全部停止", over="lender", by=office.sunli, at=office.at
    )
    drain(at=office.at)
    assert {messages.get(c.pk).state for c in queued} == {"cancelled"}
    shown = reads.shown(called.pk, office.at)
    assert sum(c.taken_back for c in shown.channels) == 5
    assert shown.steps[0].facts["taken_back"] == 5


def test_a_sender_whose_clock_is_behind_sends_nothing_either(office, wires):
    waits = queue(office, 1, minutes=0)
    actions.call(
        cause="hand",
        why="系统故障，全部停止",
        over="lender",
        by=office.sunli,
        at=office.at + timedelta(seconds=30),
    )
    outbound.send(contact=waits.pk, by="worker", at=office.at)
    assert messages.get(waits.pk).state == "cancelled" and not wires["sms"].sent


def test_calling_twice_is_calling_once(office, wires):
    one = actions.call(
        cause="hand", why="公安机关要求", key=office.debtor().pk, by=office.sunli, at=office.at
    )
    two = actions.call(
        cause="threat", why="又一次威胁", key=office.debtor().pk, by=office.wangmin, at=office.at
    )
    assert one == two


@pytest.mark.parametrize(
    "over,key,says",
    [
        ("party", "张伟", "found no person"),
        ("party", "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "found no person"),
        ("staff", "0000", "nobody with the staff number"),
        ("account", "linaa", "found no account"),
        ("world", "", "a stop is over"),
    ],
)
def test_a_slip_of_the_pen_is_told_and_stops_nothing(office, over, key, says):
    with pytest.raises(actions.UnableToCall, match=says):
        actions.call(
            cause="hand", why="系统故障，全部停止", over=over, key=key, by=office.sunli, at=office.at
        )
    assert not reads.running()


def test_a_desk_without_rules_can_still_be_stopped(office, wires, monkeypatch):
    from shouyue.desk.rulebook.reads import NoRulesInForce

    def none(at):
        raise NoRulesInForce("none")

    monkeypatch.setattr(reads, "pack_on", none)
    called = actions.call(
        cause="hand", why="系统故障，全部停止", over="lender", by=office.sunli, at=office.at
    )
    drain(at=office.at)
    assert reads.get(called.pk).state == "evidence_frozen"
