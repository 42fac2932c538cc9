"""An agency or mediator that acts for the lender: on the published list or not (R21)."""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class Agency(StrEnum):
    CANDIDATE = "candidate"
    LISTED = "listed"
    RECALLED = "recalled"
    ENDED = "ended"


A = Agency

MACHINE = Machine(
    name="agency",
    start=A.CANDIDATE,
    next={
        A.CANDIDATE: frozenset({A.LISTED, A.ENDED}),
        A.LISTED: frozenset({A.RECALLED, A.ENDED}),
        A.RECALLED: frozenset({A.LISTED, A.ENDED}),
        A.ENDED: frozenset({A.LISTED}),  # under a new contract
    },
    owner={A.CANDIDATE: "compliance", A.LISTED: "agency", A.RECALLED: "compliance", A.ENDED: "compliance"},
    zh={A.CANDIDATE: "待准入", A.LISTED: "已公示", A.RECALLED: "已叫停", A.ENDED: "合同终止"},
)
