"""An agency is listed, given two cases, announced, and recalled: what it wanted to say does not go, what waited does not leave."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

from shouyue.cli.demo.stage import SHANGHAI, Stage, must


def play(stage: Stage) -> None:
    from django.conf import settings
    from django.test import Client
    from django.utils.timezone import localdate

    from shouyue.cli.demo.agencies import NAME, OTHER, WEIGHTS
    from shouyue.desk.agencies import actions, reads
    from shouyue.desk.holds.actions import UnableToHold
    from shouyue.desk.matters import actions as matter_verbs
    from shouyue.desk.matters import reads as matters
    from shouyue.desk.matters.actions import entrusting, payments
    from shouyue.desk.messages import outbound
    from shouyue.desk.messages import reads as messages
    from shouyue.desk.people import actions as people
    from shouyue.desk.people import reads as who
    from shouyue.terms import Channel, Purpose

    staff: dict[str, Any] = {s.username: s for s in who.all_staff()}
    lina, wangmin, sunli, hebing = (staff[n] for n in ("lina", "wangmin", "sunli", "hebing"))
    today = localdate(stage.at)
    year = stage.at.astimezone(SHANGHAI).year

    def case(n: int) -> Any:
        return matters.by_number(f"AJ{year}{n:05d}")

    def admitted(name: str, number: int) -> Any:
        return people.admit_agency(
            name=name, kind="agency", registration_no=f"91999999MA{number:08d}", contract_no=f"WT-{number:02d}",
            contract_from=today - timedelta(days=30), contract_until=today + timedelta(days=335),
            channels=("sms",), by=sunli, at=stage.at,
        )  # fmt: skip

    def place(agency: Any, n: int) -> Any:
        return actions.entrust(
            matter=case(n),
            agency=agency,
            to=member,
            until=today + timedelta(days=90),
            by=wangmin,
            at=stage.at,
        )

    def thread_of(n: int, owner: Any) -> Any:
        matter = case(n)
        debtor = matters.debtor_of(matter.loan)
        assert debtor
        return matter_verbs.open_thread(
            matter=matter, party=debtor, purpose=Purpose.NOTICE, channel=Channel.SMS,
            account=NAME if owner == member else matter.loan.client, owner=owner, by=owner, at=stage.at,
        )  # fmt: skip

    def blocks(thread: Any, words: str, by: Any) -> set[str]:
        seen = messages.preview(thread=thread, text=words, by=by, at=stage.at)
        return {s.rule for s in seen.decision.grounds if s.effect == "block"}

    with stage.step("an agency that nobody has inspected is not listed, and gets no case") as shown:
        good = admitted(NAME, 1)
        people.join_agency(staff=staff["tiaojie"], agency=good, by=sunli, at=stage.at)
        member = who.staff_by_no("8001")
        settings.SENDERS = frozenset(
            {*settings.SENDERS, NAME}
        )  # its SMS signature is registered with the operator
        says = []
        for refused in (
            lambda: actions.put_on_list(agency=good, why="急用", by=sunli, at=stage.at),
            lambda: place(good, 7),
        ):
            try:
                refused()
                must(False, "it was done")
            except actions.UnableToDeal as why:
                says.append(str(why))
        shown["says"] = says

    with stage.step(
        "inspected and listed; the list of the day is sealed; one inspected too long ago gets no case"
    ) as shown:
        for agency, ago in ((good, 40), (old := admitted(OTHER, 2), 400)):
            actions.inspect(
                agency=agency, on=today - timedelta(days=ago), on_site=True, found="抽查录音，无违规", by=sunli, at=stage.at
            )  # fmt: skip
            actions.put_on_list(agency=agency, why="准入评估通过", by=sunli, at=stage.at)
        shown["list"] = [one.name for one in who.published(today)]
        try:
            place(old, 7)
            must(False, "it was placed")
        except actions.UnableToDeal as why:
            shown["says"] = str(why)

    with stage.step("two cases are placed; nothing of the agency's goes before the debtor was told") as shown:
        placed = [place(good, n) for n in (7, 11)]
        thread = thread_of(7, member)
        name = thread.party.name
        lender = case(7).loan.client
        honest = f"【{NAME}】{name}您好，{NAME}受{lender}委托与您联系，工号8001。请在方便时回电400-000-0000。"
        stopped = blocks(thread, honest, member)
        must("BICP-2022.notify" in stopped, f"only {sorted(stopped)} block")
        shown["rules"] = sorted(stopped)

    with stage.step("李娜 tells the debtor by SMS, naming the agency; that message is the proof") as shown:
        words = f"【{lender}】{name}您好，我是{lender}工作人员，工号{lina.staff_no}。我司已委托{NAME}与您联系。请在方便时回电400-000-0000。"
        ours = thread_of(7, lina)
        said = outbound.propose(
            id=uuid.uuid4(), thread=ours, text=words, acknowledged=True, by=lina, at=stage.at
        )
        stage.settle()
        must(messages.get(said.pk).state in reads.TOLD, f"it is {messages.get(said.pk).state}: {said.why}")
        told = actions.tell(entrustment=placed[0].pk, contact=said.pk, by=wangmin, at=stage.at)
        must(
            "BICP-2022.notify" not in blocks(thread, honest, member),
            "the gate does not know that they were told",
        )
        shown["proof"] = told.told_by

    with stage.step(
        "the agency sees these two cases and nothing else; no button of it reaches another"
    ) as shown:
        mine = sorted(m.number for m in matters.visible_to(member))
        must(mine == [case(7).number, case(11).number], f"it sees {mine}")
        door = Client(**{"SERVER_NAME": "127.0.0.1", "shouyue.at": stage.at})  # type: ignore[arg-type]
        door.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
        must(door.get(f"/matters/{case(1).pk}/").status_code != 200, "another case opened")
        shown["cases"] = mine

    with stage.step(
        "posing as the lender, and a threat, do not go; the lender's contacts count for the agency, too"
    ) as shown:
        posing = f"【{lender}】{name}您好，我是{lender}工作人员，工号8001。请在方便时回电400-000-0000。"
        must("CBA-2026.no-pose" in blocks(thread, posing, member), "it may pose as the lender")
        threat = outbound.propose(
            id=uuid.uuid4(), thread=thread, text=f"【{NAME}】再不还钱我们就去你单位", acknowledged=True, by=member, at=stage.at
        )  # fmt: skip
        must(threat.state == "blocked", f"the threat is {threat.state}")
        again = outbound.propose(
            id=uuid.uuid4(), thread=ours, by=lina, at=stage.at, acknowledged=True,
            text=f"【{lender}】{name}您好，我是{lender}工作人员，工号{lina.staff_no}。请在方便时回电400-000-0000。",
        )  # fmt: skip
        stage.settle()
        must(messages.get(again.pk).state in reads.TOLD, f"it is {messages.get(again.pk).state}")
        seen = messages.preview(thread=thread, text=honest, by=member, at=stage.at)
        counted = [s.reason.zh for s in seen.decision.grounds if s.rule == "CBA-2026.reasonable"]
        must(counted, "the lender's two SMS of today are not counted for the agency")
        shown["counted"] = counted

    with stage.step(
        "it is paid for what came in and how it was done; a weight on contacts is refused"
    ) as shown:
        try:
            actions.agree_commission(
                agency=good, begins_on=today, rate=Decimal("0.12"), weights=WEIGHTS | {"contacts": 20}, by=sunli, at=stage.at
            )  # fmt: skip
            must(False, "pressing harder is paid for")
        except actions.UnableToDeal as why:
            shown["says"] = str(why)
        actions.agree_commission(
            agency=good, begins_on=today, rate=Decimal("0.12"), weights=WEIGHTS, by=sunli, at=stage.at
        )
        scores = dict.fromkeys(reads.CRITERIA, 90) | {"conduct": 40}
        actions.evaluate(agency=good, scores=scores, words="拟发威胁性用语一次", by=sunli, at=stage.at)
        payments.book_payment(
            loan=case(7).loan,
            reference="R-0701",
            paid_on=today,
            amount=Decimal("1520.00"),
            by="loanbook",
            at=stage.at,
        )
        due = reads.owed(good, since=today, until=today)
        did = reads.figures(good, stage.at)
        shown |= {
            "conduct": f"{did.blocked} of {did.contacts} blocked: {', '.join(label for label, _ in did.red_lines)}",
            "performance": f"{due.recovered} came in, {due.sum} owed as of {due.as_of}",
        }

    with stage.step(
        "recalled: off the list, its people frozen, what waited does not leave, its cases are out of its sight"
    ) as shown:
        stage.later(days=1)
        waits = outbound.propose(
            id=uuid.uuid4(), thread=thread, text=honest, acknowledged=True, send_at=stage.at + timedelta(hours=3),
            by=member, at=stage.at,
        )  # fmt: skip
        must(waits.state == "scheduled", f"it is {waits.state}: {waits.decision}")
        sent = len(stage.pocket.got)
        done = actions.recall(agency=good, why="拟发威胁性用语，停止委托", by=sunli, at=stage.at)
        stage.later(hours=4)
        must(messages.get(waits.pk).state == "cancelled", f"it is {messages.get(waits.pk).state}")
        must(len(stage.pocket.got) == sent, "something left after the recall")
        must(not matters.visible_to(member).exists(), "it still sees a case")
        must(who.published(localdate(stage.at)) == [who.agency(old.pk)], "it is still on the list")
        shown |= {"cases": list(done.matters), "threads": done.threads, "frozen": list(done.frozen)}

    with stage.step("the agency says what it gave back or deleted; nobody can say it for them"):
        for one in placed:
            try:
                entrusting.give_back(entrustment=one.pk, words="已删除", by=sunli, at=stage.at)
                must(False, "somebody else said it")
            except entrusting.UnableToEntrust:
                pass
            entrusting.give_back(
                entrustment=one.pk, words="纸质材料交还，电子数据已删除", by=member, at=stage.at
            )
        must(reads.figures(good, stage.at).to_give_back == 0, "something is still to be given back")

    with stage.step("it comes back only by a second person") as shown:
        try:
            actions.put_on_list(agency=good, why="整改完成", by=sunli, at=stage.at)
            must(False, "one person alone let it back")
        except (people.UnableToAct, UnableToHold) as why:
            shown["says"] = str(why)
        actions.put_on_list(agency=good, why="整改完成，复查通过", by=hebing, at=stage.at)
