"""What is sealed: one small entry of commitments, in one canonical form.

An entry names no person and holds no words. What was said is a list of *parts* (the body, the sender, an attachment,
a decision …), each bound by a salted commitment, so that a part can be shown, withheld or erased and the rest still proved.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import hashes

from shouyue.evidence.tree import Digest, leaf_hash, root_of, sha256

# What an entry can be about. Closed: a reader who knows these knows what the log can say.
CONTACTS = ("msg.in", "msg.out", "recall", "call", "visit", "request")
ACTS = (
    *(
        "approval",
        "decision",
        "document",
        "consent",
        "identity",
        "party",
        "account",
        "loan",
        "matter",
        "thread",
    ),
    *("promise", "plan", "right", "complaint", "suit", "hold", "incident", "conduct", "review", "training"),
    *("staff", "agency", "warning", "rule", "import", "export", "access", "erase"),
)
OF_THE_LOG = ("heartbeat", "index", "anchor", "stamp", "key", "audit", "system")
SUBJECTS = frozenset((*CONTACTS, *ACTS, *OF_THE_LOG))
ACT = re.compile(r"[a-z][a-z0-9_-]{0,40}\Z")

# Parts with a number of their own; any other name is carried inside the part (number 0).
PART_TYPES = {
    "body": 1,
    "sender": 2,
    "recipient": 3,
    "third_person": 4,
    "attachment": 5,
    "receipt": 6,
    "approval": 7,
    "raw": 8,
    "facts": 9,
    "decision": 10,
    "findings": 11,
    "reason": 12,
    "by": 13,
    "transcript": 14,
}
PART_BEGINS = b"evlog/part/v1\0"
PAYLOAD_BEGINS = b"evlog/payload/v2\0"
PART_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}\Z")

NOTHING_BEFORE = "0" * 64
LARGEST_INTEGER = 2**53 - 1
LARGEST_ENTRY = 1024
LARGEST_TEXT = 2048
MANIFEST_CHUNK = 1024 * 1024
LARGEST_MANIFEST = 1_000_000


class NotCanonical(ValueError):
    """The bytes are not the one form in which this content may be written."""


# --- canonical form ---


def _refuse_strange(value: Any, place: str, depth: int, ascii_only: bool) -> None:
    """Floats, huge numbers, other types and (in entries) anything but ASCII have no place in what is hashed."""
    if depth > 16:
        raise NotCanonical(f"{place}: nested too deeply")
    if isinstance(value, str):
        if ascii_only and not value.isascii():
            raise NotCanonical(f"{place}: {value!r} is not ASCII")
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise NotCanonical(f"{place}: half a character (a lone surrogate)") from None
    elif isinstance(value, bool) or value is None:
        if ascii_only:
            raise NotCanonical(f"{place}: {value} is neither text nor a whole number")
    elif isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise NotCanonical(f"{place}: {value} is beyond 2^53")
    elif isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str) or max(key, default=" ") > ("\x7f" if ascii_only else "\ud7ff"):
                raise NotCanonical(
                    f"{place}: the key {key!r} is not plain text"
                )  # rare letters sort in two ways
            _refuse_strange(inner, f"{place}.{key}", depth + 1, ascii_only)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            _refuse_strange(inner, f"{place}[{position}]", depth + 1, ascii_only)
    else:
        raise NotCanonical(f"{place}: {type(value).__name__} {value!r} cannot be written exactly; use text")


def canonical(value: Mapping[str, Any] | Sequence[Any], *, ascii_only: bool = True) -> bytes:
    """RFC 8785 form. Keys are ASCII, numbers whole and below 2^53; text may be Chinese where `ascii_only` is off."""
    _refuse_strange(value, "entry", 0, ascii_only)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise NotCanonical(f"the key {key!r} stands twice")
        found[key] = value
    return found


def _no_fraction(text: str) -> Any:
    raise NotCanonical(f"{text} is not a whole number")


def parse(data: bytes, *, ascii_only: bool = True, most: int = LARGEST_ENTRY) -> dict[str, Any]:
    """The object in these bytes, refused unless they are exactly its canonical form."""
    if len(data) > most:
        raise NotCanonical(f"{len(data)} bytes, where {most} are allowed")
    if data.count(b"{") + data.count(b"[") > 64 and max_depth(data) > 16:
        raise NotCanonical("nested too deeply")
    try:
        value = json.loads(
            data,
            object_pairs_hook=_once,
            parse_int=_short_number,
            parse_float=_no_fraction,
            parse_constant=_no_fraction,
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as wrong:
        raise NotCanonical(f"not JSON: {wrong}") from None
    if not isinstance(value, dict):
        raise NotCanonical("not an object")
    if canonical(value, ascii_only=ascii_only) != data:
        raise NotCanonical("written in another form than the canonical one")
    return value


def _short_number(digits: str) -> int:
    if len(digits) > 17:
        raise NotCanonical(f"a number of {len(digits)} digits")
    return int(digits)


_NO_BRACKETS = bytes(set(range(256)) - set(b"{}[]"))


def max_depth(data: bytes) -> int:
    """How deep brackets open in these bytes; strings are not understood, so this may only say too much."""
    deepest = depth = 0
    for byte in data.translate(None, _NO_BRACKETS):
        if byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"}]":
            depth -= 1
    return deepest


# --- the binary form ---


def cbor_head(kind: int, number: int) -> bytes:
    """How an item of CBOR begins: its kind and its number or length, in as few bytes as can be."""
    if number < 24:
        return bytes((kind << 5 | number,))
    if number < 256:
        return bytes((kind << 5 | 24, number))
    size = 2 if number < 1 << 16 else 4 if number < 1 << 32 else 8
    return bytes((kind << 5 | 23 + size.bit_length(),)) + number.to_bytes(size, "big")


def cbor(value: Any) -> bytes:
    """The one form of RFC 8949, 4.2.1: shortest heads, keys sorted as they are written. ASCII text, bytes, whole numbers."""
    if isinstance(value, bytes):
        return cbor_head(2, len(value)) + value
    if isinstance(value, str):
        return cbor_head(3, len(value)) + value.encode("ascii")
    if isinstance(value, int):
        return cbor_head(0, value) if value >= 0 else cbor_head(1, -1 - value)
    if isinstance(value, Mapping):
        pairs = sorted((cbor(key), cbor(inner)) for key, inner in value.items())
        return cbor_head(5, len(pairs)) + b"".join(key + inner for key, inner in pairs)
    return cbor_head(4, len(value)) + b"".join(cbor(inner) for inner in value)


def read_cbor(data: bytes) -> Any:
    """What these bytes say. Whether it is in the one form is seen by writing it again."""
    value, end = _item_at(data, 0, 0)
    if end != len(data):
        raise NotCanonical(f"{len(data) - end} bytes follow the end")
    return value


def _item_at(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    if depth > 16:
        raise NotCanonical("nested too deeply")
    if at >= len(data):
        raise NotCanonical(f"breaks off after {len(data)} bytes")
    kind, number = divmod(data[at], 32)
    if number > 27 or kind > 5:
        raise NotCanonical(f"byte {at} begins nothing that an entry can hold")
    at += 1
    if number > 23:
        size = 1 << number - 24
        number = int.from_bytes(data[at : at + size], "big")
        at += size
    if at + (number if kind > 1 else 0) > len(data):
        raise NotCanonical(f"breaks off after {len(data)} bytes")
    if kind < 2:
        return (number if kind == 0 else -1 - number), at
    if kind < 4:
        run = data[at : at + number]
        if kind == 3 and not run.isascii():
            raise NotCanonical(f"{run[:40]!r} is not ASCII")
        return (run if kind == 2 else run.decode("ascii")), at + number
    items = []
    for _ in range(number if kind == 4 else 2 * number):
        inner, at = _item_at(data, at, depth + 1)
        items.append(inner)
    if kind == 4:
        return items, at
    if not all(isinstance(key, str) for key in items[::2]):
        raise NotCanonical("a key is not text")
    return dict(zip(items[::2], items[1::2], strict=True)), at


# --- parts ---


class _SlowSm3:
    """SM3 of `cryptography` with hashlib's verbs."""

    def __init__(self, state: hashes.Hash) -> None:
        self._state = state

    def update(self, data: bytes) -> None:
        self._state.update(data)

    def copy(self) -> _SlowSm3:
        return _SlowSm3(self._state.copy())

    def digest(self) -> bytes:
        return self._state.copy().finalize()


