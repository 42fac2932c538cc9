"""What a worker does with one row: each consequence once, in one transaction with its mark; failures wait and are shown."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from shouyue.desk.outbox import actions, reads
from shouyue.desk.outbox.actions import note
from shouyue.desk.outbox.happened import Happened
from shouyue.desk.worker import reactions, run, schedule

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


class Consequence:
    """A verb that notes that it was called, in the database and outside it, and can be told to fail so many times."""

    def __init__(self, name: str, fails: int = 0) -> None:
        self.__module__, self.__qualname__, self.fails, self.calls = "shouyue.desk.cast", name, fails, []

    def __call__(self, *, n: int, by: object, at: datetime) -> None:
        self.calls.append((n, at))
        note("message_understood", key=f"{self.__qualname__}-{n}", payload={"n": n}, by=by, at=at)
        if len(self.calls) <= self.fails:
            raise ConnectionError("the line is dead")


@pytest.fixture
def follows(monkeypatch):
    def set_up(*verbs, outside=()):
        monkeypatch.setitem(reactions.REACTIONS, "event_received", verbs)
        monkeypatch.setitem(reactions.REACTIONS, "message_understood", ())
        monkeypatch.setattr(run, "OUTSIDE", set(outside))

    return set_up


def noted(n: int = 1) -> None:
    with transaction.atomic():
        note("event_received", key=f"job-{n}", payload={"n": n}, by="test", at=AT)


def test_each_consequence_is_called_once_and_what_follows_from_it_is_drained_too(follows):
    one, two = Consequence("one"), Consequence("two")
    follows(one, two)
    noted()
    assert run.drain(at=AT).finished == 3  # the event and the two notes that its consequences made
    assert one.calls == two.calls == [(1, AT)]
    assert run.drain(at=AT + timedelta(days=1)).finished == 0


def test_one_consequence_that_fails_leaves_nothing_and_does_not_keep_the_others_from_being_done(follows):
    bad, good = Consequence("bad", fails=1), Consequence("good")
    follows(bad, good)
    noted()
    with pytest.raises(run.UnableToFinish, match=r"cast\.bad: ConnectionError: the line is dead"):
        run.drain(at=AT)
    assert reads.by_key("bad-1") is None
    assert reads.by_key("good-1") is not None
    run.drain(at=AT + actions.FIRST_PAUSE)
    assert (len(bad.calls), len(good.calls)) == (2, 1)
    assert reads.by_key("job-1").state == "done"


def test_what_fails_for_good_is_given_up_and_listed_with_its_reason(follows):
    follows(Consequence("bad", fails=10**6))
    noted()
    for hours in range(20):
        run.drain(at=AT + timedelta(hours=hours), tolerate=True)
    (left,) = reads.given_up()
    assert (left.attempts, left.reason) == (
        actions.ATTEMPTS,
        "cast.bad: ConnectionError: the line is dead",
    )


def test_a_worker_that_comes_too_late_does_nothing_again(follows):
    one = Consequence("one")
    follows(one)
    noted()
    (row,) = actions.claim(at=AT)
    run.carry_out(row.batch, now=lambda: AT)
    run.carry_out(row.batch, now=lambda: AT)
    assert len(one.calls) == 1


def test_dying_after_the_work_and_before_the_row_is_closed_does_not_do_the_work_again(follows):
    one, dies = Consequence("one"), Consequence("dies")
    follows(one, dies)
    noted()
    (row,) = actions.claim(at=AT)

    def die(*, n, by, at):
        raise KeyboardInterrupt  # not an error that a row may swallow: the process is going down

    follows(one, die)
    with pytest.raises(KeyboardInterrupt):
        run.carry_out(row.batch, now=lambda: AT)
    follows(one, dies)
    run.carry_out(row.batch, now=lambda: AT)
    assert (len(one.calls), len(dies.calls)) == (1, 1)


def test_a_verb_that_reaches_outside_is_called_without_a_transaction(follows):
    seen = []

    def reach(*, n, by, at):
        seen.append(transaction.get_connection().in_atomic_block)

    follows(reach, outside=[reach])
    noted()
    run.drain(at=AT)
    assert seen == [False]


def test_a_batch_whose_workflow_is_gone_waits_again(follows):
    one = Consequence("one")
    follows(one)
    noted()
    (row,) = actions.claim(at=AT)
    late = AT + timedelta(minutes=1)
    assert reads.stale_batches(at=late, older_than=timedelta(seconds=30)) == [row.batch]
    actions.give_back(batch=row.batch, at=late)
    again = actions.claim(at=late + actions.FIRST_PAUSE)
    assert [r.pk for r in again] == [row.pk]
    assert again[0].batch != row.batch  # or its workflow would be taken for the one that is gone


def test_a_scheduled_act_that_fails_is_kept_with_its_reason_until_it_succeeds(monkeypatch):
    failing = [True]

    def act(*, by, at):
        if failing:
            raise OSError("no disk")

    monkeypatch.setitem(schedule.SCHEDULE, "act", schedule.When("* * * * *", (act,)))
    with pytest.raises(run.UnableToFinish, match="no disk"):
        run.tick(at=AT, only=["act"])
    assert reads.strikes()["act"][1:] == (AT, f"{run.name(act)}: OSError: no disk")
    failing.clear()
    run.tick(at=AT + timedelta(minutes=1), only=["act"])
    assert reads.strikes()["act"] == (AT + timedelta(minutes=1), AT, "")


def test_every_word_has_its_line_and_no_line_is_without_a_word():
    assert set(reactions.REACTIONS) == set(Happened)
    assert set(reactions.PACE) <= set(Happened)
    assert {verb for verbs in reactions.REACTIONS.values() for verb in verbs} >= reactions.OUTSIDE
