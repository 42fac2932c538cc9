"""Stop at once; release with a second person."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from shouyue.desk.holds import reads
from shouyue.desk.holds.models import Hold
from shouyue.desk.ledger.actions import seal
from shouyue.desk.outbox.actions import note
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor, person
from shouyue.desk.vault.actions import destroy_key

KINDS, SCOPES = ("freeze", "preserve"), ("party", "staff", "account", "lender")


class UnableToHold(Exception):
    """This cannot be held or released so."""


@transaction.atomic
def put_on_hold(*, kind: str, over: str, key: str, why: str, by: Actor, at: datetime) -> Hold:
    """Freeze contacts, or preserve records, over a party, a member, an account or the whole lender. Works at once.

    A freeze commits when everything let out before it has: from then on nothing that it covers begins to leave.
    """
    if kind not in KINDS or over not in SCOPES:
        raise UnableToHold(f"found {kind} over {over}; known are {KINDS} over {SCOPES}")
    if (over == "lender") == bool(key):
        raise UnableToHold("name the party, member or account to hold; the whole lender has no name")
    if len(why.strip()) < 4:
        raise UnableToHold("a hold needs a reason in words")
    if kind == "freeze":
        reads.nothing_leaves()
    hold = Hold.objects.create(kind=kind, over=over, key=key, why=why.strip(), by=person(by), since=at)
    seal(
        f"hold/{kind}",
        stream=f"hold:{hold.pk}",
        subject=_subject(hold),
        parts={"over": over, "key": key, "why": hold.why},
        by=by,
        at=at,
    )
    note("held", key=f"held:{hold.pk}", payload={"hold": str(hold.pk)}, by=by, at=at)
    return hold


def _subject(row: Hold) -> UUID:
    """Whose key the reasons lie under: the person's; of a wider hold its own, so that it can forget whom they name."""
    return UUID(row.key) if row.over == "party" else row.pk


@transaction.atomic
def forget(*, party: UUID, called: Collection[str], by: Actor, at: datetime) -> None:
    """Why somebody was held, in words, goes with them; that they were, and from when to when, stays. Sealed by the caller.

    So do the words of a wider hold that name them (`called`), in the log too once it is released.
    """
    Hold.objects.filter(over="party", key=str(party)).update(why="", released_why="")
    for row in Hold.objects.exclude(over="party"):
        if any(name in f"{row.why} {row.released_why}" for name in called):
            row.why = row.released_why = ""
            row.save(update_fields=["why", "released_why"])
            if row.released_at is not None:
                destroy_key(subject=row.pk, by=by, at=at)


@transaction.atomic
def release(*, hold: UUID, why: str, by: Staff, at: datetime) -> Hold:
    """Let go. Never the person who put it on; a reason is needed."""
    row = Hold.objects.select_for_update().get(pk=hold)
    if row.released_at is not None:
        return row
    if row.by_id == by.pk:
        raise UnableToHold("whoever put a hold on cannot release it alone; a second person must")
    if len(why.strip()) < 4:
        raise UnableToHold("a release needs a reason in words")
    row.released_at, row.released_by, row.released_why = at, by, why.strip()
    row.save()
    seal(
        "hold/release",
        stream=f"hold:{row.pk}",
        subject=_subject(row),
        parts={"why": row.released_why},
        by=by,
        at=at,
    )
    note("hold_released", key=f"hold_released:{row.pk}", payload={"hold": str(row.pk)}, by=by, at=at)
    return row
