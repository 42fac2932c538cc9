"""If we die: at each write of the ledger, once with the write not stored, once with it stored and the answer lost.

After each death the same code runs again, as it would after a restart. What was answered is in the log, no size has two
roots, and no file holds what the log does not say.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from shouyue.desk.ledger import actions, reads
from shouyue.desk.ledger.files import LogFiles
from shouyue.desk.ledger.models import Checkpoint, Leaf
from tests.desk.dying import WAYS, deaths

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


class DyingFiles(LogFiles):
    """A disk that fails at its `place`-th file."""

    def __init__(self, files: LogFiles, place: int, way: str) -> None:
        super().__init__(files.root)
        self.place, self.way, self.seen, self.last = place, way, -1, ""

    def _write(self, path: str, data: bytes) -> None:
        self.seen, self.last = self.seen + 1, path
        if self.seen == self.place and self.way == "not stored":
            raise OSError("no space left on device")
        super()._write(path, data)
        if self.seen == self.place:
            raise OSError("the answer was lost")


def say(name: str) -> Leaf:
    with transaction.atomic():
        return actions.seal("audit", stream="s", subject=None, parts={"act": name}, by="test", at=AT)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", WAYS)
def test_dying_in_seal(way: str) -> None:
    say("first")
    kept = list(deaths(lambda: say("second"), way))
    # stream, leaf, commit: all or nothing; only a lost answer to the commit leaves the entry behind
    assert len(kept) >= 3
    assert kept == [False] * (len(kept) - 1) + [way != "not stored"]
    assert Leaf.objects.count() == (2 if way == "not stored" else 3)
    actions.integrate(by="test", at=AT)
    assert reads.verify_log().problems == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", WAYS)
def test_dying_in_integrate(way: str) -> None:
    for i in range(200):
        say(str(i))
    actions.integrate(by="test", at=AT)
    for i in range(100):  # crosses the border of a tile
        say(str(i))
    kept = list(deaths(lambda: actions.integrate(by="test", at=AT), way))
    # head, leaves, tile (twice), checkpoint, commit
    assert len(kept) >= 6
    assert kept == [False] * (len(kept) - 1) + [way != "not stored"]
    assert actions.integrate(by="test", at=AT) == 0
    assert list(Checkpoint.objects.order_by("size").values_list("size", flat=True)) == [200, 300]
    assert reads.verify_log().problems == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", WAYS)
def test_dying_in_publish(way: str, settings: Any) -> None:
    files = LogFiles(settings.LOG_FILES)
    for size in (200, 300):
        for i in range(size - Leaf.objects.count()):
            say(str(i))
        actions.integrate(by="test", at=AT)
        place = 0
        while True:
            dying = DyingFiles(files, place, way)
            try:
                actions.publish(by="test", at=AT, files=dying)
                break
            except OSError:
                published = files.read("checkpoint")
                # nobody vouches for new tiles until the checkpoint, the last file, is there
                out = dying.last == "checkpoint" and way != "not stored"
                assert (published == bytes(Checkpoint.objects.get(size=size).note)) == out
                reads.check_edge(files)
                # what was stored is not written again, so the next death is the next file either way
                place += way == "not stored" or out
        assert reads.check_edge(files) is None
    # the row that says so
    Checkpoint.objects.filter(size=300).update(published_at=None)
    for _ in deaths(lambda: actions.publish(by="test", at=AT), way):
        reads.check_edge(files)
    assert reads.milestones().published == 300
    assert reads.verify_log().problems == []
    assert not list(files.root.rglob(".*"))
