"""The holidays of each pack: the notices as data, and the legal date shown beside the safe one."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from shouyue.clocks.calendar import Calendar, UnknownYear
from shouyue.clocks.deadline import Period, deadline
from shouyue.policy.facts import Facts
from shouyue.policy.gate import decide
from shouyue.policy.pack import load_pack


def calendar(pack: str) -> Calendar:
    found = load_pack(pack).calendar
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-02-14", True),  # a Saturday worked for Spring Festival
        ("2026-02-16", False),
        ("2026-02-24", True),
        ("2026-05-09", True),
        ("2026-05-10", False),
        ("2025-10-08", False),
        ("2025-10-11", True),
        ("2024-02-09", True),  # New Year's Eve was left to employers that year
        ("2024-02-18", True),
    ],
)
def test_the_notices_of_the_state_council(day: str, worked: bool) -> None:
    assert calendar("cn").is_working(date.fromisoformat(day)) == worked


def test_each_year_has_its_statutory_days_and_its_notice() -> None:
    for year in calendar("cn").years.values():
        names = "".join(set(year.holidays.values()))
        for festival in ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"):
            assert festival in names
        assert all(d.weekday() >= 5 for d in year.working) and year.cite


def test_a_year_without_a_notice_is_not_guessed() -> None:
    with pytest.raises(UnknownYear):
        calendar("cn").is_working(date(2027, 1, 4))


def test_a_period_that_ends_in_a_holiday_rolls_over_all_of_it_and_over_no_day_that_is_worked() -> None:
    cn = calendar("cn")
    assert deadline(date(2023, 10, 1), Period.read("3 years"), cn).legal == date(2026, 10, 8)
    assert deadline(date(2025, 8, 31), Period.read("6 months"), cn).legal == date(
        2026, 2, 28
    )  # a Saturday that is worked


def test_the_reason_shows_both_dates() -> None:
    pack = load_pack("cn")
    known = {
        "action": "clock_check",
        "channel": "internal",
        "due_last": "2023-03-15",
        "interruptions": [],
        "suspensions": [],
    }
    decision = decide(pack, Facts.of(known), datetime.fromisoformat("2026-02-23T10:00:00+08:00"))
    found = next(s for s in decision.spoken if s.rule == "CLK.lim.base")
    assert found.facts["safe_deadline"] == "2026-03-15" and found.facts["legal_last_day"] == "2026-03-16"
    assert found.facts["days_left"] == 20