def begin_sm3() -> hashlib._Hash:
    """SM3 (GB/T 32905) to be fed; from the interpreter's OpenSSL where that has it, three times as fast."""
    try:
        return hashlib.new("sm3")
    except ValueError:
        return _SlowSm3(hashes.Hash(hashes.SM3()))  # type: ignore[return-value]


_SM3 = begin_sm3()


def sm3(data: bytes) -> bytes:
    """SM3 (GB/T 32905), the second digest beside SHA-256."""
    state = _SM3.copy()
    state.update(data)
    return state.digest()


def part_bytes(name: str, content: bytes) -> tuple[int, bytes]:
    """(number, bytes) as the commitment takes them. A name without a number of its own travels with the content."""
    if name in PART_TYPES:
        return PART_TYPES[name], content
    if not PART_NAME.match(name):
        raise ValueError(f"a part is named in small letters, digits and _, not {name!r}")
    return 0, name.encode() + b"\0" + content


def commitment(name: str, content: bytes, salt: bytes, digest: Digest = sha256) -> bytes:
    """SHA-256("evlog/part/v1\\0" || u16 type || salt || content)."""
    if len(salt) != 32:
        raise ValueError(f"a salt has 32 bytes, not {len(salt)}")
    number, content = part_bytes(name, content)
    return digest(PART_BEGINS + number.to_bytes(2, "big") + salt + content)


