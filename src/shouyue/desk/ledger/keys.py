"""The log's own signing key, behind the library's `Signer`: a file here; a hardware module gives the same object."""

from __future__ import annotations

import base64
from functools import lru_cache

from django.conf import settings

from shouyue.evidence.checkpoint import FileSigner, Signer


@lru_cache(maxsize=4)
def _from(origin: str, secret: str) -> FileSigner:
    return FileSigner(origin, base64.urlsafe_b64decode(secret + "=="))


def log_signer() -> Signer:
    """Who signs this log's checkpoints. Its public half is in every package and should be handed over beforehand."""
    return _from(settings.LOG_ORIGIN, settings.LOG_KEY)
