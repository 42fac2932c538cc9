"""An inclusion proof as a COSE receipt (RFC 9942), for those whose tools speak that: 95 bytes and 34 for each hash.

COSE_Sign1 with the root detached; the tree is RFC 9162 with SHA-256, the signature Ed25519 by the log. Only writing is here:
the package is checked by the proofs beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shouyue.evidence.leaf import cbor, cbor_head

VERIFIABLE_DATA_STRUCTURE, PROOFS, RFC9162_SHA256, INCLUSION, EDDSA = 395, 396, 1, -1, -8


def receipt(
    sign: Callable[[bytes], bytes], root: bytes, size: int, index: int, path: Sequence[bytes]
) -> bytes:
    """The receipt of the entry at `index` in the tree of this size and root. `sign` is the log's Ed25519 key."""
    protected = cbor({1: EDDSA, VERIFIABLE_DATA_STRUCTURE: RFC9162_SHA256})
    signed = cbor(["Signature1", protected, b"", root])
    unprotected = cbor({PROOFS: {INCLUSION: [cbor([size, index, list(path)])]}})
    return b"\xd2" + cbor_head(4, 4) + cbor(protected) + unprotected + b"\xf6" + cbor(sign(signed))
