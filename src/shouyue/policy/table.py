"""The table every kind of rule judges: a history of contacts, and what is known about the ones in question.

A fact is a `Column`: either one value for all rows (the gate, or a fact the file has not), or codes into a list of
distinct values (the audit). A kind asks its questions in plain Python about *values*; `Table.map` puts the question once
for each distinct value, or combination of values, and spreads the answers. So one implementation serves one row and
ten million.

Answers are of three values: NO < MAYBE < YES; `both` is the smaller of two, `either` the greater.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shouyue.clocks.calendar import Calendar
from shouyue.policy.contacts import DAY, Contacts, codes
from shouyue.policy.facts import UNKNOWN

NO, MAYBE, YES = 0, 1, 2
Truth = int | NDArray[np.uint8]
Whole = int | NDArray[np.int64]
_ORIGIN = date(1970, 1, 1)
_SMALL = 1 << 20


def truth(value: bool) -> int:
    return YES if value else NO


def both(a: Truth, b: Truth) -> Truth:
    if isinstance(a, int):
        if a == NO:
            return NO
        if a == YES:
            return b
        return min(a, b) if isinstance(b, int) else np.minimum(b, np.uint8(a))
    return both(b, a) if isinstance(b, int) else np.minimum(a, b)


def either(a: Truth, b: Truth) -> Truth:
    return inverse(both(inverse(a), inverse(b)))


def inverse(a: Truth) -> Truth:
    return 2 - a if isinstance(a, int) else np.uint8(2) - a


def decided(mask: Any) -> Truth:
    """YES where the mask holds, else NO."""
    return truth(bool(mask)) if np.ndim(mask) == 0 else np.where(mask, np.uint8(YES), np.uint8(NO))


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One fact: `values[codes[i]]` is its value in row i; without codes `values[0]` holds in every row."""

    values: Sequence[Any]
    codes: NDArray[np.integer[Any]] | None = None

    @property
    def one(self) -> Any:
        return self.values[0]

    @classmethod
    def few(cls, values: Sequence[Any], codes: NDArray[np.integer[Any]] | None) -> Column:
        """A column in which equal values are one: thousands of texts carry a handful of labels, and a kind asks once for
        each value. Values are equal when they are written alike."""
        if codes is None:
            return cls(values)
        places: dict[str, int] = {}
        where = np.fromiter((places.setdefault(repr(v), len(places)) for v in values), np.int64, len(values))
        kept: list[Any] = [None] * len(places)
        for value, place in zip(values, where.tolist(), strict=True):
            kept[place] = value
        return cls(kept, where[codes])


def combinations(columns: Sequence[Column]) -> tuple[list[list[Any]], NDArray[np.integer[Any]] | None]:
    """The combinations of values that occur in these columns, and which of them each row has (None: one for all rows)."""
    given = [c.values[0] for c in columns]
    varying = [(i, c) for i, c in enumerate(columns) if c.codes is not None]
    if not varying:
        return [given], None
    if len(varying) == 1:
        place, only = varying[0]
        return [[*given[:place], value, *given[place + 1 :]] for value in only.values], only.codes
    mixed = np.zeros(len(varying[0][1].codes), np.int64)  # type: ignore[arg-type]
    for _, c in varying:
        assert c.codes is not None
        mixed = mixed * len(c.values) + c.codes
    many = math.prod(len(c.values) for _, c in varying)
    if many <= _SMALL:  # few combinations: mark those that occur, no sorting
        here = np.zeros(many, np.bool_)
        here[mixed] = True
        kinds = np.flatnonzero(here)
        spread = np.zeros(many, np.int64)
        spread[kinds] = np.arange(len(kinds))
        codes = spread[mixed]
    else:
        kinds, codes = np.unique(mixed, return_inverse=True)
    distinct = []
    for k in kinds.tolist():
        values = list(given)
        for place, c in reversed(varying):
            k, i = divmod(k, len(c.values))
            values[place] = c.values[i]
        distinct.append(values)
    return distinct, codes


MISSING = Column((UNKNOWN,))
NONE = Column((None,))


