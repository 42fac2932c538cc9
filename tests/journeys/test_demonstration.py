"""What `make demo` puts on an empty desk: whole on any day of the year, and not twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shouyue.cli.demo.life import at_work
from shouyue.desk.ledger.models import Leaf
from shouyue.desk.people.reads import agencies
from shouyue.desk.suits.reads import running


@pytest.mark.django_db
@pytest.mark.parametrize(
    "day",
    [
        datetime(2026, 11, 30, 8, tzinfo=UTC),
        datetime(2026, 11, 30, 16, 30, tzinfo=UTC),  # half past midnight there, the day before here
        datetime(2027, 1, 2, 3, tzinfo=UTC),
    ],
    ids=str,
)
def test_the_demonstration_stands_and_starting_it_again_changes_nothing(day):
    at_work(at=day, password="not-secret-1")
    assert running().exists() and agencies().exists()
    sealed = Leaf.objects.count()
    at_work(at=day + timedelta(days=1), password="not-secret-1")
    assert Leaf.objects.count() == sealed
