"""Sums. Exactly one of:

`equals`    the sums a text names must be the ledger's: the total in the fact named here, or parts that add up to it
`at_most`   no sum a text names may exceed the sum in the fact named here
`above`     a text names a sum that exceeds the one in the fact named here by more than a cent
`order`     a payment (`payment`) must be booked in this order over `open.*`; `allocation.*` says how it was
`value`, `times`, `base`  the fact `value` must not exceed the parameter `times` multiplied by the fact `base`

Sums are Decimal; a text's sums are those written with 元, 块, 万 or ￥ (in digits or in characters), or named as what is owed
in all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shouyue.policy.facts import UNKNOWN
from shouyue.policy.kinds.base import Plain, parameter
from shouyue.policy.parameter import NoValue, Parameter
from shouyue.policy.phrase import fold
from shouyue.policy.reading import Written
from shouyue.policy.table import MAYBE, NO, Table, Truth, truth

KEYS = ("equals", "at_most", "above", "order", "value", "times", "base", "of")
MODES = ("equals", "at_most", "above", "order", "value")
_SUM = re.compile(
    r"[¥￥]([\d,]+(?:\.\d+)?)"
    r"|([\d,]*\d(?:\.\d+)?)(万元|千元|元|[万千]?块(?!地|牌)|万(?!公里|公|里|次|人|辆))"
    r"|(?:一?共(?:计|是|欠)?|合计|总计|尚?欠|应还|本息)[是为约:]?([\d,]*\d{3}(?:\.\d+)?)(?![\d.,]*[\d元万年月日号期天个次点:%-])"
)
CENT = Decimal("0.01")
_DIGITS = {c: n for n, chars in enumerate(("零〇", "一壹", "二两贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
           for c in chars}  # fmt: skip
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_WRITTEN = re.compile(rf"([{''.join(_DIGITS)}{''.join(_UNITS)}万]{{2,}})(?:元|圆|块(?!地|牌))")


def sums(text: str) -> list[Decimal]:
    """The sums of money a text names: `12,873.60元`, `￥500`, `3.5万元`, `一共是15000`."""
    found = []
    for sign, plain, unit, bare in _SUM.findall(fold(text)):
        digits = (sign or plain or bare).replace(",", "")
        if digits:
            found.append(Decimal(digits) * {"万": 10000, "千": 1000}.get(unit[:1], 1))
    return found + [_read_off(written) for written in _WRITTEN.findall(fold(text))]


def _read_off(written: str) -> Decimal:
    """A number in characters: 一万二千三百 and 壹万贰仟叁佰 are 12300; 一万五 is 15000."""
    whole = section = digit = 0
    last = 1
    for char in written:
        if char in _DIGITS:
            digit = _DIGITS[char]
            last = 1 if digit == 0 else last
        elif char == "万":
            whole, section, digit, last = (section + digit) * 10000, 0, 0, 10000
        else:
            section, digit, last = section + (digit or 1) * _UNITS[char], 0, _UNITS[char]
    return Decimal(whole + section + digit * (last // 10 if last > 10 else 1))


@dataclass(frozen=True, slots=True)
class Amount(Plain):
    mode: str
    fact: str
    order: tuple[str, ...] = ()
    times: Parameter | None = None
    base: str = ""
    of: str = "text"

    @property
    def reads(self) -> tuple[str, ...]:
        if self.mode == "order":
            return ("payment", *(f"open.{o}" for o in self.order), *(f"allocation.{o}" for o in self.order))
        if self.mode == "value":
            return (self.fact, self.base)
        return (self.of, self.fact)

    def judge(self, table: Table) -> Truth:
        if self.mode == "order":
            return table.map(self._order, *self.reads)
        if self.mode == "value":
            return table.map_on_day(self._ratio, *self.reads)
        return table.map(self._text, *self.reads)

    def _text(self, text: Any, limit: Any) -> int:
        if text is None or limit is None:
            return NO
        if text is UNKNOWN:
            return MAYBE
        named = sums(text)
        if not named:
            return NO
        if limit is UNKNOWN:
            return MAYBE
        ledger = Decimal(str(limit))
        if self.mode == "at_most":
            return truth(max(named) > ledger)
        if self.mode == "above":
            return truth(max(named) - ledger > CENT)
        near = (abs(x - ledger) <= CENT for x in (*named, sum(named, Decimal(0))))
        return truth(not any(near))

    def _ratio(self, today: Any, value: Any, base: Any) -> int:
        if value is None or base is None:
            return NO
        if value is UNKNOWN or base is UNKNOWN:
            return MAYBE
        assert self.times is not None
        try:
            return truth(Decimal(str(value)) > Decimal(str(self.times.on(today))) * Decimal(str(base)))
        except NoValue:
            return MAYBE

    def _order(self, payment: Any, *rest: Any) -> int:
        """Booked otherwise than: the first of `order` until it is paid, then the next."""
        if payment is None:
            return NO
        owed, booked = rest[: len(self.order)], rest[len(self.order) :]
        if payment is UNKNOWN or all(b in (UNKNOWN, None) for b in booked):
            return MAYBE if payment is UNKNOWN else NO
        left = Decimal(str(payment))
        for due, was in zip(owed, booked, strict=True):
            should = min(left, Decimal(str(due)) if due not in (UNKNOWN, None) else Decimal(0))
            got = Decimal(str(was)) if was not in (UNKNOWN, None) else Decimal(0)
            if abs(got - should) > CENT:
                return truth(True)
            left -= should
        return NO

    def detail(self, table: Table) -> Mapping[str, Any]:
        if self.mode in ("order", "value"):
            return {}
        text = table.value(self.of)
        return {"sums": sums(text)} if isinstance(text, str) else {}


def read(ground: Written, parameters: Mapping[str, Parameter]) -> Amount:
    modes = [m for m in MODES if m in ground]
    if len(modes) != 1:
        raise ground.place.error(f"an amount needs exactly one of {', '.join(MODES)}")
    mode = modes[0]
    if mode == "order":
        return Amount(mode, "", tuple(ground["order"]))
    if mode == "value":
        return Amount(
            mode, ground["value"], times=parameter(ground, "times", parameters), base=ground.need("base")
        )
    return Amount(mode, ground[mode], of=ground.get("of", "text"))
