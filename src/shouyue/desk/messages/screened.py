"""Screening with what this thread knows: whose identifiers are whose, the words that went before, and its other matters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import PurePath

from shouyue.desk.matters.models import LoanParty, Thread
from shouyue.desk.matters.reads import Named, others_of, people_of, sums_elsewhere
from shouyue.desk.messages.models import Contact
from shouyue.desk.parties.reads import identifier_index
from shouyue.screening import Finding, Parties, Screening, screen
from shouyue.screening.elsewhere import elsewhere
from shouyue.screening.finding import labels_of, ours
from shouyue.screening.fold import fold
from shouyue.screening.roles import with_role
from shouyue.terms import PartyRole

_SUM = re.compile(
    r"(?<![0-9.,])[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?(?![0-9])|(?<![0-9.,])[1-9][0-9]{2,8}(?:\.[0-9]{1,2})?(?![0-9])"
)
BEFORE = 6  # earlier messages of the thread that give context
OTHER_MATTER = "thread.other_matter"  # the rule: one matter, one chat


def screened_for(
    text: str,
    *,
    thread: Thread | None,
    direction: str,
    people: Iterable[LoanParty] | None = None,
    before: Iterable[Contact] | None = None,
    others: Iterable[Named] | None = None,
) -> Screening:
    """Screen one text. Without a thread nobody's identifiers are known, so all of them count as somebody else's.

    `people` of the thread's loan, the messages `before` this one and the person's `others` matters may be given where they
    are there already.
    """
    if thread is None:
        return screen(text, direction=direction, context=_context(before or ()))
    people = list(people_of(thread.matter.loan) if people is None else people)
    said = screen(
        text,
        direction=direction,
        context=_context(last_of(thread) if before is None else before),
        parties=_whose(thread, people),
    )
    if not text:
        return said
    role = next((link.role for link in people if link.party_id == thread.party_id), "")
    owes = role in {PartyRole.DEBTOR, PartyRole.CO_BORROWER, PartyRole.GUARANTOR}
    if ours(direction) or not owes:  # who writes from a debtor's account may be somebody else
        said = with_role(said, text, direction=direction, role=role)
    if others is None:
        others = others_of(thread.party, thread.matter)
    off = naming(text, others, own=thread.matter.loan.contract_no)
    if not ours(direction):
        off += _of_theirs(text, thread, debtor=role == PartyRole.DEBTOR)
    if not off:
        return said
    findings = tuple(sorted((*said.findings, *off), key=lambda one: (one.start, -one.end)))
    # the other side may name what it likes: what they drift to is shown, and labels nothing
    labels = labels_of(findings, outbound=True) if ours(direction) else said.labels
    return said._replace(findings=findings, labels=labels)


def naming(text: str, others: Iterable[Named], *, own: str) -> list[Finding]:
    """Where a text names another matter of the same person, by a number of its own or the last four of its contract's."""
    found = []
    folded = fold(text)
    for other in others:
        words = [rf"(?<![0-9a-z]){re.escape(fold(name).text)}(?![0-9a-z])" for name in other if name]
        if other.contract[-4:] != own[-4:]:
            tail = re.escape(fold(other.contract[-4:]).text)
            words.append(f"合同.{{0,4}}尾号[^0-9]{{0,3}}{tail}(?![0-9])|尾号[^0-9]{{0,3}}{tail}的?合同")
        if hit := re.search("|".join(words), folded.text):
            start, end = folded.span(*hit.span())
            found.append(Finding(start, end, "off_matter", OTHER_MATTER, ((other.number, 1.0),)))
    return found


def _of_theirs(text: str, thread: Thread, *, debtor: bool) -> list[Finding]:
    """Where they speak of other business: in words, or by a sum that only another loan of theirs has."""
    folded = fold(text)
    found = elsewhere(folded, debtor=debtor)
    written = {hit: Decimal(hit[0].replace(",", "")) for hit in _SUM.finditer(folded.text)}
    if not written:
        return found
    for number, sums in sums_elsewhere(thread.party, thread.matter).items():
        if hit := next((hit for hit, value in written.items() if value in sums), None):
            start, end = folded.span(*hit.span())
            found.append(Finding(start, end, "off_matter", OTHER_MATTER, ((f"{hit[0]} → {number}", 1.0),)))
    return found


def last_of(thread: Thread) -> list[Contact]:
    """The last numbered messages of a thread, oldest first."""
    rows = Contact.objects.filter(thread=thread, number__isnull=False).order_by("-number")
    return list(rows.only("direction", "text", "media", "at")[:BEFORE])[::-1]


def _context(before: Iterable[Contact]) -> tuple[dict[str, str], ...]:
    return tuple(
        {"from": "debtor" if row.direction == "inbound" else "collector", "text": row.text or _names(row)}
        for row in before
    )


def _names(row: Contact) -> str:
    """What a message that is nothing but files says: their names."""
    return " ".join(PurePath(str(one.get("name", ""))).stem for one in row.media if isinstance(one, dict))


def _whose(thread: Thread, people: Iterable[LoanParty]) -> Parties:
    """Whose identifiers are whose, by blind index: nothing is decrypted for it."""
    owners: dict[str, str] = {}
    for link in people:
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
