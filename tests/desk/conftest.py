"""Fixtures for the slices: a desk with a lender on it, and channels in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shouyue.desk.messages import channels
from shouyue.terms import Channel
from tests.office import Office, Wire, open_office


@pytest.fixture
def office(db: None) -> Office:
    return open_office()


@pytest.fixture
def wires() -> Iterator[dict[str, Wire]]:
    """SMS and WeCom in memory."""
    made = {"sms": Wire(Channel.SMS), "wecom": Wire(Channel.WECOM)}
    for name, wire in made.items():
        channels.connect(name, sends=wire, door=wire, parse=wire.parse)
    yield made
    channels.disconnect_all()
