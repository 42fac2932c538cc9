"""The words everyone shares. A term is here when two packages need it; nothing here knows how to do anything.

Names follow the field guide's glossary; each enum's values are what is stored, sealed and read from files.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Channel(StrEnum):
    """How a contact travels. Product requirement R1: phone, SMS, instant messages, face to face, mediation."""

    PHONE = "phone"
    AI_CALL = "ai_call"
    SMS = "sms"
    WECOM = "wecom"  # a member's chat in WeCom 企业微信
    KF = "kf"  # WeChat customer service 微信客服: the company speaks, not a member
    WECHAT_PERSONAL = "wechat_personal"
    WECHAT_GROUP = "wechat_group"
    WECOM_GROUP = "wecom_group"
    EMAIL = "email"
    LETTER = "letter"
    VISIT = "visit"
    MEDIATION = "mediation"
    PORTAL = "portal"  # the borrower's own page
    INTERNAL = "internal"  # an act of the lender that reaches nobody


class Direction(StrEnum):
    """Who began the contact."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"
    REPLY = "reply"  # ours, answering theirs
    INBOUND_FRIEND_REQUEST = "inbound_friend_request"
    OUTBOUND_FRIEND_REQUEST = "outbound_friend_request"


class PartyRole(StrEnum):
    """What somebody is to one loan. The first three owe; the others do not and must not learn of the debt."""

    DEBTOR = "debtor"
    CO_BORROWER = "co_borrower"
    GUARANTOR = "guarantor"
    LEGAL_REPRESENTATIVE = "legal_representative"
    LAWYER = "lawyer"
    SPOUSE = "spouse"
    HEIR = "heir"
    RESERVED_CONTACT = "reserved_contact"
    UNRELATED = "unrelated"
    UNVERIFIED = "unverified"

    @property
    def owes(self) -> bool:
        return self in {PartyRole.DEBTOR, PartyRole.CO_BORROWER, PartyRole.GUARANTOR}


class Purpose(StrEnum):
    """What a thread or a contact is for: one matter, one chat (一事一聊)."""

    NOTICE = "notice"
    NEGOTIATION = "negotiation"
    PROMISE = "promise_follow_up"
    DISPUTE = "dispute"
    HARDSHIP = "hardship"
    COMPLAINT = "complaint"
    DOCUMENTS = "document_exchange"
    MEDIATION = "mediation"
    ASK_CONTACT = "ask_contact"  # to a reserved contact: how can we reach them?
    ASK_RELAY = "ask_relay"  # to a reserved contact: please pass on "call back"


class Gate(StrEnum):
    """What the gate of a channel can really do (architecture decision 7). Shown on screen wherever we write."""

    HARD = "hard"  # nothing leaves before we allow it
    INTERCEPT = "intercept"  # the client stops listed words; the rest is reviewed afterwards
    AFTER = "after"  # only review after the fact


GATE_OF: dict[Channel, Gate] = {
    Channel.PHONE: Gate.HARD,
    Channel.AI_CALL: Gate.HARD,
    Channel.SMS: Gate.HARD,
    Channel.KF: Gate.HARD,
    Channel.EMAIL: Gate.HARD,
    Channel.LETTER: Gate.HARD,
    Channel.PORTAL: Gate.HARD,
    Channel.INTERNAL: Gate.HARD,
    Channel.WECOM: Gate.INTERCEPT,
    Channel.WECOM_GROUP: Gate.INTERCEPT,
    Channel.VISIT: Gate.AFTER,
    Channel.MEDIATION: Gate.AFTER,
    Channel.WECHAT_PERSONAL: Gate.AFTER,
    Channel.WECHAT_GROUP: Gate.AFTER,
}


class Stage(StrEnum):
    """Delinquency buckets 账龄 by days past due (field guide section 5)."""

    M0 = "M0"
    M1 = "M1"
    M2 = "M2"
    M3 = "M3"
    M4 = "M4"
    M5 = "M5"
    M6 = "M6"
    M7 = "M7"

    @classmethod
    def of(cls, days_past_due: int) -> Stage:
        """1–30 days are M1, 31–60 M2, … more than 180 M7."""
        return cls(f"M{min(7, -(-max(0, days_past_due) // 30))}")


@dataclass(frozen=True, slots=True)
class Money:
    """An exact sum in one currency, two places. Never a float."""

    amount: Decimal
    currency: str = "CNY"

    def __post_init__(self) -> None:
        if self.amount != self.amount.quantize(Decimal("0.01")):
            raise ValueError(f"{self.amount} has more than two places; round it where it is computed")

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(self.amount + other.amount, self.currency)

    def __str__(self) -> str:
        return f"{self.amount:,.2f} {self.currency}"
