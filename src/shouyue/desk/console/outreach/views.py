"""The dossier of a matter: what our own records say, on one page, and the road that they recommend."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from shouyue.desk.console.frame import StaffRequest, staff_only
from shouyue.desk.matters import reads as matters
from shouyue.desk.outreach.dossier import dossier as gather
from shouyue.desk.parties import reads as parties
from shouyue.desk.suits import reads as suits
from shouyue.terms import PartyRole


@never_cache
@staff_only("see_threads")
def dossier(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Everything our own records say about one matter; somebody else's matter is not found, and the asking is logged."""
    matter = matters.matter_for(request.user, pk)
    procedures = suits.of_matter(matter)
    on_file = {one.kind for suit in procedures for one in suits.exhibits(suit)}
    found = gather(matter, request.at, exhibits=on_file)
    vehicle = getattr(matter.loan, "vehicle", None)
    context: dict[str, Any] = {
        "found": found,
        "matter": matter,
        "loan": matter.loan,
        "debt": found.debt,
        "payments": found.payments,
        "debtor": _name(found.people, PartyRole.DEBTOR),
        "guarantors": _guarantors(found.people),
        "vehicle": vehicle,
        "plate": parties.masked_value("plate", getattr(vehicle, "plate", None)),
        "section": "queue",
        "marked": True,
    }
    return render(request, "outreach/dossier.html", context)


def _guarantors(people: Any) -> list[dict[str, Any]]:
    return [
        {
            "shown": parties.masked_name(row.party),
            "guarantee": row.guarantee,
            "guarantee_until": row.guarantee_until,
            "guarantee_cap": row.guarantee_cap,
        }
        for row in people
        if row.role == PartyRole.GUARANTOR
    ]


def _name(people: Any, role: PartyRole) -> str:
    return next((parties.masked_name(row.party) for row in people if row.role == role), "")
