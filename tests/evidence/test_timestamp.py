"""Tokens made by OpenSSL are read as OpenSSL and another library read them; a changed one is refused; time moves are survived."""

from __future__ import annotations

import hashlib
import random
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from shouyue.connectors.timestamping import AuthorityUnavailable, OwnAuthority
from shouyue.evidence import timestamp

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="the program openssl is not installed")

DIGEST = hashlib.sha256(b"checkpoint").digest()
NONCE = 2**62 + 12345


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> OwnAuthority:
    own = OwnAuthority(tmp_path_factory.mktemp("authority"))
    own.make(datetime.now(UTC))
    return own


@pytest.fixture(scope="module")
def token(authority: OwnAuthority) -> bytes:
    return authority.answer(timestamp.request(DIGEST, NONCE))


@pytest.fixture(scope="module")
def roots(authority: OwnAuthority) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(authority.root)


def test_a_good_token(token: bytes, roots: list[x509.Certificate]) -> None:
    read, signer = timestamp.check_token(token, DIGEST, roots, NONCE)
    assert abs(read.time - datetime.now(UTC)) < timedelta(minutes=5)
    assert (read.nonce, read.digest, read.policy) == (NONCE, DIGEST, "1.2.3.4.1")
    assert "worth nothing in court" in signer.subject.rfc4514_string()
    assert timestamp.requested(timestamp.request(DIGEST, NONCE)) == (DIGEST, NONCE)


def test_openssl_and_another_library_agree(
    token: bytes, authority: OwnAuthority, roots: list[x509.Certificate], tmp_path: Path
) -> None:
    (tmp_path / "t.tsr").write_bytes(token)
    (tmp_path / "t.tsq").write_bytes(timestamp.request(DIGEST, NONCE))
    words = ["openssl", "ts", "-verify", "-in", "t.tsr", "-queryfile", "t.tsq", "-CAfile"]
    words.append(str(authority.folder / "root.pem"))
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert "Verification: OK" in done.stdout, done.stderr
    rfc3161 = pytest.importorskip("rfc3161_client")
    theirs = rfc3161.decode_timestamp_response(token)
    checker = rfc3161.VerifierBuilder().add_root_certificate(roots[0])
    assert checker.build().verify(theirs, DIGEST)
    assert theirs.tst_info.gen_time == timestamp.read_token(token).time.replace(microsecond=0)


@pytest.mark.parametrize("what", ["digest", "nonce", "roots"])
def test_a_token_for_something_else_is_refused(what: str, token: bytes, roots: list, tmp_path: Path) -> None:
    stranger = OwnAuthority(tmp_path)
    stranger.make(datetime.now(UTC))
    given = {"digest": DIGEST, "nonce": NONCE, "roots": roots}
    given[what] = {
        "digest": hashlib.sha256(b"another").digest(),
        "nonce": NONCE + 1,
        "roots": x509.load_pem_x509_certificates(stranger.root),
    }[what]
    with pytest.raises(timestamp.TokenRefused):
        timestamp.check_token(token, given["digest"], given["roots"], given["nonce"])


def test_any_changed_byte_that_matters_is_refused_and_none_breaks_us(token: bytes, roots: list) -> None:
    """A changed byte is refused, or lies outside everything that counts: the statement and signer then are the same."""
    good, signer = timestamp.check_token(token, DIGEST, roots, NONCE)
    draw = random.Random(3)
    for place in range(len(token)):
        changed = bytearray(token)
        changed[place] ^= 1 << draw.randrange(8)
        try:
            read, by = timestamp.check_token(bytes(changed), DIGEST, roots, NONCE)
        except timestamp.TokenRefused:
            continue
        assert (read.info, read.time, by) == (good.info, good.time, signer), place
    for end in range(0, len(token), 7):
        with pytest.raises(timestamp.TokenRefused):
            timestamp.check_token(token[:end], DIGEST, roots, NONCE)


def test_a_certificate_that_was_not_valid_at_the_stated_time_is_refused(tmp_path: Path) -> None:
    own = OwnAuthority(tmp_path)
    own.make(datetime.now(UTC) - timedelta(days=4000))
    try:
        answer = own.answer(timestamp.request(DIGEST, NONCE))
    except AuthorityUnavailable:
        return  # OpenSSL itself would not stamp with it
    with pytest.raises(timestamp.TokenRefused, match="was not valid at"):
        timestamp.check_token(answer, DIGEST, x509.load_pem_x509_certificates(own.root), NONCE)


@pytest.mark.parametrize(
    "data", [b"", b"\x30", b"\x30\x80\x00\x00", b"\x30\x84\xff\xff\xff\xff", b"0" * 300_000]
)
def test_rubbish_is_refused(data: bytes) -> None:
    with pytest.raises(timestamp.TokenRefused):
        timestamp.read_token(data)
