"""One sitting of an exam: drawn, handed in within its time and marked, or run out (R8)."""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class Exam(StrEnum):
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    RUN_OUT = "run_out"


E = Exam

MACHINE = Machine(
    name="exam",
    start=E.RUNNING,
    next={
        E.RUNNING: frozenset({E.PASSED, E.FAILED, E.RUN_OUT}),
        E.PASSED: frozenset(),
        E.FAILED: frozenset(),
        E.RUN_OUT: frozenset(),
    },
    owner={E.RUNNING: "staff", E.PASSED: "nobody", E.FAILED: "nobody", E.RUN_OUT: "nobody"},
    zh={E.RUNNING: "考试中", E.PASSED: "已通过", E.FAILED: "未通过", E.RUN_OUT: "已超时"},
)
