"""One step of an emergency plan. Which steps a plan has, and in which order, is data in the pack (`playbooks.yaml`).

What a person must do runs beside what follows it: no step of the desk waits for somebody to come back from lunch.
"""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class Step(StrEnum):
    AHEAD = "ahead"
    RUNNING = "running"
    DONE = "done"
    LEFT_OUT = "left_out"  # with the reason: there is nothing to do it to, or a person says why not


S = Step

MACHINE = Machine(
    name="emergency step",
    start=S.AHEAD,
    next={
        S.AHEAD: frozenset({S.RUNNING}),
        S.RUNNING: frozenset({S.DONE, S.LEFT_OUT}),
        S.DONE: frozenset(),
        S.LEFT_OUT: frozenset(),
    },
    owner={S.AHEAD: "nobody", S.RUNNING: "who the step names", S.DONE: "nobody", S.LEFT_OUT: "nobody"},
    zh={S.AHEAD: "未开始", S.RUNNING: "进行中", S.DONE: "已完成", S.LEFT_OUT: "未执行"},
)
