"""What happened → which verbs follow. The answer to "what happens when…?", on one screen.

Each verb is called with the row's payload as keyword arguments, `by` and `at`. It runs in one transaction with the mark
that it is done, so its changes happen exactly once however often the job is started; one that fails does not keep the others
from being done. A verb that reaches the outside world is named in OUTSIDE and called without a transaction: it writes what
it is about to do, does it, and writes what became of it, and must bear being called again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shouyue.desk.outbox.happened import Happened

Verb = Callable[..., object]

REACTIONS: dict[str, tuple[Verb, ...]] = {
    Happened.EVENT_RECEIVED: (),
    Happened.MESSAGE_UNDERSTOOD: (),
    Happened.MESSAGE_SCHEDULED: (),
}

OUTSIDE: set[Verb] = set()


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `limit` jobs of this word begin in each `period` seconds, over all workers together."""

    limit: int
    period: float


PACE: dict[str, Pace] = {
    Happened.MESSAGE_SCHEDULED: Pace(20, 1.0),
}
