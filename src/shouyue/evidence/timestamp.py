"""Tokens of trusted time (RFC 3161), asked for and checked offline.

A token says: this digest existed at this time, says this authority. It is checked at the time it states, so that it stays
good after the authority's certificate has expired. Only DER with definite lengths is read, and nothing is read recursively.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

SHA256 = "2.16.840.1.101.3.4.2.1"
DIGESTS: dict[str, Any] = {
    SHA256: hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
RSA_PSS = "1.2.840.113549.1.1.10"
SIGNED_DATA, TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
LARGEST_TOKEN = 200_000
LONGEST_CHAIN = 6


class TokenRefused(ValueError):
    """The token does not prove the time. The message says why."""


@dataclass(frozen=True, slots=True)
class Der:
    """One element of DER: its tag, its content, and its bytes as they stand."""

    tag: int
    content: bytes
    whole: bytes


def _element(data: bytes, at: int = 0) -> Der:
    if at + 2 > len(data) or data[at] & 0x1F == 0x1F:
        raise TokenRefused("the token breaks off or has an unknown element")
    length, start = data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4:
            raise TokenRefused("an element of the token has no definite length")
        length, start = int.from_bytes(data[start : start + count], "big"), start + count
    if start + length > len(data):
        raise TokenRefused("the token breaks off")
    return Der(data[at], data[start : start + length], data[at : start + length])


def _inside(der: Der, tag: int | None = 0x30) -> list[Der]:
    if tag is not None and der.tag != tag:
        raise TokenRefused(f"expected an element {tag:#04x} in the token, found {der.tag:#04x}")
    return list(_elements(der.content))


def _elements(data: bytes) -> Iterator[Der]:
    at = count = 0
    while at < len(data):
        if (count := count + 1) > 1000:
            raise TokenRefused("the token has too many elements")
        one = _element(data, at)
        yield one
        at += len(one.whole)


def _oid(der: Der) -> str:
    if der.tag != 6 or not der.content or len(der.content) > 40:
        raise TokenRefused("the token names something without an identifier")
    numbers, value = [], 0
    for byte in der.content:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    if not numbers:
        raise TokenRefused("an identifier in the token breaks off")
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _integer(der: Der) -> int:
    if der.tag != 2 or not 1 <= len(der.content) <= 40:
        raise TokenRefused("the token has no number where one belongs")
    return int.from_bytes(der.content, "big", signed=True)


def _encode(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def _encode_integer(value: int) -> bytes:
    return _encode(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


_SHA256_DER = bytes.fromhex("300d06096086480165030402010500")


def request(digest: bytes, nonce: int) -> bytes:
    """A request (.tsq) for a token over this SHA-256 digest; the nonce is a fresh random number, the certificate is asked for."""
    if len(digest) != 32 or nonce <= 0:
        raise ValueError("a request needs a SHA-256 digest and a positive nonce")
    imprint = _encode(0x30, _SHA256_DER, _encode(4, digest))
    return _encode(0x30, _encode_integer(1), imprint, _encode_integer(nonce), b"\x01\x01\xff")


def requested(data: bytes) -> tuple[bytes, int | None]:
    """(digest, nonce) of a request."""
    fields = _inside(_element(data))
    if len(fields) < 2:
        raise TokenRefused("the request breaks off")
    imprint = _inside(fields[1])
    nonce = next((_integer(field) for field in fields[2:] if field.tag == 2), None)
    return imprint[-1].content, nonce


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says, as read; nothing is checked yet."""

    time: datetime
    policy: str
    serial: int
    nonce: int | None
    digest: bytes
    info: bytes  # the statement that was signed
    attributes: Der
    digest_oid: str
    signature_oid: str
    signature: bytes
    signer: Der  # how the signer is named
    certificates: tuple[x509.Certificate, ...]


