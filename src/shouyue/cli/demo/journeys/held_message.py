"""A message that is held, sent back with better words, and released by two persons: pre-review, step by step."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from shouyue.cli.demo.stage import SHANGHAI, Stage, must


def play(stage: Stage) -> None:
    from shouyue.casework.right import Kind
    from shouyue.desk.approvals import actions as approvals
    from shouyue.desk.approvals import reads as asked_of
    from shouyue.desk.matters import actions as matter_verbs
    from shouyue.desk.matters import reads as matters
    from shouyue.desk.messages import outbound
    from shouyue.desk.messages import reads as messages
    from shouyue.desk.people import reads as people
    from shouyue.desk.review import actions as review
    from shouyue.desk.review import reads
    from shouyue.desk.rights import actions as rights
    from shouyue.terms import Channel, Purpose

    staff: dict[str, Any] = {s.username: s for s in people.all_staff()}
    collector, supervisor, officer = staff["lina"], staff["wangmin"], staff["sunli"]
    matter = matters.by_number(f"AJ{stage.at.astimezone(SHANGHAI):%Y}00001")
    assert matter
    debtor = matters.debtor_of(matter.loan)
    assert debtor
    client = matter.loan.client
    opening = f"【{client}】您好，我是{client}工作人员{collector}，工号{collector.staff_no}。"
    thread = matter_verbs.open_thread(
        matter=matter, party=debtor, purpose=Purpose.NOTICE, channel=Channel.SMS, account=client,
        owner=collector, by=collector, at=stage.at,
    )  # fmt: skip

    def propose(words: str) -> Any:
        return outbound.propose(
            id=uuid.uuid4(), thread=thread, text=opening + words, acknowledged=True, by=collector, at=stage.at
        )

    def question(contact: Any) -> Any:
        found = asked_of.still_open("contact", contact.pk)
        assert found
        return found

    def refused(verb: Any, **words: Any) -> str:
        try:
            verb(at=stage.at, **words)
        except (approvals.UnableToDecide, review.UnableToReview) as why:
            return str(why)
        must(False, f"{verb.__name__} was allowed")
        return ""

    with stage.step(
        "李娜 names a date of filing: a rule sends it to a second person, and nothing leaves"
    ) as shown:
        day = f"{stage.at.astimezone(SHANGHAI) + timedelta(days=40):%Y年%m月%d日}"
        dated = propose(f"如不能协商一致，我司将于{day}向人民法院起诉。请回电400-000-0000。")
        must(dated.state == "awaiting_approval", f"the message is {dated.state}: {dated.decision}")
        (line,) = reads.before(supervisor, stage.at)
        shown |= {"rules": [one["rule"] for one in line.rules], "due": question(dated).due_at}

    with stage.step(
        "王敏 holds it while she asks the legal department; meanwhile nobody else decides"
    ) as shown:
        held = approvals.hold(
            approval=question(dated).pk, reason="向法务核实是否已定立案日期", by=supervisor, at=stage.at
        )
        must(held.state == "held", f"the question is {held.state}")
        shown |= {
            "until": held.due_at,
            "compliance": refused(
                outbound.approve, approval=question(dated), grant=True, reason="先放行吧", by=officer
            ),
        }
        stage.settle()
        must(not stage.pocket.got, "something left while it was held")

    with stage.step(
        "the court date is not fixed: she sends it back with other words, which the gate reads first"
    ) as shown:
        stage.later(minutes=25)
        owed = matters.debt(matter.loan, stage.at)
        assert owed
        shown["too_bold"] = refused(
            review.edit_and_return,
            approval=question(dated), words=f"{opening}您欠款{owed.total}元，请今日还清。", reason="写明金额", by=supervisor,
        )  # fmt: skip
        better = "如不能协商一致，我司将依法向人民法院起诉。请回电400-000-0000协商。"
        back = review.edit_and_return(
            approval=question(dated), words=opening + better, reason="法务尚未确定立案日期，不得写具体日期", by=supervisor, at=stage.at
        )  # fmt: skip
        must(back.state == "returned", f"the message is {back.state}")
        offered = reads.edits_of([back])[back.pk]
        shown["offered"] = offered.words

    with stage.step("meanwhile the borrower asks for help: the better words now need two persons") as shown:
        rights.ask(
            id=uuid.uuid4(), kind=Kind.HARDSHIP, matter=matter, party=debtor, words="失业两个月，申请延期", by="borrower", at=stage.at
        )  # fmt: skip
        stage.settle()
        again = outbound.propose(
            id=uuid.uuid4(), thread=thread, text=offered.words, acknowledged=True, by=collector, at=stage.at
        )
        must(again.state == "awaiting_approval", f"the message is {again.state}: {again.decision}")
        must(question(again).persons == 2, f"{question(again).persons} person decides")
        shown |= {"needs": question(again).needs, "persons": question(again).persons}

    with stage.step("王敏 says yes: still nothing leaves, and she cannot be the second person too") as shown:
        outbound.approve(
            approval=question(again), grant=True, reason="措辞真实适度，未施压", by=supervisor, at=stage.at
        )
        stage.settle()
        must(not stage.pocket.got, "one person was enough")
        shown |= {
            "state": question(again).state,
            "twice": refused(
                outbound.approve, approval=question(again), grant=True, reason="我再同意一次", by=supervisor
            ),
        }

    with stage.step("孙丽 says yes too: it leaves, and the borrower gets the words as they were released"):
        outbound.approve(
            approval=question(again), grant=True, reason="困难申请另行办理，同意告知", by=officer, at=stage.at
        )
        stage.settle()
        sent = messages.get(again.pk)
        must(sent.state == "accepted", f"the message is {sent.state}: {sent.why}")
        must(stage.pocket.got[str(sent.pk)].text == offered.words, "other words left")
        must(len(stage.pocket.got) == 1, "more than one message left")
