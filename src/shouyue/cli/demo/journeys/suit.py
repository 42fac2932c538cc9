"""From filing to enforcement: what lacks becomes tasks, papers come from the record, and one deadline is nearly missed."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

from shouyue.cli.demo.stage import SHANGHAI, Stage, must


def play(stage: Stage) -> None:
    from django.utils.timezone import localdate
    from docx import Document

    from shouyue.casework.machine import ImpossibleStep
    from shouyue.casework.matter import Matter as State
    from shouyue.cli.demo.procedures import COURT, DOSSIER
    from shouyue.desk.matters import actions as matter_verbs
    from shouyue.desk.matters import exhibits
    from shouyue.desk.matters import reads as matters
    from shouyue.desk.people.reads import all_staff
    from shouyue.desk.suits import actions, reads
    from shouyue.desk.suits.actions import documents, evidence
    from shouyue.desk.suits.papers import UnableToWrite
    from shouyue.desk.vault import originals
    from shouyue.terms import Channel, Purpose

    staff: dict[str, Any] = {s.username: s for s in all_staff()}
    wangmin, chen = staff["wangmin"], staff["chen"]
    matter = matters.by_number(f"AJ{stage.at.astimezone(SHANGHAI):%Y}00008")
    assert matter
    debtor = matters.debtor_of(matter.loan)
    assert debtor

    def step_to(to: str, **dates: Any) -> Any:
        return actions.advance(suit=suit.pk, to=to, on=localdate(stage.at), dates=dates, by=chen, at=stage.at)

    def due(id: str) -> Any:
        """This deadline as it stands today, None where it does not run."""
        found = [one for one in reads.stand(reads.get(suit.pk), stage.at).running if one.due.id == id]
        return found[0] if found else None

    def days_go_by(days: int) -> list[str]:
        """Each morning the alarms are looked at; returns what rang."""
        rang = []
        for _ in range(days):
            stage.later(days=1)
            actions.ring(by="clock", at=stage.at)
            rang += [
                f"{a.due} {a.urgency} {a.rang_at.astimezone(SHANGHAI):%m-%d}"
                for a in reads.alarms(reads.get(suit.pk))
                if a.rang_at == stage.at
            ]
        return rang

    def words_of(paper: Any) -> str:
        document = Document(io.BytesIO(originals.fetch(paper.docx)))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([*(p.text for p in document.paragraphs), *cells])

    with stage.step(
        "王敏 hands 胡斌's case to legal; a suit is prepared by itself, what lacks becomes tasks"
    ) as shown:
        matter_verbs.move(matter=matter, to=State.LEGAL, reason="三次协商未果", by=wangmin, at=stage.at)
        stage.settle()
        (suit,) = reads.of_matter(matter)
        must(suit.officer == chen, "no officer has it")
        tasks = reads.tasks(suit)
        must(tasks, "nothing lacks, though nothing was brought")
        shown["tasks"] = [f"{t.element}: {t.kind}" for t in tasks]

    with stage.step(
        "a stage that cannot follow, and one without its date, are refused; nothing is changed"
    ) as shown:
        try:
            step_to("judgment", judgment_served_on=localdate(stage.at))
            must(False, "a judgment came before a claim")
        except ImpossibleStep as why:
            shown["jump"] = str(why)
        try:
            step_to("submitted")
            must(False, "a filing without its day was recorded")
        except actions.UnableToProceed as why:
            shown["no_date"] = str(why)
        must(
            reads.get(suit.pk).stage == "preparing" and not reads.get(suit.pk).dates,
            "something was half done",
        )

    with stage.step("陈律 brings the exhibits; the tasks close by themselves") as shown:
        for kind, title, source, pages in DOSSIER:
            evidence.bring(
                suit=suit.pk, kind=kind, title=title, source=source, pages=pages, by=chen, at=stage.at
            )
        must(not reads.tasks(suit), f"still lacking: {reads.tasks(suit)}")
        shown["exhibits"] = len(reads.exhibits(suit))

    with stage.step(
        "what was offered in a mediation is brought, and stays out of the list and out of the package"
    ) as shown:
        concession = "调解中愿意减免罚息的笔录"
        evidence.bring(
            suit=suit.pk, kind="mediation_note", title=concession, source="调解室", med_room=True, by=chen, at=stage.at
        )  # fmt: skip
        room = matter_verbs.open_thread(
            matter=matter, party=debtor, purpose=Purpose.MEDIATION, channel=Channel.MEDIATION,
            account=matter.loan.client, owner=staff["zhaolei"], by=wangmin, at=stage.at,
        )  # fmt: skip
        listed = [e.title for e in reads.admissible(reads.get(suit.pk), stage.at)]
        must(concession not in listed, "the concession may be shown to the court")
        packed = exhibits.of_matter(matter, purpose="证明欠款")
        must(not any(str(room.pk) in e.stream for e in packed), "the mediation's thread is in the package")
        shown |= {"brought": len(reads.exhibits(suit)), "shown_to_the_court": len(listed)}

    with stage.step(
        "the statement of claim and the evidence list are made from the record, each sum with its day"
    ) as shown:
        actions.claim_sum(suit=suit.pk, by=chen, at=stage.at)
        actions.name_court(suit=suit.pk, body=COURT, case_no="", judge="", clerk="", by=chen, at=stage.at)
        claim = documents.write(suit=suit.pk, kind="statement_of_claim", by=chen, at=stage.at)
        listing = documents.write(suit=suit.pk, kind="evidence_list", by=chen, at=stage.at)
        said = words_of(claim)
        sums = re.findall(r"人民币[\d,]+\.\d\d元(?:（截至[^）]+）)?", said)
        must(sums and all("截至" in one for one in sums), f"a sum has no day: {sums}")
        must(concession not in words_of(listing), "the concession is on the evidence list")
        shown |= {"sums": sums, "docx": claim.docx[:16], "pdf": claim.pdf[:16]}

    with stage.step("it is filed: limitation rests from that day, with the procedure as its proof") as shown:
        must(due("limitation"), "limitation does not run")
        before = due("limitation").deadline.safe
        step_to("submitted", filed_on=localdate(stage.at))
        must(due("limitation") is None, "limitation still runs while the court has the case")
        filed = [e for e in matters.clock_events(matter.loan) if e.kind == "suit_filed"]
        must(filed and filed[0].pending, "the filing is not written down")
        shown |= {"would_have_ended": before, "proof": filed[0].proof}

    with stage.step("accepted; on a Saturday the fee notice comes: seven days, and nobody looks") as shown:
        saturday = (5 - stage.at.astimezone(SHANGHAI).weekday()) % 7
        stage.later(days=saturday + 7)
        step_to("accepted", accepted_on=localdate(stage.at), fee_notice_on=localdate(stage.at))
        fee = due("court_fee")
        must(fee, "no clock runs for the fee")
        shown |= {"safe_last_day": fee.deadline.safe, "legal_last_day": fee.deadline.legal}

    with stage.step(
        "the alarm rings by the safe date; a rest day puts off what the law allows, never the alarm"
    ) as shown:
        fee = due("court_fee")
        shown["rang"] = days_go_by((fee.deadline.safe - localdate(stage.at)).days)
        must(any("court_fee urgent" in one for one in shown["rang"]), f"it did not ring: {shown['rang']}")
        left = due("court_fee").deadline.safe - localdate(stage.at)
        must(left == timedelta(0), f"{left} left")
        legal = fee.deadline.legal
        must(legal is None or legal > fee.deadline.safe, "no rest day lies in between")

    with stage.step("the last safe day: 陈律 sees the alarm, pays, and the clock stops"):
        must(actions.heed(suit=suit.pk, by=chen, at=stage.at) > 0, "no alarm waits for her")
        actions.record_fee(
            suit=suit.pk, kind="acceptance", amount=Decimal("1286.00"), as_of=localdate(stage.at),
            paid_on=localdate(stage.at), by=chen, at=stage.at,
        )  # fmt: skip
        must(due("court_fee") is None, "the clock still runs")

    with stage.step("the car is preserved and served upon; the day in court; the judgment") as shown:
        actions.preserve(
            suit=suit.pk,
            kind="movables",
            what="涉案车辆",
            begins_on=localdate(stage.at),
            by=chen,
            at=stage.at,
        )
        step_to("preservation")
        actions.set_hearing(
            suit=suit.pk, starts_at=stage.at + timedelta(days=30), place="第三法庭", by=chen, at=stage.at
        )
        stage.later(days=30)
        step_to("hearing", served_on_defendant=localdate(stage.at - timedelta(days=25)))
        actions.name_court(
            suit=suit.pk, body=COURT, case_no=f"（{stage.at:%Y}）示0101民初1024号", by=chen, at=stage.at
        )
        stage.later(days=20)
        step_to("judgment", judgment_served_on=localdate(stage.at))
        shown["preserved_until"] = due("preservation").deadline.safe
        shown["appeal_until"] = due("appeal").deadline.safe

    with stage.step(
        "an application for enforcement before it takes effect is refused, naming what lacks"
    ) as shown:
        try:
            documents.write(suit=suit.pk, kind="enforcement_application", by=chen, at=stage.at)
            must(False, "it was written")
        except UnableToWrite as why:
            shown["says"] = str(why)

    with stage.step("nobody appeals; it takes effect, and two years to apply for enforcement begin") as shown:
        shown["rang"] = days_go_by(16)
        must(any("appeal" in one for one in shown["rang"]), "the period to appeal passed in silence")
        step_to(
            "effective", effective_on=localdate(stage.at), perform_by=localdate(stage.at + timedelta(days=10))
        )
        shown["apply_until"] = due("enforcement").deadline.safe

    with stage.step("nothing is paid; the application is made from the record and filed") as shown:
        stage.later(days=11)
        applied = documents.write(suit=suit.pk, kind="enforcement_application", by=chen, at=stage.at)
        must("截至" in words_of(applied), "the sum has no day")
        step_to("enforcement", enforcement_filed_on=localdate(stage.at))
        must(due("enforcement") is None, "the period to apply still runs")
        shown["docx"] = applied.docx[:16]

    with stage.step("the proceeds come; the procedure ends, and so does what rested limitation") as shown:
        stage.later(days=60)
        step_to("done", ended_on=localdate(stage.at))
        pending = [e.kind for e in matters.clock_events(matter.loan) if e.pending]
        must(not pending, f"still pending: {pending}")
        shown["stages"] = [f"{s.stage} {s.on}" for s in reads.steps(reads.get(suit.pk))]
