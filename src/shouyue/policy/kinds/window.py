"""Hours of the day. Speaks inside [`from`, `to`), local time; a window that ends before it begins runs over midnight.

Half open: at 22:00:00 it speaks, at 08:00:00 it no longer does. `zone: recipient` reads the recipient's own clock from
the fact `recipient.utc_offset` (seconds ahead of UTC; none = the same as ours).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from shouyue.policy.contacts import DAY, moment
from shouyue.policy.facts import UNKNOWN
from shouyue.policy.kinds.base import Plain, parameter
from shouyue.policy.match import seconds
from shouyue.policy.parameter import NoValue, Parameter
from shouyue.policy.reading import Written
from shouyue.policy.table import MAYBE, NO, YES, Table, Truth, Whole, both, decided

KEYS = ("from", "to", "zone")
SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Window(Plain):
    begins: Parameter
    ends: Parameter
    recipient: bool = False

    @property
    def reads(self) -> tuple[str, ...]:
        return ("recipient.utc_offset",) if self.recipient else ()

    def judge(self, table: Table) -> Truth:
        """`begins` and `ends` are taken at their value on the first judged day: they change at midnight, and a window
        over midnight belongs to the day on which it began."""
        local = table.local
        known: Truth = YES
        if self.recipient:
            offset = table.whole(_offset, "recipient.utc_offset")
            known = (
                decided(np.not_equal(offset, _SAME))
                if not isinstance(offset, int)
                else (NO if offset == _SAME else YES)
            )
            if isinstance(known, int) and known == NO:
                return NO
            local = table.at + offset * SECOND
        try:
            inside = self._inside(local, table)
        except NoValue:
            return MAYBE
        return both(known, inside)

    def _inside(self, local: Whole, table: Table) -> Truth:
        day = table.day
        if isinstance(day, int) and isinstance(local, int):
            begin, end = seconds(self.begins.on(table.today)), seconds(self.ends.on(table.today))
            return decided(_within(local % DAY, begin * SECOND, end * SECOND))
        mark = ("window", self.begins.id, self.ends.id, self.recipient)
        if mark not in table.memo:
            table.memo[mark] = self._of_rows(local, day, len(table))
        found: Truth = table.memo[mark]
        return found

    def _of_rows(self, local: Whole, day: Whole, rows: int) -> Truth:
        result = np.full(rows, MAYBE, np.uint8)
        cuts = sorted({*self.begins.since, *self.ends.since})
        first = np.array([(d - type(d)(1970, 1, 1)).days for d in cuts])
        part = np.searchsorted(first, day, side="right")
        clock = local % DAY
        for i, cut in enumerate(cuts, start=1):
            try:
                begin, end = seconds(self.begins.on(cut)), seconds(self.ends.on(cut))
            except NoValue:
                continue
            these = part == i
            if these.any():
                inside = decided(_within(clock, begin * SECOND, end * SECOND))
                result = np.where(these, inside, result)
        return result

    def until(self, table: Table) -> int | None:
        """The end of the window that the contact stands in."""
        assert isinstance(table.at, int) and isinstance(table.offset, int)
        offset = table.offset
        if self.recipient:
            offset = _offset(table.value("recipient.utc_offset"))
        clock = (table.at + offset * SECOND) % DAY
        wait = (seconds(self.ends.on(table.today)) * SECOND - clock) % DAY
        return table.at + (wait or DAY)

    def detail(self, table: Table) -> Mapping[str, Any]:
        assert isinstance(table.local, int)
        facts = {"local_time": moment(table.local).strftime("%H:%M:%S")}
        try:
            return {**facts, "from": str(self.begins.on(table.today)), "to": str(self.ends.on(table.today))}
        except NoValue:
            return facts


_SAME = 10**6  # no offset of its own


def _offset(value: Any) -> int:
    return _SAME if value is None or value is UNKNOWN else int(value)


def _within(clock: Any, begin: int, end: int) -> Any:
    if begin <= end:
        return (clock >= begin) & (clock < end)
    return (clock >= begin) | (clock < end)


def read(ground: Written, parameters: Mapping[str, Parameter]) -> Window:
    return Window(
        parameter(ground, "from", parameters),
        parameter(ground, "to", parameters),
        ground.get("zone") == "recipient",
    )
