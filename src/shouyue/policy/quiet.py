"""The hours in which nobody is contacted, asked of the gate with nothing but hour and zone known, and what was agreed of nights."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shouyue.policy.contacts import Contacts
from shouyue.policy.decision import Effect, Spoken
from shouyue.policy.facts import Facts
from shouyue.policy.gate import decide
from shouyue.policy.pack import Pack
from shouyue.terms import Channel, Direction, PartyRole


def closed(
    pack: Pack,
    zone: str,
    at: datetime,
    channel: Channel = Channel.SMS,
    agreed: Mapping[str, Any] | None = None,
) -> list[Spoken]:
    """The rules that forbid contact with a debtor living in `zone` at this hour: those that block for a time. `agreed` is
    their own agreement to night contact, as a fact."""
    known = {
        "channel": str(channel),
        "direction": str(Direction.OUTBOUND),
        "recipient.role": str(PartyRole.DEBTOR),
        "recipient.utc_offset": int(
            (at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()).total_seconds()
        ),
        "sender.name": "…",
        "night_consent": agreed,
        "text": "",
    }
    # a pack of one time zone does not ask where somebody lives
    facts = Facts.of({name: value for name, value in known.items() if name in pack.facts}, Contacts.of([]))
    return [s for s in decide(pack, facts, at).spoken if s.effect == Effect.BLOCK and s.until]