def payload(commitments: Sequence[bytes], digest: Digest = sha256) -> bytes:
    """`c` and `m`: the digest of all part commitments, in order. Those of withheld parts are always shown."""
    if any(len(one) != 32 for one in commitments):
        raise ValueError("a commitment has 32 bytes")
    return digest(PAYLOAD_BEGINS + b"".join(commitments))


def payload_root(commitments: Iterable[bytes], digest: Digest = sha256) -> bytes:
    """What `c` and `m` were in entries of version 1: the root of a tree over the part commitments."""
    return root_of([leaf_hash(one, digest) for one in commitments], digest)


def stream_tag(key: bytes, conversation: str) -> str:
    """`s`: 32 hex digits that only the holder of the subject's key can connect with the conversation."""
    return hmac.new(key, b"stream\0" + conversation.encode(), hashlib.sha256).hexdigest()[:32]


def salts_of(key: bytes, tag: str, n: int, parts: int) -> bytes:
    """The salts of an entry's parts under one subject's key, 32 bytes each, end to end: one run of SHAKE256 for all.

    A package shows the salts of the parts it shows, never the key; how they were made is nobody's concern but the desk's.
    """
    if len(key) != 32:
        raise ValueError(f"a subject's key has 32 bytes, not {len(key)}")
    return hashlib.shake_256(key + b"salts\0" + tag.encode() + n.to_bytes(8, "big")).digest(32 * parts)


def salt_of(key: bytes, tag: str, n: int, part: int) -> bytes:
    return salts_of(key, tag, n, part + 1)[32 * part :]


def manifest(data: bytes) -> dict[str, Any]:
    """A large original as a part: its size and the digest of each MiB. The original is kept beside the log."""
    chunks = [data[at : at + MANIFEST_CHUNK] for at in range(0, len(data), MANIFEST_CHUNK)] or [b""]
    return {
        "chunks": [hashlib.sha256(chunk).hexdigest() for chunk in chunks],
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "sm3": sm3(data).hex(),
    }


def fits_manifest(data: bytes, described: bytes) -> bool:
    """Whether these bytes are what the manifest describes, by every digest in it."""
    try:
        return parse(described, ascii_only=False, most=LARGEST_MANIFEST).items() >= manifest(data).items()
    except NotCanonical:
        return False


# --- the entry ---


def utc(at: datetime) -> str:
    """`at`: UTC with microseconds, 2026-11-24T08:00:00.000000Z."""
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@lru_cache(maxsize=1024)
def split_kind(kind: str) -> tuple[str, str]:
    """`msg.out/proposed` → what it is about, and the act. The first is from the closed list, the second is a word."""
    about, _, act = kind.partition("/")
    if about not in SUBJECTS:
        raise ValueError(f"nothing is sealed about {about!r}; it is one of: {', '.join(sorted(SUBJECTS))}")
    if act and not ACT.match(act):
        raise ValueError(f"an act is one word in small letters, not {act!r}")
    return about, act


@lru_cache(maxsize=1024)
def _text(value: str) -> str:
    """A string as canonical JSON; raises NotCanonical for anything but ASCII."""
    return canonical([value]).decode()[1:-1]


