"""Something must be so: `must` lists tests that all have to hold; with `each`, for every entry of a list of entries;
with `some`, for at least one of them.

Without `must` the rule speaks wherever it applies (its `where` is the forbidden thing itself).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shouyue.policy.contacts import DAY
from shouyue.policy.facts import UNKNOWN
from shouyue.policy.kinds.base import Plain, parameter
from shouyue.policy.match import Test, as_date, as_instant, every, read_tests
from shouyue.policy.parameter import Parameter
from shouyue.policy.reading import Written
from shouyue.policy.table import MAYBE, NO, YES, Table, Truth, both, inverse, truth

KEYS = ("must", "each", "some", "among", "lag")


@dataclass(frozen=True, slots=True)
class Require(Plain):
    must: tuple[Test, ...]
    each: str | None = None
    some: bool = False  # one entry that holds is enough
    among: tuple[Test, ...] = ()  # which entries of the list are meant
    lag: tuple[str, str, Parameter] | None = None  # at most so many days from one part of an entry to another

    @property
    def timeless(self) -> bool:
        return self.lag is None and not any(test.dated for test in (*self.must, *self.among))

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.each,) if self.each else tuple(t.fact for t in self.must)

    def judge(self, table: Table) -> Truth:
        if self.each:
            if self.lag or any(t.dated for t in (*self.must, *self.among)):
                return table.map_on_day(lambda day, entries: self._worst(entries, day), self.each)
            return table.map(lambda entries: self._worst(entries, None), self.each)
        if not self.must:
            return YES
        return inverse(every(self.must, table))

    def _worst(self, entries: Any, day: Any) -> int:
        """Does any entry that is meant fail?"""
        if entries is UNKNOWN:
            return MAYBE
        if self.some:
            best = max((_all((*self.among, *self.must), e, day) for e in entries or ()), default=NO)
            return 2 - best
        worst = NO
        for entry in entries or ():
            meant = _all(self.among, entry, day)
            fails = (
                2 - _all(self.must, entry, day) if self.must else self._late(entry, day) if self.lag else YES
            )
            worst = max(worst, int(both(meant, fails)))
        return worst

    def _late(self, entry: Mapping[str, Any], day: Any) -> int:
        assert self.lag is not None
        first, second, most = self.lag
        if not entry.get(first) or not entry.get(second):
            return NO
        begun, ended = as_instant(entry[first]), as_instant(entry[second])
        if begun is not None and ended is not None:
            return truth(ended - begun > int(most.on(day)) * DAY)
        return truth((as_date(entry[second]) - as_date(entry[first])).days > int(most.on(day)))


def _all(tests: tuple[Test, ...], entry: Mapping[str, Any], day: Any) -> int:
    result = YES
    for test in tests:
        value = entry.get(test.fact)
        if test.operator == "same_as":
            other = entry.get(test.operand[0])
            result = min(result, YES if value is None or other is None else truth(value == other))
            continue
        result = min(result, test.of(tuple(value) if isinstance(value, list) else value, day))
    return result


def read(ground: Written, parameters: Mapping[str, Parameter]) -> Require:
    lag = ground.get("lag")
    return Require(
        read_tests(ground.get("must"), parameters),
        ground.get("each") or ground.get("some"),
        "some" in ground,
        read_tests(ground.get("among"), parameters),
        (lag.need("from"), lag.need("to"), parameter(lag, "most", parameters)) if lag else None,
    )
