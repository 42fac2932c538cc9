"""Telephone. Gate: hard for what goes through the dialler: it dials only what we hand over, and until `not_after`.

What is said in the call cannot be stopped, only prepared (`text` is the script shown to the caller) and reviewed from
the recording. A member's own telephone dials by hand: what the gate let go is told to the member, and to nobody else.
The result comes back as AttemptReported: connected or not, seconds, the dialler's result, the recording.
"""

from __future__ import annotations

import re

from shouyue.connectors.channel import Accepted, Outgoing
from shouyue.connectors.gateway import Gateway
from shouyue.terms import Channel, Gate


class Dialler(Gateway):
    """Calls handed to a dialler. `to` is the number, `account` the caller's number shown, `text` the script."""

    channel = Channel.PHONE
    gate = Gate.HARD

    def refusal_of(self, message: Outgoing) -> str:
        if not re.fullmatch(r"1[3-9][0-9]{9}|0[0-9]{9,11}", message.to):
            return "a call goes to a mobile number of 11 digits or to a landline with its area code"
        if not re.fullmatch(r"[0-9]{5,12}", message.account):
            return "the caller's own number must be shown; none is given"
        return (
            ""
            if message.not_after
            else "a call needs its last lawful moment: the dialler may be hours behind"
        )


class OwnTelephone:
    """A member's own telephone: nothing leaves the desk. That the gate let the call go is all that there is to hand over."""

    name = "own_phone"
    channel = Channel.PHONE
    gate = Gate.AFTER

    def send(self, message: Outgoing, key: str) -> Accepted:
        return Accepted(key)

    def find(self, key: str) -> Accepted:
        return Accepted(key)
