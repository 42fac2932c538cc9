"""The counterpart of every plain gateway: takes messages, remembers them by key, tells what became of them.

One provider serves one channel under /gateway/<channel>. People on the other end answer by `reply`, receipts and reports
leave by `receipt` and `report`, signed as the protocol says, with three tries.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from shouyue.connectors.channel import Call
from shouyue.connectors.gateway import SIGNATURE, TIME, signed
from shouyue.connectors.rehearsal.stage import Stage

TRIES = 3
CHINA = ZoneInfo("Asia/Shanghai")


class Cut(Exception):
    """The message was taken, and the connection ends before the answer."""


@dataclass(slots=True)
class Taken:
    """One message that the provider took."""

    body: dict[str, Any]
    reference: str
    at: datetime


@dataclass(slots=True)
class Provider:
    """A provider of one channel, in memory. `url` is our address for its calls; `deliver` takes them in this process."""

    stage: Stage
    channel: str
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    url: str = ""
    deliver: Callable[[Call], int] | None = None
    reaches: Callable[[str, str], None] | None = None  # number and words of a message that arrives
    taken: dict[str, Taken] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)  # key → why
    tells: bool = False  # tells by itself that what it took was delivered
    blocked: set[str] = field(default_factory=set)  # numbers that it refuses
    no_answer: int = 0  # this many of the next messages are taken without an answer
    broken: int = 0  # this many of the next answers are no JSON
    busy: int = 0  # this many of the next messages get 429
    miscounts: int = 0
    told: list[datetime] = field(default_factory=list)  # when people wrote to us
    wrong_signature: bool = False
    statuses: list[int] = field(default_factory=list)  # of our calls
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Status, body and headers of one request. `path` begins behind the base. Raises Cut."""
        proper = signed(self.secret, "to", headers.get(TIME, ""), method, path, body)
        if not secrets.compare_digest(proper, headers.get(SIGNATURE, "")):
            return 401, {"why": "the signature is wrong"}, {}
        with self.lock:
            if method == "GET" and path.startswith("/totals/"):
                return self._totals(path.removeprefix("/totals/"))
            if method == "GET":
                return self._find(path.removeprefix("/messages/"))
            return self._take(json.loads(body))

    def _totals(self, day: str) -> tuple[int, dict[str, Any], dict[str, str]]:
        """What it took from us and gave to us on a day; with `miscounts`, so many more than there were."""
        if self.busy:
            self.busy -= 1
            return 429, {}, {"retry-after": "7"}
        sent = sum(str(one.at.astimezone(CHINA).date()) == day for one in self.taken.values())
        received = sum(str(at.astimezone(CHINA).date()) == day for at in self.told)
        return 200, {"sent": sent + self.miscounts, "received": received}, {}

    def _find(self, key: str) -> tuple[int, dict[str, Any], dict[str, str]]:
        if key in self.taken:
            return 200, {"state": "accepted", "reference": self.taken[key].reference}, {}
        if key in self.refused:
            return 200, {"state": "refused", "why": self.refused[key]}, {}
        return 404, {"state": "unknown"}, {}

    def _take(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any], dict[str, str]]:
        if self.busy:
            self.busy -= 1
            return 429, {}, {"retry-after": "7"}
        known = self.taken.get(asked["key"])
        if known is not None and known.body != asked:
            return 409, {"why": "the key was used for other contents"}, {}
        if asked["to"] in self.blocked:
            self.refused[asked["key"]] = "the number is on the operator's list"
            return 422, {"why": self.refused[asked["key"]], "code": "BLACK"}, {}
        if known is None:
            known = Taken(asked, f"{self.channel}-{secrets.token_hex(8)}", datetime.now(UTC))
            self.taken[asked["key"]] = known
            if self.reaches is not None:
                self.reaches(asked["to"], asked["text"])
            if self.tells:
                reference = known.reference
                self.stage.after(1.0, lambda: self.receipt(reference, delivered=True))
        if self.no_answer:
            self.no_answer -= 1
            raise Cut
        if self.broken:
            self.broken -= 1
            return 200, {}, {}
        return 200, {"reference": known.reference}, {}

    # ── what they tell us ────────────────────────────────────────────────────────────────────────────────
    def receipt(self, reference: str, *, delivered: bool, why: str = "") -> None:
        self._tell({"kind": "receipt", "reference": reference, "delivered": delivered, "why": why})

    def reply(self, sender: str, text: str, *, account: str = "") -> None:
        """Somebody answers, or writes of their own."""
        self.told.append(datetime.now(UTC))
        self._tell({"kind": "message", "sender": sender, "text": text, "account": account})

    def report(self, reference: str, *, connected: bool, **more: Any) -> None:
        """A call, visit or session took place: seconds, result, words, media."""
        self._tell({"kind": "attempt", "reference": reference, "connected": connected, **more})

    def _tell(self, told: dict[str, Any], tries: int = TRIES) -> None:
        body = (
            told
            if "id" in told
            else {"id": secrets.token_hex(12), "at": datetime.now(UTC).isoformat(), **told}
        )
        self.stage.after(0.0 if tries == TRIES else 1.0, lambda: self._knock(body, tries))

    def _knock(self, told: dict[str, Any], tries: int) -> None:
        body = json.dumps(told, ensure_ascii=False).encode()
        stamp = str(int(datetime.now(UTC).timestamp()))
        signature = "0" * 64 if self.wrong_signature else signed(self.secret, "from", stamp, body)
        headers = {TIME: stamp, SIGNATURE: signature, "content-type": "application/json"}
        if self.deliver is not None:
            status = self.deliver(Call("POST", {}, body, headers))
        elif self.url:
            try:
                status = httpx.post(self.url, content=body, headers=headers, timeout=5).status_code
            except httpx.HTTPError:
                status = 0
        else:
            return
        self.statuses.append(status)
        if status != 200 and tries > 1:
            self._tell(told, tries - 1)
