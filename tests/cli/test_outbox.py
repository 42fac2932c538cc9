"""What was given up is seen by whoever looks, and can be tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from django.db import transaction

from shouyue.cli import main
from shouyue.desk.outbox import actions, reads
from shouyue.desk.outbox.actions import note

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def run(*words):
    return CliRunner().invoke(main, ["outbox", *words])


def test_an_empty_outbox_is_well():
    assert run().exit_code == 0


def test_what_was_given_up_and_what_fails_is_shown_with_its_reason_and_tried_again():
    with transaction.atomic():
        row = note("event_received", key="k", payload={"event": "e"}, by="test", at=AT)
    for hours in range(actions.ATTEMPTS):
        actions.claim(at=AT + timedelta(hours=hours))
        actions.fail(row=row.pk, reason="the line is dead", at=AT + timedelta(hours=hours))
    actions.struck(name="look", at=AT, reason="kf: no answer")
    shown = run()
    assert shown.exit_code == 1
    assert f"given up #{row.pk} event_received" in shown.output and "the line is dead" in shown.output
    assert "failing look since 2026-03-02" in shown.output
    assert run("retry", str(row.pk)).exit_code == 0
    assert [r.id for r in reads.pending()] == [row.pk]
    again = run("retry", str(row.pk))
    assert (again.exit_code, "not among what was given up" in again.output) == (1, True)
