"""What is kept of an entry: its parts, encrypted, as one run of bytes in the entry's own row. Made and read here.

Each part: u8 length and name, u8 whose (and 16 bytes where it is another person's), commitment, SM3 commitment,
u32 length and ciphertext (12 bytes of nonce in front). Unreadable for ever once the key of the person is destroyed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shouyue.evidence import leaf as form

NOBODY, THE_STREAMS, ANOTHERS = 0, 1, 2


class NotKept(ValueError):
    """These bytes are not what was kept of an entry."""


def storage_key(key: bytes) -> bytes:
    """What encrypts a person's parts, apart from what salts them."""
    return hmac.digest(key, b"stored", "sha256")


_INNER, _OUTER = bytes(byte ^ 0x36 for byte in range(256)), bytes(byte ^ 0x5C for byte in range(256))


class Keyed:
    """A subject's key, ready to salt and to encrypt many parts: HMAC's two digests begun once, the cipher made once."""

    __slots__ = ("cipher", "inner", "outer")

    def __init__(self, key: bytes) -> None:
        self.cipher = AESGCM(storage_key(key))
        padded = key.ljust(64, b"\0")
        self.inner, self.outer = (
            hashlib.sha256(padded.translate(_INNER)),
            hashlib.sha256(padded.translate(_OUTER)),
        )

    def salt(self, message: bytes) -> bytes:
        inner, outer = self.inner.copy(), self.outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


Part = tuple[str, bytes, bytes, Keyed]  # name, what it says, whose it is (`mark`), and under whose key


class Made(NamedTuple):
    commitment: str
    commitment_sm3: str
    stored: str
    kept: bytes


def mark(subject: UUID | None, of_stream: UUID | None) -> bytes:
    """How a part says whose it is."""
    if subject is None:
        return bytes([NOBODY])
    return bytes([THE_STREAMS]) if subject == of_stream else bytes([ANOTHERS]) + subject.bytes


@lru_cache(maxsize=256)
def _begun(name: str) -> tuple[bytes, bytes, hashlib._Hash, hashlib._Hash]:
    """What the commitments of all parts of this name begin with, digested already: SHA-256 and SM3."""
    number, before = form.part_bytes(name, b"")
    head = form.PART_BEGINS + number.to_bytes(2, "big")
    hard = form.begin_sm3()
    hard.update(head)
    return bytes([len(name)]) + name.encode(), before, hashlib.sha256(head), hard


_LEAF, _LEAF_SM3 = hashlib.sha256(b"\x00"), form.begin_sm3()
_LEAF_SM3.update(b"\x00")


def make(tag: str, n: int, parts: Sequence[Part]) -> Made:
    """Commit to the parts of entry `n` of the stream, and encrypt them.

    What evidence.leaf says in words (`commitment`, `payload_root`), said here without saying it anew for each part.
    """
    run: list[bytes] = []
    plain: list[bytes] = []
    hard: list[bytes] = []
    stored: list[bytes] = []
    nonces = os.urandom(12 * len(parts))
    entry = form.salted_bytes(tag, n)
    for position, (name, content, whose, key) in enumerate(parts):
        named, before, begun, begun_sm3 = _begun(name)
        salted = key.salt(entry + position.to_bytes(2, "big")) + before + content
        state, state_sm3 = begun.copy(), begun_sm3.copy()
        state.update(salted)
        state_sm3.update(salted)
        commitment, commitment_sm3 = state.digest(), state_sm3.digest()
        nonce = nonces[12 * position : 12 * position + 12]
        sealed = nonce + key.cipher.encrypt(nonce, content, commitment.hex().encode())
        for leaf, into, what in (
            (_LEAF.copy(), plain, commitment),
            (_LEAF_SM3.copy(), hard, commitment_sm3),
            (_LEAF.copy(), stored, sealed),
        ):
            leaf.update(what)
            into.append(leaf.digest())
        run += (named, whose, commitment, commitment_sm3, len(sealed).to_bytes(4, "big"), sealed)
    return Made(
        form.root_of(plain).hex(),
        form.root_of(hard, form.sm3).hex(),
        form.root_of(stored).hex(),
        b"".join(run),
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """One part as it lies in the row."""

    name: str
    subject: UUID | None
    commitment: bytes
    commitment_sm3: bytes
    stored: bytes


def read(run: bytes, of_stream: UUID | None) -> Iterator[Kept]:
    """The parts in these bytes, in order. Raises NotKept."""
    at = 0

    def take(count: int) -> bytes:
        nonlocal at
        piece = run[at : at + count]
        if len(piece) != count:
            raise NotKept(f"what is kept breaks off at byte {len(run)}")
        at += count
        return piece

    while at < len(run):
        name = take(take(1)[0])
        whose = take(1)[0]
        if whose not in (NOBODY, THE_STREAMS, ANOTHERS) or (whose == THE_STREAMS and of_stream is None):
            raise NotKept(f"a part before byte {at} is of nobody who is known here")
        subject = UUID(bytes=take(16)) if whose == ANOTHERS else of_stream if whose == THE_STREAMS else None
        commitment, hard = take(32), take(32)
        stored = take(int.from_bytes(take(4), "big"))
        yield Kept(name.decode("ascii", "replace"), subject, commitment, hard, stored)
