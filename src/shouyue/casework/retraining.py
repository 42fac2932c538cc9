"""Training that must be taken again, after a violation or a change of law; not done in time, the certificate falls (R8)."""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class Retraining(StrEnum):
    OPEN = "open"
    OVERDUE = "overdue"
    DONE = "done"
    LIFTED = "lifted"


R = Retraining

MACHINE = Machine(
    name="retraining",
    start=R.OPEN,
    next={
        R.OPEN: frozenset({R.OVERDUE, R.DONE, R.LIFTED}),
        R.OVERDUE: frozenset({R.DONE, R.LIFTED}),
        R.DONE: frozenset(),
        R.LIFTED: frozenset(),
    },
    owner={R.OPEN: "staff", R.OVERDUE: "staff", R.DONE: "nobody", R.LIFTED: "nobody"},
    zh={R.OPEN: "待复训", R.OVERDUE: "逾期未复训", R.DONE: "已完成", R.LIFTED: "已免除"},
)