HEX_64, HEX_32 = re.compile("[0-9a-f]{64}"), re.compile("[0-9a-f]{32}")


@lru_cache(maxsize=4096)
def _before_c(kind: str, with_oc: bool) -> bytes:
    _, act = split_kind(kind)
    return cbor_head(5, 10 + bool(act) + with_oc) + (b"\x61a" + cbor(act) if act else b"") + b"\x61c\x58\x20"


@lru_cache(maxsize=64)
def _before_m(gateway: str) -> bytes:
    return b"\x61g" + _ascii_text(gateway) + b"\x61m\x58\x20"


@lru_cache(maxsize=4096)
def _stream_bytes(stream: str) -> bytes:
    """`s`: a person's tag as its 16 bytes, a name of the log's own as text."""
    return b"\x61s" + (cbor(bytes.fromhex(stream)) if HEX_32.fullmatch(stream) else _ascii_text(stream))


@lru_cache(maxsize=4096)
def _before_x(kind: str) -> bytes:
    return b"\x61t" + cbor(split_kind(kind)[0]) + b"\x61v\x02\x61x\x58\x20"


@lru_cache(maxsize=64)
def _at_bytes(at: str) -> bytes:
    return b"\x62at" + _ascii_text(at)


def _ascii_text(value: str) -> bytes:
    if not value.isascii():
        raise NotCanonical(f"{value!r} is not ASCII")
    return cbor(value)


