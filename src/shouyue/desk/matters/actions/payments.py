"""Money comes in: booked once, shared out in the lawful order, and only then are promises and plans judged by it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import localdate

from shouyue.casework.allocation import Owed, allocate
from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters.models import Loan, Payment, PaymentShare
from shouyue.desk.matters.reads import balance, shares_since, waits_for_money
from shouyue.desk.outbox.actions import note
from shouyue.desk.people.reads import Actor


class UnableToBook(Exception):
    """This payment cannot be booked as it stands."""


@transaction.atomic
def book_payment(
    *,
    loan: Loan,
    reference: str,
    paid_on: date,
    amount: Decimal,
    in_balance: bool = False,
    by: Actor,
    at: datetime,
) -> tuple[Payment, bool]:
    """Book a payment, once for its reference; the second value says whether it was new.

    It is shared out over costs, interest, principal (article 561) against the newest balance up to its day, less what earlier
    payments paid of that balance. Where no balance is known, or the newest one counts it already (`in_balance`), it is booked and
    not shared out. Raises UnableToBook for the same
    reference with another sum or day, and for a day to come; allocation.OverAllocated, a ValueError, for more than is owed.
    """
    known = Payment.objects.filter(loan=loan, reference=reference).first()
    if known:
        if (known.amount, known.paid_on) != (amount, paid_on):
            raise UnableToBook(
                f"{reference} was booked with {known.amount} on {known.paid_on}, now it says {amount} on {paid_on}; "
                "ask the lender which is right"
            )
        return known, False
    if paid_on > localdate(at):
        raise UnableToBook(f"{reference} is dated {paid_on}, a day to come; today is {localdate(at)}")
    Loan.objects.select_for_update().get(pk=loan.pk)
    row = None if in_balance else balance(loan, paid_on)
    shares: dict[str, Decimal] = {}
    if row:
        paid = shares_since(row)
        owed = {
            "costs": row.other_fee,
            "interest": row.overdue_interest + row.penalty,
            "principal": max(row.overdue_principal, row.outstanding_principal or Decimal(0)),
            "breach_fee": row.breach_fee,
        }
        left = {part: max(sum_ - paid.get(part, Decimal(0)), Decimal(0)) for part, sum_ in owed.items()}
        shares = allocate(amount, Owed(**left))
    booked = Payment.objects.create(
        loan=loan, reference=reference, paid_on=paid_on, amount=amount, recorded_at=at
    )
    PaymentShare.objects.bulk_create(
        PaymentShare(payment=booked, balance=row, part=part, amount=share)
        for part, share in shares.items()
        if share and row
    )
    seal(
        "import/payment",
        stream=f"loan:{loan.pk}",
        subject=None,
        parts={
            "reference": reference,
            "paid_on": paid_on.isoformat(),
            "amount": str(amount),
            "shares": {part: str(share) for part, share in shares.items()},
        },
        by=by,
        at=at,
    )
    if waits_for_money(loan):
        note(
            "payment_booked",
            key=f"payment_booked:{booked.pk}",
            payload={"loan": str(loan.pk)},
            by=by,
            at=at,
        )
    return booked, True
