"""Signed tree heads: the signed note, the checkpoint in it, and witnesses' cosignatures (C2SP, to the byte).

shouyue.example/desk      the log's name
70270                     how many entries
<base64 root>

— shouyue.example/desk <base64 of key id and signature>
— witness.example/notary <base64 of key id, time and signature>

Beside its Ed25519 line a log may sign with further keys under the same name: ML-DSA-44, as a cosigner of itself, and SM2.
Whoever does not know a key skips its line.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shouyue.evidence.sm2 import NotSM2, sm2_holds, sm2_point

ED25519 = 0x01
COSIGNATURE = 0x04  # Ed25519 with the time of signing
ML_DSA_44 = 0x06  # with the time of signing
PRIVATE = 0xFF  # what follows says which kind
SM2 = b"sm2-sm3-der/v1"  # a private kind: SM2 over the text, in DER; the key is this name and the point
MOST_LINES = 64
LARGEST_NOTE = 1_000_000
NAME = re.compile(r"[^\s+]{1,255}\Z")


class NoteRefused(ValueError):
    """The signed note is malformed, or a known key did not sign it."""


def _decode(text: str, what: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteRefused(f"{what} is not base64") from None
    if base64.b64encode(data).decode() != text:  # one form only
        raise NoteRefused(f"{what} is not in the one form of base64")
    return data


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under a name: `name+keyid+base64(type || key)`."""

    name: str
    type: int
    public: bytes

    @property
    def kind(self) -> str:
        """What it signs with, for people."""
        if self.type == PRIVATE:
            return "SM2" if self.public.startswith(SM2) else "a private kind"
        known = {ED25519: "Ed25519", COSIGNATURE: "Ed25519", ML_DSA_44: "ML-DSA-44"}
        return known.get(self.type, f"type {self.type}")

    @property
    def id(self) -> bytes:
        head = self.name.encode() + b"\n" + bytes([self.type]) + self.public
        return hashlib.sha256(head).digest()[:4]

    def __str__(self) -> str:
        body = base64.b64encode(bytes([self.type]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{body}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        parts = text.strip().split("+", 2)
        if len(parts) != 3 or not NAME.match(parts[0]):
            raise NoteRefused(f"{text!r} is not a verifier key (name+id+key)")
        body = _decode(parts[2], "the key")
        if len(body) < 2:
            raise NoteRefused(f"the key of {parts[0]} is empty")
        key = cls(parts[0], body[0], body[1:])
        if key.id.hex() != parts[1]:
            raise NoteRefused(f"the id of the key {parts[0]} should be {key.id.hex()}, not {parts[1]}")
        size = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: 1312}.get(key.type, len(key.public))
        if len(key.public) != size:
            raise NoteRefused(f"the key of {parts[0]} has {len(key.public)} bytes, not {size}")
        if key.type == PRIVATE and key.public.startswith(SM2):
            try:
                sm2_point(key.public[len(SM2) :])
            except NotSM2 as wrong:
                raise NoteRefused(f"the SM2 key of {parts[0]}: {wrong}") from None
        return key


@dataclass(frozen=True, slots=True)
class Line:
    """One signature line of a note."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and who signed it. `text` ends in a newline, which is signed."""

    text: str
    lines: tuple[Line, ...]

    def to_bytes(self) -> bytes:
        return (self.text + "\n" + "".join(str(line) for line in self.lines)).encode()

    def with_lines(self, extra: Iterable[Line]) -> Note:
        """This note with further signatures; the same line is not added twice."""
        lines = list(self.lines)
        for line in extra:
            if line not in lines:
                lines.append(line)
        return Note(self.text, tuple(lines))

    @classmethod
    def parse(cls, data: bytes) -> Note:
        if len(data) > LARGEST_NOTE:
            raise NoteRefused(f"the note has {len(data)} bytes, more than {LARGEST_NOTE}")
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError:
            raise NoteRefused("the note is not UTF-8") from None
        if any(ord(letter) < 0x20 and letter != "\n" for letter in whole):
            raise NoteRefused("the note has control characters")
        split = whole.rfind("\n\n")
        if split < 0 or not whole.endswith("\n"):
            raise NoteRefused("the note has no empty line before its signatures")
        text, below = whole[: split + 1], whole[split + 2 :]
        rows = below.split("\n")[:-1]
        if not rows or len(rows) > MOST_LINES:
            raise NoteRefused(f"the note has {len(rows)} signature lines; 1 to {MOST_LINES} are read")
        return cls(text, tuple(parse_line(row) for row in rows))


def parse_line(row: str) -> Line:
    """`— name base64`; the newline is already off."""
    parts = row.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not NAME.match(parts[1]):
        raise NoteRefused(f"not a signature line: {row[:80]!r}")
    body = _decode(parts[2], f"the signature of {parts[1]}")
    if len(body) < 5:
        raise NoteRefused(f"the signature of {parts[1]} is too short")
    return Line(parts[1], body[:4], body[4:])


class Signer(Protocol):
    """Whoever holds a signing key: a file here, a hardware module elsewhere."""

    key: VerifierKey

    def sign(self, text: str, seconds: int) -> Line:
        """`seconds` since 1970 (POSIX): the time of signing, for the kinds that state one."""
        ...


class FileSigner:
    """An Ed25519 key held in memory from a 32-byte seed."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = VerifierKey(name, ED25519, self._private.public_key().public_bytes_raw())

    def sign(self, text: str, seconds: int = 0) -> Line:
        return Line(self.key.name, self.key.id, self.sign_bytes(text.encode()))

    def sign_bytes(self, data: bytes) -> bytes:
        return self._private.sign(data)


class Cosigner:
    """A witness's Ed25519 key: signs a checkpoint together with the time it saw it."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = VerifierKey(name, COSIGNATURE, self._private.public_key().public_bytes_raw())

    def cosign(self, text: str, seconds: int) -> Line:
        """`seconds` since 1970 (POSIX), as the cosignature states it."""
        signature = self._private.sign(cosigned_bytes(text, seconds))
        return Line(self.key.name, self.key.id, seconds.to_bytes(8, "big") + signature)


class LatticeCosigner:
    """An ML-DSA-44 key, of a witness or of the log itself, for those who expect that Ed25519 will be broken while the evidence still counts."""

    def __init__(self, name: str, seed: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric import mldsa

        self._private = mldsa.MLDSA44PrivateKey.from_seed_bytes(seed)
        self.key = VerifierKey(name, ML_DSA_44, self._private.public_key().public_bytes_raw())

    def cosign(self, text: str, seconds: int) -> Line:
        """As Cosigner.cosign; the signature has 2,420 bytes."""
        signature = self._private.sign(mldsa_bytes(self.key.name, seconds, Checkpoint.parse(text)))
        return Line(self.key.name, self.key.id, seconds.to_bytes(8, "big") + signature)

    sign = cosign


def cosigned_bytes(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def mldsa_bytes(cosigner: str, seconds: int, checkpoint: Checkpoint) -> bytes:
    """What a timestamped ML-DSA-44 cosignature covers."""
    name, origin = cosigner.encode(), checkpoint.origin.encode()
    return b"".join(
        (
            b"subtree/v1\n\0",
            len(name).to_bytes(1, "big") + name,
            seconds.to_bytes(8, "big"),
            len(origin).to_bytes(1, "big") + origin,
            (0).to_bytes(8, "big"),
            checkpoint.size.to_bytes(8, "big"),
            checkpoint.root,
        )
    )


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that holds: whose, and the signer's own time where it states one."""

    name: str
    key: VerifierKey
    seconds: int | None


def check_note(note: Note, keys: Sequence[VerifierKey]) -> list[Signed]:
    """The signatures of known keys. Unknown keys are skipped; one wrong line of a known key refuses the note."""
    known = {(key.name, key.id): key for key in keys}
    found: dict[tuple[str, bytes], Signed] = {}
    for line in note.lines:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        seconds = _check_line(note.text, line, key)
        found.setdefault((key.name, key.id), Signed(key.name, key, seconds))
    return list(found.values())


def _check_line(text: str, line: Line, key: VerifierKey) -> int | None:
    if key.type == ED25519:
        seconds, message, signature = None, text.encode(), line.signature
    elif key.type == COSIGNATURE:
        if len(line.signature) != 72:
            raise NoteRefused(f"the cosignature of {key.name} has {len(line.signature)} bytes, not 72")
        seconds = int.from_bytes(line.signature[:8], "big")
        message, signature = cosigned_bytes(text, seconds), line.signature[8:]
    elif key.type == ML_DSA_44:
        return _check_mldsa(text, line, key)
    elif key.type == PRIVATE and key.public.startswith(SM2):
        if not sm2_holds(key.public[len(SM2) :], text.encode(), line.signature):
            raise NoteRefused(f"the SM2 signature of {key.name} does not fit the text")
        return None
    else:
        raise NoteRefused(f"keys of type {key.type:#04x} ({key.name}) are not known here")
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except InvalidSignature:
        raise NoteRefused(f"the signature of {key.name} does not fit the text") from None
    return seconds


def _check_mldsa(text: str, line: Line, key: VerifierKey) -> int:
    from cryptography.hazmat.primitives.asymmetric import mldsa

    if len(line.signature) != 8 + 2420:
        raise NoteRefused(f"the cosignature of {key.name} has {len(line.signature)} bytes, not 2428")
    seconds = int.from_bytes(line.signature[:8], "big")
    try:
        mldsa.MLDSA44PublicKey.from_public_bytes(key.public).verify(
            line.signature[8:], mldsa_bytes(key.name, seconds, Checkpoint.parse(text))
        )
    except InvalidSignature:
        raise NoteRefused(f"the signature of {key.name} does not fit the text") from None
    return seconds


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The size and root of a log at one moment."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        """The text that is signed. No further lines: some cosignatures would not cover them."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        rows = text.split("\n")
        if len(rows) != 4 or rows[3] or not NAME.match(rows[0]):
            raise NoteRefused("a checkpoint has three lines: name, size, root")
        if not re.fullmatch("0|[1-9][0-9]{0,18}", rows[1], re.ASCII):
            raise NoteRefused(f"the size {rows[1][:30]!r} is not a plain number")
        root = _decode(rows[2], "the root")
        if len(root) != 32:
            raise NoteRefused(f"the root has {len(root)} bytes, not 32")
        return cls(rows[0], int(rows[1]), root)


def sign_checkpoint(checkpoint: Checkpoint, signers: Iterable[Signer], seconds: int = 0) -> Note:
    """The note with a line of each; `seconds` is when, for those that state it."""
    return Note(str(checkpoint), tuple(signer.sign(str(checkpoint), seconds) for signer in signers))


def open_checkpoint(
    data: bytes, log: VerifierKey, others: Sequence[VerifierKey] = ()
) -> tuple[Checkpoint, list[Signed]]:
    """The checkpoint in a signed note, refused unless the log itself signed it. Also who else did."""
    note = Note.parse(data)
    signed = check_note(note, [log, *others])
    if not any(one.key == log for one in signed):
        raise NoteRefused(f"{log.name} did not sign this checkpoint")
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != log.name:
        raise NoteRefused(f"this is a checkpoint of {checkpoint.origin}, not of {log.name}")
    return checkpoint, signed


def open_signed_by_all(
    data: bytes, logs: Sequence[VerifierKey], others: Sequence[VerifierKey] = ()
) -> tuple[Checkpoint, list[Signed]]:
    """As open_checkpoint, refused unless each of the log's keys signed: nobody gets by with the weakest of them alone."""
    checkpoint, signed = open_checkpoint(data, logs[0], [*logs[1:], *others])
    by = {one.key for one in signed}
    for key in logs:
        if key not in by:
            raise NoteRefused(
                f"{key.name} did not sign this checkpoint with its key {key.id.hex()} ({key.kind})"
            )
    return checkpoint, signed
