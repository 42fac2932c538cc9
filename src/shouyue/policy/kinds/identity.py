"""Does the text say who speaks? `must_name` lists what it must hold:

`sender`     the name of the institution that speaks (fact `sender.name`), in full or without its legal form
`staff`      a staff number (工号)
`call_back`  a number to call back
`signature`  a signature 【…】 at the beginning that is the sender's own

Speaks where one is missing; a contact without text is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shouyue.policy.decision import Text
from shouyue.policy.facts import UNKNOWN
from shouyue.policy.kinds.base import Plain
from shouyue.policy.parameter import Parameter
from shouyue.policy.phrase import fold
from shouyue.policy.reading import Written
from shouyue.policy.table import MAYBE, NO, Table, Truth, truth

KEYS = ("must_name", "of")
WORDS = {
    "sender": Text("机构名称", "the institution's name"),
    "staff": Text("工号", "a staff number"),
    "call_back": Text("回拨电话", "a number to call back"),
    "signature": Text("本名签名", "a signature of its own"),
}
_LEGAL_FORM = re.compile(r"(股份)?(有限责任公司|有限公司|公司|集团|事务所)$")
_STAFF = re.compile(r"工号\s*[a-z]*\d+|客服\s*[a-z]?\d{3,}|[a-z]\d{3,}|employeeno|staffno")
_CALL_BACK = re.compile(r"(?:400|800|95)[-\d]{3,}|0\d{2,3}-?\d{7,8}|1[3-9]\d{9}|\d{3,4}-\d{3,4}-?\d{3,4}")


def core(name: str) -> str:
    """示例汽车金融有限公司 → 示例汽车金融: what people call it."""
    return _LEGAL_FORM.sub("", fold(name)) or fold(name)


def _signed(folded: str, name: str) -> bool:
    sign = re.match(r"【([^】]+)】", folded)
    return bool(sign) and (sign.group(1) in name or name in sign.group(1))  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True)
class Identity(Plain):
    must_name: tuple[str, ...]
    of: str

    @property
    def timeless(self) -> bool:
        return True

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.of, "sender.name")

    def judge(self, table: Table) -> Truth:
        return table.map(self._ask, self.of, "sender.name")

    def _ask(self, text: Any, name: Any) -> int:
        if text is None:
            return NO
        if text is UNKNOWN or (name is UNKNOWN and {"sender", "signature"} & set(self.must_name)):
            return MAYBE
        return truth(bool(self._missing(text, name)))

    def _missing(self, text: str, name: Any) -> list[str]:
        folded = fold(text)
        name = None if name is UNKNOWN else name
        has = {
            "sender": bool(name) and core(str(name)) in folded,
            "staff": bool(_STAFF.search(folded)),
            "call_back": bool(_CALL_BACK.search(folded)),
            "signature": _signed(folded, core(str(name or ""))),
        }
        return [what for what in self.must_name if not has[what]]

    def detail(self, table: Table) -> Mapping[str, Any]:
        text, name = table.value(self.of), table.value("sender.name")
        return {"missing": self._missing(text, name)} if isinstance(text, str) and name is not UNKNOWN else {}


def read(ground: Written, parameters: Mapping[str, Parameter]) -> Identity:
    wanted = ground.need("must_name")
    for what in wanted:
        if what not in ("sender", "staff", "call_back", "signature"):
            raise ground.place.error(f"must_name takes sender, staff, call_back, signature; found {what!r}")
    return Identity(tuple(wanted), ground.get("of", "text"))
