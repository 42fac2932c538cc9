"""Sign papers with a certificate (PAdES): a PDF that any reader checks, with a time stamp where an authority answers."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

Ask = Callable[[bytes], bytes]  # a time-stamping request in, an answer out


class UnableToSign(Exception):
    """The paper could not be signed. It is not handed out unsigned in silence; the message says what to look at."""


class PdfSigner:
    """A key and its certificate from a PKCS#12 file; its password stands beside it, in `<file>.password`."""

    def __init__(self, file: Path, ask: Ask | None = None) -> None:
        from pyhanko.sign.signers import SimpleSigner

        password = file.with_name(file.name + ".password")
        if not file.exists() or not password.exists():
            raise UnableToSign(f"{file} or {password.name} beside it is missing")
        self._signer = SimpleSigner.load_pkcs12(str(file), passphrase=password.read_text().strip().encode())
        if self._signer is None:
            raise UnableToSign(f"{file} cannot be opened with the password in {password.name}")
        self._ask = ask

    def __call__(self, paper: bytes, reason: str) -> bytes:
        """The same paper, signed once, with a time stamp by the authority where there is one. Raises UnableToSign."""
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign.fields import SigSeedSubFilter
        from pyhanko.sign.signers import PdfSignatureMetadata, sign_pdf

        about = PdfSignatureMetadata(
            field_name="Shouyue", reason=reason[:200], subfilter=SigSeedSubFilter.PADES
        )
        try:
            signed = sign_pdf(
                IncrementalPdfFileWriter(io.BytesIO(paper)),
                about,
                signer=self._signer,
                timestamper=_Asked(self._ask) if self._ask else None,
            )
        except Exception as wrong:  # pyHanko raises many kinds; each means that nothing was signed
            raise UnableToSign(f"the paper could not be signed: {type(wrong).__name__}: {wrong}") from wrong
        return bytes(signed.getvalue())


def _Asked(ask: Ask) -> Any:  # noqa: N802 - a class made where its base is at hand
    from asn1crypto import tsp
    from pyhanko.sign.timestamps import TimeStamper

    class Asked(TimeStamper):
        async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
            return tsp.TimeStampResp.load(ask(req.dump()))

    return Asked()
