"""A company that owes, for the demonstration: its truck is on loan, its manager guarantees. Nobody of it exists."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from shouyue.cli.demo.cards import seal_print
from shouyue.cli.demo.lender import BORROWERS, BY, CLIENT, SHANGHAI, mobile, resident_id, vin
from shouyue.desk.matters import actions as matters
from shouyue.desk.matters import reads as matter_reads
from shouyue.desk.matters.actions.placement import take_in
from shouyue.desk.parties import actions as parties
from shouyue.desk.parties import reads as party_reads
from shouyue.desk.people.reads import all_staff
from shouyue.desk.vault import originals

NAME, USCC = "示例运输有限公司", "91999999MA0000001X"
MANAGER = "唐诚"
N = len(BORROWERS) + 1


def begin(*, at: datetime) -> None:
    """Its case comes in and is 李娜's to work on; its seal and where its register says it is reached are on record. Once."""
    today = at.astimezone(SHANGHAI).date()
    numbers = [f"AJ{year}{N:05d}" for year in (today.year, today.year - 1)]
    if any(matter_reads.by_number(number) for number in numbers):
        return
    staff: dict[str, Any] = {s.username: s for s in all_staff()}
    since = today - timedelta(days=38)
    manager = {"name": MANAGER, "id_no": resident_id("19750321", 900 + N), "mobiles": [mobile(900)]}
    case: dict[str, Any] = {
        "client": CLIENT, "funder": "示例银行股份有限公司", "batch_no": f"B{today:%Y%m}", "placed_on": today,
        "due_back_on": today + timedelta(days=90), "case_no": numbers[0], "contract_no": f"QC{today.year}C00001",
        "receipt_no": f"JJC{N:07d}", "product": "商用车抵押贷款", "principal": Decimal("360000.00"),
        "signed_on": since - timedelta(days=240), "matures_on": since + timedelta(days=480), "terms_total": 24, "terms_paid": 8,
        "due_day": since.day, "repay_method": "等额本息", "rate_year": Decimal("0.0760"), "overdue_since": since,
        "guarantee_kind": "抵押+连带责任保证", "dpd": 38, "overdue_principal": Decimal("28460.00"),
        "overdue_interest": Decimal("4120.00"), "penalty": Decimal("540.74"), "placed_amount": Decimal("33120.74"),
        "outstanding_principal": Decimal("241300.00"), "outstanding_total": Decimal("262910.74"), "as_of": today,
        "name": NAME, "kind": "company", "id_type": "uscc", "id_no": USCC, "mobiles": [mobile(901)],
        "living_addr": "示例市和平区守约路88号", "plate": f"京Z{N:05d}", "vin": vin(N), "model": "长风 重载 2025",
        "mortgage_registered_on": since - timedelta(days=238),
        "legal_representative": {**manager, "role": "legal_representative"},
        "guarantors": [
            {**manager, "role": "guarantor", "guarantee": "joint", "guarantee_until": since + timedelta(days=660)}
        ],
    }  # fmt: skip
    take_in(
        cases=[case],
        filename=f"委案-企业-{today:%Y%m%d}.xlsx",
        body=f"company {today}".encode(),
        by=staff["admin"],
        at=at,
    )
    matter = matter_reads.by_number(numbers[0])
    assert matter
    matters.assign(matter=matter, to=staff["lina"], reason="企业案件", by=staff["wangmin"], at=at)
    company = matter_reads.debtor_of(matter.loan)
    assert company
    boss = party_reads.representative(company)
    assert boss
    for kind, value in (("address", "示例市和平区守约路88号"), ("landline", "010-00000088")):
        parties.add_point(
            party=company, kind=kind, value=value, source="lawful_public", registered=True, by=staff["chen"], at=at
        )  # fmt: skip
    for kind, words, number in (
        ("official", NAME, "9999990000001"),
        ("contract", f"{NAME} 合同专用章", "9999990000002"),
    ):
        parties.register_chop(
            company=company,
            kind=kind,
            number=number,
            specimen=originals.keep(seal_print(words)),
            signatories=[boss],
            valid_from=since - timedelta(days=900),
            by=staff["chen"],
            at=at,
        )
    parties.give_consent(
        party=company,
        what="recording",
        form="contract",
        words="合同第十二条：同意电话录音与企业微信存档",
        by=BY,
        at=at,
    )
