"""Real processes on the database the tests run on: two workers, one killed, every job done, and none twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from dbos import DBOSClient
from django.db import connection, transaction

from shouyue.cli.demo.lender import BORROWERS
from shouyue.desk.matters import actions as matters
from shouyue.desk.messages import channels, outbound
from shouyue.desk.messages import reads as messages
from shouyue.desk.outbox import reads
from shouyue.desk.outbox.actions import note
from shouyue.desk.worker.engine import database_url
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel, Purpose
from tests.desk.worker.hands import Paper
from tests.office import Office, open_office


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


def give_until(enough: Callable[[], object], give: Callable[[int], None], pieces: int, pause: float) -> int:
    """Give work piece by piece, counted from 0, until there is enough of what it is given for; how many pieces it took.

    All of it at once would not do: on a full machine one worker may be through with it before the other asks for its first.
    """
    for n in range(pieces):
        give(n)
        if wait_for(enough, pause):
            return n + 1
    raise AssertionError(f"{pieces} pieces of work given, and not enough of it")


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
def workers() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> subprocess.Popen[bytes]:
        env = {**os.environ, "SHOUYUE_DATABASE": address()}
        started.append(subprocess.Popen([sys.executable, "-m", "tests.desk.worker.hands", *words], env=env))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def alive(at: datetime | None = None) -> int:
    return len(reads.alive(at=at or datetime.now(UTC), within=timedelta(seconds=4)))


def strokes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM effects WHERE job < 0")
        return int(cursor.fetchone()[0])


def note_five(n: int) -> None:
    at = datetime.now(UTC)
    with transaction.atomic():
        for job in range(5 * n, 5 * n + 5):
            note("event_received", key=f"job-{job}", payload={"job": job}, by="test", at=at)


def test_two_workers_one_killed_every_job_is_done_and_none_twice(effects, workers):
    first, second = workers("jobs", "4"), workers("jobs", "4")
    assert wait_for(lambda: alive() == 2, 60)
    assert wait_for(strokes, 30)
    both = {first.pid, second.pid}
    share = give_until(lambda: both <= {pid for _, pid in effects()}, note_five, pieces=200, pause=0.3)
    jobs = 5 * share
    first.send_signal(signal.SIGKILL)
    assert wait_for(lambda: reads.counts()["done"] == jobs, 120), (reads.counts(), effects())
    assert [job for job, _ in effects()] == list(range(jobs))

    second.send_signal(signal.SIGTERM)
    assert second.wait(60) == 0
    client = DBOSClient(system_database_url=database_url())
    ticks = client.list_workflows(name="scheduled", load_input=False, load_output=False)
    client.destroy()
    # one stroke for each tick, though two schedulers ran; one more may have been cut short
    assert strokes() <= len(ticks) + 1


def test_two_workers_one_killed_while_sending_every_message_leaves_once(workers, transactional_db, tmp_path):
    office = open_office()
    shift = office.at - datetime.now(UTC)
    file = tmp_path / "sent"

    def now() -> datetime:
        return datetime.now(UTC) + shift

    def lines() -> list[tuple[str, int]]:
        found = file.read_text().splitlines() if file.exists() else []
        return [(key, int(pid)) for key, pid in map(str.split, found)]

    words = ("sending", "4", str(shift.total_seconds()), str(file))
    first = workers(*words)
    proposed = {propose(office, 1)}
    assert wait_for(lines, 120)  # by the first: there is no other yet
    second = workers(*words)
    assert wait_for(lambda: alive(now()) == 2, 60)
    proposed |= {propose(office, n) for n in range(2, len(BORROWERS) + 1)}
    assert wait_for(lambda: len(lines()) > 1, 120)  # by whichever of the two
    first.send_signal(signal.SIGKILL)
    assert wait_for(lambda: not outbox_waits("message_scheduled"), 120), reads.counts()
    second.send_signal(signal.SIGTERM)
    assert second.wait(60) == 0
    # what was cut off between sending and its outcome is asked about under its key, and not sent again
    channels.connect("sms", sends=Paper(file))
    try:
        for minutes in (3, 6):
            drain(at=now() + timedelta(minutes=minutes))
    finally:
        channels.disconnect_all()
    assert {messages.get(key).state for key in proposed} == {"accepted"}
    assert sorted(key for key, _ in lines()) == sorted(proposed)


def outbox_waits(what: str) -> bool:
    return any(row.what == what for row in reads.pending())


def propose(office: Office, n: int) -> str:
    matter = office.matter(n)
    thread = matters.open_thread(
        matter=matter, party=office.debtor(n), purpose=Purpose.NOTICE, channel=Channel.SMS, account=matter.loan.client,
        owner=matter.owner, by=matter.owner, at=office.at,
    )  # fmt: skip
    text = f"【示例汽车金融】您好,我是示例汽车金融有限公司工作人员,工号{matter.owner.staff_no}。请在方便时回电400-000-0000。"
    row = outbound.propose(
        id=uuid.uuid4(), thread=thread, text=text, acknowledged=True, by=matter.owner, at=office.at
    )
    assert row.state == "scheduled", row.decision
    return str(row.pk)
