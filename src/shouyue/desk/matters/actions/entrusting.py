"""A matter is placed with an agency, its debtor told, taken back, and the data given back."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate

from shouyue.casework.entrustment import MACHINE, OPEN
from shouyue.casework.entrustment import Entrustment as State
from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters.actions import assign, close_thread, leave_unowned, matter_stream
from shouyue.desk.matters.models import Entrustment, Matter, Thread
from shouyue.desk.matters.reads import debtor_of
from shouyue.desk.people.models import Agency, Staff
from shouyue.desk.people.reads import Actor


class UnableToEntrust(Exception):
    """This matter cannot be placed with this agency so."""


@transaction.atomic
def entrust(
    *, matter: Matter, agency: Agency, to: Staff, until: date, by: Actor, at: datetime
) -> Entrustment:
    """Place a matter with a member of an agency. One agency has it at a time; asking again gives the same placement."""
    row = Matter.objects.select_for_update(of=("self",)).get(pk=matter.pk)
    held = Entrustment.objects.filter(matter=row, ended_at=None).select_related("agency").first()
    if held and held.agency_id == agency.pk:
        return held
    if held:
        raise UnableToEntrust(f"{row.number} is with {held.agency}; take it back first")
    if to.agency_id != agency.pk:
        raise UnableToEntrust(f"{to} does not work for {agency}")
    if until < localdate(at):
        raise UnableToEntrust(f"{until} has passed; write a day to come")
    placed = Entrustment.objects.create(matter=row, agency=agency, member=to, since=at, until=until)
    assign(matter=row, to=to, reason=f"委托{agency.name}至{until}", by=by, at=at)
    _sealed(placed, "entrusted", {"to": to.staff_no, "until": until.isoformat()}, by, at)
    return placed


@transaction.atomic
def tell(*, entrustment: UUID, proof: str, by: Actor, at: datetime) -> Entrustment:
    """The debtor was told who acts for us, with what shows it: the message's id or a letter's receipt."""
    row = _locked(entrustment)
    if row.state == State.TOLD:
        return row
    MACHINE.check(State(row.state), State.TOLD)
    if len(proof.strip()) < 3:
        raise UnableToEntrust("say what shows that the debtor was told: the message or a receipt")
    row.state, row.told_at, row.told_by = State.TOLD, at, proof.strip()
    row.save(update_fields=["state", "told_at", "told_by"])
    _sealed(row, "told", {"proof": row.told_by}, by, at)
    return row


@transaction.atomic
def take_back(
    *, entrustment: UUID, why: str, to: State = State.RECALLED, by: Actor, at: datetime
) -> list[Thread]:
    """Out of the agency's hands at once: its threads close, so that nothing waiting in them leaves, and it sees nothing any
    more. Returns the threads that were closed."""
    row = _locked(entrustment)
    if row.state not in OPEN:
        return []
    MACHINE.check(State(row.state), to)
    if len(why.strip()) < 4:
        raise UnableToEntrust("write the reason in at least 4 characters")
    threads = list(Thread.objects.filter(matter=row.matter, owner__agency=row.agency).exclude(state="closed"))
    closed = [close_thread(thread=one, outcome=f"委托收回：{why.strip()}", by=by, at=at) for one in threads]
    row.state, row.ended_at, row.why = to, at, why.strip()
    row.save(update_fields=["state", "ended_at", "why"])
    leave_unowned(matter=row.matter, reason=f"委托收回：{row.why}", by=by, at=at)
    _sealed(row, to, {"why": row.why, "threads": [str(one.pk) for one in closed]}, by, at)
    return closed


@transaction.atomic
def give_back(*, entrustment: UUID, words: str, by: Staff, at: datetime) -> Entrustment:
    """The agency says how it gave back or deleted what it held (个人信息保护法 21). Only its own people can say so."""
    row = _locked(entrustment)
    if by.agency_id != row.agency_id:
        raise UnableToEntrust("only the agency itself says what became of what it held")
    if row.state == State.GIVEN_BACK:
        return row
    MACHINE.check(State(row.state), State.GIVEN_BACK)
    if len(words.strip()) < 4:
        raise UnableToEntrust("say in words what was given back or deleted, and how")
    row.state, row.given_back_at, row.given_back = State.GIVEN_BACK, at, words.strip()
    row.save(update_fields=["state", "given_back_at", "given_back"])
    _sealed(row, "given_back", {"words": row.given_back}, by, at)
    return row


def _locked(pk: UUID) -> Entrustment:
    rows = Entrustment.objects.select_for_update(of=("self",)).select_related("matter", "agency")
    return rows.get(pk=pk)


def _sealed(row: Entrustment, act: str, parts: dict[str, object], by: Actor, at: datetime) -> None:
    debtor = debtor_of(row.matter.loan)
    seal(
        f"agency/{act}", stream=matter_stream(row.matter), subject=debtor.pk if debtor else None,
        parts={"agency": row.agency.name, **parts}, by=by, at=at,  # type: ignore[dict-item]
    )  # fmt: skip
