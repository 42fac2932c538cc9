"""An agency 诚和 that is listed, inspected and under contract, with its member `tiaojie`."""

from __future__ import annotations

from datetime import date

import pytest

from shouyue.desk.agencies import actions
from shouyue.desk.people import actions as people

TODAY = date(2026, 3, 10)
NAME = "示例诚和信用服务有限公司"


@pytest.fixture
def agency(office, settings):
    settings.SENDERS = frozenset({*settings.SENDERS, NAME})  # its SMS signature is registered
    row = people.admit_agency(
        name=NAME, kind="agency", registration_no="91999999MA00000001", contract_no="WT-2026-01",
        contract_from=date(2026, 1, 1), contract_until=date(2026, 12, 31), channels=["sms", "phone"], by=office.sunli, at=office.at,
    )  # fmt: skip
    people.join_agency(staff=office.tiaojie, agency=row, by=office.sunli, at=office.at)
    office.tiaojie.refresh_from_db()
    return row


@pytest.fixture
def listed(office, agency):
    actions.inspect(
        agency=agency,
        on=date(2026, 2, 1),
        on_site=True,
        found="录音齐全，无违规",
        by=office.sunli,
        at=office.at,
    )
    return actions.put_on_list(agency=agency, why="准入评估通过", by=office.sunli, at=office.at)


@pytest.fixture
def placed(office, listed):
    return actions.entrust(
        matter=office.matter(5), agency=listed, to=office.tiaojie, until=date(2026, 6, 30), by=office.wangmin, at=office.at
    )  # fmt: skip


@pytest.fixture
def told(office, placed):
    return actions.tell(
        entrustment=placed.pk, receipt="EMS 1000999 本人签收", by=office.wangmin, at=office.at
    )
