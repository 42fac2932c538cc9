"""The other side's hand at our door: real envelopes, five seconds of patience, three tries; and every misbehaviour."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

import httpx

from shouyue.connectors.channel import Call
from shouyue.connectors.rehearsal.stage import Stage
from shouyue.connectors.wecom.envelope import Envelope

TRIES = 3
PATIENCE = 5.0  # seconds
PATIENCE_OF_THE_CHECK = 1.0


@dataclass(slots=True)
class Mischief:
    """How the counterpart misbehaves, until told otherwise. All off: it behaves."""

    late: float = 0.0  # seconds before a callback is made
    repeated: int = 1  # how often each callback is made, even when it was answered
    out_of_order: bool = False  # a callback waits until the next has overtaken it
    wrong_signature: bool = False
    wrong_receiver: bool = False
    silent: bool = False  # makes no callbacks at all
    rate_limited: int = 0  # this many of the next calls to the interface get 45009
    dead_token: int = 0  # this many of the next calls find their token expired
    no_answer: int = 0  # this many of the next calls are done, but the connection ends without an answer
    broken_archive: int = 0  # this many of the next archived messages cannot be opened


@dataclass(slots=True)
class Knock:
    """One callback as it was made, and how it ended: for tests, and for the page that shows them."""

    event: str
    tries: int = 0
    statuses: list[int] = field(default_factory=list)  # 0: no answer

    @property
    def done(self) -> bool:
        return 200 in self.statuses


class Caller:
    """Makes callbacks. `deliver` takes a Call and gives the status; without it they go to `url` over HTTP."""

    def __init__(
        self,
        stage: Stage,
        envelope: Callable[[bool], Envelope],
        mischief: Mischief,
        clock: Callable[[], datetime],
        deliver: Callable[[Call], int] | None = None,
    ) -> None:
        self._stage, self._envelope, self._mischief, self._clock = stage, envelope, mischief, clock
        self._deliver = deliver
        self.url = ""
        self.knocks: list[Knock] = []
        self._held: Callable[[], None] | None = None

    def check(self, url: str) -> str:
        """The check of the address, as when the administrator saves it. Empty if it passed, else what was wrong."""
        word = secrets.token_hex(8)
        sealed = self._seal(word.encode())
        try:
            answer = httpx.get(
                url, params=sealed.query | {"echostr": sealed.encrypted}, timeout=PATIENCE_OF_THE_CHECK
            )
        except httpx.HTTPError as wrong:
            return f"no answer within a second: {type(wrong).__name__}"
        if answer.status_code != 200:
            return f"the answer had status {answer.status_code}"
        if answer.content != word.encode():
            return "the answer was not the bare decrypted word"
        self.url = url
        return ""

    def tell(self, event: str, xml: bytes) -> None:
        """Make a callback, as the mischief of this moment has it."""
        if self._mischief.silent:
            return

        def make() -> None:
            for _ in range(self._mischief.repeated):
                knock = Knock(event)
                self.knocks.append(knock)
                self._knock(knock, xml)

        if self._mischief.out_of_order and self._held is None:
            self._held = make
            return
        held, self._held = self._held, None
        self._stage.after(self._mischief.late, make)
        if held is not None:
            self._stage.after(self._mischief.late, held)

    def _knock(self, knock: Knock, xml: bytes) -> None:
        """One try; without a 200 the next follows, until there were three."""
        if self._deliver is None and not self.url:
            return
        knock.tries += 1
        knock.statuses.append(self._post(xml))
        if knock.statuses[-1] != 200 and knock.tries < TRIES:
            self._stage.after(1.0, lambda: self._knock(knock, xml))

    def _post(self, xml: bytes) -> int:
        sealed = self._seal(xml)
        if self._deliver is not None:
            return self._deliver(Call("POST", sealed.query, sealed.body))
        try:
            headers = {"content-type": "text/xml"}
            where = f"{self.url}{'&' if '?' in self.url else '?'}{urlencode(sealed.query)}"
            return httpx.post(where, content=sealed.body, headers=headers, timeout=PATIENCE).status_code
        except httpx.HTTPError:
            return 0

    def _seal(self, message: bytes) -> _Sealed:
        stamp, nonce = str(int(self._clock().timestamp())), str(secrets.randbelow(10**10))
        envelope = self._envelope(self._mischief.wrong_receiver)
        sealed = envelope.close(message, salt=secrets.token_bytes(16), timestamp=stamp, nonce=nonce)
        signature = "0" * 40 if self._mischief.wrong_signature else sealed.signature
        return _Sealed(
            {"msg_signature": signature, "timestamp": stamp, "nonce": nonce},
            sealed.encrypted,
            envelope.receiver,
        )


@dataclass(frozen=True, slots=True)
class _Sealed:
    query: dict[str, str]
    encrypted: str
    receiver: str

    @property
    def body(self) -> bytes:
        return (
            f"<xml><ToUserName><![CDATA[{self.receiver}]]></ToUserName>"
            f"<AgentID><![CDATA[1000002]]></AgentID>"
            f"<Encrypt><![CDATA[{self.encrypted}]]></Encrypt></xml>"
        ).encode()
