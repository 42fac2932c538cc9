"""Who stops goes first. On SQLite, which has one writer and no queue for it, whoever sends many looks before each message.

A writer that finds SQLite busy asks again after a tenth of a second, and senders that follow one upon the other leave it
hardly a gap: a stop was seen to wait nine seconds. So the stop takes a lock beside the database, and whoever is about to begin
a transaction waits there until the stop has committed: it waits for those that had begun, and for nobody else. PostgreSQL lets
nobody pass who came later than the stop: the advisory lock of `reads` does it.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection


def make_way() -> None:
    """Wait while somebody stops. Called by whoever sends or works off, before a transaction, never within one."""
    with _way(fcntl.LOCK_SH):
        pass


@contextmanager
def goes_first() -> Iterator[None]:
    """Whoever makes way waits until this is over. Dying in here opens the way: the lock is the process's own."""
    with _way(fcntl.LOCK_EX):
        yield


@contextmanager
def _way(how: int) -> Iterator[None]:
    # within a transaction we are the one writer already, and whoever stops waits for us
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with Path(f"{connection.settings_dict['NAME']}.way").open("a") as way:
        fcntl.flock(way, how)
        yield
