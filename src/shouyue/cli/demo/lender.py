"""An invented lender, 示例汽车金融, as of any day: staff, certificates, loans, people. The same day gives the same lender.

Nobody here exists. Resident IDs carry the region code 999999; mobile numbers have the form 1xx0000xxxx.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from shouyue.desk.matters import actions as matters
from shouyue.desk.matters import reads as matter_reads
from shouyue.desk.matters.actions.placement import take_in
from shouyue.desk.parties import actions as parties
from shouyue.desk.people import actions as people
from shouyue.desk.people.reads import all_staff
from shouyue.desk.rulebook import actions as rulebook

CLIENT = "示例汽车金融有限公司"
SHANGHAI = ZoneInfo("Asia/Shanghai")
BY = "demo"


@dataclass(frozen=True)
class Person:
    username: str
    name: str
    staff_no: str
    role: str
    wecom: str | None = None


STAFF = (
    Person("lina", "李娜", "1023", "collector", "lina"),
    Person("zhaolei", "赵磊", "1024", "collector", "zhaolei"),
    Person("wangmin", "王敏", "2001", "supervisor", "wangmin"),
    Person("qianjin", "钱进", "2002", "supervisor", "qianjin"),
    Person("sunli", "孙丽", "3001", "compliance"),
    Person("hebing", "何冰", "3002", "compliance"),
    Person("chen", "陈律", "4001", "legal"),
    Person("zhou", "周培", "5001", "trainer"),
    Person("wu", "吴鉴", "6001", "auditor"),
    Person("admin", "管理员", "9001", "administrator"),
    Person("tiaojie", "诚和调解", "8001", "agency"),
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_LETTERS = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))  # fmt: skip


def resident_id(birth: str, serial: int) -> str:
    """A well-formed number of nobody (GB 11643: mod 11-2)."""
    body = f"999999{birth}{serial:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def vin(serial: int) -> str:
    """A well-formed vehicle number with its check digit in place nine (GB 16735)."""
    body = f"LZZZZZZZ0RZ{serial:06d}"
    total = sum(
        (int(c) if c.isdigit() else _VIN_LETTERS[c]) * w for c, w in zip(body, _VIN_WEIGHTS, strict=True)
    )
    return body[:8] + "0123456789X"[total % 11] + body[9:]


# name, birth, days past due, monthly instalment, car, guarantor, contact
BORROWERS: tuple[tuple[str, str, int, str, str, str, str], ...] = (
    ("张伟", "19880412", 42, "3218.40", "星途 追风 2023", "刘洋", "周敏"),
    ("马超", "19920830", 17, "2455.00", "远景 X3 2022", "", "马丽"),
    ("吴刚", "19850117", 68, "4120.55", "云度 V6 2023", "杨树", ""),
    ("郑虎", "19790623", 95, "5310.00", "长风 商旅 2021", "", "黄丽"),
    ("吴倩", "19951102", 8, "1988.20", "晨光 E2 2024", "", ""),
    ("徐强", "19830305", 133, "2876.35", "飞驰 7 2020", "徐刚", "徐梅"),
    ("孙悦", "19900719", 29, "3040.00", "星途 追风 2022", "", "孙浩"),
    ("胡斌", "19871214", 55, "3677.80", "云度 V6 2022", "", ""),
    ("朱琳", "19930908", 3, "2210.10", "晨光 E2 2023", "", "朱军"),
    ("高远", "19810526", 210, "4899.90", "长风 商旅 2020", "高山", ""),
    ("林夕", "19961023", 36, "1760.00", "远景 X3 2023", "", ""),
    ("何芳", "19860211", 74, "3355.25", "飞驰 7 2021", "", "何平"),
    ("郭涛", "19780330", 120, "6120.00", "长风 商旅 2022", "郭建", ""),
    ("张伟", "19950701", 12, "2033.30", "晨光 E2 2024", "", ""),
    ("罗敏", "19910415", 48, "2990.00", "星途 追风 2021", "", "罗强"),
    ("梁宇", "19840820", 5, "2444.00", "云度 V6 2024", "", ""),
)


def mobile(serial: int) -> str:
    return f"138{serial:08d}"


def cases(today: date) -> list[dict[str, Any]]:
    """The case file of the day, typed rows with the field guide's names."""
    rows = []
    for n, (name, birth, dpd, monthly, car, guarantor, contact) in enumerate(BORROWERS, start=1):
        instalment = Decimal(monthly)
        terms = max(1, -(-dpd // 30))
        principal = (instalment * terms * Decimal("0.86")).quantize(Decimal("0.01"))
        interest = instalment * terms - principal
        penalty = (principal * Decimal("0.0005") * dpd).quantize(Decimal("0.01"))
        left = instalment * (36 - 10 - terms)
        overdue_since = today - timedelta(days=dpd)
        row: dict[str, Any] = {
            "client": CLIENT,
            "funder": "示例银行股份有限公司",
            "batch_no": f"B{today:%Y%m}",
            "placed_on": today - timedelta(days=min(dpd, 7)),
            "due_back_on": today + timedelta(days=90),
            "placed_amount": principal + interest + penalty,
            "case_no": f"AJ{today:%Y}{n:05d}",
            "contract_no": f"QC{2023 + n % 2}{6600 + n * 20:06d}",
            "receipt_no": f"JJ{n:08d}",
            "product": "汽车抵押贷款",
            "principal": instalment * 33,
            "signed_on": overdue_since - timedelta(days=30 * 10),
            "matures_on": overdue_since + timedelta(days=30 * 26),
            "terms_total": 36,
            "terms_paid": 10,
            "due_day": overdue_since.day,
            "repay_method": "等额本息",
            "rate_year": Decimal("0.0888"),
            "overdue_since": overdue_since,
            "guarantee_kind": "抵押+连带责任保证" if guarantor else "抵押",
            "dpd": dpd,
            "overdue_principal": principal,
            "overdue_interest": interest,
            "penalty": penalty,
            "outstanding_principal": (left * Decimal("0.9")).quantize(Decimal("0.01")),
            "outstanding_total": principal + interest + penalty + left,
            "as_of": today,
            "name": name,
            "id_no": resident_id(birth, 100 + n),
            "mobiles": [mobile(n)],
            "living_addr": f"示例市和平区守约路{n * 7}号{n}单元",
            "employer": f"示例{'物流' if n % 2 else '餐饮'}有限公司",
            "plate": f"京Z{n:05d}",
            "vin": vin(n),
            "model": car,
            "valuation": (instalment * 18).quantize(Decimal("0.01")),
            "valued_on": today - timedelta(days=20),
            "mortgage_registered_on": overdue_since - timedelta(days=298),
            "payments": [
                {
                    "reference": f"P{n:04d}{k:02d}",
                    "paid_on": overdue_since - timedelta(days=30 * (10 - k)),
                    "amount": instalment,
                }
                for k in range(10)
            ],
        }
        if guarantor:
            row["guarantors"] = [
                {
                    "role": "guarantor",
                    "name": guarantor,
                    "id_no": resident_id(str(int(birth) + 10001), 200 + n),
                    "mobiles": [mobile(200 + n)],
                    "guarantee": "joint",
                    "guarantee_until": overdue_since + timedelta(days=30 * 26 + 183),
                }
            ]
        if contact:
            row["contacts"] = [
                {
                    "role": "reserved_contact",
                    "name": contact,
                    "relation": "朋友" if n % 2 else "同事",
                    "named_by_debtor": True,
                    "mobiles": [mobile(400 + n)],
                    "source": "debtor_supplied",
                }
            ]
        rows.append(row)
    return rows


def found(*, at: datetime, password: str | None = None) -> None:
    """Found the lender on an empty database: rules in force, staff, teams, certificates, today's cases, assigned."""
    if all_staff().exists():
        return
    team = people.found_team(name="车贷一组", supervisor=None, by=BY, at=at)
    staff = {
        p.username: people.enrol(
            username=p.username,
            display_name=p.name,
            staff_no=p.staff_no,
            role=p.role,
            team=team if p.role in {"collector", "agency"} else None,
            wecom_userid=p.wecom,
            password=password,
            by=BY,
            at=at,
        )
        for p in STAFF
    }
    people.lead_team(team=team, supervisor=staff["wangmin"], by=BY, at=at)
    for username in ("lina", "zhaolei", "wangmin", "chen", "tiaojie"):
        people.certify(staff=staff[username], channel="*", course="车贷催收合规基础", by=staff["zhou"], at=at)
    people.stand_in(
        principal=staff["wangmin"],
        deputy=staff["qianjin"],
        until=at + timedelta(days=30),
        reason="王敏外出时由钱进代理审批",
        by=staff["wangmin"],
        at=at,
    )
    edition = rulebook.propose(
        pack="cn", overlay={}, why="上线采用大陆车贷规则包", effective_at=at, by=staff["sunli"], at=at
    )
    rulebook.approve(edition=edition.pk, by=staff["hebing"], at=at)
    today = at.astimezone().date()
    take_in(
        cases=cases(today),
        filename=f"委案-{today:%Y%m%d}.xlsx",
        body=f"demo {today}".encode(),
        by=staff["admin"],
        at=at,
    )
    for n in range(1, len(BORROWERS) + 1):
        matter = matter_reads.by_number(f"AJ{today:%Y}{n:05d}")
        assert matter
        owner = staff["zhaolei"] if n in {4, 8, 12} else staff["lina"]
        matters.assign(matter=matter, to=owner, reason="按区域分案", by=staff["wangmin"], at=at)
        debtor = matter_reads.debtor_of(matter.loan)
        assert debtor
        parties.give_consent(
            party=debtor,
            what="recording",
            form="contract",
            words="合同第十二条：同意电话录音与企业微信存档",
            by=BY,
            at=at,
        )


def case(n: int, at: datetime) -> Any:
    """The n-th case of the lender, founded this year or last. Raises LookupError where there is none."""
    year = at.astimezone(SHANGHAI).year
    for number in (f"AJ{year}{n:05d}", f"AJ{year - 1}{n:05d}"):
        if found_ := matter_reads.by_number(number):
            return found_
    raise LookupError(f"no case {n} of {year} or the year before; the lender has {len(BORROWERS)} cases")
