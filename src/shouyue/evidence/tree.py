"""The Merkle tree of RFC 6962, its proofs and their checks, and the tiles it is published in (C2SP tlog-tiles).

A *tile* (level L, number N) holds up to 256 hashes of 32 bytes; hash j is the root over the leaves
[(256N+j)·256^L, (256N+j+1)·256^L). Proofs are made from tiles alone, so the same code serves a database,
a directory of files and another's log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

Digest = Callable[[bytes], bytes]
TileReader = Callable[[int, int], bytes]  # (level, number) → up to 256 hashes, end to end
WIDTH = 256
HEIGHT = 8  # 2^8 hashes in a tile
MOST_LEAVES = 2**63


class NotProved(ValueError):
    """The proof does not show what it claims. The message says where it fails."""


# Copying a digest that was begun is nearly twice as fast as beginning one: much of what this module does is begin.
_NOTHING, _LEAF, _NODE = hashlib.sha256(), hashlib.sha256(b"\x00"), hashlib.sha256(b"\x01")


def sha256(data: bytes) -> bytes:
    state = _NOTHING.copy()
    state.update(data)
    return state.digest()


def leaf_hash(entry: bytes, digest: Digest = sha256) -> bytes:
    if digest is not sha256:
        return digest(b"\x00" + entry)
    state = _LEAF.copy()
    state.update(entry)
    return state.digest()


def node_hash(left: bytes, right: bytes, digest: Digest = sha256) -> bytes:
    if digest is not sha256:
        return digest(b"\x01" + left + right)
    state = _NODE.copy()
    state.update(left + right)
    return state.digest()


def root_of(leaves: Sequence[bytes], digest: Digest = sha256) -> bytes:
    """The root over these leaf *hashes*; the empty tree's root is the digest of nothing."""
    if not leaves:
        return digest(b"")
    row = list(leaves)
    while len(row) > 1:  # an odd one out rises as it is: the same tree as splitting at powers of two
        if digest is sha256:
            paired = []
            for i in range(0, len(row) - 1, 2):
                state = _NODE.copy()
                state.update(row[i] + row[i + 1])
                paired.append(state.digest())
        else:
            paired = [digest(b"\x01" + row[i] + row[i + 1]) for i in range(0, len(row) - 1, 2)]
        row = paired + row[len(row) - len(row) % 2 :]
    return row[0]


def root_of_run(run: bytes) -> bytes:
    """The root over a power of two of hashes that lie end to end, as they do in a tile."""
    sha = hashlib.sha256
    while len(run) > 32:
        run = b"".join([sha(b"\x01" + run[i : i + 64]).digest() for i in range(0, len(run), 64)])
    return run


