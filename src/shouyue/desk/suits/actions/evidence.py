"""What must be proved, with what: exhibits are brought and dropped, gaps become tasks and close by themselves."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from shouyue.desk.people.reads import Actor, name_of
from shouyue.desk.suits import reads
from shouyue.desk.suits.actions.ground import UnableToProceed, in_hand, locked, sealed
from shouyue.desk.suits.models import SuitExhibit, SuitTask


@transaction.atomic
def bring(
    *,
    suit: UUID,
    kind: str,
    title: str,
    source: str,
    original: str = "",
    pages: int | None = None,
    med_room: bool = False,
    both_agree: str = "",
    by: Actor,
    at: datetime,
) -> SuitExhibit:
    """Bring an exhibit; once for its kind and title. What comes out of a mediation says so, and is shown to a court only
    with the paper in which both sides agreed (`both_agree`)."""
    row = in_hand(suit, by)
    known = reads.procedures_on(at).evidence
    if kind not in known:
        raise UnableToProceed(f"{kind} is no kind of exhibit; there are {', '.join(known)}")
    if len(title.strip()) < 2 or not source.strip():
        raise UnableToProceed("an exhibit has a title and says where it comes from")
    held = SuitExhibit.objects.filter(suit=row, kind=kind, title=title.strip(), dropped_because="").first()
    if held:
        return held
    exhibit = SuitExhibit.objects.create(
        suit=row,
        kind=kind,
        title=title.strip(),
        source=source.strip(),
        original=original,
        pages=pages,
        med_room=med_room or kind == "mediation_note",
        both_agree=both_agree.strip(),
        by=name_of(by),
        at=at,
    )
    sealed(
        row,
        "suit_exhibit",
        {
            "kind": kind,
            "title": exhibit.title,
            "source": exhibit.source,
            "original": original,
            "med_room": exhibit.med_room,
            "both_agree": exhibit.both_agree,
        },
        by=by,
        at=at,
        about="document",
    )
    find_gaps(suit=row.pk, by=by, at=at)
    return exhibit


@transaction.atomic
def drop(*, exhibit: SuitExhibit, why: str, by: Actor, at: datetime) -> SuitExhibit:
    """It is not used after all; it stays in the record with the reason."""
    row = in_hand(exhibit.suit_id, by)
    if len(why.strip()) < 2:
        raise UnableToProceed("say why the exhibit is not used")
    held = SuitExhibit.objects.select_for_update().get(pk=exhibit.pk)
    held.dropped_because = why.strip()
    held.save(update_fields=["dropped_because"])
    sealed(row, "suit_exhibit_dropped", {"kind": held.kind, "title": held.title, "why": why}, by=by, at=at)
    find_gaps(suit=row.pk, by=by, at=at)
    return held


@transaction.atomic
def find_gaps(*, suit: UUID, by: Actor, at: datetime) -> list[SuitTask]:
    """A task for every kind of exhibit that an element of the claim lacks; tasks whose gap is closed are done."""
    row = locked(suit)
    gaps = {(r.element.id, kind) for r in reads.matrix(row, at) for kind in r.gaps}
    waiting = {(t.element, t.kind): t for t in SuitTask.objects.filter(suit=row, done_at=None)}
    opened = [
        SuitTask.objects.create(suit=row, element=element, kind=kind, opened_at=at)
        for element, kind in sorted(gaps - set(waiting))
    ]
    closed = sorted(set(waiting) - gaps)
    for gap in closed:
        waiting[gap].done_at = at
        waiting[gap].save(update_fields=["done_at"])
    if opened or closed:
        sealed(
            row,
            "suit_gaps",
            {"opened": [f"{t.element}/{t.kind}" for t in opened], "closed": [f"{e}/{k}" for e, k in closed]},
            by=by,
            at=at,
        )
    return opened
