"""Somebody says that the gate stopped a message wrongly; another officer looks. The message stays stopped either way (R9)."""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class BlockAppeal(StrEnum):
    OPEN = "open"
    RIGHT = "right"
    WRONG = "wrong"


B = BlockAppeal

MACHINE = Machine(
    name="block appeal",
    start=B.OPEN,
    next={B.OPEN: frozenset({B.RIGHT, B.WRONG}), B.RIGHT: frozenset(), B.WRONG: frozenset()},
    owner={B.OPEN: "compliance", B.RIGHT: "nobody", B.WRONG: "nobody"},
    zh={B.OPEN: "待复核", B.RIGHT: "拦截正确", B.WRONG: "误拦"},
)
