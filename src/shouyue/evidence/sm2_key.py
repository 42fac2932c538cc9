"""A private key of SM2: what signs. Not part of the verifier, which only needs sm2.py.

The secret number of each signature comes from the key and the message (RFC 6979, with SM3), so that a machine with bad random
numbers gives nothing away. Whole numbers of Python take more or less time by their value: docs/trust.md says what that means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import accumulate

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hmac import HMAC

from shouyue.evidence.checkpoint import PRIVATE, SM2, Line, VerifierKey
from shouyue.evidence.sm2 import SM2_G, SM2_N, SM2_P, NotSM2, SM2Point, sm2_add, sm2_digest, sm2_double, sm2_x


class SM2Key:
    """A number from 1 to n - 2, 32 bytes; `public` is its point, 65 bytes."""

    def __init__(self, secret: bytes) -> None:
        self._d = int.from_bytes(secret, "big")
        if len(secret) != 32 or not 0 < self._d < SM2_N - 1:
            raise NotSM2("a private key is 32 bytes, a number from 1 to n - 2")
        point = _times(self._d)
        y = point.y * pow(point.z, -3, SM2_P) % SM2_P
        self.public = b"\x04" + sm2_x(point).to_bytes(32, "big") + y.to_bytes(32, "big")

    def sign(self, message: bytes, noise: int = 0) -> bytes:
        """The signature in DER; the same message gives the same one. `noise`, a random number below 2^64, changes nothing but how
        long it takes.
        """
        e = sm2_digest(self.public, message)
        for k in self._numbers(e):
            r = (e + sm2_x(_times(k, noise))) % SM2_N
            s = pow(1 + self._d, -1, SM2_N) * (k - r * self._d) % SM2_N
            if r and s and (r + k) % SM2_N:
                return encode_dss_signature(r, s)
        raise AssertionError("there are always more numbers")

    def _numbers(self, e: int) -> Iterator[int]:
        """RFC 6979, 3.2: numbers from 1 to n - 1 that nobody can foresee without the key."""
        seed = self._d.to_bytes(32, "big") + (e % SM2_N).to_bytes(32, "big")
        key, value = b"\0" * 32, b"\1" * 32
        for step in (b"\0", b"\1"):
            key = _hmac(key, value + step + seed)
            value = _hmac(key, value)
        while True:
            value = _hmac(key, value)
            if 0 < (k := int.from_bytes(value, "big")) < SM2_N:
                yield k
            key = _hmac(key, value + b"\0")
            value = _hmac(key, value)


class SM2Signer:
    """An SM2 key that signs a log's heads beside its principal key. `noise` gives a fresh random number below 2^64 each time."""

    def __init__(self, name: str, secret: bytes, noise: Callable[[], int] = lambda: 0) -> None:
        self._private, self._noise = SM2Key(secret), noise
        self.key = VerifierKey(name, PRIVATE, SM2 + self._private.public)

    def sign(self, text: str, seconds: int) -> Line:
        """As every signer; this kind states no time."""
        return Line(self.key.name, self.key.id, self._private.sign(text.encode(), self._noise()))


def _hmac(key: bytes, data: bytes) -> bytes:
    state = HMAC(key, hashes.SM3())
    state.update(data)
    return state.finalize()


def _times(k: int, noise: int = 0) -> SM2Point:
    """k·G. A multiple of n is added first: how long this takes then says little about k, least of all its length."""
    blinded, found = k + ((1 << 64) + noise) * SM2_N, SM2Point(1, 1, 0)
    for place, doubled in enumerate(_doubled()):
        if blinded >> place & 1:
            found = sm2_add(found, doubled)
    return found


@cache
def _doubled() -> tuple[SM2Point, ...]:
    """G, 2·G, 4·G, … as far as `_times` goes."""
    return tuple(accumulate(range(320), lambda point, _: sm2_double(point), initial=SM2_G))
