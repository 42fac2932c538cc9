"""Two pairs of eyes: ask, decide, escalate, withdraw. Higher slices call these within their own transaction."""

from __future__ import annotations

from collections.abc import Collection
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
HELD_FOR = timedelta(hours=4)


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
    persons: int = 1,
    subject: UUID | None = None,
) -> Approval:
    """Put a question to a second person, or to `persons` of them. When `due_at` passes without an answer it is escalated.

    `subject` is the person whom it concerns: what is asked and answered is kept under their key and forgotten with them.
    """
    opened = Approval.objects.create(
        what=what,
        about=about,
        stream=stream,
        subject=subject,
        asked_by=person(by),
        asked_at=at,
        asks=asks,
        facts=facts,
        needs=needs,
        persons=persons,
        due_at=due_at,
    )
    seal(
        "approval/ask",
        stream=stream,
        subject=subject,
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
    """Answer. One no ends it; it is granted once as many persons as it needs have said yes, each a different one.

    Raises NoReason without a reason, UnableToDecide for the wrong person or a settled question.
    """
    if len(reason.strip()) < LEAST_REASON:
        raise NoReason(f"write the reason in at least {LEAST_REASON} characters; found “{reason.strip()}”")
    row = Approval.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=approval)
    answer = may_decide(row, by, at)
    if not answer.yes:
        raise UnableToDecide(answer.why_not)
    instead_of = answer.as_stand_in_for.staff_no if answer.as_stand_in_for else ""
    then = State.GRANTED if grant else State.REFUSED
    if grant:
        yes = {"by": by.staff_no, "for": instead_of, "reason": reason.strip(), "at": at.isoformat()}
        row.yeses = [*row.yeses, yes]
        then = State.GRANTED if len(row.yeses) >= row.persons else State.HALF
    MACHINE.check(State(row.state), then)
    row.state, row.held_by, row.held_why = then, None, ""
    if then != State.HALF:
        row.decided_by, row.decided_at, row.reason = by, at, reason.strip()
        row.decided_as_stand_in_for = answer.as_stand_in_for
    row.save()
    seal(
        f"approval/{then.value}",
        stream=row.stream,
        subject=row.subject,
        parts={
            "approval": str(row.pk),
            "what": row.what,
            "reason": reason.strip(),
            "for": instead_of,
        },
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def hold(*, approval: UUID, reason: str, by: Staff, at: datetime) -> Approval:
    """Keep the question to oneself while something is looked into: nobody else decides, and the deadline moves on a little.

    When the new deadline passes it is escalated like any other.
    """
    if len(reason.strip()) < LEAST_REASON:
        raise NoReason(f"write the reason in at least {LEAST_REASON} characters; found “{reason.strip()}”")
    row = Approval.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=approval)
    answer = may_decide(row, by, at)
    if not answer.yes:
        raise UnableToDecide(answer.why_not)
    if row.held_by_id:
        raise UnableToDecide("it is held already; decide it, or leave it to escalate")
    MACHINE.check(State(row.state), State.HELD)
    row.state, row.held_by, row.held_why = State.HELD, by, reason.strip()
    row.due_at = max(row.due_at, at + HELD_FOR)
    row.save(update_fields=["state", "held_by", "held_why", "due_at"])
    note(
        "approval_due",
        key=f"approval_due:{row.pk}:held:{int(at.timestamp() * 1000)}",
        payload={"approval": str(row.pk)},
        by=by,
        at=at,
        not_before=row.due_at,
    )
    seal(
        "approval/held",
        stream=row.stream,
        subject=row.subject,
        parts={"approval": str(row.pk), "reason": row.held_why, "until": row.due_at.isoformat()},
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
        subject=row.subject,
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
    if row.escalated_at is None:
        row.state, row.escalated_at, row.due_at = State.ESCALATED, at, at + ESCALATED_FOR
        row.held_by, row.held_why = None, ""
        row.save(update_fields=["state", "escalated_at", "due_at", "held_by", "held_why"])
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
        subject=row.subject,
        parts={"approval": str(row.pk)},
        by=by,
        at=at,
    )
    return str(row.state)


@transaction.atomic
def forget(*, party: UUID, called: Collection[str], by: Actor, at: datetime) -> None:
    """What was asked about a person and why it was answered goes; that it was, by whom and when, stays. Sealed by the caller.

    So does the reason of an answer about others that names them (`called`), as where a stop took back what waited.
    """
    for name in called:
        Approval.objects.filter(reason__contains=name).update(reason="")
    for row in Approval.objects.filter(subject=party):
        row.asks = row.held_why = row.reason = ""
        row.facts = {}
        row.yeses = [{"by": yes["by"], "for": yes["for"], "reason": "", "at": yes["at"]} for yes in row.yeses]
        row.save(update_fields=["asks", "held_why", "reason", "facts", "yeses"])
