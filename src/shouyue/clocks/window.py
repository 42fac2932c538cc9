"""Allowed hours, and the next lawful moment: the first at which every window is open.

A window answers two questions: is it open at a moment, and when is it next open. Wall clocks jump when summer time begins
and ends; a window follows the wall clock of its zone, so an hour that does not exist is never allowed and an hour that
happens twice is allowed twice.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol

from shouyue.clocks.calendar import Calendar, zone
from shouyue.clocks.span import Span, joined

_DAY = timedelta(days=1)
_HORIZON = timedelta(days=400)  # a window closed for longer opens "never", as far as a collector is concerned


class Window(Protocol):
    """`next(at)` is the first moment from `at` on at which the window is open, None if not within 400 days."""

    def allows(self, at: datetime) -> bool: ...

    def next(self, at: datetime) -> datetime | None: ...


@dataclass(frozen=True)
class Hours:
    """Open from `opens` until just before `closes` on the wall clock of `where`; over midnight if it closes earlier.

    `days` are the weekdays (0 Monday) on which it opens, all if None. With `calendar` it opens on working days only;
    `days` and `calendar` look at the day on which it opened. Equal times mean all day.
    """

    where: str
    opens: time
    closes: time
    days: frozenset[int] | None = None
    calendar: Calendar | None = None

    def allows(self, at: datetime) -> bool:
        wall = at.astimezone(zone(self.where))
        clock, day = wall.time(), wall.date()
        if self.opens < self.closes:
            return self.opens <= clock < self.closes and self._opens_on(day)
        if clock >= self.opens:
            return self._opens_on(day)
        return clock < self.closes and self._opens_on(day - _DAY)

    def next(self, at: datetime) -> datetime | None:
        day = at.astimezone(zone(self.where)).date()
        for n in range(-1, _HORIZON.days):
            for span in self._open_on(day + n * _DAY):
                if span.end is not None and span.end > at:
                    return max(at, span.start)
        return None

    def until(self, at: datetime) -> datetime:
        """The end of the stretch of openness that `at` stands in."""
        day = at.astimezone(zone(self.where)).date()
        near = joined(s for n in (-1, 0, 1) for s in self._open_on(day + n * _DAY))
        return next(s.end for s in near if at in s and s.end is not None)

    def _opens_on(self, day: date) -> bool:
        if self.days is not None and day.weekday() not in self.days:
            return False
        return self.calendar is None or self.calendar.is_working(day)

    def _open_on(self, day: date) -> tuple[Span[datetime], ...]:
        """The moments (UTC) that belong to the opening of that local day."""
        if not self._opens_on(day):
            return ()
        parts = [(day, self.opens, self.closes)]
        if self.opens >= self.closes > time.min:
            parts = [(day, self.opens, time.min), (day + _DAY, time.min, self.closes)]
        return joined(s for part in parts for s in on_the_wall(self.where, *part))


@dataclass(frozen=True)
class Outside:
    """Open except in these spans of moments: a freeze, a quiet period, a call limit that has been used up."""

    spans: tuple[Span[datetime], ...]

    def allows(self, at: datetime) -> bool:
        return not any(at in span for span in self.spans)

    def next(self, at: datetime) -> datetime | None:
        for span in joined(self.spans):
            if at in span:
                return span.end
        return at


@dataclass(frozen=True)
class AnyOf:
    """Open when at least one of these is."""

    windows: tuple[Window, ...]

    def allows(self, at: datetime) -> bool:
        return any(w.allows(at) for w in self.windows)

    def next(self, at: datetime) -> datetime | None:
        return min((m for w in self.windows if (m := w.next(at)) is not None), default=None)


@dataclass(frozen=True)
class Except:
    """Open when `window` is closed: hours somebody asked us to avoid."""

    window: Hours

    def allows(self, at: datetime) -> bool:
        return not self.window.allows(at)

    def next(self, at: datetime) -> datetime | None:
        limit = at + _HORIZON
        while self.window.allows(at):
            at = self.window.until(at)
            if at > limit:
                return None
        return at


@dataclass(frozen=True)
class AllOf:
    """Open when every one of these is. Moving to the latest `next` of all until nobody moves any more gives the first
    common moment: each step is the least that one of them demands."""

    windows: tuple[Window, ...]

    def allows(self, at: datetime) -> bool:
        return all(w.allows(at) for w in self.windows)

    def next(self, at: datetime) -> datetime | None:
        limit = at + _HORIZON
        while at <= limit:
            wanted = [w.next(at) for w in self.windows]
            if any(m is None for m in wanted):
                return None
            latest = max((m for m in wanted if m is not None), default=at)
            if latest <= at:
                return at
            at = latest
        return None


def next_lawful(at: datetime, windows: Iterable[Window]) -> datetime | None:
    """The first moment from `at` on that all windows allow, in the zone of `at`; None if there is none within 400 days."""
    found = AllOf(tuple(windows)).next(at)
    return found.astimezone(at.tzinfo) if found is not None else None


@lru_cache(maxsize=4096)
def on_the_wall(where: str, day: date, start: time, end: time) -> tuple[Span[datetime], ...]:
    """The moments (UTC) at which the wall clock of `where` shows `day` and a time in [start, end); midnight as end is
    the end of the day. More than one span, or a shorter one, on the days on which the clock is changed."""
    begin = datetime.combine(day, start)
    stop = datetime.combine(day, end) if end != time.min else datetime.combine(day + _DAY, time.min)
    result: list[Span[datetime]] = []
    for span, offset in _steady(where, day):
        low = max((begin - offset).replace(tzinfo=UTC), span.start)
        high = min((stop - offset).replace(tzinfo=UTC), span.end or span.start)
        if low < high:
            result.append(Span(low, high))
    return joined(result)


@lru_cache(maxsize=4096)
def _steady(where: str, day: date) -> tuple[tuple[Span[datetime], timedelta], ...]:
    """The stretches of UTC around a local day (a day on either side) on which the zone keeps one offset."""
    z = zone(where)

    def offset(at: datetime) -> timedelta:
        return at.astimezone(z).utcoffset() or timedelta()

    first = datetime.combine(day - _DAY, time.min, UTC)
    last = datetime.combine(day + 2 * _DAY, time.min, UTC)
    edges = [first]
    hour = timedelta(hours=1)
    at = first
    while at < last:
        low, high = at, at + hour
        if offset(low) != offset(high):  # clocks change on a whole second within this hour: find it
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
            edges.append(high)
        at += hour
    edges.append(last)
    return tuple((Span(a, b), offset(a)) for a, b in itertools.pairwise(edges))
