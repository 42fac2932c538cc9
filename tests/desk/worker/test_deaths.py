"""If we die while a job is noted, claimed, done or closed: it is done, and its change is made once."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from shouyue.desk.outbox import actions, reads
from shouyue.desk.outbox.actions import note
from shouyue.desk.worker import reactions, run
from tests.desk.dying import WAYS, Died, deaths, dying_at

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.parametrize("way", WAYS)]


def follow(*, n: int, by: object, at: datetime) -> None:
    """A change that shows how often it was made."""
    actions.struck(name=f"{n}.{len(reads.strikes())}", at=at)


@pytest.fixture(autouse=True)
def _one_reaction(monkeypatch):
    monkeypatch.setitem(reactions.REACTIONS, "event_received", (follow,))


def noted(n: int = 1) -> None:
    with transaction.atomic():
        note("event_received", key=f"job-{n}", payload={"n": n}, by="test", at=AT)


def test_dying_in_note_keeps_all_or_nothing_and_a_repeat_is_the_same_row(way):
    kept = list(deaths(noted, way))
    assert kept == [False] * (len(kept) - 1) + [way != "not stored"]
    noted()
    assert reads.counts()["waiting"] == 1


def test_dying_in_claim_strands_nothing(way):
    noted()
    for kept in deaths(lambda: actions.claim(at=AT), way):
        if kept:  # the claim is stored, nobody knows, no workflow was started: the sweep gives it back
            later = AT + timedelta(minutes=1)
            for batch in reads.stale_batches(at=later, older_than=timedelta(seconds=30)):
                actions.give_back(batch=batch, at=AT - actions.FIRST_PAUSE)
        assert reads.counts()["waiting"] == 1
    assert reads.counts()["claimed"] == 1


def test_dying_anywhere_in_a_job_and_running_it_again_changes_once(way):
    died = 0
    for n in range(100):
        noted(n)
        (row,) = actions.claim(at=AT)
        with dying_at(died, way) as dead, contextlib.suppress(Died):
            run.carry_out(row.batch, now=lambda: AT)
        if (
            reads.by_key(f"job-{n}").state == "waiting"
        ):  # the death was taken for a failure: another attempt is due
            run.drain(at=AT + timedelta(hours=1))
        else:  # the workflow is resumed
            run.carry_out(row.batch, now=lambda: AT)
        assert reads.by_key(f"job-{n}").state == "done"
        assert [name for name in reads.strikes() if name.startswith(f"{n}.")] == [f"{n}.{n}"]
        if not dead():
            break
        died += 1
    assert died >= 3  # the change, its mark which closes the row, their commit
