"""An expired certificate: the button is gone, the gate refuses with its rule, an exam by lot opens both again."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from shouyue.cli.demo.stage import SHANGHAI, Stage, must


def play(stage: Stage) -> None:
    from shouyue.cli.demo.life import sit
    from shouyue.desk.matters import actions as matter_verbs
    from shouyue.desk.matters import reads as matters
    from shouyue.desk.messages import outbound
    from shouyue.desk.people import actions as people
    from shouyue.desk.people import reads as people_reads
    from shouyue.desk.training import actions as training
    from shouyue.desk.training import reads
    from shouyue.terms import Channel, Purpose

    staff: dict[str, Any] = {s.username: s for s in people_reads.all_staff()}
    collector, trainer = staff["zhaolei"], staff["zhou"]
    matter = matters.by_number(f"AJ{stage.at.astimezone(SHANGHAI):%Y}00008")
    assert matter
    debtor = matters.debtor_of(matter.loan)
    assert debtor
    text = f"【{matter.loan.client}】您好，我是{matter.loan.client}工作人员{collector}，工号{collector.staff_no}。请您方便时回电400-000-0000。"

    def attempt() -> Any:
        return outbound.propose(
            id=uuid.uuid4(), thread=thread, text=text, acknowledged=True, by=collector, at=stage.at
        )

    with stage.step(
        "赵磊's certificate for texts has three days left; he was reminded once, at the seven-day mark"
    ) as shown:
        for held in people_reads.certificates_of(collector):
            people.revoke_certificate(certificate=held, reason="改为按渠道发证", by=trainer, at=stage.at)
        ends = stage.at + timedelta(days=3)
        people.certify(staff=collector, channel="sms", course="basics", until=ends, by=trainer, at=stage.at)
        thread = matter_verbs.open_thread(
            matter=matter, party=debtor, purpose=Purpose.NOTICE, channel=Channel.SMS, account=matter.loan.client,
            owner=collector, by=collector, at=stage.at,
        )  # fmt: skip
        training.keep_watch(by="schedule", at=stage.at)
        training.keep_watch(by="schedule", at=stage.at + timedelta(hours=1))
        told = [row.days for row in reads.reminders(collector)]
        must(told == [7], f"he was reminded at {told}")
        shown["reminded_at_days"] = told

    with stage.step(
        "four days later it has expired: a polite text is refused, with the rule and the course that opens it"
    ) as shown:
        stage.later(days=4)
        refused = attempt()
        rules = [one["rule"] for one in refused.decision["spoken"] if one["effect"] == "block"]
        must(refused.state == "blocked", f"the text is {refused.state}")
        must("GBT-45251.staff" in rules, f"blocked by {rules}")
        opens = reads.course_for("sms", stage.at)
        assert opens
        shown |= {"state": refused.state, "rules": rules, "course": opens.id}

    with stage.step("he fails the exam; nothing opens, and the next try waits") as shown:
        sit(collector, "basics", wrong=4, at=stage.at)
        stage.later(minutes=10)
        must(not people_reads.certificate(collector, "sms", stage.at).valid, "a failed exam opened the gate")
        try:
            training.begin(course_id="basics", by=collector, at=stage.at)
        except training.UnableToSit as why:
            shown["refused"] = str(why)
        else:
            must(False, "he could try again at once")

    with stage.step("an hour later he passes; his certificate lasts as long as the pack says") as shown:
        stage.later(minutes=61)
        sit(collector, "basics", wrong=0, at=stage.at)
        stage.later(minutes=10)
        opened = people_reads.certificate(collector, "sms", stage.at)
        must(opened.valid, "the passed exam opened nothing")
        shown["until"] = opened.until

    with stage.step("the same text leaves"):
        sent = attempt()
        must(sent.state == "scheduled", f"the text is {sent.state}: {sent.decision}")
        stage.settle()
        must(str(sent.pk) in stage.pocket.got, "the borrower did not get it")
