"""What is left of a loan and its matters when a person in it is erased: sums, days and states, and no words about anybody."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from shouyue.desk.matters.models import (
    ClaimEvent,
    Entrustment,
    Loan,
    LoanParty,
    Matter,
    MatterChange,
    Plan,
    Promise,
    Thread,
    Vehicle,
)
from shouyue.desk.parties.models import Party
from shouyue.desk.people.reads import Actor
from shouyue.terms import PartyRole


@transaction.atomic
def forget(*, party: Party, by: Actor, at: datetime) -> None:
    """Blank what was written about a person and about the matters that they had a part in. Sealed by whoever calls this.

    What a matter says may name any of its people, so it goes with the first of them; a hold over another stands against that.
    """
    loans = LoanParty.objects.filter(party=party).values("loan")
    owned = LoanParty.objects.filter(party=party, role=PartyRole.DEBTOR).values("loan")
    matters = Matter.objects.filter(loan__in=loans)
    Promise.objects.filter(party=party).update(reason="")
    Plan.objects.filter(party=party).update(why="", reason="")
    Thread.objects.filter(party=party).update(outcome="")
    MatterChange.objects.filter(matter__in=matters).update(reason="")
    Entrustment.objects.filter(matter__in=matters).update(why="", told_by="", given_back="")
    ClaimEvent.objects.filter(loan__in=loans).update(proof="")
    Vehicle.objects.filter(loan__in=owned).update(plate=None)
    Loan.objects.filter(pk__in=owned).update(more={})
    matters.update(title="")
    LoanParty.objects.filter(party=party).update(relation="")
