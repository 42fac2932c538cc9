"""The plan, step by step: proof per channel, who is told, legal, the report with its deadline, and release by two persons."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from shouyue.casework.machine import ImpossibleStep
from shouyue.connectors.channel import ContactDeleted, MessageArrived
from shouyue.desk.emergency import actions, reads
from shouyue.desk.friend_requests import actions as friend_requests
from shouyue.desk.holds import reads as holds
from shouyue.desk.holds.actions import UnableToHold
from shouyue.desk.matters import actions as matter_verbs
from shouyue.desk.matters import reads as matters
from shouyue.desk.messages import channels, inbound, outbound
from shouyue.desk.messages import reads as messages
from shouyue.desk.parties import actions as parties
from shouyue.desk.suits import reads as suits
from shouyue.desk.worker import run
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel, Purpose
from tests.desk.dying import WAYS, Died, dying_at, everything
from tests.desk.emergency.test_stop import queue, words

pytestmark = pytest.mark.django_db


def call(office, cause="hand", **how):
    how = {"over": "party", "key": office.debtor().pk, "by": office.sunli, **how}
    made = actions.call(cause=cause, why="债务人威胁工作人员", at=office.at, **how)
    drain(at=office.at)
    return made


def on_wecom(office):
    """The debtor of case 1 is 李娜's friend, with an open thread."""
    parties.bind_account(
        party=office.debtor(), channel="wecom", external_id="wmZhangWei", method="friend_request_proof",
        confidence="0.95", by=office.lina, at=office.at,
    )  # fmt: skip
    parties.give_consent(
        party=office.debtor(), what="archive", form="wecom_event", words="同意会话存档", channel="wecom", by="wecom", at=office.at
    )  # fmt: skip
    return matter_verbs.open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.NEGOTIATION, channel=Channel.WECOM, account="lina",
        owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip


def arrives(office, wires, kind, **more):
    one = kind(
        external_id=str(uuid.uuid4()), channel=Channel.WECOM, account="lina", at=office.at, raw=b"", **more
    )
    wires["wecom"].events[str(one).encode()] = (one,)
    inbound.receive(connector="wecom", payload=str(one).encode(), by="callback", at=office.at)
    drain(at=office.at)


def stands(emergency, at):
    return {s.do: s.state for s in reads.shown(emergency.pk, at).steps}


