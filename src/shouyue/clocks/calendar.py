"""Working days: which days a calendar counts, holidays and make-up working days given as data, local days of a person.

A calendar is told its holidays year by year, as the notices are published, or by a rule that a statute fixes for every
year. A year it was not told about is an error: nobody knows yet which days will be free.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ONE = timedelta(days=1)


class UnknownYear(Exception):
    """The calendar was not told the holidays of that year."""


class UnknownZone(Exception):
    """There is no such time zone."""


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """The zone of that IANA name, with its daylight-saving history."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownZone(
            f"{name!r} is no time zone; an IANA name such as Asia/Shanghai is expected"
        ) from error


def local_day(at: datetime, where: str) -> date:
    """The date on the wall at `at` where the person is."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no zone; a moment needs one, for instance +08:00")
    return at.astimezone(zone(where)).date()


@dataclass(frozen=True, slots=True)
class Year:
    """One year's notice: days off that would be working days or not, and weekend days that are worked instead."""

    holidays: Mapping[date, str]
    working: Mapping[date, str] = field(default_factory=dict)
    cite: str = ""


@dataclass(frozen=True, slots=True)
class Annual:
    """A holiday that a statute fixes for every year from `since` on: a date, or the nth weekday of a month (-1 the last).

    With `observed`, a Saturday's holiday is also kept on the Friday before and a Sunday's on the Monday after.
    """

    name: str
    month: int
    day: int | None = None
    weekday: int | None = None
    nth: int | None = None
    since: int = 1
    observed: bool = False

    def on(self, year: int) -> tuple[date, ...]:
        """The days off it gives, which may lie in the neighbouring year (1 January on a Saturday)."""
        if year < self.since:
            return ()
        if self.day is not None:
            fixed = date(year, self.month, self.day)
            shift = {5: -1, 6: 1}.get(fixed.weekday()) if self.observed else None
            return (fixed,) if shift is None else (fixed, fixed + shift * _ONE)
        assert self.weekday is not None and self.nth is not None
        if self.nth > 0:
            first = date(year, self.month, 1)
            return (first + timedelta(days=(self.weekday - first.weekday()) % 7 + 7 * (self.nth - 1)),)
        last = date(year + self.month // 12, self.month % 12 + 1, 1) - _ONE
        return (last - timedelta(days=(last.weekday() - self.weekday) % 7 - 7 * (self.nth + 1)),)


def _days(written: Mapping[Any, Any] | None) -> dict[date, str]:
    """Days by date, whether the file's reader made dates of the keys or left them as text."""
    return {
        d if isinstance(d, date) else date.fromisoformat(d): str(name) for d, name in (written or {}).items()
    }


@dataclass(frozen=True)
class Calendar:
    """Which days are worked. Known are the years of `years`, or every year from `annual_from` on where a statute rules."""

    name: str
    years: Mapping[int, Year] = field(default_factory=dict)
    annual: tuple[Annual, ...] = ()
    annual_from: int | None = None
    weekend: frozenset[int] = frozenset({5, 6})

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Calendar:
        """From a pack's calendar file::

        name: cn
        weekend: [Sat, Sun]
        years:
          2026: {cite: 国办发明电〔2025〕7号, holidays: {2026-01-01: 元旦}, working: {2026-01-04: 元旦}}
        # or, where a statute fixes them:
        annual_from: 2021
        annual:
          - {name: New Year's Day, month: 1, day: 1, observed: true}
          - {name: Labor Day, month: 9, weekday: Mon, nth: 1}
        """
        years = {
            int(number): Year(_days(y.get("holidays")), _days(y.get("working")), str(y.get("cite", "")))
            for number, y in (data.get("years") or {}).items()
        }
        for number, year in years.items():
            strange = [d for d in (*year.holidays, *year.working) if d.year != number]
            if strange or (twice := sorted(set(year.holidays) & set(year.working))):
                found = f"{strange[0]} is no day of it" if strange else f"{twice[0]} is both free and worked"
                raise ValueError(f"calendar {data.get('name')}, year {number}: {found}")
        annual = tuple(
            Annual(**{**a, "weekday": DAYS.index(a["weekday"]) if "weekday" in a else None})
            for a in data.get("annual", ())
        )
        weekend = frozenset(DAYS.index(d) for d in data.get("weekend", ("Sat", "Sun")))
        return cls(str(data["name"]), years, annual, data.get("annual_from"), weekend)

    def knows(self, year: int) -> bool:
        return year in self.years or (self.annual_from is not None and year >= self.annual_from)

    def holiday(self, day: date) -> str | None:
        """The name of the holiday on that day, or None. UnknownYear where the year's notice is missing."""
        if not self.knows(day.year):
            told = f"it knows {min(self.years)} to {max(self.years)}" if self.years else "it knows none"
            if self.annual_from is not None:
                told = f"it begins in {self.annual_from}"
            raise UnknownYear(f"calendar {self.name} was not told the holidays of {day.year}; {told}")
        if day.year in self.years:
            return self.years[day.year].holidays.get(day)
        return next(
            (a.name for y in (day.year, day.year + 1, day.year - 1) for a in self.annual if day in a.on(y)),
            None,
        )

    def is_working(self, day: date) -> bool:
        """A day of work: no holiday, and no weekend unless it is worked in exchange for a holiday."""
        if self.holiday(day) is not None:
            return False
        worked = day.year in self.years and day in self.years[day.year].working
        return worked or day.weekday() not in self.weekend

    def _working(self, after: date, step: timedelta) -> Iterator[date]:
        while True:
            after += step
            if self.is_working(after):
                yield after

    def roll(self, day: date) -> date:
        """The day itself, or the first working day after the rest days it falls in."""
        return day if self.is_working(day) else next(self._working(day, _ONE))

    def add(self, day: date, working_days: int) -> date:
        """The nth working day after `day` (which is not counted); before it where the number is negative."""
        if working_days == 0:
            return day
        days = self._working(day, _ONE if working_days > 0 else -_ONE)
        for _ in range(abs(working_days) - 1):
            next(days)
        return next(days)

    def between(self, start: date, end: date) -> int:
        """How many working days there are in [start, end)."""
        return sum(self.is_working(start + timedelta(days=n)) for n in range((end - start).days))
