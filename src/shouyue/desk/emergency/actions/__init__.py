"""The emergency plan: freeze → preserve → notify → legal → report → release by two (R11).

    call          the stop: a freeze and a legal hold, committed together; what was leaving is named
    swept         nothing that it covers waits any more                        → channels stopped, with the proof of each
    take_step     the steps of the plan, each in a transaction of its own      → evidence frozen, told, legal, report
    ask_release   one person, with a reason
    release       another person, with a reason                                → released

If we die: before `call` commits, nothing was stopped and whoever pressed the button sees no emergency; after it, everything
is stopped, whether or not anybody lives to sweep. Each later step is a row of the outbox, noted in the transaction of the
step before it: a worker that dies leaves it where it was, and the next one takes it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from shouyue.casework.contact import Contact as Sent
from shouyue.desk.emergency import reads
from shouyue.desk.emergency.actions.channels import (
    close_wecom,
    friend_removed,
    open_wecom,
    reconcile,
    say_done,
)
from shouyue.desk.emergency.actions.drills import drill, drilled
from shouyue.desk.emergency.actions.ground import (
    NotThrough,
    UnableToCall,
    begin,
    day,
    in_words,
    sealed,
    stream_of,
)
from shouyue.desk.emergency.actions.letting_go import ask_release, keep_stopped, release
from shouyue.desk.emergency.actions.scope import Scope, scope_of
from shouyue.desk.emergency.actions.steps import (
    hand_to_legal,
    leave_out,
    read_notice,
    report,
    report_due,
    swept,
    take_step,
)
from shouyue.desk.emergency.models import Emergency, EmergencyStep
from shouyue.desk.friend_requests import reads as friend_requests
from shouyue.desk.holds import actions as holds
from shouyue.desk.holds.reads import nothing_leaves
from shouyue.desk.holds.way import goes_first
from shouyue.desk.matters import reads as matters
from shouyue.desk.messages import reads as messages
from shouyue.desk.outbox.actions import note
from shouyue.desk.parties import reads as parties
from shouyue.desk.people.reads import Actor, person
from shouyue.policy.parameter import NoValue
from shouyue.policy.playbooks import Plan

__all__ = [
    "NotThrough", "UnableToCall", "alarm", "ask_release", "call", "close_wecom", "drill", "drilled", "friend_removed", "hand_to_legal",
    "incident", "keep_stopped", "leave_out", "open_wecom", "ordered", "patterned", "read_notice", "reconcile", "release", "report",
    "report_due", "say_done", "stream_of", "swept", "take_step", "typed",
]  # fmt: skip


def call(
    *, cause: str, why: str, over: str = "party", key: str | UUID = "", by: Actor, at: datetime
) -> Emergency:
    """Stop everything that can be stopped for a person, a member, an account or the whole lender, now, and keep everything.

    Calling twice is calling once. When this commits nothing that it covers begins to leave any more; what was leaving is
    named. What a member types by hand is held by no switch: see `channels`.
    """
    scope = scope_of(over, str(key))
    plan = reads.playbooks_on(at).plan(cause)  # a pack may have to be loaded first: not while others wait
    why = in_words(why)
    with goes_first():
        return _stop(scope, plan, over=over, cause=cause, why=why, by=by, at=at)


@transaction.atomic
def _stop(scope: Scope, plan: Plan, *, over: str, cause: str, why: str, by: Actor, at: datetime) -> Emergency:
    nothing_leaves()  # before any other lock: what is let out takes them in this order, too
    running = reads.over(over, scope.key).first()
    if running:
        return running
    freeze = holds.put_on_hold(kind="freeze", over=over, key=scope.key, why=why, by=by, at=at)
    preserve = holds.put_on_hold(kind="preserve", over=over, key=scope.key, why=why, by=by, at=at)
    leaving = messages.of_scope(over, scope.key, (Sent.LEAVING, Sent.UNKNOWN))
    row = Emergency.objects.create(
        over=over,
        key=scope.key,
        party=scope.party,
        staff=scope.staff,
        matter=matters.open_matters_of(scope.party).first() if scope.party else None,
        cause=cause,
        why=why,
        freeze=freeze.pk,
        preserve=preserve.pk,
        in_flight=[str(pk) for pk in leaving.values_list("pk", flat=True)],
        opened_by=person(by),
        opened_at=at,
    )
    _write_steps(row, plan, at)
    begin(row, EmergencyStep.objects.get(emergency=row, n=1), by=by, at=at)
    sealed(
        row,
        "opened",
        {
            "over": over,
            "key": scope.key,
            "cause": cause,
            "plan": plan.id,
            "why": why,
            "freeze": str(freeze.pk),
            "preserve": str(preserve.pk),
            "in_flight": row.in_flight,
        },
        by=by,
        at=at,
    )
    note(
        "emergency_called", key=f"emergency_called:{row.pk}", payload={"emergency": str(row.pk)}, by=by, at=at
    )
    return row


def _write_steps(row: Emergency, plan: Plan, at: datetime) -> None:
    """The plan as it stands today: a pack that changes tomorrow changes nothing that runs."""
    for n, step in enumerate(plan.steps, start=1):
        try:
            hours = step.hours(day(at))
        except (
            NoValue
        ):  # the law has no number for that day: the step has no deadline to show, and a person must say
            hours = None
        EmergencyStep.objects.create(
            emergency=row,
            n=n,
            do=step.do,
            by_whom=step.by,
            whom=list(step.whom),
            to={"zh": step.to.zh, "en": step.to.en} if step.do == "report" else {},
            citation=step.citation,
            due_at=at + timedelta(hours=hours) if hours is not None else None,
        )


# ── what calls it by itself ──


def alarm(*, contact: UUID, labels: list[str], by: Actor, at: datetime) -> None:
    """What a message of theirs says may call an emergency: a threat at once, others by how many there are."""
    row = messages.get(contact)
    if row.party_id is None:
        return
    books = reads.playbooks_on(at)
    for label in sorted(set(labels)):
        for plan, rule in books.called_by("label", label):
            if rule.times is None or rule.within is None:
                call(cause=plan.id, why=f"{label}: contact {row.pk}", key=row.party_id, by=by, at=at)
                return
            most, within = rule.times.on(day(at)), timedelta(minutes=rule.within.on(day(at)))
            if messages.labelled(parties.get(row.party_id), (label,), since=at - within) >= most:
                why = f"{label}: {most} messages within {within.total_seconds() / 60:.0f} minutes"
                call(cause=plan.id, why=why, key=row.party_id, by=by, at=at)
                return


def patterned(*, contact: UUID, tactic: str, counted: int, of: int, by: Actor, at: datetime) -> None:
    """What a thread shows since this message may call an emergency: counted once, where its conduct is."""
    row = messages.get(contact)
    for plan, _ in reads.playbooks_on(at).called_by("tactic", tactic):
        call(cause=plan.id, why=f"{tactic}: {counted} of {of} messages", key=row.party_id or "", by=by, at=at)
        return


def typed(*, contact: UUID, labels: list[str], by: Actor, at: datetime) -> None:
    """A member has written by hand what nobody may: other people's data, or a debt to somebody who owes nothing."""
    row = messages.get(contact)
    for label in labels:
        for plan, _ in reads.playbooks_on(at).called_by("typed", label):
            where = {
                "staff": row.staff.staff_no if row.staff else "",
                "account": row.account,
                "party": str(row.party_id or ""),
            }
            _call_over(plan, where, why=f"{label}: contact {row.pk}", by=by, at=at)
            return


