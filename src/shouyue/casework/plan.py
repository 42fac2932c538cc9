"""A plan of instalments: proposed by the borrower or for them, agreed by a second person, judged by payments (R5, R10)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from shouyue.casework.machine import Machine
from shouyue.casework.promise import Due


class Plan(StrEnum):
    PROPOSED = "proposed"
    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    FULFILLED = "fulfilled"
    BROKEN = "broken"
    REPLACED = "replaced"


P = Plan

MACHINE = Machine(
    name="plan",
    start=P.PROPOSED,
    next={
        P.PROPOSED: frozenset({P.AGREED, P.REFUSED, P.WITHDRAWN}),
        P.AGREED: frozenset({P.FULFILLED, P.BROKEN, P.REPLACED}),
        P.BROKEN: frozenset({P.REPLACED, P.FULFILLED}),
        P.REFUSED: frozenset(),
        P.WITHDRAWN: frozenset(),
        P.FULFILLED: frozenset(),
        P.REPLACED: frozenset(),
    },
    owner={
        P.PROPOSED: "supervisor",
        P.AGREED: "borrower",
        P.BROKEN: "collector",
        P.REFUSED: "nobody",
        P.WITHDRAWN: "nobody",
        P.FULFILLED: "nobody",
        P.REPLACED: "nobody",
    },
    zh={
        P.PROPOSED: "待审批",
        P.AGREED: "履行中",
        P.REFUSED: "未同意",
        P.WITHDRAWN: "已撤回",
        P.FULFILLED: "已履行",
        P.BROKEN: "已违约",
        P.REPLACED: "被新计划取代",
    },
)


class NoPlan(ValueError):
    """These instalments make no plan."""


@dataclass(frozen=True, slots=True)
class Part:
    """One instalment."""

    due_on: date
    amount: Decimal


def check(parts: Sequence[Part], *, total: Decimal, today: date, longest_months: int | None) -> None:
    """Raise NoPlan, saying what was found and what is expected, unless the instalments pay `total` exactly, in order of
    dates from today on, within `longest_months` where there is such a limit."""
    if not parts:
        raise NoPlan("a plan has at least one instalment with a date and a sum")
    for n, part in enumerate(parts, 1):
        if part.amount <= 0 or part.amount != part.amount.quantize(Decimal("0.01")):
            raise NoPlan(
                f"instalment {n} is {part.amount}; a sum above zero with at most two places is needed"
            )
        if part.due_on < today:
            raise NoPlan(f"instalment {n} is due on {part.due_on}, before today, {today}; choose a later day")
    days = [part.due_on for part in parts]
    if days != sorted(set(days)):
        raise NoPlan("the instalments are not in the order of their days, or two have the same day")
    found = sum((part.amount for part in parts), Decimal(0))
    if found != total:
        raise NoPlan(f"the instalments come to {found}; the plan is over {total}")
    months = (days[-1].year - today.year) * 12 + days[-1].month - today.month
    if longest_months is not None and months > longest_months:
        raise NoPlan(f"the last instalment is {months} months away; at most {longest_months} can be agreed")


def equal_parts(total: Decimal, count: int, first_on: date) -> list[Part]:
    """Equal monthly instalments over `total`, the first on `first_on`; the last takes what does not divide, to the cent.

    A day that a month lacks (the 31st) becomes that month's last.
    """
    each = (total / count).quantize(Decimal("0.01"), ROUND_DOWN)
    sums = [each] * (count - 1) + [total - each * (count - 1)]
    return [Part(_months_later(first_on, n), amount) for n, amount in enumerate(sums)]


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def dues(parts: Sequence[Part]) -> list[Due]:
    """What must have come in by the end of each instalment's day, all together."""
    found, so_far = [], Decimal(0)
    for part in parts:
        so_far += part.amount
        found.append(Due(part.due_on, so_far))
    return found


def judge(parts: Sequence[Part], paid: Decimal, today: date) -> Plan:
    """What has become of an agreed plan, where `paid` came in since it was agreed: one instalment missed breaks it."""
    owed = dues(parts)
    if paid >= owed[-1].amount:
        return P.FULFILLED
    if any(today > due.on and paid < due.amount for due in owed):
        return P.BROKEN
    return P.AGREED
