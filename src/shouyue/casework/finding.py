"""What a reviewer found in a contact that had happened: it stands, may be appealed, is remedied or set aside (R9)."""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class Level(StrEnum):
    """How bad a contact was, as a reviewer sees it."""

    CLEAN = "clean"
    MINOR = "minor"
    SERIOUS = "serious"
    GRAVE = "grave"


class Finding(StrEnum):
    STANDS = "stands"
    APPEALED = "appealed"
    UPHELD = "upheld"
    SET_ASIDE = "set_aside"
    REMEDIED = "remedied"


F = Finding

MACHINE = Machine(
    name="finding",
    start=F.STANDS,
    next={
        F.STANDS: frozenset({F.APPEALED, F.REMEDIED}),
        F.APPEALED: frozenset({F.UPHELD, F.SET_ASIDE}),
        F.UPHELD: frozenset({F.REMEDIED}),
        F.REMEDIED: frozenset(),
        F.SET_ASIDE: frozenset(),
    },
    owner={
        F.STANDS: "staff",
        F.APPEALED: "compliance",
        F.UPHELD: "compliance",
        F.REMEDIED: "nobody",
        F.SET_ASIDE: "nobody",
    },
    zh={
        F.STANDS: "已认定",
        F.APPEALED: "申诉中",
        F.UPHELD: "维持",
        F.SET_ASIDE: "已撤销",
        F.REMEDIED: "已整改",
    },
)
