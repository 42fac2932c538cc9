"""Mediation with judicial confirmation: talk, agree, apply together within the time the law gives, then it can be enforced."""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class Mediation(StrEnum):
    PREPARING = "preparing"
    ASKED = "asked"
    IN_SESSION = "in_session"
    AGREED = "agreed"
    CONFIRMATION = "confirmation"
    EFFECTIVE = "effective"
    ENFORCEMENT = "enforcement"
    TERMINATED_FOR_NOW = "terminated_for_now"
    RESUMED = "resumed"
    DONE = "done"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


M = Mediation

MACHINE = Machine(
    name="mediation",
    start=M.PREPARING,
    next={
        M.PREPARING: frozenset({M.ASKED, M.WITHDRAWN}),
        M.ASKED: frozenset({M.IN_SESSION, M.FAILED, M.WITHDRAWN}),  # it takes both: a refusal ends it
        M.IN_SESSION: frozenset({M.AGREED, M.FAILED, M.WITHDRAWN}),
        M.AGREED: frozenset({M.CONFIRMATION, M.DONE, M.FAILED}),
        M.CONFIRMATION: frozenset({M.EFFECTIVE, M.FAILED}),
        M.EFFECTIVE: frozenset({M.ENFORCEMENT, M.DONE}),
        M.ENFORCEMENT: frozenset({M.TERMINATED_FOR_NOW, M.DONE}),
        M.TERMINATED_FOR_NOW: frozenset({M.RESUMED, M.DONE}),
        M.RESUMED: frozenset({M.TERMINATED_FOR_NOW, M.DONE}),
        M.DONE: frozenset(),
        M.FAILED: frozenset(),
        M.WITHDRAWN: frozenset(),
    },
    owner={
        M.PREPARING: "legal",
        M.ASKED: "mediator",
        M.IN_SESSION: "mediator",
        M.AGREED: "legal",
        M.CONFIRMATION: "court",
        M.EFFECTIVE: "legal",
        M.ENFORCEMENT: "court",
        M.TERMINATED_FOR_NOW: "legal",
        M.RESUMED: "court",
        M.DONE: "nobody",
        M.FAILED: "nobody",
        M.WITHDRAWN: "nobody",
    },
    zh={
        M.PREPARING: "准备",
        M.ASKED: "申请调解",
        M.IN_SESSION: "调解中",
        M.AGREED: "达成协议",
        M.CONFIRMATION: "申请司法确认",
        M.EFFECTIVE: "确认生效",
        M.ENFORCEMENT: "强制执行",
        M.TERMINATED_FOR_NOW: "终本",
        M.RESUMED: "恢复执行",
        M.DONE: "履行完毕",
        M.FAILED: "调解不成",
        M.WITHDRAWN: "撤回",
    },
)
