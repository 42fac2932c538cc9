"""A thread is complete only if nothing is missing at its beginning, inside, or at its end, and no twin is hidden."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shouyue.evidence import thread
from shouyue.evidence.leaf import NOTHING_BEFORE, Entry
from shouyue.evidence.tree import NotProved, leaf_hash

TAG = "ab" * 16


def stream(
    count: int, tag: str = TAG, kind: str = "msg.in/received", outside: dict | None = None
) -> list[bytes]:
    entries: list[bytes] = []
    previous = NOTHING_BEFORE
    for n in range(count):
        fields = (kind, tag, n, previous, "1" * 64, "2" * 64, "3" * 64, "2026-03-02T00:00:00.000000Z")
        entries.append(Entry(*fields, outside or {}, "desk").to_bytes())
        previous = leaf_hash(entries[-1]).hex()
    return entries


def listed(count: int, tag: str = TAG) -> thread.Listed:
    return thread.Listed(tag, count, leaf_hash(stream(count, tag)[-1]).hex())


def others(count: int) -> list[thread.Listed]:
    return [thread.Listed(f"{i * 7919:032x}", i + 1, f"{i:064x}") for i in range(count)]


def judged(entries: list[bytes], everything: list[thread.Listed]) -> thread.Completeness:
    mine = next(one for one in everything if one.tag == TAG)
    root = thread.index_root(everything).hex()
    index = Entry.from_bytes(stream(1, "log/index", "index", {"root": root, "streams": len(everything)})[0])
    place, proof = thread.index_proof(everything, TAG)
    found = thread.check_chain(TAG, [(Entry.from_bytes(one), one) for one in entries])
    found.methods.append(2)  # inclusion is the tree's business
    thread.agree_with_index(found, entries, thread.check_index(index, place, mine, proof, 70))
    return found


@given(st.integers(1, 6), st.integers(0, 20))
def test_the_whole_thread_is_complete(count: int, more: int) -> None:
    found = judged(stream(count), [*others(more), listed(count)])
    assert found.complete
    assert found.words("T")[0] == "complete up to log size 70, checked at T, by methods 1, 2, 3"


@given(st.integers(2, 8), st.data())
def test_no_entry_can_be_left_out(count: int, data: st.DataObject) -> None:
    gone = data.draw(st.integers(0, count - 1))
    found = judged([e for n, e in enumerate(stream(count)) if n != gone], [*others(3), listed(count)])
    assert not found.complete
    assert found.words("T")[0].startswith("incomplete: ")
    assert found.words("T")[1].startswith("不完整：")


def test_two_entries_swapped_or_one_doubled() -> None:
    one, two, three = stream(3)
    for wrong in ([two, one, three], [one, one, two, three], [one, two, three, three]):
        assert not judged(wrong, [listed(3)]).complete


def test_entries_beyond_the_index_are_not_covered_by_it() -> None:
    assert not judged(stream(4), [listed(3)]).complete


def test_a_stream_of_another_is_not_taken_for_this_one() -> None:
    assert not judged(stream(3, "cd" * 16), [listed(3)]).complete


def test_an_index_that_says_otherwise_does_not_convince() -> None:
    everything = [*others(9), listed(3)]
    root = thread.index_root(everything).hex()
    index = Entry.from_bytes(stream(1, "log/index", "index", {"root": root, "streams": 10})[0])
    place, proof = thread.index_proof(everything, TAG)
    for place_, row, path in [
        (place, listed(2), proof),
        (place + 1, listed(3), proof),
        (place, listed(3), proof[:-1]),
        (place, listed(3), [bytes(32), *proof[1:]]),
    ]:
        with pytest.raises(NotProved):
            thread.check_index(index, place_, row, path, 70)
    no_index = Entry.from_bytes(stream(1, "log/index", "heartbeat", {"root": root, "streams": 10})[0])
    with pytest.raises(NotProved):
        thread.check_index(no_index, place, listed(3), proof, 70)
    with pytest.raises(ValueError):
        thread.index_proof(everything, "ff" * 16)


@given(st.sets(st.integers(0, 60), min_size=1))
def test_gaps_in_a_providers_numbers_are_exactly_what_is_missing(seen: set[int]) -> None:
    missing = {n for first, last in thread.outside_gaps(seen) for n in range(first, last + 1)}
    assert missing == set(range(min(seen), max(seen) + 1)) - seen
