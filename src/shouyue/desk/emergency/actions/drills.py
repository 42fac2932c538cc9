"""A drill: the whole of a stop is gone through, and nothing is touched but the row that says how long it took."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from shouyue.casework.contact import Contact as Sent
from shouyue.casework.emergency import Emergency as State
from shouyue.desk.emergency import reads
from shouyue.desk.emergency.actions.ground import UnableToCall, in_words, move, sealed
from shouyue.desk.emergency.actions.scope import scope_of
from shouyue.desk.emergency.models import Emergency
from shouyue.desk.holds import actions as holds
from shouyue.desk.messages import outbound
from shouyue.desk.messages import reads as messages
from shouyue.desk.outbox.actions import note
from shouyue.desk.people.reads import Actor, person
from shouyue.terms import GATE_OF, Channel, Gate


@transaction.atomic
def drill(*, cause: str, why: str, over: str, key: str | UUID = "", by: Actor, at: datetime) -> Emergency:
    """Begin a drill over a scope. No hold, no notice, no message, no channel: see `go_through`."""
    scope = scope_of(over, str(key))
    row = Emergency.objects.create(
        over=over,
        key=scope.key,
        party=scope.party,
        staff=scope.staff,
        cause=cause,
        why=in_words(why),
        drill=True,
        opened_by=person(by),
        opened_at=at,
    )
    sealed(row, "drill", {"over": over, "key": scope.key, "cause": cause, "why": row.why}, by=by, at=at)
    note("drill_called", key=f"drill_called:{row.pk}", payload={"emergency": str(row.pk)}, by=by, at=at)
    return row


@transaction.atomic
def drilled(
    *, emergency: UUID | str, milliseconds: int, found: dict[str, Any], by: Actor, at: datetime
) -> Emergency:
    """Write down what the drill took and what it would have stopped. `milliseconds` is measured by the door that ran it."""
    row = Emergency.objects.select_for_update(of=("self",)).get(pk=emergency)
    if not row.drill:
        raise UnableToCall("this is no drill")
    if row.state == State.DRILLED:
        return row
    row.stopped_at = at
    row.measured = {"milliseconds": milliseconds, **found}
    move(row, State.DRILLED, row.measured, by=by, at=at)
    return row


def go_through(
    *, emergency: UUID | str, stopwatch: Callable[[], float], by: Actor, at: datetime
) -> dict[str, Any]:
    """Put the stop on and take back a first sweep of messages, as the real thing does, and let all of it roll back.

    What is measured is what would have been waited: until the freeze could commit, and for one sweep. Nothing that this
    writes is ever committed; messages that leave meanwhile wait for these milliseconds, as in a real stop, and then leave.
    """
    row = reads.get(emergency)
    waiting = messages.of_scope(row.over, row.key, messages.WAITING).values_list("party_id", flat=True)
    leaving = messages.of_scope(row.over, row.key, (Sent.LEAVING, Sent.UNKNOWN))
    accounts = reads.accounts_covered(row)
    plan = reads.playbooks_on(at).plan(row.cause)
    found: dict[str, Any] = {
        "would_take_back": len(waiting),
        "people": len(set(waiting)),
        "in_flight": leaving.count(),
        "channels": len(accounts),
        "by_hand": [
            f"{a.channel} {a.account}"
            for a in accounts
            if GATE_OF.get(Channel(a.channel), Gate.AFTER) != Gate.HARD
        ],
        "would_tell": sum(
            len(reads.whom_to_tell(row, step.whom)) for step in plan.steps if step.do == "notify"
        ),
    }
    began = stopwatch()
    with transaction.atomic():
        freeze = holds.put_on_hold(kind="freeze", over=row.over, key=row.key, why=row.why, by=by, at=at)
        stopped = stopwatch()
        found["swept"] = outbound.cancel_held(hold=str(freeze.pk), by=by, at=at)
        swept = stopwatch()
        transaction.set_rollback(True)
    found["stop_milliseconds"] = round((stopped - began) * 1000)
    found["sweep_milliseconds"] = round((swept - stopped) * 1000)
    return found
