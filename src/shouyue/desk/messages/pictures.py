"""Pictures that came with messages: read in the background, screened like any words, sealed as derived.

What a picture says may be quoted: a screenshot of our own threat, sent as a complaint, is no threat of theirs. So its words
protect and never accuse: stops and distress follow from them, no emergency and no record of conduct.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters.actions import stream_of
from shouyue.desk.messages.models import Contact
from shouyue.desk.messages.screened import screened_for
from shouyue.desk.outbox.actions import note
from shouyue.desk.people.reads import Actor
from shouyue.terms import Direction

HOW = "read by the desk's own model"
PROTECT = ("stop_contact", "representation", "dispute_debt", "dispute_identity", "vulnerable")


@transaction.atomic
def read(
    *, contact: UUID, place: int, bubbles: list[str], refused: str = "", by: Actor, at: datetime
) -> Contact:
    """Keep what a picture says and what that means, or why it was not read. Reading it again changes nothing."""
    row = Contact.objects.select_for_update(of=("self",)).select_related("thread").get(pk=contact)
    one = row.media[place]
    if one.get("read_at"):
        return row
    one["read_at"] = at.isoformat()
    parts: dict[str, Any] = {"contact": str(row.pk), "of": row.number or 0, "original": one["sha256"]}
    stream = stream_of(row.thread) if row.thread else f"unmatched:{row.channel}"
    if refused:
        one["unread"] = refused
        row.save(update_fields=["media"])
        seal(
            "document/picture_refused", stream=stream, subject=row.party_id, parts={**parts, "why": refused}, by=by, at=at
        )  # fmt: skip
        return row
    words = "\n".join(bubbles)
    inbound = row.direction == Direction.INBOUND
    screened = screened_for(words, thread=row.thread, direction="in" if inbound else "out")
    one["labels"] = sorted(screened.labels - {"clean", "neutral"}) if words else []
    heard = json.loads(row.heard) if row.heard else {}
    row.heard = json.dumps({**heard, str(place): {"words": words, "how": HOW}}, ensure_ascii=False)
    found = [label for label in one["labels"] if label in PROTECT] if inbound else []
    row.labels = sorted({*row.labels, *found} - ({"neutral"} if found else set()))
    row.save(update_fields=["media", "heard", "labels"])
    seal(
        "document/picture_read",
        stream=stream,
        subject=row.party_id,
        parts={
            **parts,
            "transcript": words,
            "how": HOW,
            "derived": "yes",
            "labels": one["labels"],
            "versions": screened.versions,
        },
        by=by,
        at=at,
    )
    if found:
        note(
            "picture_read",
            key=f"picture_read:{row.pk}:{place}",
            payload={"contact": str(row.pk), "labels": found},
            by=by,
            at=at,
        )
    return row
