"""One entry's proof as a file of its own (C2SP tlog-proof): any tool that speaks the format can check it offline."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from shouyue.evidence.tree import NotProved

HEAD = "c2sp.org/tlog-proof@v1"
LARGEST_PROOF = 100_000


@dataclass(frozen=True, slots=True)
class Proof:
    """Where an entry stands, the hashes from it to the root, and the signed note with that root, verbatim."""

    index: int
    path: tuple[bytes, ...]
    note: bytes

    def to_bytes(self) -> bytes:
        rows = [HEAD, f"index {self.index}", *(base64.b64encode(part).decode() for part in self.path)]
        return "\n".join(rows).encode() + b"\n\n" + self.note

    @classmethod
    def parse(cls, data: bytes) -> Proof:
        if len(data) > LARGEST_PROOF:
            raise NotProved(f"a proof of {len(data)} bytes is too large")
        above, gap, note = data.partition(b"\n\n")
        try:
            rows = above.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise NotProved("the proof is not plain text") from None
        if not gap or rows[0] != HEAD:
            raise NotProved(f"the proof does not begin with {HEAD}")
        if len(rows) > 1 and rows[1].startswith("extra "):
            del rows[1]  # free text that nobody signed
        if len(rows) < 2 or not re.fullmatch("index (0|[1-9][0-9]{0,18})", rows[1], re.ASCII):
            raise NotProved("the proof names no index")
        return cls(int(rows[1][6:]), decode_hashes(rows[2:]), note)


def decode_hashes(rows: Sequence[str]) -> tuple[bytes, ...]:
    """Base64 hashes of 32 bytes, in their one form."""
    found = []
    for place, row in enumerate(rows):
        try:
            part = base64.b64decode(row, validate=True)
        except (binascii.Error, ValueError):
            raise NotProved(f"hash {place} of the proof is not base64") from None
        if len(part) != 32 or base64.b64encode(part).decode() != row:
            raise NotProved(f"hash {place} of the proof is not 32 bytes in the one form of base64")
        found.append(part)
    if len(found) > 128:
        raise NotProved(f"a proof of {len(found)} hashes is too long")
    return tuple(found)
