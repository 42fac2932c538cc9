"""Originals, byte for byte, under their own SHA-256, encrypted on disk.

What strangers send lies in `quarantine` until somebody has understood it; nothing there is ever shown or parsed by the
web server. Writing is content-addressed and so may be repeated.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from django.conf import settings

from shouyue.desk.vault.actions import decrypt, derived, encrypt


class NoSuchOriginal(Exception):
    """Nothing is kept under this digest, or what is kept is not what was put there."""


def _place(digest: str, room: str) -> Path:
    if len(digest) != 64 or not all(c in "0123456789abcdef" for c in digest):
        raise NoSuchOriginal(f"{digest!r} is no SHA-256 in lower-case hex")
    return Path(settings.HOME) / room / digest[:2] / digest


def keep(body: bytes, *, room: str = "originals") -> str:
    """Keep these bytes (`room`: originals or quarantine) and return their SHA-256."""
    digest = hashlib.sha256(body).hexdigest()
    path = _place(digest, room)
    if path.exists():
        return digest
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(f".{os.getpid()}")
    with fresh.open("wb") as file:
        file.write(encrypt(body, key=derived("originals"), bound_to=digest))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return digest


def fetch(digest: str, *, room: str = "originals") -> bytes:
    """The bytes, checked against their digest. Raises NoSuchOriginal."""
    path = _place(digest, room)
    if not path.exists():
        raise NoSuchOriginal(f"nothing is kept under {digest[:12]}… in {room}")
    body = decrypt(path.read_bytes(), key=derived("originals"), bound_to=digest)
    if hashlib.sha256(body).hexdigest() != digest:
        raise NoSuchOriginal(f"what is kept under {digest[:12]}… is not what was put there")
    return body


def discharge(digest: str) -> None:
    """Move an understood original out of quarantine."""
    source, target = _place(digest, "quarantine"), _place(digest, "originals")
    if source.exists() and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        source.replace(target)


def destroy(digest: str, *, room: str = "quarantine") -> None:
    """Remove for good: a refused image, or one whose time is over."""
    _place(digest, room).unlink(missing_ok=True)
