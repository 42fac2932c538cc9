"""Journey 3: a threat arrives. Informal channels are stopped, what was queued is taken back, everything is kept, legal is told."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from shouyue.cli.demo.stage import SHANGHAI, Stage, must


def play(stage: Stage) -> None:
    from shouyue.connectors.rehearsal.corp import Friendship
    from shouyue.desk.emergency import actions as emergencies
    from shouyue.desk.emergency import reads
    from shouyue.desk.holds import reads as holds
    from shouyue.desk.holds.actions import UnableToHold
    from shouyue.desk.matters import actions as matter_verbs
    from shouyue.desk.matters import reads as matters
    from shouyue.desk.messages import outbound
    from shouyue.desk.messages import reads as messages
    from shouyue.desk.parties import actions as parties
    from shouyue.desk.people.reads import all_staff
    from shouyue.terms import Channel, Purpose

    staff: dict[str, Any] = {s.username: s for s in all_staff()}
    collector, wangmin, sunli, chen = (staff[n] for n in ("zhaolei", "wangmin", "sunli", "chen"))
    matter = matters.by_number(f"AJ{stage.at.astimezone(SHANGHAI):%Y}00004")
    assert matter
    debtor = matters.debtor_of(matter.loan)
    assert debtor
    him = stage.world.borrower("threatening")

    stage.world.friends["zhaolei", him.external_userid] = Friendship(
        "zhaolei", him.external_userid, "", 1, int(stage.at.timestamp())
    )
    with stage.step("郑虎's account is known; a polite reminder waits for this afternoon"):
        parties.bind_account(
            party=debtor, channel=Channel.WECOM, external_id=him.external_userid, method="friend_request_proof",
            confidence="0.95", by=collector, at=stage.at,
        )  # fmt: skip
        thread = matter_verbs.open_thread(
            matter=matter, party=debtor, purpose=Purpose.NOTICE, channel=Channel.SMS, account=matter.loan.client,
            owner=collector, by=collector, at=stage.at,
        )  # fmt: skip
        queued = outbound.propose(
            id=uuid.uuid4(), thread=thread, acknowledged=True, send_at=stage.at + timedelta(hours=4), by=collector, at=stage.at,
            text=f"【{matter.loan.client}】{debtor.name}先生您好，我是{matter.loan.client}工作人员，工号{collector.staff_no}。请在方便时回电400-000-0000。",
        )  # fmt: skip
        must(queued.state == "scheduled", f"the reminder is {queued.state}: {queued.why}")

    with stage.step("a threat arrives; the emergency calls itself") as shown:
        stage.world.say("threatening", "我知道你住哪儿，也知道你女儿在哪个幼儿园，再打电话我让你们好看。")
        stage.settle()
        running = reads.of(debtor)
        must(running, "no emergency was called")
        assert running
        shown |= {"cause": running.cause, "state": running.state}

    with stage.step("what was queued is taken back; nothing more leaves; the evidence is kept") as shown:
        must(messages.get(queued.pk).state == "cancelled", f"the reminder is {messages.get(queued.pk).state}")
        refused = outbound.propose(
            id=uuid.uuid4(),
            thread=thread,
            text="最后一次提醒您",
            acknowledged=True,
            by=collector,
            at=stage.at,
        )
        if refused.state == "scheduled":
            stage.settle()
        must(
            messages.get(refused.pk).state in {"blocked", "cancelled", "awaiting_approval"},
            "a new message left",
        )
        must(holds.in_force(stage.at, party=debtor.pk, kind="preserve"), "nothing is preserved")
        running = reads.of(debtor)
        assert running
        channels = {c.channel: c for c in reads.channels_of(running)}
        must(channels["sms"].state == "stopped" and channels["sms"].taken_back == 1, "the SMS has no proof")
        shown["channels"] = {c.channel: c.state for c in channels.values()}

    with stage.step(
        "WeCom: the member can still type; words are refused in their client, they are told"
    ) as shown:
        wecom = channels["wecom"]
        must(wecom.state == "by_hand" and wecom.member == collector, "nobody is told to remove the friend")
        must(wecom.rule == "pushed", f"the intercept rule: {wecom.rule} {wecom.rule_why}")
        told = {n.staff.username: n.as_whom for n in reads.notices_of(running)}
        must({"sunli", "chen", "zhaolei"} <= set(told), f"told are {told}")
        for notice in reads.unread(collector):
            emergencies.read_notice(notice=notice.pk, by=collector, at=stage.at)
        shown |= {"told": told, "rule": wecom.rule_why}

    with stage.step("it is with legal already, with what is there and what is missing") as shown:
        steps = {s.do: s for s in reads.steps_of(running)}
        must(matters.get(matter.pk).state == "legal", "the matter is not with legal")
        must(steps["legal"].state == "done" and steps["legal"].facts["suit"], "no procedure is prepared")
        shown |= {k: steps["legal"].facts[k] for k in ("there", "missing")}

    with stage.step("郑虎 is removed from the friends by hand; WeCom's own word reconciles it") as shown:
        stage.world.unfriend("threatening", member="zhaolei", by_member=True)
        stage.settle()
        (wecom,) = [c for c in reads.channels_of(running) if c.channel == "wecom"]
        must(wecom.state == "reconciled", f"the friend: {wecom.state}")
        shown["why"] = wecom.why

    with stage.step("a release is refused while the report to management is not made, and names it") as shown:
        try:
            emergencies.ask_release(emergency=running.pk, why="已报警", by=wangmin, at=stage.at)
            must(False, "it was taken")
        except emergencies.NotThrough as refused:
            shown["refused"] = str(refused)
        report = steps["report"]
        shown["report_by"] = report.due_at
        emergencies.report(
            emergency=running.pk, n=report.n, to="公司负责人；辖区派出所", reference="接警2026-0310",
            words="债务人威胁工作人员及家属，渠道已停，证据已固定", by=sunli, at=stage.at,
        )  # fmt: skip

    with stage.step("王敏 asks to release, 陈律 releases; what is preserved stays"):
        emergencies.ask_release(emergency=running.pk, why="已报警并立案", by=wangmin, at=stage.at)
        emergencies.release(emergency=running.pk, why="改由法院文书联系", by=chen, at=stage.at)
        must(not holds.in_force(stage.at, party=debtor.pk), "the freeze still holds")
        must(
            holds.in_force(stage.at, party=debtor.pk, kind="preserve"), "the evidence is no longer preserved"
        )

    with stage.step("a stop put on by hand cannot be released by the same hand") as shown:
        called = emergencies.call(
            cause="hand", why="公安机关要求停止接触", key=debtor.pk, by=sunli, at=stage.at
        )
        stage.settle()
        for step in reads.open_steps(called):
            emergencies.leave_out(emergency=called.pk, n=step.n, why="前案已办理", by=sunli, at=stage.at)
        emergencies.ask_release(emergency=called.pk, why="请求解除停止", by=wangmin, at=stage.at)
        try:
            emergencies.release(emergency=called.pk, why="自己解除自己", by=sunli, at=stage.at)
        except UnableToHold as refused:
            shown["refused"] = str(refused)
        else:
            must(False, "one person alone released it")
