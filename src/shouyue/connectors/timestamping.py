"""Time-stamping authorities (RFC 3161): one that is asked over HTTP, and one of our own that is worth nothing in court."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LARGEST_ANSWER = 200_000
WORTHLESS = "Shouyue demo time, worth nothing in court"
WORTHLESS_ZH = "演示用时间戳，不具证据效力"


class AuthorityUnavailable(Exception):
    """No token was given this time. Ask again later; nothing is lost."""


def ask(url: str, query: bytes, *, client: httpx.Client) -> bytes:
    """Send a request (.tsq) to an authority and return its answer (.tsr), unchecked. Raises AuthorityUnavailable."""
    try:
        answer = client.post(url, content=query, headers={"content-type": "application/timestamp-query"})
    except httpx.HTTPError as wrong:
        raise AuthorityUnavailable(f"{url} cannot be reached: {wrong}") from None
    if answer.status_code != 200 or len(answer.content) > LARGEST_ANSWER:
        raise AuthorityUnavailable(f"{url} answered {answer.status_code} with {len(answer.content)} bytes")
    return answer.content


class OwnAuthority:
    """An authority made with OpenSSL in a folder of our own, for demonstrations and tests. Its certificates say so."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def root(self) -> bytes:
        return (self.folder / "root.pem").read_bytes()

    def make(self, at: datetime) -> None:
        """Create keys and certificates, valid from a day before `at`, unless they are there."""
        if (self.folder / "root.pem").exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        whose = x509.NameAttribute(NameOID.ORGANIZATION_NAME, WORTHLESS_ZH)
        root_name = x509.Name([whose, x509.NameAttribute(NameOID.COMMON_NAME, f"{WORTHLESS}: root")])
        name = x509.Name([whose, x509.NameAttribute(NameOID.COMMON_NAME, WORTHLESS)])
        since, until = at - timedelta(days=1), at + timedelta(days=3650)

        def certificate(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
            blank = x509.CertificateBuilder().subject_name(subject).issuer_name(root_name)
            blank = blank.public_key(public).serial_number(x509.random_serial_number())
            return blank.not_valid_before(since).not_valid_after(until)

        root = (
            certificate(root_name, root_key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(root_key, hashes.SHA256())
        )
        stamp = (
            certificate(name, key.public_key())
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .sign(root_key, hashes.SHA256())
        )
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        fd = os.open(self.folder / "key.pem", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
        (self.folder / "stamp.pem").write_bytes(stamp.public_bytes(pem))
        (self.folder / "openssl.cnf").write_text(
            "[tsa]\ndefault_tsa = here\n[here]\nserial = serial\ndefault_policy = 1.2.3.4.1\n"
            "digests = sha256\nsigner_digest = sha256\naccuracy = secs:1\nordering = no\nclock_precision_digits = 3\n"
        )
        fresh = self.folder / "root.fresh"
        fresh.write_bytes(root.public_bytes(pem))
        fresh.rename(self.folder / "root.pem")

    def answer(self, query: bytes) -> bytes:
        """The token for this request, stamped with this machine's clock. Raises AuthorityUnavailable."""
        openssl = shutil.which("openssl")
        if not openssl:
            raise AuthorityUnavailable("the program openssl is not installed on this machine")
        with tempfile.TemporaryDirectory() as folder:
            asked = Path(folder) / "q.tsq"
            asked.write_bytes(query)
            words = [openssl, "ts", "-reply", "-config", "openssl.cnf", "-queryfile", str(asked)]
            words += ["-signer", "stamp.pem", "-inkey", "key.pem", "-out", str(asked.with_suffix(".tsr"))]
            done = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, timeout=20)  # noqa: S603
            if done.returncode:
                raise AuthorityUnavailable(f"openssl: {done.stderr.strip()[-300:]}")
            return asked.with_suffix(".tsr").read_bytes()


Ask = Callable[[bytes], bytes]  # a request in, an answer out
