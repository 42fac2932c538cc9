"""A worker process for tests: the real engine, with a trace of every job it does and every message it sends.

    python -m tests.desk.worker.hands jobs DEAD_AFTER           rows of `effects`, one for each time a job was done
    python -m tests.desk.worker.hands sending DEAD_AFTER SHIFT FILE   the real outbound road; each message sent is a line of FILE

SHIFT: by how many seconds this worker's clock is put back or on, since what may be sent depends on the hour.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django

from shouyue.connectors.channel import Accepted, Found, NeverSent, Outcome, Outgoing
from shouyue.terms import Channel, Gate


def effect(job: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO effects (job, pid) VALUES (%s, %s)", [job, os.getpid()])


def inside(*, job: int, by: object, at: object) -> None:
    """A change of the database, in the transaction that the engine gives it; slow enough that a kill finds somebody at it."""
    effect(job)
    time.sleep(0.02)


def stroke(*, by: object, at: object) -> None:
    effect(-1)


@dataclass
class Paper:
    """A channel that writes down, line by line, what it is given: a message given twice stands there twice."""

    file: Path
    channel: Channel = Channel.SMS
    gate: Gate = Gate.HARD

    def send(self, message: Outgoing, key: str) -> Outcome:
        with self.file.open("a") as lines:
            lines.write(f"{key} {os.getpid()}\n")
        time.sleep(0.1)  # a kill finds some that are written down and not yet accounted for
        return Accepted(reference=f"ref-{key}")

    def find(self, key: str) -> Found:
        there = self.file.exists() and any(
            line.startswith(key) for line in self.file.read_text().splitlines()
        )
        return Accepted(reference=f"ref-{key}") if there else NeverSent()


def main() -> None:
    django.setup()
    from shouyue.desk.messages import channels
    from shouyue.desk.worker import engine, reactions, schedule

    what, dead_after, *more = sys.argv[1:]
    schedule.SCHEDULE.clear()
    if what == "jobs":
        reactions.REACTIONS["event_received"] = (inside,)
        schedule.SCHEDULE["second"] = schedule.When("* * * * * *", (stroke,))
    else:
        engine.now = lambda: datetime.now(UTC) + timedelta(seconds=float(more[0]))
        channels.connect("sms", sends=Paper(Path(more[1])))
    hands = engine.Worker(
        dead_after=timedelta(seconds=float(dead_after)), beat_every=0.5, patience=timedelta(seconds=2)
    )
    signal.signal(signal.SIGTERM, lambda *_: hands.stop())
    hands.run()


if __name__ == "__main__":
    main()
