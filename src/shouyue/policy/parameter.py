"""A number of the law on a date. A date before its first value has no value, and that is said, never guessed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shouyue.policy.decision import Text


class NoValue(LookupError):
    """The parameter has no value on that date: the contact waits for a person."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number (or time of day, or list of days): what it is, its unit, its values by the date they took effect,
    where it comes from, and when somebody last checked."""

    id: str
    what: Text
    unit: str
    cites: tuple[str, ...]
    checked: date
    confidence: str
    since: Sequence[date]
    values: Sequence[Any]
    stricter: str = "lower"  # which way an overlay may move it: lower, higher, or fixed
    file: str = ""

    def on(self, day: date) -> Any:
        place = bisect_right(self.since, day)
        if place == 0:
            raise NoValue(f"{self.id} has no value on {day}; its first is from {self.since[0]}")
        return self.values[place - 1]
