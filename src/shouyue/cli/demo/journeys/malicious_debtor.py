"""Journey 3: a threat arrives. Informal channels are stopped, what was queued is taken back, everything is kept, legal is told."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from shouyue.cli.demo.stage import SHANGHAI, Stage, must


def play(stage: Stage) -> None:
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
        must(running.state == "evidence_frozen", f"the emergency is {running.state}")
        shown["missing_for_a_suit"] = running.missing

    with stage.step("王敏 hands it to legal"):
        handed = emergencies.hand_to_legal(
            emergency=running.pk, reason="债务人威胁工作人员及家属", by=wangmin, at=stage.at
        )
        must(matters.get(matter.pk).state == "legal", "the matter is not with legal")
        must(handed.state == "legal_handed", handed.state)

    with stage.step("陈律 releases the freeze with a reason; what is preserved stays"):
        emergencies.release(emergency=running.pk, why="已报警并立案，改由法院文书联系", by=chen, at=stage.at)
        must(not holds.in_force(stage.at, party=debtor.pk), "the freeze still holds")
        must(
            holds.in_force(stage.at, party=debtor.pk, kind="preserve"), "the evidence is no longer preserved"
        )

    with stage.step("a stop put on by hand cannot be released by the same hand"):
        called = emergencies.call(
            party=debtor.pk, cause="hand", why="公安机关要求停止接触", by=sunli, at=stage.at
        )
        stage.settle()
        try:
            emergencies.release(emergency=called.pk, why="自己解除自己", by=sunli, at=stage.at)
        except UnableToHold:
            return
        must(False, "one person alone released it")
