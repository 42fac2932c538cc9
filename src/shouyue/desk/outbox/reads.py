"""What is still to happen, and what could not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shouyue.desk.outbox.models import Beat, OutboxRow, RowState, Strike


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
    done: tuple[str, ...]


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
        done=tuple(row.done),
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


def one(row: int) -> Noted:
    return _shown(OutboxRow.objects.get(pk=row))


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


def rows_of(batch: str) -> list[Noted]:
    """The unfinished rows of a batch, oldest first."""
    return [
        _shown(row) for row in OutboxRow.objects.filter(batch=batch, state=RowState.CLAIMED).order_by("id")
    ]


def alive(*, at: datetime, within: timedelta) -> list[str]:
    """The workers that have said so lately, in the order of their names: the first leads."""
    return list(Beat.objects.filter(at__gte=at - within).order_by("worker").values_list("worker", flat=True))


def strikes() -> dict[str, tuple[datetime | None, datetime | None, str]]:
    """For each scheduled act: last done, last failed, and why when the last time failed."""
    return {row.name: (row.done_at, row.failed_at, row.reason) for row in Strike.objects.order_by("name")}
