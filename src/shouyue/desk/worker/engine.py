"""The process that does what must follow: `shouyue worker`. Durable through DBOS on the desk's own database.

Three loops run here. The relay takes due rows of the outbox in batches and starts one workflow for each, under the batch's
name, so that starting it twice is harmless. The pulse says that this worker is alive; the first living worker by name also
takes over what dead ones had in hand. DBOS's own scheduler strikes the lines of `schedule.py`, one worker for each tick.

What is true if a worker dies:
  after a claim, before its workflow is stored   the rows are claimed by a workflow that does not exist: the sweep gives them back
  in a workflow                                  the leader resumes it elsewhere; rows marked done are not done again
  after the work, before the workflow is closed  the workflow runs again and finds nothing to do
A worker that only seemed dead may finish beside its successor: rows are locked and marked in the verb's transaction, and a
verb that reaches the outside world claims what it sends by itself.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, ScheduleInput, SetWorkflowID
from django.conf import settings
from django.db import close_old_connections, connection, connections
from sqlalchemy import URL

from shouyue.connectors import recognition
from shouyue.desk.outbox import actions, reads
from shouyue.desk.rulebook.reads import pack_on
from shouyue.desk.worker import run
from shouyue.desk.worker.reactions import PACE
from shouyue.desk.worker.schedule import SCHEDULE
from shouyue.screening import screen

log = logging.getLogger("shouyue.worker")

# Pinned: a workflow of another version is never picked up again. Change it only together with the workflows below.
VERSION = "1"
TAKEN_OVER = "taken-over"
KEEP_WORKFLOWS = timedelta(days=3)


R = TypeVar("R")


def now() -> datetime:
    return datetime.now(UTC)


def apart(work: Callable[[], R]) -> R:
    """Run `work` with database connections of its own: DBOS's threads live long and would keep theirs open."""
    close_old_connections()
    try:
        return work()
    finally:
        connections.close_all()


class InHand:
    """The batches this process is working on, and a bell that rings when there may be something to do."""

    def __init__(self) -> None:
        self.batches: set[str] = set()
        self.bell = threading.Event()

    def take(self, batch: str) -> None:
        self.batches.add(batch)

    def put_down(self, batch: str) -> None:
        self.batches.discard(batch)
        self.bell.set()


IN_HAND = InHand()


@DBOS.step(name="carry_out")
def _carry_out(batch: str) -> int:
    finished, failed = apart(lambda: run.carry_out(batch, now=now))
    return finished + len(failed)


@DBOS.workflow(name="outbox_batch")
def _outbox_batch(batch: str) -> int:
    try:
        return _carry_out(batch)
    finally:
        IN_HAND.put_down(batch)


@DBOS.step(name="strike")
def _strike(which: str) -> list[str]:
    return apart(lambda: run.strike(which, at=now()))


@DBOS.workflow(name="scheduled")
def _scheduled(_due: datetime, which: str) -> None:
    if which in SCHEDULE:
        _strike(which)


def database_url() -> str:
    """The desk's own database, as DBOS wants it named."""
    place = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{place['NAME']}"
    return URL.create(
        "postgresql+psycopg",
        username=place["USER"] or None,
        password=place["PASSWORD"] or None,
        host=place["HOST"] or None,
        port=int(place["PORT"]) if place["PORT"] else None,
        database=place["NAME"],
    ).render_as_string(hide_password=False)


def warm() -> None:
    """Load what is slow to load before somebody waits for it: the rules in force, word lists and models."""
    for load in (lambda: pack_on(now()), lambda: screen("您好", direction="in"), recognition.load):
        try:
            apart(load)
        except (
            Exception
        ) as why:  # a desk without rules yet, or without the pictures' model: said again when it is needed
            log.info("not loaded beforehand: %s", why)


