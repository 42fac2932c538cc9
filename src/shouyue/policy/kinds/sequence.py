"""Numbers must follow each other without a gap. Speaks where the list in the fact `of` has a gap or a repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from shouyue.policy.facts import UNKNOWN
from shouyue.policy.kinds.base import Plain
from shouyue.policy.parameter import Parameter
from shouyue.policy.reading import Written
from shouyue.policy.table import MAYBE, NO, Table, Truth, truth

KEYS = ("of",)


@dataclass(frozen=True, slots=True)
class Sequence(Plain):
    of: str

    @property
    def timeless(self) -> bool:
        return True

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.of,)

    def judge(self, table: Table) -> Truth:
        return table.map(_ask, self.of)

    def detail(self, table: Table) -> Mapping[str, Any]:
        numbers = table.value(self.of)
        if numbers is UNKNOWN or not numbers:
            return {}
        whole = sorted({int(n) for n in numbers})
        return {"missing": [n for n in range(whole[0], whole[-1] + 1) if n not in whole][:20]}


def _ask(numbers: Any) -> int:
    if numbers is UNKNOWN:
        return MAYBE
    if not numbers:
        return NO
    whole = [int(n) for n in numbers]
    return truth(any(b - a != 1 for a, b in pairwise(whole)))


def read(ground: Written, parameters: Mapping[str, Parameter]) -> Sequence:
    return Sequence(ground.need("of"))
