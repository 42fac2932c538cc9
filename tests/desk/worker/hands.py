"""A worker process for tests: the real engine, with verbs that leave a trace of each time they were called.

`inside` changes the database: a row of `effects`, in the transaction that the engine gives it. Run as a module; it takes
the seconds after which a silent worker counts as dead.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from datetime import timedelta

import django


def inside(*, job: int, by: object, at: object) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO effects (job, pid) VALUES (%s, %s)", [job, os.getpid()])
    time.sleep(0.02)  # so that a kill finds somebody in the middle of something


def stroke(*, by: object, at: object) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO effects (job, pid) VALUES (%s, %s)", [-1, os.getpid()])


def main() -> None:
    django.setup()
    from shouyue.desk.worker import reactions, schedule
    from shouyue.desk.worker.engine import Worker

    reactions.REACTIONS.update({"event_received": (inside,)})
    reactions.PACE.clear()
    schedule.SCHEDULE.clear()
    schedule.SCHEDULE["second"] = schedule.When("* * * * * *", (stroke,))
    dead_after = float(sys.argv[1])
    hands = Worker(dead_after=timedelta(seconds=dead_after), beat_every=0.5, patience=timedelta(seconds=2))
    signal.signal(signal.SIGTERM, lambda *_: hands.stop())
    hands.run()


if __name__ == "__main__":
    main()
