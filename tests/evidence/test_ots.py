"""OpenTimestamps proofs are followed as another library follows them; nonsense is refused in words, whatever it is."""

from __future__ import annotations

import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shouyue.evidence import ots

DIGEST = hashlib.sha256(b"checkpoint").digest()
APPENDED = b"\xf0\x04abcd\x08"


def attestation(tag: bytes, payload: bytes) -> bytes:
    return b"\x00" + tag + bytes([len(payload)]) + payload


def pending(url: bytes) -> bytes:
    return attestation(ots.OTS_PENDING, bytes([len(url)]) + url)


BLOCK = attestation(ots.OTS_BITCOIN, b"\xc0\x84\x3d")  # 1,000,000
PROMISE = APPENDED + pending(b"https://calendar.example")
BOTH = b"\xff" + PROMISE + b"\xf1\x02xy\x08" + BLOCK


def test_a_proof_leads_to_what_is_attested() -> None:
    (promise,) = ots.follow(PROMISE, DIGEST)
    assert promise.message == hashlib.sha256(DIGEST + b"abcd").digest()
    assert promise.calendar == "https://calendar.example" and promise.height is None
    first, second = ots.follow(BOTH, DIGEST)
    assert first == ots.Attested(
        promise.message, promise.tag, promise.payload, promise.start + 1, promise.end + 1
    )
    assert second.height == 1_000_000
    assert second.merkle_root == hashlib.sha256(b"xy" + DIGEST).digest()[::-1].hex()


def test_a_promise_is_completed_in_its_place() -> None:
    promise = ots.follow(BOTH, DIGEST)[0]
    done = ots.completed(BOTH, promise, b"\xf0\x01z\x08" + BLOCK)
    assert [one.height for one in ots.follow(done, DIGEST)] == [1_000_000, 1_000_000]


def test_another_library_reads_our_files_and_finds_the_same() -> None:
    pytest.importorskip("opentimestamps")
    from opentimestamps.core.notary import BitcoinBlockHeaderAttestation
    from opentimestamps.core.serialize import StreamDeserializationContext
    from opentimestamps.core.timestamp import DetachedTimestampFile

    file = DetachedTimestampFile.deserialize(
        StreamDeserializationContext(io.BytesIO(ots.whole_file(BOTH, DIGEST)))
    )
    assert file.file_digest == DIGEST
    theirs = {(message, type(one).__name__) for message, one in file.timestamp.all_attestations()}
    ours = {
        (one.message, "BitcoinBlockHeaderAttestation" if one.height is not None else "PendingAttestation")
        for one in ots.follow(BOTH, DIGEST)
    }
    assert theirs == ours
    heights = [
        one.height
        for _, one in file.timestamp.all_attestations()
        if isinstance(one, BitcoinBlockHeaderAttestation)
    ]
    assert heights == [1_000_000]


@pytest.mark.parametrize(
    ("proof", "words"),
    [
        (b"", "breaks off"),
        (PROMISE[:-3], "not there or too many"),
        (PROMISE + b"\x08", "bytes follow the end"),
        (b"\xff" + PROMISE, "breaks off"),
        (b"\x02" + PROMISE, "operation 0x02"),
        (b"\xff" * 5000 + PROMISE, "more than 4096 operations"),
        (b"\x08" * 70_000, "bytes are more than"),
        (b"\xf0\x00" + PROMISE, "a message of 32 bytes"),
        (b"\xf0" + b"\xff" * 12, "a number is too long"),
        ((b"\xf0\x80\x10" + b"a" * 2048) * 3 + BLOCK, "a message of"),
        (attestation(ots.OTS_BITCOIN, b"\x80"), "breaks off"),
    ],
)
def test_what_cannot_be_followed_is_refused(proof: bytes, words: str) -> None:
    with pytest.raises(ots.ProofRefused, match=words):
        ots.follow(proof, DIGEST)


@given(st.binary(max_size=300))
def test_no_bytes_break_it(proof: bytes) -> None:
    try:
        ots.follow(proof, DIGEST)
    except ots.ProofRefused:
        pass
