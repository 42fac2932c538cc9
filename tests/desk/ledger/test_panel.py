"""What the panel says of a thread's entries is true of each state by itself."""

from __future__ import annotations

import pytest

from shouyue.desk.ledger import actions, reads
from shouyue.desk.ledger import models as tables

pytestmark = pytest.mark.django_db


def test_a_time_stamp_does_not_count_as_a_witness(office):
    actions.catch_up(by="test", at=office.at)
    stream = tables.Leaf.objects.select_related("stream").first().stream.name
    size = reads.log_size()
    actions.keep_token(
        size=size, authority="TSA", request=b"", response=b"", chain=b"", their_time=office.at, by="test", at=office.at
    )  # fmt: skip
    held = reads.panel(stream)
    assert held.reached[reads.State.STAMPED] == len(held.rows) > 0
    assert held.reached[reads.State.WITNESSED] == 0
