"""The outbox: what must follow is noted with the change, once, and tried until it is done or given up in the open."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from shouyue.desk.outbox import actions, reads
from shouyue.desk.outbox.actions import UnableToNote, note

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PLAIN = {"event": "e-1"}


def noted(key="k", payload=PLAIN, what="event_received", **more):
    return note(what, key=key, payload=payload, by="desk", at=AT, **more)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_noted():
    with pytest.raises(UnableToNote, match="outside a transaction"):
        noted()
    assert reads.pending() == []


@pytest.mark.django_db(transaction=True)
def test_a_note_vanishes_with_the_change_it_follows_from():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        noted()
        raise ZeroDivisionError
    assert reads.pending() == []


@pytest.mark.django_db
def test_the_same_key_with_the_same_contents_is_the_same_row_even_later_and_by_another():
    first = noted()
    again = note("event_received", key="k", payload={"event": "e-1"}, by="other", at=AT + timedelta(hours=1))
    assert again.pk == first.pk
    assert [row.by for row in reads.pending()] == ["desk"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other",
    [{"payload": {"event": "e-2"}}, {"what": "message_understood"}, {"not_before": AT + timedelta(1)}],
)
def test_the_same_key_with_other_contents_is_an_error(other):
    noted()
    with pytest.raises(UnableToNote, match="other contents"):
        noted(**other)


@pytest.mark.django_db
def test_a_word_that_is_not_in_the_list_is_refused():
    with pytest.raises(UnableToNote, match=r"happened\.py"):
        noted(what="something_else")


@pytest.mark.django_db
@pytest.mark.parametrize("odd", [1.5, AT, {1: "a"}, [object()]])
def test_a_payload_is_plain_json_without_floats(odd):
    with pytest.raises(UnableToNote, match="payload"):
        noted(payload={"x": odd})


@pytest.mark.django_db
def test_nothing_is_claimed_before_its_time_and_rows_of_one_word_are_claimed_together_once():
    later = noted("later", not_before=AT + timedelta(minutes=5))
    first, second = noted("a"), noted("b")
    noted("c", what="message_understood")
    batch = actions.claim(at=AT)
    assert [row.pk for row in batch] == [first.pk, second.pk]
    assert [row.what for row in actions.claim(at=AT)] == ["message_understood"]
    assert actions.claim(at=AT) == []
    assert [row.pk for row in actions.claim(at=AT + timedelta(minutes=5))] == [later.pk]


@pytest.mark.django_db
def test_a_failing_row_waits_longer_each_time_and_is_then_given_up_with_its_reason():
    noted()
    now, pauses = AT, []
    while rows := actions.claim(at=now):
        actions.fail(row=rows[0].pk, reason="the line is dead", at=now)
        waiting = reads.pending()
        if waiting:
            pauses.append((waiting[0].not_before - now).total_seconds())
            now = waiting[0].not_before
    assert pauses == [2, 4, 8, 16, 32, 64, 128]
    assert [(row.reason, row.attempts) for row in reads.given_up()] == [
        ("the line is dead", actions.ATTEMPTS)
    ]


@pytest.mark.django_db
def test_a_person_may_ask_for_another_round_of_what_was_given_up():
    row = noted()
    for n in range(actions.ATTEMPTS):
        actions.claim(at=AT + n * timedelta(hours=1))
        actions.fail(row=row.pk, reason="no", at=AT + n * timedelta(hours=1))
    assert [r.id for r in reads.given_up()] == [row.pk]
    actions.try_again(row=row.pk, by="staff:1", at=AT)
    assert reads.given_up() == []
    assert [r.pk for r in actions.claim(at=AT)] == [row.pk]


@pytest.mark.django_db
def test_a_finished_row_stays_finished_when_a_late_worker_reports_a_failure():
    row = noted()
    actions.claim(at=AT)
    actions.finish(row=row.pk, at=AT)
    actions.fail(row=row.pk, reason="late", at=AT)
    assert reads.counts() == {"waiting": 0, "claimed": 0, "done": 1, "given_up": 0}
