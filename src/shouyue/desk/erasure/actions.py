"""A person is forgotten when their time is over and two people agree; a legal hold beats it, and takes their key into escrow.

If we die: before `erase_person` commits, nothing is forgotten; after it, nothing can be read any more, and the pictures
that still lie there wait in the outbox to be destroyed. Destroying them again is no change.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from shouyue.connectors.storage import StoreUnavailable
from shouyue.desk.approvals import actions as approvals
from shouyue.desk.approvals import reads as questions
from shouyue.desk.approvals.models import Approval
from shouyue.desk.conduct import actions as conduct
from shouyue.desk.emergency.actions import forgetting as emergency
from shouyue.desk.erasure.reads import obstacles
from shouyue.desk.friend_requests import actions as friend_requests
from shouyue.desk.holds import actions as holds
from shouyue.desk.holds import reads as hold_reads
from shouyue.desk.ledger import actions as ledger
from shouyue.desk.ledger.actions import Content, seal
from shouyue.desk.matters import reads as matter_reads
from shouyue.desk.matters.actions import forgetting as matters
from shouyue.desk.matters.actions import matter_stream
from shouyue.desk.messages import forgetting
from shouyue.desk.outbox.actions import note
from shouyue.desk.outreach import actions as outreach
from shouyue.desk.parties import actions as parties
from shouyue.desk.parties import reads as party_reads
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor, may
from shouyue.desk.review import actions as review
from shouyue.desk.rights import actions as rights
from shouyue.desk.suits.actions import forgetting as suits
from shouyue.desk.vault import actions as vault
from shouyue.desk.vault import escrow, originals

ERASURES, ESCROW = "log/erasures", "log/escrow"
ERASURE = "erasure"  # the question of approvals
DECIDE_WITHIN = timedelta(days=7)  # then compliance is reminded, and a second time it lapses: that is a no


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
            called = party_reads.called(row) | matter_reads.called(row)
            ledger.erase(
                subject=row.pk,
                basis=basis.strip(),
                agreed_by=agreed.staff_no,
                streams=[matter_stream(pk) for pk in matter_reads.ids_with(row)],
                by=by,
                at=at,
            )
            forgetting.forget(party=row, called=called, by=by, at=at)
            review.forget(party=row, by=by, at=at)
            conduct.forget(party=row, by=by, at=at)
            outreach.forget(party=row, by=by, at=at)
            emergency.forget(party=row, called=called, by=by, at=at)
            matters.forget(party=row, by=by, at=at)
            approvals.forget(party=row.pk, called=called, by=by, at=at)
            holds.forget(party=row.pk, called=called, by=by, at=at)
            pictures = [
                *friend_requests.forget(party=row, by=by, at=at),
                *rights.forget(party=row, by=by, at=at),
                *suits.forget(party=row, by=by, at=at),
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


@transaction.atomic
def ask_erasure(*, party: UUID, basis: str, by: Staff, at: datetime) -> Approval:
    """The first of two persons asks, with the ground; a second one agrees or not. Asking twice is asking once.

    Raises UnableToErase for who may not ask, without a ground, and while something stands against it.
    """
    if not may(by, "erase"):
        raise UnableToErase("compliance or legal erase; ask an officer")
    if len(basis.strip()) < 4:
        raise UnableToErase("say in a few words why this person is erased")
    row = party_reads.locked(party)
    if row.erased_at:
        raise UnableToErase("this person was erased already")
    if waiting := questions.still_open(ERASURE, row.pk):
        return waiting
    if against := obstacles(row, at):
        raise UnableToErase("; ".join(against))
    return approvals.ask(
        what=ERASURE,
        about=row.pk,
        stream=parties.stream_of(row),
        asks=basis.strip(),
        facts={},
        due_at=at + DECIDE_WITHIN,
        needs="compliance,legal",
        subject=row.pk,
        by=by,
        at=at,
    )


def decide_erasure(*, approval: UUID, grant: bool, reason: str, by: Staff, at: datetime) -> bool:
    """The second person's answer; a yes forgets at once, and both stand in the log. Returns whether the person is forgotten.

    What has come to stand against it meanwhile stops it: UnableToErase, nothing decided, and the refusal is sealed.
    """
    row = questions.get(approval)
    if grant and row.state in questions.OPEN and (against := obstacles(party_reads.get(row.about), at)):
        _refuse(row.about, against, row.asks, by, at)
        raise UnableToErase("; ".join(against))
    with transaction.atomic():
        basis, asked = row.asks, row.asked_by
        approvals.decide(approval=row.pk, grant=grant, reason=reason, by=by, at=at)
        if grant:
            assert asked is not None
            erase_person(party=row.about, basis=basis, agreed=asked, by=by, at=at)
    return grant


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
    row = hold_reads.get(UUID(hold))
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
    row = hold_reads.get(UUID(hold))
    if row.over != "party" or hold_reads.in_force(at, party=row.key, kind="preserve"):
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
