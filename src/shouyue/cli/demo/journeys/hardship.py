"""Somebody falls ill: hardship asked for on their own page, instalments agreed, broken, renewed; a complaint answered."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

from shouyue.cli.demo.journeys.friend_request import PHONE
from shouyue.cli.demo.stage import SHANGHAI, Stage, must


def play(stage: Stage) -> None:
    from django.test import Client
    from django.utils.timezone import localdate

    from shouyue.casework.right import Right
    from shouyue.desk.approvals import reads as approvals
    from shouyue.desk.matters import reads as matters
    from shouyue.desk.matters.actions import payments, plans
    from shouyue.desk.matters.reads import NotYours
    from shouyue.desk.messages.reads import preview
    from shouyue.desk.people.reads import all_staff
    from shouyue.desk.rights import actions, reads

    staff: dict[str, Any] = {s.username: s for s in all_staff()}
    lina, wangmin, sunli, hebing = (staff[n] for n in ("lina", "wangmin", "sunli", "hebing"))
    matter = matters.by_number(f"AJ{stage.at.astimezone(SHANGHAI):%Y}00003")
    assert matter
    debtor = matters.debtor_of(matter.loan)
    assert debtor
    tail = (debtor.id_no or "")[-6:]

    def phone() -> Client:
        return Client(**(PHONE | {"shouyue.at": stage.at}))

    def own_page() -> Client:
        """The link of the SMS, opened and proved at this moment."""
        opened = phone()
        opened.get(f"/p/own/{word}")
        proved = opened.post("/p/own/who", {"name": debtor.name, "id_tail": tail})
        must(proved.status_code == 302, f"name and number were answered {proved.status_code}")
        return opened

    def pay(amount: Decimal, reference: str) -> None:
        payments.book_payment(
            loan=matter.loan, reference=reference, paid_on=localdate(stage.at), amount=amount, by="loanbook", at=stage.at
        )  # fmt: skip
        stage.settle()

    def agree(plan_id: uuid.UUID | None, reason: str) -> Any:
        assert plan_id
        asked = approvals.about("plan", plan_id)
        assert asked
        plans.decide_plan(approval=asked, grant=True, reason=reason, by=wangmin, at=stage.at)
        stage.settle()
        return matters.plan(plan_id)

    with stage.step("the link of their own page leaves by SMS and says nothing of a debt") as shown:
        actions.send_page(matter=matter, party=debtor, by=lina, at=stage.at)
        stage.settle()
        (sms,) = stage.pocket.got.values()
        found = re.search(r"/p/own/([\w-]+)", sms.text)
        assert found
        word = found.group(1)
        must("逾期" not in sms.text and "欠" not in sms.text, sms.text)
        shown["words"] = sms.text.replace(word, "…")

    with stage.step("a stranger who holds the phone sees nothing"):
        owed = matters.debt(matter.loan, stage.at)
        assert owed
        stranger = phone()
        page = stranger.get(f"/p/own/{word}", follow=True).content.decode()
        must(f"{owed.total:,.2f}" not in page, "an amount is shown to somebody unproved")
        wrong = stranger.post("/p/own/who", {"name": "赵强", "id_tail": "000000"})
        must(wrong.status_code == 422, f"a wrong name was answered {wrong.status_code}")

    with stage.step("the person proves who they are and asks for help: illness") as shown:
        mine = own_page()
        must(
            f"{owed.total:,.2f}" in mine.get("/p/own").content.decode(),
            "the amount is not shown with its parts",
        )
        asked = mine.post(
            "/p/own/ask/hardship", {"id": str(uuid.uuid4()), "ground": "illness", "words": "上月住院手术，暂时没有收入"}
        )  # fmt: skip
        must(asked.status_code == 302, f"the form was answered {asked.status_code}")
        (hardship,) = reads.waiting(sunli)
        shown |= {"kind": hardship.kind, "answer_by": hardship.due_on, "legal": hardship.legal_on}

    with stage.step("from this moment pressure needs approval") as shown:
        thread = matters.threads_of(matter).first()
        assert thread
        said = preview(thread=thread, text="请您今天还清全部欠款，否则我们将起诉。", by=lina, at=stage.at)
        spoke = {s.rule for s in said.decision.spoken}
        must("DESK.hardship" in spoke, f"only {sorted(spoke)} spoke")
        shown["rules"] = sorted(spoke)

    with stage.step(
        "the person proposes three instalments; a supervisor agrees; the request is answered by that"
    ):
        proposed = own_page().post(
            "/p/own/ask/plan",
            {"id": str(uuid.uuid4()), "count": "3", "words": "出院后分三期还清", "first_on": str(localdate(stage.at) + timedelta(days=20))},
        )  # fmt: skip
        must(proposed.status_code == 302, f"the form was answered {proposed.status_code}")
        wish = next(r for r in reads.waiting(sunli) if r.kind == "plan")
        first = agree(wish.plan, "病历属实，方案可行")
        must(first.state == "agreed", f"the plan is {first.state}")
        must(reads.get(wish.pk).state == Right.GRANTED, "the request is not answered")

    with stage.step("compliance answers the hardship request with words"):
        actions.take_in_hand(right=hardship.pk, by=sunli, at=stage.at)
        actions.answer(
            right=hardship.pk, outcome=Right.GRANTED, words="已同意分期，期间不再催收", by=sunli, at=stage.at
        )  # fmt: skip

    with stage.step(
        "while the plan is kept, collection rests; the first instalment arrives in time"
    ) as shown:
        stage.later(days=19)
        pay(first.parts.get(number=1).amount, "R-1")
        said = preview(thread=thread, text="请您今天还清全部欠款，否则我们将起诉。", by=lina, at=stage.at)
        must(
            "CCB-2011.art70.stop" in {s.rule for s in said.decision.spoken},
            "the plan does not rest the collection",
        )
        must(matters.plan(first.pk).state == "agreed", "the plan broke though it was kept")

    with stage.step("more than what is owed is not booked; it says what to give back") as shown:
        try:
            pay(owed.outstanding * 2, "R-too-much")
        except ValueError as why:
            shown["says"] = str(why)
        must("says" in shown, "an over-payment was booked")

    with stage.step(
        "the second instalment does not come: the plan is broken the day after, by nothing but the books"
    ):
        stage.later(days=33)
        plans.judge_plans(by="clock", at=stage.at)
        stage.settle()
        must(matters.plan(first.pk).state == "broken", f"the plan is {matters.plan(first.pk).state}")

    with stage.step("a new plan follows it and takes its place") as shown:
        actions.send_page(matter=matter, party=debtor, by=lina, at=stage.at)
        stage.settle()
        word = re.findall(r"/p/own/([\w-]+)", list(stage.pocket.got.values())[-1].text)[-1]
        again = own_page().post(
            "/p/own/ask/plan",
            {"id": str(uuid.uuid4()), "count": "4", "words": "已恢复上班，重订计划", "first_on": str(localdate(stage.at) + timedelta(days=10))},
        )  # fmt: skip
        must(again.status_code == 302, f"the form was answered {again.status_code}")
        renewed = agree(next(r for r in reads.waiting(sunli) if r.kind == "plan").plan, "恢复收入，同意续订")
        must(
            renewed.state == "agreed" and matters.plan(first.pk).state == "replaced",
            "the old plan still stands",
        )
        shown["instalments"] = [f"{p.due_on} {p.amount}" for p in renewed.parts.order_by("number")]

    with stage.step(
        "a complaint about compliance's own officer is not seen by her and answered by another"
    ) as shown:
        own_page().post(
            "/p/own/ask/complaint", {"id": str(uuid.uuid4()), "words": "答复拖延，态度敷衍", "staff_no": sunli.staff_no}
        )  # fmt: skip
        complaint = next(r for r in reads.waiting(hebing) if r.kind == "complaint")
        must(complaint.pk not in {r.pk for r in reads.waiting(sunli)}, "she sees the complaint about herself")
        try:
            reads.right_for(sunli, complaint.pk)
            must(False, "she can open it")
        except NotYours:
            pass
        actions.take_in_hand(right=complaint.pk, by=hebing, at=stage.at)
        actions.answer(right=complaint.pk, outcome=Right.PARTLY, words="已核实，时限内答复但语气欠妥，已提醒", by=hebing, at=stage.at)  # fmt: skip
        shown["answer_by"] = complaint.due_on

    with stage.step("what is held is handed over, and nothing of others is in it") as shown:
        held = own_page().post("/p/own/held", {"as": "file"}).json()
        must(held["you"]["id_no"] == debtor.id_no, "the copy is not complete")
        shown |= {"contacts": len(held["contacts"]), "asked": len(held["asked"])}
