"""Proof that no message of a thread is missing.

A thread is a stream of the log. It is complete up to log size N if
 1 its entries are numbered 0..k-1 without a gap and each names the one before it,
 2 each is proved to be in the log of size N,
 3 the log's own index, an entry of the log, says that the stream had k entries and which was the last,
 4 nobody found another entry with the stream's tag (a full scan of the log by an auditor, who signs its range),
 5 the counters of others agree: the provider's sequence numbers and totals.
Methods 1–3 are needed for the word "complete"; 4 and 5 strengthen it and are named when they were done.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from shouyue.evidence.leaf import NOTHING_BEFORE, Entry
from shouyue.evidence.tree import NotProved, check_inclusion, leaf_hash, root_of


@dataclass(frozen=True, slots=True, order=True)
class Listed:
    """One stream in the index: its tag, how many entries, the leaf hash of the last one (hex)."""

    tag: str
    count: int
    head: str

    def to_bytes(self) -> bytes:
        return tag_bytes(self.tag) + self.count.to_bytes(8, "big") + bytes.fromhex(self.head)


def tag_bytes(tag: str) -> bytes:
    """16 bytes: a person's stream has a tag of 32 hex digits; the log's own streams have names."""
    if re.fullmatch("[0-9a-f]{32}", tag):
        return bytes.fromhex(tag)
    return hashlib.sha256(b"system\0" + tag.encode()).digest()[:16]


def _in_order(listed: Iterable[Listed]) -> list[bytes]:
    return sorted(one.to_bytes() for one in listed)


def index_root(listed: Iterable[Listed]) -> bytes:
    """The root over all streams, in the order of their tags."""
    return root_of([leaf_hash(one) for one in _in_order(listed)])


def index_proof(listed: Sequence[Listed], tag: str) -> tuple[int, list[bytes]]:
    """(place, proof) of the stream in the index. Raises ValueError when it is not there."""
    rows = _in_order(listed)
    place = next((i for i, row in enumerate(rows) if row[:16] == tag_bytes(tag)), None)
    if place is None:
        raise ValueError(f"the stream {tag} is not in the index")
    row, at = [leaf_hash(one) for one in rows], place
    proof = []
    while len(row) > 1:
        if at ^ 1 < len(row):
            proof.append(row[at ^ 1])
        row, at = [root_of(row[i : i + 2]) for i in range(0, len(row), 2)], at // 2
    return place, proof


@dataclass(frozen=True, slots=True)
class IndexSays:
    """What an index entry of the log says of one stream, proved."""

    count: int
    head: str  # hex
    log_size: int  # the index entry stands at this place: everything counted comes before it


def check_index(
    index: Entry, place: int, listed: Listed, proof: Sequence[bytes], stands_at: int
) -> IndexSays:
    """What the index entry, standing at this place of the log, says of the stream. Raises NotProved."""
    if index.kind != "index":
        raise NotProved(f"an entry about {index.kind} is no index")
    root, streams = index.outside.get("root"), index.outside.get("streams")
    if not isinstance(root, str) or not re.fullmatch("[0-9a-f]{64}", root) or not isinstance(streams, int):
        raise NotProved("the index entry does not name a root and a number of streams")
    check_inclusion(place, streams, leaf_hash(listed.to_bytes()), proof, bytes.fromhex(root))
    return IndexSays(listed.count, listed.head, stands_at)


@dataclass(slots=True)
class Completeness:
    """The verdict on one thread. `gaps` says what is missing, in English and Chinese; empty means complete."""

    entries: int
    log_size: int
    methods: list[int] = field(default_factory=list)
    gaps: list[tuple[str, str]] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return not self.gaps and {1, 2, 3} <= set(self.methods)

    def words(self, checked_at: str) -> tuple[str, str]:
        """The verdict in exact words, (English, Chinese)."""
        if self.complete:
            by = ", ".join(map(str, sorted(self.methods)))
            return (
                f"complete up to log size {self.log_size}, checked at {checked_at}, by methods {by}",
                f"截至日志长度 {self.log_size} 完整，核验时间 {checked_at}，方法 {by}",
            )
        if not self.gaps:
            missing = ", ".join(str(m) for m in (1, 2, 3) if m not in self.methods)
            return (f"incomplete: not checked by methods {missing}", f"不完整：未经方法 {missing} 核验")
        return (
            "incomplete: " + "; ".join(en for en, _ in self.gaps),
            "不完整：" + "；".join(zh for _, zh in self.gaps),
        )


def check_chain(tag: str, entries: Sequence[tuple[Entry, bytes]]) -> Completeness:
    """Method 1: the stream's entries, in order of their numbers, without a gap, each naming the one before.

    Each as it was read, and the bytes that it was read from.
    """
    found = Completeness(len(entries), 0)
    previous = NOTHING_BEFORE
    for n, (entry, data) in enumerate(entries):
        if entry.stream != tag:
            found.gaps.append((f"entry {n} belongs to another thread", f"第 {n} 条属于另一会话"))
            return found
        if entry.n != n:
            found.gaps.append(
                (f"entry {n} is missing; {entry.n} stands there", f"缺第 {n} 条，该处为第 {entry.n} 条")
            )
            return found
        if entry.previous != previous:
            found.gaps.append((f"entry {n} does not follow entry {n - 1}", f"第 {n} 条与第 {n - 1} 条不相接"))
            return found
        previous = leaf_hash(data).hex()
    found.methods.append(1)
    return found


def agree_with_index(found: Completeness, entries: Sequence[bytes], index: IndexSays) -> None:
    """Method 3: the log's index knows neither more entries nor another last one. Adds to `found`."""
    last = leaf_hash(entries[-1]).hex() if entries else NOTHING_BEFORE
    if len(entries) < index.count:
        gone = index.count - len(entries)
        found.gaps.append(
            (
                f"{gone} entries are missing (the log counts {index.count})",
                f"缺 {gone} 条（日志计 {index.count} 条）",
            )
        )
    elif len(entries) > index.count or last != index.head:
        found.gaps.append(("the log's index names another last entry", "日志索引所记的末条不同"))
    else:
        found.methods.append(3)
        found.log_size = index.log_size


