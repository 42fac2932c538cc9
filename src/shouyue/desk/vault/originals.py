"""Originals, byte for byte, under their own SHA-256, encrypted where they are kept.

What strangers send lies in `quarantine` until somebody has understood it; nothing there is ever shown or parsed by the
web server. Writing is content-addressed and so may be repeated. What came from a known person lies under that person's own
key, and cannot be read any more once that key is destroyed. The room `originals` may be a bucket with object lock; the
other rooms, which must be emptied, are folders of this machine.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.utils import timezone

from shouyue.connectors.storage import Bucket, Folder, Store
from shouyue.desk.vault.actions import decrypt, derived, encrypt, existing_key


class NoSuchOriginal(Exception):
    """Nothing is kept under this digest, or what is kept is not what was put there, or its key was destroyed."""


def _store(room: str) -> Store:
    if room == "originals" and settings.ORIGINALS:
        return _bucket(settings.ORIGINALS)
    return Folder(Path(settings.HOME) / room)


@lru_cache(maxsize=2)
def _bucket(address: str) -> Store:
    return Bucket.at(address, clock=timezone.now)


def _name(digest: str, subject: UUID | None = None) -> str:
    if len(digest) != 64 or not all(c in "0123456789abcdef" for c in digest):
        raise NoSuchOriginal(f"{digest!r} is no SHA-256 in lower-case hex")
    return f"{digest[:2]}/{digest}" if subject is None else f"people/{subject.hex}/{digest}"


def _key(subject: UUID | None) -> bytes:
    if subject is None:
        return derived("originals")
    key = existing_key(subject=subject)
    if key is None:
        raise NoSuchOriginal("the key under which this was kept was destroyed")
    return hashlib.sha256(b"originals\0" + key).digest()


def keep(body: bytes, *, room: str = "originals", subject: UUID | None = None) -> str:
    """Keep these bytes (`room`: originals, quarantine or packages) and return their SHA-256.

    With `subject` under that person's key, which must exist.
    """
    digest = hashlib.sha256(body).hexdigest()
    name, store = _name(digest, subject), _store(room)
    if not store.holds(name):
        store.put(name, encrypt(body, key=_key(subject), bound_to=digest))
    return digest


def fetch(digest: str, *, room: str = "originals", subject: UUID | None = None) -> bytes:
    """The bytes, checked against their digest. Raises NoSuchOriginal."""
    kept = _store(room).get(_name(digest, subject))
    if kept is None:
        raise NoSuchOriginal(f"nothing is kept under {digest[:12]}… in {room}")
    try:
        body = decrypt(kept, key=_key(subject), bound_to=digest)
    except InvalidTag:
        body = b""
    if hashlib.sha256(body).hexdigest() != digest:
        raise NoSuchOriginal(f"what is kept under {digest[:12]}… is not what was put there")
    return body


def discharge(digest: str) -> None:
    """Move an understood original out of quarantine."""
    name, source, target = _name(digest), _store("quarantine"), _store("originals")
    kept = source.get(name)
    if kept is not None:
        target.put(name, kept)
        source.delete(name)


def destroy(digest: str, *, room: str = "quarantine") -> None:
    """Remove for good: a refused image, or one whose time is over."""
    _store(room).delete(_name(digest))
