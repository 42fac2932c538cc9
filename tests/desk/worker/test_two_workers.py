"""Real processes on the database the tests run on: two workers, one killed, every job done, and none twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from dbos import DBOSClient
from django.db import connection, transaction

from shouyue.desk.outbox import reads
from shouyue.desk.outbox.actions import note
from shouyue.desk.worker.engine import database_url

JOBS = 60


def address() -> str:
    """The test database, as a child process is told of it."""
    place = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{place['NAME']}"
    return f"postgresql://{place['USER']}@{place['HOST']}:{place['PORT']}/{place['NAME']}"


def wait_for(what: Callable[[], object], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def effects(transactional_db: None) -> Iterator[Callable[[], list[tuple[int, int]]]]:
    """The trace that jobs leave: (job, process) in a table without constraints, so that a second time shows."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS effects")
        cursor.execute("CREATE TABLE effects (job INTEGER, pid INTEGER)")

    def read() -> list[tuple[int, int]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT job, pid FROM effects WHERE job >= 0 ORDER BY job")
            return cursor.fetchall()

    yield read
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE effects")


@pytest.fixture
def workers() -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        env = {**os.environ, "SHOUYUE_DATABASE": address()}
        started.append(subprocess.Popen([sys.executable, "-m", "tests.desk.worker.hands", "4"], env=env))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def alive() -> int:
    return len(reads.alive(at=datetime.now(UTC), within=timedelta(seconds=4)))


def strokes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM effects WHERE job < 0")
        return int(cursor.fetchone()[0])


def note_jobs(jobs: range) -> None:
    at = datetime.now(UTC)
    with transaction.atomic():
        for job in jobs:
            note("event_received", key=f"job-{job}", payload={"job": job}, by="test", at=at)


def test_two_workers_one_killed_every_job_is_done_and_none_twice(effects, workers):
    first, second = workers(), workers()
    assert wait_for(lambda: alive() == 2, 60)
    assert wait_for(strokes, 30)
    for start in range(0, JOBS, 10):
        note_jobs(range(start, start + 10))
        time.sleep(0.1)  # several batches, so that both have some in hand
    assert wait_for(lambda: first.pid in {pid for _, pid in effects()}, 30)
    first.send_signal(signal.SIGKILL)
    assert wait_for(lambda: reads.counts()["done"] == JOBS, 60), (reads.counts(), effects())
    assert [job for job, _ in effects()] == list(range(JOBS))

    second.send_signal(signal.SIGTERM)
    assert second.wait(60) == 0
    client = DBOSClient(system_database_url=database_url())
    ticks = client.list_workflows(name="scheduled", load_input=False, load_output=False)
    client.destroy()
    # one stroke for each tick, though two schedulers ran; one more may have been cut short
    assert strokes() <= len(ticks) + 1
