"""Allowed hours on a person's own clock. Speaks unless it is between `opens` and `closes` in every zone the person may be
in: `zones` names the fact with the list of IANA names, and an empty list is not knowing.

Strictly between: at the very instant of opening or closing it still speaks. `agreed` names a fact with hours the person
agreed to beforehand (entries with start and end), during which it is silent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shouyue.clocks.calendar import UnknownZone, zone
from shouyue.clocks.window import AllOf, AnyOf, Hours, Window
from shouyue.policy.contacts import DAY, microseconds, moment
from shouyue.policy.facts import UNKNOWN
from shouyue.policy.kinds.base import Plain, parameter
from shouyue.policy.match import as_time, seconds
from shouyue.policy.parameter import NoValue, Parameter
from shouyue.policy.reading import Written
from shouyue.policy.table import MAYBE, NO, YES, Table, Truth

KEYS = ("opens", "closes", "zones", "agreed")
SECOND = 1_000_000
QUARTER = 900 * SECOND  # clocks are changed on a quarter of an hour of UTC
_INSTANT = timedelta(microseconds=1)
_NONE = -1


@dataclass(frozen=True, slots=True)
class Allowed(Plain):
    opens: Parameter
    closes: Parameter
    zones: str
    agreed: str | None

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.zones, self.agreed) if self.agreed else (self.zones,)

    def judge(self, table: Table) -> Truth:
        at, day = np.atleast_1d(np.asarray(table.at)), np.atleast_1d(np.asarray(table.day))
        opens, closes = _on_days(self.opens, day), _on_days(self.closes, day)
        result = np.full(len(at), MAYBE, np.uint8)
        for rows, (zones, agreed) in table.groups(self.zones, self.agreed or self.zones):
            if zones in (UNKNOWN, None) or not zones:
                continue
            open_ = np.ones(len(at[rows]), np.bool_)
            try:
                walls = [on_the_wall(at[rows], name) for name in zones]
            except UnknownZone:
                continue  # a name that is no zone is not knowing where
            for wall in walls:
                clock = wall % DAY
                here = (opens[rows] < clock) & (clock < closes[rows])
                for hours in agreed if self.agreed and agreed not in (UNKNOWN, None) else ():
                    here |= between(clock, seconds(hours["start"]) * SECOND, seconds(hours["end"]) * SECOND)
                open_ &= here
            known = (opens[rows] != _NONE) & (closes[rows] != _NONE)
            result[rows] = np.where(known, np.where(open_, np.uint8(NO), np.uint8(YES)), np.uint8(MAYBE))
        return int(result[0]) if table.single else result

    def _window(self, table: Table) -> Window:
        opens = (datetime.combine(datetime.min, as_time(self.opens.on(table.today))) + _INSTANT).time()
        closes = as_time(self.closes.on(table.today))
        agreed = table.value(self.agreed) if self.agreed else None
        spans = [(opens, closes)]
        spans += [
            (as_time(a["start"]), as_time(a["end"])) for a in (() if agreed is UNKNOWN else agreed or ())
        ]
        return AllOf(
            tuple(AnyOf(tuple(Hours(z, start, end) for start, end in spans)) for z in table.value(self.zones))
        )

    def until(self, table: Table) -> int | None:
        assert isinstance(table.at, int)
        found = self._window(table).next(moment(table.at)) if table.value(self.zones) else None
        return None if found is None else microseconds(found)

    def detail(self, table: Table) -> Mapping[str, Any]:
        assert isinstance(table.at, int)
        zones = table.value(self.zones)
        try:
            clocks = [moment(table.at).astimezone(zone(z)) for z in (() if zones is UNKNOWN else zones or ())]
        except UnknownZone:
            clocks = []
        try:
            hours = {"opens": str(self.opens.on(table.today)), "closes": str(self.closes.on(table.today))}
        except NoValue:
            hours = {}
        return {"local_time": ", ".join(c.strftime("%H:%M") for c in clocks), **hours}


def on_the_wall(at: NDArray[np.int64], where: str) -> NDArray[np.int64]:
    """µs of wall-clock time since 1970 in a zone, for moments in µs UTC."""
    quarters, back = np.unique(at // QUARTER, return_inverse=True)
    z = zone(where)
    shift = [(moment(int(q) * QUARTER).astimezone(z).utcoffset() or timedelta()) for q in quarters]
    return at + np.array([int(s.total_seconds()) * SECOND for s in shift], np.int64)[back]


def between(clock: NDArray[np.int64], start: int, end: int) -> NDArray[np.bool_]:
    """[start, end) on the clock, over midnight if it ends before it starts; equal means all day."""
    if start < end:
        return (clock >= start) & (clock < end)
    return (clock >= start) | (clock < end)


def _on_days(wanted: Parameter, day: NDArray[np.int64]) -> NDArray[np.int64]:
    """A time of day by local day, in µs; -1 before its first value."""
    first = np.array([(d - type(d)(1970, 1, 1)).days for d in wanted.since])
    values = np.array([_NONE, *(seconds(v) * SECOND for v in wanted.values)], np.int64)
    return values[np.searchsorted(first, day, side="right")]


def clock(value: Any, otherwise: time) -> time:
    return otherwise if value is None else as_time(value)


def read(ground: Written, parameters: Mapping[str, Parameter]) -> Allowed:
    return Allowed(
        parameter(ground, "opens", parameters),
        parameter(ground, "closes", parameters),
        ground.need("zones"),
        ground.get("agreed"),
    )
