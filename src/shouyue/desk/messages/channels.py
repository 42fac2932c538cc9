"""The connectors this process has, by name. What is not connected cannot be written to or read from.

A channel's own name (`sms`, `kf`, `wecom`, …) is what contacts carry; `archive` is what reads the members' chats.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from django.conf import settings

from shouyue.connectors import gateways
from shouyue.connectors.archive_library import library_of
from shouyue.connectors.channel import Call, Counts, Event, Fetches, Pulls, Sends, Verified
from shouyue.connectors.voice import OwnTelephone
from shouyue.connectors.wecom import events as wecom_events
from shouyue.connectors.wecom.corp import Corp
from shouyue.connectors.wecom.friends import Friends
from shouyue.connectors.wecom.intercept import Intercepts

log = logging.getLogger("shouyue.channels")


class Door(Protocol):
    """What checks a call from outside."""

    def verify(self, call: Call, at: datetime) -> Verified: ...


T = TypeVar("T")
Parse = Callable[[bytes], tuple[Event, ...]]

_senders: dict[str, Sends] = {}
_doors: dict[str, Door] = {}
_parsers: dict[str, Parse] = {}
_pullers: dict[str, Pulls] = {}
_friends: list[Friends] = []
_intercepts: list[Intercepts] = []


class NotConnected(Exception):
    """No connector of this name does this here."""


def connect(
    name: str,
    *,
    sends: Sends | None = None,
    door: Door | None = None,
    parse: Parse | None = None,
    pulls: Pulls | None = None,
) -> None:
    """Connect a channel, in the ways that it can be used."""
    if sends:
        _senders[name] = sends
    if door:
        _doors[name] = door
    if pulls:
        _pullers[name], _parsers[name] = pulls, pulls.parse
    if parse:
        _parsers[name] = parse


def connect_all() -> None:
    """Connect what the settings name: done once by each process that answers callbacks, sends or understands."""
    disconnect_all()
    if settings.WECOM and Path(settings.WECOM).exists():
        corp = Corp.read(Path(settings.WECOM))
        client = corp.client()
        connect("wecom", sends=corp.member_chat(client), door=corp.door(), parse=wecom_events.parse)
        connect(f"wecom/{corp.corpid}", door=corp.door())
        if corp.open_kfid:
            service = corp.customer_service(client)
            connect("kf", sends=service, pulls=service)
        library = library_of(corp)
        if library is not None:
            connect("archive", pulls=corp.archive(library))
        _friends.append(corp.friends(client))
        _intercepts.append(corp.intercepts(client))
    if settings.GATEWAYS and Path(settings.GATEWAYS).exists():
        for name, made in gateways.connected(Path(settings.GATEWAYS)).items():
            connect(name, sends=made)
            if isinstance(made, gateways.Gateway):
                connect(name, door=made, parse=made.parse)
    log.info("connected: %s", ", ".join(connected()) or "nothing")


def disconnect_all() -> None:
    for table in (_senders, _doors, _parsers, _pullers, _friends, _intercepts):
        table.clear()


def connected() -> tuple[str, ...]:
    return tuple(sorted({*_senders, *_doors, *_parsers, *_pullers}))


def _found(table: dict[str, T], name: str, what: str) -> T:
    if name not in table:
        raise NotConnected(f"{name} {what}; connected are {', '.join(sorted(table)) or 'none'}")
    return table[name]


def sender(name: str) -> Sends:
    """Raises NotConnected for a channel through which the desk cannot write."""
    if name == OwnTelephone.name:
        return OwnTelephone()
    return _found(_senders, name, "is no channel through which the desk can write here")


def door(name: str) -> Door:
    return _found(_doors, name, "has no door here")


def parser(name: str) -> Parse:
    return _found(_parsers, name, "cannot be read here")


def puller(name: str) -> Pulls:
    return _found(_pullers, name, "is nothing that can be fetched from here")


def fetcher(name: str) -> Fetches:
    """Raises NotConnected for a channel from which no files can be fetched."""
    for table in (_pullers, _senders):
        found = table.get(name)
        if isinstance(found, Fetches):
            return found
    raise NotConnected(f"no files can be fetched from {name} here")


def counters() -> list[tuple[str, Counts]]:
    """The channels whose provider counts, by name."""
    return [(name, one) for name, one in sorted(_senders.items()) if isinstance(one, Counts)]


def pullers() -> tuple[str, ...]:
    return tuple(sorted(_pullers))


def friends() -> Friends:
    """Links and friends at WeCom. Raises NotConnected without a corp."""
    if not _friends:
        raise NotConnected("no WeCom corp is connected; name its file in SHOUYUE_WECOM")
    return _friends[0]


def intercepts() -> Intercepts:
    """The words that members' clients refuse. Raises NotConnected without a corp."""
    if not _intercepts:
        raise NotConnected(
            "no WeCom corp is connected; put the rules in force by hand: shouyue wecom intercept"
        )
    return _intercepts[0]
