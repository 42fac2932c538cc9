"""微信客服: the company speaks to a WeChat user. The one WeChat channel in which every word can be stopped.

Gate: hard. Nothing leaves but by `send`. WeCom adds its own limits: only within 48 hours after the customer's last
message, at most 5 messages until the next (pages 94669, 94670, 94677). There is no interface that says what became of
a message under its id: only a failure is told, as an event. So `find` may answer `Unknown`, and a person decides.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from shouyue.connectors import channel as ch
from shouyue.connectors.wecom.client import Client, WeComRefused, outcome_of
from shouyue.terms import Channel, Gate

OPEN_FOR = timedelta(hours=48)
MESSAGES_A_WINDOW = 5
LONGEST_TEXT = 2048  # bytes
LARGEST_PAGE = 1000
# why a message that was accepted did not arrive (event msg_send_fail)
FAILURES = {
    0: "no reason given",
    1: "the customer-service account was deleted",
    2: "the application is closed",
    4: "more than 48 hours since the customer wrote",
    5: "the session is closed",
    6: "more than five messages since the customer wrote",
    8: "the corp is not verified",
    10: "the customer does not accept messages",
    11: "no member of the corp has signed in",
    12: "this kind of message may not be sent here",
    13: "stopped by WeChat's safety rules",
}


GONE = {40007, 45001}  # an unknown or expired file, or one larger than we take


@dataclass(frozen=True, slots=True)
class Window:
    """What may still be sent to one customer: `left` messages, until `until` (None: the customer never wrote)."""

    left: int
    until: datetime | None


def window(theirs: Iterable[datetime], ours: Iterable[datetime], at: datetime) -> Window:
    """The window at `at`, from the times of the customer's messages and of ours."""
    last = max((moment for moment in theirs if moment <= at), default=None)
    if last is None or at >= last + OPEN_FOR:
        return Window(0, None if last is None else last + OPEN_FOR)
    used = sum(last <= moment <= at for moment in ours)
    return Window(max(0, MESSAGES_A_WINDOW - used), last + OPEN_FOR)


