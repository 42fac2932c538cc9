"""A period that runs from a date. The start day is not counted; a period of months ends on the corresponding day, or the
month's last (民法典 200–202). The safe date is used: rest days never lengthen it here.

`from`: the fact with the starting date, or several, of which the first known one counts; a list of dates runs each on its
own. `period`: a parameter in days, months or years. Or `end`: the fact with the last day itself. `is`:

`near`     the last day is still to come, but no more than `alarm` days away
`reached`  the last day is today or past
`over`     the last day is past
`running`  the last day is not past
A start that is known to be missing (never) counts as over, unless `never: silent`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shouyue.policy.contacts import DAY
from shouyue.policy.facts import UNKNOWN
from shouyue.policy.kinds.base import Plain, parameter
from shouyue.policy.match import as_date
from shouyue.policy.parameter import NoValue, Parameter
from shouyue.policy.periods import both_dates, length
from shouyue.policy.reading import Written
from shouyue.policy.table import MAYBE, NO, YES, Table, Truth, truth

KEYS = ("from", "period", "end", "alarm", "is", "never")


@dataclass(frozen=True, slots=True)
class Deadline(Plain):
    starts: tuple[str, ...]
    period: Parameter | None
    alarm: Parameter | None
    state: str
    never: int

    @property
    def reads(self) -> tuple[str, ...]:
        return self.starts

    def judge(self, table: Table) -> Truth:
        return table.map_on_day(self._ask, *self.starts)

    def _ask(self, today: date, *starts: Any) -> int:
        known = [s for s in starts if s is not None and s is not UNKNOWN and s is not False]
        if not known:
            return MAYBE if any(s is UNKNOWN for s in starts) else self.never
        try:
            dates = known[0] if isinstance(known[0], tuple | list) else (known[0],)
            return max((self._state(as_date(d), today) for d in dates), default=NO)
        except NoValue:
            return MAYBE

    def _end(self, start: date, today: date) -> date:
        return length(self.period, today).after(start) if self.period else start

    def _state(self, start: date, today: date) -> int:
        end = self._end(start, today)
        if self.state == "near":
            assert self.alarm is not None
            return truth(today <= end and (end - today).days <= int(self.alarm.on(today)))
        if self.state == "running":
            return truth(today <= end)
        return truth(today >= end if self.state == "reached" else today > end)

    def until(self, table: Table) -> int | None:
        """The day after the last, for what is barred while the period runs."""
        starts = [
            v for v in map(table.value, self.starts) if v is not None and v is not UNKNOWN and v is not False
        ]
        if self.state != "running" or not starts:
            return None
        dates = starts[0] if isinstance(starts[0], tuple | list) else (starts[0],)
        last = max(self._end(as_date(d), table.today) for d in dates)
        return ((last - date(1970, 1, 1)).days + 1) * DAY - int(table.offset) * 1_000_000

    def detail(self, table: Table) -> Mapping[str, Any]:
        known = [
            s for s in map(table.value, self.starts) if s is not None and s is not UNKNOWN and s is not False
        ]
        if not known:
            return {}
        dates = known[0] if isinstance(known[0], tuple | list) else (known[0],)
        try:
            ends = [self._end(as_date(d), table.today) for d in dates]
        except NoValue:
            return {}
        end = min((e for e in ends if e >= table.today), default=max(ends))
        return both_dates(end, table)


def read(ground: Written, parameters: Mapping[str, Parameter]) -> Deadline:
    state = ground.need("is")
    if state not in ("near", "reached", "over", "running"):
        raise ground.place.error(f"'is' takes near, reached, over, running; found {state!r}")
    if ("end" in ground) == ("from" in ground):
        raise ground.place.error("a deadline needs 'from' with 'period', or 'end'")
    starts: Any = ground.get("from", ground.get("end"))
    return Deadline(
        tuple(starts) if isinstance(starts, list) else (starts,),
        parameter(ground, "period", parameters) if "from" in ground else None,
        parameter(ground, "alarm", parameters) if state == "near" else None,
        state,
        NO if ground.get("never") == "silent" or state in ("near", "running") else YES,
    )
