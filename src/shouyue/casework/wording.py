"""A wording of the lender's own (话术): proposed by one officer, put in force by another, replaced by its next version."""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class Wording(StrEnum):
    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    RETIRED = "retired"


W = Wording

MACHINE = Machine(
    name="wording",
    start=W.PROPOSED,
    next={
        W.PROPOSED: frozenset({W.IN_FORCE, W.REFUSED}),
        W.IN_FORCE: frozenset({W.RETIRED}),
        W.REFUSED: frozenset(),
        W.RETIRED: frozenset(),
    },
    owner={W.PROPOSED: "compliance", W.IN_FORCE: "nobody", W.REFUSED: "nobody", W.RETIRED: "nobody"},
    zh={W.PROPOSED: "待第二人审定", W.IN_FORCE: "使用中", W.REFUSED: "未通过", W.RETIRED: "已停用"},
)
