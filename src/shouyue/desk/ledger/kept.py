"""What is kept of an entry: its parts, encrypted, as one run of bytes in the entry's own row. Made and read here.

u8 count of parts; each part: u8 length and name, u8 whose (and 16 bytes where it is another person's), commitment, SM3
commitment. Then a box for each person, in the order in which they come first: u32 length, 12 bytes of nonce, ciphertext; within,
that person's parts, each after its u32 length. A box is unreadable for ever once the key of its person is destroyed.
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

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shouyue.evidence import leaf as form

NOBODY, THE_STREAMS, ANOTHERS = range(3)


class NotKept(ValueError):
    """These bytes are not what was kept of an entry."""


def storage_key(key: bytes) -> bytes:
    """What encrypts a person's parts, apart from what salts them."""
    return hmac.digest(key, b"stored", "sha256")


class Keyed:
    """A subject's key, ready to salt and to encrypt many parts: the cipher is made once."""

    __slots__ = ("cipher", "key")

    def __init__(self, key: bytes) -> None:
        self.key, self.cipher = key, AESGCM(storage_key(key))


Part = tuple[str, bytes, bytes, Keyed]  # name, what it says, whose it is (`mark`), and under whose key


class Made(NamedTuple):
    commitment: bytes
    commitment_sm3: bytes
    stored: bytes
    kept: bytes


def nonces(about: int) -> Iterator[bytes]:
    """Random nonces without end, drawn some `about` at a time: asking the system for one costs as much as encrypting."""
    while True:
        run = os.urandom(12 * min(max(about, 1), 1024))
        for at in range(0, len(run), 12):
            yield run[at : at + 12]


def mark(subject: UUID | None, streams: bool) -> bytes:
    """How a part says whose it is; `streams` when it is the person to whom the stream belongs."""
    if subject is None:
        return b"\x00"
    return b"\x01" if streams else b"\x02" + subject.bytes


@lru_cache(maxsize=256)
def _begun(name: str) -> tuple[bytes, bytes, hashlib._Hash, hashlib._Hash]:
    """What the commitments of all parts of this name begin with, digested already: SHA-256 and SM3."""
    number, before = form.part_bytes(name, b"")
    head = form.PART_BEGINS + number.to_bytes(2, "big")
    hard = form.begin_sm3()
    hard.update(head)
    return bytes([len(name)]) + name.encode(), before, hashlib.sha256(head), hard


_PAYLOAD, _PAYLOAD_SM3 = hashlib.sha256(form.PAYLOAD_BEGINS), form.begin_sm3()
_PAYLOAD_SM3.update(form.PAYLOAD_BEGINS)
MOST_PARTS = 255


def make(tag: str, n: int, parts: Sequence[Part], fresh: Iterator[bytes]) -> Made:
    """Commit to the parts of entry `n` of the stream, and encrypt them under nonces that nobody used.

    What evidence.leaf says in words (`commitment`, `payload`, `salts_of`), said here without saying it anew for each part.
    """
    count = len(parts)
    if count > MOST_PARTS:
        raise ValueError(f"an entry has at most {MOST_PARTS} parts, not {count}")
    run, plain, hard, at = [bytes((count,))], [], [], 0
    boxes: dict[Keyed, tuple[bytes, list[bytes]]] = {}
    last: Keyed | None = None
    for name, content, whose, key in parts:
        if key is not last:
            if key not in boxes:
                boxes[key] = form.salts_of(key.key, tag, n, count), []
            last, (salts, inside) = key, boxes[key]
        named, before, begun, begun_sm3 = _begun(name)
        salted = salts[at : at + 32] + before + content
        at += 32
        state, state_sm3 = begun.copy(), begun_sm3.copy()
        state.update(salted)
        state_sm3.update(salted)
        commitment, commitment_sm3 = state.digest(), state_sm3.digest()
        plain.append(commitment)
        hard.append(commitment_sm3)
        run += (named, whose, commitment, commitment_sm3)
        inside += (len(content).to_bytes(4, "big"), content)
    state, state_sm3 = _PAYLOAD.copy(), _PAYLOAD_SM3.copy()
    state.update(b"".join(plain))
    state_sm3.update(b"".join(hard))
    bound = state.digest()
    sealed: list[bytes] = []
    for key, (_, inside) in boxes.items():
        nonce = next(fresh)
        box = key.cipher.encrypt(nonce, b"".join(inside), bound)
        sealed += ((len(box) + 12).to_bytes(4, "big"), nonce, box)
    run += sealed
    return Made(bound, state_sm3.digest(), form.sha256(b"".join(sealed)), b"".join(run))


@dataclass(frozen=True, slots=True)
class Lying:
    """One part as it lies in the row."""

    name: str
    subject: UUID | None
    commitment: bytes
    commitment_sm3: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """What lies in a row: the parts in order, a closed box for each person, and the digest over all boxes."""

    parts: tuple[Lying, ...]
    boxes: dict[UUID | None, bytes]
    stored: bytes

    def opened(self, subject: UUID | None, key: bytes, bound: bytes) -> list[bytes]:
        """What is in the box of this person, in the order of their parts. `bound` is the entry's commitment. Raises NotKept."""
        box = self.boxes[subject]
        try:
            inside = AESGCM(storage_key(key)).decrypt(box[:12], box[12:], bound)
        except InvalidTag:
            raise NotKept("what is kept was changed, or belongs to another entry") from None
        found, at = [], 0
        while at < len(inside):
            end = at + 4 + int.from_bytes(inside[at : at + 4], "big")
            found.append(inside[at + 4 : end])
            at = end
        return found


def read(run: bytes, of_stream: UUID | None) -> Kept:
    """What lies in these bytes. Raises NotKept."""
    at = 0

    def take(count: int) -> bytes:
        nonlocal at
        piece = run[at : at + count]
        if len(piece) != count:
            raise NotKept(f"what is kept breaks off at byte {len(run)}")
        at += count
        return piece

    parts = []
    for _ in range(take(1)[0]):
        name = take(take(1)[0])
        whose = take(1)[0]
        if whose not in (NOBODY, THE_STREAMS, ANOTHERS) or (whose == THE_STREAMS and of_stream is None):
            raise NotKept(f"a part before byte {at} is of nobody who is known here")
        subject = UUID(bytes=take(16)) if whose == ANOTHERS else of_stream if whose == THE_STREAMS else None
        parts.append(Lying(name.decode("ascii", "replace"), subject, take(32), take(32)))
    stored = form.sha256(run[at:])
    boxes = {
        subject: take(int.from_bytes(take(4), "big")) for subject in dict.fromkeys(p.subject for p in parts)
    }
    if at != len(run):
        raise NotKept(f"{len(run) - at} bytes follow what is kept")
    return Kept(tuple(parts), boxes, stored)
