"""Mediation by a third party. Gate: review after the fact: the mediator speaks, not we.

`send` invites: `to` is the person's number, `account` the mediation body, `text` the invitation with its subject. What the
sessions brought comes back as AttemptReported (`result`: agreed, failed, adjourned, not_come; `words`: the terms).
"""

from __future__ import annotations

from shouyue.connectors.channel import Outgoing
from shouyue.connectors.gateway import Gateway
from shouyue.terms import Channel, Gate


class MediationBody(Gateway):
    """Invitations through a mediation body's platform."""

    channel = Channel.MEDIATION
    gate = Gate.AFTER

    def refusal_of(self, message: Outgoing) -> str:
        if not message.account:
            return "the mediation body is not named"
        return "" if message.text.strip() else "an invitation says what is to be mediated"
