"""How much somebody's conduct calls for help, in points with their grounds. A list to look at, never a judgment by itself.

Each ground counts rows of the last ninety days, that anybody may open and the member may contest: a finding by appeal, a block by
saying that the rule does not fit. What is contested, set aside or was a false block counts for nothing until it is answered.
Having been provoked is no fault: it is shown because it is where help is due first, and counts little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

SPAN = timedelta(days=90)

# points for each, and at most so many from one ground; the product's own choice, changed in the open
POINTS: Mapping[str, tuple[int, int]] = {
    "finding_grave": (60, 120),
    "finding_serious": (25, 75),
    "finding_minor": (8, 24),
    "would_block": (15, 45),  # contacts that happened and that the gate would stop with what is known now
    "red_attempt": (6, 30),  # messages that the gate stopped for words of the red line
    "provoked": (2, 10),
}
HIGH_FROM, MIDDLE_FROM = 60, 25


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason: how many rows, and how many points they give."""

    word: str
    count: int

    @property
    def points(self) -> int:
        each, most = POINTS[self.word]
        return min(most, each * self.count)


@dataclass(frozen=True, slots=True)
class Risk:
    """Somebody's points with their grounds, the heaviest first."""

    grounds: tuple[Ground, ...]

    @property
    def points(self) -> int:
        return sum(ground.points for ground in self.grounds)

    @property
    def level(self) -> str:
        return "high" if self.points >= HIGH_FROM else "middle" if self.points >= MIDDLE_FROM else "low"


def weigh(counts: Mapping[str, int]) -> Risk:
    """The risk of these counts; a count of nothing is no ground."""
    found: Sequence[Ground] = [Ground(word, n) for word, n in counts.items() if n > 0]
    return Risk(tuple(sorted(found, key=lambda ground: (-ground.points, ground.word))))
