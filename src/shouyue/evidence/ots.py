"""OpenTimestamps proofs, followed offline: from a digest, by hashing and joining, to what a calendar or the Bitcoin chain attests.

A proof is a tree of operations: 0xf0 and 0xf1 join bytes behind or before, 0x08 hashes, 0xff says that another branch
follows later, 0x00 ends a branch with an attestation. Branches are followed with a stack, never by recursion.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

OTS_BITCOIN, OTS_PENDING = bytes.fromhex("0588960d73d71901"), bytes.fromhex("83dfe30d2ef90c8e")
OTS_HEADER = b"\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94"
LARGEST_OTS, LONGEST_MESSAGE, MOST_STEPS = 65_536, 4096, 4096
OTS_APPEND, OTS_PREPEND, OTS_SHA256, OTS_FORK, OTS_ATTESTED = 0xF0, 0xF1, 0x08, 0xFF, 0x00


class ProofRefused(ValueError):
    """These bytes are no proof that can be followed. The message says where."""


@dataclass(frozen=True, slots=True)
class Attested:
    """The end of a branch: the message it led to, who attests it, and where its attestation stands in the proof."""

    message: bytes
    tag: bytes
    payload: bytes
    start: int
    end: int

    @property
    def height(self) -> int | None:
        """The Bitcoin block whose Merkle root the message is."""
        return _ProofReader(self.payload).number() if self.tag == OTS_BITCOIN else None

    @property
    def calendar(self) -> str | None:
        """The address of the calendar that holds the rest."""
        if self.tag != OTS_PENDING:
            return None
        return _ProofReader(self.payload).bytes(1000).decode("ascii", "replace")

    @property
    def merkle_root(self) -> str:
        """As block explorers write it: last byte first."""
        return self.message[::-1].hex()


class _ProofReader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def byte(self) -> int:
        if self.at >= len(self.data):
            raise ProofRefused(f"the proof breaks off at byte {self.at}")
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 56:
                raise ProofRefused(f"a number is too long at byte {self.at}")

    def bytes(self, most: int) -> bytes:
        length = self.number()
        if length > most or self.at + length > len(self.data):
            raise ProofRefused(
                f"{length} bytes are announced at byte {self.at}, which are not there or too many"
            )
        self.at += length
        return self.data[self.at - length : self.at]


def follow(proof: bytes, digest: bytes) -> list[Attested]:
    """Every attestation that the proof leads to from this digest. Raises ProofRefused."""
    if len(proof) > LARGEST_OTS:
        raise ProofRefused(f"{len(proof)} bytes are more than {LARGEST_OTS}")
    reader, message, waiting, found = _ProofReader(proof), digest, [], []
    for _ in range(MOST_STEPS):
        at = reader.at
        step = reader.byte()
        if step == OTS_FORK:
            waiting.append(message)
        elif step == OTS_ATTESTED:
            tag = bytes(reader.byte() for _ in range(8))
            found.append(Attested(message, tag, reader.bytes(8192), at, reader.at))
            _ = found[-1].height, found[-1].calendar  # a payload that cannot be read is refused here
            if not waiting:
                if reader.at != len(proof):
                    raise ProofRefused(f"bytes follow the end of the proof at {reader.at}")
                return found
            message = waiting.pop()
        elif step == OTS_SHA256:
            message = hashlib.sha256(message).digest()
        elif step in (OTS_APPEND, OTS_PREPEND):
            more = reader.bytes(LONGEST_MESSAGE)
            message = message + more if step == OTS_APPEND else more + message
            if not more or len(message) > LONGEST_MESSAGE:
                raise ProofRefused(f"a message of {len(message)} bytes at byte {reader.at}")
        else:
            raise ProofRefused(f"the operation {step:#04x} at byte {at} is not known here")
    raise ProofRefused(f"more than {MOST_STEPS} operations")


def completed(proof: bytes, pending: Attested, rest: bytes) -> bytes:
    """The proof with a calendar's promise replaced by what the calendar now says."""
    return proof[: pending.start] + rest + proof[pending.end :]


def whole_file(proof: bytes, digest: bytes) -> bytes:
    """The proof as an .ots file about a SHA-256 digest, which any OpenTimestamps client reads."""
    return OTS_HEADER + b"\x01" + bytes([OTS_SHA256]) + digest + proof
