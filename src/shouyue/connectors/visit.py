"""Visits. Gate: review after the fact. We decide whether two people go, when and what for; not what is said there.

`send` hands a work order to the field app: `to` is the address, `account` the two visitors (userids, comma between),
`text` what may be said, `not_after` when they must have left. The report comes back as AttemptReported: who was met,
the result of the field guide (`NOCAR`, `CARSEEN` …), place and photographs.
"""

from __future__ import annotations

from shouyue.connectors.channel import Outgoing
from shouyue.connectors.gateway import Gateway
from shouyue.terms import Channel, Gate


class FieldApp(Gateway):
    """Work orders for visits."""

    channel = Channel.VISIT
    gate = Gate.AFTER

    def refusal_of(self, message: Outgoing) -> str:
        visitors = {one.strip() for one in message.account.split(",") if one.strip()}
        if len(visitors) < 2:
            return "a visit is made by two people; fewer are named"
        if not message.to.strip():
            return "a visit needs an address"
        return "" if message.not_after else "a visit needs the moment by which it must be over"
