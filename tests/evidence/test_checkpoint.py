"""Signed notes and checkpoints as C2SP writes them: ours are accepted, anything else is refused in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import mldsa

from shouyue.evidence import checkpoint as cp
from shouyue.evidence.sm2_key import SM2Signer

# the worked example in the documentation of the Go package that defined signed notes
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""


@pytest.fixture
def log() -> cp.FileSigner:
    return cp.FileSigner("shouyue.example/desk", b"\1" * 32)


@pytest.fixture
def witness() -> cp.Cosigner:
    return cp.Cosigner("witness.example/notary", b"\2" * 32)


@pytest.fixture
def note(log: cp.FileSigner) -> cp.Note:
    return cp.sign_checkpoint(cp.Checkpoint("shouyue.example/desk", 70270, b"r" * 32), [log])


def test_the_published_example() -> None:
    note = cp.Note.parse(NOTE.encode())
    key = cp.VerifierKey.parse(PETER)
    assert [one.name for one in cp.check_note(note, [key])] == ["PeterNeumann"]
    assert note.to_bytes() == NOTE.encode()
    assert str(key) == PETER
    with pytest.raises(cp.NoteRefused):
        cp.check_note(cp.Note.parse(NOTE.replace("then", "than").encode()), [key])


def test_a_checkpoint_with_a_witness(log: cp.FileSigner, witness: cp.Cosigner, note: cp.Note) -> None:
    data = note.with_lines([witness.cosign(note.text, 1_700_000_000)]).to_bytes()
    head, signed = cp.open_checkpoint(data, log.key, [witness.key])
    assert (head.origin, head.size, head.root) == ("shouyue.example/desk", 70270, b"r" * 32)
    assert [(one.name, one.seconds) for one in signed] == [
        ("shouyue.example/desk", None),
        ("witness.example/notary", 1_700_000_000),
    ]
    _, without = cp.open_checkpoint(data, log.key)
    assert len(without) == 1  # unknown keys are skipped


def test_a_post_quantum_witness(log: cp.FileSigner, note: cp.Note) -> None:
    private = mldsa.MLDSA44PrivateKey.generate()
    key = cp.VerifierKey("pq.example", cp.ML_DSA_44, private.public_key().public_bytes_raw())
    head = cp.Checkpoint.parse(note.text)
    body = (9).to_bytes(8, "big") + private.sign(cp.mldsa_bytes("pq.example", 9, head))
    data = note.with_lines([cp.Line("pq.example", key.id, body)]).to_bytes()
    _, signed = cp.open_checkpoint(data, log.key, [key])
    assert signed[1].seconds == 9
    spoiled = note.with_lines([cp.Line("pq.example", key.id, body[:-1] + bytes([body[-1] ^ 1]))]).to_bytes()
    with pytest.raises(cp.NoteRefused):
        cp.open_checkpoint(spoiled, log.key, [key])


def test_a_log_signs_with_several_keys_and_none_can_be_taken_off(log: cp.FileSigner) -> None:
    name = "shouyue.example/desk"
    signers = [log, cp.LatticeCosigner(name, b"\3" * 32), SM2Signer(name, b"\4" * 32)]
    keys = [cp.VerifierKey.parse(str(signer.key)) for signer in signers]
    assert [key.kind for key in keys] == ["Ed25519", "ML-DSA-44", "SM2"]
    note = cp.sign_checkpoint(cp.Checkpoint(name, 70270, b"r" * 32), signers, 1_700_000_000)
    _, signed = cp.open_signed_by_all(note.to_bytes(), keys)
    assert [(one.key, one.seconds) for one in signed] == list(
        zip(keys, [None, 1_700_000_000, None], strict=True)
    )
    for line in note.lines:
        fewer = cp.Note(note.text, tuple(one for one in note.lines if one != line)).to_bytes()
        with pytest.raises(cp.NoteRefused, match="did not sign this checkpoint"):
            cp.open_signed_by_all(fewer, keys)
        for place in (0, len(line.signature) // 2, len(line.signature) - 1):
            other = bytes(b ^ (at == place) for at, b in enumerate(line.signature))
            spoiled = [replace(one, signature=other) if one == line else one for one in note.lines]
            with pytest.raises(cp.NoteRefused, match="does not fit the text"):
                cp.open_signed_by_all(cp.Note(note.text, tuple(spoiled)).to_bytes(), keys)
    # who knows the principal key alone skips the others, as the format has it
    assert len(cp.open_checkpoint(note.to_bytes(), keys[0])[1]) == 1


def test_a_stranger_reads_a_note_with_all_three_lines(log: cp.FileSigner) -> None:
    theirs = pytest.importorskip("sigstore._internal.rekor.checkpoint")
    name = "shouyue.example/desk"
    signers = [log, cp.LatticeCosigner(name, b"\3" * 32), SM2Signer(name, b"\4" * 32)]
    note = cp.sign_checkpoint(cp.Checkpoint(name, 70270, b"r" * 32), signers, 1_700_000_000)
    read = theirs.SignedNote.from_text(note.to_bytes().decode())
    assert [(one.name, one.sig_hash) for one in read.signatures] == [
        (name, signer.key.id) for signer in signers
    ]
    assert read.note == note.text


@pytest.mark.parametrize("spoiled", [b"\4" + b"\1" * 64, b"\4" + bytes(64), b"\4" * 64])
def test_an_sm2_key_that_is_no_point_is_refused(spoiled: bytes) -> None:
    key = cp.VerifierKey("a.example", cp.PRIVATE, cp.SM2 + spoiled)
    with pytest.raises(cp.NoteRefused, match=r"SM2 key of a\.example"):
        cp.VerifierKey.parse(str(key))


def test_a_private_kind_that_nobody_knows_is_refused_where_it_is_named_and_skipped_elsewhere(
    log: cp.FileSigner, note: cp.Note
) -> None:
    key = cp.VerifierKey("shouyue.example/desk", cp.PRIVATE, b"somebody-elses/v1" + b"k" * 32)
    data = note.with_lines([cp.Line(key.name, key.id, b"signature")]).to_bytes()
    assert len(cp.open_checkpoint(data, log.key)[1]) == 1
    with pytest.raises(cp.NoteRefused, match="not known here"):
        cp.open_checkpoint(data, log.key, [key])


def test_another_logs_checkpoint_is_refused(log: cp.FileSigner) -> None:
    other = cp.sign_checkpoint(cp.Checkpoint("other.example/log", 1, b"r" * 32), [log])
    with pytest.raises(cp.NoteRefused, match=r"of other\.example/log"):
        cp.open_checkpoint(other.to_bytes(), log.key)
    with pytest.raises(cp.NoteRefused, match="did not sign"):
        cp.open_checkpoint(other.to_bytes(), cp.FileSigner("other.example/log", b"\3" * 32).key)


def test_every_changed_byte_of_a_checkpoint_is_refused(log: cp.FileSigner, note: cp.Note) -> None:
    data = note.to_bytes()
    for place in range(len(data)):
        for bit in (1, 0x20, 0x80):
            changed = bytearray(data)
            changed[place] ^= bit
            with pytest.raises(cp.NoteRefused):
                cp.open_checkpoint(bytes(changed), log.key)
    for end in range(len(data)):
        with pytest.raises(cp.NoteRefused):
            cp.open_checkpoint(data[:end], log.key)


@pytest.mark.parametrize("size", ["007", "-1", "+1", "1e3", "", "٣", "9" * 20])
def test_a_size_in_another_form_is_refused(size: str) -> None:
    with pytest.raises(cp.NoteRefused):
        cp.Checkpoint.parse(f"a.example\n{size}\n{'A' * 43}=\n")


def test_an_extension_line_is_refused() -> None:
    with pytest.raises(cp.NoteRefused):
        cp.Checkpoint.parse(f"a.example\n1\n{'A' * 43}=\nmore\n")


@pytest.mark.parametrize("key", ["", "a+b", "a+00000000+AAAA", PETER[:-1], PETER.replace("c74f", "c74e")])
def test_a_broken_key_is_refused(key: str) -> None:
    with pytest.raises(cp.NoteRefused):
        cp.VerifierKey.parse(key)
