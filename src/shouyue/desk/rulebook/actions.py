"""Rules change in the open: proposed with a reason, approved by a second person, effective at a moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from shouyue.desk.ledger.actions import seal
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor, person
from shouyue.desk.rulebook.models import Edition
from shouyue.desk.rulebook.reads import canonical, loaded

STREAM = "rulebook"


class UnableToAdopt(Exception):
    """This edition cannot be put in force so."""


@transaction.atomic
def propose(
    *, pack: str, overlay: dict[str, Any], why: str, effective_at: datetime, by: Actor, at: datetime
) -> Edition:
    """Propose an edition. The pack and overlay are loaded now, so a broken one is refused here, with file and line."""
    found = loaded(pack, canonical(overlay))
    if effective_at < at:
        raise UnableToAdopt("rules cannot change in the past; choose a moment from now on")
    edition = Edition.objects.create(
        pack=pack,
        overlay=overlay,
        fingerprint=found.fingerprint,
        why=why,
        proposed_by=person(by),
        proposed_at=at,
        effective_at=effective_at,
    )
    seal(
        "decision/propose_edition",
        stream=STREAM,
        subject=None,
        parts={
            "edition": str(edition.pk),
            "pack": pack,
            "overlay": overlay,
            "fingerprint": edition.fingerprint,
            "effective_at": effective_at.isoformat(),
            "why": why,
        },
        by=by,
        at=at,
    )
    return edition


@transaction.atomic
def approve(*, edition: UUID, by: Staff, at: datetime) -> Edition:
    """Put an edition in force. Never the person who proposed it."""
    row = Edition.objects.select_for_update().get(pk=edition)
    if row.approved_at is not None:
        return row
    if row.proposed_by_id == by.pk:
        raise UnableToAdopt("whoever proposed these rules cannot approve them; a second officer must")
    row.approved_by, row.approved_at = by, at
    row.effective_at = max(row.effective_at, at)
    row.save()
    seal(
        "decision/approve_edition",
        stream=STREAM,
        subject=None,
        parts={"edition": str(row.pk)},
        by=by,
        at=at,
    )
    return row
