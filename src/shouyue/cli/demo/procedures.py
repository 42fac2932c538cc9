"""A legal officer's board with life in it: procedures on every track, by verbs, some with a deadline that comes first."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from shouyue.casework.matter import Matter as State
from shouyue.casework.track import Track
from shouyue.cli.demo.lender import case
from shouyue.desk.matters import actions as matter_verbs
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import clocks
from shouyue.desk.people.reads import staff_by_no
from shouyue.desk.suits import actions, reads
from shouyue.desk.suits.actions import evidence

COURT = "示例市和平区人民法院"
DOSSIER = (
    ("identity", "营业执照及被告身份证复印件", "信贷档案", 6),
    ("contract", "汽车抵押借款合同", "信贷档案", 12),
    ("disbursement", "放款凭证", "资金系统", 1),
    ("statement", "欠款明细表", "账务系统", 2),
    ("repayment_history", "还款流水", "账务系统", 4),
    ("mortgage_contract", "抵押合同", "信贷档案", 5),
    ("mortgage_registration", "机动车登记证书及抵押登记", "车管所", 3),
    ("demand", "催收函及签收记录", "邮政特快专递", 3),
)


def begin(*, at: datetime) -> None:
    """Open the procedures on the demonstration's cases, once."""
    chen = staff_by_no("4001")
    today = at.astimezone(ZoneInfo("Asia/Shanghai")).date()
    who: dict[str, Any] = {"by": chen, "at": at}

    def ago(days: int) -> Any:
        return today - timedelta(days=days)

    def opened(n: int, track: Track, why: str, court: str, case_no: str, papers: int, days: int) -> Any:
        matter = case(n, at)
        matter_verbs.move(matter=matter, to=State.LEGAL, reason=why, **who)
        suit = actions.open_suit(matter=matter, track=track, why=why, on=ago(days), **who)
        actions.claim_sum(suit=suit.pk, **who)
        if court:
            actions.name_court(suit=suit.pk, body=court, case_no=case_no, judge="顾平", clerk="宁安", **who)
        for kind, title, source, pages in DOSSIER[:papers]:
            evidence.bring(suit=suit.pk, kind=kind, title=title, source=source, pages=pages, **who)
        return suit

    def taken(suit: Any, *steps: tuple[str, int, dict[str, int]]) -> None:
        for to, days, dates in steps:
            given = {name: ago(day) for name, day in dates.items()}
            actions.advance(suit=suit.pk, to=to, on=ago(days), dates=given, **who)

    if reads.running().exists():
        return
    opened(3, Track.SUIT, "三次协商未果，拟起诉", "", "", 3, 2)
    heard = opened(13, Track.SUIT, "逾期四个月，协商未果", COURT, f"（{today:%Y}）示0101民初1024号", 8, 48)
    taken(
        heard, ("submitted", 40, {"filed_on": 40}), ("accepted", 33, {"accepted_on": 33, "fee_notice_on": 33})
    )
    actions.record_fee(
        suit=heard.pk, kind="acceptance", amount=Decimal("1286.00"), as_of=ago(30), paid_on=ago(30), **who
    )
    actions.preserve(
        suit=heard.pk,
        kind="movables",
        what="涉案车辆",
        begins_on=ago(30),
        ends_on=today + timedelta(days=40),
        **who,
    )
    taken(heard, ("preservation", 30, {}), ("hearing", 12, {"served_on_defendant": 28}))
    actions.set_hearing(
        suit=heard.pk,
        starts_at=(at + timedelta(days=6)).replace(hour=1, minute=30, second=0, microsecond=0),
        place="第三法庭",
        **who,
    )
    judged = opened(10, Track.SUIT, "逾期半年以上", COURT, f"（{today:%Y}）示0101民初877号", 8, 130)
    taken(
        judged,
        ("submitted", 120, {"filed_on": 120}),
        ("accepted", 112, {"accepted_on": 112, "fee_notice_on": 111, "fee_paid_on": 108}),
        ("hearing", 45, {"served_on_defendant": 90}),
        ("judgment", 11, {"judgment_served_on": 11}),
    )
    sold = opened(
        8, Track.REALISATION, "抵押权明确，无实体争议", COURT, f"（{today:%Y}）示0101民特56号", 8, 36
    )
    taken(
        sold,
        ("submitted", 30, {"filed_on": 30}),
        ("accepted", 27, {"accepted_on": 27}),
        ("review", 20, {}),
        ("ruling", 9, {"ruling_served_on": 9}),
    )
    settled = opened(
        12, Track.MEDIATION, "双方愿意调解", "示例市和平区人民调解委员会", "（调）字第88号", 2, 44
    )
    taken(
        settled,
        ("asked", 40, {"mediation_asked_on": 40}),
        ("in_session", 33, {}),
        ("agreed", 25, {"agreement_effective_on": 25}),
    )
    evidence.bring(
        suit=settled.pk,
        kind="mediation_note",
        title="调解笔录",
        source="调解委员会",
        pages=4,
        med_room=True,
        **who,
    )
    evidence.bring(
        suit=settled.pk, kind="mediation_agreement", title="调解协议书", source="调解委员会", pages=3, **who
    )
    notary = opened(15, Track.NOTARISED, "合同经赋强公证", "示例市公证处", "（公）字第1201号", 4, 12)
    taken(notary, ("certificate_requested", 8, {"certificate_requested_on": 8}))
    forced = opened(6, Track.SUIT, "判决生效后未履行", COURT, f"（{today:%Y}）示0101执301号", 8, 126)
    taken(
        forced,
        ("submitted", 120, {"filed_on": 120}),
        ("accepted", 115, {"accepted_on": 115}),
        ("hearing", 90, {}),
        ("judgment", 70, {"judgment_served_on": 70}),
        ("effective", 50, {"effective_on": 50, "perform_by": 40}),
        ("enforcement", 20, {"enforcement_filed_on": 20}),
    )
    guarantor = matters.guarantors_of(matters.get(judged.matter_id).loan)[0]
    clocks.record_event(
        loan=matters.get(judged.matter_id).loan, kind="guarantee_claimed", on=ago(100), proof="EMS 1000777 签收",
        party=guarantor.party, **who,
    )  # fmt: skip
    actions.ring(by="demo", at=at)