@dataclass(frozen=True, slots=True, order=True)
class Counted:
    """What the log states of a provider's running numbers: all from `first` to `last` were read, but `missing` never came."""

    first: int
    last: int
    missing: int


def counted(entries: Iterable[Entry]) -> list[Counted]:
    """The statements about running numbers among these entries, in order."""
    found = []
    for entry in entries:
        values = [entry.outside.get(name) for name in ("first", "last", "missing")]
        if entry.kind in ("audit/counted", "audit/miscounted") and all(type(v) is int for v in values):
            found.append(Counted(*values))  # type: ignore[arg-type]
    return sorted(found)


def agree_with_numbers(
    found: Completeness, entries: Iterable[Entry], stated: Sequence[Counted]
) -> tuple[str, str] | None:
    """Method 5: the provider's numbers, from the first to the last in this thread, were all read. Adds to `found`.

    Returns, in English and Chinese, why not, where the thread has such numbers. That is no gap of the thread: a number that
    never came may belong to any conversation.
    """
    numbers = [n for entry in entries if type(n := entry.outside.get("seq")) is int]
    if not numbers:
        return None
    reach = min(numbers) - 1
    for one in stated:
        if one.first <= reach + 1 and one.last > reach:
            if one.missing:
                return (
                    f"method 5 not passed: of the provider's numbers {one.first} to {one.last}, {one.missing} never came; "
                    "they may belong to any conversation",
                    f"方法 5 未通过：服务商编号 {one.first} 至 {one.last} 中有 {one.missing} 个未曾收到，可能属于任一会话",
                )
            reach = one.last
    if reach < max(numbers):
        return (
            f"method 5 not passed: nothing is stated here about the provider's numbers {reach + 1} to {max(numbers)}",
            f"方法 5 未通过：包内未说明服务商编号 {reach + 1} 至 {max(numbers)}",
        )
    found.methods.append(5)
    return None


def outside_gaps(counters: Iterable[int]) -> list[tuple[int, int]]:
    """Method 5: ranges (first, last) that are missing between the smallest and the largest of a provider's numbers."""
    seen = sorted(set(counters))
    return [(a + 1, b - 1) for a, b in itertools.pairwise(seen) if b > a + 1]