@dataclass(eq=False)
class Table:
    """`history` sorted by (debtor, at, contact); `asked` the positions in it that are judged, None for all of them.

    `at` is µs UTC and `offset` the seconds local time is ahead, one value or one a judged row. `facts` are the columns
    known; a name that is missing reads as `absent(name)`: unknown, or none where the vocabulary says so.
    """

    history: Contacts
    asked: NDArray[np.int64] | None
    at: Whole
    offset: Whole
    facts: Mapping[str, Column]
    absent: Callable[[str], Column] = lambda name: MISSING
    memo: dict[Any, Any] = field(default_factory=dict)
    calendar: Calendar | None = None  # the pack's, for showing a legal date beside the safe one
    single: bool = field(
        init=False
    )  # one contact is judged: answers are plain numbers, and kinds may explain themselves

    def __post_init__(self) -> None:
        self.single = isinstance(self.at, int)

    def __len__(self) -> int:
        return len(self.history) if self.asked is None else len(self.asked)

    # ── facts ──

    def column(self, name: str) -> Column:
        try:
            return self.facts[name]
        except KeyError:
            return self.absent(name)

    def value(self, name: str) -> Any:
        """The value in a table of one."""
        return self.column(name).one

    def map(self, ask: Callable[..., int], *names: str) -> Truth:
        """`ask(*values)` → NO, MAYBE or YES, put once for each distinct combination of values."""
        if self.single:
            return ask(*[self.column(n).values[0] for n in names])
        columns = [self.column(n) for n in names]
        if all(c.codes is None for c in columns):
            return ask(*(c.one for c in columns))
        return self._spread(ask, columns, np.uint8)

    def map_on_day(self, ask: Callable[..., int], *names: str) -> Truth:
        """As `map`, with the local date of the contact as first argument."""
        if self.single:
            return ask(self.today, *[self.column(n).values[0] for n in names])
        columns = [self.column(n) for n in names]
        day = np.asarray(self.day)
        if "dates" not in self.memo:
            low, high = self.days
            dates = [_ORIGIN + timedelta(days=d) for d in range(low, high + 1)]
            self.memo["dates"] = Column(dates, (day - low).astype(np.int32))
        return self._spread(ask, [self.memo["dates"], *columns], np.uint8)

    def whole(self, ask: Callable[..., int], *names: str) -> Whole:
        """As `map`, for whole numbers (days, microseconds, counts)."""
        if self.single:
            return ask(*[self.column(n).values[0] for n in names])
        columns = [self.column(n) for n in names]
        if all(c.codes is None for c in columns):
            return ask(*(c.one for c in columns))
        return self._spread(ask, columns, np.int64)

    def _spread(self, ask: Callable[..., int], columns: list[Column], dtype: Any) -> Any:
        """One answer a row; a single number where every value has the same, so that nothing is spread in vain."""
        distinct, codes = combinations(columns)
        answers = [ask(*values) for values in distinct]
        return answers[0] if len(set(answers)) == 1 else np.array(answers, dtype)[codes]

    def groups(self, *names: str) -> Iterator[tuple[Any, tuple[Any, ...]]]:
        """Rows that share the values of these facts, with the values: for what is asked of a row's time and cannot be
        asked of the values alone."""
        columns = [self.column(n) for n in names]
        varying = [c for c in columns if c.codes is not None]
        if not varying:
            yield slice(None), tuple(c.one for c in columns)
            return
        codes = np.stack([np.asarray(c.codes) for c in varying], axis=1)
        kinds, where = np.unique(codes, axis=0, return_inverse=True)
        for k, kind in enumerate(kinds):
            picked = iter(c.values[i] for c, i in zip(varying, kind, strict=True))
            yield (
                np.flatnonzero(where.ravel() == k),
                tuple(next(picked) if c.codes is not None else c.one for c in columns),
            )

    # ── time ──

    @property
    def local(self) -> Whole:
        """µs of local wall-clock time since 1970."""
        if "local" not in self.memo:
            self.memo["local"] = self.at + self.offset * 1_000_000
        return self.memo["local"]

    @property
    def day(self) -> Whole:
        """Local days since 1970."""
        if "day" not in self.memo:
            self.memo["day"] = self.local // DAY
        return self.memo["day"]

    @property
    def days(self) -> tuple[int, int]:
        """The first and the last local day of the judged rows."""
        if "days" not in self.memo:
            day = np.atleast_1d(self.day)
            self.memo["days"] = (int(day.min()), int(day.max())) if len(day) else (0, 0)
        found: tuple[int, int] = self.memo["days"]
        return found

    @property
    def today(self) -> date:
        """The local date in a table of one."""
        found: date | None = self.memo.get("today")
        if found is None:
            assert isinstance(self.day, int)
            found = self.memo["today"] = _ORIGIN + timedelta(days=self.day)
        return found

    # ── history ──

    def these(self, **wanted: Sequence[str]) -> NDArray[np.bool_]:
        """Which rows of the history have these words, for instance `these(channel=["phone"], result=["fail"])`."""
        mark = ("these", *((k, tuple(v)) for k, v in sorted(wanted.items())))
        if mark not in self.memo:
            mask = np.ones(len(self.history), np.bool_)
            for column, words in wanted.items():
                mask &= codes(column, tuple(words))[getattr(self.history, column)]
            self.memo[mark] = mask
        return self.memo[mark]

    @property
    def history_day(self) -> NDArray[np.int64]:
        """Local day of every row of the history."""
        if "history_day" not in self.memo:
            h = self.history
            self.memo["history_day"] = (h.at + h.offset.astype(np.int64) * 1_000_000) // DAY
        return self.memo["history_day"]

    def earlier_in_days(self, mask: NDArray[np.bool_], key: str, days: int) -> Whole:
        """How many rows of `mask` came before each judged row, with its `key` ("debtor", "person", "number"),
        on its local day or the `days - 1` days before. The judged row itself is never counted."""
        order, start = self._windows(key, days)
        h = self.history
        if self.single and len(h) == int(self.asked[0]) + 1:  # type: ignore[index]
            keys, day = getattr(h, key), self.history_day
            same = (h.debtor == h.debtor[-1]) & (keys == keys[-1]) & (day > day[-1] - days)
            return int(np.count_nonzero((same & mask)[:-1]))
        running = np.zeros(len(h) + 1, np.int64)
        np.cumsum(mask[order], out=running[1:])
        counted = running[:-1] - running[start]
        back = np.empty(len(h), np.int64)
        back[order] = counted
        return back if self.asked is None else back[self.asked]

    def _windows(self, key: str, days: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Order of rows by (debtor, key, time), and for each place in it where its window of days begins."""
        mark = ("windows", key, days)
        if self.single:
            return _EMPTY, _EMPTY
        if mark not in self.memo:
            h = self.history
            if key == "debtor":
                order = np.arange(len(h))
                group_change = h.debtor[1:] != h.debtor[:-1]
                day = self.history_day
            else:
                order = self._order(key)
                k, d = getattr(h, key)[order], h.debtor[order]
                group_change = (k[1:] != k[:-1]) | (d[1:] != d[:-1])
                day = self.history_day[order]
            n = len(h)
            if days == 1:
                fresh = np.ones(n, np.bool_)
                fresh[1:] = group_change | (day[1:] != day[:-1])
                start = np.maximum.accumulate(np.where(fresh, np.arange(n), 0))
            else:
                group = np.zeros(n, np.int64)
                np.cumsum(group_change, out=group[1:])
                low = int(day.min()) if n else 0
                place = group * (1 << 20) + (day - low) + days
                start = np.searchsorted(place, place - days + 1, side="left")
            self.memo[mark] = (order, start)
        return self.memo[mark]

    def _order(self, key: str) -> NDArray[np.int64]:
        mark = ("order", key)
        if mark not in self.memo:
            # Rows already stand by debtor and time, and a stable sort keeps that within one key.
            self.memo[mark] = np.argsort(getattr(self.history, key), kind="stable")
        return self.memo[mark]


_EMPTY = np.zeros(0, np.int64)
