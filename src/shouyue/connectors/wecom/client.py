"""Calls to WeCom's interface: the token, the errors with names, the limits with their waiting time.

A base address is all that differs between WeCom and its counterpart on this machine.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from shouyue.connectors.channel import ConnectorDown, Outcome, Refused, Unknown

OFFICIAL = "https://qyapi.weixin.qq.com"
TOKEN_DEAD = {40014, 42001}
COME_BACK = {  # not now, but later (page 90454)
    -1: timedelta(seconds=5),  # their system is busy
    45009: timedelta(seconds=60),  # too many calls in a minute
    45033: timedelta(seconds=1),  # too many at once
}
NEEDS_AN_ADMINISTRATOR = {
    40001: "the secret is wrong",
    40013: "the corp id is wrong",
    48002: "this secret has no right to this interface (the archive has a secret of its own)",
    60020: "this machine's address is not on the list of trusted addresses (可信IP)",
}


class WeComRefused(ConnectorDown):
    """WeCom answered, and said no. `permanent` says whether the same call may ever succeed."""

    def __init__(self, call: str, code: int, said: str) -> None:
        self.call, self.code, self.said = call, code, said
        why = NEEDS_AN_ADMINISTRATOR.get(code, said)
        super().__init__(f"WeCom refused {call}: {why} (errcode {code})")

    @property
    def permanent(self) -> bool:
        return self.code not in COME_BACK and self.code not in TOKEN_DEAD

    @property
    def after(self) -> timedelta:
        return COME_BACK.get(self.code, timedelta(0))

    def outcome(self) -> Refused:
        return Refused(self.permanent, str(self), str(self.code), self.after)


class NotReached(ConnectorDown):
    """The call certainly did not arrive: nobody was there to take it."""


class NoAnswer(ConnectorDown):
    """The call may have arrived; no answer came, or one that is none."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Of one application of one corp. Secrets do not show when printed."""

    corpid: str
    secret: str = field(repr=False)
    base: str = OFFICIAL


class Client:
    """Calls with the application's token. Safe for threads; one for each secret (each has its own token)."""

    def __init__(self, credentials: Credentials, *, timeout: float = 10.0) -> None:
        self._who = credentials
        self._http = httpx.Client(base_url=credentials.base, timeout=timeout)
        self._token = ""
        self._renewing = threading.Lock()

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """GET /cgi-bin/{path}. Raises WeComRefused, NotReached, NoAnswer."""
        return self._call("GET", path, query, None)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST /cgi-bin/{path} with a JSON body. Raises WeComRefused, NotReached, NoAnswer."""
        return self._call("POST", path, {}, body)

    def download(self, media_id: str, *, largest: int = 20 << 20) -> bytes:
        """A file that a customer sent (`media/get`). WeCom keeps it for three days. Raises as `get` does."""
        token = self._token or self._renew(stale="")
        for fresh in (False, True):
            if fresh:
                token = self._renew(stale=token)
            body = bytearray()
            query = {"access_token": token, "media_id": media_id}
            try:
                with self._http.stream("GET", "/cgi-bin/media/get", params=query) as answer:
                    for part in answer.iter_bytes():
                        body += part
                        if len(body) > largest:
                            raise WeComRefused("media/get", 45001, f"larger than {largest} bytes")
                    if "json" not in answer.headers.get("content-type", ""):
                        return bytes(body)
            except httpx.HTTPError as lost:
                raise NoAnswer(f"WeCom did not answer media/get: {type(lost).__name__}") from None
            said = _object(bytes(body))
            code = int(said.get("errcode") or 0)
            if fresh or code not in TOKEN_DEAD:
                raise WeComRefused("media/get", code, str(said.get("errmsg", ""))[:200])
        raise AssertionError("unreachable")

    def _call(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        token = self._token or self._renew(stale="")
        try:
            return self._once(method, path, {**query, "access_token": token}, body)
        except WeComRefused as no:
            if no.code not in TOKEN_DEAD:
                raise
        return self._once(method, path, {**query, "access_token": self._renew(stale=token)}, body)

    def _renew(self, *, stale: str) -> str:
        """A token other than `stale`. Of many threads that meet a dead token, one fetches and the others take its."""
        with self._renewing:
            if self._token == stale:
                got = self._once(
                    "GET", "gettoken", {"corpid": self._who.corpid, "corpsecret": self._who.secret}, None
                )
                self._token = str(got["access_token"])
            return self._token

    def _once(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        # no exception may carry the address: the token is in it
        try:
            answer = self._http.request(method, f"/cgi-bin/{path}", params=dict(query), json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as nobody:
            raise NotReached(f"WeCom could not be reached for {path}: {type(nobody).__name__}") from None
        except httpx.HTTPError as lost:
            raise NoAnswer(f"WeCom did not answer {path}: {type(lost).__name__}") from None
        said = _object(answer.content)
        if answer.status_code != 200 or not said:
            raise NoAnswer(f"WeCom answered {path} with status {answer.status_code} and no JSON object")
        code = int(said.get("errcode") or 0)
        if code:
            raise WeComRefused(path, code, str(said.get("errmsg", ""))[:200])
        return said


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object that this is; empty if it is none."""
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def outcome_of(trouble: Exception) -> Outcome:
    """What a failed call of sending means: a clear no may be repeated or not; silence is `Unknown`, never a no."""
    match trouble:
        case WeComRefused():
            return trouble.outcome()
        case NotReached():
            return Refused(False, str(trouble), "unreached", timedelta(seconds=30))
        case ConnectorDown():
            return Unknown(str(trouble))
    raise trouble
