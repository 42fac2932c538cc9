"""Has the debtor been lost, so that a contact he named may be asked how to reach him?

Found in the history (misses: unanswered calls of ours to the debtor himself, outside the night window):
* so many misses in a row: from the next local day on;
* misses on so many local days in a row: at once.
Any talk with the debtor, or word from him, ends a row and voids what it had opened. Known from facts: `trigger` (already
proven), a dead number, death, lost capacity.

`is: missing` speaks where no ground is live; `is: void` where there was one and the debtor has been reached since.
Earlier contacts are the ground here, so adding one can open what was closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shouyue.policy.contacts import DAY
from shouyue.policy.facts import UNKNOWN
from shouyue.policy.kinds.base import Plain, parameter
from shouyue.policy.kinds.window import SECOND, _within
from shouyue.policy.match import as_instant, seconds
from shouyue.policy.parameter import Parameter
from shouyue.policy.reading import Written
from shouyue.policy.table import MAYBE, NO, YES, Table, Truth, both, decided, either, inverse, truth

KEYS = ("misses", "days", "from", "to", "is")
CALLS = ("phone", "ai_call")
FACTS = (
    "trigger",
    "debtor_number_status",
    "debtor_status",
    "debtor_capacity",
    "debtor_reached_at",
    "trigger_at",
)


@dataclass(frozen=True, slots=True)
class Trigger(Plain):
    misses: Parameter
    days: Parameter
    begins: Parameter
    ends: Parameter
    state: str
    reads: tuple[str, ...] = FACTS

    def judge(self, table: Table) -> Truth:
        live, void = self._from_history(table)
        proven = table.map(_proven, *FACTS)
        voided = table.map(_voided, *FACTS)
        if self.state == "void":
            return both(either(void, voided), inverse(_lasting(table)))
        return inverse(either(live, proven))

    def _from_history(self, table: Table) -> tuple[Truth, Truth]:
        row = self._rows(table)
        if table.asked is None:
            return decided(row.live), decided(row.void)
        live, void = row.live[table.asked], row.void[table.asked]
        return (
            (decided(bool(live[0])), decided(bool(void[0])))
            if table.single
            else (decided(live), decided(void))
        )

    def _rows(self, table: Table) -> _Rows:
        mark = ("trigger", self.misses.id, self.days.id, self.begins.id)
        if mark not in table.memo:
            table.memo[mark] = self._walk(table)
        found: _Rows = table.memo[mark]
        return found

    def _walk(self, table: Table) -> _Rows:
        """Along each debtor's time, without a loop. A row's own contact does not count for itself."""
        h, day = table.history, table.history_day
        n = len(h)
        need, run_need = (
            int(max(self.misses.values)),
            int(max(self.days.values)),
        )  # the strictest ever in force
        clock = (h.at + h.offset.astype(np.int64) * SECOND) % DAY
        night = _within(
            clock, seconds(self.begins.values[-1]) * SECOND, seconds(self.ends.values[-1]) * SECOND
        )
        mine = table.these(role=["debtor"])
        miss = mine & table.these(channel=CALLS, direction=["outbound"], result=["fail"]) & ~night
        spoke = mine & (
            table.these(result=["reach", "success"], channel=CALLS) | table.these(direction=["inbound"])
        )
        fresh = np.ones(n, np.bool_)
        fresh[1:] = h.debtor[1:] != h.debtor[:-1]
        # A segment begins with a debtor and after every talk; rows carry the segment they stand in before themselves.
        after_talk = np.zeros(n, np.bool_)
        after_talk[1:] = spoke[:-1]
        starts = fresh | after_talk
        where = np.arange(n)
        begin = np.maximum.accumulate(np.where(starts, where, 0))
        first = np.maximum.accumulate(np.where(fresh, where, 0))
        before = np.concatenate(([0], np.cumsum(miss)))  # misses in rows < i
        in_segment = before[:-1] - before[begin]
        place = np.flatnonzero(miss)
        live = np.zeros(n, np.bool_)
        enough = in_segment >= need
        nth = place[(before[begin] + need - 1)[enough]] if enough.any() else place[:0]
        live[enough] = day[enough] > day[nth]
        # runs of days among misses
        long_run = np.zeros(n, np.bool_)
        if len(place):
            same = begin[place][1:] == begin[place][:-1]
            step = day[place][1:] - day[place][:-1]
            new_day = np.ones(len(place), np.bool_)
            new_day[1:] = ~(same & (step == 0))
            breaks = np.ones(len(place), np.bool_)
            breaks[1:] = ~(same & (step <= 1))
            days_so_far = np.cumsum(new_day)
            base = np.maximum.accumulate(np.where(breaks, np.arange(len(place)), 0))
            run = days_so_far - days_so_far[base] + 1
            long_run[place] = run >= run_need
        runs = np.concatenate(([0], np.cumsum(long_run)))
        live |= (runs[:-1] - runs[begin]) > 0
        # void: some earlier segment of the same debtor had been long enough
        opened = spoke & ((in_segment >= need) | ((runs[:-1] - runs[begin]) > 0))
        opens = np.concatenate(([0], np.cumsum(opened)))
        reached_after = (opens[:-1] - opens[first]) > 0
        third = np.full(n, -1, np.int64)
        third[enough] = day[nth]
        return _Rows(live, reached_after & ~live, third)

    def until(self, table: Table) -> int | None:
        """The day after the miss that completed a row."""
        assert isinstance(table.day, int)
        third = int(self._rows(table).third[-1])
        if self.state == "missing" and third >= table.day:
            return (third + 1) * DAY - int(table.offset) * SECOND
        return None


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    live: NDArray[np.bool_]
    void: NDArray[np.bool_]
    third: NDArray[np.int64]  # local day of the miss that completed the row, -1 where none did


LOST = ("deceased", "no_capacity", "limited_capacity", "missing")


def _lasts(status: Any, debtor: Any, capacity: Any) -> bool:
    return debtor in LOST or capacity in ("none", "limited")


def _lasting(table: Table) -> Truth:
    return table.map(
        lambda n, d, c: truth(_lasts(n, d, c)), "debtor_number_status", "debtor_status", "debtor_capacity"
    )


def _proven(trigger: Any, status: Any, debtor: Any, capacity: Any, reached: Any, trigger_at: Any) -> int:
    if _lasts(status, debtor, capacity):
        return YES
    if status not in (UNKNOWN, None) and str(status).startswith("invalid"):
        if trigger_at in (UNKNOWN, None) and reached not in (UNKNOWN, None, False):
            return MAYBE  # reached once, but before or after the number died?
        return 2 - _voided(status, status, debtor, capacity, reached, trigger_at)
    if trigger in (UNKNOWN, None, False):
        return NO
    return 2 - _voided(trigger, status, debtor, capacity, reached, trigger_at)


def _voided(trigger: Any, status: Any, debtor: Any, capacity: Any, reached: Any, trigger_at: Any) -> int:
    if reached in (UNKNOWN, None, False):
        return NO
    if trigger_at in (UNKNOWN, None):
        return truth(trigger not in (UNKNOWN, None, False))
    return truth((as_instant(reached) or 0) > (as_instant(trigger_at) or 0))


def read(ground: Written, parameters: Mapping[str, Parameter]) -> Trigger:
    state = ground.need("is")
    if state not in ("missing", "void"):
        raise ground.place.error(f"'is' takes missing or void; found {state!r}")
    misses, days, begins, ends = (parameter(ground, k, parameters) for k in ("misses", "days", "from", "to"))
    return Trigger(misses, days, begins, ends, state)
