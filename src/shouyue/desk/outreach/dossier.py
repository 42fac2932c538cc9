"""The dossier of one matter: everything the lender's own records say, gathered without a word to the borrower (R10).

What is missing and what contradicts itself stands beside what is there; the road that is recommended is a rule with its
reason and its ground (`packs/<name>/practice/roads.yaml`), and so is every other that could be taken.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.timezone import localdate

from shouyue.casework.contradictions import Contradiction, Recorded, contradictions
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.reads import LoanParty, Matter, Payment
from shouyue.desk.messages import reads as messages
from shouyue.desk.outreach import reads
from shouyue.desk.parties import reads as parties
from shouyue.desk.parties.reads import Party
from shouyue.desk.rulebook.reads import pack_on
from shouyue.policy.decision import Text
from shouyue.policy.practice import Advice
from shouyue.policy.procedures import Stand
from shouyue.terms import PartyRole

DEMANDS = ("demand_arrived", "sms_demand", "letter_demand", "acknowledgement", "promise")
FILED, RECORDED, MISSING = "filed", "recorded", "missing"


@dataclass(frozen=True)
class Exhibit:
    """A kind of evidence that a claim of this matter takes: on file, only a fact of our records, or not there at all."""

    kind: str
    what: Text
    proves: tuple[Text, ...]
    standing: str  # filed | recorded | missing
    seen: str = ""  # what our records say of it


@dataclass(frozen=True)
class Touch:
    """What passed on one channel: how many of ours left, how many of theirs came, when the last was."""

    channel: str
    ours: int
    theirs: int
    last: datetime


@dataclass(frozen=True)
class Dossier:
    """One matter on one page."""

    matter: Matter
    debt: matters.Debt | None
    people: Sequence[LoanParty]
    payments: Sequence[Payment]
    clocks: Stand | None
    touches: Sequence[Touch]
    evidence: Sequence[Exhibit]
    contradictions: Sequence[Contradiction]
    record: dict[str, Any]
    roads: Advice | None

    @property
    def on_file(self) -> int:
        return sum(one.standing == FILED for one in self.evidence)

    @property
    def recorded(self) -> int:
        return sum(one.standing == RECORDED for one in self.evidence)

    @property
    def missing(self) -> int:
        return sum(one.standing == MISSING for one in self.evidence)


def dossier(matter: Matter, at: datetime, *, exhibits: Collection[str] = ()) -> Dossier:
    """Gather it. `exhibits` are the kinds of evidence that are on file in a procedure of this matter."""
    loan, today = matter.loan, localdate(at)
    people = list(matters.people_of(loan))
    record = reads.record_of(matter, at)
    evidence = _evidence(matter, people, exhibits, at)
    wrong = contradictions(_recorded(matter, people, record, today, at))
    record["evidence"] = (
        100 * sum(one.standing != MISSING for one in evidence) // len(evidence) if evidence else None
    )
    record["contradictions"] = len(wrong)
    guarantors = [row for row in people if row.role == PartyRole.GUARANTOR]
    return Dossier(
        matter=matter,
        debt=matters.debt(loan, at),
        people=people,
        payments=list(matters.payments(loan)[:6]),
        clocks=reads.clocks_of(
            [matters.case_of(matter)],
            matters.guarantees_of([loan.pk]),
            at,
            names={row.party_id: parties.masked_name(row.party) for row in guarantors},
        ).get(loan.pk),
        touches=_touches(matter),
        evidence=evidence,
        contradictions=wrong,
        record=record,
        roads=reads.advise("roads", record, at),
    )


def _touches(matter: Matter) -> list[Touch]:
    found: dict[str, list[Any]] = {}
    for row in messages.happened(matter):
        one = found.setdefault(row.channel, [0, 0, row.at])
        one[row.direction == "inbound"] += 1
        one[2] = max(one[2], row.at)
    return [Touch(channel, ours, theirs, last) for channel, (ours, theirs, last) in sorted(found.items())]


# ── what a claim takes, and what of it is there ──


def _evidence(
    matter: Matter, people: Sequence[LoanParty], exhibits: Collection[str], at: datetime
) -> list[Exhibit]:
    """The kinds that a suit on this matter would take, by the pack in force, each with what our records say of it."""
    known = pack_on(at).procedures
    if known is None:
        return []
    vehicle = getattr(matter.loan, "vehicle", None)
    holds = {
        "guarantor": any(row.role == PartyRole.GUARANTOR for row in people),
        "mortgage": bool(vehicle and vehicle.mortgage_registered_on) or "抵押" in matter.loan.guarantee_kind,
    }
    needs: dict[str, list[Text]] = {}
    for element in known.elements_of("suit", {name for name, true in holds.items() if true}):
        for kind in element.needs:
            needs.setdefault(kind, []).append(element.what)
    seen = _seen(matter, people, at)
    return [
        Exhibit(
            kind,
            known.evidence[kind],
            tuple(proves),
            FILED if kind in exhibits else RECORDED if seen.get(kind) else MISSING,
            seen.get(kind, ""),
        )
        for kind, proves in needs.items()
    ]


def _seen(matter: Matter, people: Sequence[LoanParty], at: datetime) -> dict[str, str]:
    """What our own records say of each kind of evidence: a fact, not yet the paper."""
    loan = matter.loan
    vehicle = getattr(loan, "vehicle", None)
    events = matters.clock_events(loan)
    paid = [e for e in events if e.kind == "part_payment"]
    asked = [e for e in events if e.kind in DEMANDS]
    claimed = [e for e in events if e.kind == "guarantee_claimed"]
    debt = matters.debt(loan, at)
    debtor = next((row.party for row in people if row.role == PartyRole.DEBTOR), None)
    proof = parties.proofs(debtor).first() if debtor else None
    return {
        "contract": f"{loan.contract_no} · {loan.signed_on}" if loan.signed_on else "",
        "repayment_history": f"{len(paid)} · {paid[-1].on}" if paid else "",
        "statement": f"{debt.total} {debt.currency} · {debt.as_of}" if debt else "",
        "identity": str(localdate(proof.proved_at)) if proof else "",
        "demand": str(asked[-1].on) if asked else "",
        "mortgage_contract": str(vehicle.mortgage_registered_on)
        if vehicle and vehicle.mortgage_registered_on
        else "",
        "mortgage_registration": str(vehicle.mortgage_registered_on)
        if vehicle and vehicle.mortgage_registered_on
        else "",
        "guarantee_contract": "、".join(
            parties.masked_name(row.party)
            for row in people
            if row.role == PartyRole.GUARANTOR and row.guarantee
        ),
        "guarantee_claim": str(claimed[-1].on) if claimed else "",
    }


# ── what contradicts itself ──


def _recorded(
    matter: Matter, people: Sequence[LoanParty], record: dict[str, Any], today: date, at: datetime
) -> Recorded:
    loan = matter.loan
    balance = matters.balance(loan, today)
    vehicle = getattr(loan, "vehicle", None)
    debtor = next((row.party for row in people if row.role == PartyRole.DEBTOR), None)
    promised = next((p for p in matters.promises_of(matter) if p.state == "open"), None)
    return Recorded(
        today=today,
        state=str(matter.state),
        principal=loan.principal,
        signed_on=loan.signed_on,
        overdue_since=loan.overdue_since,
        placed_on=loan.placed_on,
        terms_total=loan.terms_total,
        terms_paid=loan.terms_paid,
        guarantee_kind=loan.guarantee_kind,
        guarantors=record["guarantors"],
        as_of=balance.as_of if balance else None,
        overdue=balance.overdue_total if balance else None,
        outstanding=balance.outstanding_total if balance else None,
        days_past_due=balance.days_past_due if balance else None,
        instalments=[(one.number, one.due_on, one.principal) for one in matters.schedule(loan)],
        paid=[(one.reference, one.paid_on) for one in matters.payments(loan)],
        mortgage_on=vehicle.mortgage_registered_on if vehicle else None,
        same_car=matters.same_car(loan),
        born_on=debtor.born_on if debtor else None,
        id_born_on=_born(debtor),
        shared_numbers=_shared(debtor, people),
        promise_due=promised.due_on if promised else None,
        stops=record["stops"],
    )


def _born(debtor: Party | None) -> date | None:
    """The day of birth in a resident identity number; None for any other number."""
    if debtor is None or debtor.id_type != "resident_id" or len(debtor.id_no or "") != 18:
        return None
    try:
        return date.fromisoformat(str(debtor.id_no)[6:14])
    except ValueError:
        return None


def _shared(debtor: Party | None, people: Sequence[LoanParty]) -> list[str]:
    """Valid mobile numbers of the debtor that somebody else of this matter has too, masked."""
    if debtor is None:
        return []
    others = {
        point.index
        for row in people
        if row.party_id != debtor.pk
        for point in row.party.points.all()
        if point.kind == "mobile" and point.state == "valid"
    }
    own = [p for p in debtor.points.all() if p.kind == "mobile" and p.state == "valid"]
    return [parties.masked_value("mobile", p.value) for p in own if p.index in others]
