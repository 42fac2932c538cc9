"""A counterpart for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from shouyue.connectors.channel import Call, CallbackRefused, Event
from shouyue.connectors.rehearsal.server import Rehearsal
from shouyue.connectors.wecom import reading
from shouyue.connectors.wecom.client import Client
from shouyue.connectors.wecom.envelope import Door


class Desk:
    """The least of a desk: a door, a memory of what came in, and of what it refused."""

    def __init__(self) -> None:
        self.door: Door | None = None
        self.kept: dict[str, Event] = {}
        self.told = 0
        self.refused: list[CallbackRefused] = []

    def take(self, call: Call) -> int:
        assert self.door is not None
        try:
            found = self.door.verify(call, datetime.now(UTC))
        except CallbackRefused as no:
            self.refused.append(no)
            return no.status
        for event in reading.parse(found.payload):
            self.told += 1
            self.kept.setdefault(event.external_id, event)
        return 200

    def of(self, kind: type) -> list:
        return [event for event in self.kept.values() if isinstance(event, kind)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def wecom(desk: Desk) -> Iterator[Rehearsal]:
    """A counterpart whose borrowers do everything at once and whose callbacks reach `desk`."""
    with Rehearsal(pace=0, deliver=desk.take) as running:
        desk.door = running.settings.door()
        yield running


@pytest.fixture
def client(wecom: Rehearsal) -> Iterator[Client]:
    made = wecom.settings.client()
    yield made
    made.close()
