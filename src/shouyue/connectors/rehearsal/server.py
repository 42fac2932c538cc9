"""The counterpart as a server on this machine: WeCom's interface, and the controls under /rehearsal/.

GET  /rehearsal/               the borrowers' phone, as a page
GET  /rehearsal/state          everything, as JSON
GET  /rehearsal/phone?who=     what one phone shows
POST /rehearsal/<act>          add, accept, ignore, say, enter, consent, unfriend, recall, play, type, confirm,
                               serve, fail, text, mischief, clock, callback, key   (JSON in, JSON out)
GET  /rehearsal/archive/data   the archive's library asks here; /rehearsal/archive/media?id=&index= for files
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import asdict, fields
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from shouyue.connectors.rehearsal.caller import Mischief
from shouyue.connectors.rehearsal.corp import Impossible, RehearsedCorp
from shouyue.connectors.rehearsal.interface import Lost, answer
from shouyue.connectors.rehearsal.provider import Cut, Provider
from shouyue.connectors.wecom.corp import Corp

SLICE = 512 * 1024
LARGEST_BODY = 4 << 20
GATEWAYS = ("sms", "phone", "letter", "visit", "mediation")


class Rehearsal:
    """A running counterpart. `with Rehearsal() as r:` gives `r.base`, `r.corp` (its world) and `r.settings` (for us).

    `pace` 0 plays every delay at once. `deliver` takes callbacks in this process, instead of posting them to
    an address set by `r.corp.caller.check(url)`.
    """

    def __init__(self, *, port: int = 0, **world: Any) -> None:
        self.corp = RehearsedCorp(**world)
        self.providers = {name: Provider(self.corp.stage, name) for name in GATEWAYS}
        self.providers["sms"].reaches = self.corp.text
        handler = type("Handler", (_Handler,), {"corp": self.corp, "providers": self.providers})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def settings(self) -> Corp:
        """Ids, secrets and keys as the desk is given them."""
        return self.corp.corp(self.base)

    @property
    def gateways(self) -> dict[str, dict[str, str]]:
        """Address and secret of each gateway, as `gateways.connected` reads them."""
        return {
            name: {"base": f"{self.base}/gateway/{name}", "secret": one.secret}
            for name, one in self.providers.items()
        }

    def start(self) -> Rehearsal:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self.corp.stage.close()

    def __enter__(self) -> Rehearsal:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, what: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()


class _Handler(BaseHTTPRequestHandler):
    corp: RehearsedCorp
    providers: dict[str, Provider]
    protocol_version = "HTTP/1.1"
    server_version = "rehearsal"

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        if size > LARGEST_BODY:
            self.close_connection = True
            self._say(413, b"", "text/plain")
            return
        self._answer(self.rfile.read(size))

    def log_message(self, format: str, *args: object) -> None:
        """Addresses carry tokens; nothing is logged."""

    def _answer(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith("/gateway/"):
            self._gateway(parts.path, body)
            return
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        try:
            told = json.loads(body) if body else {}
        except ValueError:
            told = None
        if not isinstance(told, dict):
            self._json(200, {"errcode": 47001, "errmsg": "data format error"})
        elif parts.path.startswith("/cgi-bin/"):
            try:
                path = parts.path.removeprefix("/cgi-bin/")
                if path == "media/get":
                    self._media(query)
                else:
                    self._json(200, answer(self.corp, self.command, path, query, told))
            except Lost:
                self.close_connection = True
        elif parts.path.startswith("/rehearsal/"):
            self._rehearsal(parts.path.removeprefix("/rehearsal/"), query, told)
        else:
            self._say(404, b"", "text/plain")

    def _gateway(self, path: str, body: bytes) -> None:
        name, _, rest = path.removeprefix("/gateway/").partition("/")
        if name not in self.providers:
            self._json(404, {"why": f"no gateway {name!r}"})
            return
        headers = {key.lower(): value for key, value in self.headers.items()}
        try:
            status, told, more = self.providers[name].answer(self.command, f"/{rest}", headers, body)
        except Cut:
            self.close_connection = True
        except (ValueError, KeyError, TypeError) as wrong:
            self._json(400, {"why": f"no usable {wrong}"})
        else:
            self._say(status, json.dumps(told, ensure_ascii=False).encode(), "application/json", more)

    def _rehearsal(self, what: str, query: dict[str, str], told: dict[str, Any]) -> None:
        try:
            match self.command, what:
                case "GET", "" | "phone":
                    page = (files(__package__) / "phone.html").read_bytes()
                    self._say(200, page, "text/html; charset=utf-8")
                case "GET", "state":
                    self._json(200, self.corp.picture())
                case "GET", "phone/messages":
                    self._json(200, {"messages": list(self.corp.borrower(query["who"]).phone)})
                case "GET", "archive/data":
                    self._json(200, self.corp.archived(int(query["seq"]), int(query["limit"])))
                case "GET", "archive/media":
                    self._slice(query)
                case "POST", "text":
                    sms = self.providers["sms"]
                    sms.reply(self.corp.texted(told["who"], told["text"]), told["text"])
                    self._json(200, {"done": None})
                case "POST", "gateway":
                    provider = self.providers[told.pop("channel")]
                    act: dict[str, Any] = {
                        "receipt": provider.receipt,
                        "reply": provider.reply,
                        "report": provider.report,
                    }
                    self._json(200, {"done": act[told.pop("act")](**told)})
                case "POST", _ if what in _ACTS:
                    self._json(200, {"done": _ACTS[what](self.corp, told)})
                case _:
                    self._json(404, {"error": f"no {self.command} {what}; acts: {', '.join(_ACTS)}"})
        except (Impossible, KeyError, TypeError, ValueError) as wrong:
            self._json(400, {"error": str(wrong)})

    def _media(self, query: dict[str, str]) -> None:
        found = self.corp.files.get(query.get("media_id", ""))
        if query.get("access_token") not in self.corp.tokens:
            self._json(200, {"errcode": 40014, "errmsg": "invalid access_token"})
        elif found is None:
            self._json(200, {"errcode": 40007, "errmsg": "invalid media_id"})
        else:
            self._say(200, found, "image/png")

    def _slice(self, query: dict[str, str]) -> None:
        """One slice of an archived file; the index looks like theirs: Range:bytes=524288-1048575."""
        whole = self.corp.files[query["id"]]
        found = re.match(r"Range:bytes=(\d+)-", query.get("index", ""))
        start = int(found[1]) if found else 0
        end = min(start + SLICE, len(whole))
        more = {"x-index": f"Range:bytes={end}-{end + SLICE - 1}", "x-last": str(int(end == len(whole)))}
        self._say(200, whole[start:end], "application/octet-stream", more)

    def _json(self, status: int, told: dict[str, Any]) -> None:
        self._say(status, json.dumps(told, ensure_ascii=False).encode(), "application/json; charset=UTF-8")

    def _say(self, status: int, body: bytes, kind: str, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "no-store")
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _misbehave(corp: RehearsedCorp, told: dict[str, Any]) -> dict[str, Any]:
    known = {one.name for one in fields(Mischief)}
    if unknown := told.keys() - known:
        raise Impossible(f"unknown mischief {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
    with corp.lock:
        for name, value in told.items():
            setattr(corp.mischief, name, type(getattr(corp.mischief, name))(value))
        return asdict(corp.mischief)


def _clock(corp: RehearsedCorp, told: dict[str, Any]) -> str:
    with corp.lock:
        corp.shift += timedelta(seconds=float(told["seconds"]))
        return corp.now().isoformat()


def _pick(told: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: told[name] for name in names if name in told}


_ACTS: dict[str, Any] = {
    "add": lambda c, t: asdict(c.add(t["who"], **_pick(t, "url", "member", "words"))),
    "accept": lambda c, t: c.accept(t["request"]),
    "ignore": lambda c, t: c.ignore(t["request"]),
    "say": lambda c, t: c.say(t["who"], t["text"], **_pick(t, "member")),
    "enter": lambda c, t: c.enter(t["who"], **_pick(t, "scene", "state")),
    "consent": lambda c, t: c.consent(t["who"], member=t["member"], agreed=bool(t["agreed"])),
    "unfriend": lambda c, t: c.unfriend(t["who"], **_pick(t, "member", "by_member")),
    "recall": lambda c, t: c.recall(t["who"], t["msgid"], member=t["member"]),
    "play": lambda c, t: c.play(t["who"], **_pick(t, "member")),
    "type": lambda c, t: c.type(t["member"], t["who"], t["text"]),
    "confirm": lambda c, t: c.confirm(t["msgid"]),
    "serve": lambda c, t: c.serve(t["who"], t["text"], member=t["member"]),
    "fail": lambda c, t: c.fail(t["msgid"], int(t["why"])),
    "mischief": _misbehave,
    "clock": _clock,
    "callback": lambda c, t: c.caller.check(t["url"]),
    "key": lambda c, t: c.new_archive_key(),
}
