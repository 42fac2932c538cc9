"""Papers are signed so that strangers check them: OpenSSL reads the signature, pyHanko judges the whole; a changed byte is seen."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto.pem import unarmor
from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from shouyue.connectors.signing import PdfSigner, UnableToSign
from shouyue.connectors.timestamping import AuthorityUnavailable, OwnAuthority
from shouyue.evidence import book
from shouyue.evidence.checkpoint import Checkpoint

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="the program openssl is not installed")

COVER = book.Cover(
    "张伟逾期案",
    "证明经过",
    "chen",
    "2026-03-01T00:00:00+00:00",
    Checkpoint("desk.example/log", 1, b"r" * 32),
    "t" * 64,
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate as a lender would get it: sign.p12, its password beside it, and the root it hangs on."""
    here = tmp_path_factory.mktemp("certificate")
    (here / "ext").write_text(
        "keyUsage=critical,digitalSignature,nonRepudiation\nbasicConstraints=CA:FALSE\n"
    )
    (here / "sign.p12.password").write_text("a long password\n")
    for words in (
        "req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -days 30 -subj /CN=TestRoot",
        "req -newkey rsa:2048 -nodes -keyout sign.key -out sign.csr -subj /O=Shiyi/CN=Seal",
        "x509 -req -in sign.csr -CA root.pem -CAkey root.key -CAcreateserial -days 30 -extfile ext -out sign.pem",
        "pkcs12 -export -inkey sign.key -in sign.pem -certfile root.pem -out sign.p12 -passout file:sign.p12.password",
    ):
        subprocess.run(["openssl", *words.split()], cwd=here, check=True, capture_output=True)
    return here


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> OwnAuthority:
    own = OwnAuthority(tmp_path_factory.mktemp("authority"))
    own.make(datetime.now(UTC))
    return own


@pytest.fixture(scope="module")
def paper() -> bytes:
    return book.cover_sheet(COVER, {"证据目录": "a" * 64}, [[True, False], [False, True]])


@pytest.fixture(scope="module")
def signed(place: Path, authority: OwnAuthority, paper: bytes) -> bytes:
    return PdfSigner(place / "sign.p12", authority.answer)(paper, "证明逾期催收的经过")


def judged(paper: bytes, place: Path, authority: OwnAuthority):
    roots = [Certificate.load(unarmor(pem)[2]) for pem in ((place / "root.pem").read_bytes(), authority.root)]
    (one,) = PdfFileReader(BytesIO(paper)).embedded_signatures
    return validate_pdf_signature(one, ValidationContext(trust_roots=roots, allow_fetching=False))


def test_another_program_finds_the_signature_good_and_stamped(signed, paper, place, authority):
    assert signed.startswith(paper)  # signed over, not made again: the paper inside is the paper
    status = judged(signed, place, authority)
    assert status.bottom_line, status.pretty_print_details()
    assert status.coverage.name == "ENTIRE_FILE"
    assert status.timestamp_validity and status.timestamp_validity.trusted
    assert status.signing_cert.subject.native["common_name"] == "Seal"


def test_openssl_finds_the_signature_good(signed, place, tmp_path):
    first, length, second, rest = map(
        int, re.search(rb"/ByteRange *\[(\d+) (\d+) (\d+) (\d+)", signed).groups()
    )
    covered = signed[first : first + length] + signed[second : second + rest]
    hexed = signed[first + length : second].strip(b"<>\n ")
    (tmp_path / "content").write_bytes(covered)
    (tmp_path / "signature").write_bytes(bytes.fromhex(hexed.decode()))
    words = "cms -verify -binary -inform DER -in signature -content content -purpose any -out /dev/null"
    asked = ["openssl", *words.split(), "-CAfile", str(place / "root.pem")]
    done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (tmp_path / "content").write_bytes(covered.replace(b"%PDF-1", b"%PDF-2", 1))
    assert subprocess.run(asked, cwd=tmp_path, capture_output=True).returncode != 0


def test_a_changed_byte_is_seen(signed, place, authority):
    at = signed.index(b"stream") + 20
    changed = signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :]
    assert not judged(changed, place, authority).intact


def test_without_an_authority_it_is_signed_without_a_stamp(place, paper, authority):
    status = judged(PdfSigner(place / "sign.p12")(paper, "x"), place, authority)
    assert status.bottom_line and status.timestamp_validity is None


def silent(query: bytes) -> bytes:
    raise AuthorityUnavailable("nobody answers")


@pytest.mark.parametrize(
    "answer", [silent, lambda query: b"", lambda query: b"0\x82\xff\xff"], ids=["silent", "empty", "noise"]
)
def test_an_authority_that_gives_no_token_leaves_nothing_half_signed(answer, place, paper):
    with pytest.raises(UnableToSign, match="could not be signed"):
        PdfSigner(place / "sign.p12", answer)(paper, "x")


def test_a_missing_file_and_a_wrong_password_are_said(place, tmp_path):
    with pytest.raises(UnableToSign, match="is missing"):
        PdfSigner(tmp_path / "none.p12")
    (tmp_path / "s.p12").write_bytes((place / "sign.p12").read_bytes())
    (tmp_path / "s.p12.password").write_text("wrong")
    with pytest.raises(UnableToSign, match="cannot be opened with the password"):
        PdfSigner(tmp_path / "s.p12")
