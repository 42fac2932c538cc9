"""Fixtures of the console: people signed in, and cases that they talk about."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from shouyue.desk.console import frame
from shouyue.desk.console.sign_in.second_factor import BY_DEMO_DOOR
from shouyue.desk.friend_requests import actions as friend_requests
from shouyue.desk.matters import actions as matters
from shouyue.desk.messages import outbound
from shouyue.terms import Channel, Purpose

POLITE = "【示例汽车金融有限公司】您好，我是示例汽车金融有限公司工作人员李娜，工号1023。请您方便时回电400-000-0000。"
RUDE = "再不还钱我们就去你单位，让所有人都知道"


@pytest.fixture
def clock(monkeypatch, office):
    """What time it is at the door; ten in the morning unless a test says otherwise."""

    class Clock:
        at = office.at

        def now(self):
            return self.at

    one = Clock()
    monkeypatch.setattr(frame.Moment, "clock", staticmethod(one.now))
    return one


@pytest.fixture
def sign_in(clock) -> Callable[[Any], Client]:
    """A browser in which this person has signed in, as the demonstration's door does it."""

    def opened(staff: Any, language: str = "zh-hans") -> Client:
        client = Client()
        client.force_login(staff)
        session = client.session
        session[BY_DEMO_DOOR] = True
        session.save()
        client.cookies["django_language"] = language
        return client

    return opened


@pytest.fixture
def thread(office, wires):
    return matters.open_thread(
        matter=office.matter(),
        party=office.debtor(),
        purpose=Purpose.NOTICE,
        channel=Channel.SMS,
        account=office.matter().loan.client,
        owner=office.lina,
        by=office.lina,
        at=office.at,
    )


@pytest.fixture
def said(office, thread):
    """A first message in the thread, whatever the gate made of it."""
    return outbound.propose(
        id=uuid.uuid4(), thread=thread, text=POLITE, acknowledged=True, by=office.lina, at=office.at
    )


@pytest.fixture
def request_seen(office, wires):
    """A friend request that 李娜 reported, matched by the reserved number."""
    return friend_requests.report(
        id=uuid.uuid4(),
        channel="wecom",
        claimed_name="张伟",
        words="我是张伟，想谈谈还款",
        mobile="13800000001",
        screenshot="",
        by=office.lina,
        at=office.at,
    )
