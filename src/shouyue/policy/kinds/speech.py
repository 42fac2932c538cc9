"""What a text says. `says`: speaks if the text has one of these marks. `must_say`: speaks if one of these is missing.

Marks are ids of the pack's phrases and labels of screening (`labels.md`). `and_says` asks for a second mark beside the
first; `of` names another text than `text`. A contact without text says nothing, and misses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shouyue.policy.facts import UNKNOWN
from shouyue.policy.kinds.base import Plain
from shouyue.policy.parameter import Parameter
from shouyue.policy.reading import Written
from shouyue.policy.table import MAYBE, NO, Table, Truth, truth

KEYS = ("says", "and_says", "must_say", "of")


@dataclass(frozen=True, slots=True)
class Speech(Plain):
    says: frozenset[str]
    and_says: frozenset[str]
    must_say: frozenset[str]
    of: str

    @property
    def timeless(self) -> bool:
        return True

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.of,)

    def judge(self, table: Table) -> Truth:
        return table.map(self._ask, self.of, f"{self.of}.marks")

    def _ask(self, text: Any, marks: Any) -> int:
        if text is None and not marks:
            return NO
        if marks is UNKNOWN or text is UNKNOWN:
            return MAYBE
        if self.must_say:
            return truth(not self.must_say <= marks)
        return truth(bool(self.says & marks) and (not self.and_says or bool(self.and_says & marks)))

    def detail(self, table: Table) -> Mapping[str, Any]:
        marks = table.value(f"{self.of}.marks")
        if marks is UNKNOWN or not marks:
            return {}
        said = sorted((self.says | self.and_says) & marks)
        return {"said": said} if not self.must_say else {"missing": sorted(self.must_say - marks)}


def read(ground: Written, parameters: Mapping[str, Parameter]) -> Speech:
    def marks(key: str) -> frozenset[str]:
        written = ground.get(key, [])
        return frozenset(written if isinstance(written, list) else [written])

    if not ground.get("says") and not ground.get("must_say"):
        raise ground.place.error("a speech rule needs 'says' or 'must_say'")
    return Speech(marks("says"), marks("and_says"), marks("must_say"), ground.get("of", "text"))
