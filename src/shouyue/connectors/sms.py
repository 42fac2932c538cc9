"""Text messages. Gate: hard. Nothing leaves but through us, so every word, hour and count can be stopped before.

`Outgoing.account` is the signature that the operator registered (without brackets); it is put in front as 【…】.
"""

from __future__ import annotations

import re

from shouyue.connectors.channel import Outgoing
from shouyue.connectors.gateway import Gateway
from shouyue.terms import Channel, Gate

MOST_PARTS = 8
_GSM = re.compile(r"[\x20-\x7e\n\r£¥§èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¡ÄÖÑÜ¿äöñüà]*")


def whole_text(message: Outgoing) -> str:
    """What the phone will show: the signature, then the words."""
    return f"【{message.account}】{message.text}"


def parts(text: str) -> int:
    """How many messages an operator makes (and bills) of this text: 70 characters each, 67 where there are several."""
    one, several = (160, 153) if _GSM.fullmatch(text) else (70, 67)
    size = len(text) if one == 160 else len(text.encode("utf-16-le")) // 2
    return 1 if size <= one else -(-size // several)


class Sms(Gateway):
    """Text messages through a gateway."""

    channel = Channel.SMS
    gate = Gate.HARD

    def refusal_of(self, message: Outgoing) -> str:
        if not re.fullmatch(r"1[3-9][0-9]{9}", message.to):
            return f"a text message goes to a mobile number of 11 digits; this one has {len(message.to)} characters"
        if not 2 <= len(message.account) <= 20:
            return "the signature has 2 to 20 characters; operators drop messages without one"
        if not message.text.strip():
            return "there is no text"
        count = parts(whole_text(message))
        return f"it would be {count} messages; at most {MOST_PARTS} are sent" if count > MOST_PARTS else ""
