"""An inclusion proof as a COSE receipt (RFC 9942), for those whose tools speak that: 95 bytes and 34 for each hash.

COSE_Sign1 with the root detached; the tree is RFC 9162 with SHA-256, the signature Ed25519 by the log. Only writing is here:
the package is checked by the proofs beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

VERIFIABLE_DATA_STRUCTURE, PROOFS, RFC9162_SHA256, INCLUSION, EDDSA = 395, 396, 1, -1, -8


def _head(major: int, value: int) -> bytes:
    """The first bytes of a CBOR item: its kind and a number or length, as short as it goes."""
    if value < 24:
        return bytes([major << 5 | value])
    width = next(w for w in (1, 2, 4, 8) if value < 1 << 8 * w)
    return bytes([major << 5 | 24 + width.bit_length() - 1]) + value.to_bytes(width, "big")


def _number(value: int) -> bytes:
    return _head(0, value) if value >= 0 else _head(1, -1 - value)


def _bytes(value: bytes) -> bytes:
    return _head(2, len(value)) + value


def _array(*items: bytes) -> bytes:
    return _head(4, len(items)) + b"".join(items)


def _map(*pairs: tuple[int, bytes]) -> bytes:
    return _head(5, len(pairs)) + b"".join(_number(key) + value for key, value in pairs)


def receipt(
    sign: Callable[[bytes], bytes], root: bytes, size: int, index: int, path: Sequence[bytes]
) -> bytes:
    """The receipt of the entry at `index` in the tree of this size and root. `sign` is the log's Ed25519 key."""
    protected = _map((1, _number(EDDSA)), (VERIFIABLE_DATA_STRUCTURE, _number(RFC9162_SHA256)))
    signed = _array(_head(3, 10) + b"Signature1", _bytes(protected), _bytes(b""), _bytes(root))
    proof = _array(_number(size), _number(index), _array(*map(_bytes, path)))
    unprotected = _map((PROOFS, _map((INCLUSION, _array(_bytes(proof))))))
    return b"\xd2" + _array(_bytes(protected), unprotected, b"\xf6", _bytes(sign(signed)))
