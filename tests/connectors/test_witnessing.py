"""A witness signs growth, and nothing else; it remembers before it answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from shouyue.connectors.witnessing import SIZE_TYPE, Answer, Witness, request
from shouyue.evidence.checkpoint import (
    Checkpoint,
    LatticeCosigner,
    Note,
    NoteRefused,
    check_note,
    open_checkpoint,
    parse_line,
    sign_checkpoint,
)
from shouyue.evidence.tree import consistency_proof
from tests.evidence.specimen import LOG, NOTARY, ORIGIN, OTHER_LOG, Log, a_log


@pytest.fixture(params=[NOTARY, LatticeCosigner("pq.example", b"\5" * 32)], ids=["ed25519", "ml-dsa-44"])
def witness(tmp_path: Path, request: pytest.FixtureRequest) -> Witness:
    return Witness(request.param, [LOG.key], tmp_path)


@pytest.fixture
def log() -> Log:
    return a_log(10)


def note(log: Log, size: int) -> bytes:
    return sign_checkpoint(log.head(size), [LOG]).to_bytes()


def grow(witness: Witness, log: Log, old: int, new: int) -> Answer:
    path = consistency_proof(old, new, log.tiles()) if 0 < old < new else []
    return witness.add(request(old, path, note(log, new)), 1000)


def test_growth_is_cosigned_and_remembered(witness: Witness, log: Log, tmp_path: Path) -> None:
    for old, new in [(0, 3), (3, 9), (9, 9), (9, 20)]:
        answer = grow(witness, log, old, new)
        assert answer.status == 200, answer.body
        signed = Note.parse(note(log, new)).with_lines([parse_line(answer.body.decode().rstrip("\n"))])
        assert check_note(signed, [witness.cosigner.key])[0].seconds == 1000
        changed = Note(signed.text.replace("\n", "\n1", 1), signed.lines)
        with pytest.raises(NoteRefused, match="does not fit the text"):
            check_note(changed, [witness.cosigner.key])
    again = Witness(witness.cosigner, [LOG.key], tmp_path)  # after a restart
    held = again.seen(ORIGIN)
    assert held and open_checkpoint(held, LOG.key, [witness.cosigner.key])[0].size == 20


def test_what_is_not_growth_is_refused(witness: Witness, log: Log) -> None:
    assert grow(witness, log, 0, 9).status == 200
    stale = grow(witness, log, 3, 12)
    assert (stale.status, stale.body, stale.type) == (409, b"9\n", SIZE_TYPE)
    assert grow(witness, log, 9, 5).status == 400
    other = a_log(10)
    other.entries[4] = b"{}"
    forked = witness.add(request(9, consistency_proof(9, 12, other.tiles()), note(other, 12)), 1000)
    assert forked.status == 422
    assert grow(witness, other, 9, 9).status == 409  # two roots for one size
    held = witness.seen(ORIGIN)
    assert held and Checkpoint.parse(Note.parse(held).text) == log.head(9)


def test_strangers_and_rubbish_are_refused(witness: Witness, log: Log) -> None:
    foreign = sign_checkpoint(Checkpoint("other.example/log", 3, b"r" * 32), [OTHER_LOG]).to_bytes()
    assert witness.add(request(0, [], foreign), 1).status == 404
    unsigned = Note.parse(note(log, 3))
    forged = Note(unsigned.text, (OTHER_LOG.sign(unsigned.text),)).to_bytes()
    assert witness.add(request(0, [], forged), 1).status == 403
    for body in [
        b"",
        b"old x\n\n",
        b"old 01\n\n",
        b"new 1\n\n",
        b"old 0\n!\n\n" + note(log, 3),
        b"\xff",
        b"old 0\n\nx",
    ]:
        assert witness.add(body, 1).status == 400
    assert witness.add(request(0, [b"x" * 32], note(log, 3)), 1).status == 422
    assert witness.seen(ORIGIN) is None
