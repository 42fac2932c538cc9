"""What is counted, and against what. A figure is a part over a whole, or the middle of many spans of time; never one without
the other's number beside it.

Formulas are those of the field guide, section 7, in the words of `console/board/words.py`; `reads` finds the rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo


class Figure(StrEnum):
    RECOVERY = "recovery"
    ROLL = "roll"
    PROMISE_KEPT = "promise_kept"
    PROMISE_KEPT_AMOUNT = "promise_kept_amount"
    REACHED = "reached"
    BLOCKED = "blocked"
    FALSE_BLOCK = "false_block"
    ESCAPE = "escape"
    REVIEWED = "reviewed"
    APPROVAL_TIME = "approval_time"
    COMPLAINTS = "complaints"
    TIME_TO_STOP = "time_to_stop"
    ORPHANS = "orphans"
    CERTIFIED = "certified"


class Unit(StrEnum):
    """How a figure is said: a share in percent, a number for each ten thousand, or a span of time (median and 95th)."""

    SHARE = "share"
    PER_10_000 = "per_10_000"
    SPAN = "span"


class By(StrEnum):
    TEAM = "team"
    CHANNEL = "channel"
    CLIENT = "client"
    AGENCY = "agency"
    WEEK = "week"
    STAGE = "stage"


UNIT = {
    **dict.fromkeys(Figure, Unit.SHARE),
    Figure.COMPLAINTS: Unit.PER_10_000,
    Figure.APPROVAL_TIME: Unit.SPAN,
    Figure.TIME_TO_STOP: Unit.SPAN,
}

# what a figure can be parted by; what is not here would be a number that means nothing
PARTED: dict[Figure, tuple[By, ...]] = {
    Figure.RECOVERY: (By.TEAM, By.AGENCY, By.CLIENT, By.WEEK, By.STAGE),
    Figure.ROLL: (By.STAGE, By.TEAM, By.AGENCY, By.CLIENT),
    Figure.PROMISE_KEPT: (By.TEAM, By.AGENCY, By.CHANNEL, By.CLIENT, By.WEEK),
    Figure.PROMISE_KEPT_AMOUNT: (By.TEAM, By.AGENCY, By.CHANNEL, By.CLIENT, By.WEEK),
    Figure.REACHED: (By.TEAM, By.AGENCY, By.CHANNEL, By.CLIENT, By.WEEK),
    Figure.BLOCKED: (By.TEAM, By.AGENCY, By.CHANNEL, By.CLIENT, By.WEEK),
    Figure.FALSE_BLOCK: (By.TEAM, By.AGENCY, By.CHANNEL, By.CLIENT, By.WEEK),
    Figure.ESCAPE: (By.TEAM, By.AGENCY, By.CHANNEL, By.CLIENT, By.WEEK),
    Figure.REVIEWED: (By.TEAM, By.AGENCY, By.CHANNEL, By.CLIENT, By.WEEK),
    Figure.APPROVAL_TIME: (By.TEAM, By.AGENCY, By.CHANNEL, By.WEEK),
    Figure.COMPLAINTS: (By.TEAM, By.AGENCY, By.CLIENT, By.WEEK),
    Figure.TIME_TO_STOP: (By.TEAM, By.AGENCY, By.CLIENT, By.WEEK),
    Figure.ORPHANS: (By.TEAM, By.AGENCY, By.CHANNEL, By.WEEK),
    Figure.CERTIFIED: (By.TEAM, By.AGENCY),
}

# what is counted is money; of every other figure it is rows, cases or time
AMOUNTS = frozenset({Figure.RECOVERY, Figure.ROLL, Figure.PROMISE_KEPT_AMOUNT})

# a result is never shown for a team without how the people behind it were treated
RESULTS = frozenset(
    {Figure.RECOVERY, Figure.ROLL, Figure.PROMISE_KEPT, Figure.PROMISE_KEPT_AMOUNT, Figure.REACHED}
)
BESIDE = (Figure.BLOCKED, Figure.COMPLAINTS)


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the lender's calendar, `until` not among them. Raises ValueError for one that has no day or too many."""

    since: date
    until: date

    def __post_init__(self) -> None:
        if not self.since < self.until:
            raise ValueError(f"the period ends on {self.until}, before it begins on {self.since}")
        if self.until - self.since > timedelta(days=1100):
            raise ValueError("a period has three years at most")

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        return (
            datetime.combine(self.since, time.min, zone),
            datetime.combine(self.until, time.min, zone),
        )


@dataclass(frozen=True, slots=True)
class Count:
    """A part and the whole it is of. A whole of nothing has no share, which is not zero."""

    part: Decimal = Decimal(0)
    whole: Decimal = Decimal(0)

    @property
    def share(self) -> Decimal | None:
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Spans:
    """Many spans of time, in seconds: how many, their median and the 95th of a hundred (nearest rank)."""

    n: int
    median: int | None = None
    p95: int | None = None

    @classmethod
    def of(cls, seconds: list[int]) -> Spans:
        if not seconds:
            return cls(0)
        ordered = sorted(seconds)
        return cls(len(ordered), ordered[_rank(len(ordered), 50)], ordered[_rank(len(ordered), 95)])


def _rank(n: int, percent: int) -> int:
    return max(0, math.ceil(n * percent / 100) - 1)