@dataclass
class Worker:
    """One process that does what must follow. `run` returns after `stop`, with nothing left in hand."""

    dead_after: timedelta = timedelta(seconds=60)  # far above any pause: see "only seemed dead" above
    beat_every: float = 5.0
    look_every: float = 0.1
    at_once: int = 0  # batches in hand; 0: two for SQLite, which has one writer, eight for PostgreSQL
    patience: timedelta = timedelta(seconds=30)  # before a claim without a living workflow is given back
    name: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}")

    def __post_init__(self) -> None:
        self.stopping = threading.Event()
        self.at_once = self.at_once or (8 if connection.vendor == "postgresql" else 2)
        self._tidied = now()

    def stop(self) -> None:
        self.stopping.set()
        IN_HAND.bell.set()

    def run(self) -> None:
        """Work until `stop`."""
        actions.beat(
            worker=self.name, at=now()
        )  # before the first workflow, or the leader would take it over
        self._launch()
        pulse = threading.Thread(target=self._pulse, name="pulse", daemon=True)
        pulse.start()
        log.info("worker %s: ready", self.name)
        try:
            self._relay()
        finally:
            self.stop()
            pulse.join(timeout=10)
            # the workflows in hand finish; what cannot is resumed by whoever leads, at once, since we stop beating
            DBOS.destroy(workflow_completion_timeout_sec=20 if IN_HAND.batches else 0)
            actions.stop_beating(worker=self.name, at=now())
            connections.close_all()

    def _launch(self) -> None:
        config = DBOSConfig(
            name="desk",
            system_database_url=database_url(),
            executor_id=self.name,
            application_version=VERSION,
            serializer=DBOSPortableJSONSerializer(),  # nothing pickled is stored
            sys_db_pool_size=8,
            scheduler_polling_interval_sec=2.0,
            log_level="WARNING",
        )
        DBOS(config=config)
        DBOS.launch()
        DBOS.register_queue(TAKEN_OVER, worker_concurrency=self.at_once, polling_interval_sec=1.0)
        for what, pace in PACE.items():
            DBOS.register_queue(
                f"paced-{what}",
                limiter={"limit": pace.limit, "period": pace.period},
                worker_concurrency=self.at_once,
                polling_interval_sec=0.1,
            )
        for old in DBOS.list_schedules():
            if old["schedule_name"] not in SCHEDULE:
                DBOS.delete_schedule(old["schedule_name"])
        DBOS.apply_schedules(
            [
                ScheduleInput(
                    schedule_name=which,
                    workflow_fn=_scheduled,
                    schedule=when.cron,
                    context=which,
                    cron_timezone=settings.TIME_ZONE,
                )
                for which, when in SCHEDULE.items()
            ]
        )

    def _relay(self) -> None:
        """Claim what is due and start its workflows, as long as there is room in hand."""
        one_each = dict.fromkeys(PACE, 1)  # a paced word counts workflows, so each row is one
        while not self.stopping.is_set():
            try:
                rows = [] if len(IN_HAND.batches) >= self.at_once else actions.claim(at=now(), most=one_each)
                if rows:
                    self._start(rows[0].batch, rows[0].what)
                    continue
            except Exception:  # the database is away: the rows are still there when it comes back
                log.exception("worker %s: the relay stumbled", self.name)
                connections.close_all()
                self.stopping.wait(1.0)
            IN_HAND.bell.wait(self.look_every)
            IN_HAND.bell.clear()

    def _start(self, batch: str, what: str) -> None:
        with SetWorkflowID(batch):
            if what in PACE:
                DBOS.enqueue_workflow(f"paced-{what}", _outbox_batch, batch)
                return
            IN_HAND.take(batch)
            try:
                DBOS.start_workflow(_outbox_batch, batch)
            except BaseException:
                IN_HAND.put_down(batch)
                raise

    def _pulse(self) -> None:
        while not self.stopping.is_set():
            try:
                apart(self._beat)
            except Exception:
                log.exception("worker %s: a beat failed", self.name)
            self.stopping.wait(self.beat_every)

    def _beat(self) -> None:
        actions.beat(worker=self.name, at=now())
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        living = reads.alive(
            at=now(), within=self.dead_after
        )  # read after the list: a newcomer beats before it works
        if not living or living[0] != self.name:
            return
        for workflow in pending:
            if workflow.executor_id not in living:
                log.warning(
                    "worker %s takes over %s from %s", self.name, workflow.workflow_id, workflow.executor_id
                )
                DBOS.resume_workflow(workflow.workflow_id, queue_name=TAKEN_OVER)
        for batch in reads.stale_batches(at=now(), older_than=self.patience):
            status = DBOS.get_workflow_status(batch)
            if status is None or status.status not in ("PENDING", "ENQUEUED", "DELAYED"):
                actions.give_back(batch=batch, at=now())
        if now() - self._tidied > timedelta(minutes=10):
            self._tidied = now()
            self._forget_old_workflows()

    def _forget_old_workflows(self) -> None:
        """DBOS keeps every workflow it ever ran; what became of ours stands in the outbox."""
        old = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED"],
            end_time=(now() - KEEP_WORKFLOWS).isoformat(),
            limit=5000,
            load_input=False,
            load_output=False,
        )
        if old:
            DBOS.delete_workflows([workflow.workflow_id for workflow in old])
