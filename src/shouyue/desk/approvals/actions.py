"""Two pairs of eyes: ask, decide, escalate, withdraw. Higher slices call these within their own transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from shouyue.casework.approval import MACHINE
from shouyue.casework.approval import Approval as State
from shouyue.desk.approvals.models import Approval
from shouyue.desk.approvals.reads import OPEN, may_decide
from shouyue.desk.ledger.actions import seal
from shouyue.desk.outbox.actions import note
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor, person

LEAST_REASON = 4  # characters; a dot is no reason
ESCALATED_FOR = timedelta(hours=24)


class UnableToDecide(Exception):
    """This person cannot decide this now."""


class NoReason(UnableToDecide):
    """A decision needs a reason in words."""


@transaction.atomic
def ask(
    *,
    what: str,
    about: UUID,
    stream: str,
    asks: str,
    facts: dict[str, Any],
    due_at: datetime,
    by: Actor,
    at: datetime,
    needs: str = "supervisor",
) -> Approval:
    """Put a question to a second person. When `due_at` passes without an answer it is escalated."""
    opened = Approval.objects.create(
        what=what,
        about=about,
        stream=stream,
        asked_by=person(by),
        asked_at=at,
        asks=asks,
        facts=facts,
        needs=needs,
        due_at=due_at,
    )
    seal(
        "approval/ask",
        stream=stream,
        subject=None,
        parts={"approval": str(opened.pk), "what": what, "asks": asks},
        by=by,
        at=at,
    )
    note(
        "approval_due",
        key=f"approval_due:{opened.pk}",
        payload={"approval": str(opened.pk)},
        by=by,
        at=at,
        not_before=due_at,
    )
    return opened


@transaction.atomic
def decide(*, approval: UUID, grant: bool, reason: str, by: Staff, at: datetime) -> Approval:
    """Answer. Raises NoReason without a reason, UnableToDecide for the wrong person or a settled question."""
    if len(reason.strip()) < LEAST_REASON:
        raise NoReason(f"write the reason in at least {LEAST_REASON} characters; found “{reason.strip()}”")
    row = Approval.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=approval)
    answer = may_decide(row, by, at)
    if not answer.yes:
        raise UnableToDecide(answer.why_not)
    then = State.GRANTED if grant else State.REFUSED
    MACHINE.check(State(row.state), then)
    row.state, row.decided_by, row.decided_at, row.reason = then, by, at, reason.strip()
    row.decided_as_stand_in_for = answer.as_stand_in_for
    row.save()
    seal(
        f"approval/{then.value}",
        stream=row.stream,
        subject=None,
        parts={
            "approval": str(row.pk),
            "what": row.what,
            "reason": row.reason,
            "for": answer.as_stand_in_for.staff_no if answer.as_stand_in_for else "",
        },
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def withdraw(*, approval: UUID, reason: str, by: Actor, at: datetime) -> None:
    """The question is no longer one: what waited was cancelled, expired or stopped."""
    row = Approval.objects.select_for_update().get(pk=approval)
    if row.state not in OPEN:
        return
    row.state, row.decided_at, row.reason = State.WITHDRAWN, at, reason
    row.save(update_fields=["state", "decided_at", "reason"])
    seal(
        "approval/withdrawn",
        stream=row.stream,
        subject=None,
        parts={"approval": str(row.pk), "reason": reason},
        by=by,
        at=at,
    )


@transaction.atomic
def escalate_or_lapse(*, approval: UUID, by: Actor, at: datetime) -> str:
    """The deadline passed: first to compliance; a second deadline later it lapses, which is a no. Returns the state."""
    row = Approval.objects.select_for_update().get(pk=approval)
    if row.state not in OPEN or at < row.due_at:
        return str(row.state)
    if row.state == State.OPEN:
        row.state, row.escalated_at, row.due_at = State.ESCALATED, at, at + ESCALATED_FOR
        row.save(update_fields=["state", "escalated_at", "due_at"])
        note(
            "approval_due",
            key=f"approval_due:{row.pk}:escalated",
            payload={"approval": str(row.pk)},
            by=by,
            at=at,
            not_before=row.due_at,
        )
    else:
        row.state, row.decided_at, row.reason = State.LAPSED, at, "nobody decided in time"
        row.save(update_fields=["state", "decided_at", "reason"])
        note(
            "approval_lapsed",
            key=f"approval_lapsed:{row.pk}",
            payload={"approval": str(row.pk), "what": row.what, "about": str(row.about)},
            by=by,
            at=at,
        )
    seal(
        f"approval/{row.state!s}",
        stream=row.stream,
        subject=None,
        parts={"approval": str(row.pk)},
        by=by,
        at=at,
    )
    return str(row.state)