class CustomerService:
    """One customer-service account (`open_kfid`) of one application."""

    channel = Channel.KF
    gate = Gate.HARD

    def __init__(self, client: Client, open_kfid: str, *, page: int = LARGEST_PAGE) -> None:
        self._call = client
        self._kf = open_kfid
        self._page = page

    def send(self, message: ch.Outgoing, key: str) -> ch.Outcome:
        """Send a text. WeCom gives our own id back, so a failure that is told later is matched to its message."""
        if len(message.text.encode()) > LONGEST_TEXT:
            return ch.Refused(True, f"longer than {LONGEST_TEXT} bytes", "too-long")
        body = {
            "touser": message.to,
            "open_kfid": message.account or self._kf,
            "msgid": message_id(key),
            "msgtype": "text",
            "text": {"content": message.text},
        }
        try:
            return ch.Accepted(str(self._call.post("kf/send_msg", body)["msgid"]))
        except (WeComRefused, ch.ConnectorDown) as trouble:
            return outcome_of(trouble)
        except KeyError:
            return ch.Unknown("WeCom said yes without the message's id")

    def find(self, key: str) -> ch.Found:
        """Read the inbox again for a failure under this key. Silence proves nothing: `Unknown`."""
        wanted, cursor = message_id(key), ""
        try:
            while True:
                page = self.pull(cursor)
                for payload in page.payloads:
                    for event in self.parse(payload):
                        if isinstance(event, ch.DeliveryReceipt) and event.reference == wanted:
                            return ch.Refused(True, event.why, "msg_send_fail")
                if not page.more:
                    break
                cursor = page.cursor
        except (WeComRefused, ch.ConnectorDown) as trouble:
            return ch.Unknown(str(trouble))
        return ch.Unknown("微信客服 has no interface to ask; look at the conversation, then decide")

    def pull(self, cursor: str, token: str = "") -> ch.Page:
        """Messages and events after `cursor`. The token of the notice lifts a rate limit; without it it works too."""
        asked = {"cursor": cursor, "token": token, "limit": self._page, "open_kfid": self._kf}
        got = self._call.post("kf/sync_msg", {name: value for name, value in asked.items() if value})
        items = tuple(
            json.dumps(item, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
            for item in got.get("msg_list", ())
        )
        return ch.Page(items, got.get("next_cursor") or cursor, bool(got.get("has_more")))

    def parse(self, payload: bytes) -> tuple[ch.Event, ...]:
        return parse(payload)

    def fetch(self, media: ch.Media) -> bytes:
        """A file that the customer sent; WeCom keeps it for three days. Raises MediaGone afterwards."""
        try:
            return self._call.download(media.reference)
        except WeComRefused as no:
            if no.code in GONE:
                raise ch.MediaGone(f"WeCom no longer has this file ({no.code})") from None
            raise ch.ConnectorDown(str(no)) from None

    def entry(self, url: str, state: str) -> str:
        """The account's link, carrying a case token that comes back when the customer enters (≤ 128 bytes)."""
        token = quote(state, safe="")
        if len(token) > 128:
            raise ValueError(f"a scene_param of {len(token)} bytes; it takes at most 128")
        return f"{url}{'&' if '?' in url else '?'}scene_param={token}"

    def link(self, scene: str) -> str:
        """The account's own link for a scene (at most 32 letters, digits, - or _)."""
        return str(self._call.post("kf/add_contact_way", {"open_kfid": self._kf, "scene": scene})["url"])


def message_id(key: str) -> str:
    """Our key as WeCom takes it: at most 32 letters, digits, - or _. A UUID loses its dashes; others are hashed."""
    bare = key.replace("-", "")
    if len(bare) <= 32 and bare.isascii() and bare.isalnum():
        return bare
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def parse(payload: bytes) -> tuple[ch.Event, ...]:
    """Events of one item of the inbox. `origin`: 3 the customer, 4 the system, 5 a member in the client."""
    try:
        item = json.loads(payload)
        event = item.get("event") or {}
        head: dict[str, Any] = {
            "external_id": f"kf:{item['msgid']}",
            "channel": Channel.KF,
            "account": str(item.get("open_kfid") or event.get("open_kfid", "")),
            "at": datetime.fromtimestamp(int(item["send_time"]), UTC),
            "raw": payload,
        }
        sender = str(item.get("external_userid") or event.get("external_userid", ""))
        return (_event(event, sender, head) if item["msgtype"] == "event" else _message(item, sender, head),)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as wrong:
        return (
            ch.NotUnderstood(
                external_id="raw:" + hashlib.sha256(payload).hexdigest()[:40],
                channel=Channel.KF,
                account="",
                at=datetime.fromtimestamp(0, UTC),
                raw=payload,
                what=f"an item of the customer-service inbox without a usable {wrong}",
            ),
        )


def _event(event: dict[str, Any], sender: str, head: dict[str, Any]) -> ch.Event:
    match event.get("event_type"):
        case "enter_session":
            return ch.SessionEntered(
                **head,
                sender=sender,
                scene=event.get("scene", ""),
                state=event.get("scene_param", ""),
                welcome_code=event.get("welcome_code", ""),
            )
        case "msg_send_fail":
            why = FAILURES.get(int(event.get("fail_type", 0)), f"fail_type {event.get('fail_type')}")
            return ch.DeliveryReceipt(**head, reference=event["fail_msgid"], delivered=False, why=why)
        case "user_recall_msg":
            return ch.MessageRecalled(**head, sender=sender, original=f"kf:{event['recall_msgid']}")
        case other:
            return ch.NotUnderstood(**head, what=f"an event of the customer-service inbox: {other}")


def _message(item: dict[str, Any], sender: str, head: dict[str, Any]) -> ch.Event:
    kind, ours = item["msgtype"], item["origin"] == 5
    content = item.get(kind) or {}
    media = (ch.Media(kind, content["media_id"]),) if "media_id" in content else ()
    text = {
        "text": lambda: content["content"],
        "location": lambda: f"{content.get('name', '')} {content.get('address', '')}".strip(),
        "link": lambda: f"{content.get('title', '')} {content.get('url', '')}".strip(),
    }.get(kind, lambda: "")()
    if not text and not media and kind not in {"business_card", "miniprogram", "channels"}:
        return ch.NotUnderstood(**head, what=f"a message of the kind {kind}")
    return ch.MessageArrived(
        **head,
        sender=str(item.get("servicer_userid", "")) if ours else sender,
        to=(sender,) if ours else (),
        kind=kind,
        text=text,
        media=media,
        ours=ours,
    )
