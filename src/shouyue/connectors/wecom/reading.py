"""Kept bytes of any WeCom source, read into events: a callback is XML, an item of an inbox or the archive is JSON."""

from __future__ import annotations

import json

from shouyue.connectors.channel import Event
from shouyue.connectors.wecom import archive, customer_service, events


def parse(payload: bytes) -> tuple[Event, ...]:
    """Events of one kept payload, wherever it came from."""
    if not payload.lstrip().startswith(b"{"):
        return events.parse(payload)
    try:
        item = json.loads(payload)
    except ValueError:
        return customer_service.parse(payload)
    return archive.parse(payload) if "publickey_ver" in item else customer_service.parse(payload)
