"""The channels this desk is connected to, by name. What is not connected cannot be written to."""

from __future__ import annotations

from shouyue.connectors.channel import Channel

_connected: dict[str, Channel] = {}


class NotConnected(Exception):
    """No connector is configured for this channel."""


def connect(name: str, channel: Channel) -> None:
    """Connect a channel: done once by each process that sends or parses, from the settings (see worker/channels)."""
    _connected[name] = channel


def disconnect_all() -> None:
    _connected.clear()


def channel_named(name: str) -> Channel:
    if name not in _connected:
        raise NotConnected(
            f"no connector for {name}; connected are {', '.join(sorted(_connected)) or 'none'}"
        )
    return _connected[name]


def connected() -> tuple[str, ...]:
    return tuple(sorted(_connected))
