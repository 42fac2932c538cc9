"""Two pairs of eyes, a reason, a deadline, a stand-in (R12)."""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class Approval(StrEnum):
    OPEN = "open"
    HELD = "held"
    HALF = "half"
    ESCALATED = "escalated"
    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


A = Approval

MACHINE = Machine(
    name="approval",
    start=A.OPEN,
    next={
        A.OPEN: frozenset({A.HELD, A.HALF, A.ESCALATED, A.GRANTED, A.REFUSED, A.WITHDRAWN}),
        A.HELD: frozenset({A.HALF, A.ESCALATED, A.GRANTED, A.REFUSED, A.LAPSED, A.WITHDRAWN}),
        A.HALF: frozenset({A.HELD, A.ESCALATED, A.GRANTED, A.REFUSED, A.LAPSED, A.WITHDRAWN}),
        A.ESCALATED: frozenset({A.HELD, A.HALF, A.GRANTED, A.REFUSED, A.LAPSED, A.WITHDRAWN}),
        A.GRANTED: frozenset(),
        A.REFUSED: frozenset(),
        A.LAPSED: frozenset(),
        A.WITHDRAWN: frozenset(),
    },
    owner={
        A.OPEN: "supervisor",
        A.HELD: "supervisor",
        A.HALF: "supervisor",
        A.ESCALATED: "compliance",
        A.GRANTED: "nobody",
        A.REFUSED: "nobody",
        A.LAPSED: "nobody",
        A.WITHDRAWN: "nobody",
    },
    zh={
        A.OPEN: "待审批",
        A.HELD: "暂扣核查",
        A.HALF: "待第二人",
        A.ESCALATED: "已上报",
        A.GRANTED: "已批准",
        A.REFUSED: "已拒绝",
        A.LAPSED: "已失效",
        A.WITHDRAWN: "已撤回",
    },
)
