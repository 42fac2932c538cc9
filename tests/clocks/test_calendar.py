"""Working days: holidays and make-up days as data, and an unknown year is never guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shouyue.clocks.calendar import Annual, Calendar, UnknownYear, UnknownZone, local_day

CN = Calendar.read(
    {
        "name": "cn",
        "years": {
            2025: {"holidays": {date(2025, 12, 31): "年末"}},
            2026: {
                "cite": "国办发明电〔2025〕7号",
                "holidays": {date(2026, 1, d): "元旦" for d in (1, 2, 3)}
                | {date(2026, 2, d): "春节" for d in range(15, 24)},
                "working": {date(2026, 1, 4): "元旦", date(2026, 2, 14): "春节", date(2026, 2, 28): "春节"},
            },
        },
    }
)
FEDERAL = Calendar(
    "us",
    annual=(
        Annual("New Year's Day", 1, 1, observed=True),
        Annual("Martin Luther King", 1, weekday=0, nth=3),
        Annual("Memorial Day", 5, weekday=0, nth=-1),
        Annual("Juneteenth", 6, 19, since=2021, observed=True),
        Annual("Independence Day", 7, 4, observed=True),
        Annual("Thanksgiving", 11, weekday=3, nth=4),
        Annual("Christmas", 12, 25, observed=True),
    ),
    annual_from=2000,
)
days_2026 = st.dates(date(2026, 1, 1), date(2026, 11, 30))


@given(days_2026)
def test_rolling_finds_the_first_working_day(day: date) -> None:
    rolled = CN.roll(day)
    assert CN.is_working(rolled) and rolled >= day
    assert not any(CN.is_working(day + timedelta(days=n)) for n in range((rolled - day).days))


@given(days_2026, st.integers(1, 15))
def test_adding_working_days_counts_them(day: date, n: int) -> None:
    end = CN.add(day, n)
    assert CN.is_working(end)
    assert CN.between(day + timedelta(days=1), end + timedelta(days=1)) == n


@given(st.dates(date(2026, 3, 1), date(2026, 11, 30)), st.integers(1, 15))
def test_counting_back_undoes_counting_on(day: date, n: int) -> None:
    start = CN.roll(day)
    assert CN.add(CN.add(start, n), -n) == start


def test_a_weekend_day_is_worked_in_exchange_for_a_holiday() -> None:
    assert date(2026, 2, 14).weekday() == 5 and CN.is_working(date(2026, 2, 14))
    assert not CN.is_working(date(2026, 2, 21)) and not CN.is_working(date(2026, 3, 1))
    assert CN.roll(date(2026, 2, 15)) == date(2026, 2, 24)
    assert CN.holiday(date(2026, 2, 16)) == "春节" and CN.holiday(date(2026, 3, 1)) is None


def test_a_year_nobody_announced_is_an_error_that_says_so() -> None:
    with pytest.raises(UnknownYear, match="was not told the holidays of 2027; it knows 2025 to 2026"):
        CN.is_working(date(2027, 1, 4))
    with pytest.raises(UnknownYear):
        CN.add(date(2026, 12, 30), 5)
    with pytest.raises(UnknownYear, match="begins in 2000"):
        FEDERAL.is_working(date(1999, 1, 4))


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 1, 19), "Martin Luther King"),
        (date(2026, 5, 25), "Memorial Day"),
        (date(2026, 6, 19), "Juneteenth"),
        (date(2020, 6, 19), None),
        (date(2026, 7, 3), "Independence Day"),
        (date(2026, 7, 4), "Independence Day"),
        (date(2027, 7, 5), "Independence Day"),
        (date(2026, 11, 26), "Thanksgiving"),
        (date(2021, 12, 31), "New Year's Day"),
        (date(2026, 12, 31), None),
    ],
)
def test_federal_holidays_and_the_days_they_are_observed_on(day: date, name: str | None) -> None:
    assert FEDERAL.holiday(day) == name


@pytest.mark.parametrize(
    "year",
    [
        {"holidays": {date(2025, 1, 1): "元旦"}},
        {"holidays": {date(2026, 1, 4): "a"}, "working": {date(2026, 1, 4): "b"}},
    ],
)
def test_a_notice_that_contradicts_itself_is_refused(year: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="calendar x, year 2026"):
        Calendar.read({"name": "x", "years": {2026: year}})


def test_the_day_is_the_debtors() -> None:
    at = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
    assert local_day(at, "Asia/Shanghai") == date(2026, 3, 3)
    assert local_day(at, "America/New_York") == date(2026, 3, 2)
    with pytest.raises(UnknownZone, match="'Beijing' is no time zone"):
        local_day(at, "Beijing")
    with pytest.raises(ValueError, match="has no zone"):
        local_day(datetime(2026, 3, 2), "Asia/Shanghai")
