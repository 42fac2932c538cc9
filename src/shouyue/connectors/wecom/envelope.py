"""The envelope of a callback: SHA-1 signature, AES-256-CBC with an odd padding, the receiver's id inside.

Official page 96466 "接收消息与事件概述". The key is 32 bytes, its first 16 are the vector; the padding is PKCS#7 to 32 bytes, not
16; inside are 16 random bytes, the length (big-endian, 4 bytes), the message, and the id it was meant for.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml import DefusedXmlException

from shouyue.connectors.channel import Call, CallbackRefused, Verified

LARGEST_CALL = 1 << 20  # bytes; real ones have a few thousand
BLOCK = 32
FRESH_FOR = timedelta(minutes=10)


class Envelope:
    """Opens and closes the envelopes of one application: token, key and the id that must be inside.

    `aes_key` is EncodingAESKey, 43 characters; `receive_id` the corp id (the suite id for a third-party suite).
    """

    def __init__(self, *, token: str, aes_key: str, receive_id: str) -> None:
        try:
            key = base64.b64decode(aes_key + "=", validate=True)
        except (binascii.Error, ValueError) as wrong:
            raise ValueError(
                "EncodingAESKey is not base64; copy its 43 characters from the admin page"
            ) from wrong
        if len(key) != 32:
            raise ValueError(f"EncodingAESKey has {len(aes_key)} characters; it should have 43")
        self._token = token
        self._cipher = Cipher(algorithms.AES256(key), modes.CBC(key[:16]))
        self._receive_id = receive_id.encode()

    @property
    def receiver(self) -> str:
        """The id that must be inside."""
        return self._receive_id.decode()

    def signature(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """Lower-case hex SHA-1 over the four strings, sorted, without separator."""
        parts = "".join(sorted((self._token, timestamp, nonce, encrypted)))
        return hashlib.sha1(parts.encode(), usedforsecurity=False).hexdigest()

    def encrypt(self, message: bytes, salt: bytes) -> str:
        """Base64 of the sealed message. `salt` is 16 random bytes."""
        if len(salt) != 16:
            raise ValueError(f"the salt has {len(salt)} bytes; it should have 16")
        body = salt + struct.pack(">I", len(message)) + message + self._receive_id
        pad = BLOCK - len(body) % BLOCK
        sealer = self._cipher.encryptor()
        return base64.b64encode(sealer.update(body + bytes([pad]) * pad) + sealer.finalize()).decode()

    def decrypt(self, encrypted: str) -> bytes:
        """The message inside, or CallbackRefused: not base64, wrong padding, wrong length, meant for somebody else."""
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError) as wrong:
            raise CallbackRefused("the sealed part is not base64", 400) from wrong
        if not sealed or len(sealed) % 16:
            raise CallbackRefused(
                f"the sealed part has {len(sealed)} bytes, which is no whole number of blocks", 400
            )
        opener = self._cipher.decryptor()
        body = opener.update(sealed) + opener.finalize()
        pad = body[-1]
        if not 1 <= pad <= BLOCK or len(body) < pad + 20 or body[-pad:] != bytes([pad]) * pad:
            raise CallbackRefused("the padding is wrong: another key, or not from WeCom")
        body = body[16:-pad]
        (size,) = struct.unpack(">I", body[:4])
        if size > len(body) - 4:
            raise CallbackRefused(f"the message claims {size} bytes and has {len(body) - 4}", 400)
        message, receiver = body[4 : 4 + size], body[4 + size :]
        if not hmac.compare_digest(receiver, self._receive_id):
            raise CallbackRefused("the message was meant for another corp")
        return message

    def close(self, message: bytes, *, salt: bytes, timestamp: str, nonce: str) -> Sealed:
        """Seal and sign: what WeCom posts to us, and, with `reply`, what we may answer."""
        encrypted = self.encrypt(message, salt)
        return Sealed(encrypted, self.signature(timestamp, nonce, encrypted), timestamp, nonce)


class Sealed(NamedTuple):
    """A sealed message with what its signature covers."""

    encrypted: str
    signature: str
    timestamp: str
    nonce: str

    def reply(self) -> bytes:
        """The passive reply, as XML."""
        return (
            f"<xml><Encrypt><![CDATA[{self.encrypted}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{self.signature}]]></MsgSignature>"
            f"<TimeStamp>{self.timestamp}</TimeStamp><Nonce><![CDATA[{self.nonce}]]></Nonce></xml>"
        ).encode()


class Door:
    """Checks who knocks. The one place where an unverified byte of WeCom's is touched.

    1. size, and the four parameters are there
    2. the time they claim is within ten minutes of ours
    3. the sealed part: `echostr` of a check of the address, `Encrypt` of an event
    4. the signature, in constant time
    5. `once`, if given, says whether this signature is new
    6. only then open it
    """

    def __init__(self, envelope: Envelope, once: Callable[[str, datetime], bool] | None = None) -> None:
        self._envelope = envelope
        self._once = once

    def verify(self, call: Call, at: datetime) -> Verified:
        """Payload and answer of a call that is really WeCom's. Raises CallbackRefused, with the status to answer."""
        # 1
        if len(call.body) > LARGEST_CALL:
            raise CallbackRefused(
                f"a call of {len(call.body)} bytes; more than {LARGEST_CALL} are not read", 413
            )
        signature, timestamp, nonce = (
            call.query.get(name, "") for name in ("msg_signature", "timestamp", "nonce")
        )
        if not (signature and timestamp and nonce):
            raise CallbackRefused("msg_signature, timestamp or nonce is missing", 400)
        # 2
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
            raise CallbackRefused("the timestamp is no number of seconds", 400)
        if abs(at - datetime.fromtimestamp(int(timestamp), UTC)) > FRESH_FOR:
            raise CallbackRefused(
                f"the timestamp {timestamp} is more than ten minutes from now: a replay, or a wrong clock"
            )
        # 3
        asks = call.method == "GET"
        encrypted = call.query.get("echostr", "") if asks else _text(read_xml(call.body), "Encrypt")
        if not encrypted:
            raise CallbackRefused("there is no sealed part in it", 400)
        # 4
        if not hmac.compare_digest(
            signature.encode(), self._envelope.signature(timestamp, nonce, encrypted).encode()
        ):
            raise CallbackRefused("the signature is wrong: another token, or not from WeCom")
        # 5
        if self._once is not None and not asks and not self._once(signature, at):
            raise CallbackRefused("this very call was made before: a replay")
        # 6
        message = self._envelope.decrypt(encrypted)
        if asks:
            return Verified(payload=b"", answer=message, nonce=signature)
        return Verified(payload=message, answer=b"success", nonce=signature)


def read_xml(body: bytes) -> Element:
    """The root of an XML document without DTD, entities or outside references; else CallbackRefused."""
    try:
        root = defusedxml.ElementTree.fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as wrong:
        raise CallbackRefused("the body is not well-formed, or declares entities", 400) from wrong
    assert isinstance(root, Element)
    return root


def _text(root: Element, name: str) -> str:
    found = root.find(name)
    return "" if found is None or found.text is None else found.text.strip()
