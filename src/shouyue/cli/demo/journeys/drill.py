"""A drill: the whole lender is stopped as an exercise. Nothing is touched, and the time to stop is taken; then the real thing."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta
from typing import Any

from shouyue.cli.demo.stage import SHANGHAI, Stage, must


def play(stage: Stage) -> None:
    from shouyue.desk.emergency import actions as emergencies
    from shouyue.desk.emergency import reads
    from shouyue.desk.holds import reads as holds
    from shouyue.desk.matters import actions as matter_verbs
    from shouyue.desk.matters import reads as matters
    from shouyue.desk.messages import outbound
    from shouyue.desk.messages import reads as messages
    from shouyue.desk.people.reads import all_staff
    from shouyue.terms import Channel, Purpose

    staff: dict[str, Any] = {s.username: s for s in all_staff()}
    queued: list[Any] = []

    with stage.step("reminders wait for this afternoon") as shown:
        for n in (1, 2, 3, 6, 7):
            matter = matters.by_number(f"AJ{stage.at.astimezone(SHANGHAI):%Y}{n:05d}")
            assert matter and matter.owner
            debtor, owner, client = matters.debtor_of(matter.loan), matter.owner, matter.loan.client
            assert debtor
            thread = matter_verbs.open_thread(
                matter=matter, party=debtor, purpose=Purpose.NOTICE, channel=Channel.SMS, account=client, owner=owner,
                by=owner, at=stage.at,
            )  # fmt: skip
            text = f"【{client}】{debtor.name}您好，我是{client}工作人员{owner}，工号{owner.staff_no}。请在方便时回电400-000-0000。"
            queued.append(
                outbound.propose(
                    id=uuid.uuid4(),
                    thread=thread,
                    text=text,
                    acknowledged=True,
                    send_at=stage.at + timedelta(hours=4),
                    by=owner,
                    at=stage.at,
                )
            )
        must({c.state for c in queued} == {"scheduled"}, f"they are {[c.state for c in queued]}")
        shown["queued"] = len(queued)

    with stage.step("孙丽 drills: the whole lender, touching nothing") as shown:
        drill = emergencies.drill(
            cause="hand", why="季度应急演练", over="lender", by=staff["sunli"], at=stage.at
        )
        stage.settle()
        measured = reads.get(drill.pk).measured
        must(measured, "the drill was not gone through")
        assert measured
        must(measured["would_take_back"] == len(queued), f"it would take back {measured['would_take_back']}")
        must(not holds.in_force(stage.at) and not reads.running(), "something was stopped")
        must({messages.get(c.pk).state for c in queued} == {"scheduled"}, "a message was touched")
        must(not any(reads.unread(s) for s in staff.values()), "somebody was told")
        shown |= {"time_to_stop_ms": measured.pop("milliseconds"), **measured}

    with stage.step("the real thing: one click, and nothing leaves") as shown:
        began = time.perf_counter()
        called = emergencies.call(
            cause="hand", why="系统故障，全部停止", over="lender", by=staff["sunli"], at=stage.at
        )
        shown["stop_committed_ms"] = round((time.perf_counter() - began) * 1000, 1)
        stage.settle()
        shown["queue_swept_ms"] = round((time.perf_counter() - began) * 1000, 1)
        must({messages.get(c.pk).state for c in queued} == {"cancelled"}, "a message still waits")

    with stage.step("four hours later nothing has left"):
        stage.later(hours=4, minutes=1)
        must(not stage.pocket.got, f"{len(stage.pocket.got)} messages left")
        must(not reads.shown(called.pk, stage.at).slipped, "the record shows a message that left")

    with stage.step("钱进 asks to release, 陈律 releases"):
        for step in reads.open_steps(called):
            emergencies.leave_out(
                emergency=called.pk, n=step.n, why="系统已修复，无需办理", by=staff["sunli"], at=stage.at
            )
        emergencies.ask_release(emergency=called.pk, why="系统已修复并复核", by=staff["qianjin"], at=stage.at)
        emergencies.release(emergency=called.pk, why="同意恢复发送", by=staff["chen"], at=stage.at)
        must(not holds.in_force(stage.at), "the freeze still holds")
