"""The connectors this process has, by name. What is not connected cannot be written to or read from.

Names: a channel's own (`sms`, `kf`, `email`, …) for what sends; `wecom`, `kf`, `archive`, `sms` for what receives.
"""

from __future__ import annotations

from shouyue.connectors.channel import Pulls, Receives, Sends

_connected: dict[str, object] = {}


class NotConnected(Exception):
    """No connector of this name does this here."""


def connect(name: str, connector: object) -> None:
    """Connect: done once by each process that sends, receives or parses, from the settings."""
    _connected[name] = connector


def disconnect_all() -> None:
    _connected.clear()


def connected() -> tuple[str, ...]:
    return tuple(sorted(_connected))


def sender(name: str) -> Sends:
    """Raises NotConnected for a channel through which the desk cannot write."""
    found = _connected.get(name)
    if not isinstance(found, Sends):
        raise NotConnected(
            f"the desk cannot write by {name}; connected are {', '.join(connected()) or 'none'}"
        )
    return found


def receiver(name: str) -> Receives | Pulls:
    found = _connected.get(name)
    if not isinstance(found, Receives | Pulls):
        raise NotConnected(f"nothing is received by {name}; connected are {', '.join(connected()) or 'none'}")
    return found


def puller(name: str) -> Pulls:
    found = _connected.get(name)
    if not isinstance(found, Pulls):
        raise NotConnected(
            f"nothing is fetched from {name}; connected are {', '.join(connected()) or 'none'}"
        )
    return found
