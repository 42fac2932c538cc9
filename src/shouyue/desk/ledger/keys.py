"""The log's keys: what signs its checkpoints, and what salts and keeps the parts of its entries."""

from __future__ import annotations

import base64
from functools import lru_cache

from django.conf import settings

from shouyue.desk.vault.actions import derived
from shouyue.evidence.checkpoint import FileSigner, Signer


@lru_cache(maxsize=4)
def _from(origin: str, secret: str) -> FileSigner:
    return FileSigner(origin, base64.urlsafe_b64decode(secret + "=="))


def log_signer() -> Signer:
    """Who signs this log's checkpoints. A file here; a hardware module gives the same object.

    Its public half is in every package and should be handed over beforehand.
    """
    return _from(settings.LOG_ORIGIN, settings.LOG_KEY)


def nobodys_key() -> bytes:
    """Salts and keeps what concerns no person."""
    return derived("evidence/nobody")
