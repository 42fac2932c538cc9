"""The plain protocol by which other systems make contacts for us: an SMS gateway, a dialler, a letter house, a field app.

Every provider has its own; what speaks this one needs no code of ours, and a small adapter makes it of any other.

    we → they   POST {base}/messages        {"key", "to", "text", "account", "subject", "template", "values", "not_after"}
                200 {"reference"}           taken; the same key again gives the same reference and makes no second contact
                409 {"why"}                 the key was used for other contents
                422 {"why", "code"}         refused for good          429, 503 (Retry-After)   not now
                GET  {base}/messages/{key}  200 {"state": "accepted" | "refused", …}   404: never taken
    they → us   POST our address            {"id", "kind": "receipt" | "message" | "attempt", "at", …}

Both ways carry `x-shouyue-time` (seconds) and `x-shouyue-signature`: hex HMAC-SHA256 under the shared secret, over the
direction ("to" or "from"), the time, method and path (to them only) and the body, each on a line of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from shouyue.connectors import channel as ch
from shouyue.terms import Channel, Gate

LARGEST_CALL = 1 << 20  # bytes
FRESH_FOR = timedelta(minutes=10)
TIME, SIGNATURE = "x-shouyue-time", "x-shouyue-signature"


def signed(secret: str, *parts: str | bytes) -> str:
    """HMAC-SHA256 over the parts, each on a line of its own; lower-case hex."""
    told = b"\n".join(part if isinstance(part, bytes) else part.encode() for part in parts)
    return hmac.new(secret.encode(), told, hashlib.sha256).hexdigest()


class Gateway:
    """One channel through one provider. Sends and receives; keeps nothing."""

    channel: Channel
    gate: Gate

    def __init__(
        self,
        base: str,
        secret: str,
        *,
        timeout: float = 10.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if len(secret) < 16:
            raise ValueError("the secret shared with the gateway has fewer than 16 characters")
        self._http = httpx.Client(timeout=timeout)
        self._base, self._secret, self._clock = base.rstrip("/"), secret, clock

    def close(self) -> None:
        self._http.close()

    def refusal_of(self, message: ch.Outgoing) -> str:
        """Why this channel cannot carry this message, before anybody is asked; empty if it can."""
        return ""

    # ── out ──────────────────────────────────────────────────────────────────────────────────────────────
    def send(self, message: ch.Outgoing, key: str) -> ch.Outcome:
        """Hand it over. Late messages and those the channel cannot carry are refused here."""
        if message.not_after is not None and self._clock() > message.not_after:
            return ch.Refused(
                True, f"its last lawful moment, {message.not_after.isoformat()}, has passed", "late"
            )
        if why := self.refusal_of(message):
            return ch.Refused(True, why, "unfit")
        body = {
            "key": key,
            "to": message.to,
            "text": message.text,
            "account": message.account,
            "subject": message.subject,
            "template": message.template,
            "values": dict(message.values),
            "not_after": message.not_after.isoformat() if message.not_after else None,
        }
        answer = self._ask("POST", "/messages", json.dumps(body, ensure_ascii=False, sort_keys=True).encode())
        if not isinstance(answer, httpx.Response):
            return answer
        told = _object(answer)
        match answer.status_code:
            case 200 if told.get("reference"):
                return ch.Accepted(str(told["reference"]))
            case 409 | 422:
                return ch.Refused(
                    True, str(told.get("why", ""))[:200], str(told.get("code", answer.status_code))
                )
            case 429 | 503:
                seconds = answer.headers.get("retry-after", "60")
                wait = timedelta(seconds=min(int(seconds), 86_400) if seconds.isdigit() else 60)
                return ch.Refused(False, "the gateway asks to come back later", str(answer.status_code), wait)
            case 401 | 403:
                return ch.Refused(True, "the gateway does not accept our signature", str(answer.status_code))
        return ch.Unknown(f"the gateway answered with status {answer.status_code}")

    def find(self, key: str) -> ch.Found:
        """What they have under this key. 404 is certain: never taken."""
        answer = self._ask("GET", f"/messages/{quote(key, safe='')}", b"")
        if not isinstance(answer, httpx.Response):
            return ch.Unknown(answer.why)
        told = _object(answer)
        if answer.status_code == 404 and told.get("state") == "unknown":
            return ch.NeverSent()
        match answer.status_code, told.get("state"):
            case 200, "accepted":
                return ch.Accepted(str(told["reference"]))
            case 200, "refused":
                return ch.Refused(True, str(told.get("why", "")), str(told.get("code", "")))
        return ch.Unknown(f"the gateway answered with status {answer.status_code}")

    def totals(self, day: date) -> ch.Totals | None:
        """How many they took from us and gave to us on this day of ours. None where they keep no such count."""
        answer = self._ask("GET", f"/totals/{day.isoformat()}", b"")
        if not isinstance(answer, httpx.Response) or answer.status_code in (429, 503):
            raise ch.ConnectorDown(f"the gateway does not say what it counted on {day}")
        told = _object(answer)
        found = [told.get(name) for name in ("sent", "received")]
        if answer.status_code != 200 or not all(type(n) is int and 0 <= n < 2**53 for n in found):
            return None
        return ch.Totals(*found)  # type: ignore[arg-type]

    def _ask(self, method: str, path: str, body: bytes) -> httpx.Response | ch.Refused | ch.Unknown:
        stamp = str(int(self._clock().timestamp()))
        headers = {
            TIME: stamp,
            SIGNATURE: signed(self._secret, "to", stamp, method, path, body),
            "content-type": "application/json",
        }
        try:
            return self._http.request(method, self._base + path, content=body, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout) as nobody:
            why = f"the gateway could not be reached: {type(nobody).__name__}"
            return ch.Refused(False, why, "unreached", timedelta(seconds=30))
        except httpx.HTTPError as lost:
            return ch.Unknown(f"the gateway did not answer: {type(lost).__name__}")

    # ── in ───────────────────────────────────────────────────────────────────────────────────────────────
    def verify(self, call: ch.Call, at: datetime) -> ch.Verified:
        """Size, time, signature. Raises CallbackRefused."""
        if len(call.body) > LARGEST_CALL:
            raise ch.CallbackRefused(
                f"a call of {len(call.body)} bytes; more than {LARGEST_CALL} are not read", 413
            )
        stamp, signature = call.headers.get(TIME, ""), call.headers.get(SIGNATURE, "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11):
            raise ch.CallbackRefused("the time of the call is missing", 400)
        if abs(at - datetime.fromtimestamp(int(stamp), UTC)) > FRESH_FOR:
            raise ch.CallbackRefused("the call is more than ten minutes from now: a replay, or a wrong clock")
        if not hmac.compare_digest(
            signature.encode(), signed(self._secret, "from", stamp, call.body).encode()
        ):
            raise ch.CallbackRefused("the signature is wrong: another secret, or not from the gateway")
        return ch.Verified(payload=call.body, nonce=signature)

    def parse(self, payload: bytes) -> tuple[ch.Event, ...]:
        """Events of one call."""
        try:
            told = json.loads(payload)
            head: dict[str, Any] = {
                "external_id": f"{self.channel}:{told['id']}"[:160],
                "channel": self.channel,
                "account": str(told.get("account", "")),
                "at": _moment(told["at"]),
                "raw": payload,
            }
            return (_EVENTS[told["kind"]](told, head),)
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            return (
                ch.NotUnderstood(
                    external_id="raw:" + hashlib.sha256(payload).hexdigest()[:40],
                    channel=self.channel,
                    account="",
                    at=datetime.fromtimestamp(0, UTC),
                    raw=payload,
                    what=f"a call of the gateway without a usable {wrong}",
                ),
            )


def _media(told: dict[str, Any]) -> tuple[ch.Media, ...]:
    return tuple(
        ch.Media(str(one["kind"]), str(one["reference"]), one.get("size"), name=str(one.get("name", "")))
        for one in told.get("media", ())
    )


_EVENTS: dict[str, Callable[[dict[str, Any], dict[str, Any]], ch.Event]] = {
    "receipt": lambda told, head: ch.DeliveryReceipt(
        **head,
        reference=str(told["reference"]),
        delivered=told["delivered"] is True,
        why=str(told.get("why", "")),
    ),
    "message": lambda told, head: ch.MessageArrived(
        **head, sender=str(told["sender"]), text=str(told.get("text", "")), media=_media(told)
    ),
    "recalled": lambda told, head: ch.MessageRecalled(
        **head, sender=str(told["sender"]), original=f"{head['channel']}:{told['original']}"
    ),
    "edited": lambda told, head: ch.MessageEdited(
        **head,
        sender=str(told["sender"]),
        original=f"{head['channel']}:{told['original']}",
        text=str(told["text"]),
    ),
    "attempt": lambda told, head: ch.AttemptReported(
        **head,
        reference=str(told["reference"]),
        connected=told["connected"] is True,
        seconds=None if told.get("seconds") is None else int(told["seconds"]),
        result=str(told.get("result", "")),
        words=str(told.get("words", "")),
        media=_media(told),
    ),
}


def _moment(told: str) -> datetime:
    moment = datetime.fromisoformat(told)
    if moment.tzinfo is None:
        raise ValueError("time zone in `at`")
    return moment.astimezone(UTC)


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
