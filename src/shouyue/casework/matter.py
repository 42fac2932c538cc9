"""A matter: one overdue loan's business, from new to closed (field guide, section 3, "case")."""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class Matter(StrEnum):
    NEW = "new"
    ASSIGNED = "assigned"
    WORKING = "working"
    PROMISED = "promised"
    MEDIATING = "mediating"
    DISPUTED = "disputed"
    HARDSHIP = "hardship"
    LEGAL = "legal"
    ENFORCING = "enforcing"
    CLOSED = "closed"


M = Matter
_BUSY = {M.WORKING, M.PROMISED, M.MEDIATING, M.DISPUTED, M.HARDSHIP, M.LEGAL}

MACHINE = Machine(
    name="matter",
    start=M.NEW,
    next={
        M.NEW: frozenset({M.ASSIGNED, M.CLOSED}),
        M.ASSIGNED: frozenset(_BUSY | {M.CLOSED}),
        **{state: frozenset((_BUSY - {state}) | {M.CLOSED}) for state in _BUSY - {M.LEGAL}},
        M.LEGAL: frozenset({M.ENFORCING, M.MEDIATING, M.WORKING, M.CLOSED}),
        M.ENFORCING: frozenset({M.LEGAL, M.CLOSED}),
        M.CLOSED: frozenset(),
    },
    owner={
        M.NEW: "supervisor",
        M.ASSIGNED: "collector",
        M.WORKING: "collector",
        M.PROMISED: "collector",
        M.MEDIATING: "collector",
        M.DISPUTED: "compliance",
        M.HARDSHIP: "collector",
        M.LEGAL: "legal",
        M.ENFORCING: "legal",
        M.CLOSED: "nobody",
    },
    zh={
        M.NEW: "新案",
        M.ASSIGNED: "已分案",
        M.WORKING: "催收中",
        M.PROMISED: "承诺还款",
        M.MEDIATING: "调解中",
        M.DISPUTED: "争议中",
        M.HARDSHIP: "困难协商",
        M.LEGAL: "诉讼中",
        M.ENFORCING: "执行中",
        M.CLOSED: "结案",
    },
)
