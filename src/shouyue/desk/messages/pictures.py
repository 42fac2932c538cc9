"""Pictures that came with messages: read in the background, screened like any words beside a message, sealed as derived."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters.actions import stream_of
from shouyue.desk.messages import beside
from shouyue.desk.messages.models import Contact
from shouyue.desk.messages.screened import screened_for
from shouyue.desk.people.reads import Actor
from shouyue.terms import Direction

HOW = "read by the desk's own model"


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
    one["labels"] = sorted(screened.labels - beside.NOTHING) if words else []
    heard = json.loads(row.heard) if row.heard else {}
    row.heard = json.dumps({**heard, str(place): {"words": words, "how": HOW}}, ensure_ascii=False)
    row.save(update_fields=["media", "heard"])
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
    beside.protect(row, one["labels"], why=f"picture {place}", by=by, at=at)
    return row
