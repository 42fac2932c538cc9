"""The special procedure to realise a security interest, 实现担保物权 (民诉法 207-208): no trial, and no dispute of substance."""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class Realisation(StrEnum):
    PREPARING = "preparing"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REVIEW = "review"
    RULING = "ruling"
    EFFECTIVE = "effective"
    ENFORCEMENT = "enforcement"
    TERMINATED_FOR_NOW = "terminated_for_now"
    RESUMED = "resumed"
    DONE = "done"
    SETTLED = "settled"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


R = Realisation

MACHINE = Machine(
    name="realisation",
    start=R.PREPARING,
    next={
        R.PREPARING: frozenset({R.SUBMITTED, R.WITHDRAWN}),
        R.SUBMITTED: frozenset({R.ACCEPTED, R.DISMISSED, R.WITHDRAWN}),
        R.ACCEPTED: frozenset({R.REVIEW, R.SETTLED, R.WITHDRAWN}),
        R.REVIEW: frozenset({R.RULING, R.DISMISSED, R.SETTLED, R.WITHDRAWN}),
        R.RULING: frozenset({R.EFFECTIVE, R.DISMISSED}),  # an objection may still bring it down
        R.EFFECTIVE: frozenset({R.ENFORCEMENT, R.DONE}),
        R.ENFORCEMENT: frozenset({R.TERMINATED_FOR_NOW, R.SETTLED, R.DONE}),
        R.TERMINATED_FOR_NOW: frozenset({R.RESUMED, R.DONE}),
        R.RESUMED: frozenset({R.TERMINATED_FOR_NOW, R.SETTLED, R.DONE}),
        R.DONE: frozenset(),
        R.SETTLED: frozenset(),
        R.DISMISSED: frozenset(),  # a dispute of substance: sue instead, in a track of its own
        R.WITHDRAWN: frozenset(),
    },
    owner={
        R.PREPARING: "legal",
        R.SUBMITTED: "court",
        R.ACCEPTED: "court",
        R.REVIEW: "court",
        R.RULING: "court",
        R.EFFECTIVE: "legal",
        R.ENFORCEMENT: "court",
        R.TERMINATED_FOR_NOW: "legal",
        R.RESUMED: "court",
        R.DONE: "nobody",
        R.SETTLED: "nobody",
        R.DISMISSED: "nobody",
        R.WITHDRAWN: "nobody",
    },
    zh={
        R.PREPARING: "准备",
        R.SUBMITTED: "提交申请",
        R.ACCEPTED: "受理",
        R.REVIEW: "审查",
        R.RULING: "裁定",
        R.EFFECTIVE: "生效",
        R.ENFORCEMENT: "拍卖变卖",
        R.TERMINATED_FOR_NOW: "终本",
        R.RESUMED: "恢复执行",
        R.DONE: "执行完毕",
        R.SETTLED: "和解结案",
        R.DISMISSED: "驳回",
        R.WITHDRAWN: "撤回",
    },
)
