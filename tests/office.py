"""One lender's desk for tests: the demonstration's lender, a moment in working hours, and channels in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shouyue.cli.demo.lender import found
from shouyue.connectors.channel import Accepted, Event, NeverSent, Outgoing
from shouyue.desk.matters import actions as matter_verbs
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions.placement import take_in
from shouyue.desk.people.models import Staff
from shouyue.terms import Channel, Gate
from tests.copies import copied

MORNING = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # Tuesday 10:00 in Shanghai
NIGHT = datetime(2026, 3, 10, 14, 30, tzinfo=UTC)  # 22:30


@dataclass
class Wire:
    """A channel in memory that keeps what it was given, can answer badly, and reads events put on it."""

    channel: Channel = Channel.SMS
    gate: Gate = Gate.HARD
    sent: dict[str, Outgoing] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    answers: list[Any] = field(default_factory=list)  # what `send` says next; accepted when empty
    events: dict[bytes, tuple[Event, ...]] = field(default_factory=dict)

    def send(self, message: Outgoing, key: str) -> Any:
        answer = self.answers.pop(0) if self.answers else None
        if answer is None or getattr(answer, "arrived", False):
            self.times[key] = self.times.get(key, 0) + (key not in self.sent)
            self.sent[key] = message
        if isinstance(answer, Exception):
            raise answer
        return answer or Accepted(reference=f"ref-{key}")

    def find(self, key: str) -> Any:
        return Accepted(reference=f"ref-{key}") if key in self.sent else NeverSent()

    def verify(self, call: Any, at: datetime) -> Any:
        raise NotImplementedError

    def parse(self, payload: bytes) -> tuple[Event, ...]:
        return self.events[payload]


@dataclass
class Office:
    """The people and cases that tests talk about, by name."""

    staff: Mapping[str, Staff]
    at: datetime

    def __getattr__(self, name: str) -> Staff:
        if name in self.staff:
            return self.staff[name]
        raise AttributeError(name)

    def matter(self, n: int = 1) -> Any:
        found_ = matters.by_number(f"AJ{self.at:%Y}{n:05d}")
        assert found_
        return found_

    def debtor(self, n: int = 1) -> Any:
        return matters.debtor_of(self.matter(n).loan)


def open_office(at: datetime = MORNING) -> Office:
    """Found the lender at `at` and give its people by user name."""
    copied(("lender", at), lambda: found(at=at))
    return Office({s.username: s for s in Staff.objects.all()}, at)


COMPANY = {
    "client": "示例汽车金融有限公司", "funder": "示例银行股份有限公司", "batch_no": "B1", "product": "汽车抵押贷款",
    "contract_no": "QC-COMPANY-1", "receipt_no": "JJ-COMPANY-1", "case_no": "AJ-C-1", "principal": 100000,
    "placed_amount": 10000, "overdue_principal": 9000, "overdue_interest": 900, "penalty": 100, "outstanding_total": 60000,
    "outstanding_principal": 55000, "dpd": 40, "name": "示例运输有限公司", "kind": "company", "id_type": "uscc",
    "id_no": "91999999MA0000001X", "mobiles": ["13900000001"],
}  # fmt: skip


def place_company(office: Office, **more: Any) -> tuple[Any, Any]:
    """A company's loan comes in and is 李娜's to work on: the case and the company."""
    today = office.at.date()
    days = {
        "placed_on": today,
        "due_back_on": today,
        "overdue_since": today - timedelta(days=40),
        "as_of": today,
    }
    case = {**COMPANY, **days, **more}
    take_in(cases=[case], filename="companies.csv", body=str(case).encode(), by="test", at=office.at)
    matter = matters.by_number(COMPANY["case_no"])
    assert matter
    matter_verbs.assign(matter=matter, to=office.lina, reason="分案", by=office.wangmin, at=office.at)
    return matter, matters.debtor_of(matter.loan)
