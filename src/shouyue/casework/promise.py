"""A promise to pay: judged by payments alone, never by what somebody says (R7; field guide, sections 2 and 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from shouyue.casework.machine import Machine


class Promise(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    PARTLY_KEPT = "partly_kept"
    BROKEN = "broken"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


P = Promise

MACHINE = Machine(
    name="promise",
    start=P.OPEN,
    next={
        P.OPEN: frozenset({P.KEPT, P.PARTLY_KEPT, P.BROKEN, P.SUPERSEDED, P.CANCELLED}),
        **{state: frozenset() for state in P if state != P.OPEN},
    },
    owner={P.OPEN: "borrower", **{state: "nobody" for state in P if state != P.OPEN}},
    zh={
        P.OPEN: "待履行",
        P.KEPT: "已兑现",
        P.PARTLY_KEPT: "部分兑现",
        P.BROKEN: "跳票",
        P.SUPERSEDED: "被新承诺取代",
        P.CANCELLED: "已取消",
    },
)


@dataclass(frozen=True, slots=True)
class Due:
    """A sum that must have been paid, all payments together, at the end of a day."""

    on: date
    amount: Decimal  # of this promise, or of a plan up to and with this instalment


def judge(due: Due, paid: Decimal, today: date) -> Promise:
    """What has become of a promise, where `paid` came in since it was made and up to `today`.

    Kept as soon as the whole sum is there. Nothing is broken before the last day has ended: on that day it is still open.
    """
    if paid >= due.amount:
        return P.KEPT
    if today <= due.on:
        return P.OPEN
    return P.PARTLY_KEPT if paid > 0 else P.BROKEN
