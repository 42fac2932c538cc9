"""A company's legal representative changes: in every loan on which it owes, one person begins to act for it and another ends."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from shouyue.desk.matters.models import LoanParty
from shouyue.desk.parties.actions import name_representative
from shouyue.desk.parties.models import Party
from shouyue.desk.parties.reads import representative
from shouyue.desk.people.reads import Actor
from shouyue.terms import PartyRole

OWING = [role.value for role in PartyRole if role.owes]


@transaction.atomic
def represent(*, company: Party, person: Party, why: str, by: Actor, at: datetime) -> None:
    """From now on `person` acts for the company. Who did before is nobody to its loans any more, and the gate obeys at once.

    Raises parties.UnableToRepresent.
    """
    before = representative(company)
    name_representative(company=company, person=person, why=why, by=by, at=at)
    for loan in (
        LoanParty.objects.filter(party=company, role__in=OWING).values_list("loan", flat=True).distinct()
    ):
        if before is not None:
            _becomes(loan, before, PartyRole.LEGAL_REPRESENTATIVE, PartyRole.UNRELATED)
        for was in (PartyRole.UNRELATED, PartyRole.UNVERIFIED):
            _becomes(loan, person, was, PartyRole.LEGAL_REPRESENTATIVE)
        LoanParty.objects.get_or_create(loan_id=loan, party=person, role=PartyRole.LEGAL_REPRESENTATIVE)


def _becomes(loan: UUID, person: Party, was: PartyRole, now: PartyRole) -> None:
    rows = LoanParty.objects.filter(loan=loan, party=person)
    if rows.filter(role=now).exists():
        rows.filter(role=was).delete()
    else:
        rows.filter(role=was).update(role=now)
