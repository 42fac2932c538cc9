"""Letters. Gate: hard: the letter house prints only what we hand over.

`to` is the name and postal address, one line each; `subject` the heading; `text` the letter. A receipt says delivered,
refused at the door, or returned, which is evidence of service (送达) wherever the contract has an address clause.
"""

from __future__ import annotations

from shouyue.connectors.channel import Outgoing
from shouyue.connectors.gateway import Gateway
from shouyue.terms import Channel, Gate


class LetterHouse(Gateway):
    """Letters through a house that prints, posts and tells what became of them."""

    channel = Channel.LETTER
    gate = Gate.HARD

    def refusal_of(self, message: Outgoing) -> str:
        lines = [line for line in message.to.splitlines() if line.strip()]
        if len(lines) < 2:
            return "a letter needs a name and an address, one line each"
        if not message.subject or not message.text.strip():
            return "a letter needs a heading and a text"
        return ""
