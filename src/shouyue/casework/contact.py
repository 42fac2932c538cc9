"""One contact with a person, on any channel, in either direction (R1)."""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class Contact(StrEnum):
    # ours
    BLOCKED = "blocked"
    AWAITING_APPROVAL = "awaiting_approval"
    SCHEDULED = "scheduled"
    LEAVING = "leaving"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    UNKNOWN = "unknown"
    FAILED = "failed"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    # theirs
    RECEIVED = "received"


C = Contact

MACHINE = Machine(
    name="contact",
    start=C.SCHEDULED,
    next={
        C.BLOCKED: frozenset(),
        C.AWAITING_APPROVAL: frozenset({C.SCHEDULED, C.RETURNED, C.CANCELLED}),
        C.SCHEDULED: frozenset({C.LEAVING, C.RETURNED, C.CANCELLED, C.SCHEDULED}),
        C.LEAVING: frozenset({C.ACCEPTED, C.FAILED, C.UNKNOWN, C.SCHEDULED}),
        C.UNKNOWN: frozenset({C.ACCEPTED, C.FAILED, C.SCHEDULED}),
        C.ACCEPTED: frozenset({C.DELIVERED, C.FAILED, C.CANCELLED}),
        C.DELIVERED: frozenset(),
        C.FAILED: frozenset(),
        C.RETURNED: frozenset(),
        C.CANCELLED: frozenset(),
        C.RECEIVED: frozenset(),
    },
    owner={
        C.BLOCKED: "collector",
        C.AWAITING_APPROVAL: "supervisor",
        C.SCHEDULED: "system",
        C.LEAVING: "system",
        C.ACCEPTED: "system",
        C.DELIVERED: "nobody",
        C.UNKNOWN: "system",
        C.FAILED: "collector",
        C.RETURNED: "collector",
        C.CANCELLED: "nobody",
        C.RECEIVED: "collector",
    },
    zh={
        C.BLOCKED: "已拦截",
        C.AWAITING_APPROVAL: "待审批",
        C.SCHEDULED: "待发出",
        C.LEAVING: "发送中",
        C.ACCEPTED: "已提交",
        C.DELIVERED: "已送达",
        C.UNKNOWN: "结果不明",
        C.FAILED: "发送失败",
        C.RETURNED: "已退回",
        C.CANCELLED: "已取消",
        C.RECEIVED: "已收到",
    },
)