class Edge:
    """The right edge of a growing tree: the roots of its complete subtrees, largest first. All that appending needs."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(self.peaks)}")

    def append(self, leaves: Iterable[bytes]) -> list[tuple[int, bytes]]:
        """Add these leaf hashes. Returns (level, hash) for each tile hash above level 0 that they completed, level by level."""
        grown: list[tuple[int, bytes]] = []
        sha, row, height, fresh = hashlib.sha256, list(leaves), 0, []
        added, size = len(row), self.size
        while row:
            if size >> height & 1:
                row.insert(0, self.peaks.pop())
            if len(row) % 2:
                fresh.append(row.pop())
            pairs = iter(row)
            row = [sha(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
            height += 1
            if height % HEIGHT == 0:
                grown += [(height // HEIGHT, one) for one in row]
        self.peaks += reversed(fresh)
        self.size += added
        return grown

    def root(self) -> bytes:
        if not self.peaks:
            return sha256(b"")
        folded = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            folded = node_hash(peak, folded)
        return folded


def _range_root(tiles: TileReader, low: int, high: int) -> bytes:
    """Root over the leaves [low, high); `low` is a multiple of the largest power of two within the range."""
    peaks = []
    while low < high:
        height = (high - low).bit_length() - 1
        level, within = divmod(height, HEIGHT)
        first = low >> (level * HEIGHT)
        tile = tiles(level, first // WIDTH)
        start = (first % WIDTH) * 32
        run = tile[start : start + 32 * 2**within]
        if len(run) != 32 * 2**within:
            raise ValueError(f"tile {level}/{first // WIDTH} is too short: {len(tile) // 32} hashes")
        peaks.append(root_of_run(run))
        low += 2**height
    folded = peaks.pop()
    while peaks:
        folded = node_hash(peaks.pop(), folded)
    return folded


def each_once(tiles: TileReader) -> TileReader:
    """A reader that asks for each tile once and remembers it: the hashes of one proof lie in a few."""
    held: dict[tuple[int, int], bytes] = {}

    def read(level: int, number: int) -> bytes:
        if (level, number) not in held:
            held[level, number] = tiles(level, number)
        return held[level, number]

    return read


def _split(count: int) -> int:
    """The largest power of two smaller than count."""
    return 1 << ((count - 1).bit_length() - 1)


def tree_root(size: int, tiles: TileReader) -> bytes:
    """The root of the tree of this size, from its tiles."""
    return _range_root(tiles, 0, size) if size else sha256(b"")


def peaks_of(size: int, tiles: TileReader) -> list[bytes]:
    """The complete subtrees of a tree of this size, largest first, from its tiles."""
    peaks, low = [], 0
    for height in range(size.bit_length() - 1, -1, -1):
        if size >> height & 1:
            peaks.append(_range_root(tiles, low, low + 2**height))
            low += 2**height
    return peaks


Known = dict[tuple[int, int], bytes]  # roots over ranges of leaves, shared between the proofs of one tree


def inclusion_proof(index: int, size: int, tiles: TileReader, known: Known | None = None) -> list[bytes]:
    """Siblings of the leaf's path, lowest first (RFC 6962 section 2.1.1).

    Many proofs in the same tree are faster with one `known`, which this fills.
    """
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    low, high, ranges = 0, size, []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    known = {} if known is None else known
    tiles = each_once(tiles)
    for part in ranges:
        if part not in known:
            known[part] = _range_root(tiles, *part)
    return [known[part] for part in reversed(ranges)]


def consistency_proof(old: int, new: int, tiles: TileReader) -> list[bytes]:
    """Proof that the tree of `old` leaves is the beginning of the tree of `new` (RFC 6962 section 2.1.2)."""
    if not 0 < old <= new:
        raise ValueError(f"cannot prove growth from {old} to {new}")
    low, high, ranges = 0, new, []
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    if low:
        ranges.append((low, high))
    tiles = each_once(tiles)
    return [_range_root(tiles, *part) for part in reversed(ranges)]


def _check_hashes(proof: Sequence[bytes]) -> None:
    for place, part in enumerate(proof):
        if len(part) != 32:
            raise NotProved(f"hash {place} of the proof has {len(part)} bytes, not 32")


def check_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Raise NotProved unless the leaf hash stands at this index in the tree with this size and root."""
    if not 0 <= index < size <= MOST_LEAVES:
        raise NotProved(f"index {index} is outside a tree of {size}")
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    if len(proof) != inner + border:
        raise NotProved(f"the proof has {len(proof)} hashes where {inner + border} are needed")
    _check_hashes(proof)
    folded = leaf
    for step, part in enumerate(proof):
        if step < inner and not index >> step & 1:
            folded = node_hash(folded, part)
        else:
            folded = node_hash(part, folded)
    if folded != root:
        raise NotProved(f"entry {index} does not lead to the root of size {size}")


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise NotProved unless the old tree is a beginning of the new one."""
    if not 0 < old <= new <= MOST_LEAVES:
        raise NotProved(f"growth from {old} to {new} cannot be checked")
    if old == new:
        if proof:
            raise NotProved("a proof between equal sizes must be empty")
        if old_root != new_root:
            raise NotProved(f"two roots for size {old}: the log was forked")
        return
    _check_hashes(proof)
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        raise NotProved("the consistency proof is empty")
    first, last = old - 1, new - 1
    while first & 1:
        first >>= 1
        last >>= 1
    from_old = from_new = path[0]
    for part in path[1:]:
        if last == 0:
            raise NotProved("the consistency proof is too long")
        if first & 1 or first == last:
            from_old = node_hash(part, from_old)
            from_new = node_hash(part, from_new)
            while first and not first & 1:
                first >>= 1
                last >>= 1
        else:
            from_new = node_hash(from_new, part)
        first >>= 1
        last >>= 1
    if last:
        raise NotProved("the consistency proof is too short")
    if from_old != old_root:
        raise NotProved(f"the proof does not start from the root of size {old}")
    if from_new != new_root:
        raise NotProved(f"the tree of {old} is not a beginning of the tree of {new}")


# --- tiles ---


def tile_width(level: int, number: int, size: int) -> int:
    """How many hashes (or, at level 0, entries) the tile holds in a tree of this size."""
    return max(0, min(WIDTH, (size >> (level * HEIGHT)) - number * WIDTH))


def tile_path(level: int | str, number: int, width: int = WIDTH) -> str:
    """`tile/0/x001/x234/067`, a partial one `….p/17`; level "entries" names the bundle of entries."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries as a bundle holds them: each after its length in two bytes."""
    out = bytearray()
    for entry in entries:
        if len(entry) > 0xFFFF:
            raise ValueError(f"an entry of {len(entry)} bytes does not fit a bundle")
        out += len(entry).to_bytes(2, "big") + entry
    return bytes(out)


def unbundle(data: bytes) -> list[bytes]:
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        entry = data[at + 2 : at + 2 + length]
        if at + 2 > len(data) or len(entry) != length or len(entries) == WIDTH:
            raise NotProved(f"the bundle breaks off in entry {len(entries)}")
        entries.append(entry)
        at += 2 + length
    return entries