def entry_bytes(
    kind: str,
    stream: str,
    n: int,
    previous: bytes,
    commitment: bytes,
    commitment_sm3: bytes,
    stored: bytes,
    at: str,
    outside: Mapping[str, Any],
    gateway: str,
) -> bytes:
    """An entry as it stands in the log: a map in CBOR, put together by hand, since its keys and their order are known."""
    if not 0 <= n <= LARGEST_INTEGER:
        raise NotCanonical(f"n is {n!r}, not a number from 0 to 2^53")
    after = b""
    if outside:
        _refuse_strange(outside, "oc", 1, True)
        after = b"\x62oc" + cbor(outside)
    data = b"".join(
        (
            _before_c(kind, bool(outside)),
            commitment,
            _before_m(gateway),
            commitment_sm3,
            b"\x61n",
            cbor_head(0, n),
            b"\x61p\x58\x20",
            previous,
            _stream_bytes(stream),
            _before_x(kind),
            stored,
            _at_bytes(at),
            after,
        )
    )
    if len(data) > LARGEST_ENTRY:
        raise NotCanonical(f"the entry has {len(data)} bytes, where {LARGEST_ENTRY} are allowed")
    return data


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log. It has two forms: `to_bytes`, as it stands in the log, and `to_text`, to be read by people.

    Both hold the same fields under the same letters. The log's is CBOR (RFC 8949), where digests are bytes; the text is JSON
    (RFC 8785), where they are hex. In version 1 the text was also what stood in the log.
    """

    kind: str
    stream: str
    n: int
    previous: str  # hex leaf hash of the stream's entry before this one
    commitment: str  # hex
    commitment_sm3: str  # hex
    stored: str  # hex digest of what is kept, encrypted
    at: str
    outside: Mapping[str, Any]
    gateway: str
    version: int = 2

    def to_bytes(self) -> bytes:
        """The bytes whose hash is the leaf."""
        if self.version == 1:
            return self.to_text()
        digests = self.previous, self.commitment, self.commitment_sm3, self.stored
        if not all(HEX_64.fullmatch(one) for one in digests):
            raise NotCanonical("a digest is not 64 hex digits")
        p, c, m, x = map(bytes.fromhex, digests)
        return entry_bytes(self.kind, self.stream, self.n, p, c, m, x, self.at, self.outside, self.gateway)

    def to_text(self) -> bytes:
        about, act = split_kind(self.kind)
        if not 0 <= self.n <= LARGEST_INTEGER:
            raise NotCanonical(f"n is {self.n!r}, not a number from 0 to 2^53")
        act = f'"a":"{act}",' if act else ""
        outside = f'"oc":{canonical(dict(self.outside)).decode()},' if self.outside else ""
        text = (
            f'{{{act}"at":{_text(self.at)},"c":"{self.commitment}","g":{_text(self.gateway)},'
            f'"m":"{self.commitment_sm3}","n":{self.n},{outside}"p":"{self.previous}",'
            f'"s":{_text(self.stream)},"t":"{about}","v":{self.version},"x":"{self.stored}"}}'
        )
        data = text.encode("ascii")
        if len(data) > (LARGEST_ENTRY if self.version == 1 else LARGEST_TEXT):
            raise NotCanonical(f"the entry has {len(data)} bytes, which is too many")
        return data

    def binds(self, plain: Sequence[bytes], hard: Sequence[bytes]) -> bool:
        """Whether these are the commitments of all its parts, in order, by SHA-256 and by SM3."""
        if self.version == 1:
            made = payload_root(plain), payload_root(hard, sm3)
        else:
            made = payload(plain), payload(hard, sm3)
        return (made[0].hex(), made[1].hex()) == (self.commitment, self.commitment_sm3)

    @classmethod
    def from_bytes(cls, data: bytes) -> Entry:
        """The entry that stands in the log in these bytes. Raises NotCanonical with what was found."""
        if data[:1] == b"{":
            return cls._of(parse(data), (1,))
        if len(data) > LARGEST_ENTRY:
            raise NotCanonical(f"{len(data)} bytes, where {LARGEST_ENTRY} are allowed")
        fields = read_cbor(data)
        if not isinstance(fields, dict):
            raise NotCanonical("not a map")
        fields |= {k: fields[k].hex() for k in "pcmxs" if isinstance(fields.get(k), bytes)}
        entry = cls._of(fields, (2,))
        _refuse_strange(entry.outside, "oc", 1, True)
        if entry.to_bytes() != data:
            raise NotCanonical("written in another form than the canonical one")
        return entry

    @classmethod
    def from_text(cls, text: bytes) -> Entry:
        """The entry that a package shows in these words. Raises NotCanonical with what was found."""
        entry = cls._of(parse(text, most=LARGEST_TEXT), (1, 2))
        if entry.version == 1 and len(text) > LARGEST_ENTRY:
            raise NotCanonical(f"{len(text)} bytes, where {LARGEST_ENTRY} are allowed")
        if entry.version > 1 and entry.to_text() != text:
            raise NotCanonical("written in another form than the canonical one")
        return entry

    @classmethod
    def _of(cls, fields: Mapping[str, Any], versions: tuple[int, ...]) -> Entry:
        version = fields.get("v")
        if version not in versions:
            raise NotCanonical(f"entries of version {version!r} are not known here")
        unknown = fields.keys() - {"v", "t", "a", "s", "n", "p", "c", "m", "x", "at", "oc", "g"}
        missing = {"t", "s", "n", "p", "c", "m", "x", "at", "g"} - fields.keys()
        if unknown or missing:
            raise NotCanonical(f"fields not known: {sorted(unknown)}; fields missing: {sorted(missing)}")
        for name in ["t", "s", "p", "c", "m", "x", "at", "g", "a"]:
            if not isinstance(fields.get(name, ""), str):
                raise NotCanonical(f"{name} is not text")
        for name in ["p", "c", "m", "x"]:
            if not HEX_64.fullmatch(fields[name]):
                raise NotCanonical(f"{name} is not 64 hex digits")
        if not isinstance(fields["n"], int) or fields["n"] < 0:
            raise NotCanonical(f"n is {fields['n']!r}, not a number from 0")
        if not isinstance(fields.get("oc", {}), dict):
            raise NotCanonical("oc is not an object")
        kind = f"{fields['t']}/{fields['a']}" if "a" in fields else fields["t"]
        try:
            split_kind(fields["t"] + "/" + fields.get("a", ""))
        except ValueError as wrong:
            raise NotCanonical(str(wrong)) from None
        return cls(
            kind,
            fields["s"],
            fields["n"],
            fields["p"],
            fields["c"],
            fields["m"],
            fields["x"],
            fields["at"],
            fields.get("oc", {}),
            fields["g"],
            version,
        )


def written(text: bytes) -> tuple[Entry, bytes]:
    """The entry that a package shows in these words, and the bytes that must then stand in the log. Raises NotCanonical."""
    entry = Entry.from_text(text)
    return entry, text if entry.version == 1 else entry.to_bytes()


def stream_marks(stream: str) -> tuple[bytes, bytes]:
    """What the bytes of every entry of this stream hold, in either version."""
    return f'"s":{_text(stream)}'.encode(), _stream_bytes(stream)
