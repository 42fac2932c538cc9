"""Numbers that carry their own proof: resident ID (GB 11643), company code (GB 32100), VIN (GB 16735).

A right check digit says that the number was copied well, not that it exists.
"""

from __future__ import annotations

import re

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VIN_VALUES = dict(
    zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True)
)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def resident_id_holds(number: str) -> bool:
    """Whether the last of 18 characters fits the others (mod 11-2). Judges neither birth nor county."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return False
    return (
        number[17]
        == "10X98765432"[sum(int(d) * w for d, w in zip(number[:17], _ID_WEIGHTS, strict=True)) % 11]
    )


def company_code_holds(number: str) -> bool:
    """Whether the last of the 18 characters of a 统一社会信用代码 fits the others (modulo 31)."""
    if len(number) != 18 or any(c not in _USCC for c in number):
        return False
    total = sum(_USCC.index(c) * pow(3, n, 31) for n, c in enumerate(number[:17]))
    return number[17] == _USCC[(31 - total % 31) % 31]


def vin_holds(number: str) -> bool:
    """Whether the ninth of the 17 characters of a 车架号 fits the others (modulo 11, X for ten)."""
    if len(number) != 17 or any(c not in _VIN_VALUES for c in number):
        return False
    total = sum(_VIN_VALUES[c] * w for c, w in zip(number, _VIN_WEIGHTS, strict=True))
    return number[8] == "0123456789X"[total % 11]
