"""What a table of states is. A process is one table: which state may follow which, and who owns each.

The picture in the docs is drawn from the table (`diagram`), so the two cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", bound=StrEnum)


class ImpossibleStep(Exception):
    """The process cannot go from where it is to where it was told to go."""


@dataclass(frozen=True)
class Machine(Generic[S]):
    """A process: `next` has a line for every state, `owner` says whose move it is, `zh` how it is shown."""

    name: str
    start: S
    next: Mapping[S, frozenset[S]]
    owner: Mapping[S, str]
    zh: Mapping[S, str]

    def __post_init__(self) -> None:
        states = set(type(self.start))
        for table, what in ((self.next, "next"), (self.owner, "owner"), (self.zh, "zh")):
            if set(table) != states:
                raise ValueError(f"{self.name}: {what} lacks or invents {set(table) ^ states}")

    def check(self, now: S, then: S) -> None:
        """Raise ImpossibleStep, naming what would be possible, unless `then` may follow `now`."""
        if then not in self.next[now]:
            able = ", ".join(sorted(self.next[now])) or "nothing: it has ended"
            raise ImpossibleStep(f"{self.name}: from {now} the next step cannot be {then}; possible: {able}")

    def ended(self, state: S) -> bool:
        return not self.next[state]

    def diagram(self) -> str:
        """The process as a Mermaid state diagram, states in order of the enum."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.start}"]
        for state in type(self.start):
            lines.append(f"    {state}: {state} {self.zh[state]}")
            lines += [
                f"    {state} --> {then}" for then in sorted(self.next[state], key=list(type(state)).index)
            ]
            if self.ended(state):
                lines.append(f"    {state} --> [*]")
        return "\n".join(lines)
