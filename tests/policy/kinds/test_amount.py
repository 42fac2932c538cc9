"""Sums in words."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shouyue.policy.kinds.amount import sums

DIGITS, CAPITALS = "零一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖"


def written(number: int, digits: str, units: tuple[str, str, str]) -> str:
    """A number below a hundred million as it is written out in full."""
    ten, hundred, thousand = units
    if number >= 10_000:
        rest = number % 10_000
        gap = digits[0] if 0 < rest < 1000 else ""
        return (
            written(number // 10_000, digits, units)
            + "万"
            + (gap + written(rest, digits, units) if rest else "")
        )
    said, gap = "", False
    for value, unit in ((1000, thousand), (100, hundred), (10, ten), (1, "")):
        digit = number // value % 10
        if digit:
            said += (digits[0] if gap and said else "") + digits[digit] + unit
        gap = digit == 0
    return said


@given(st.integers(11, 99_999_999), st.booleans())
def test_a_number_written_out_is_the_number(number: int, capitals: bool) -> None:
    digits, units = (CAPITALS, ("拾", "佰", "仟")) if capitals else (DIGITS, ("十", "百", "千"))
    assert sums(f"应还{written(number, digits, units)}元整") == [Decimal(number)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("12,873.60元", ["12873.60"]),
        ("￥500", ["500"]),
        ("500块钱", ["500"]),
        ("3千元", ["3000"]),
        ("1.5万", ["15000"]),
        ("一万五块", ["15000"]),
        ("十五万元", ["150000"]),
        ("两万块", ["20000"]),
        ("一块来谈", []),
        ("门口那块牌子", []),
        ("跑了3万公里", []),
    ],
)
def test_how_people_write_a_sum(text: str, found: list[str]) -> None:
    assert sums(text) == [Decimal(one) for one in found]
