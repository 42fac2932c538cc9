"""Arbitration: final in one instance, enforced by a court."""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class Arbitration(StrEnum):
    PREPARING = "preparing"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    TRIBUNAL = "tribunal"
    HEARING = "hearing"
    AWARD = "award"
    EFFECTIVE = "effective"
    ENFORCEMENT = "enforcement"
    TERMINATED_FOR_NOW = "terminated_for_now"
    RESUMED = "resumed"
    DONE = "done"
    SETTLED = "settled"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


A = Arbitration

MACHINE = Machine(
    name="arbitration",
    start=A.PREPARING,
    next={
        A.PREPARING: frozenset({A.SUBMITTED, A.WITHDRAWN}),
        A.SUBMITTED: frozenset({A.ACCEPTED, A.DISMISSED, A.WITHDRAWN}),
        A.ACCEPTED: frozenset({A.TRIBUNAL, A.DISMISSED, A.SETTLED, A.WITHDRAWN}),
        A.TRIBUNAL: frozenset({A.HEARING, A.SETTLED, A.WITHDRAWN}),
        A.HEARING: frozenset({A.AWARD, A.DISMISSED, A.SETTLED, A.WITHDRAWN}),
        A.AWARD: frozenset({A.EFFECTIVE}),
        A.EFFECTIVE: frozenset({A.ENFORCEMENT, A.DONE, A.DISMISSED}),  # dismissed: set aside by a court
        A.ENFORCEMENT: frozenset({A.TERMINATED_FOR_NOW, A.SETTLED, A.DONE, A.DISMISSED}),
        A.TERMINATED_FOR_NOW: frozenset({A.RESUMED, A.DONE}),
        A.RESUMED: frozenset({A.TERMINATED_FOR_NOW, A.SETTLED, A.DONE}),
        A.DONE: frozenset(),
        A.SETTLED: frozenset(),
        A.DISMISSED: frozenset(),
        A.WITHDRAWN: frozenset(),
    },
    owner={
        A.PREPARING: "legal",
        A.SUBMITTED: "tribunal",
        A.ACCEPTED: "tribunal",
        A.TRIBUNAL: "tribunal",
        A.HEARING: "tribunal",
        A.AWARD: "tribunal",
        A.EFFECTIVE: "legal",
        A.ENFORCEMENT: "court",
        A.TERMINATED_FOR_NOW: "legal",
        A.RESUMED: "court",
        A.DONE: "nobody",
        A.SETTLED: "nobody",
        A.DISMISSED: "nobody",
        A.WITHDRAWN: "nobody",
    },
    zh={
        A.PREPARING: "准备",
        A.SUBMITTED: "提交申请",
        A.ACCEPTED: "受理",
        A.TRIBUNAL: "组庭",
        A.HEARING: "开庭",
        A.AWARD: "裁决",
        A.EFFECTIVE: "生效",
        A.ENFORCEMENT: "强制执行",
        A.TERMINATED_FOR_NOW: "终本",
        A.RESUMED: "恢复执行",
        A.DONE: "执行完毕",
        A.SETTLED: "和解结案",
        A.DISMISSED: "驳回/撤销",
        A.WITHDRAWN: "撤回",
    },
)
