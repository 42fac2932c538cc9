"""Tests of one fact, as a rule's data writes them. A small closed set; there is no expression language.

| in the data | holds when the fact |
|---|---|
| `fact: value` | is that value |
| `fact: [a, b]` | is one of these |
| `fact: present` / `fact: absent` | has / has no value (none, false and an empty list are absent) |
| `fact: {not: [a, b]}` | is none of these (and known) |
| `fact: {at_least: n}`, `{above: n}`, `{at_most: n}`, `{below: n}` | compares so; n a number or the name of a parameter |
| `fact: {has: [a]}` / `{lacks: [a]}` / `{has_all: [a, b]}` | is a list that has one / none / all of these |
| `fact: {only: [a, b]}` | is a list with nothing else in it |
| `fact: {contains: [a]}` | is text, or a list of texts, in which one of these occurs |
| `fact: {since: 2026-08-01}` | is a date on or after this one |
| `fact: {same_as: other}` | is the same as another part (of one entry of a list) |
| `fact: {as_of: before}` / `after` / `not_after` / `not_before` | is a date or time before / after the contact |

An unknown fact makes the test MAYBE.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np

from shouyue.policy.contacts import microseconds
from shouyue.policy.facts import UNKNOWN
from shouyue.policy.parameter import NoValue, Parameter
from shouyue.policy.table import MAYBE, NO, YES, Table, Truth, both, decided, truth

OPERATORS = (
    "is", "not", "present", "absent", "at_least", "above", "at_most", "below", "has", "lacks", "has_all", "only",
    "contains", "as_of", "since", "same_as",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Test:
    """One test of one fact."""

    fact: str
    operator: str
    operand: Any
    dated: bool = field(
        init=False, repr=False, compare=False, default=False
    )  # the day of the contact decides too

    def __post_init__(self) -> None:
        object.__setattr__(self, "dated", self.operator == "as_of" or isinstance(self.operand, Parameter))

    def of(self, value: Any, day: date | None = None) -> int:
        """NO, MAYBE or YES for a value."""
        if value is UNKNOWN:
            return MAYBE
        if self.operator == "as_of":
            return MAYBE if value is None or day is None else truth(_ORDER[self.operand](as_date(value), day))
        return _HOLDS[self.operator](value, self.operand, day)

    def on(self, table: Table) -> Truth:
        if table.single and not self.dated:
            value = table.column(self.fact).values[0]
            return MAYBE if value is UNKNOWN else _HOLDS[self.operator](value, self.operand, None)
        mark = ("test", self.fact, self.operator, id(self.operand))
        if mark not in table.memo:
            if self.operator == "as_of":
                table.memo[mark] = self._as_of(table)
            elif isinstance(self.operand, Parameter):
                table.memo[mark] = table.map_on_day(lambda day, v: self.of(v, day), self.fact)
            else:
                table.memo[mark] = table.map(self.of, self.fact)
        found: Truth = table.memo[mark]
        return found

    def _as_of(self, table: Table) -> Truth:
        """Compares with the moment of the contact; a bare date with its local day."""

        def ask(day: date, value: Any) -> int:
            if value is UNKNOWN:
                return MAYBE
            if value is None or value is False:
                return NO
            then, now = as_date(value), day
            return truth(_ORDER[self.operand](then, now))

        column = table.column(self.fact)
        instants = [as_instant(value) for value in column.values]
        if not any(i is not None for i in instants):
            return table.map_on_day(ask, self.fact)
        if column.codes is None:
            return decided(_ORDER[self.operand](instants[0], table.at))
        known = np.array([i is not None for i in instants])[column.codes]
        then = np.array([i or 0 for i in instants], np.int64)[column.codes]
        by_instant = decided(_ORDER[self.operand](then, table.at))
        return np.where(known, by_instant, table.map_on_day(ask, self.fact)).astype(np.uint8)


def every(tests: tuple[Test, ...], table: Table) -> Truth:
    """All of them hold."""
    result: Truth = YES
    for test in tests:
        answer = test.on(table)
        if answer.__class__ is int:
            if answer == NO:
                return NO
            if answer == YES:
                continue
        result = both(result, answer)
    return result


def as_date(value: Any) -> date:
    """A date from a date, a time or their ISO text."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return date.fromisoformat(str(value)[:10])


def as_instant(value: Any) -> int | None:
    """µs UTC of an aware time or its ISO text; None for a bare date or no time at all."""
    if isinstance(value, datetime):
        return microseconds(value)
    if isinstance(value, str) and len(value) > 10 and value[4:5] == "-" and value[10] in "T ":
        return microseconds(datetime.fromisoformat(value))
    return None


