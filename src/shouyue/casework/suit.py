"""A suit, from the first paper to the last payment (field guide, section 3, "litigation")."""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class Suit(StrEnum):
    PREPARING = "preparing"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    PRE_TRIAL_MEDIATION = "pre_trial_mediation"
    CONFIRMATION = "confirmation"
    PRESERVATION = "preservation"
    HEARING = "hearing"
    JUDGMENT = "judgment"
    APPEAL = "appeal"
    EFFECTIVE = "effective"
    ENFORCEMENT = "enforcement"
    TERMINATED_FOR_NOW = "terminated_for_now"
    RESUMED = "resumed"
    DONE = "done"
    SETTLED = "settled"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


S = Suit

MACHINE = Machine(
    name="suit",
    start=S.PREPARING,
    next={
        S.PREPARING: frozenset({S.SUBMITTED, S.WITHDRAWN}),
        S.SUBMITTED: frozenset({S.ACCEPTED, S.PRE_TRIAL_MEDIATION, S.DISMISSED, S.WITHDRAWN}),
        S.ACCEPTED: frozenset(
            {S.PRE_TRIAL_MEDIATION, S.PRESERVATION, S.HEARING, S.DISMISSED, S.SETTLED, S.WITHDRAWN}
        ),
        S.PRE_TRIAL_MEDIATION: frozenset({S.CONFIRMATION, S.ACCEPTED, S.SETTLED, S.WITHDRAWN}),
        S.CONFIRMATION: frozenset({S.EFFECTIVE, S.ACCEPTED, S.DISMISSED}),
        S.PRESERVATION: frozenset({S.HEARING, S.SETTLED, S.WITHDRAWN}),
        S.HEARING: frozenset({S.JUDGMENT, S.SETTLED, S.DISMISSED, S.WITHDRAWN}),
        S.JUDGMENT: frozenset({S.APPEAL, S.EFFECTIVE}),
        S.APPEAL: frozenset({S.EFFECTIVE, S.HEARING}),  # a second hearing where the case is sent back
        S.EFFECTIVE: frozenset({S.ENFORCEMENT, S.DONE, S.DISMISSED}),
        S.ENFORCEMENT: frozenset({S.TERMINATED_FOR_NOW, S.SETTLED, S.DONE}),
        S.TERMINATED_FOR_NOW: frozenset({S.RESUMED, S.DONE}),
        S.RESUMED: frozenset({S.TERMINATED_FOR_NOW, S.SETTLED, S.DONE}),
        S.DONE: frozenset(),
        S.SETTLED: frozenset(),
        S.DISMISSED: frozenset(),
        S.WITHDRAWN: frozenset(),
    },
    owner={
        S.PREPARING: "legal",
        S.SUBMITTED: "court",
        S.ACCEPTED: "legal",
        S.PRE_TRIAL_MEDIATION: "mediator",
        S.CONFIRMATION: "court",
        S.PRESERVATION: "court",
        S.HEARING: "court",
        S.JUDGMENT: "legal",
        S.APPEAL: "court",
        S.EFFECTIVE: "legal",
        S.ENFORCEMENT: "court",
        S.TERMINATED_FOR_NOW: "legal",
        S.RESUMED: "court",
        S.DONE: "nobody",
        S.SETTLED: "nobody",
        S.DISMISSED: "nobody",
        S.WITHDRAWN: "nobody",
    },
    zh={
        S.PREPARING: "准备",
        S.SUBMITTED: "提交立案",
        S.ACCEPTED: "受理",
        S.PRE_TRIAL_MEDIATION: "诉前调解",
        S.CONFIRMATION: "司法确认",
        S.PRESERVATION: "财产保全",
        S.HEARING: "开庭",
        S.JUDGMENT: "判决/调解书",
        S.APPEAL: "上诉",
        S.EFFECTIVE: "生效",
        S.ENFORCEMENT: "强制执行",
        S.TERMINATED_FOR_NOW: "终本",
        S.RESUMED: "恢复执行",
        S.DONE: "执行完毕",
        S.SETTLED: "和解结案",
        S.DISMISSED: "驳回",
        S.WITHDRAWN: "撤回",
    },
)
