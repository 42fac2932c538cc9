"""A borrower's friend request, from the moment it is seen to the moment the friendship is accounted for (R2, R12).

WeCom has no interface that accepts or refuses a request. `approved` is permission for a manual act by the member;
`reconciled` says that the friendship which then appeared is the one that was approved. A friendship that appears
without approval is an `orphan`, and an incident.
"""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class FriendRequest(StrEnum):
    SEEN = "seen"
    IDENTITY_PENDING = "identity_pending"
    IDENTITY_FAILED = "identity_failed"
    IDENTITY_PROVED = "identity_proved"
    APPROVAL_PENDING = "approval_pending"
    APPROVED = "approved"
    ACCEPTED_BY_MEMBER = "accepted_by_member"
    RECONCILED = "reconciled"
    REFUSED = "refused"
    EXPIRED = "expired"
    ORPHAN = "orphan"
    ENDED = "ended"


F = FriendRequest

MACHINE = Machine(
    name="friend request",
    start=F.SEEN,
    next={
        F.SEEN: frozenset({F.IDENTITY_PENDING, F.REFUSED, F.EXPIRED, F.ORPHAN}),
        F.IDENTITY_PENDING: frozenset({F.IDENTITY_PROVED, F.IDENTITY_FAILED, F.REFUSED, F.EXPIRED, F.ORPHAN}),
        F.IDENTITY_FAILED: frozenset({F.IDENTITY_PROVED, F.REFUSED, F.EXPIRED, F.ORPHAN}),
        F.IDENTITY_PROVED: frozenset({F.APPROVAL_PENDING, F.REFUSED, F.EXPIRED, F.ORPHAN}),
        F.APPROVAL_PENDING: frozenset({F.APPROVED, F.REFUSED, F.EXPIRED, F.ORPHAN}),
        F.APPROVED: frozenset({F.ACCEPTED_BY_MEMBER, F.RECONCILED, F.REFUSED, F.EXPIRED}),
        F.ACCEPTED_BY_MEMBER: frozenset({F.RECONCILED, F.EXPIRED}),
        F.RECONCILED: frozenset({F.ENDED}),
        F.REFUSED: frozenset({F.ENDED, F.ORPHAN}),
        F.EXPIRED: frozenset({F.ENDED, F.ORPHAN}),
        F.ORPHAN: frozenset({F.ENDED}),
        F.ENDED: frozenset(),
    },
    owner={
        F.SEEN: "collector",
        F.IDENTITY_PENDING: "borrower",
        F.IDENTITY_FAILED: "borrower",
        F.IDENTITY_PROVED: "borrower",
        F.APPROVAL_PENDING: "supervisor",
        F.APPROVED: "collector",
        F.ACCEPTED_BY_MEMBER: "system",
        F.RECONCILED: "collector",
        F.REFUSED: "system",
        F.EXPIRED: "system",
        F.ORPHAN: "supervisor",
        F.ENDED: "nobody",
    },
    zh={
        F.SEEN: "已发现",
        F.IDENTITY_PENDING: "待核身",
        F.IDENTITY_FAILED: "核身未通过",
        F.IDENTITY_PROVED: "已核身",
        F.APPROVAL_PENDING: "待审批",
        F.APPROVED: "已批准",
        F.ACCEPTED_BY_MEMBER: "成员已接受",
        F.RECONCILED: "已核对",
        F.REFUSED: "已拒绝",
        F.EXPIRED: "已过期",
        F.ORPHAN: "未批先加",
        F.ENDED: "已结束",
    },
)
