"""What is stopped now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from shouyue.desk.holds.models import Hold

_ONE_AT_A_TIME = 0x53544F50  # PostgreSQL's advisory lock of stops; SQLite has one writer anyway


def let_out() -> None:
    """Taken by everything that leaves, before it asks for stops: a stop that begins meanwhile waits until this commits.

    Many may hold it together. Before the party's lock, always: who stops takes them in the same order.
    """
    _lock("pg_advisory_xact_lock_shared")


def nothing_leaves() -> None:
    """Taken by a stop, alone: what was let out before is committed and can be named; nothing is let out until the stop is."""
    _lock("pg_advisory_xact_lock")


def _lock(how: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {how}(%s)", [_ONE_AT_A_TIME])


def in_force(
    at: datetime,
    *,
    party: UUID | str | None = None,
    staff_no: str | None = None,
    account: str | None = None,
    kind: str = "freeze",
) -> list[Hold]:
    """Every hold of this kind that covers any of these. The lender's own stop covers everything.

    A hold that is in the table is in force, whatever our clock says of when it began: the clock of whoever stopped may be
    ahead of ours, and a job that took its time a moment ago may ask a moment after the stop.
    """
    covers = Q(over="lender")
    for over, key in (("party", party), ("staff", staff_no), ("account", account)):
        if key:
            covers |= Q(over=over, key=str(key))
    return list(
        Hold.objects.filter(covers, kind=kind)
        .filter(Q(released_at=None) | Q(released_at__gt=at))
        .order_by("since")
    )


def preserving(
    at: datetime, *, parties: Collection[UUID], staff_nos: Collection[str], accounts: Collection[str]
) -> list[Hold]:
    """The legal holds over any of these people, members and accounts, and over everything."""
    covers = Q(over="lender") | Q(over="party", key__in=[str(one) for one in parties])
    covers |= Q(over="staff", key__in=list(staff_nos)) | Q(over="account", key__in=list(accounts))
    rows = Hold.objects.filter(covers, kind="preserve").filter(Q(released_at=None) | Q(released_at__gt=at))
    return list(rows.order_by("since"))


def get(pk: UUID) -> Hold:
    return Hold.objects.get(pk=pk)


def running(kind: str | None = None) -> QuerySet[Hold]:
    found = Hold.objects.filter(released_at=None).select_related("by").order_by("-since")
    return found.filter(kind=kind) if kind else found


def told_of(stops: Iterable[tuple[str, str]]) -> str:
    """Why a message was taken back, as it stands beside the message: of each stop what it is over, and its reason. The words of a
    wider stop may be about somebody else: they stand with the stop alone."""
    reasons = [why for over, why in stops if over == "party"]
    return (
        f"stopped: {'; '.join(reasons)}"
        if reasons
        else "stopped with others; the reason stands with the stop"
    )
