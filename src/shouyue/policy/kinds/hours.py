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

from shouyue.clocks.calendar import zone
from shouyue.clocks.window import AllOf, AnyOf, Hours, Window
from shouyue.policy.contacts import microseconds, moment
from shouyue.policy.facts import UNKNOWN
from shouyue.policy.kinds.base import Plain, parameter
from shouyue.policy.match import as_time
from shouyue.policy.parameter import NoValue, Parameter
from shouyue.policy.reading import Written
from shouyue.policy.table import MAYBE, Table, Truth, truth

KEYS = ("opens", "closes", "zones", "agreed")
_INSTANT = timedelta(microseconds=1)


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
        """A history has one moment for each row, so only the fact of one contact can be asked."""
        if not isinstance(table.at, int):
            raise TypeError("hours in the recipient's own zones are judged one contact at a time")
        zones = table.value(self.zones)
        if zones in (UNKNOWN, None) or not zones:
            return MAYBE
        try:
            return truth(not self._window(table).allows(moment(table.at)))
        except NoValue:
            return MAYBE

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
        clocks = [moment(table.at).astimezone(zone(z)) for z in (() if zones is UNKNOWN else zones or ())]
        try:
            hours = {"opens": str(self.opens.on(table.today)), "closes": str(self.closes.on(table.today))}
        except NoValue:
            hours = {}
        return {"local_time": ", ".join(c.strftime("%H:%M") for c in clocks), **hours}


def clock(value: Any, otherwise: time) -> time:
    return otherwise if value is None else as_time(value)


def read(ground: Written, parameters: Mapping[str, Parameter]) -> Allowed:
    return Allowed(
        parameter(ground, "opens", parameters),
        parameter(ground, "closes", parameters),
        ground.need("zones"),
        ground.get("agreed"),
    )
