"""The log's keys: what signs its checkpoints, and what salts and keeps the parts of its entries.

The principal key is Ed25519 (`keys/log`). Beside it may stand further ones, each a file of its own and each a line on every
checkpoint: `keys/log.sm2.<id>`, `keys/log.ml-dsa-44.<id>`. They are looked for at each signature, so that a new one signs at once
in every process; two of a kind both sign, until the older is retired.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from shouyue.desk.vault.actions import derived
from shouyue.evidence.checkpoint import FileSigner, LatticeCosigner, Signer, VerifierKey
from shouyue.evidence.sm2_key import SM2Signer

FURTHER = re.compile(r"log\.(sm2|ml-dsa-44)\.([0-9a-f]{8})\Z")


KINDS: Mapping[str, Callable[[str, bytes], Signer]] = {
    "sm2": lambda name, secret: SM2Signer(name, secret, lambda: secrets.randbits(64)),
    "ml-dsa-44": LatticeCosigner,
}


@lru_cache(maxsize=4)
def _from(origin: str, secret: str) -> FileSigner:
    return FileSigner(origin, base64.urlsafe_b64decode(secret + "=="))


def log_signer() -> Signer:
    """Who signs this log's checkpoints. A file here; a hardware module gives the same object.

    Its public half is in every package and should be handed over beforehand.
    """
    return _from(settings.LOG_ORIGIN, settings.LOG_KEY)


@lru_cache(maxsize=16)
def _further(origin: str, kind: str, secret: str) -> Signer:
    return KINDS[kind](origin, base64.urlsafe_b64decode(secret + "=="))


def log_signers() -> list[Signer]:
    """Everybody who signs: the principal key first, then what stands beside it."""
    return [log_signer(), *(signer for _, signer in further())]


def further() -> list[tuple[str, Signer]]:
    """The kinds and signers beside the principal key, as their files stand there now."""
    found = []
    folder = Path(settings.HOME) / "keys"
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        if named := FURTHER.match(file.name):
            with suppress(FileNotFoundError):  # retired at this very moment
                found.append((named[1], _further(settings.LOG_ORIGIN, named[1], file.read_text())))
    return found


def make(kind: str) -> VerifierKey:
    """A fresh key of this kind, readable by the owner alone, that signs nothing until it is put to use."""
    secret = secrets.token_urlsafe(32)
    key = _further(settings.LOG_ORIGIN, kind, secret).key
    place = _place(kind, key)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(_aside(place), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return key


def use(kind: str, key: VerifierKey) -> None:
    """From the next head on, this key signs."""
    _aside(_place(kind, key)).rename(_place(kind, key))


def destroy(kind: str, key: VerifierKey) -> None:
    _place(kind, key).unlink()


def _place(kind: str, key: VerifierKey) -> Path:
    return Path(settings.HOME) / "keys" / f"log.{kind}.{key.id.hex()}"


def _aside(place: Path) -> Path:
    return place.with_name(f"new.{place.name}")


def nobodys_key() -> bytes:
    """Salts and keeps what concerns no person."""
    return derived("evidence/nobody")
