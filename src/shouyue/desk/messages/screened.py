"""Screening with what this thread knows: whose identifiers are whose, and the words that went before."""

from __future__ import annotations

from shouyue.desk.matters.models import LoanParty, Thread
from shouyue.desk.messages.models import Contact
from shouyue.desk.parties.reads import identifier_index
from shouyue.screening import Parties, Screening, screen

BEFORE = 6  # earlier messages of the thread that give context


def screened_for(text: str, *, thread: Thread | None, direction: str) -> Screening:
    """Screen one text. Without a thread nobody's identifiers are known, so all of them count as somebody else's."""
    return screen(
        text,
        direction=direction,
        context=_context(thread) if thread else (),
        parties=_whose(thread) if thread else None,
    )


def _context(thread: Thread) -> tuple[dict[str, str], ...]:
    rows = Contact.objects.filter(thread=thread, number__isnull=False).order_by("-number")[:BEFORE]
    return tuple(
        {"from": "debtor" if row.direction == "inbound" else "collector", "text": row.text or ""}
        for row in reversed(rows)
    )


def _whose(thread: Thread) -> Parties:
    """Whose identifiers are whose, by blind index: nothing is decrypted for it."""
    owners: dict[str, str] = {}
    for link in (
        LoanParty.objects.filter(loan=thread.matter.loan)
        .select_related("party")
        .prefetch_related("party__points")
    ):
        owner = (
            "recipient"
            if link.party_id == thread.party_id
            else "debtor"
            if link.role == "debtor"
            else "other"
        )
        indexes = {link.party.name_index, link.party.id_index, *(p.index for p in link.party.points.all())}
        owners |= {index: owner for index in indexes if index and owners.get(index) != "recipient"}
    return Parties(index=identifier_index, owners=owners)
