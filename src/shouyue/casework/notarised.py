"""A notarised enforceable deed, 赋强公证: no trial; the notary certifies, the court enforces (公证法 37, 民诉法 249)."""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class Notarised(StrEnum):
    PREPARING = "preparing"
    CERTIFICATE_REQUESTED = "certificate_requested"
    CERTIFIED = "certified"
    ENFORCEMENT = "enforcement"
    TERMINATED_FOR_NOW = "terminated_for_now"
    RESUMED = "resumed"
    DONE = "done"
    SETTLED = "settled"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


N = Notarised

MACHINE = Machine(
    name="notarised",
    start=N.PREPARING,
    next={
        N.PREPARING: frozenset({N.CERTIFICATE_REQUESTED, N.WITHDRAWN}),
        N.CERTIFICATE_REQUESTED: frozenset({N.CERTIFIED, N.REFUSED, N.SETTLED, N.WITHDRAWN}),
        N.CERTIFIED: frozenset({N.ENFORCEMENT, N.SETTLED, N.DONE}),
        N.ENFORCEMENT: frozenset({N.TERMINATED_FOR_NOW, N.SETTLED, N.DONE, N.REFUSED}),
        N.TERMINATED_FOR_NOW: frozenset({N.RESUMED, N.DONE}),
        N.RESUMED: frozenset({N.TERMINATED_FOR_NOW, N.SETTLED, N.DONE}),
        N.DONE: frozenset(),
        N.SETTLED: frozenset(),
        N.REFUSED: frozenset(),  # by the notary, or the court does not enforce: sue instead, in a track of its own
        N.WITHDRAWN: frozenset(),
    },
    owner={
        N.PREPARING: "legal",
        N.CERTIFICATE_REQUESTED: "notary",
        N.CERTIFIED: "legal",
        N.ENFORCEMENT: "court",
        N.TERMINATED_FOR_NOW: "legal",
        N.RESUMED: "court",
        N.DONE: "nobody",
        N.SETTLED: "nobody",
        N.REFUSED: "nobody",
        N.WITHDRAWN: "nobody",
    },
    zh={
        N.PREPARING: "准备",
        N.CERTIFICATE_REQUESTED: "申请执行证书",
        N.CERTIFIED: "出具执行证书",
        N.ENFORCEMENT: "强制执行",
        N.TERMINATED_FOR_NOW: "终本",
        N.RESUMED: "恢复执行",
        N.DONE: "执行完毕",
        N.SETTLED: "和解结案",
        N.REFUSED: "不予出具/不予执行",
        N.WITHDRAWN: "撤回",
    },
)
