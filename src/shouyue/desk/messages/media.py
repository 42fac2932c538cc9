"""Files that came with messages: fetched once, kept byte for byte, sealed where their message was, opened under a record.

A medium is sealed as its manifest (size, digests); the bytes lie with the originals, under the key of the person they came
from. What is derived from one, such as the transcript of a voice message, is sealed apart and marked as derived.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from shouyue.connectors.channel import Media, MediaGone
from shouyue.desk.ledger import custody
from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters.actions import stream_of
from shouyue.desk.messages import beside
from shouyue.desk.messages.channels import NotConnected, fetcher
from shouyue.desk.messages.models import Contact, is_picture
from shouyue.desk.messages.screened import screened_for
from shouyue.desk.outbox.actions import note
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor
from shouyue.desk.vault import originals
from shouyue.evidence.leaf import manifest
from shouyue.terms import Direction

HEARD = "heard and written down by staff"


class UnableToTranscribe(Exception):
    """The transcript could not be kept; the message says why."""


def fetch(*, contact: UUID, by: Actor, at: datetime) -> int:
    """Fetch every file of this message that is not kept yet. Returns how many were kept now.

    Reaches the channel, so it runs outside a transaction and may run again. Raises ConnectorDown where a file cannot be had
    now; one that can never be had is recorded as gone, so that its absence is no secret.
    """
    row = Contact.objects.select_related("raw").get(pk=contact)
    kept = 0
    for place, one in enumerate(row.media):
        if one.get("sha256") or one.get("gone"):
            continue
        try:
            body = fetcher(row.raw.connector if row.raw else row.channel).fetch(_asked(one))
        except (MediaGone, NotConnected) as gone:
            _gone(row.pk, place, str(gone), by, at)
            continue
        originals.keep(body, subject=row.party_id)
        kept += _kept(row.pk, place, body, by, at)
    return kept


def _asked(one: dict[str, Any]) -> Media:
    known = ("kind", "reference", "size", "md5", "name", "seconds")
    return Media(**{name: one[name] for name in known if name in one})


@transaction.atomic
def attach(*, contact: UUID, name: str, body: bytes, kind: str, by: Actor, at: datetime) -> Contact:
    """Keep a file that somebody handed in with a contact, byte for byte; the same bytes twice are one file."""
    row = Contact.objects.select_for_update().get(pk=contact)
    digest = hashlib.sha256(body).hexdigest()
    if all(one.get("sha256") != digest for one in row.media):
        row.media = [*row.media, {"kind": kind, "reference": "", "name": name[:200]}]
        row.save(update_fields=["media"])
        originals.keep(body, subject=row.party_id)
        _kept(row.pk, len(row.media) - 1, body, by, at)
    return row


@transaction.atomic
def _kept(contact: UUID, place: int, body: bytes, by: Actor, at: datetime) -> bool:
    row = Contact.objects.select_for_update().get(pk=contact)
    one = row.media[place]
    if one.get("sha256"):
        return False
    one |= {"sha256": hashlib.sha256(body).hexdigest(), "size": len(body), "kept_at": at.isoformat()}
    row.save(update_fields=["media"])
    _seal(row, place, body, by, at)
    if is_picture(one):
        note(
            "picture_kept",
            key=f"picture_kept:{row.pk}:{place}",
            payload={"contact": str(row.pk), "place": place},
            by=by,
            at=at,
        )
    return True


def _seal(row: Contact, place: int, body: bytes, by: Actor, at: datetime) -> None:
    one = row.media[place]
    claimed = one.get("md5", "")
    md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
    seal(
        "document/media",
        stream=_stream(row),
        subject=row.party_id,
        parts={
            "contact": str(row.pk),
            "of": row.number or 0,
            "kind": one.get("kind", ""),
            "name": one.get("name", ""),
            "attachment": manifest(body),
            "claimed_md5": f"{claimed}: {'fits' if claimed == md5 else 'does not fit'}" if claimed else "",
        },
        by=by,
        at=at,
    )


def follow(row: Contact, *, before: UUID | None, by: Actor, at: datetime) -> None:
    """A message found its thread, and its person, later: its kept files are sealed there too, under that person's key.

    In the caller's transaction. `before` is whose they were until now.
    """
    for place, one in enumerate(row.media):
        if one.get("sha256"):
            body = originals.fetch(one["sha256"], subject=before)
            originals.keep(body, subject=row.party_id)
            _seal(row, place, body, by, at)


@transaction.atomic
def _gone(contact: UUID, place: int, why: str, by: Actor, at: datetime) -> None:
    row = Contact.objects.select_for_update().get(pk=contact)
    one = row.media[place]
    one["gone"] = why
    row.save(update_fields=["media"])
    seal(
        "document/media_gone",
        stream=_stream(row),
        subject=row.party_id,
        parts={"contact": str(row.pk), "of": row.number or 0, "kind": one.get("kind", ""), "why": why},
        by=by,
        at=at,
    )


def _stream(row: Contact) -> str:
    return stream_of(row.thread_id) if row.thread_id else f"unmatched:{row.channel}"


def open_original(*, contact: UUID, place: int, reason: str, by: Staff, at: datetime) -> tuple[str, bytes]:
    """(name, bytes) of a kept file, for somebody to look at or listen to. The look is sealed, with digests before and after.

    Whether the message is theirs to see is asked by reads.message_for before. Raises originals.NoSuchOriginal.
    """
    row = Contact.objects.get(pk=contact)
    if not 0 <= place < len(row.media) or not row.media[place].get("sha256"):
        raise originals.NoSuchOriginal("this file was not kept, or not yet")
    one = row.media[place]
    with custody.access(streams=[_stream(row)], act="original", reason=reason, by=by, at=at) as held:
        held.more["original"] = one["sha256"]
        body = originals.fetch(one["sha256"], subject=row.party_id)
    return one.get("name") or f"{one['sha256'][:12]}.{one.get('kind', 'bin')}", body


@transaction.atomic
def transcribe(
    *, contact: UUID, place: int, words: str, how: str = HEARD, by: Actor, at: datetime
) -> Contact:
    """Keep what a voice message says, in words: derived from the original, which stays what counts. The words are screened.

    A second transcript is a second entry; the first stays. `how` says who or what listened. Raises UnableToTranscribe.
    """
    row = Contact.objects.select_for_update().get(pk=contact)
    if not 0 <= place < len(row.media) or not row.media[place].get("sha256"):
        raise UnableToTranscribe(
            "the recording was not kept, or not yet; without it there is nothing to transcribe"
        )
    if not words.strip():
        raise UnableToTranscribe("write down what is said")
    one = row.media[place]
    seal(
        "document/transcript",
        stream=_stream(row),
        subject=row.party_id,
        parts={
            "contact": str(row.pk),
            "of": row.number or 0,
            "original": one["sha256"],
            "transcript": words,
            "how": how,
            "derived": "yes",
        },
        by=by,
        at=at,
    )
    before = json.loads(row.heard) if row.heard else {}
    row.heard = json.dumps({**before, str(place): {"words": words, "how": how}}, ensure_ascii=False)
    inbound = row.direction == Direction.INBOUND
    screened = screened_for(words, thread=row.thread, direction="in" if inbound else "out")
    one["labels"] = sorted(screened.labels - beside.NOTHING)
    row.save(update_fields=["heard", "media"])
    beside.protect(row, one["labels"], why=f"transcript {place} {words}", by=by, at=at)
    if not inbound:
        key = hashlib.sha256(words.encode()).hexdigest()[:16]
        note(
            "transcribed",
            key=f"transcribed:{row.pk}:{place}:{key}",
            payload={"contact": str(row.pk)},
            by=by,
            at=at,
        )
    return row


def original_of(digest: str, subject: UUID | None) -> bytes | None:
    """The bytes behind a manifest: a kept file, or the raw bytes that arrived. None where they are no longer kept."""
    for whose in (subject, None):
        try:
            return originals.fetch(digest, subject=whose)
        except originals.NoSuchOriginal:
            continue
    return None