def as_time(value: Any) -> time:
    return value if isinstance(value, time) else time.fromisoformat(str(value))


@lru_cache(maxsize=256)
def seconds(value: Any) -> int:
    """Seconds since midnight of a time of day or its text."""
    t = as_time(value)
    return int(timedelta(hours=t.hour, minutes=t.minute, seconds=t.second).total_seconds())


def number(value: Any, day: date | None = None) -> Decimal:
    if isinstance(value, Parameter):
        if day is None:
            raise TypeError(f"parameter {value.id} needs a date")
        value = value.on(day)
    return Decimal(str(value))


def _empty(value: Any) -> bool:
    return value is None or value is False or value == "" or (isinstance(value, tuple | list) and not value)


def _compared(order: Any) -> Any:
    def holds(value: Any, operand: Any, day: date | None) -> int:
        if value is None:
            return NO
        if value.__class__ is int and operand.__class__ is int:
            return truth(order(value, operand))
        try:
            return truth(order(number(value), number(operand, day)))
        except NoValue:
            return MAYBE

    return holds


def _words(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple | list | frozenset) else () if value is None else (value,)  # type: ignore[return-value]


def _is(value: Any, operand: Any, day: date | None) -> int:
    for wanted in operand:
        if value == wanted and (value.__class__ is bool) is (wanted.__class__ is bool):
            return YES
    return MAYBE if _no_answer(value, operand) else NO


def _no_answer(value: Any, operand: Any) -> bool:
    """Asked yes or no, the value says neither: "yes" and 1 are not true."""
    return (
        value is not None
        and value.__class__ is not bool
        and any(w.__class__ is bool for w in operand)
        and all(w is None or w.__class__ is bool for w in operand)
    )


_ORDER: dict[str, Any] = {
    "before": lambda a, b: a < b,
    "after": lambda a, b: a > b,
    "not_after": lambda a, b: a <= b,
    "not_before": lambda a, b: a >= b,
}
_HOLDS: dict[str, Any] = {
    "is": _is,
    "not": lambda v, o, d: 2 - _is(v, o, d),
    "present": lambda v, o, d: truth(not _empty(v)),
    "absent": lambda v, o, d: truth(_empty(v)),
    "at_least": _compared(lambda a, b: a >= b),
    "above": _compared(lambda a, b: a > b),
    "at_most": _compared(lambda a, b: a <= b),
    "below": _compared(lambda a, b: a < b),
    "has": lambda v, o, d: truth(any(w in _words(v) for w in o)),
    "lacks": lambda v, o, d: truth(not any(w in _words(v) for w in o)),
    "has_all": lambda v, o, d: truth(all(w in _words(v) for w in o)),
    "only": lambda v, o, d: truth(all(w in o for w in _words(v))),
    "since": lambda v, o, d: truth(v is not None and as_date(v) >= o[0]),
    "contains": lambda v, o, d: truth(v is not None and any(w in str(v) for w in o)),
}


class Unreadable(ValueError):
    """A test that is none of the known forms."""


def read_test(fact: str, written: Any, parameters: Mapping[str, Parameter]) -> Test:
    if written in ("present", "absent"):
        return Test(fact, written, None)
    if isinstance(written, Mapping):
        if len(written) != 1:
            raise Unreadable(f"{fact}: one operator is expected, found {', '.join(map(str, written))}")
        operator, operand = next(iter(written.items()))
        if operator not in OPERATORS:
            raise Unreadable(f"{fact}: {operator!r} is no operator; known are {', '.join(OPERATORS)}")
        if operator in ("at_least", "above", "at_most", "below"):
            if isinstance(operand, str):
                if operand not in parameters:
                    raise Unreadable(f"{fact}: unknown parameter {operand!r}")
                operand = parameters[operand]
            return Test(fact, operator, operand)
        if operator == "as_of":
            if operand not in _ORDER:
                raise Unreadable(f"{fact}: as_of takes {', '.join(_ORDER)}, found {operand!r}")
            return Test(fact, operator, operand)
        return Test(fact, operator, tuple(operand) if isinstance(operand, list) else (operand,))
    return Test(fact, "is", tuple(written) if isinstance(written, list) else (written,))


def read_tests(written: Mapping[str, Any] | None, parameters: Mapping[str, Parameter]) -> tuple[Test, ...]:
    return tuple(read_test(fact, w, parameters) for fact, w in (written or {}).items())
