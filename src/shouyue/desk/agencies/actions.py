"""Agencies are listed, inspected, given matters, evaluated, paid and recalled. What the rules in force forbid is not done."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate

from shouyue.casework.agency import Agency as AgencyState
from shouyue.casework.entrustment import OPEN
from shouyue.casework.entrustment import Entrustment as Entrusted
from shouyue.desk.agencies import reads
from shouyue.desk.agencies.models import Commission, Evaluation, Inspection
from shouyue.desk.agencies.reads import CRITERIA, TOLD
from shouyue.desk.holds import actions as holds
from shouyue.desk.holds import reads as held
from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import entrusting
from shouyue.desk.matters.models import Entrustment, Matter
from shouyue.desk.messages.reads import get as contact_of
from shouyue.desk.people import actions as people
from shouyue.desk.people import reads as who
from shouyue.desk.people.actions import agency_stream
from shouyue.desk.people.models import Agency, Staff
from shouyue.desk.people.reads import Actor
from shouyue.desk.rulebook.reads import pack_on
from shouyue.policy.decision import Effect, Spoken
from shouyue.policy.facts import Facts
from shouyue.policy.gate import decide
from shouyue.terms import Direction

ASKED = {
    "sender.on_whitelist", "sender.contract_end", "sender.last_inspection", "sender.end_of_term_review", "scorecard",
}  # fmt: skip


class UnableToDeal(Exception):
    """This cannot be done with this agency."""


class Forbidden(UnableToDeal):
    """The rules in force forbid it; `grounds` are those that spoke."""

    def __init__(self, grounds: list[Spoken]) -> None:
        super().__init__("; ".join(f"{one.reason.en} ({one.rule})" for one in grounds))
        self.grounds = grounds


def _allowed(by: Actor, act: str, words: str) -> None:
    if isinstance(by, Staff) and not who.may(by, act):
        raise UnableToDeal(words)


def _ask(
    agency: Agency, action: str, at: datetime, more: Mapping[str, Any] | None = None, *, strict: bool = False
) -> None:
    """Ask the rules in force about an act of the lender's. Raises UnableToDeal with their reasons; a warning only if strict.

    It reaches nobody: what only a contact has is not known here and holds nothing up. What the act rests on (ASKED) does.
    """
    agency = who.agency(agency.pk)  # as it stands now, not as whoever asks last read it
    known = {
        "channel": "internal",
        "direction": None,
        "action": action,
        "sender.type": "agency",
        "sender.name": agency.name,
        "sender.agency": str(agency.pk),
        "sender.on_whitelist": who.on_the_list(agency, localdate(at)),
        "sender.contract_end": agency.contract_until,
        "sender.last_inspection": reads.last_inspection(agency),
        **(more or {}),
    }
    decision = decide(pack_on(at), Facts.of(known), at)
    refusing = {Effect.BLOCK, Effect.APPROVAL} | ({Effect.WARN} if strict else set())
    reasons = [
        s for s in decision.spoken if s.effect in refusing and (not s.unknown or ASKED & set(s.unknown))
    ]
    if reasons:
        raise Forbidden(reasons)


def _sealed(agency: Agency, act: str, parts: Mapping[str, object], by: Actor, at: datetime) -> None:
    seal(f"agency/{act}", stream=agency_stream(agency), subject=None, parts=dict(parts), by=by, at=at)  # type: ignore[arg-type]


# ── on the list ──


@transaction.atomic
def put_on_list(*, agency: Agency, why: str, by: Actor, at: datetime) -> Agency:
    """List an agency and publish the list; its snapshot of the day is sealed (CBA-2026.agency.list). After a recall a second
    person does it, and the freeze over its people ends with it."""
    _allowed(by, "keep_agencies", "compliance keeps the list of agencies; ask them")
    if reads.last_inspection(agency) is None:
        raise UnableToDeal(f"nobody has inspected {agency}; inspect it before it is listed")
    row = people.move_agency(agency=agency, to=AgencyState.LISTED, why=why, by=by, at=at)
    for member in who.members_of(row):
        for one in held.in_force(at, staff_no=member.staff_no):
            if one.over == "staff" and isinstance(by, Staff):
                holds.release(hold=one.pk, why=why, by=by, at=at)
    _publish(by=by, at=at)
    return row


def _publish(*, by: Actor, at: datetime) -> None:
    listed = [f"{a.name} {a.registration_no} since {a.listed_on}" for a in who.published(localdate(at))]
    seal("agency/list", stream="agencies", subject=None, parts={"list": listed}, by=by, at=at)


@transaction.atomic
def agree_channels(*, agency: Agency, channels: Collection[str], why: str, by: Staff, at: datetime) -> Agency:
    """Write down which channels the contract allows from now on."""
    _allowed(by, "keep_agencies", "compliance keeps the list of agencies; ask them")
    return people.agree_channels(agency=agency, channels=channels, why=why, by=by, at=at)


@transaction.atomic
def inspect(*, agency: Agency, on: date, on_site: bool, found: str, by: Staff, at: datetime) -> Inspection:
    """Write an inspection down. A day to come is refused."""
    _allowed(by, "keep_agencies", "compliance inspects agencies; ask them")
    if on > localdate(at):
        raise UnableToDeal(f"{on} is still to come; an inspection is written down when it was done")
    if len(found.strip()) < 4:
        raise UnableToDeal("write in at least 4 characters what was found")
    row = Inspection.objects.create(agency=agency, on=on, on_site=on_site, found=found.strip(), by=by, at=at)
    _sealed(agency, "inspected", {"on": on.isoformat(), "on_site": on_site, "found": row.found}, by, at)
    return row


@transaction.atomic
def evaluate(*, agency: Agency, scores: Mapping[str, int], words: str, by: Staff, at: datetime) -> Evaluation:
    """Judge how an agency did, by every criterion, with words."""
    _allowed(by, "keep_agencies", "compliance evaluates agencies; ask them")
    _every_criterion(scores)
    if any(not 0 <= score <= 100 for score in scores.values()):
        raise UnableToDeal(f"each score lies between 0 and 100; found {', '.join(map(str, scores.values()))}")
    if len(words.strip()) < 4:
        raise UnableToDeal("write in at least 4 characters what the scores rest on")
    row = Evaluation.objects.create(
        agency=agency, on=localdate(at), scores={c: scores[c] for c in CRITERIA}, words=words.strip(), by=by, at=at
    )  # fmt: skip
    _sealed(agency, "evaluated", {"scores": row.scores, "words": row.words}, by, at)
    return row


@transaction.atomic
def renew(*, agency: Agency, until: date, by: Staff, at: datetime) -> Agency:
    """Let the contract run on, if the rules allow it: not without an evaluation of the term that ends (GBT-45251)."""
    _allowed(by, "keep_agencies", "compliance renews contracts; ask them")
    judged = [e.on for e in reads.evaluations(agency) if e.on >= agency.contract_from]
    _ask(agency, "renew", at, {"sender.end_of_term_review": judged[0] if judged else None})
    return people.renew_contract(agency=agency, until=until, by=by, at=at)


def _every_criterion(given: Mapping[str, object]) -> None:
    strange = sorted(set(given) - set(CRITERIA))
    if strange:
        raise UnableToDeal(
            f"{', '.join(strange)} is no criterion; there are {', '.join(CRITERIA)}. How often or how hard somebody "
            "is pressed is never paid for"
        )
    lacking = [c for c in CRITERIA if c not in given]
    if lacking:
        raise UnableToDeal(f"{', '.join(lacking)} is left out; every criterion is judged")


@transaction.atomic
def agree_commission(
    *, agency: Agency, begins_on: date, rate: Decimal, weights: Mapping[str, int], by: Staff, at: datetime
) -> Commission:
    """What an agency is paid from a day on. Raises UnableToDeal for a weight on anything but how it did, weights that are not
    100 together, a rate outside 0 to 1, a day that has passed, and where the rules in force say no (CBA-2026.pay)."""
    _allowed(by, "keep_agencies", "compliance agrees on commissions; ask them")
    _every_criterion(weights)
    if any(w < 0 for w in weights.values()) or sum(weights.values()) != 100:
        raise UnableToDeal(f"the weights are 100 together, none below 0; found {sum(weights.values())}")
    if not Decimal(0) < rate <= 1 or rate != rate.quantize(Decimal("0.0001")):
        raise UnableToDeal(f"the rate lies between 0 and 1 with at most four places; found {rate}")
    if begins_on < localdate(at):
        raise UnableToDeal(f"{begins_on} has passed; what was agreed before stays as it was")
    counted = ["recovery", *(c for c in CRITERIA if weights[c])]
    _ask(agency, "scorecard", at, {"scorecard": counted}, strict=True)
    row, _ = Commission.objects.update_or_create(
        agency=agency, begins_on=begins_on,
        defaults={"rate": rate, "weights": {c: weights[c] for c in CRITERIA}, "by": by, "at": at},
    )  # fmt: skip
    _sealed(
        agency,
        "commission",
        {"from": begins_on.isoformat(), "rate": str(rate), "weights": row.weights},
        by,
        at,
    )
    return row


# ── matters in its hands ──


@transaction.atomic
def entrust(
    *, matter: Matter, agency: Agency, to: Staff, until: date, by: Staff, at: datetime
) -> Entrustment:
    """Place a matter with a member of a listed agency, if the rules in force allow new cases to it."""
    _allowed(by, "entrust", "a supervisor places matters with agencies; ask one")
    if matter not in matters.visible_to(by):
        raise reads.NotYours(f"matter {matter.pk}")
    agency = who.agency(agency.pk)
    if until > agency.contract_until:
        raise UnableToDeal(f"the contract with {agency} ends on {agency.contract_until}, before {until}")
    _ask(agency, "assign_new_cases", at)
    return entrusting.entrust(matter=matter, agency=agency, to=to, until=until, by=by, at=at)


@transaction.atomic
def tell(
    *, entrustment: UUID, contact: UUID | None = None, receipt: str = "", by: Staff, at: datetime
) -> Entrustment:
    """The debtor was told: by a message of the lender's that names the agency and reached the channel, or by a letter with
    its receipt. Until then the gate lets nothing of the agency's through (BICP-2022.notify)."""
    _allowed(by, "entrust", "a supervisor says that a debtor was told; ask one")
    row = matters.entrustment(entrustment)
    if contact is None:
        return entrusting.tell(entrustment=row.pk, proof=receipt, by=by, at=at)
    said = contact_of(contact)
    debtor = matters.debtor_of(row.matter.loan)
    if said.matter_id != row.matter_id or debtor is None or said.party_id != debtor.pk:
        raise UnableToDeal("this message did not go to the debtor of this matter")
    if said.direction == Direction.INBOUND or said.staff is None or said.staff.agency_id is not None:
        raise UnableToDeal("the lender tells the debtor, not the agency itself")
    if said.state not in TOLD:
        raise UnableToDeal(f"this message is {said.state}; it tells when it has left")
    if row.agency.name not in (said.text or ""):
        raise UnableToDeal(f"this message does not name {row.agency}")
    return entrusting.tell(entrustment=row.pk, proof=f"contact {said.pk}", by=by, at=at)


