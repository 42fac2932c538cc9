"""Letting go of a stop takes two persons, each with a reason."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from shouyue.casework.channel_stop import ChannelStop as StopState
from shouyue.casework.emergency import Emergency as State
from shouyue.casework.playbook import Step
from shouyue.desk.emergency import reads
from shouyue.desk.emergency.actions.ground import (
    NotThrough,
    UnableToCall,
    end,
    in_charge,
    in_words,
    locked,
    move,
    step_of,
)
from shouyue.desk.emergency.models import ChannelStop, Emergency, EmergencyStep
from shouyue.desk.holds import actions as holds
from shouyue.desk.outbox.actions import note
from shouyue.desk.people.models import Staff


@transaction.atomic
def ask_release(*, emergency: UUID, why: str, by: Staff, at: datetime) -> Emergency:
    """The first person asks to let go. Raises UnableToCall, naming what is not done, while the plan is not through."""
    row = locked(emergency)
    in_charge(row, by)
    _nothing_left(row, at)
    row.asked_by, row.asked_at, row.asked_why = by, at, in_words(why)
    move(row, State.RELEASE_ASKED, {"why": row.asked_why}, by=by, at=at)
    return row


@transaction.atomic
def release(*, emergency: UUID, why: str, by: Staff, at: datetime) -> Emergency:
    """The second person lets go. Never whoever asked or called; what is preserved stays preserved."""
    row = locked(emergency)
    in_charge(row, by)
    why = in_words(why)
    if row.state != State.RELEASE_ASKED:
        raise UnableToCall("nobody has asked to release it; one person asks, a second releases")
    if row.asked_by_id == by.pk:
        raise UnableToCall("whoever asked cannot release it alone; a second person must")
    _nothing_left(row, at)
    assert row.freeze
    holds.release(hold=row.freeze, why=why, by=by, at=at)
    row.released_at, row.released_by, row.released_why = at, by, why
    end(
        row,
        step_of(row, "release"),
        {"asked_by": str(row.asked_by), "asked": row.asked_why, "why": why},
        by=by,
        at=at,
    )
    ChannelStop.objects.filter(emergency=row).update(state=StopState.LIFTED, moved_at=at)
    move(row, State.RELEASED, {"why": why, "asked": row.asked_why}, by=by, at=at)
    note(
        "emergency_released",
        key=f"emergency_released:{row.pk}",
        payload={"emergency": str(row.pk)},
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def keep_stopped(*, emergency: UUID, why: str, by: Staff, at: datetime) -> Emergency:
    """The second person does not let go: everything stays stopped, and the reason is kept."""
    row = locked(emergency)
    in_charge(row, by)
    if row.state != State.RELEASE_ASKED:
        raise UnableToCall("nobody has asked to release it; one person asks, a second releases")
    went = EmergencyStep.objects.filter(emergency=row, do="legal", state=Step.DONE).exists()
    asked = row.asked_why
    row.asked_by, row.asked_at, row.asked_why = None, None, ""
    move(
        row,
        State.LEGAL_HANDED if went else State.EVIDENCE_FROZEN,
        {"kept_stopped": in_words(why), "asked": asked},
        by=by,
        at=at,
    )
    return row


def _nothing_left(row: Emergency, at: datetime) -> None:
    """Raises UnableToCall, step by step in words, unless everything before the release is done or left out with a reason."""
    open_steps = reads.open_steps(row)
    if open_steps:
        raise NotThrough("not yet; do these first, or say why they are left out", open_steps)
    order = reads.police_order(row, at)
    if order:
        raise UnableToCall(
            f"a police order of {order:%Y-%m-%d} forbids contact; lift that stop with its end first"
        )