class Tasks:
    """A member's tasks at WeCom, and the words their client refuses."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.cancelled: list[str] = []
        self.rules: dict[str, tuple] = {}
        self.trouble = trouble

    def cancel(self, reference: str) -> None:
        if self.trouble:
            raise self.trouble
        self.cancelled.append(reference)

    def put_in_force(self, rules, *, members, prefix):
        self.rules[prefix] = (tuple(rules), tuple(members))
        return ()


# ── per channel ──


def test_each_channel_has_its_proof_or_its_duty(office, wires):
    on_wecom(office)
    queue(office, 1)
    emergency = call(office)
    stops = {c.channel: c for c in reads.channels_of(emergency)}
    assert (stops["sms"].state, stops["sms"].taken_back) == ("stopped", 1)
    assert (stops["wecom"].state, stops["wecom"].member) == ("by_hand", office.lina)
    assert stops["wecom"].rule == "not_connected" and "by hand" in stops["wecom"].rule_why


def test_a_task_that_the_member_has_not_confirmed_is_taken_back_and_words_are_refused(
    office, wires, monkeypatch
):
    thread, tasks = on_wecom(office), Tasks()
    wires["wecom"].cancel = tasks.cancel
    monkeypatch.setattr(channels, "_intercepts", [tasks])
    sent = outbound.propose(
        id=uuid.uuid4(), thread=thread, text=words("张伟", office.lina), acknowledged=True,
        by=office.lina, at=office.at,
    )  # fmt: skip
    drain(at=office.at)
    assert messages.get(sent.pk).state == "accepted"
    emergency = call(office)
    assert tasks.cancelled == [f"ref-{sent.pk}"]
    assert messages.get(sent.pk).state == "failed"
    (stop,) = [c for c in reads.channels_of(emergency) if c.channel == "wecom"]
    assert stop.recalled == [{"contact": str(sent.pk), "became": "taken_back"}]
    (rules, members) = tasks.rules["守约应急"]
    assert members == ("lina",) and "还款" in rules[0].words and stop.rule == "pushed"


def test_what_the_channel_cannot_take_back_is_said(office, wires, monkeypatch):
    from shouyue.connectors.channel import ConnectorDown

    thread = on_wecom(office)
    wires["wecom"].cancel = Tasks(ConnectorDown("no answer")).cancel
    outbound.propose(
        id=uuid.uuid4(), thread=thread, text=words("张伟", office.lina), acknowledged=True,
        by=office.lina, at=office.at,
    )  # fmt: skip
    drain(at=office.at)
    (stop,) = reads.channels_of(call(office))
    assert stop.recalled[0]["became"] == "not_taken_back" and "no answer" in stop.recalled[0]["why"]


def test_the_friend_is_removed_by_hand_and_reconciled_by_wecoms_own_word(office, wires):
    on_wecom(office)
    emergency = call(office)
    (stop,) = reads.channels_of(emergency)
    with pytest.raises(actions.UnableToCall, match="only 李娜"):
        actions.say_done(stop=stop.pk, by=office.zhaolei, at=office.at)
    actions.say_done(stop=stop.pk, by=office.lina, at=office.at)
    assert reads.channels_of(emergency)[0].state == "said_done"
    arrives(office, wires, ContactDeleted, userid="lina", external_userid="wmZhangWei", by_member=True)
    (stop,) = reads.channels_of(emergency)
    assert stop.state == "reconciled" and "WeCom" in stop.why


def test_a_second_person_reconciles_never_the_member(office, wires):
    on_wecom(office)
    emergency = call(office, over="staff", key="1023")
    (stop,) = reads.channels_of(emergency)
    with pytest.raises(actions.UnableToCall, match="supervisor"):
        actions.reconcile(stop=stop.pk, why="看过手机，已退出", by=office.zhaolei, at=office.at)
    actions.reconcile(stop=stop.pk, why="看过手机，已退出", by=office.wangmin, at=office.at)
    assert reads.channels_of(emergency)[0].state == "reconciled"


def test_what_a_member_types_after_the_stop_is_counted(office, wires):
    on_wecom(office)
    emergency = call(office)
    office.at += timedelta(minutes=5)
    arrives(office, wires, MessageArrived, sender="lina", to=("wmZhangWei",), text="在吗", ours=True)
    shown = reads.shown(emergency.pk, office.at)
    assert [c.text for c in shown.typed] == ["在吗"] and not shown.slipped


# ── told ──


def test_each_who_must_know_is_told_once_and_says_so(office, wires):
    on_wecom(office)
    emergency = call(office)
    told = {n.staff.username: n.as_whom for n in reads.notices_of(emergency)}
    assert told["wangmin"] == "supervisor" and told["lina"] == "member"
    assert {"sunli", "hebing", "chen"} <= set(told)
    (notice,) = reads.unread(office.lina)
    with pytest.raises(actions.UnableToCall):
        actions.read_notice(notice=notice.pk, by=office.zhaolei, at=office.at)
    actions.read_notice(notice=notice.pk, by=office.lina, at=office.at)
    assert not reads.unread(office.lina)


# ── legal, report ──


def test_a_threat_opens_the_legal_road_by_itself_with_what_is_there_and_what_is_missing(office, wires):
    emergency = call(office, cause="threat", by="desk")
    assert stands(emergency, office.at)["legal"] == "done"
    assert matters.get(office.matter().pk).state == "legal"
    (suit,) = suits.of_matter(office.matter())
    facts = next(s for s in reads.steps_of(emergency) if s.do == "legal").facts
    assert (
        facts["suit"] == str(suit.pk)
        and "balance" in facts["there"]
        and "exhibit:contract" in facts["missing"]
    )
    assert reads.get(emergency.pk).state == "legal_handed"


def test_called_by_hand_a_person_decides_whether_it_goes_to_legal(office, wires):
    emergency = call(office)
    assert stands(emergency, office.at)["legal"] == "running"
    actions.hand_to_legal(
        emergency=emergency.pk, reason="债务人威胁工作人员及家属", by=office.chen, at=office.at
    )
    assert reads.get(emergency.pk).state == "legal_handed"


def test_the_report_has_the_deadline_of_the_pack_and_says_when_it_is_late(office, wires):
    emergency = call(office, cause="leak", over="staff", key="1023")
    first, second = [s for s in reads.steps_of(emergency) if s.do == "report"]
    assert first.due_at - office.at == timedelta(hours=2) and "数据安全" in first.citation
    assert second.due_at - office.at == timedelta(hours=4) and "网络安全事件" in second.citation
    actions.report(
        emergency=emergency.pk, n=first.n, to="派出机构", reference="2026-1", words="电话报告值班室，已登记",
        by=office.sunli, at=office.at + timedelta(hours=1),
    )  # fmt: skip
    for notice in reads.unread(office.hebing):
        actions.read_notice(notice=notice.pk, by=office.hebing, at=office.at)
    drain(at=office.at + timedelta(hours=5))
    assert [n.what for n in reads.unread(office.hebing)] == [f"report_late_{second.n}"]
    late = actions.report(
        emergency=emergency.pk, n=second.n, to="省网信办", reference="", words="书面报告已送达",
        by=office.sunli, at=office.at + timedelta(hours=6),
    )  # fmt: skip
    assert late.facts["late"] is True


# ── letting go ──


def through(office, emergency):
    """Everything before the release."""
    for step in reads.open_steps(emergency):
        actions.leave_out(
            emergency=emergency.pk, n=step.n, why="误报，无需处理", by=office.sunli, at=office.at
        )


def test_release_takes_two_persons_and_names_what_is_not_done(office, wires):
    emergency = call(office)
    with pytest.raises(actions.UnableToCall, match=r"step 4 legal is running, step 5 report is running"):
        actions.ask_release(emergency=emergency.pk, why="对方已道歉", by=office.wangmin, at=office.at)
    through(office, emergency)
    with pytest.raises(actions.UnableToCall, match="nobody has asked"):
        actions.release(emergency=emergency.pk, why="同意恢复联系", by=office.chen, at=office.at)
    actions.ask_release(emergency=emergency.pk, why="对方已道歉", by=office.wangmin, at=office.at)
    with pytest.raises(actions.UnableToCall, match="whoever asked"):
        actions.release(emergency=emergency.pk, why="同意恢复联系", by=office.wangmin, at=office.at)
    with pytest.raises(UnableToHold, match="whoever put a hold on"):
        actions.release(emergency=emergency.pk, why="同意恢复联系", by=office.sunli, at=office.at)
    actions.release(emergency=emergency.pk, why="同意恢复联系", by=office.chen, at=office.at)
    drain(at=office.at)
    assert not holds.in_force(office.at, party=office.debtor().pk)
    assert holds.in_force(office.at, party=office.debtor().pk, kind="preserve")
    assert {c.state for c in reads.channels_of(emergency)} <= {"lifted"}


def test_what_the_desk_called_by_itself_is_not_released_by_one(office, wires):
    emergency = call(office, cause="flooding", by="desk")
    through(office, emergency)
    actions.ask_release(emergency=emergency.pk, why="已停止发送", by=office.sunli, at=office.at)
    with pytest.raises(actions.UnableToCall, match="second person"):
        actions.release(emergency=emergency.pk, why="已停止发送", by=office.sunli, at=office.at)


def test_the_second_person_may_keep_it_stopped(office, wires):
    emergency = call(office)
    through(office, emergency)
    actions.ask_release(emergency=emergency.pk, why="对方已道歉", by=office.wangmin, at=office.at)
    kept = actions.keep_stopped(emergency=emergency.pk, why="道歉未书面确认", by=office.chen, at=office.at)
    assert kept.state == "evidence_frozen" and holds.in_force(office.at, party=office.debtor().pk)


def test_nobody_lets_go_of_a_stop_over_themselves(office, wires):
    emergency = call(office, over="staff", key="2001", by=office.sunli)
    through(office, emergency)
    with pytest.raises(actions.UnableToCall, match="the stop is over you"):
        actions.ask_release(emergency=emergency.pk, why="我没有问题", by=office.wangmin, at=office.at)


def test_while_the_police_forbid_contact_nobody_lets_go(office, wires):
    parties.stop(
        party=office.debtor(),
        kind="no_contact_order",
        why="公安机关2026年第1号",
        by=office.chen,
        at=office.at,
    )
    drain(at=office.at)
    emergency = reads.of(office.debtor())
    assert emergency and emergency.cause == "order"
    through(office, emergency)
    with pytest.raises(actions.UnableToCall, match="police order of 2026-03-10"):
        actions.ask_release(emergency=emergency.pk, why="对方已道歉", by=office.wangmin, at=office.at)


def test_a_stage_that_cannot_follow_is_refused_in_words(office, wires):
    made = actions.call(
        cause="hand", why="公安机关要求", key=office.debtor().pk, by=office.sunli, at=office.at
    )
    with pytest.raises((actions.UnableToCall, ImpossibleStep), match="step 1 freeze is running"):
        actions.ask_release(emergency=made.pk, why="对方已道歉", by=office.wangmin, at=office.at)
    with pytest.raises(actions.UnableToCall, match="step 4 legal is ahead"):
        actions.hand_to_legal(emergency=made.pk, reason="债务人威胁", by=office.chen, at=office.at)
    with pytest.raises(actions.UnableToCall, match="freeze cannot be left out"):
        actions.leave_out(emergency=made.pk, n=1, why="不想停了", by=office.chen, at=office.at)


# ── what calls it by itself ──


def test_three_provocations_within_a_day_call_the_plan(office, wires):
    on_wecom(office)
    for n in range(3):
        assert reads.of(office.debtor()) is None
        arrives(
            office, wires, MessageArrived, sender="wmZhangWei", to=("lina",), 
            text=f"来啊，你敢骂我吗？你骂啊，我录着音呢{'！' * n}",
        )  # fmt: skip
    running = reads.of(office.debtor())
    assert running and running.cause == "provocation"


def test_other_peoples_data_typed_by_hand_stops_the_member(office, wires):
    on_wecom(office)
    arrives(
        office, wires, MessageArrived, sender="lina", to=("wmZhangWei",),  ours=True,
        text="马超身份证99999919920830109X，他家电话13900000002，欠了我们三万",
    )  # fmt: skip
    (running,) = reads.running()
    assert (running.cause, running.over, running.key) == ("leak", "staff", "1023")


def test_a_friend_nobody_approved_stops_the_person_a_stranger_stops_nobody(office, wires):
    friend_requests.friendship_appeared(
        userid="lina", external_userid="wmNobody", state="", key="k1", by="wecom", at=office.at
    )
    drain(at=office.at)
    assert (
        not reads.running()
    )  # an incident for the supervisor; a stranger must not be able to silence a member
    word = friend_requests.invite(matter=office.matter(), party=office.debtor(), by=office.lina, at=office.at)
    friend_requests.see_by_link(state=word, key="k2", by="wecom", at=office.at)
    friend_requests.friendship_appeared(
        userid="lina", external_userid="wmZhangWei", state=word, key="k3", by="wecom", at=office.at
    )
    drain(at=office.at)
    (running,) = reads.running()
    assert (running.cause, running.party) == ("unapproved_friend", office.debtor())


# ── drills ──


def test_a_drill_touches_nothing_and_says_how_long(office, wires):
    waits = queue(office, 1)
    on_wecom(office)
    drill = actions.drill(cause="hand", why="季度演练", over="lender", by=office.sunli, at=office.at)
    before = everything()
    drain(at=office.at)
    after = everything()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"Emergency", "Leaf", "Stream", "OutboxRow"}
    measured = reads.get(drill.pk).measured
    assert measured["would_take_back"] == 1 and measured["by_hand"] == ["wecom lina"]
    assert measured["milliseconds"] >= 0 and reads.get(drill.pk).state == "drilled"
    assert messages.get(waits.pk).state == "scheduled" and not reads.running()


# ── if we die ──


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.django_db(transaction=True)
def test_dying_anywhere_in_the_plan_it_goes_on_and_each_step_is_taken_once(office, wires, way):
    """The worker dies at one of its writes, then at a later one, …; what is left is done by the next."""
    on_wecom(office)
    queue(office, 1)
    made = actions.call(
        cause="threat", why="债务人威胁工作人员", key=office.debtor().pk, by="desk", at=office.at
    )
    at, place = office.at, 0
    while reads.get(made.pk).state != "legal_handed" or any(s.state == "ahead" for s in reads.steps_of(made)):
        with dying_at(place, way):
            try:
                drain(at=at, tolerate=True)
            except Died:
                pass
        place, at = place + 7, at + timedelta(minutes=3)
        for batch in run.reads.stale_batches(at=at, older_than=timedelta(minutes=1)):
            run.actions.give_back(batch=batch, at=at - timedelta(minutes=2))
        assert place < 2000
    drain(at=at, tolerate=True)
    shown = reads.shown(made.pk, at)
    assert [s.state for s in shown.steps] == ["done", "done", "done", "done", "running", "running"]
    assert len(shown.channels) == 2 and len(suits.of_matter(office.matter())) == 1
    assert len({n.staff_id for n in shown.notices}) == len(shown.notices)