# ── taken back ──


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What a recall did, at once."""

    matters: tuple[str, ...]
    threads: int
    frozen: tuple[str, ...]  # staff numbers


@transaction.atomic
def withdraw(*, entrustment: UUID, why: str, by: Staff, at: datetime) -> TakenBack:
    """Take one matter back."""
    _allowed(by, "recall", "a supervisor or compliance takes matters back; ask one")
    row = matters.entrustment(entrustment)
    closed = entrusting.take_back(entrustment=row.pk, why=why, by=by, at=at)
    return TakenBack((row.matter.number,), len(closed), ())


@transaction.atomic
def recall(*, agency: Agency, why: str, by: Staff, at: datetime) -> TakenBack:
    """The agency stops at once: off the list, its people frozen so that nothing of theirs leaves, its threads closed, every
    matter out of its hands and out of its sight. What it holds is to be given back or deleted."""
    _allowed(by, "recall", "a supervisor or compliance recalls an agency; ask one")
    row = people.move_agency(agency=agency, to=AgencyState.RECALLED, why=why, by=by, at=at)
    members = who.members_of(row)
    for member in members:
        holds.put_on_hold(
            kind="freeze", over="staff", key=member.staff_no, why=f"机构被叫停：{why.strip()}", by=by, at=at
        )
    taken, threads = [], 0
    for one in matters.entrustments_of(row):
        if one.state in OPEN:
            threads += len(entrusting.take_back(entrustment=one.pk, why=why, by=by, at=at))
            taken.append(one.matter.number)
    done = TakenBack(tuple(taken), threads, tuple(m.staff_no for m in members))
    _sealed(
        row, "stopped", {"matters": list(done.matters), "threads": done.threads, "frozen": list(done.frozen)}, by, at
    )  # fmt: skip
    _publish(by=by, at=at)
    return done


@transaction.atomic
def keep_watch(*, by: Actor, at: datetime) -> int:
    """Contracts that are over end, and so does every placement whose last day has passed. Returns how many ended."""
    today, ended = localdate(at), 0
    for agency in who.agencies():
        over = agency.contract_until < today
        for one in matters.entrustments_of(agency):
            if one.state in OPEN and (over or one.until < today):
                entrusting.take_back(entrustment=one.pk, why="委托到期", to=Entrusted.ENDED, by=by, at=at)
                ended += 1
        if over and agency.state == AgencyState.LISTED:
            people.move_agency(agency=agency, to=AgencyState.ENDED, why="委托合同到期", by=by, at=at)
            _publish(by=by, at=at)
    return ended
