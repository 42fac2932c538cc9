"""Is this number of the kind that it looks like? Check digits, prefixes, dates; nothing about who owns it.

Counties are not looked up: old and new codes both live on in cards. A date is any of the calendar between 1900 and 2099.
"""

from __future__ import annotations

import re
from operator import mul

# provinces, as the first two digits of a resident ID or of a company's code; 99 is nobody's and serves invented people
_PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 91 99".split()  # noqa: SIM905
)
_PROVINCE = f"(?:{'|'.join(sorted(_PROVINCES))})"
_DAY = "(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)|02(?:0[1-9]|[12][0-9]))"
_RESIDENT_ID = re.compile(f"{_PROVINCE}[0-9]{{4}}(?:19|20)[0-9]{{2}}{_DAY}[0-9]{{3}}[0-9X]", re.ASCII)
_OLD_RESIDENT_ID = re.compile(f"{_PROVINCE}[0-9]{{6}}{_DAY}[0-9]{{2}}[0-9X]", re.ASCII)
_MOBILE = re.compile("1(?:3[0-9]|4[014-9]|5[0-35-9]|6[2567]|7[0-8]|8[0-9]|9[0-35-9])[0-9]{8}", re.ASCII)
# issuers' prefixes with the lengths they come in: UnionPay 62, older domestic debit cards, Visa, MasterCard, JCB, Amex
_CARD = re.compile(
    "62[0-9]{14,17}|(?:9558|9559|103|621)[0-9]{12,16}|4[0-9]{15}|5[1-5][0-9]{14}|2(?:2[2-9]|[3-6][0-9]|7[01])[0-9]{13}"
    "|35(?:2[89]|[3-8][0-9])[0-9]{12}|3[47][0-9]{13}",
    re.ASCII,
)
_ZERO = ord("0")  # sums are taken over the characters' codes
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643
_ID_ZEROS = _ZERO * sum(_ID_WEIGHTS)
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")  # twice a digit, its own digits added
_LANDLINE = re.compile("(?:010|02[0-57-9]|0[3-9][0-9]{2})[2-8][0-9]{6,7}", re.ASCII)
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC = re.compile("[1-9ANY][1-9][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
VIN_SIZE = 17
_VIN = re.compile(f"[A-HJ-NPR-Z0-9]{{{VIN_SIZE}}}")
_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", (*range(1, 9), 1, 2, 3, 4, 5, 7, 9, *range(2, 10), *range(10)), strict=True))  # fmt: skip
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)  # GB 16735


def is_province(digits: str) -> bool:
    """Two digits that a resident ID may begin with."""
    return digits in _PROVINCES


def resident_id_shape(digits: str) -> bool:
    """18 characters with a province and a date where they belong; what the check character says is not looked at."""
    return _RESIDENT_ID.fullmatch(digits) is not None


def is_resident_id(digits: str) -> bool:
    """18 characters, the last 0-9 or X, check character right (ISO 7064 mod 11-2)."""
    return resident_id_shape(digits) and resident_id_check(digits)


def resident_id_check(digits: str) -> bool:
    """The check character of 18 is right."""
    total = sum(map(mul, digits.encode(), _ID_WEIGHTS)) - _ID_ZEROS
    return "10X98765432"[total % 11] == digits[17]


def is_old_resident_id(digits: str) -> bool:
    """15 digits of the first generation: a province and a date of the 20th century; nothing to check them by."""
    return _OLD_RESIDENT_ID.fullmatch(digits) is not None


def is_mobile(digits: str) -> bool:
    """11 digits with a prefix that mainland operators were given."""
    return _MOBILE.fullmatch(digits) is not None


def landline_shape(digits: str) -> bool:
    """An area code, and a number that does not begin like a mobile's or a service's."""
    return _LANDLINE.fullmatch(digits) is not None


def card_shape(digits: str) -> bool:
    """An issuer's prefix with a length it comes in; never 18 digits with a date where an ID has it."""
    return _CARD.fullmatch(digits) is not None and not resident_id_shape(digits)


_ANY_SHAPE = re.compile(
    "|".join(
        [_MOBILE.pattern, _CARD.pattern, _LANDLINE.pattern, _RESIDENT_ID.pattern, _OLD_RESIDENT_ID.pattern]
    ),
    re.ASCII,
)


def any_shape(digits: str, start: int | None = None) -> bool:
    """Does one of the shapes above stand anywhere in a row of digits, or begin at this place?"""
    found = _ANY_SHAPE.search(digits) if start is None else _ANY_SHAPE.match(digits, start)
    return found is not None


def luhn(digits: str) -> bool:
    """Check digit of payment cards. One random number in ten passes."""
    raw = digits.encode()
    return (sum(raw[-1::-2]) + sum(raw[-2::-2].translate(_DOUBLED)) - _ZERO * len(raw)) % 10 == 0


def is_uscc(code: str) -> bool:
    """Unified social credit code of a company: 18 characters, check character right (mod 31)."""
    if not _USCC.fullmatch(code):
        return False
    total = sum(_USCC_ALPHABET.index(c) * w for c, w in zip(code, _USCC_WEIGHTS, strict=False))
    return _USCC_ALPHABET[-total % 31] == code[17]


def vin_shape(code: str) -> bool:
    """17 characters without I, O and Q, with letters and digits among them."""
    return _VIN.fullmatch(code) is not None and not code.isdigit() and not code.isalpha()


def is_vin(code: str) -> bool:
    """The check character in ninth place is right."""
    if not vin_shape(code):
        return False
    rest = sum(_VIN_VALUES[c] * w for c, w in zip(code, _VIN_WEIGHTS, strict=True)) % 11
    return code[8] == "0123456789X"[rest]
