"""The guarantee period 保证期间: as agreed, or else six months from the main debt's maturity; nothing lengthens it
(民法典 692–694). "Until fully repaid" and an agreement not longer than the main debt count as no agreement.

Reads `guarantee.*`, `recipient.period_end`, and `period_end` where the dossier has only that. A joint guarantee is saved by a claim on the guarantor inside the period
(`guarantee.claimed_at`), a general one only by suit or arbitration against the debtor (`guarantee.suit_filed`). With
`each`, the entries of that list are looked at one by one. `is`: `near` (within `alarm` days and not saved), `over` (past
and not saved).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shouyue.clocks.deadline import guarantee_period
from shouyue.policy.facts import UNKNOWN
from shouyue.policy.kinds.base import Plain, parameter
from shouyue.policy.match import as_date
from shouyue.policy.parameter import NoValue, Parameter
from shouyue.policy.periods import both_dates, length
from shouyue.policy.reading import Written
from shouyue.policy.table import MAYBE, NO, Table, Truth, truth

KEYS = ("is", "period", "alarm", "each")
PARTS = ("main_due", "period_end", "agreed_period", "claimed_at", "suit_filed", "type")
FACTS = (*(f"guarantee.{p}" for p in PARTS), "recipient.period_end", "recipient.guarantee", "period_end")


@dataclass(frozen=True, slots=True)
class Guarantee(Plain):
    state: str
    period: Parameter
    alarm: Parameter | None
    each: str | None

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.each,) if self.each else FACTS

    def judge(self, table: Table) -> Truth:
        if self.each:
            return table.map_on_day(self._any, self.each)
        return table.map_on_day(self._ask, *FACTS)

    def _any(self, today: date, entries: Any) -> int:
        if entries is UNKNOWN:
            return MAYBE
        return max((self._entry(today, e) for e in entries or ()), default=NO)

    def _entry(self, today: date, e: Mapping[str, Any]) -> int:
        return self._ask(
            today, e.get("main_due"), e.get("period_end"), e.get("agreed_period"), e.get("claimed_at"),
            e.get("suit_filed"), e.get("type"), None, None, None,
        )  # fmt: skip

    def _ask(self, today: date, main_due: Any, end: Any, agreed: Any, claimed: Any, suit: Any, kind: Any,
             own_end: Any, own_kind: Any, only_end: Any) -> int:  # fmt: skip
        own_end = own_end if _known(own_end) else only_end
        try:
            last = self.end(today, main_due, end if _known(end) else own_end, agreed)
        except NoValue:
            return MAYBE
        if last is None:
            return MAYBE if main_due is UNKNOWN and end is UNKNOWN and own_end is UNKNOWN else NO
        which = own_kind if _known(own_kind) else kind
        saved = claimed if which in ("joint", None, UNKNOWN) else suit
        if _known(saved) and as_date(saved) <= last:
            return NO
        if self.state == "over":
            return truth(today > last)
        assert self.alarm is not None
        return truth(today <= last and (last - today).days <= int(self.alarm.on(today)))

    def end(self, today: date, main_due: Any, given: Any, agreed: Any) -> date | None:
        """The last safe day: the earlier of what the dossier says and what the law gives."""
        ends = [as_date(given)] if _known(given) else []
        if _known(main_due):
            clear = _known(agreed) and _is_date(agreed)
            ends.append(
                guarantee_period(
                    as_date(main_due),
                    default=length(self.period, today),
                    agreed=as_date(agreed) if clear else None,
                    clear=clear,
                ).safe
            )
        return min(ends, default=None)

    def detail(self, table: Table) -> Mapping[str, Any]:
        if self.each:
            return {}
        ends = map(table.value, ("guarantee.period_end", "recipient.period_end", "period_end"))
        given = next((e for e in ends if _known(e)), None)
        try:
            end = self.end(
                table.today, table.value("guarantee.main_due"), given, table.value("guarantee.agreed_period")
            )
        except NoValue:
            return {}
        return {} if end is None else both_dates(end, table)


def _known(value: Any) -> bool:
    return value is not None and value is not UNKNOWN


def _is_date(value: Any) -> bool:
    try:
        as_date(value)
    except ValueError:
        return False
    return True


def read(ground: Written, parameters: Mapping[str, Parameter]) -> Guarantee:
    state = ground.need("is")
    if state not in ("near", "over"):
        raise ground.place.error(f"'is' takes near or over; found {state!r}")
    return Guarantee(
        state,
        parameter(ground, "period", parameters),
        parameter(ground, "alarm", parameters) if state == "near" else None,
        ground.get("each"),
    )
