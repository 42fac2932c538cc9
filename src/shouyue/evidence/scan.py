"""Read a whole published log again: every entry to its leaf hash, every leaf hash to the root that was signed.

A log of a hundred million entries is read on all cores: a task is a run of bundles, a worker reads them itself and answers
with their roots and with the entries that somebody asked for. Nothing grows with the log but 32 bytes for 256 entries.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from shouyue.evidence.tree import WIDTH, NotProved, root_of, root_of_run, tile_path, tile_width

LARGEST_BUNDLE = WIDTH * (2 + 0xFFFF)
BUNDLES_A_TASK = 64

LogReader = Callable[[str], bytes | None]  # a path of the published log → its bytes
Found = tuple[int, bytes]  # index and bytes of an entry that holds one of the marks


@dataclass(frozen=True, slots=True)
class PublishedFolder:
    """A copy of the published log in a folder. Can be handed to another process."""

    root: str

    def __call__(self, path: str) -> bytes | None:
        try:
            with open(f"{self.root}/{path}", "rb", buffering=0) as file:  # noqa: PTH123 - a million times
                if os.fstat(file.fileno()).st_size > LARGEST_BUNDLE:
                    raise NotProved(f"{path} is larger than a bundle can be")
                return file.read()
        except OSError:
            return None


@dataclass(frozen=True, slots=True)
class Run:
    """Bundles `first` to `last` (excluded) of a log of this size, searched for these marks."""

    read: LogReader
    first: int
    last: int
    size: int
    marks: tuple[bytes, ...]


def leaves_of(data: bytes) -> list[bytes]:
    """The leaf hash of each entry of a bundle. Raises NotProved where the bundle breaks off."""
    sha256, leaves, at, end = hashlib.sha256, [], 0, len(data)
    while at + 1 < end:
        stop = at + 2 + (data[at] << 8 | data[at + 1])
        leaves.append(sha256(b"\x00" + data[at + 2 : stop]).digest())
        at = stop
    if at != end or len(leaves) > WIDTH:
        raise NotProved(f"the bundle breaks off in entry {min(len(leaves), WIDTH)}")
    return leaves


def read_bundle(read: LogReader, number: int, size: int) -> bytes:
    """The bundle in a log of this size; a full one where the partial one has been replaced by it."""
    width = tile_width(0, number, size)
    found = read(tile_path("entries", number, width))
    if found is None and width < WIDTH:
        found = read(tile_path("entries", number))
    if found is None:
        raise NotProved(f"{tile_path('entries', number, width)} is missing")
    return found


def read_run(run: Run) -> tuple[list[bytes], list[Found]]:
    """(roots of its bundles, entries with a mark). The last bundle of a log may be a partial one."""
    roots: list[bytes] = []
    found: list[Found] = []
    for number in range(run.first, run.last):
        data, width = read_bundle(run.read, number, run.size), tile_width(0, number, run.size)
        try:
            leaves = leaves_of(data)
        except NotProved as wrong:
            raise NotProved(f"{tile_path('entries', number, width)}: {wrong}") from None
        if len(leaves) < width:
            raise NotProved(f"{tile_path('entries', number, width)} holds {len(leaves)} entries, not {width}")
        if any(mark in data for mark in run.marks):
            found += _marked(data, number * WIDTH, width, run.marks)
        roots.append(root_of_run(b"".join(leaves)) if width == WIDTH else root_of(leaves[:width]))
    return roots, found


def _marked(data: bytes, index: int, width: int, marks: Sequence[bytes]) -> Iterator[Found]:
    at = 0
    for place in range(width):
        stop = at + 2 + (data[at] << 8 | data[at + 1])
        entry = data[at + 2 : stop]
        if any(mark in entry for mark in marks):
            yield index + place, entry
        at = stop


Spread = Callable[
    [Callable[[Run], tuple[list[bytes], list[Found]]], Iterable[Run]],
    Iterable[tuple[list[bytes], list[Found]]],
]


def scan(
    read: LogReader,
    size: int,
    *,
    marks: Sequence[bytes] = (),
    roots_at: Sequence[int] = (),
    spread: Spread = map,
) -> tuple[dict[int, bytes], list[Found]]:
    """Read all entries of a log of `size`. Returns its root at that size and at `roots_at`, and the entries with a mark.

    `spread` deals the work out: `map` does it here, the `map` of a pool on many cores. Raises NotProved at what is missing.
    """
    bundles = -(-size // WIDTH)
    runs = (
        Run(read, first, min(first + BUNDLES_A_TASK, bundles), size, tuple(marks))
        for first in range(0, bundles, BUNDLES_A_TASK)
    )
    tiles: list[bytes] = []
    found: list[Found] = []
    for roots, marked in spread(read_run, runs):
        tiles += roots
        found += marked
    if len(tiles) != bundles:
        raise NotProved(f"{len(tiles)} of {bundles} bundles were read")
    made = {size: root_of(tiles)}
    for earlier in roots_at:
        whole, rest = divmod(earlier, WIDTH)
        row = tiles[:whole]
        if rest:
            row.append(root_of(leaves_of(read_bundle(read, whole, size))[:rest]))
        made[earlier] = root_of(row)
    return made, found
