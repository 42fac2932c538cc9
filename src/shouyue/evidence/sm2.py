"""Signatures with SM2 (GB/T 32918.2, on the curve of GB/T 32918.5), checked with whole numbers and SM3 alone.

Neither `cryptography` nor a browser knows SM2, so it is written out here, to be read beside the standard:

    Z = SM3(length of the signer's id, id, a, b, G, public point)        e = SM3(Z, message)
    t = r + s mod n,  (x, y) = s·G + t·P        the signature holds when r = e + x mod n
"""

from __future__ import annotations

from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from shouyue.evidence.leaf import sm3

SM2_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
SM2_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
SM2_A = SM2_P - 3
SM2_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
SM2_X = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
SM2_Y = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0
SM2_SIGNER = b"1234567812345678"  # the id that the standard gives to whoever has none


class NotSM2(ValueError):
    """The bytes are no point of the curve, or no signature."""


class SM2Point(NamedTuple):
    """A point as (X : Y : Z), standing for x = X/Z², y = Y/Z³; the point at infinity has Z = 0."""

    x: int
    y: int
    z: int = 1


SM2_G = SM2Point(SM2_X, SM2_Y)


def sm2_point(public: bytes) -> SM2Point:
    """A public key, 65 bytes: 04, x, y. The curve has no small subgroups, so that being on it is enough."""
    x, y = int.from_bytes(public[1:33], "big"), int.from_bytes(public[33:], "big")
    if len(public) != 65 or public[0] != 4 or max(x, y) >= SM2_P:
        raise NotSM2("a public key has 65 bytes: 04 and two numbers below p")
    if (y * y - (x * x + SM2_A) * x - SM2_B) % SM2_P:
        raise NotSM2("the public key is no point of the curve")
    return SM2Point(x, y)


def sm2_double(one: SM2Point) -> SM2Point:
    x, y, z = one
    yy = y * y % SM2_P
    s, m = 4 * x * yy % SM2_P, 3 * (x - z * z) * (x + z * z) % SM2_P  # a = -3
    third = (m * m - 2 * s) % SM2_P
    return SM2Point(third, (m * (s - third) - 8 * yy * yy) % SM2_P, 2 * y * z % SM2_P)


def sm2_add(one: SM2Point, other: SM2Point) -> SM2Point:
    if not one.z or not other.z:
        return one if one.z else other
    first, second = one.z * one.z % SM2_P, other.z * other.z % SM2_P
    u, s = one.x * second % SM2_P, one.y * second * other.z % SM2_P
    h, r = (other.x * first - u) % SM2_P, (other.y * first * one.z - s) % SM2_P
    if not h:
        return SM2Point(1, 1, 0) if r else sm2_double(one)
    hh = h * h % SM2_P
    hhh, v = h * hh % SM2_P, u * hh % SM2_P
    x = (r * r - hhh - 2 * v) % SM2_P
    return SM2Point(x, (r * (v - x) - s * hhh) % SM2_P, h * one.z * other.z % SM2_P)


def sm2_sum(s: int, t: int, public: SM2Point) -> SM2Point:
    """s·G + t·P, bit by bit from the top."""
    both, found = sm2_add(SM2_G, public), SM2Point(1, 1, 0)
    for place in range(max(s.bit_length(), t.bit_length()) - 1, -1, -1):
        found = sm2_double(found)
        if which := (s >> place & 1) + 2 * (t >> place & 1):
            found = sm2_add(found, (SM2_G, public, both)[which - 1])
    return found


def sm2_x(point: SM2Point) -> int:
    """The x of a point that is not at infinity."""
    return point.x * pow(point.z, -2, SM2_P) % SM2_P


def sm2_digest(public: bytes, message: bytes) -> int:
    """e: the message, bound to the signer's id and key."""
    curve = b"".join(number.to_bytes(32, "big") for number in (SM2_A, SM2_B, SM2_X, SM2_Y))
    bits = (8 * len(SM2_SIGNER)).to_bytes(2, "big")
    return int.from_bytes(sm3(sm3(bits + SM2_SIGNER + curve + public[1:]) + message), "big")


def sm2_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this is a signature of the message: two numbers from 1 to n - 1, in the one form of DER. Raises NotSM2 for a wrong key."""
    point = sm2_point(public)
    try:
        r, s = decode_dss_signature(signature)
    except ValueError:
        return False
    t = (r + s) % SM2_N
    if not (0 < r < SM2_N and 0 < s < SM2_N and t) or encode_dss_signature(r, s) != signature:
        return False
    found = sm2_sum(s, t, point)
    return found.z != 0 and (sm2_digest(public, message) + sm2_x(found)) % SM2_N == r
