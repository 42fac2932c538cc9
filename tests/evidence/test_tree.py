"""The tree keeps the promises of RFC 6962, and its proofs convince foreign code."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shouyue.evidence import tree

# the published reference inputs and roots of the certificate-transparency test data
REFERENCE = [b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31", b"@ABC", b"PQRSTUVW", b"`abcdefghijklmno"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves(count: int) -> list[bytes]:
    return [tree.leaf_hash(str(i).encode()) for i in range(count)]


def plain_root(hashes: list[bytes]) -> bytes:
    """The definition, word for word."""
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return hashlib.sha256(b"\x01" + plain_root(hashes[:k]) + plain_root(hashes[k:])).digest()


def tiles_of(hashes: list[bytes]) -> dict[tuple[int, int], bytes]:
    made: dict[tuple[int, int], bytes] = {}
    level = 0
    while hashes:
        for number in range(-(-len(hashes) // 256)):
            made[level, number] = b"".join(hashes[number * 256 : (number + 1) * 256])
        hashes = [plain_root(hashes[i * 256 : i * 256 + 256]) for i in range(len(hashes) // 256)]
        level += 1
    return made


def reader(hashes: list[bytes]) -> tree.TileReader:
    made = tiles_of(hashes)
    return lambda level, number: made.get((level, number), b"")


BIG = leaves(66_000)
BIG_TILES = reader(BIG)


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    assert tree.root_of([tree.leaf_hash(e) for e in REFERENCE[:size]]).hex() == ROOTS[size]


@given(st.integers(0, 700), st.lists(st.integers(1, 700), max_size=5))
def test_edge_rows_and_tiles_give_the_defined_root(size: int, steps: list[int]) -> None:
    """However the leaves come, one by one or hundreds at once."""
    hashes = BIG[:size]
    edge, added = tree.Edge(), 0
    for step in [*steps, size]:
        edge.append(hashes[added : added + step])
        added = edge.size
    assert edge.root() == tree.root_of(hashes) == tree.tree_root(size, BIG_TILES) == plain_root(hashes)
    assert edge.peaks == tree.peaks_of(size, BIG_TILES)


def test_the_edge_reports_each_tile_hash_once_and_in_order() -> None:
    made = tiles_of(BIG)
    for step in (1, 255, 257, 5000, len(BIG)):
        edge, grown = tree.Edge(), {1: b"", 2: b""}
        for first in range(0, len(BIG), step):
            for level, tile_hash in edge.append(BIG[first : first + step]):
                grown[level] += tile_hash
        assert grown[1] == made[1, 0] + made[1, 1]
        assert grown[2] == made[2, 0]


sizes = st.one_of(st.integers(1, 600), st.integers(65_400, 66_000))


@given(st.data(), sizes)
def test_a_proof_asks_for_each_tile_once(data: st.DataObject, size: int) -> None:
    asked: list[tuple[int, int]] = []

    def counted(level: int, number: int) -> bytes:
        asked.append((level, number))
        return BIG_TILES(level, number)

    tree.inclusion_proof(data.draw(st.integers(0, size - 1)), size, counted)
    assert len(asked) == len(set(asked))
    asked.clear()
    tree.consistency_proof(data.draw(st.integers(1, size)), size, counted)
    assert len(asked) == len(set(asked))


@given(st.data(), sizes)
def test_an_inclusion_proof_convinces_and_no_other_does(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    root = tree.tree_root(size, BIG_TILES)
    proof = tree.inclusion_proof(index, size, BIG_TILES)
    tree.check_inclusion(index, size, BIG[index], proof, root)
    others = [
        (index, size, BIG[index], [*proof, b"\0" * 32]),
        (index, size, tree.leaf_hash(b"another"), proof),
        (size, size, BIG[index], proof),
    ]
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        changed = bytearray(proof[place])
        changed[data.draw(st.integers(0, 31))] ^= 1
        others += [
            (index, size, BIG[index], proof[:-1]),
            (index, size, BIG[index], [*proof[:place], bytes(changed), *proof[place + 1 :]]),
            (index ^ 1, size, BIG[index], proof),
            (index, size, BIG[index], [*proof[:place], proof[place][:31], *proof[place + 1 :]]),
        ]
    for index, size, leaf, wrong in others:
        with pytest.raises(tree.NotProved):
            tree.check_inclusion(index, size, leaf, wrong, root)


@given(st.data(), sizes)
def test_a_consistency_proof_convinces_and_no_other_does(data: st.DataObject, new: int) -> None:
    old = data.draw(st.integers(1, new))
    before, after = tree.tree_root(old, BIG_TILES), tree.tree_root(new, BIG_TILES)
    proof = tree.consistency_proof(old, new, BIG_TILES)
    tree.check_consistency(old, before, new, after, proof)
    wrong = [(before, after, [*proof, b"\0" * 32])]
    if old < new:
        wrong += [(after, after, proof), (before, before, proof), (before, after, proof[:-1])]
    else:
        wrong.append((before, tree.leaf_hash(b""), proof))
    for first, last, path in wrong:
        with pytest.raises(tree.NotProved):
            tree.check_consistency(old, first, new, last, path)


@settings(max_examples=60)
@given(st.data(), st.integers(1, 3000))
def test_sigstore_accepts_our_proofs(data: st.DataObject, size: int) -> None:
    merkle = pytest.importorskip("sigstore._internal.merkle")
    index = data.draw(st.integers(0, size - 1))
    proof = tree.inclusion_proof(index, size, BIG_TILES)
    inner, border = merkle._decomp_inclusion_proof(index, size)
    assert len(proof) == inner + border
    chained = merkle._chain_border_right(
        merkle._chain_inner(BIG[index], proof[:inner], index),
        proof[inner:],
    )
    assert chained == tree.tree_root(size, BIG_TILES)


def test_tile_paths_and_widths() -> None:
    assert tree.tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tree.tile_path("entries", 0, 17) == "tile/entries/000.p/17"
    assert tree.tile_path(2, 1000) == "tile/2/x001/000"
    assert [tree.tile_width(0, n, 300) for n in range(3)] == [256, 44, 0]
    assert [tree.tile_width(1, 0, n) for n in (255, 256, 70_000)] == [0, 1, 256]


@given(st.lists(st.binary(max_size=300), max_size=40))
def test_a_bundle_opens_to_what_was_put_in(entries: list[bytes]) -> None:
    data = tree.bundle(entries)
    assert tree.unbundle(data) == entries
    if data:
        with pytest.raises(tree.NotProved):
            tree.unbundle(data[:-1])
