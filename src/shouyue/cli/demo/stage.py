"""A rehearsal's stage: a lender on an empty database, WeCom's counterpart beside it, and a clock that stands in office hours.

Everything passes the doors that the real world passes: callbacks arrive sealed as WeCom seals them, the borrower uses their
own page, messages leave through connectors. Only people's decisions are made by the script.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click

from shouyue.terms import Channel, Gate

SHANGHAI = ZoneInfo("Asia/Shanghai")


class NotAsPlanned(Exception):
    """A step of a rehearsal did not come out as it must."""


def must(condition: object, what: str) -> None:
    if not condition:
        raise NotAsPlanned(what)


def office_hours() -> datetime:
    """Ten in the morning in Shanghai of the last weekday that has had one."""
    local = datetime.now(SHANGHAI).replace(hour=10, minute=0, second=0, microsecond=0)
    if local > datetime.now(SHANGHAI):
        local -= timedelta(days=1)
    while local.weekday() >= 5:
        local -= timedelta(days=1)
    return local.astimezone(UTC)


@dataclass
class Pocket:
    """The borrower's SMS: a channel that keeps what it is given."""

    channel: Channel = Channel.SMS
    gate: Gate = Gate.HARD
    got: dict[str, Any] = field(default_factory=dict)

    def send(self, message: Any, key: str) -> Any:
        from shouyue.connectors.channel import Accepted

        self.got[key] = message
        return Accepted(f"sms-{key}")

    def find(self, key: str) -> Any:
        from shouyue.connectors.channel import Accepted, NeverSent

        return Accepted(f"sms-{key}") if key in self.got else NeverSent()


class Stage:
    """What a journey may use: people by user name, the counterpart, the clock, the borrower's browser."""

    def __init__(self, world: Any, pocket: Pocket, at: datetime, as_json: bool) -> None:
        self.world, self.pocket, self.at, self.as_json = world, pocket, at, as_json
        self.ok = True
        self._last = 0

    def begin(self) -> None:
        """The lender stands; what it took to found it is counted, not listed."""
        from shouyue.desk.ledger.reads import sealed_since

        self.later(seconds=0)
        founding = sealed_since(0)
        self._last = max(int(s["id"]) for s in founding)
        with self.step("the lender is founded: staff, rules in force, cases") as shown:
            shown["seals_before"] = len(founding)

    # ── time ──
    def later(self, **how: float) -> datetime:
        """Time passes; what is due is done."""
        self.at += timedelta(**how)
        self.world.shift = self.at - datetime.now(UTC)
        self.settle()
        return self.at

    def settle(self) -> None:
        """Let callbacks arrive and do everything that is due."""
        from shouyue.desk.worker.run import drain

        for _ in range(4):
            self.world.stage.settle()
            if not drain(at=self.at, tolerate=False).finished:
                break

    # ── steps ──
    @contextmanager
    def step(self, what: str) -> Iterator[dict[str, Any]]:
        """One step: printed with every seal it made, or with what went wrong."""
        shown: dict[str, Any] = {}
        try:
            yield shown
            self.settle()
        except Exception as error:
            self.ok = False
            self._print(what, shown, error)
            raise
        self._print(what, shown, None)

    def _print(self, what: str, shown: dict[str, Any], error: Exception | None) -> None:
        from shouyue.desk.ledger.reads import sealed_since

        seals = sealed_since(self._last)
        self._last = max([self._last, *(int(s["id"]) for s in seals)])
        line = {
            "step": what,
            "ok": error is None,
            "at": self.at.astimezone(SHANGHAI).isoformat(),
            **shown,
            "seals": [{k: s[k] for k in ("kind", "stream", "n", "digest")} for s in seals],
        }
        if error is not None:
            line["error"] = f"{type(error).__name__}: {error}"
        if self.as_json:
            click.echo(json.dumps(line, ensure_ascii=False, default=str))
            return
        mark = click.style("✓", fg="green") if error is None else click.style("✗", fg="red")
        click.echo(f"{mark} {what}" + (f"  {shown}" if shown else ""))
        for s in seals:
            click.echo(f"    {s['kind']:<34} {s['digest'][:16]}…")
        if error is not None:
            click.echo(f"    {line['error']}")


@contextmanager
def set_up(as_json: bool) -> Iterator[Stage]:
    """Make an empty home and database, found the lender, raise WeCom's counterpart, connect them; take all down after."""
    home = tempfile.mkdtemp(prefix="shouyue-rehearsal-")
    os.environ |= {"SHOUYUE_HOME": home, "SHOUYUE_MODE": "demo", "SHOUYUE_DATABASE": ""}
    try:
        from shouyue.cli.desk import prepare

        prepare()
        from shouyue.cli.demo.lender import found
        from shouyue.connectors.rehearsal.server import Rehearsal
        from shouyue.desk.messages import channels

        at = office_hours()
        found(at=at)
        with Rehearsal(pace=0, deliver=_deliver_to(lambda: stage.at)) as running:
            from django.conf import settings

            corp = running.settings
            file = settings.HOME / "wecom.json"
            corp.write(file)
            settings.WECOM = str(file)
            channels.connect_all()
            pocket = Pocket()
            channels.connect("sms", sends=pocket)
            stage = Stage(running.corp, pocket, at, as_json)
            stage.begin()
            yield stage
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _deliver_to(clock: Callable[[], datetime]) -> Callable[[Any], int]:
    """The callback door without a socket: the same checks, the same verbs, the same answers."""

    def deliver(call: Any) -> int:
        from shouyue.connectors.channel import CallbackRefused
        from shouyue.desk.messages import channels, inbound

        try:
            verified = channels.door("wecom").verify(call, clock())
        except CallbackRefused as refused:
            return refused.status
        inbound.receive(connector="wecom", payload=verified.payload, by="wecom", at=clock())
        return 200

    return deliver
