"""Keys: one for each person, made on first use, destroyed by erasure."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from django.conf import settings
from django.db import connection, transaction

from shouyue.desk.vault.models import KeyShare, SubjectKey


class KeyDestroyed(Exception):
    """This person's key was destroyed by erasure; what it protected can no longer be read."""


@lru_cache(maxsize=256)
def derived(purpose: str) -> bytes:
    """A 32-byte key for one purpose, from the master key (HKDF-SHA-256, RFC 5869)."""
    return HKDF(SHA256(), 32, salt=None, info=b"shouyue/" + purpose.encode()).derive(
        settings.MASTER_KEY.encode()
    )


def subject_key(*, subject: UUID, at: datetime) -> bytes:
    """The 32-byte key of this person, made now if there is none yet.

    Raises KeyDestroyed after erasure.
    """
    row, _ = SubjectKey.objects.get_or_create(
        subject=subject,
        defaults={"wrapped": aes_key_wrap(derived("wrap"), secrets.token_bytes(32)), "made_at": at},
    )
    if row.wrapped is None:
        raise KeyDestroyed(f"the key of {subject} was destroyed on {row.destroyed_at:%Y-%m-%d}")
    return aes_key_unwrap(derived("wrap"), bytes(row.wrapped))


def subject_keys(*, subjects: Collection[UUID], at: datetime) -> dict[UUID, bytes]:
    """The keys of these people, asked for in one statement; those that are missing are made. Raises KeyDestroyed."""
    asked = list(subjects)
    found = _existing_keys(asked)
    if missing := [subject for subject in asked if subject not in found]:
        wrap = derived("wrap")
        SubjectKey.objects.bulk_create(
            (
                SubjectKey(subject=subject, wrapped=aes_key_wrap(wrap, secrets.token_bytes(32)), made_at=at)
                for subject in missing
            ),
            ignore_conflicts=True,  # whoever came first made it, or destroyed it
        )
        found |= _existing_keys(missing)
        for subject in missing:
            if subject not in found:
                subject_key(subject=subject, at=at)  # says when it was destroyed
    return found


def in_database() -> Callable[[UUID], Any]:
    """How this database takes a person's id and gives it back: PostgreSQL as it is, SQLite as 32 hex digits."""
    return (lambda one: one) if connection.features.has_native_uuid_field else attrgetter("hex")


def _existing_keys(asked: Sequence[UUID]) -> dict[UUID, bytes]:
    unwrap, stored = derived("wrap"), in_database()
    found: dict[UUID, bytes] = {}
    with connection.cursor() as cursor:
        for first in range(0, len(asked), 500):
            some = {stored(one): one for one in asked[first : first + 500]}
            cursor.execute(
                f"SELECT subject, wrapped FROM {SubjectKey._meta.db_table}"  # noqa: S608
                f" WHERE subject IN ({', '.join(['%s'] * len(some))})",
                list(some),
            )
            for subject, wrapped in cursor.fetchall():
                if wrapped is not None:
                    found[some[subject]] = aes_key_unwrap(unwrap, bytes(wrapped))
    return found


def existing_key(*, subject: UUID) -> bytes | None:
    """The key of this person for reading; None when it was never made or is destroyed."""
    row = SubjectKey.objects.filter(subject=subject).first()
    return aes_key_unwrap(derived("wrap"), bytes(row.wrapped)) if row and row.wrapped else None


def destroy_key(*, subject: UUID, by: object, at: datetime) -> None:
    """Erase: overwrite and drop the wrapped key. Whoever calls this seals the erasure first.

    Once committed, the database's own copies go too: SQLite zeroes what is deleted (secure_delete) and empties its write-ahead
    log; PostgreSQL rewrites the table. Its write-ahead log and all backups forget at their own pace: see the operator's guide.
    """
    SubjectKey.objects.filter(subject=subject).update(wrapped=None, destroyed_at=at)
    KeyShare.objects.filter(subject=subject).delete()
    transaction.on_commit(_forget_old_pages)


def _forget_old_pages() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        for table in (SubjectKey, KeyShare):
            cursor.execute(f"VACUUM FULL {connection.ops.quote_name(table._meta.db_table)}")


def keep_shares(*, subject: UUID, shares: Mapping[str, bytes], by: object, at: datetime) -> None:
    """Keep what the holders of a person's key hold, in place of what they held before."""
    KeyShare.objects.filter(subject=subject).delete()
    KeyShare.objects.bulk_create(
        KeyShare(subject=subject, holder=name, share=share, at=at) for name, share in shares.items()
    )


def drop_shares(*, subject: UUID, by: object, at: datetime) -> int:
    """No hold stands any more: what the holders held goes."""
    gone, _ = KeyShare.objects.filter(subject=subject).delete()
    return gone


def put_back(*, subject: UUID, key: bytes, by: object, at: datetime) -> None:
    """A key that two holders brought stands again. Whoever calls this seals it."""
    SubjectKey.objects.update_or_create(
        subject=subject,
        defaults={"wrapped": aes_key_wrap(derived("wrap"), key), "destroyed_at": None},
        create_defaults={"wrapped": aes_key_wrap(derived("wrap"), key), "made_at": at},
    )


def encrypt(plain: bytes, *, key: bytes, bound_to: str) -> bytes:
    """AES-256-GCM, random 96-bit nonce in front; `bound_to` is authenticated with it."""
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())


def decrypt(sealed: bytes, *, key: bytes, bound_to: str) -> bytes:
    return AESGCM(key).decrypt(sealed[:12], sealed[12:], bound_to.encode())


def blind_index(column: str, normalised: str) -> str:
    """What an encrypted column is searched by: HMAC-SHA-256 of the normalised value under the column's own key."""
    return hmac.new(derived(f"index/{column}"), normalised.encode(), hashlib.sha256).hexdigest()
