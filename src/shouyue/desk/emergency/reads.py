"""Emergencies as they may be shown."""

from __future__ import annotations

from django.db.models import QuerySet

from shouyue.casework.emergency import Emergency as State
from shouyue.desk.emergency.models import Emergency
from shouyue.desk.matters import reads as matters
from shouyue.desk.parties import reads as parties
from shouyue.desk.parties.models import Party


def running() -> QuerySet[Emergency]:
    return (
        Emergency.objects.exclude(state=State.RELEASED)
        .select_related("party", "matter")
        .order_by("opened_at")
    )


def of(party: Party) -> Emergency | None:
    """The emergency in force over this person."""
    return running().filter(party=party).first()


def missing_for_suit(emergency: Emergency) -> list[str]:
    """What a suit would want and the record has not: shown to legal, so that nobody finds out in court."""
    if emergency.matter is None:
        return ["matter"]
    loan = emergency.matter.loan
    lacks = {
        "balance with its date": matters.balance(loan) is None,
        "identity proof of the debtor": not parties.proofs(emergency.party).exists(),
        "payment history": not matters.payments(loan).exists(),
        "vehicle": not hasattr(loan, "vehicle"),
        "registered mortgage": not (hasattr(loan, "vehicle") and loan.vehicle.mortgage_registered_on),
        "signing date": loan.signed_on is None,
    }
    return [what for what, lacking in lacks.items() if lacking]
