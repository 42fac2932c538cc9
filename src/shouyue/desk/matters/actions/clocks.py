"""What touches the claim's clocks is written down once, with its proof; a proceeding is ended when it ends."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters.models import ClaimEvent, Loan
from shouyue.desk.matters.reads import INTERRUPTS, role_in
from shouyue.desk.parties.models import Party
from shouyue.desk.people.reads import Actor, name_of
from shouyue.terms import PartyRole


class UnableToCount(Exception):
    """This event cannot be counted as it stands."""


@transaction.atomic
def record_event(
    *,
    loan: Loan,
    kind: str,
    on: date,
    proof: str,
    party: Party | None = None,
    pending: bool = False,
    by: Actor,
    at: datetime,
) -> ClaimEvent:
    """Write an event down, once: the same kind on the same day with the same proof is the same event.

    Raises UnableToCount for a kind that interrupts nothing, a day that is still to come, an event without proof, and
    for a guarantor's event about somebody who is none.
    """
    if kind not in INTERRUPTS:
        raise UnableToCount(f"{kind} interrupts nothing; what does: {', '.join(INTERRUPTS)}")
    if on > localdate(at):
        raise UnableToCount(f"{on} is still to come; an event is written down when it has happened")
    if len(proof.strip()) < 3:
        raise UnableToCount(
            f"{kind} of {on} has no proof; name the receipt, the sealed entry or the court's number"
        )
    if party is not None and role_in(loan, party) != PartyRole.GUARANTOR:
        raise UnableToCount(
            "this person does not guarantee this loan; an event against the debtors names nobody"
        )
    known = ClaimEvent.objects.filter(loan=loan, party=party, kind=kind, on=on, proof=proof.strip()).first()
    if known:
        return known
    row = ClaimEvent.objects.create(
        loan=loan, party=party, kind=kind, on=on, proof=proof.strip(), pending=pending, by=name_of(by), at=at
    )
    seal(
        "audit/claim_event",
        stream=f"loan:{loan.pk}",
        subject=party.pk if party else None,
        parts={"kind": kind, "on": on.isoformat(), "proof": row.proof, "pending": pending},
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def end_event(*, loan: Loan, kind: str, proof: str, on: date, by: Actor, at: datetime) -> int:
    """The proceeding is over: the period begins anew on that day (民法典 195). Returns how many were pending."""
    rows = ClaimEvent.objects.select_for_update().filter(loan=loan, kind=kind, proof=proof, pending=True)
    ended = 0
    for row in rows:
        row.pending, row.ended_on = False, max(on, row.on)
        row.save(update_fields=["pending", "ended_on"])
        ended += 1
        seal(
            "audit/claim_event_ended",
            stream=f"loan:{loan.pk}",
            subject=row.party_id,
            parts={"kind": kind, "proof": proof, "on": on.isoformat()},
            by=by,
            at=at,
        )
    return ended
