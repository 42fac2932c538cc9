"""会话内容存档: what members and customers really said, as WeCom archived it (pages 91774, 91782).

Their road is a native library, installed by the operator, with a cipher that is not published. It stands behind the port
`Library`; `native.py` runs it in a process of its own, and the counterpart brings one with a cipher of its own.
Data stays about five days over there: a puller that stops loses it for good.

Each message is kept as one payload: its place (`seq`), the plain JSON as it came out of the library, or, where it could
not be opened, the sealed form with the key's version and what went wrong. Nothing is dropped.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol, TypeVar

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from shouyue.connectors import channel as ch
from shouyue.terms import Channel

LARGEST_PAGE = 1000
TRANSIENT = {10001, 10002, 10003}  # the library says: try again


class LibraryRefused(ch.ConnectorDown):
    """The library answered with an error code of its own."""

    def __init__(self, call: str, code: int) -> None:
        super().__init__(f"the archive library refused {call} with code {code}")
        self.code = code


class LibraryDied(ch.ConnectorDown):
    """The library's process ended in the middle of a call. What it was given is a bad message, not a bad day."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Up to 512 KB of a file, and the index that asks for the next."""

    data: bytes
    index: str
    last: bool


class Library(Protocol):
    """What the native library does (section 6.3 of its manual), as three questions."""

    def chat_data(self, seq: int, limit: int) -> bytes:
        """GetChatData: JSON with the messages after `seq`."""

    def decrypt(self, key: bytes, sealed: str) -> bytes:
        """DecryptData: the plain JSON of one message. `key` is what RSA gave."""

    def media(self, reference: str, index: str) -> Slice:
        """GetMediaData: one slice of a file; `index` empty for the first."""


