"""How many already. Speaks when as many earlier contacts as the cap were made with the same `key` within `days` local days.

`counting` says which earlier contacts count, by the words of their columns (channel, direction, result, …). The contact
in question comes on top, so a cap of 6 lets the sixth go and stops the seventh. `days` is a number or names a parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from shouyue.policy.contacts import DAY, WORDS
from shouyue.policy.kinds.base import Plain, on_days, parameter
from shouyue.policy.parameter import Parameter
from shouyue.policy.reading import Written
from shouyue.policy.table import Table, Truth, Whole, both, decided

KEYS = ("cap", "key", "days", "counting")


@dataclass(frozen=True, slots=True)
class Count(Plain):
    cap: Parameter
    key: str
    days: int | Parameter
    counting: tuple[tuple[str, tuple[str, ...]], ...]
    reads: tuple[str, ...] = ()

    def _counted(self, table: Table) -> Whole:
        mask = table.these(**dict(self.counting))
        if isinstance(self.days, int):
            return table.earlier_in_days(mask, self.key, self.days)
        days, _ = on_days(self.days, table)
        if isinstance(days, int):
            return table.earlier_in_days(mask, self.key, days)
        counted = np.zeros(
            len(days), np.int64
        )  # each length of the window that was law in these days, in its turn
        for length in np.unique(days):
            counted = np.where(days == length, table.earlier_in_days(mask, self.key, int(length)), counted)
        return counted

    def judge(self, table: Table) -> Truth:
        cap, known = on_days(self.cap, table)
        return both(known, decided(self._counted(table) >= cap))

    def until(self, table: Table) -> int | None:
        """The first local midnight at which fewer remain in the window than the cap."""
        assert isinstance(table.local, int) and isinstance(table.day, int)
        h = table.history
        mask = table.these(**dict(self.counting)) & (getattr(h, self.key) == getattr(h, self.key)[-1])
        mask = mask & (h.debtor == h.debtor[-1])
        mask[-1] = False
        days = table.history_day[mask]
        length = self.days if isinstance(self.days, int) else int(self.days.on(table.today))
        for ahead in range(1, length + 1):
            day = table.day + ahead
            if int(((days > day - length) & (days <= day)).sum()) < int(self.cap.on(table.today)):
                return day * DAY - int(table.offset) * 1_000_000
        return None

    def detail(self, table: Table) -> Mapping[str, Any]:
        cap, _ = on_days(self.cap, table)
        return {"count": int(self._counted(table)), "cap": cap}


def read(ground: Written, parameters: Mapping[str, Parameter]) -> Count:
    counting = ground.get("counting", {})
    for column, words in counting.items():
        if column not in WORDS:
            raise ground.place.error(f"'counting' knows the columns {', '.join(WORDS)}, found {column!r}")
        for word in words:
            if str(word) not in WORDS[column]:
                raise ground.place.error(f"{word!r} is no {column}")
    if ground.need("key") not in ("person", "number", "debtor", "matter"):
        raise ground.place.error(f"key is person, number, debtor or matter, found {ground['key']!r}")
    days = ground.get("days", 1)
    return Count(
        parameter(ground, "cap", parameters),
        ground["key"],
        days if isinstance(days, int) else parameter(ground, "days", parameters),
        tuple((c, tuple(map(str, w))) for c, w in counting.items()),
    )
