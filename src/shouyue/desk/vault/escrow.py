"""A key in three people's hands, two of whom must come together: neither the desk nor any one of them can use or lose it alone.

For each pair of the three, one of the pair holds a random pad and the other the key under that pad. What each holds is closed to
that person's own public key (X25519), so that it may lie in the database and in backups. Pads say nothing of the key: one person
alone learns nothing, not even with unlimited means.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from itertools import combinations
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shouyue.desk.vault.actions import decrypt, encrypt

HOLDERS, ENOUGH = 3, 2


class NoEscrow(ValueError):
    """The key cannot be put into, or taken out of, these hands. The message says what is wrong."""


def parse_holders(text: str) -> dict[str, bytes]:
    """Name → public key, from lines `name base64`, three of them. Raises NoEscrow."""
    found: dict[str, bytes] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or line.startswith("#"):
            continue
        try:
            name, key = words
            found[name] = base64.b64decode(key, validate=True)
        except ValueError:
            raise NoEscrow(f"line {number} is no name and public key") from None
        if len(found[name]) != 32:
            raise NoEscrow(f"line {number}: a public key has 32 bytes, not {len(found[name])}")
    if len(found) != HOLDERS or len(set(found.values())) != HOLDERS:
        raise NoEscrow(
            f"found {len(set(found.values()))} holders; three people, each with a key of their own, are needed"
        )
    return found


def about(subject: UUID) -> str:
    """What a share is bound to."""
    return f"escrow:{subject}"


def divide(key: bytes, holders: Mapping[str, bytes], bound_to: str) -> dict[str, bytes]:
    """What each holder keeps, closed to that holder and bound to whose key it is (`bound_to`)."""
    held: dict[str, dict[str, str]] = {name: {} for name in holders}
    for one, other in combinations(sorted(holders), ENOUGH):
        pad = secrets.token_bytes(len(key))
        held[one][other] = pad.hex()
        held[other][one] = _under(key, pad).hex()
    return {name: _closed(json.dumps(held[name]).encode(), holders[name], bound_to) for name in holders}


def open_share(share: bytes, private: X25519PrivateKey, bound_to: str) -> dict[str, str]:
    """What a holder's share says: for each other holder, half of the key. Raises NoEscrow for another person's share."""
    ours = private.public_key().public_bytes_raw()
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(share[:32]))
        plain = decrypt(share[32:], key=_from(shared, share[:32], ours), bound_to=bound_to)
    except (InvalidTag, ValueError):
        raise NoEscrow("this share was not closed to this key, or is about somebody else") from None
    found: dict[str, str] = json.loads(plain)
    return found


def unite(opened: Mapping[str, Mapping[str, str]]) -> bytes:
    """The key, from what two holders opened. Raises NoEscrow."""
    if len(opened) != ENOUGH:
        raise NoEscrow(f"{len(opened)} of the holders came; two are needed")
    (one, mine), (other, theirs) = opened.items()
    if other not in mine or one not in theirs:
        raise NoEscrow(f"{one} and {other} hold nothing together")
    return _under(bytes.fromhex(mine[other]), bytes.fromhex(theirs[one]))


def _under(data: bytes, pad: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(data, pad, strict=True))


def _closed(plain: bytes, public: bytes, bound_to: str) -> bytes:
    once = X25519PrivateKey.generate()
    mine = once.public_key().public_bytes_raw()
    shared = once.exchange(X25519PublicKey.from_public_bytes(public))
    return mine + encrypt(plain, key=_from(shared, mine, public), bound_to=bound_to)


def _from(shared: bytes, once: bytes, public: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=hashlib.sha256(once + public).digest(), info=b"shouyue/escrow").derive(
        shared
    )