def read_token(response: bytes) -> Token:
    """Take a response (.tsr) apart. Raises TokenRefused."""
    if len(response) > LARGEST_TOKEN:
        raise TokenRefused(f"a token of {len(response)} bytes is too large")
    try:
        return _read(response)
    except (IndexError, ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as wrong:
        if isinstance(wrong, TokenRefused):
            raise
        raise TokenRefused(f"the token cannot be read: {wrong}") from None


def _read(response: bytes) -> Token:
    outer = _element(response)
    if outer.whole != response:
        raise TokenRefused("there are bytes after the token")
    parts = _inside(outer)
    status = _integer(_inside(parts[0])[0])
    if status not in (0, 1) or len(parts) < 2:
        raise TokenRefused(f"the authority refused: status {status}")
    kind, wrapped = _inside(parts[1])[:2]
    if _oid(kind) != SIGNED_DATA:
        raise TokenRefused("the token is not signed data")
    signed = _inside(_inside(wrapped, 0xA0)[0])
    content_type, content = _inside(signed[2])[:2]
    if _oid(content_type) != TST_INFO:
        raise TokenRefused("the token states no time")
    info = _inside(content, 0xA0)[0].content
    certificates = tuple(
        x509.load_der_x509_certificate(one.whole)
        for field in signed[3:]
        if field.tag == 0xA0
        for one in list(_elements(field.content))[:20]
        if one.tag == 0x30
    )
    signers = _inside(signed[-1], 0x31)
    if len(signers) != 1:
        raise TokenRefused(f"the token has {len(signers)} signers, not one")
    signer = _inside(signers[0])
    if signer[3].tag != 0xA0:
        raise TokenRefused("the token's signer signed no attributes")
    statement = _inside(_element(info))
    imprint = _inside(statement[2])
    if _oid(_inside(imprint[0])[0]) != SHA256:
        raise TokenRefused("the token is over another kind of digest than SHA-256")
    return Token(
        time=_time(statement[4]),
        policy=_oid(statement[1]),
        serial=_integer(statement[3]),
        nonce=next((_integer(field) for field in statement[5:] if field.tag == 2), None),
        digest=imprint[1].content,
        info=info,
        attributes=signer[3],
        digest_oid=_oid(_inside(signer[2])[0]),
        signature_oid=_oid(_inside(signer[4])[0]),
        signature=signer[5].content,
        signer=signer[1],
        certificates=certificates,
    )


def _time(der: Der) -> datetime:
    text = der.content.decode("ascii", "replace")
    if der.tag != 0x18 or not text.endswith("Z"):
        raise TokenRefused(f"the time {text[:30]!r} is not in UTC")
    whole, _, fraction = text[:-1].partition(".")
    if not whole.isdigit() or (fraction and not fraction.isdigit()) or len(fraction) > 9:
        raise TokenRefused(f"the time {text[:30]!r} cannot be read")
    moment = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return moment.replace(microsecond=int((fraction + "000000")[:6]))


def check_token(
    response: bytes, digest: bytes, roots: Sequence[x509.Certificate], nonce: int | None = None
) -> tuple[Token, x509.Certificate]:
    """The token and its signer, refused unless all of this holds:

    1 it is over this SHA-256 digest, and answers the request with this nonce
    2 the signed attributes are over the statement and name the signer's certificate
    3 the signature is the signer's
    4 the signer may stamp times, and leads to one of `roots` by certificates that were valid at the stated time
    """
    token = read_token(response)
    if token.digest != digest:
        raise TokenRefused("the token is over another digest")
    if nonce is not None and token.nonce != nonce:
        raise TokenRefused("the token answers another request")
    try:
        signer = _signer_of(token)
        _check_attributes(token, signer)
        _check_signature(token, signer)
        _check_chain(token, signer, roots)
    except (IndexError, ValueError, UnsupportedAlgorithm, x509.DuplicateExtension) as wrong:
        if isinstance(wrong, TokenRefused):
            raise
        raise TokenRefused(f"the token cannot be read: {wrong}") from None
    return token, signer


def _signer_of(token: Token) -> x509.Certificate:
    for certificate in token.certificates:
        if token.signer.tag == 0x30:
            issuer, serial = _inside(token.signer)[:2]
            if certificate.issuer.public_bytes() == issuer.whole and certificate.serial_number == _integer(
                serial
            ):
                return certificate
        else:
            try:
                found = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
            except x509.ExtensionNotFound:
                continue
            if found.value.digest == token.signer.content:
                return certificate
    raise TokenRefused("the token does not carry its signer's certificate")


def _check_attributes(token: Token, signer: x509.Certificate) -> None:
    values: dict[str, Der] = {}
    for attribute in _elements(token.attributes.content):
        name, value = _inside(attribute)[:2]
        if _oid(name) in values:
            raise TokenRefused("an attribute of the token stands twice")
        values[_oid(name)] = _inside(value, 0x31)[0]
    if CONTENT_TYPE not in values or _oid(values[CONTENT_TYPE]) != TST_INFO:
        raise TokenRefused("the signature is not over a statement of time")
    digest = DIGESTS.get(token.digest_oid)
    if digest is None:
        raise TokenRefused(f"the digest {token.digest_oid} is not known here")
    if MESSAGE_DIGEST not in values or values[MESSAGE_DIGEST].content != _digest(digest, token.info):
        raise TokenRefused("the statement of time was changed")
    der = signer.public_bytes(serialization.Encoding.DER)
    if SIGNING_CERTIFICATE_V2 in values:
        identity = _inside(_inside(_inside(values[SIGNING_CERTIFICATE_V2])[0])[0])
        named: Any = hashes.SHA256()
        if identity[0].tag == 0x30:
            named = DIGESTS.get(_oid(_inside(identity[0])[0]))
            identity = identity[1:]
        fits = named is not None and identity[0].content == _digest(named, der)
    elif SIGNING_CERTIFICATE in values:
        identity = _inside(_inside(_inside(values[SIGNING_CERTIFICATE])[0])[0])
        fits = identity[0].content == hashlib.sha1(der, usedforsecurity=False).digest()
    else:
        fits = False
    if not fits:
        raise TokenRefused("the signature does not name the certificate it was made with")


def _digest(algorithm: Any, data: bytes) -> bytes:
    state = hashes.Hash(algorithm)
    state.update(data)
    return state.finalize()


def _check_signature(token: Token, signer: x509.Certificate) -> None:
    message = b"\x31" + token.attributes.whole[1:]  # the attributes are signed as a SET
    key, digest = signer.public_key(), DIGESTS[token.digest_oid]
    try:
        if isinstance(key, rsa.RSAPublicKey):
            if token.signature_oid == RSA_PSS:
                key.verify(
                    token.signature, message, padding.PSS(padding.MGF1(digest), padding.PSS.AUTO), digest
                )
            else:
                key.verify(token.signature, message, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(token.signature, message, ec.ECDSA(digest))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(token.signature, message)
        else:
            raise TokenRefused(f"signatures of {type(key).__name__} are not known here")
    except InvalidSignature:
        raise TokenRefused("the signature of the authority does not fit") from None


def _check_chain(token: Token, signer: x509.Certificate, roots: Sequence[x509.Certificate]) -> None:
    try:
        usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        stamps = usage.critical and list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
    except x509.ExtensionNotFound:
        stamps = False
    if not stamps:
        raise TokenRefused("the signer's certificate is not for stamping times")
    current = signer
    for _ in range(LONGEST_CHAIN):
        if not current.not_valid_before_utc <= token.time <= current.not_valid_after_utc:
            name = current.subject.rfc4514_string()
            raise TokenRefused(f"the certificate of {name} was not valid at {token.time:%Y-%m-%d %H:%M}")
        if current in roots:
            return
        above = next((c for c in (*roots, *token.certificates) if c != current and _issued(current, c)), None)
        if above is None:
            break
        current = above
    raise TokenRefused(f"nobody who is trusted stands behind {signer.subject.rfc4514_string()}")


def _issued(child: x509.Certificate, parent: x509.Certificate) -> bool:
    if child.issuer != parent.subject:
        return False
    try:
        authority = parent.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        child.verify_directly_issued_by(parent)
    except (x509.ExtensionNotFound, InvalidSignature, ValueError, TypeError):
        return False
    return authority
