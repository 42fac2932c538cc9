"""A receipt of ours is what another library calls a receipt; one for another entry, key or root is refused by it."""

from __future__ import annotations

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shouyue.evidence.package import build
from shouyue.evidence.receipt import receipt
from shouyue.evidence.tree import TileReader, consistency_proof, inclusion_proof, leaf_hash, tree_root
from tests.evidence import specimen
from tests.evidence.specimen import LOG

cose = pytest.importorskip("scitt_cose")

KEY = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
ENTRIES = [f"entry {n}".encode() for n in range(70)]


def tiles(size: int) -> TileReader:
    return lambda level, number: b"".join(leaf_hash(one) for one in ENTRIES[:size])


def made(index: int, size: int) -> bytes:
    path = inclusion_proof(index, size, tiles(size))
    return receipt(LOG.sign_bytes, tree_root(size, tiles(size)), size, index, path)


@pytest.mark.parametrize(
    ("index", "size"), [(0, 1), (0, 2), (1, 2), (4, 5), (23, 24), (24, 25), (30, 64), (69, 70)]
)
def test_another_library_accepts_it(index: int, size: int) -> None:
    found = cose.verify_receipt(
        made(index, size), leaf_entry_hex=ENTRIES[index].hex(), log_public_key_pem=PEM
    )
    assert found.ok, found.errors
    assert (found.tree_size, found.leaf_index) == (size, index)
    assert found.root == tree_root(size, tiles(size)).hex()


def test_it_refuses_it_for_another_entry_and_under_another_key() -> None:
    whole = made(4, 9)
    stranger = (
        Ed25519PrivateKey.generate()
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    assert not cose.verify_receipt(whole, leaf_entry_hex=ENTRIES[5].hex(), log_public_key_pem=PEM).ok
    assert not cose.verify_receipt(whole, leaf_entry_hex=ENTRIES[4].hex(), log_public_key_pem=stranger).ok


def test_every_changed_byte_is_refused() -> None:
    whole = made(4, 9)
    for at in range(len(whole)):
        changed = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        found = cose.verify_receipt(changed, leaf_entry_hex=ENTRIES[4].hex(), log_public_key_pem=PEM)
        assert not found.ok, f"byte {at}"


def test_it_is_as_small_as_it_says() -> None:
    assert len(made(300 % 70, 64)) <= 95 + 6 * 34 + 8


@pytest.mark.parametrize("size", [2, 3, 8, 33, 70])
def test_our_growth_and_roots_are_another_library_s_too(size: int) -> None:
    hexed = [entry.hex() for entry in ENTRIES[:size]]
    assert cose.merkle_root(hexed) == tree_root(size, tiles(size)).hex()
    old = size // 2 or 1
    path = [step.hex() for step in consistency_proof(old, size, tiles(size))]
    roots = tree_root(old, tiles(old)).hex(), tree_root(size, tiles(size)).hex()
    assert cose.verify_consistency(*roots, old, size, path)
    assert not cose.verify_consistency(*roots, old, size, [*path[:-1], "00" * 32])


def test_a_package_brings_one_for_each_entry_of_a_thread() -> None:
    log = specimen.a_log(3)
    material = specimen.material(log)
    head = log.head(len(log.entries))

    def of(shown) -> bytes:
        return receipt(LOG.sign_bytes, head.root, head.size, shown.index, shown.path)

    files = build(dataclasses.replace(material, receipt=of), specimen.INDEX)
    receipts = sorted(name for name in files if name.endswith(".cose"))
    shown = [name for name in files if name.startswith("04-entries/") and "log_index" not in name]
    assert len(receipts) == len(shown) > 3
    entries = {entry.hex() for entry in log.entries}
    accepted = [
        any(
            cose.verify_receipt(files[name], leaf_entry_hex=one, log_public_key_pem=PEM).ok for one in entries
        )
        for name in receipts
    ]
    assert all(accepted)
