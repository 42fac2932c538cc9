"""What is stopped now."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from shouyue.desk.holds.models import Hold


def in_force(
    at: datetime,
    *,
    party: UUID | str | None = None,
    staff_no: str | None = None,
    account: str | None = None,
    kind: str = "freeze",
) -> list[Hold]:
    """Every hold of this kind that covers any of these. The lender's own stop covers everything."""
    covers = Q(over="lender")
    for over, key in (("party", party), ("staff", staff_no), ("account", account)):
        if key:
            covers |= Q(over=over, key=str(key))
    return list(
        Hold.objects.filter(covers, kind=kind, since__lte=at)
        .filter(Q(released_at=None) | Q(released_at__gt=at))
        .order_by("since")
    )


def get(pk: UUID) -> Hold:
    return Hold.objects.get(pk=pk)


def running(kind: str | None = None) -> QuerySet[Hold]:
    found = Hold.objects.filter(released_at=None).select_related("by").order_by("-since")
    return found.filter(kind=kind) if kind else found
