"""Strategies are proposed and approved by two people; their reminders are planned, and called off when they must not go."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.timezone import localdate

from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters.actions import UnableToOpen, matter_stream, open_thread
from shouyue.desk.messages import outbound
from shouyue.desk.outreach import reads
from shouyue.desk.outreach.models import Reminded, StrategySheet
from shouyue.desk.outreach.reach import QUIET_STATES, Reach, look, strategies_of
from shouyue.desk.parties import reads as parties
from shouyue.desk.parties.models import Party
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor
from shouyue.policy.reading import PackError
from shouyue.terms import Purpose

STREAM = "strategies"


class UnableToAdopt(Exception):
    """These strategies cannot be put in force so."""


@transaction.atomic
def propose_strategies(*, body: str, why: str, by: Staff, at: datetime) -> StrategySheet:
    """Propose a lender's strategies. They are read now: what is wrong is refused with file and line (PackError)."""
    strategies_of(body, at)
    if len(why.strip()) < 4:
        raise UnableToAdopt("say in at least 4 characters why the strategies change")
    row = StrategySheet.objects.create(
        body=body,
        digest=hashlib.sha256(body.encode()).hexdigest(),
        why=why.strip(),
        proposed_by=by,
        proposed_at=at,
    )
    _seal("decision/propose_strategies", row, by, at)
    return row


@transaction.atomic
def approve_strategies(*, sheet: UUID, by: Staff, at: datetime) -> StrategySheet:
    """Put them in force, in place of those that were. Never the person who proposed them; read again, since rules change."""
    row = StrategySheet.objects.select_for_update().get(pk=sheet)
    if row.approved_at is not None:
        return row
    if row.proposed_by_id == by.pk:
        raise UnableToAdopt("whoever proposed these strategies cannot approve them; a second person must")
    strategies_of(row.body, at)
    row.approved_by, row.approved_at = by, at
    row.save(update_fields=["approved_by", "approved_at"])
    _seal("decision/approve_strategies", row, by, at)
    return row


@transaction.atomic
def end_strategies(*, sheet: UUID, by: Staff, at: datetime) -> StrategySheet:
    """Take them out of force: nothing is sent by itself any more, and what waits is called off at the next run."""
    row = StrategySheet.objects.select_for_update().get(pk=sheet)
    StrategySheet.objects.filter(ended_at=None).update(ended_at=at)
    row.refresh_from_db()
    _seal("decision/end_strategies", row, by, at)
    return row


def plan_reminders(*, by: Actor, at: datetime) -> int:
    """Everything that is due by the strategies in force, each case in a transaction of its own. Returns how many will go.

    Doing it again does nothing new: a step goes once in a spell of being overdue, and is tried once a day until it does.
    """
    for contact in reads.scheduled_reminders():
        call_off(contact=contact.pk, by=by, at=at)
    sheet = reads.sheet_in_force()
    if sheet is None:
        return 0
    try:
        strategies = strategies_of(sheet.body, at)
    except PackError as wrong:  # the rules have changed under them: nothing goes until somebody has looked
        raise UnableToAdopt(f"the strategies in force no longer fit the rules in force: {wrong}") from wrong
    return sum(_remind(sheet, one, by=by, at=at) for one in look(strategies, at))


def _remind(sheet: StrategySheet, one: Reach, *, by: Actor, at: datetime) -> bool:
    key = uuid5(
        one.matter.pk, f"{one.strategy.id}:{one.step.id}:{one.matter.loan.overdue_since}:{localdate(at)}"
    )
    with transaction.atomic():
        if Reminded.objects.filter(pk=key).exists():
            return False
        reason, detail = one.reason, one.detail
        if one.goes:
            reason, detail = _propose(key, one, by=by, at=at)
        Reminded.objects.create(
            pk=key,
            sheet=sheet,
            matter=one.matter,
            strategy=one.strategy.id,
            step=one.step.id,
            overdue_since=one.matter.loan.overdue_since,
            on=localdate(at),
            channel=one.step.channel,
            sent=not reason,
            reason=reason,
            detail=detail,
            at=at,
        )
        seal(
            "audit/reminder",
            stream=matter_stream(one.matter),
            subject=None,
            parts={
                "strategies": str(sheet.pk),
                "step": f"{one.strategy.id}/{one.step.id}",
                "message": str(key) if not reason else "",
                "why_not": f"{reason} {detail}".strip(),
            },
            by=by,
            at=at,
        )
    return not reason


def _propose(key: UUID, one: Reach, *, by: Actor, at: datetime) -> tuple[str, str]:
    """Propose the message, like any other; why there is none, where it could not be."""
    assert one.debtor and one.matter.owner
    try:
        with transaction.atomic():
            thread = open_thread(
                matter=one.matter,
                party=one.debtor,
                purpose=Purpose.NOTICE,
                channel=one.step.channel,
                account=one.matter.loan.client,
                owner=one.matter.owner,
                by=by,
                at=at,
            )
            outbound.propose(
                id=key, thread=thread, text=one.text, script=one.step.template, send_at=one.when, by=by, at=at
            )
    except UnableToOpen as other:
        return "other_thread", str(other)
    return "", ""


@transaction.atomic
def call_off(*, contact: UUID, by: Actor, at: datetime) -> bool:
    """Take a reminder back that must not go any more: a stop, a consent taken back, a state, or no strategies in force."""
    row = next(iter(reads.scheduled_reminders(contact)), None)
    if row is None or row.party is None or row.matter is None:
        return False
    if parties.stops(row.party, at):
        why = "the person must not be contacted any more"
    elif reads.withdrew([row.party.pk], at):
        why = "the person took a consent back"
    elif row.matter.state in QUIET_STATES:
        why = f"the case is {row.matter.state}"
    elif reads.sheet_in_force() is None:
        why = "no strategies are in force"
    else:
        return False
    outbound.cancel(contact=row.pk, why=why, by=by, at=at)
    return True


@transaction.atomic
def call_off_for(*, party: str, stop: str, by: Actor, at: datetime) -> int:
    """Somebody must not be contacted: no reminder goes to them, whatever the gate would say of it."""
    return sum(
        call_off(contact=one.pk, by=by, at=at)
        for one in reads.scheduled_reminders()
        if str(one.party_id) == party
    )


@transaction.atomic
def forget(*, party: Party, by: Actor, at: datetime) -> None:
    """What the gate said of reminders to a person goes; that they were planned stays. Sealed by whoever calls this."""
    Reminded.objects.filter(matter__loan__people__party=party).update(detail="")


def _seal(kind: str, row: StrategySheet, by: Staff, at: datetime) -> None:
    seal(
        kind,
        stream=STREAM,
        subject=None,
        parts={"sheet": str(row.pk), "digest": row.digest, "why": row.why},
        by=by,
        at=at,
    )