class Archive:
    """Pulls the archive through a library, opens it with our private keys, one for each version ever uploaded."""

    channel = Channel.WECOM

    def __init__(self, library: Library, keys: Mapping[int, bytes]) -> None:
        """`keys`: version → PEM of the private key. Never throw an old one away: old messages need it."""
        self._library = library
        self._keys = {version: _private(pem) for version, pem in keys.items()}

    def pull(self, cursor: str, token: str = "", *, limit: int = LARGEST_PAGE) -> ch.Page:
        """Messages after the place `cursor` (empty: from the beginning). Store the cursor once they are kept."""
        seq = int(cursor or 0)
        got = json.loads(_patiently(lambda: self._library.chat_data(seq, limit)))
        if got.get("errcode"):
            raise LibraryRefused("GetChatData", int(got["errcode"]))
        items = got.get("chatdata") or []
        payloads = tuple(
            json.dumps(self._open(item), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
            for item in items
        )
        numbers = tuple(int(item["seq"]) for item in items)
        return ch.Page(payloads, str(max([seq, *numbers])), len(items) >= limit, numbers)

    def parse(self, payload: bytes) -> tuple[ch.Event, ...]:
        return parse(payload)

    def fetch(self, media: ch.Media, *, largest: int = 100 << 20) -> bytes:
        """The file itself, slice by slice. Compare with `media.md5` yourself: theirs is sometimes wrong."""
        parts: list[bytes] = []
        index = ""
        while True:
            try:
                part = _patiently(partial(self._library.media, media.reference, index))
            except LibraryRefused as no:
                if no.code in TRANSIENT:
                    raise
                raise ch.MediaGone(str(no)) from None
            parts.append(part.data)
            if sum(map(len, parts)) > largest:
                raise ch.MediaGone(f"the file is larger than {largest} bytes")
            if part.last:
                return b"".join(parts)
            index = part.index

    def _open(self, item: dict[str, Any]) -> dict[str, Any]:
        place = {name: item.get(name) for name in ("seq", "msgid", "publickey_ver")}
        try:
            key = self._keys[int(item["publickey_ver"])]
            random_key = key.decrypt(base64.b64decode(item["encrypt_random_key"]), PKCS1v15())
            return place | {"plain": json.loads(self._library.decrypt(random_key, item["encrypt_chat_msg"]))}
        except KeyError:
            why = f"no private key of version {item.get('publickey_ver')}"
        except (ValueError, LibraryRefused, LibraryDied) as wrong:
            why = f"{type(wrong).__name__}: {wrong}"[:200]
        return place | {
            "not_opened": why,
            "encrypt_random_key": item.get("encrypt_random_key"),
            "encrypt_chat_msg": item.get("encrypt_chat_msg"),
        }


T = TypeVar("T")


def _patiently(ask: Callable[[], T], tries: int = 3) -> T:
    """Ask again where the library says that it may work next time, or where its process ended."""
    for left in reversed(range(tries)):
        try:
            return ask()
        except (LibraryRefused, LibraryDied) as no:
            if not left or (isinstance(no, LibraryRefused) and no.code not in TRANSIENT):
                raise
    raise AssertionError("unreachable")


def _private(pem: bytes) -> RSAPrivateKey:
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the archive key is no RSA key; WeCom takes RSA-2048 only")
    return key


def parse(payload: bytes) -> tuple[ch.Event, ...]:
    """Events of one kept message of the archive."""
    item: dict[str, Any] = {}
    try:
        item = json.loads(payload)
        if "plain" not in item:
            return (
                _not_understood(payload, item, f"a message that could not be opened: {item['not_opened']}"),
            )
        plain = item["plain"]
        head = _head(payload, item, plain)
        read = _ACTIONS.get(plain.get("action", ""))
        if read is None:
            return (_not_understood(payload, item, f"an action {plain.get('action')!r}"),)
        event = read(plain, head)
        return (replace(event, sequence=item["seq"]) if isinstance(event, ch.MessageArrived) else event,)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as wrong:
        return (_not_understood(payload, item, f"an archived message without a usable {wrong}"),)


def _head(payload: bytes, item: dict[str, Any], plain: dict[str, Any]) -> dict[str, Any]:
    people = [plain.get("from") or plain.get("user", ""), *plain.get("tolist", ())]
    ours = [who for who in people if not _outside(who)]
    return {
        "external_id": f"archive:{item['msgid']}",
        "channel": Channel.WECOM_GROUP if plain.get("roomid") else Channel.WECOM,
        "account": ours[0] if ours else "",
        "at": datetime.fromtimestamp(int(plain.get("msgtime") or plain["time"]) / 1000, UTC),
        "raw": payload,
    }


def _outside(who: str) -> bool:
    """Ids of customers begin with wm or wo, of robots with wb; a member's id is whatever the lender chose."""
    return len(who) >= 20 and who.startswith(("wm", "wo", "wb"))


def _sent(plain: dict[str, Any], head: dict[str, Any]) -> ch.Event:
    kind, sender = plain["msgtype"], plain["from"]
    if kind in {"agree", "disagree"}:
        return ch.ConsentChanged(
            **head, userid=head["account"], external_userid=plain[kind]["userid"], agreed=kind == "agree"
        )
    content = plain.get(_PAYLOAD.get(kind, kind)) or {}
    if kind not in KINDS:
        return ch.NotUnderstood(**head, what=f"an archived message of the kind {kind}")
    return ch.MessageArrived(
        **head,
        sender=sender,
        to=tuple(plain.get("tolist", ())),
        kind=kind,
        text=_words(kind, content),
        media=_media(kind, content),
        ours=not _outside(sender),
        group=plain.get("roomid", ""),
    )


def _recalled(plain: dict[str, Any], head: dict[str, Any]) -> ch.Event:
    return ch.MessageRecalled(
        **head,
        sender=plain["from"],
        original=f"archive:{plain['revoke']['pre_msgid']}",
        to=tuple(plain.get("tolist", ())),
        ours=not _outside(plain["from"]),
    )


_ACTIONS: dict[str, Callable[[dict[str, Any], dict[str, Any]], ch.Event]] = {
    "send": _sent,
    "recall": _recalled,
    "switch": lambda plain, head: ch.NotUnderstood(
        **head, what="a member changed devices (a log, no message)"
    ),
}
# msgtype → the field it keeps its content in, where that is another word
_PAYLOAD = {"external_redpacket": "redpacket", "docmsg": "doc", "markdown": "info", "news": "info"}
_FILES = {"image", "voice", "video", "emotion", "file"}
_READ = {  # where the words of a kind are
    "text": ("content",),
    "markdown": ("content",),
    "link": ("title", "description", "link_url"),
    "location": ("title", "address"),
    "weapp": ("title", "displayname"),
    "card": ("corpname", "userid"),
    "todo": ("title", "content"),
    "vote": ("votetitle",),
    "collect": ("title",),
    "redpacket": ("wish",),
    "external_redpacket": ("wish",),
    "meeting": ("topic", "address", "remarks"),
    "docmsg": ("title", "link_url"),
    "calendar": ("title", "place", "remarks"),
    "chatrecord": ("title",),
    "file": ("filename",),
    "sphfeed": ("sph_name", "feed_desc"),
}
KINDS = frozenset(_READ) | _FILES | {"news", "mixed", "meeting_voice_call", "voip_doc_share"}


def _words(kind: str, content: dict[str, Any]) -> str:
    """What can be read of a message, parts of a composed one line by line."""
    if kind in {"mixed", "chatrecord", "news"}:
        lines = [str(content.get("title", ""))]
        for part in content.get("item", ()):
            inner = part.get("content", part)
            inner = json.loads(inner) if isinstance(inner, str) else inner
            # a forwarded record names its kinds otherwise: ChatRecordText
            sort = str(part.get("type", "news")).removeprefix("ChatRecord").lower()
            lines.append(_words(sort, inner) or str(inner.get("title", "")))
        return "\n".join(line for line in lines if line)
    return " ".join(str(content[name]) for name in _READ.get(kind, ()) if content.get(name))


def _media(kind: str, content: dict[str, Any]) -> tuple[ch.Media, ...]:
    if "sdkfileid" not in content:
        return ()
    return (
        ch.Media(
            kind,
            content["sdkfileid"],
            content.get("filesize") or content.get("voice_size") or content.get("imagesize"),
            content.get("md5sum", ""),
            content.get("filename", ""),
            content.get("play_length"),
        ),
    )


def _not_understood(payload: bytes, item: dict[str, Any], what: str) -> ch.NotUnderstood:
    known = isinstance(item, dict) and item.get("msgid")
    return ch.NotUnderstood(
        external_id=f"archive:{item['msgid']}"
        if known
        else "raw:" + hashlib.sha256(payload).hexdigest()[:40],
        channel=Channel.WECOM,
        account="",
        at=datetime.fromtimestamp(0, UTC),
        raw=payload,
        what=what,
    )
