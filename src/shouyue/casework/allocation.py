"""Which debts a payment pays, and in which order their parts: exact decimals, nothing left unsaid.

Civil Code of the PRC, article 561 (rule MONEY.order): a payment that is not enough for everything pays the costs of
realising the claim, then interest, then principal, unless agreed otherwise. Article 560 (MONEY.multi): of several debts of
one kind the debtor says which is paid; else what is due before what is not, the least secured first, then the most
burdensome, then the earliest due, and equals in proportion. The Code names no place for a breach fee: it comes last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

ZERO, CENT = Decimal("0.00"), Decimal("0.01")
LAWFUL_ORDER = ("costs", "interest", "principal", "breach_fee")


class OverAllocated(ValueError):
    """More was paid than is owed; the rest belongs to the payer and must not be booked."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What one debt consists of. Penalty interest is interest. All sums in one currency, two places, none negative."""

    costs: Decimal = ZERO
    interest: Decimal = ZERO
    principal: Decimal = ZERO
    breach_fee: Decimal = ZERO

    def __post_init__(self) -> None:
        for part in LAWFUL_ORDER:
            value = getattr(self, part)
            if value < 0 or value != value.quantize(CENT):
                raise ValueError(f"{part} is {value}; a sum owed has two places and is not negative")

    @property
    def total(self) -> Decimal:
        return sum((getattr(self, part) for part in LAWFUL_ORDER), ZERO)


@dataclass(frozen=True, slots=True)
class Debt:
    """One of several debts to the same creditor. `burden` is its yearly rate, `secured` what stands behind it (0 … 1)."""

    id: str
    owed: Owed
    due_on: date
    secured: Decimal = ZERO
    burden: Decimal = ZERO


def allocate(amount: Decimal, owed: Owed, *, order: Sequence[str] = LAWFUL_ORDER) -> dict[str, Decimal]:
    """How much of `amount` pays each part. `order` is the lawful one unless the contract has another.

    Raises OverAllocated when more is paid than is owed, ValueError for a sum that is none or an order that leaves a part out.
    """
    _positive(amount)
    if sorted(order) != sorted(LAWFUL_ORDER):
        raise ValueError(f"the order {', '.join(order)} must name each of {', '.join(LAWFUL_ORDER)} once")
    if amount > owed.total:
        raise OverAllocated(
            f"{amount} was paid and {owed.total} is owed; book {owed.total} and give {amount - owed.total} back"
        )
    paid, left = {}, amount
    for part in order:
        paid[part] = min(left, getattr(owed, part))
        left -= paid[part]
    return paid


def spread(
    amount: Decimal, debts: Sequence[Debt], on: date, *, chosen: Sequence[str] = ()
) -> dict[str, Decimal]:
    """How much of `amount` goes to each debt, by id. `chosen` are the ids that the debtor named, in their order.

    Raises OverAllocated when all debts together are less, ValueError for an unknown id.
    """
    _positive(amount)
    known = {debt.id: debt for debt in debts}
    if unknown := [id for id in chosen if id not in known]:
        raise ValueError(f"the debtor named {', '.join(unknown)}; the debts are {', '.join(sorted(known))}")
    total = sum((debt.owed.total for debt in debts), ZERO)
    if amount > total:
        raise OverAllocated(f"{amount} was paid and {total} is owed on all debts; give {amount - total} back")
    paid = dict.fromkeys(known, ZERO)
    left = amount
    for id in chosen:
        paid[id] = min(left, known[id].owed.total)
        left -= paid[id]
    for equals in _ranks([debt for debt in debts if debt.id not in chosen], on):
        owed = sum((debt.owed.total for debt in equals), ZERO)
        for id, part in _in_proportion(min(left, owed), equals).items():
            paid[id] += part
        left -= min(left, owed)
    return paid


def _positive(amount: Decimal) -> None:
    if amount <= 0 or amount != amount.quantize(CENT):
        raise ValueError(f"{amount} is no payment; a sum above zero with at most two places is")


def _rank(debt: Debt, on: date) -> tuple[bool, Decimal, Decimal, date]:
    return (debt.due_on > on, debt.secured, -debt.burden, debt.due_on)


def _ranks(debts: list[Debt], on: date) -> list[list[Debt]]:
    """Debts in the order of article 560; those that nothing tells apart stand together."""
    ranks: dict[tuple[bool, Decimal, Decimal, date], list[Debt]] = {}
    for debt in debts:
        ranks.setdefault(_rank(debt, on), []).append(debt)
    return [ranks[key] for key in sorted(ranks)]


def _in_proportion(amount: Decimal, debts: list[Debt]) -> dict[str, Decimal]:
    """Shares to the cent; the cents that are left go to the largest remainders, then by id, so that all is shared."""
    total = sum((debt.owed.total for debt in debts), ZERO)
    if not total:
        return {debt.id: ZERO for debt in debts}
    exact = {debt.id: amount * debt.owed.total / total for debt in debts}
    shares = {id: share.quantize(CENT, ROUND_DOWN) for id, share in exact.items()}
    missing = int((amount - sum(shares.values(), ZERO)) / CENT)
    for id in sorted(exact, key=lambda id: (shares[id] - exact[id], id))[:missing]:
        shares[id] += CENT
    return shares
