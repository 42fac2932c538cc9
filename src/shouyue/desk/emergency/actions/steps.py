"""The steps of a plan: each is taken once, in a transaction of its own, and notes the next."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from shouyue.casework.emergency import Emergency as State
from shouyue.casework.matter import Matter as MatterState
from shouyue.casework.playbook import Step
from shouyue.desk.emergency import reads
from shouyue.desk.emergency.actions.channels import name_channels
from shouyue.desk.emergency.actions.ground import (
    UnableToCall,
    begin,
    end,
    in_charge,
    in_words,
    locked,
    move,
    next_step,
    sealed,
    step_of,
)
from shouyue.desk.emergency.models import Emergency, EmergencyNotice, EmergencyStep
from shouyue.desk.ledger.actions import index_streams
from shouyue.desk.matters import actions as matter_verbs
from shouyue.desk.matters import reads as matters
from shouyue.desk.messages import reads as messages
from shouyue.desk.outbox.actions import note
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor
from shouyue.desk.suits import actions as suits
from shouyue.desk.suits import reads as suit_reads


@transaction.atomic
def swept(*, hold: str, by: Actor, at: datetime) -> Emergency | None:
    """Nothing that the freeze covers waits any more: the channels are stopped, and each gets its proof or its duty."""
    found = Emergency.objects.filter(freeze=hold).first()
    if found is None:
        return None  # a hold without a plan
    row = locked(found.pk)
    if row.state != State.OPENED:
        return row
    waiting = messages.of_scope(row.over, row.key, messages.WAITING).filter(at__lte=row.opened_at).count()
    if waiting:
        raise UnableToCall(f"{waiting} messages still wait; the sweep comes first")
    row.stopped_at = at
    channels = name_channels(row, by=by, at=at)
    facts: dict[str, Any] = {
        "taken_back": sum(c.taken_back for c in channels),
        "in_flight": row.in_flight,
        "milliseconds": round((at - row.opened_at).total_seconds() * 1000),
        "channels": [f"{c.channel} {c.account} {c.state}" for c in channels],
    }
    move(row, State.CHANNELS_STOPPED, facts, by=by, at=at)
    end(row, step_of(row, "freeze"), facts, by=by, at=at)
    note(
        "emergency_channels",
        key=f"emergency_channels:{row.pk}",
        payload={"emergency": str(row.pk)},
        by=by,
        at=at,
    )
    next_step(row, 1, by=by, at=at)
    return row


@transaction.atomic
def take_step(*, emergency: str, n: int, by: Actor, at: datetime) -> Emergency:
    """Begin the n-th step of the plan; the desk's own are done here, a person's wait for them. Then the next."""
    row = locked(emergency)
    step = EmergencyStep.objects.filter(emergency=row, n=n).first()
    if step is None or step.state != Step.AHEAD:
        return row
    begin(row, step, by=by, at=at)
    if step.do == "preserve":
        _keep(row, step, by=by, at=at)
    elif step.do == "notify":
        _tell(row, step, by=by, at=at)
    elif step.do == "legal" and (step.by_whom == "desk" or row.matter is None):
        _go_legal(row, step, row.why, by=by, at=at)
    elif step.do == "report" and step.due_at:
        note(
            "emergency_report_due",
            key=f"emergency_report_due:{row.pk}:{n}",
            payload={"emergency": str(row.pk), "n": n},
            by=by,
            at=at,
            not_before=step.due_at,
        )
    next_step(row, n, by=by, at=at)
    return row


def _keep(row: Emergency, step: EmergencyStep, *, by: Actor, at: datetime) -> None:
    """The legal hold stands since the call. Now what there is is fixed: how many entries each stream of the log has, in one root."""
    leaf, listed = index_streams(by=by, at=at)
    threads = matters.threads_covered(row.over, row.key)
    row.missing = reads.missing_for_suit(row)
    facts = {
        "hold": str(row.preserve),
        "index": leaf.digest,
        "streams": len(listed),
        "threads": threads.count(),
        "messages": sum(threads.values_list("numbered", flat=True)),
    }
    move(row, State.EVIDENCE_FROZEN, {**facts, "missing": row.missing}, by=by, at=at)
    end(row, step, facts, by=by, at=at)


def _tell(row: Emergency, step: EmergencyStep, *, by: Actor, at: datetime) -> None:
    told = reads.whom_to_tell(row, step.whom)
    for as_whom, staff in told:
        EmergencyNotice.objects.get_or_create(
            emergency=row, staff=staff, what="called", defaults={"as_whom": as_whom, "at": at}
        )
    end(row, step, {"told": [f"{as_whom} {staff.staff_no}" for as_whom, staff in told]}, by=by, at=at)


def _go_legal(row: Emergency, step: EmergencyStep, reason: str, *, by: Actor, at: datetime) -> None:
    """The matter goes to legal and a procedure is being prepared: with what is there and what is missing."""
    matter = matters.get(row.matter_id) if row.matter_id else None
    if matter is None or matter.state == MatterState.CLOSED:
        end(
            row,
            step,
            {},
            left_out="the stop is over no single open case; hand over each case by itself",
            by=by,
            at=at,
        )
        return
    if matter.state == MatterState.NEW:
        matter_verbs.move(matter=matter, to=MatterState.ASSIGNED, reason=reason, by=by, at=at)
        matter = matters.get(matter.pk)
    if matter.state not in {MatterState.LEGAL, MatterState.ENFORCING}:
        matter_verbs.move(matter=matter, to=MatterState.LEGAL, reason=reason, by=by, at=at)
        suits.open_for_matter(matter=str(matter.pk), by=by, at=at)
    there, missing = reads.for_suit(row, at)
    suit = next(iter(suit_reads.of_matter(matter)), None)
    facts = {"suit": str(suit.pk) if suit else "", "there": there, "missing": missing, "reason": reason}
    row.missing = missing
    if row.state == State.EVIDENCE_FROZEN:
        move(row, State.LEGAL_HANDED, {"reason": reason, "missing": missing}, by=by, at=at)
    end(row, step, facts, by=by, at=at)


@transaction.atomic
def hand_to_legal(*, emergency: UUID, reason: str, by: Staff, at: datetime) -> Emergency:
    """A person decides that the case goes to legal, with what is there and what is missing."""
    row = locked(emergency)
    in_charge(row, by)
    reason = in_words(reason)
    if row.matter is None:
        raise UnableToCall("the stop is over no single open case; hand over each case by itself")
    _go_legal(row, step_of(row, "legal"), reason, by=by, at=at)
    return row


@transaction.atomic
def report(
    *, emergency: UUID, n: int, to: str, reference: str, words: str, by: Staff, at: datetime
) -> EmergencyStep:
    """Record that the incident was reported: to whom, under which number, in which words. Late is said, not hidden."""
    row = locked(emergency)
    in_charge(row, by)
    step = step_of(row, "report", n)
    if not to.strip():
        raise UnableToCall("say to whom it was reported")
    step.why = in_words(words)
    late = bool(step.due_at and at > step.due_at)
    end(row, step, {"to": to.strip(), "reference": reference.strip(), "late": late}, by=by, at=at)
    return step


@transaction.atomic
def leave_out(*, emergency: UUID, n: int, why: str, by: Staff, at: datetime) -> EmergencyStep:
    """A person says why a step that waits for a person is not taken. What the desk does by itself is not left out."""
    row = locked(emergency)
    in_charge(row, by)
    step = EmergencyStep.objects.get(emergency=row, n=n)
    if step.do not in ("legal", "report"):
        raise UnableToCall(
            f"{step.do} cannot be left out; only going to legal and a report can, with a reason"
        )
    end(row, step_of(row, step.do, n), {}, left_out=in_words(why), by=by, at=at)
    return step


@transaction.atomic
def report_due(*, emergency: str, n: int, by: Actor, at: datetime) -> None:
    """The deadline of a report has come and nobody has reported: whoever must is told again, and it is sealed."""
    row = locked(emergency)
    step = EmergencyStep.objects.get(emergency=row, n=n)
    if step.state != Step.RUNNING:
        return
    for as_whom, staff in reads.whom_to_tell(row, ["supervisor", "compliance", "legal"]):
        EmergencyNotice.objects.get_or_create(
            emergency=row, staff=staff, what=f"report_late_{n}", defaults={"as_whom": as_whom, "at": at}
        )
    sealed(
        row,
        "report_late",
        {"step": n, "due_at": step.due_at.isoformat() if step.due_at else ""},
        by=by,
        at=at,
    )


@transaction.atomic
def read_notice(*, notice: int, by: Staff, at: datetime) -> EmergencyNotice:
    """Somebody says that they have read what they were told."""
    found = EmergencyNotice.objects.select_for_update().filter(pk=notice, staff=by).first()
    if found is None:
        raise UnableToCall("there is no such notice for you")
    if found.read_at is None:
        found.read_at = at
        found.save(update_fields=["read_at"])
        sealed(
            locked(found.emergency_id), "notice_read", {"what": found.what, "as": found.as_whom}, by=by, at=at
        )
    return found
