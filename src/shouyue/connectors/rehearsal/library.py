"""The archive's library as the counterpart has it: the same three questions, a cipher of our own (marked `sim`).

The real inner cipher is not published. RSA with key versions around it is real.
"""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import urlsplit

import httpx
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shouyue.connectors.wecom.archive import LibraryRefused, Slice

MARK = b"sim1"
BAD_KEY_OR_MESSAGE = 10008


def seal(key: bytes, plain: bytes, nonce: bytes) -> str:
    """What the counterpart puts into `encrypt_chat_msg`."""
    return base64.b64encode(MARK + nonce + _cipher(key).encrypt(nonce, plain, MARK)).decode()


class RehearsedLibrary:
    """`Library` of a counterpart on this machine; refuses any other address."""

    def __init__(self, base: str) -> None:
        if urlsplit(base).hostname not in {"127.0.0.1", "localhost"}:
            raise ValueError(f"{base} is not this machine; a rehearsed archive never reads from another")
        self._http = httpx.Client(base_url=base, timeout=10)

    def chat_data(self, seq: int, limit: int) -> bytes:
        return self._http.get("/rehearsal/archive/data", params={"seq": seq, "limit": limit}).content

    def decrypt(self, key: bytes, sealed: str) -> bytes:
        body = base64.b64decode(sealed)
        if not body.startswith(MARK):
            raise LibraryRefused("DecryptData", BAD_KEY_OR_MESSAGE)
        try:
            return _cipher(key).decrypt(body[4:16], body[16:], MARK)
        except (InvalidTag, ValueError) as wrong:
            raise LibraryRefused("DecryptData", BAD_KEY_OR_MESSAGE) from wrong

    def media(self, reference: str, index: str) -> Slice:
        got = self._http.get("/rehearsal/archive/media", params={"id": reference, "index": index})
        if got.status_code != 200:
            raise LibraryRefused("GetMediaData", int(got.headers.get("x-code", "10002")))
        return Slice(got.content, got.headers["x-index"], got.headers["x-last"] == "1")


def _cipher(key: bytes) -> AESGCM:
    return AESGCM(hashlib.sha256(key).digest())
