"""What a kind answers when it has nothing special to say, and how it reads its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from shouyue.policy.parameter import NoValue, Parameter
from shouyue.policy.reading import Written
from shouyue.policy.table import MAYBE, YES, Table, Truth


class Plain:
    """Defaults of a kind."""

    __slots__ = ()

    @property
    def timeless(self) -> bool:
        """Whether the answer is the same at every moment, the facts being the same. Never true of what asks for the day,
        the hour, the history or a parameter; a test holds every kind that says so to it."""
        return False

    def until(self, table: Table) -> int | None:
        return None

    def detail(self, table: Table) -> Mapping[str, Any]:
        return {}


def parameter(ground: Written, key: str, parameters: Mapping[str, Parameter]) -> Parameter:
    """The parameter that a ground names under `key`."""
    name = ground.need(key)
    if name not in parameters:
        raise ground.place.error(f"unknown parameter {name!r} under {key!r}")
    return parameters[name]


def on_days(wanted: Parameter, table: Table) -> tuple[Any, Truth]:
    """The parameter on the day of each judged row (whole numbers), and MAYBE where it has no value yet."""
    day = table.day
    if isinstance(day, int):
        try:
            return int(wanted.on(table.today)), YES
        except NoValue:
            return 0, MAYBE
    first = np.array([(d - type(d)(1970, 1, 1)).days for d in wanted.since])
    place = np.searchsorted(first, day, side="right")
    values = np.array([0, *(int(v) for v in wanted.values)])[place]
    return values, np.where(place == 0, np.uint8(MAYBE), np.uint8(YES))
