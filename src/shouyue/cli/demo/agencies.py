"""Two agencies behind the demonstration: one that works well, one that was stopped; done by verbs, as people would."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from shouyue.cli.demo.lender import case
from shouyue.desk.agencies import actions
from shouyue.desk.agencies.reads import CRITERIA
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import open_thread, payments
from shouyue.desk.messages import outbound
from shouyue.desk.people import actions as people
from shouyue.desk.people import reads as who
from shouyue.terms import Channel, Purpose

SHANGHAI = ZoneInfo("Asia/Shanghai")
NAME = "示例诚和信用服务有限公司"
OTHER = "示例迅达资产服务有限公司"
WEIGHTS = dict(zip(CRITERIA, (40, 20, 15, 15, 10), strict=True))


def admit(name: str, number: int, at: datetime) -> Any:
    """An agency under contract, inspected and listed."""
    sunli = who.staff_by_no("3001")
    today = at.astimezone(SHANGHAI).date()
    row = people.admit_agency(
        name=name, kind="agency", registration_no=f"91999999MA{number:08d}", contract_no=f"WT-{today:%Y}-{number:02d}",
        contract_from=today - timedelta(days=120), contract_until=today + timedelta(days=245),
        channels=("phone", "sms", "wecom"), by=sunli, at=at,
    )  # fmt: skip
    actions.inspect(
        agency=row,
        on=today - timedelta(days=40),
        on_site=True,
        found="录音齐全，抽查50通无违规用语",
        by=sunli,
        at=at,
    )
    return actions.put_on_list(agency=row, why="准入评估与检查通过", by=sunli, at=at)


def speak(matter: Any, member: Any, at: datetime) -> None:
    """One message that does not go, and some money that came in."""
    debtor = matters.debtor_of(matter.loan)
    assert debtor
    thread = open_thread(
        matter=matter, party=debtor, purpose=Purpose.NOTICE, channel=Channel.SMS, account=NAME, owner=member, by=member,
        at=at,
    )  # fmt: skip
    words = f"【{NAME}】{debtor.name}，再不还钱我们就去你单位"
    outbound.propose(id=uuid.uuid4(), thread=thread, text=words, acknowledged=True, by=member, at=at)
    payments.book_payment(
        loan=matter.loan, reference="R-0701", paid_on=at.astimezone(SHANGHAI).date(), amount=Decimal("1520.00"),
        by="loanbook", at=at,
    )  # fmt: skip


def begin(*, at: datetime) -> None:
    """Admit both and place some cases, once."""
    if who.agencies().exists():
        return
    sunli, wangmin, member = (who.staff_by_no(no) for no in ("3001", "2001", "8001"))
    today = at.astimezone(SHANGHAI).date()
    good = admit(NAME, 1, at)
    people.join_agency(staff=member, agency=good, by=sunli, at=at)
    scores = dict(zip(CRITERIA, (92, 85, 96, 90, 88), strict=True))
    actions.evaluate(agency=good, scores=scores, words="季度评价：用语规范，记录完整", by=sunli, at=at)
    actions.agree_commission(
        agency=good, begins_on=today, rate=Decimal("0.12"), weights=WEIGHTS, by=sunli, at=at
    )
    for n, receipt in ((7, "EMS 1000701 本人签收"), (16, "")):
        matter = case(n, at)
        placed = actions.entrust(
            matter=matter, agency=good, to=member, until=today + timedelta(days=90), by=wangmin, at=at
        )
        if receipt:
            actions.tell(entrustment=placed.pk, receipt=receipt, by=wangmin, at=at)
    speak(case(7, at), member, at)
    bad = admit(OTHER, 2, at)
    actions.recall(agency=bad, why="抽查发现向第三人透露欠款", by=sunli, at=at)
