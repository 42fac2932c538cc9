"""A person is forgotten when their time is over and two people agree; a legal hold beats it, and takes their key into escrow.

If we die: before `erase_person` commits, nothing is forgotten; after it, nothing can be read any more, and the pictures
that still lie there wait in the outbox to be destroyed. Destroying them again is no change.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from shouyue.connectors.storage import StoreUnavailable
from shouyue.desk.conduct import actions as conduct
from shouyue.desk.erasure.reads import obstacles
from shouyue.desk.friend_requests import actions as friend_requests
from shouyue.desk.holds import reads as holds
from shouyue.desk.ledger import actions as ledger
from shouyue.desk.ledger.actions import Content, seal
from shouyue.desk.messages import forgetting
from shouyue.desk.outbox.actions import note
from shouyue.desk.parties import actions as parties
from shouyue.desk.parties import reads as party_reads
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor, may
from shouyue.desk.review import actions as review
from shouyue.desk.rights import actions as rights
from shouyue.desk.vault import actions as vault
from shouyue.desk.vault import escrow, originals

ERASURES, ESCROW = "log/erasures", "log/escrow"


class UnableToErase(Exception):
    """This person may not be erased now. The message says what stands against it; that it was asked is in the log."""


@transaction.atomic
def _refuse(party: UUID, reasons: list[str], basis: str, by: Staff, at: datetime) -> None:
    parts: dict[str, Content] = {"basis": basis, "reasons": reasons}
    seal("erase/refused", stream=parties.stream_of(party), subject=party, parts=parts, by=by, at=at)


def erase_person(*, party: UUID, basis: str, agreed: Staff, by: Staff, at: datetime) -> None:
    """Forget a person: words, names, numbers and pictures go, the key is destroyed, and every proof stays valid (PIPL-47.erase).

    Two people who may erase, `by` and `agreed`, are needed. Raises UnableToErase; a refusal because of what stands against it
    is itself sealed. What was handed out before is beyond our reach; the log's record names it.
    """
    if by.pk == agreed.pk or not (may(by, "erase") and may(agreed, "erase")):
        raise UnableToErase("two different people of compliance or legal must agree")
    if len(basis.strip()) < 4:
        raise UnableToErase("say in a few words why this person is erased")
    with transaction.atomic():
        row = party_reads.locked(party)
        if row.erased_at:
            return
        against = obstacles(row, at)
        if not against:
            ledger.erase(subject=row.pk, basis=basis.strip(), agreed_by=agreed.staff_no, by=by, at=at)
            forgetting.forget(party=row, by=by, at=at)
            review.forget(party=row, by=by, at=at)
            conduct.forget(party=row, by=by, at=at)
            pictures = [
                *friend_requests.forget(party=row, by=by, at=at),
                *rights.forget(party=row, by=by, at=at),
                *parties.forget(party=row, by=by, at=at),
            ]
            note(
                "person_erased",
                key=f"erased:{row.pk}",
                payload={"originals": sorted(set(pictures))},
                by=by,
                at=at,
            )
    if against:
        _refuse(party, against, basis.strip(), by, at)
        raise UnableToErase("; ".join(against))


def finish(*, originals: list[str], by: Actor, at: datetime) -> None:
    """Destroy the pictures of somebody who was erased. One that a lock still protects is named, to be destroyed when it ends."""
    locked = [digest for digest in originals if not _destroyed(digest)]
    with transaction.atomic():
        parts: dict[str, Content] = {"destroyed": len(originals) - len(locked), "still_locked": locked}
        seal("erase/finished", stream=ERASURES, subject=None, parts=parts, by=by, at=at)


def _destroyed(digest: str) -> bool:
    try:
        originals.destroy(digest)
        originals.destroy(digest, room="originals")
    except StoreUnavailable:
        return False
    return True


# --- escrow ---


@transaction.atomic
def put_in_escrow(*, hold: str, by: Actor, at: datetime) -> bool:
    """A legal hold stands over a person: three holders, two of whom must come together, keep their key as well.

    So nobody here can make evidence unreadable by losing or destroying a key. Returns whether there is anybody to keep it.
    """
    row = holds.get(UUID(hold))
    if row.kind != "preserve" or row.over != "party" or not settings.ESCROW or row.released_at:
        return False
    subject = UUID(row.key)
    holders = escrow.parse_holders(settings.ESCROW)
    shares = escrow.divide(vault.subject_key(subject=subject, at=at), holders, escrow.about(subject))
    vault.keep_shares(subject=subject, shares=shares, by=by, at=at)
    parts: dict[str, Content] = {"hold": hold, "holders": sorted(holders)}
    seal("hold/escrowed", stream=parties.stream_of(subject), subject=subject, parts=parts, by=by, at=at)
    return True


@transaction.atomic
def end_escrow(*, hold: str, by: Actor, at: datetime) -> bool:
    """The last legal hold over a person was released: what the holders held here goes."""
    row = holds.get(UUID(hold))
    if row.over != "party" or holds.in_force(at, party=row.key, kind="preserve"):
        return False
    subject = UUID(row.key)
    if not vault.drop_shares(subject=subject, by=by, at=at):
        return False
    seal(
        "hold/escrow_ended",
        stream=parties.stream_of(subject),
        subject=subject,
        parts={"hold": hold},
        by=by,
        at=at,
    )
    return True


@transaction.atomic
def reopen(
    *, subject: UUID, opened: Mapping[str, Mapping[str, str]], why: str, by: Staff, at: datetime
) -> None:
    """Two holders came: the key stands again, and what was sealed can be read. Raises escrow.NoEscrow for what does not fit."""
    if len(why.strip()) < 4:
        raise escrow.NoEscrow("say in a few words why the key is taken out of escrow")
    key = escrow.unite(opened)
    there = vault.existing_key(subject=subject)
    if there is not None and there != key:
        raise escrow.NoEscrow("these holders bring another key than the one that is in use")
    vault.put_back(subject=subject, key=key, by=by, at=at)
    parts: dict[str, Content] = {"holders": sorted(opened), "why": why.strip(), "was_gone": there is None}
    seal("hold/escrow_opened", stream=ESCROW, subject=None, parts=parts, by=by, at=at)
