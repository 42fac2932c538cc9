"""Papers are made from the record, kept by their digests, and sealed with the day of every amount in them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from shouyue.desk.parties.models import Party
from shouyue.desk.people.models import Staff
from shouyue.desk.rulebook.reads import pack_on
from shouyue.desk.suits import papers, reads
from shouyue.desk.suits.actions.ground import UnableToProceed, in_hand, sealed
from shouyue.desk.suits.models import SuitPaper
from shouyue.desk.vault import originals


def write(*, suit: UUID, kind: str, party: Party | None = None, by: Staff, at: datetime) -> SuitPaper:
    """Make a paper as DOCX and PDF and keep both. The files are made before the transaction begins.

    Raises papers.UnableToWrite, naming what the record lacks; UnableToProceed for a paper that the pack does not have.
    """
    row = reads.get(suit)
    pack = pack_on(at)
    paper = pack.papers.get(kind)
    if paper is None:
        raise UnableToProceed(f"there is no paper {kind}; there are {', '.join(pack.papers)}")
    given = papers.fill(row, paper, party=party, staff=by, at=at)
    conditions = sorted(reads.conditions(row))
    docx, pdf = originals.keep(papers.docx(given, conditions)), originals.keep(papers.pdf(given, at))
    return _keep(
        suit=suit,
        kind=kind,
        party=party,
        given=given,
        files=(docx, pdf),
        template=f"{pack.name} {pack.version} {pack.fingerprint[7:19]}",
        by=by,
        at=at,
    )


@transaction.atomic
def _keep(
    *,
    suit: UUID,
    kind: str,
    party: Party | None,
    given: papers.Filled,
    files: tuple[str, str],
    template: str,
    by: Staff,
    at: datetime,
) -> SuitPaper:
    row = in_hand(suit, by)
    made = SuitPaper.objects.create(
        suit=row,
        kind=kind,
        party=party,
        as_of=given.as_of,
        docx=files[0],
        pdf=files[1],
        template=template,
        by=by,
        at=at,
    )
    sealed(
        row,
        "suit_paper",
        {
            "kind": kind,
            "as_of": given.as_of.isoformat() if given.as_of else "",
            "docx": files[0],
            "pdf": files[1],
            "template": template,
        },
        by=by,
        at=at,
        about="document",
    )
    return made


@transaction.atomic
def hand_out(*, paper: SuitPaper, form: str, by: Staff, at: datetime) -> bytes:
    """The file, in full and with everybody's data; the reading is sealed. `form` is docx or pdf."""
    digest = paper.pdf if form == "pdf" else paper.docx
    body = originals.fetch(digest)
    sealed(paper.suit, "suit_paper_read", {"kind": paper.kind, "file": digest, "form": form}, by=by, at=at)
    return body