def incident(*, incident: UUID, kind: str, staff: str, by: Actor, at: datetime) -> None:
    """Something that should not have happened may call an emergency: a friend nobody approved."""
    row = friend_requests.incident(incident)
    for plan, _ in reads.playbooks_on(at).called_by("incident", kind):
        where = {
            "party": str(row.party_id or ""),
            "account": (row.staff.wecom_userid or "") if row.staff else "",
            "staff": staff,
        }
        _call_over(plan, where, why=f"{kind}: incident {row.pk}", by=by, at=at)


def ordered(*, party: str, stop: str, by: Actor, at: datetime) -> None:
    """A reason not to contact somebody may be more than that: the police forbid it."""
    row = next((s for s in parties.stops(parties.get(party), at) if str(s.pk) == stop), None)
    if row is None:
        return
    for plan, _ in reads.playbooks_on(at).called_by("stop", row.kind):
        call(cause=plan.id, why=f"{row.kind}: {row.why}", key=party, by=by, at=at)


def _call_over(plan: Plan, where: dict[str, Any], *, why: str, by: Actor, at: datetime) -> Emergency | None:
    """Over the first of the plan's scopes that is known here; None where none is."""
    for over in plan.over:
        if over == "lender" or where.get(over):
            return call(cause=plan.id, why=why, over=over, key=where.get(over, ""), by=by, at=at)
    return None
