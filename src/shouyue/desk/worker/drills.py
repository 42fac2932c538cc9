"""A drill, gone through by a worker as the real thing would be, with a stopwatch: the doors may look at the clock, verbs may not."""

from __future__ import annotations

import time
from datetime import datetime

from shouyue.desk.emergency.actions import drills
from shouyue.desk.emergency.reads import get
from shouyue.desk.people.reads import Actor


def go_through(*, emergency: str, by: Actor, at: datetime) -> None:
    """From the call to the moment after which nothing would leave: what the call waited for a worker, and the stop itself."""
    waited = max(0, round((at - get(emergency).opened_at).total_seconds() * 1000))
    found = drills.go_through(emergency=emergency, stopwatch=time.perf_counter, by=by, at=at)
    drills.drilled(
        emergency=emergency, milliseconds=waited + found["stop_milliseconds"], found=found, by=by, at=at
    )
