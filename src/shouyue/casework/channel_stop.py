"""How far a channel has been stopped, and what no switch can stop until a person has done it and somebody has seen that it is so."""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class ChannelStop(StrEnum):
    STOPPED = "stopped"  # everything that leaves here passes our own gate: nothing leaves
    BY_HAND = "by_hand"  # a person can still reach the customer: they are told, and have something to do
    SAID_DONE = "said_done"  # the member says that they have done it
    RECONCILED = "reconciled"  # the channel says so too, or a second person has looked
    LIFTED = "lifted"


C = ChannelStop

MACHINE = Machine(
    name="channel stop",
    start=C.BY_HAND,
    next={
        C.STOPPED: frozenset({C.LIFTED}),
        C.BY_HAND: frozenset({C.SAID_DONE, C.RECONCILED, C.LIFTED}),
        C.SAID_DONE: frozenset({C.RECONCILED, C.LIFTED}),
        C.RECONCILED: frozenset({C.LIFTED}),
        C.LIFTED: frozenset(),
    },
    owner={
        C.STOPPED: "system",
        C.BY_HAND: "the member",
        C.SAID_DONE: "supervisor",
        C.RECONCILED: "system",
        C.LIFTED: "nobody",
    },
    zh={
        C.STOPPED: "已停",
        C.BY_HAND: "须人工处理",
        C.SAID_DONE: "称已处理",
        C.RECONCILED: "已核对",
        C.LIFTED: "已恢复",
    },
)
