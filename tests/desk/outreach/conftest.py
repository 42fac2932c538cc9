"""A lender's desk, and a first message to its first borrower."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from shouyue.desk.matters import actions as matters
from shouyue.desk.messages import outbound
from shouyue.terms import Channel, Purpose

POLITE = "【示例汽车金融有限公司】您好，我是示例汽车金融有限公司工作人员李娜，工号1023。请您方便时回电400-000-0000。"


@pytest.fixture
def texted(office, wires) -> Any:
    """An SMS thread with 张伟, and what the gate made of a first polite message in it."""
    thread = matters.open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.NOTICE, channel=Channel.SMS,
        account=office.matter().loan.client, owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip
    return outbound.propose(
        id=uuid.uuid4(), thread=thread, text=POLITE, acknowledged=True, by=office.lina, at=office.at
    )
