"""Sealed with the change it proves, numbered without gaps, integrated by one, published as files anybody can read."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from shouyue.desk.ledger import actions, reads
from shouyue.desk.ledger.files import FilesDisagree, LogFiles
from shouyue.desk.ledger.keys import log_signer
from shouyue.desk.ledger.models import Checkpoint, Leaf, LogTile, Stream
from shouyue.desk.vault.actions import KeyDestroyed, destroy_key
from shouyue.evidence.checkpoint import open_checkpoint
from shouyue.evidence.leaf import Entry, leaf_hash
from shouyue.evidence.tree import check_inclusion, tree_root, unbundle
from tests.cast import 张伟

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
ZHANG_WEI = uuid.UUID(int=1)
THREAD = "thread:00000000-0000-0000-0000-000000000042"


@pytest.fixture
def log_files(settings: Any) -> LogFiles:
    return LogFiles(settings.LOG_FILES)


def say(text: str, stream: str = THREAD, subject: uuid.UUID | None = ZHANG_WEI) -> Leaf:
    with transaction.atomic():
        return actions.seal(
            "msg.in/received",
            stream=stream,
            subject=subject,
            parts={"body": text, "sender": 张伟.mobile},
            by="wecom",
            at=AT,
            outside={"seq": 7},
        )


@pytest.mark.django_db(transaction=True)
def test_a_seal_outside_a_transaction_is_refused() -> None:
    with pytest.raises(actions.NotInTransaction):
        actions.seal("audit", stream="people", subject=None, parts={}, by="test", at=AT)


@pytest.mark.django_db(transaction=True)
def test_a_change_that_rolls_back_takes_its_leaf_with_it() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        actions.seal("audit", stream="people", subject=None, parts={"act": "x"}, by="test", at=AT)
        raise RuntimeError("the change failed")
    assert not Leaf.objects.exists() and not Stream.objects.exists()


@pytest.mark.django_db
def test_a_stream_is_counted_and_chained() -> None:
    sealed = [say(f"第{i}条") for i in range(3)]
    entries = [Entry.from_bytes(bytes(leaf.entry)) for leaf in sealed]
    assert [entry.n for entry in entries] == [0, 1, 2]
    assert entries[0].previous == "0" * 64
    assert [entry.previous for entry in entries[1:]] == [leaf.digest for leaf in sealed[:2]]
    assert len({entry.stream for entry in entries}) == 1
    assert entries[0].outside == {"seq": 7}
    assert say("另一个", stream="thread:other").n == 0


@pytest.mark.django_db
def test_nothing_that_is_stored_or_published_shows_the_words_or_the_person(log_files: LogFiles) -> None:
    say("我周五还款")
    actions.integrate(by="test", at=AT)
    actions.publish(by="test", at=AT)
    everything = b"".join(path.read_bytes() for path in log_files.root.rglob("*") if path.is_file())
    for leaf in Leaf.objects.all():
        everything += bytes(leaf.entry) + bytes(leaf.kept)
    for secret in ("我周五还款", 张伟.mobile, str(ZHANG_WEI), ZHANG_WEI.hex, THREAD):
        assert secret.encode() not in everything


@pytest.mark.django_db
def test_parts_are_written_exactly() -> None:
    assert actions.content_bytes("催收") == "催收".encode()
    assert actions.content_bytes({"b": Decimal("1.10"), "a": AT, "c": [True, None, 3]}) == (
        b'{"a":"2026-03-02T01:30:00+00:00","b":"1.10","c":[true,null,3]}'
    )
    assert actions.content_bytes(None) == b"null"
    with pytest.raises(ValueError, match="float"):
        actions.content_bytes({"sum": 0.1})
    with pytest.raises(ValueError, match="nothing is sealed about"), transaction.atomic():
        actions.seal("gossip", stream="x", subject=None, parts={}, by="test", at=AT)


@pytest.mark.django_db
def test_an_erased_person_gets_no_new_entries() -> None:
    say("一")
    destroy_key(subject=ZHANG_WEI, by="test", at=AT)
    with pytest.raises(KeyDestroyed):
        say("二")


@pytest.mark.django_db
def test_the_states_of_an_entry(log_files: LogFiles) -> None:
    leaf = say("一")
    assert reads.state_of(leaf) == reads.State.SEALED
    assert actions.integrate(by="test", at=AT) == 1
    assert reads.state_of(leaf) == reads.State.INTEGRATED
    assert actions.publish(by="test", at=AT) == 1
    assert reads.state_of(leaf) == reads.State.PUBLISHED
    later = say("二")
    assert reads.state_of(later) == reads.State.SEALED
    assert actions.integrate(by="test", at=AT) == 1
    assert actions.integrate(by="test", at=AT) == 0
    assert reads.state_of(later) == reads.State.INTEGRATED
    panel = reads.panel(THREAD)
    assert panel and [(row.n, row.state.value) for row in panel.rows] == [(1, "integrated"), (0, "published")]
    assert (panel.count, panel.log_size, panel.published_size) == (2, 2, 1)
    assert reads.panel("thread:none") is None


def read_back(files: LogFiles) -> tuple[int, list[bytes]]:
    """The published log as a stranger reads it, checked: its size and entries."""
    note = files.read("checkpoint")
    assert note
    head, _ = open_checkpoint(note, log_signer().key)

    def tile(level: int | str, number: int) -> bytes:
        shift = 0 if isinstance(level, str) else 8 * level
        width = min(256, (head.size >> shift) - 256 * number)
        from shouyue.evidence.tree import tile_path

        found = files.read(tile_path(level, number, width))
        assert found is not None, (level, number, width)
        return found

    assert tree_root(head.size, tile) == head.root
    entries = [e for n in range(-(-head.size // 256)) for e in unbundle(tile("entries", n))]
    assert len(entries) == head.size
    hashes = b"".join(tile(0, n) for n in range(-(-head.size // 256)))
    assert b"".join(leaf_hash(e) for e in entries) == hashes
    return head.size, entries


@pytest.mark.django_db
def test_a_stranger_reads_the_published_files(log_files: LogFiles) -> None:
    total = 0
    for count in (1, 5, 255, 2, 254, 300):  # around the borders of tiles
        for i in range(count):
            say(str(i), stream=f"system{i % 7}", subject=None)
        total += actions.integrate(by="test", at=AT)
        actions.publish(by="test", at=AT)
        assert read_back(log_files)[0] == total
    leaf = Leaf.objects.get(index=300)
    root = bytes(Checkpoint.objects.get(size=817).root)
    check_inclusion(300, 817, bytes(leaf.hash), reads.proof_of(leaf, 817), root)
    check = reads.verify_log()
    assert check.ok and (check.size, check.streams, check.waiting) == (817, 7, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("damage", ["entry", "hash", "root", "tile", "count", "gone", "chain"])
def test_a_log_changed_by_hand_is_noticed(damage: str) -> None:
    for i in range(260):
        say(str(i), stream="a", subject=None)
    actions.integrate(by="test", at=AT)
    assert reads.verify_log().ok
    last = Leaf.objects.get(index=259)
    if damage == "entry":
        Leaf.objects.filter(index=100).update(entry=bytes(last.entry))
    elif damage == "hash":
        Leaf.objects.filter(index=100).update(hash=bytes(32))
    elif damage == "root":
        Checkpoint.objects.update(root=bytes(32))
    elif damage == "tile":
        LogTile.objects.update(hashes=bytes(32))
    elif damage == "count":
        Stream.objects.update(count=259)
    elif damage == "gone":
        Leaf.objects.filter(index=100).delete()
    elif damage == "chain":
        Leaf.objects.filter(index=100).update(n=1000)
    assert not reads.verify_log().ok


@pytest.mark.django_db
def test_files_changed_by_hand_stop_publishing(log_files: LogFiles) -> None:
    for i in range(257):
        say(str(i), stream="a", subject=None)
    actions.integrate(by="test", at=AT)
    actions.publish(by="test", at=AT)
    (log_files.root / "tile/0/001.p/1").write_bytes(bytes(32))
    Checkpoint.objects.update(published_at=None)
    with pytest.raises(FilesDisagree):
        actions.publish(by="test", at=AT)


@pytest.mark.django_db
def test_a_database_restored_from_an_older_copy_does_not_sign_or_publish(log_files: LogFiles) -> None:
    say("一")
    actions.integrate(by="test", at=AT)
    actions.publish(by="test", at=AT)
    old = log_files.read("checkpoint")
    assert old
    say("二")
    actions.integrate(by="test", at=AT)
    newer = Checkpoint.objects.get(size=2).note
    # what an older copy of the database looks like beside the newer files
    log_files.replace("checkpoint", bytes(newer))
    Checkpoint.objects.filter(size=2).delete()
    from shouyue.desk.ledger.models import LogHead

    one = Leaf.objects.get(index=0)
    Leaf.objects.filter(index=1).update(index=None)
    LogHead.objects.update(size=1, peaks=bytes(one.hash))
    with pytest.raises(reads.LogDamaged, match="older copy"):
        reads.check_edge()
    with pytest.raises(reads.LogDamaged, match="older copy"):
        actions.catch_up(by="test", at=AT)
    actions._look_once.cache_clear()  # as a process that begins
    fact = actions.Fact("audit", "s", None, {"act": "x"})
    for sign in (actions.integrate, lambda **who: actions.seal_at_once([fact], **who)):
        with pytest.raises(reads.LogDamaged, match="older copy"):
            sign(by="test", at=AT)
    assert list(Checkpoint.objects.values_list("size", flat=True)) == [1]  # no second history was signed
    assert say("三").index is None  # sealing goes on
    Checkpoint.objects.update(published_at=None)
    with pytest.raises(reads.LogDamaged, match="older copy"):
        actions.publish(by="test", at=AT)


@pytest.mark.django_db(transaction=True)
def test_many_writers_leave_no_gap_and_two_integrators_no_fork() -> None:
    problems: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for i in range(8):
                say(f"{name} {i}", stream="shared", subject=None)
                say(f"{name} {i}", stream=f"own-{name}", subject=None)
        except BaseException as wrong:
            problems.append(wrong)
        finally:
            connection.close()

    def gather(stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                try:
                    actions.integrate(by="test", at=AT, most=5)
                except actions.AnotherWriter:
                    pass
        except BaseException as wrong:
            problems.append(wrong)
        finally:
            connection.close()

    stop = threading.Event()
    writers = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    gatherers = [threading.Thread(target=gather, args=(stop,)) for _ in range(2)]
    for thread in writers + gatherers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in gatherers:
        thread.join()
    assert not problems
    while actions.integrate(by="test", at=AT):
        pass
    check = reads.verify_log()
    assert check.problems == [] and check.size == 48
    assert Stream.objects.get(name="shared").count == 24


@pytest.mark.django_db(transaction=True)
def test_a_stream_that_several_open_in_the_same_moment_is_one_stream() -> None:
    problems: list[BaseException] = []
    together = threading.Barrier(4)

    def write(name: str) -> None:
        try:
            for round in range(60):
                together.wait(timeout=60)
                say(f"{name} {round}", stream=f"shared-{round}", subject=None)
        except BaseException as wrong:
            problems.append(wrong)
            together.abort()
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    assert not problems
    assert set(Stream.objects.values_list("count", flat=True)) == {4} and Stream.objects.count() == 60
