"""Many at once are sealed as one by one: the same entries, the same chain, all of them or none."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from shouyue.desk.ledger import actions, kept, reads
from shouyue.desk.ledger.actions import About, Fact
from shouyue.desk.ledger.models import Leaf, LogTile, Stream
from shouyue.desk.vault.actions import KeyDestroyed, destroy_key, subject_key
from shouyue.evidence import leaf as form
from shouyue.evidence.leaf import Entry
from shouyue.evidence.tree import check_inclusion
from tests.desk.dying import WAYS, deaths

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
ZHANG_WEI, ZHAO_QIANG = uuid.UUID(int=1), uuid.UUID(int=2)


def facts(count: int, streams: int = 3) -> list[Fact]:
    return [
        Fact(
            "msg.in/received",
            f"thread:{i % streams}",
            ZHANG_WEI,
            {"body": f"第{i}条", "third_person": About(ZHAO_QIANG, "13900000000"), "note": "x"},
            {"seq": i},
        )
        for i in range(count)
    ]


def chain(stream: str) -> list[Entry]:
    rows = Leaf.objects.filter(stream__name=stream).order_by("n").values_list("entry", flat=True)
    return [Entry.from_bytes(bytes(row)) for row in rows]


@pytest.mark.django_db
def test_many_are_chained_as_one_by_one() -> None:
    first = actions.seal("audit", stream="thread:0", subject=ZHANG_WEI, parts={}, by="test", at=AT)
    sealed = actions.seal_many(facts(30), by="S001", at=AT)
    last = actions.seal("audit", stream="thread:0", subject=ZHANG_WEI, parts={}, by="test", at=AT)
    entries = chain("thread:0")
    assert [entry.n for entry in entries] == list(range(12))
    before = ["0" * 64, first.digest, *(one.digest for one in sealed[::3])]
    assert [entry.previous for entry in entries] == before
    assert last.n == 11
    assert [one.n for one in sealed[1::3]] == list(range(10))
    assert reads.verify_log().problems == []
    parts = reads.shown_parts(Leaf.objects.get(hash=sealed[4].hash).pk)
    shown = {part.name: part.content for part in parts}
    assert shown == {"body": "第4条".encode(), "third_person": None, "note": b"x", "by": b"S001"}


@pytest.mark.django_db(transaction=True)
def test_one_that_cannot_be_sealed_keeps_all_from_being_sealed() -> None:
    subject_key(subject=ZHAO_QIANG, at=AT)
    destroy_key(subject=ZHAO_QIANG, by="test", at=AT)
    for way in (actions.seal_many, actions.seal_at_once):
        with pytest.raises(KeyDestroyed), transaction.atomic():
            way(facts(5), by="test", at=AT)  # type: ignore[operator]
    assert not Leaf.objects.exists()
    with pytest.raises(actions.NotInTransaction):
        actions.seal_many(facts(1), by="test", at=AT)


@pytest.mark.django_db
def test_at_once_each_has_its_place_under_a_signed_head() -> None:
    actions.seal("audit", stream="people", subject=None, parts={}, by="test", at=AT)
    for count in (200, 100, 1):  # across the border of a tile; new streams, then known ones
        for place in actions.seal_at_once(facts(count), by="test", at=AT):
            leaf = Leaf.objects.get(index=place.index)
            assert bytes(leaf.hash) == place.hash
            check_inclusion(place.index, place.size, place.hash, reads.proof_of(leaf, place.size), place.root)
    assert actions.integrate(by="test", at=AT) == 0  # what waited has its place before them
    check = reads.verify_log()
    assert (check.problems, check.size, check.waiting) == ([], 302, 0)
    assert actions.seal_at_once([], by="test", at=AT) == []


@pytest.mark.django_db
def test_a_full_tile_is_kept_once_and_damage_to_it_is_noticed() -> None:
    actions.seal_at_once(facts(600), by="test", at=AT)
    assert list(LogTile.objects.filter(level=0).order_by("number").values_list("number", flat=True)) == [0, 1]
    LogTile.objects.filter(level=0, number=1).update(hashes=bytes(8192))
    assert any("tile 0/1" in problem for problem in reads.verify_log().problems)


@pytest.mark.django_db(transaction=True)
def test_writers_of_the_same_streams_do_not_fork_them() -> None:
    """What was made ahead of the transaction is made again when somebody wrote there meanwhile."""
    actions.seal_at_once(facts(3), by="test", at=AT)
    problems: list[BaseException] = []

    def write() -> None:
        try:
            for _ in range(5):
                actions.seal_at_once(facts(60), by="test", at=AT)
        except BaseException as wrong:
            problems.append(wrong)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    check = reads.verify_log()
    assert (check.problems, check.size) == ([], 903)
    assert sorted(Stream.objects.values_list("count", flat=True)) == [301, 301, 301]


@pytest.mark.django_db(transaction=True)
def test_what_waits_gets_its_place_before_what_is_sealed_at_once() -> None:
    """The entries of a stream stand in the log in their order, by whichever road they came."""
    for turn in range(3):
        with transaction.atomic():
            actions.seal_many(facts(7), by="test", at=AT)
        places = actions.seal_at_once(facts(5), by="test", at=AT)
        assert [place.index for place in places] == list(range(12 * turn + 7, 12 * turn + 12))
    check = reads.verify_log()
    assert (check.problems, check.size, check.waiting) == ([], 36, 0)


@pytest.mark.django_db(transaction=True)
def test_at_once_in_the_transaction_of_a_change_goes_or_stays_with_it() -> None:
    def change() -> list[actions.Place]:
        actions.seal("audit", stream="thread:0", subject=ZHANG_WEI, parts={}, by="test", at=AT)
        return actions.seal_at_once(facts(6), by="test", at=AT)

    class Refused(Exception):
        pass

    with pytest.raises(Refused), transaction.atomic():
        change()
        raise Refused
    assert (reads.log_size(), Leaf.objects.count()) == (0, 0)
    with transaction.atomic():
        places = change()
    assert [place.index for place in places] == [1, 2, 3, 4, 5, 6]
    check = reads.verify_log()
    assert (check.problems, check.size, check.waiting) == ([], 7, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", WAYS)
def test_dying_in_seal_at_once(way: str) -> None:
    actions.seal_at_once(facts(250), by="test", at=AT)
    kept_ = list(deaths(lambda: actions.seal_at_once(facts(10), by="test", at=AT), way))
    # head, streams, leaves, head again, full tile, tile above, checkpoint, commit: all or nothing
    assert len(kept_) >= 7
    assert kept_ == [False] * (len(kept_) - 1) + [way != "not stored"]
    assert reads.verify_log().problems == []


NAMES = st.sampled_from(["body", "sender", "by", "note", "a_name_of_ours"])
KEYS = {None: b"n" * 32, ZHANG_WEI: b"z" * 32, ZHAO_QIANG: b"q" * 32}


def made_of(
    parts: list[tuple[str, bytes, uuid.UUID | None]], tag: str, n: int, of_stream: uuid.UUID | None
) -> kept.Made:
    keyed = {who: kept.Keyed(key) for who, key in KEYS.items()}
    about = [(name, data, kept.mark(who, who == of_stream), keyed[who]) for name, data, who in parts]
    return kept.make(tag, n, about, kept.nonces(1))


@given(
    st.lists(
        st.tuples(NAMES, st.binary(max_size=80), st.sampled_from([None, ZHANG_WEI, ZHAO_QIANG])), max_size=5
    ),
    st.integers(0, 2**40),
)
def test_what_is_kept_says_what_evidence_says_in_words(
    parts: list[tuple[str, bytes, uuid.UUID | None]], n: int
) -> None:
    tag = "ab" * 16
    made = made_of(parts, tag, n, ZHANG_WEI)
    salts = [form.salt_of(KEYS[who], tag, n, i) for i, (_, _, who) in enumerate(parts)]
    plain = [form.commitment(name, data, salt) for (name, data, _), salt in zip(parts, salts, strict=True)]
    hard = [
        form.commitment(name, data, salt, form.sm3)
        for (name, data, _), salt in zip(parts, salts, strict=True)
    ]
    back = kept.read(made.kept, ZHANG_WEI)
    assert [(one.name, one.subject) for one in back.parts] == [(name, who) for name, _, who in parts]
    assert [one.commitment for one in back.parts] == plain
    assert [one.commitment_sm3 for one in back.parts] == hard
    assert made.commitment == form.payload(plain)
    assert made.commitment_sm3 == form.payload(hard, form.sm3)
    assert made.stored == back.stored
    for person in back.boxes:
        said = [data for _, data, who in parts if who == person]
        assert back.opened(person, KEYS[person], made.commitment) == said
        for wrong_key, bound in ((b"?" * 32, made.commitment), (KEYS[person], bytes(32))):
            with pytest.raises(kept.NotKept, match="changed, or belongs to another"):
                back.opened(person, wrong_key, bound)
    if len(parts) == 1:
        for cut in range(1, len(made.kept)):
            with pytest.raises(kept.NotKept):
                kept.read(made.kept[:-cut], ZHANG_WEI)
        with pytest.raises(kept.NotKept, match="1 bytes follow"):
            kept.read(made.kept + b"x", ZHANG_WEI)


def test_a_part_of_the_streams_person_in_a_stream_of_nobody_is_not_read() -> None:
    made = made_of([("body", b"x", ZHANG_WEI)], "a", 0, ZHANG_WEI)
    with pytest.raises(kept.NotKept, match="nobody who is known"):
        kept.read(made.kept, None)


def test_no_nonce_comes_twice_and_none_is_made_of_the_content() -> None:
    fresh = kept.nonces(3)
    drawn = [next(fresh) for _ in range(50)]
    assert len({*drawn, next(kept.nonces(3))}) == 51 and {len(one) for one in drawn} == {12}
    boxes = {
        kept.read(made_of([("body", b"x", None)], "a", 0, None).kept, None).boxes[None] for _ in range(5)
    }
    assert len(boxes) == 5


def test_an_entry_of_too_many_parts_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 255 parts"):
        made_of([("body", b"", None)] * 256, "a", 0, None)
