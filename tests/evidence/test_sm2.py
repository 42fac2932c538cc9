"""SM2, written out: the standard's own example, strangers who agree both ways, and nothing else accepted."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from shouyue.evidence.checkpoint import PRIVATE, SM2, VerifierKey
from shouyue.evidence.package import sm2_pem
from shouyue.evidence.sm2 import SM2_B, SM2_N, SM2_P, NotSM2, sm2_digest, sm2_holds, sm2_point
from shouyue.evidence.sm2_key import SM2Key

# GB/T 32918.5-2017, annex A
EXAMPLE = SM2Key(bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"))
POINT = (
    "04"
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
MESSAGE = b"message digest"
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
SCALARS = st.integers(1, SM2_N - 2).map(lambda d: SM2Key(d.to_bytes(32, "big")))


def test_the_example_of_the_standard() -> None:
    assert EXAMPLE.public.hex().upper() == POINT
    e = 0xF0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640
    assert sm2_digest(EXAMPLE.public, MESSAGE) == e
    assert sm2_holds(EXAMPLE.public, MESSAGE, encode_dss_signature(R, S))


@given(SCALARS, st.binary(max_size=200), st.integers(0, 2**64 - 1))
@settings(max_examples=25, deadline=None)
def test_what_a_key_signs_holds_and_is_the_same_every_time(key: SM2Key, message: bytes, noise: int) -> None:
    signature = key.sign(message, noise)
    assert sm2_holds(key.public, message, signature)
    assert key.sign(message) == signature
    assert not sm2_holds(key.public, message + b"!", signature)
    assert not sm2_holds(EXAMPLE.public, message, signature)


SIGNATURE = EXAMPLE.sign(MESSAGE)


@given(st.integers(0, 8 * len(SIGNATURE) - 1))
@settings(max_examples=80, deadline=None)
def test_a_signature_with_any_bit_flipped_is_refused(bit: int) -> None:
    changed = bytearray(SIGNATURE)
    changed[bit // 8] ^= 1 << bit % 8
    assert not sm2_holds(EXAMPLE.public, MESSAGE, bytes(changed))


@given(st.integers(0, 8 * 65 - 1))
@settings(max_examples=60, deadline=None)
def test_a_key_with_any_bit_flipped_is_no_point(bit: int) -> None:
    changed = bytearray(EXAMPLE.public)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(NotSM2):
        sm2_holds(bytes(changed), MESSAGE, SIGNATURE)


@pytest.mark.parametrize(
    ("r", "s"),
    [
        (0, S),
        (R, 0),
        (R, SM2_N - R),
        (SM2_N, S),
        (R, SM2_N),
        (R + SM2_N, S),
        (R, S + SM2_N),
        (0, 0),
        (2**255, 1),
    ],
)
def test_numbers_that_no_signer_gives_are_refused(r: int, s: int) -> None:
    assert not sm2_holds(EXAMPLE.public, MESSAGE, encode_dss_signature(r, s))


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        b"0",
        SIGNATURE[:-1],
        SIGNATURE + b"\0",
        b"\x31" + SIGNATURE[1:],
        R.to_bytes(32, "big") + S.to_bytes(32, "big"),  # plain r and s
        b"\x30\x81" + SIGNATURE[1:],  # the length in a longer form
        b"\x30\x47\x02\x22\x00\x00" + R.to_bytes(32, "big") + b"\x02\x21\x00" + S.to_bytes(32, "big"),
        b"\x30\x44\x02\x20" + R.to_bytes(32, "big") + b"\x02\x20" + S.to_bytes(32, "big"),  # negative
        b"\x30\x80" + SIGNATURE[2:] + b"\0\0",  # of no stated length
    ],
)
def test_what_is_not_in_the_one_form_of_der_is_refused(signature: bytes) -> None:
    assert not sm2_holds(EXAMPLE.public, MESSAGE, signature)


def test_wrong_keys_are_refused() -> None:
    x, y = EXAMPLE.public[1:33], EXAMPLE.public[33:]
    other = pow(SM2_B, (SM2_P + 1) // 4, SM2_P)  # x = 0 is on the curve: this one is a key
    assert other * other % SM2_P == SM2_B
    sm2_point(b"\4" + bytes(32) + other.to_bytes(32, "big"))
    for wrong in (
        b"",
        b"\0",
        bytes(65),
        b"\4" + bytes(64),
        b"\2" + x,
        b"\4" + y + x,
        b"\4" + SM2_P.to_bytes(32, "big") + other.to_bytes(32, "big"),  # x = p stands for x = 0
        EXAMPLE.public + b"\0",
        EXAMPLE.public[:-1],
    ):
        with pytest.raises(NotSM2):
            sm2_holds(wrong, MESSAGE, SIGNATURE)
    for secret in (bytes(32), (SM2_N - 1).to_bytes(32, "big"), SM2_N.to_bytes(32, "big"), b"\1" * 31):
        with pytest.raises(NotSM2):
            SM2Key(secret)


def a_key(key: SM2Key) -> VerifierKey:
    return VerifierKey("desk.example/log", PRIVATE, SM2 + key.public)


@pytest.mark.skipif(not shutil.which("openssl"), reason="the program openssl is not installed")
def test_openssl_agrees_both_ways(tmp_path: Path) -> None:
    """With the very command that the expert's guide gives."""

    def openssl(*words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["openssl", *words], cwd=tmp_path, capture_output=True, check=False)

    how = ["-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]
    for number in range(1, 6):
        key, text = SM2Key(number.to_bytes(32, "big")), f"desk.example/log\n{number}\n".encode()
        (tmp_path / "key.pem").write_bytes(sm2_pem(a_key(key)))
        (tmp_path / "text").write_bytes(text)
        (tmp_path / "sig").write_bytes(key.sign(text))
        words = ["pkeyutl", "-verify", *how, "-in", "text", "-sigfile", "sig", "-pubin", "-inkey", "key.pem"]
        assert b"Verified Successfully" in openssl(*words).stdout
        (tmp_path / "text").write_bytes(text + b"!")
        assert b"Verified Successfully" not in openssl(*words).stdout
    made = openssl("genpkey", "-algorithm", "SM2", "-out", "theirs.pem")
    if made.returncode:
        made = openssl("ecparam", "-name", "SM2", "-genkey", "-noout", "-out", "theirs.pem")
    assert made.returncode == 0, made.stderr
    public = openssl("pkey", "-in", "theirs.pem", "-pubout", "-outform", "DER").stdout[-65:]
    signed = openssl("pkeyutl", "-sign", *how, "-in", "text", "-inkey", "theirs.pem", "-out", "sig")
    assert signed.returncode == 0, signed.stderr
    assert sm2_holds(public, (tmp_path / "text").read_bytes(), (tmp_path / "sig").read_bytes())


def test_tongsuo_agrees_both_ways() -> None:
    ec = pytest.importorskip("tongsuopy.crypto.asymciphers.ec")
    from tongsuopy.crypto import exceptions, hashes

    how = ec.ECDSA(hashes.SM3())
    for number in (1, 2, 3, SM2_N - 2):
        key = SM2Key(number.to_bytes(32, "big"))
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SM2(), key.public)
        theirs.verify(key.sign(MESSAGE), MESSAGE, how)
        with pytest.raises(exceptions.InvalidSignature):
            theirs.verify(key.sign(MESSAGE), MESSAGE + b"!", how)
    private = ec.generate_private_key(ec.SM2())
    numbers = private.public_key().public_numbers()
    public = b"\4" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    for _ in range(5):
        signature = private.sign(MESSAGE, how)
        assert sm2_holds(public, MESSAGE, signature)
        r, s = decode_dss_signature(signature)
        assert not sm2_holds(public, MESSAGE, encode_dss_signature(s, r))
