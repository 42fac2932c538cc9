"""Two guarantors, two clocks: one is asked in time and in the right way, the other's period ends and nobody may ask him."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shouyue.cli.demo.stage import SHANGHAI, Stage, must

LEFT = 20  # days of both guarantees when the case comes


def play(stage: Stage) -> None:
    from django.utils.timezone import localdate

    from shouyue.casework.track import Track
    from shouyue.cli.demo.lender import cases, mobile, resident_id, vin
    from shouyue.desk.matters import actions as matter_verbs
    from shouyue.desk.matters import reads as matters
    from shouyue.desk.matters.actions import clocks
    from shouyue.desk.matters.actions.placement import take_in
    from shouyue.desk.messages.reads import preview
    from shouyue.desk.people.reads import all_staff
    from shouyue.desk.suits import actions, reads
    from shouyue.desk.suits.actions import documents
    from shouyue.desk.suits.papers import UnableToWrite
    from shouyue.terms import Channel, Purpose

    staff: dict[str, Any] = {s.username: s for s in all_staff()}
    lina, wangmin, chen = staff["lina"], staff["wangmin"], staff["chen"]
    today = localdate(stage.at)
    number = f"AJ{stage.at.astimezone(SHANGHAI):%Y}00021"

    def clock(name: str) -> Any:
        return next(c for c in reads.guarantor_clocks(loan, stage.at) if c.party.name == name)

    def asks(thread: Any) -> set[str]:
        """The rules that block a demand in this thread."""
        words = "请您承担保证责任，于本周内偿还宋河的逾期款项。"
        seen = preview(thread=thread, text=words, by=lina, at=stage.at)
        return {s.rule for s in seen.decision.grounds if s.effect == "block"}

    with stage.step(
        "a case with two guarantors is taken in: its last instalment fell due; both periods end in twenty days"
    ) as shown:
        agreed = today + timedelta(days=LEFT)
        row = cases(today)[12] | {
            "case_no": number, "contract_no": "QC2023007021", "receipt_no": "JJ00000021", "name": "宋河",
            "id_no": resident_id("19820909", 121), "mobiles": [mobile(21)], "vin": vin(21), "plate": "京Z00021",
            "matures_on": today - timedelta(days=160), "payments": [], "guarantors": [
                {"role": "guarantor", "name": name, "id_no": resident_id(born, n), "mobiles": [mobile(n)],
                 "guarantee": kind, "guarantee_until": agreed}
                for name, born, n, kind in (("宋海", "19800101", 221, "joint"), ("宋江", "19770707", 222, "general"))
            ],
        }  # fmt: skip
        take_in(cases=[row], filename="补案.xlsx", body=b"guarantor", by=staff["admin"], at=stage.at)
        matter = matters.by_number(number)
        assert matter
        loan = matter.loan
        matter_verbs.assign(matter=matter, to=lina, reason="按区域分案", by=wangmin, at=stage.at)
        shown |= {
            name: f"{'joint' if clock(name).joint else 'general'} until {clock(name).guarantee.period.safe}"
            for name in ("宋海", "宋江")
        }

    with stage.step("陈律 opens a procedure; the alarm of each guarantor rings by itself") as shown:
        suit = actions.open_suit(matter=matter, track=Track.SUIT, why="保证期间将届满", by=chen, at=stage.at)
        actions.ring(by="clock", at=stage.at)
        rang = [one for one in reads.alarms(suit) if one.due.startswith("guarantee:")]
        must(len(rang) == 2, f"{len(rang)} rang")
        shown["rang"] = [f"{one.urgency}, safe last day {one.safe}" for one in rang]

    with stage.step("each guarantor may still be asked; the gate names no period that has ended"):
        threads = {}
        for name in ("宋海", "宋江"):
            threads[name] = matter_verbs.open_thread(
                matter=matter, party=clock(name).party, purpose=Purpose.NOTICE, channel=Channel.SMS,
                account=loan.client, owner=lina, by=lina, at=stage.at,
            )  # fmt: skip
            must("CLK.guarantee.period" not in asks(threads[name]), f"{name}: the period is said to be over")

    with stage.step(
        "宋海, joint: a clear claim is made as a paper, arrives, and is written down with its proof"
    ) as shown:
        paper = documents.write(
            suit=suit.pk, kind="guarantee_demand", party=clock("宋海").party, by=chen, at=stage.at
        )
        stage.later(days=3)
        clocks.record_event(
            loan=loan, kind="guarantee_claimed", on=localdate(stage.at), proof="EMS 1000888 本人签收",
            party=clock("宋海").party, by=chen, at=stage.at,
        )  # fmt: skip
        saved = clock("宋海").guarantee
        must(saved.saved == localdate(stage.at), "the claim saved nothing")
        shown |= {"paper": paper.pdf[:16], "saved_on": saved.saved}

    with stage.step("宋江, general: a letter alone saves nothing; only a suit against 宋河 would") as shown:
        clocks.record_event(
            loan=loan, kind="guarantee_claimed", on=localdate(stage.at), proof="EMS 1000889 本人签收",
            party=clock("宋江").party, by=chen, at=stage.at,
        )  # fmt: skip
        must(clock("宋江").guarantee.saved is None, "a letter saved a general guarantee")
        shown["still_ends"] = clock("宋江").guarantee.period.safe

    with stage.step("nobody sues; each morning the clock is looked at, and it becomes urgent") as shown:
        for _ in range(LEFT - 3):
            stage.later(days=1)
            actions.ring(by="clock", at=stage.at)
        urgent = [o for o in reads.alarms(suit) if o.due.startswith("guarantee:") and o.urgency == "urgent"]
        must(len(urgent) == 1, f"{len(urgent)} became urgent")
        shown["urgent_since"] = urgent[0].rang_at.astimezone(SHANGHAI).date()

    with stage.step("the period has ended: 宋江 owes nothing, on every page and at the gate") as shown:
        stage.later(days=1)
        must(clock("宋江").lost and not clock("宋海").lost, "the wrong clock ended")
        blocked = asks(threads["宋江"])
        must("CLK.guarantee.period" in blocked, f"only {sorted(blocked)} block")
        shown["rules"] = sorted(blocked)

    with stage.step("no paper can ask him any more; it says why") as shown:
        try:
            documents.write(
                suit=suit.pk, kind="guarantee_demand", party=clock("宋江").party, by=chen, at=stage.at
            )
            must(False, "a demand was written")
        except UnableToWrite as why:
            shown["says"] = str(why)

    with stage.step("宋海 may be asked: from the claim on, limitation runs against him") as shown:
        must("CLK.guarantee.period" not in asks(threads["宋海"]), "he was asked in time and is blocked")
        running = [
            one for one in reads.stand(reads.get(suit.pk), stage.at).running if one.due.id == "guarantor_limitation"
        ]  # fmt: skip
        must(len(running) == 1, "limitation against him is not counted")
        shown["until"] = running[0].deadline.safe
