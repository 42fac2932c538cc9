"""Times somebody asked to be spared. `times` names a fact: entries with `days` (0 Monday; absent = every day), `start` and
`end` on the person's own clock (absent = all day) and `until` (a last date). `zones` names the fact with the zones the
person may be in; the wish holds if it holds in any of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shouyue.clocks.calendar import DAYS, UnknownZone, zone
from shouyue.clocks.window import AllOf, Except, Hours
from shouyue.policy.contacts import DAY, microseconds, moment
from shouyue.policy.facts import UNKNOWN
from shouyue.policy.kinds.base import Plain
from shouyue.policy.kinds.hours import SECOND, clock, on_the_wall
from shouyue.policy.match import as_date, seconds
from shouyue.policy.parameter import Parameter
from shouyue.policy.reading import Written
from shouyue.policy.table import MAYBE, NO, YES, Table, Truth

KEYS = ("times", "zones")


@dataclass(frozen=True, slots=True)
class Avoid(Plain):
    times: str
    zones: str

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.times, self.zones)

    def judge(self, table: Table) -> Truth:
        at = np.atleast_1d(np.asarray(table.at))
        result = np.full(len(at), MAYBE, np.uint8)
        for rows, (times, zones) in table.groups(self.times, self.zones):
            if times is UNKNOWN or (times and (zones is UNKNOWN or not zones)):
                continue
            spared = np.zeros(len(at[rows]), np.bool_)
            try:
                walls = [on_the_wall(at[rows], name) for name in (zones if times else ())]
            except UnknownZone:
                continue
            for wall in walls:
                for wish in times:
                    spared |= _asked(wish, wall)
            result[rows] = np.where(spared, np.uint8(YES), np.uint8(NO))
        return int(result[0]) if table.single else result

    def _spared(self, table: Table, at: datetime) -> Iterator[Hours]:
        """The hours to keep clear of that are still asked for at `at`."""
        for name in table.value(self.zones):
            for t in table.value(self.times):
                if t.get("until") is None or at.astimezone(zone(name)).date() <= as_date(t["until"]):
                    days = t.get("days")
                    yield Hours(
                        name,
                        clock(t.get("start"), time.min),
                        clock(t.get("end"), time.min),
                        None if days is None else frozenset(days),
                    )

    def until(self, table: Table) -> int | None:
        """The end of the stretch, or of the first wish that runs out before it."""
        assert isinstance(table.at, int)
        at = moment(table.at)
        found = AllOf(tuple(Except(h) for h in self._spared(table, at))).next(at)
        ends = [microseconds(found)] if found is not None else []
        for name in table.value(self.zones):
            for t in table.value(self.times):
                if t.get("until") is not None:
                    last = datetime.combine(as_date(t["until"]) + timedelta(days=1), time.min, zone(name))
                    ends += [microseconds(last)] if last > at else []
        return min(ends, default=None)

    def detail(self, table: Table) -> Mapping[str, Any]:
        times = table.value(self.times)
        return {"avoided": "; ".join(_words(t) for t in (() if times is UNKNOWN else times or ()))}


def _asked(wish: Mapping[str, Any], wall: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Does the wish cover these wall-clock times? Hours over midnight belong to the day on which they began."""
    day, time_of_day = wall // DAY, wall % DAY
    start, end = (seconds(wish[k]) * SECOND if wish.get(k) else 0 for k in ("start", "end"))
    end = end or DAY
    days = wish.get("days")
    on = np.isin(np.arange(7), list(range(7) if days is None else days))
    weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
    if start < end:
        covered = (time_of_day >= start) & (time_of_day < end) & on[weekday]
    else:
        covered = ((time_of_day >= start) & on[weekday]) | ((time_of_day < end) & on[(weekday - 1) % 7])
    if wish.get("until") is not None:
        covered &= day <= (as_date(wish["until"]) - date(1970, 1, 1)).days
    return covered


def _words(t: Mapping[str, Any]) -> str:
    days = t.get("days")
    named = "every day" if days is None or len(days) == 7 else " ".join(DAYS[d] for d in days)
    hours = (
        f" {t.get('start') or '00:00'}-{t.get('end') or '24:00'}" if t.get("start") or t.get("end") else ""
    )
    return named + hours + (f" until {t['until']}" if t.get("until") else "")


def read(ground: Written, parameters: Mapping[str, Parameter]) -> Avoid:
    return Avoid(ground.need("times"), ground.need("zones"))
