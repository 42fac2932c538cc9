"""What is still to happen, and what could not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shouyue.desk.outbox.models import OutboxRow, RowState


@dataclass(frozen=True, slots=True)
class Noted:
    """One row as it may be shown."""

    id: int
    what: str
    payload: dict[str, Any]
    by: str
    noted_at: datetime
    not_before: datetime
    state: str
    attempts: int
    reason: str


def _shown(row: OutboxRow) -> Noted:
    return Noted(
        id=row.pk,
        what=row.what,
        payload=row.payload,
        by=row.by,
        noted_at=row.noted_at,
        not_before=row.not_before,
        state=row.state,
        attempts=row.attempts,
        reason=row.reason,
    )


def pending(*, limit: int = 200) -> list[Noted]:
    """What waits or is being done, soonest first."""
    rows = OutboxRow.objects.filter(state__in=[RowState.WAITING, RowState.CLAIMED]).order_by(
        "not_before", "id"
    )
    return [_shown(row) for row in rows[:limit]]


def given_up(*, limit: int = 200) -> list[Noted]:
    """What a person must look at, newest first, each with the reason of its last attempt."""
    rows = OutboxRow.objects.filter(state=RowState.GIVEN_UP).order_by("-finished_at", "-id")
    return [_shown(row) for row in rows[:limit]]


def by_key(key: str) -> Noted | None:
    row = OutboxRow.objects.filter(key=key).first()
    return _shown(row) if row else None


def counts() -> dict[str, int]:
    """How many rows are in each state."""
    found = {state.value: 0 for state in RowState}
    for state in RowState:
        found[state.value] = OutboxRow.objects.filter(state=state).count()
    return found


def stale_batches(*, at: datetime, older_than: timedelta) -> list[str]:
    """Batches claimed so long ago that their workflow should be asked about."""
    rows = OutboxRow.objects.filter(state=RowState.CLAIMED, claimed_at__lt=at - older_than)
    return list(rows.order_by("batch").values_list("batch", flat=True).distinct())


def rows_of(batch: str) -> list[int]:
    """The unfinished rows of a batch, oldest first."""
    return list(
        OutboxRow.objects.filter(batch=batch, state=RowState.CLAIMED)
        .order_by("id")
        .values_list("pk", flat=True)
    )
