"""Note what must follow, in the transaction that makes it so; later claim it, and say what became of it.

`note` is for everybody. The rest is for the worker.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from shouyue.desk.outbox.happened import Happened
from shouyue.desk.outbox.models import Beat, OutboxRow, RowState, Strike

BATCH = 100
ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=2)  # doubles with each attempt: 2 s, 4 s, … 2 min; about four minutes in all


class UnableToNote(Exception):
    """What must follow could not be noted."""


def note(
    what: str,
    *,
    key: str,
    payload: Mapping[str, Any],
    by: object,
    at: datetime,
    not_before: datetime | None = None,
) -> OutboxRow:
    """Note, in the caller's transaction, that `what` happened, so that its consequences will follow.

    `what` is a word of `Happened`. `payload` is plain JSON (ids, not bodies; no floats) and becomes the keyword
    arguments of the verbs that follow. Nothing follows before `not_before` (default: at once). `by` is a person
    of the desk, or a text that says who. The same key with the same contents is the same row, whoever notes it and when.

    Raises UnableToNote outside a transaction, for an unknown word, for a payload that is not plain JSON, and for a key
    that was used with other contents.
    """
    if not connection.in_atomic_block:
        raise UnableToNote(
            f"{what!r} was noted outside a transaction; it must commit with the change it follows from"
        )
    if what not in Happened.__members__.values():
        raise UnableToNote(
            f"{what!r} is no word of outbox/happened.py; add it there and say in reactions.py what follows"
        )
    contents = _digest(what, payload, not_before)
    fresh = OutboxRow(
        key=key,
        what=str(what),
        payload=dict(payload),
        contents=contents,
        by=who(by),
        noted_at=at,
        not_before=not_before or at,
    )
    # an insert that yields to an earlier row of the same key, then one read: no savepoint, and no race on either database
    OutboxRow.objects.bulk_create([fresh], ignore_conflicts=True)
    row = OutboxRow.objects.get(key=key)
    if row.contents != contents:
        raise UnableToNote(
            f"the key {key!r} was noted on {row.noted_at:%Y-%m-%d %H:%M:%S} for {row.what} with other contents; "
            "a new act needs a new key"
        )
    return row


def who(by: object) -> str:
    """How an actor is written down: a person's staff number, or the name itself for a part of the desk."""
    return str(getattr(by, "staff_no", by))


def _digest(what: str, payload: Mapping[str, Any], not_before: datetime | None) -> str:
    _plain(payload, "payload")
    body = [str(what), payload, not_before and int(not_before.timestamp() * 1000)]
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _plain(value: object, place: str) -> None:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if not isinstance(name, str):
                raise UnableToNote(f"{place} has the key {name!r}; keys are text")
            _plain(inner, f"{place}.{name}")
    elif isinstance(value, list | tuple):
        for n, inner in enumerate(value):
            _plain(inner, f"{place}[{n}]")
    elif value is not None and not isinstance(value, str | int):
        raise UnableToNote(
            f"{place} is a {type(value).__name__}; give text, a whole number, true, false or nothing"
        )


def claim(*, at: datetime, most: Mapping[str, int] | None = None) -> list[OutboxRow]:
    """Take due rows of one word for one workflow, oldest first: BATCH of them, or as `most` says for that word.

    Empty when nothing is due. The batch is named after its first row and that row's attempt, so no two claims share
    a name, and a claim that is relayed twice starts one workflow.
    """
    due = OutboxRow.objects.filter(state=RowState.WAITING, not_before__lte=at).order_by("not_before", "id")
    if not due.exists():  # looked at ten times a second: take no lock for nothing
        return []
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        first = due.first()
        if first is None:
            return []
        rows = list(due.filter(what=first.what)[: (most or {}).get(first.what, BATCH)])
        batch = f"outbox-{rows[0].pk}-{rows[0].attempts}"
        OutboxRow.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=RowState.CLAIMED, batch=batch, claimed_at=at
        )
    for row in rows:
        row.state, row.batch, row.claimed_at = RowState.CLAIMED, batch, at
    return rows


def hold(*, row: int) -> OutboxRow | None:
    """Lock a claimed row inside the caller's transaction; None when somebody else has finished it."""
    return OutboxRow.objects.select_for_update().filter(pk=row, state=RowState.CLAIMED).first()


def mark(*, row: OutboxRow, consequence: str, last: bool, at: datetime) -> None:
    """One consequence of the row is done; committed together with it. The last one closes the row."""
    row.done = [*row.done, consequence]
    if last:
        row.state, row.reason, row.finished_at = RowState.DONE, "", at
    row.save(update_fields=["done", "state", "reason", "finished_at"])


def finish(*, row: int, at: datetime) -> None:
    """Every consequence is done."""
    OutboxRow.objects.filter(pk=row, state=RowState.CLAIMED).update(
        state=RowState.DONE, reason="", finished_at=at
    )


def fail(*, row: int, reason: str, at: datetime) -> RowState:
    """An attempt failed: wait longer each time, then give up in the open. Returns the row's state."""
    with transaction.atomic():
        found = OutboxRow.objects.select_for_update().get(pk=row)
        if found.state != RowState.CLAIMED:
            return RowState(found.state)
        found.attempts += 1
        found.reason = reason[:2000]
        if found.attempts % ATTEMPTS == 0:
            found.state, found.finished_at = RowState.GIVEN_UP, at
        else:
            found.state = RowState.WAITING
            found.not_before = at + FIRST_PAUSE * 2 ** (found.attempts % ATTEMPTS - 1)
        found.save(update_fields=["attempts", "reason", "state", "finished_at", "not_before"])
    return RowState(found.state)


def give_back(*, batch: str, at: datetime) -> int:
    """The workflow of this batch is gone: its unfinished rows wait again. Counts as an attempt, so no row loops for ever."""
    claimed = OutboxRow.objects.filter(batch=batch, state=RowState.CLAIMED)
    rows = list(claimed.values_list("pk", flat=True))
    for row in rows:
        fail(row=row, reason="the worker that had claimed this is gone", at=at)
    return len(rows)


def try_again(*, row: int, by: object, at: datetime) -> bool:
    """A person asks for another round of a row that was given up; what is done stays done. False when it was not given up.

    The count of attempts goes on, since it is part of the name of a batch, and a name is never used twice.
    """
    return bool(
        OutboxRow.objects.filter(pk=row, state=RowState.GIVEN_UP).update(
            state=RowState.WAITING, not_before=at, finished_at=None, batch=""
        )
    )


def beat(*, worker: str, at: datetime) -> None:
    """This worker is alive now."""
    Beat.objects.update_or_create(worker=worker, defaults={"at": at})


def stop_beating(*, worker: str, at: datetime, dead_for: timedelta = timedelta(days=1)) -> None:
    """This worker has stopped and may be replaced at once; workers long dead are forgotten with it."""
    Beat.objects.filter(Q(worker=worker) | Q(at__lt=at - dead_for)).delete()


def struck(*, name: str, at: datetime, reason: str = "") -> None:
    """A scheduled act ran; `reason` says why it failed, empty when it did not."""
    outcome = {"failed_at": at, "reason": reason[:2000]} if reason else {"done_at": at, "reason": ""}
    Strike.objects.update_or_create(name=name, defaults=outcome)
