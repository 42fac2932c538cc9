"""Legal periods: the safe date needs no luck, the legal date is shown beside it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shouyue.clocks.calendar import Calendar, Year
from shouyue.clocks.deadline import (
    Deadline,
    Interruption,
    Limitation,
    Obstacle,
    Period,
    assumed_receipt,
    corresponding,
    deadline,
    earliest,
    guarantee,
    guarantee_period,
    limitation,
    validation_period_end,
)
from shouyue.clocks.span import Span
from tests.clocks.test_calendar import FEDERAL

PLAIN = Calendar("weekends", years={y: Year({}) for y in range(2020, 2030)})
days = st.dates(date(2015, 1, 1), date(2035, 12, 31))
THREE, TWO, SIX_MONTHS, TWENTY = (Period.read(p) for p in ("3 years", "2 years", "6 months", "20 years"))


def prescribed(start: date, *events: Interruption, obstacles: tuple[Obstacle, ...] = ()) -> Limitation:
    return limitation(
        start,
        period=THREE,
        interruptions=events,
        obstacles=obstacles,
        tail=SIX_MONTHS,
        outer=TWENTY,
        calendar=PLAIN,
    )


# ── counting ──


@given(days, st.integers(0, 300))
def test_the_corresponding_day_is_the_same_day_or_the_months_last(start: date, months: int) -> None:
    end = corresponding(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == start.day or (end.day < start.day and (end + timedelta(days=1)).day == 1)


@given(days, days, st.integers(1, 40))
def test_a_later_start_never_ends_earlier(a: date, b: date, months: int) -> None:
    first, second = sorted((a, b))
    assert corresponding(first, months) <= corresponding(second, months)


@given(st.dates(date(2020, 1, 1), date(2029, 6, 1)), st.integers(1, 200))
def test_the_safe_date_is_never_after_the_legal_one(start: date, n: int) -> None:
    found = deadline(start, Period(days=n), PLAIN)
    assert found.safe == start + timedelta(days=n)
    assert (
        found.legal is not None
        and PLAIN.is_working(found.legal)
        and 0 <= (found.legal - found.safe).days <= 2
    )


@pytest.mark.parametrize(
    ("start", "period", "safe", "legal"),
    [
        ("2023-03-15", "3 years", "2026-03-15", "2026-03-16"),
        ("2024-02-29", "3 years", "2027-02-28", "2027-03-01"),
        ("2025-12-31", "6 months", "2026-06-30", "2026-06-30"),
        ("2025-08-31", "6 months", "2026-02-28", "2026-03-02"),
        ("2024-12-04", "2 years", "2026-12-04", "2026-12-04"),
        ("2026-03-02", "15 days", "2026-03-17", "2026-03-17"),
        ("2024-01-31", "1 month", "2024-02-29", "2024-02-29"),
        ("2026-03-06", "5 working days", "2026-03-13", "2026-03-13"),
    ],
)
def test_worked_dates(start: str, period: str, safe: str, legal: str) -> None:
    found = deadline(date.fromisoformat(start), Period.read(period), PLAIN)
    assert (str(found.safe), str(found.legal)) == (safe, legal)


def test_a_legal_date_nobody_can_know_yet_is_none_and_the_safe_one_stands() -> None:
    far = deadline(date(2028, 3, 15), THREE, PLAIN)
    assert far == Deadline(date(2031, 3, 15), None)


@pytest.mark.parametrize("text", ["3", "three years", "-1 days", "3 decades", ""])
def test_words_that_are_no_period_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no period"):
        Period.read(text)


def test_a_period_reads_as_it_is_written() -> None:
    assert [str(Period.read(t)) for t in ("36 months", "1 year", "2 weeks", "5 working days", "1 day")] == [
        "3 years",
        "1 year",
        "14 days",
        "5 working days",
        "1 day",
    ]


@given(days, st.integers(-40, 400))
def test_an_alarm_rings_at_each_step_and_when_it_has_passed(end: date, left: int) -> None:
    rung = Deadline(end).alarm(end - timedelta(days=left), (180, 90, 30, 7))
    if left < 0:
        assert rung == 0
    elif left > 180:
        assert rung is None
    else:
        assert rung is not None and rung >= left and not any(left <= n < rung for n in (180, 90, 30, 7))


# ── limitation ──

events = st.lists(
    st.builds(Interruption, st.dates(date(2019, 1, 1), date(2045, 1, 1)), st.just("demand")), max_size=6
)


@given(events)
def test_every_interruption_is_counted_or_ignored_with_a_reason(several: list[Interruption]) -> None:
    found = prescribed(date(2020, 1, 10), *several)
    assert sorted(e.on for e in several) == sorted(
        [*(e.on for e in found.counted), *(e.on for e, _ in found.ignored)]
    )
    assert found.deadline is not None and found.outer is not None and found.deadline.safe <= found.outer.safe
    assert found.began == max([date(2020, 1, 10), *(e.on for e in found.counted)])


@given(events, st.permutations(range(6)))
def test_the_order_of_the_file_does_not_matter(several: list[Interruption], order: list[int]) -> None:
    mixed = [several[i] for i in order if i < len(several)]
    assert prescribed(date(2020, 1, 10), *several) == prescribed(date(2020, 1, 10), *mixed)


@given(st.dates(date(2020, 1, 11), date(2030, 1, 1)))
def test_a_demand_helps_on_the_last_day_and_not_after_it(on: date) -> None:
    found = prescribed(date(2020, 1, 10), Interruption(on, "demand"))
    end = date(2023, 1, 10)
    assert (found.began == on) == (on <= end)
    assert found.deadline is not None and (found.deadline.safe == corresponding(on, 36)) == (on <= end)


def test_a_demand_in_time_only_by_the_roll_is_left_to_counsel() -> None:
    found = prescribed(date(2023, 3, 15), Interruption(date(2026, 3, 16), "demand"))
    assert found.began == date(2023, 3, 15) and "counsel decides" in found.ignored[0][1]
    late = prescribed(date(2023, 3, 15), Interruption(date(2026, 3, 17), "demand"))
    assert "counsel" not in late.ignored[0][1]


def test_the_period_begins_anew_when_the_proceeding_ends_and_stands_still_meanwhile() -> None:
    suit = Interruption(date(2021, 5, 6), "suit", ended=date(2022, 8, 1))
    during = Interruption(date(2021, 9, 1), "demand")
    assert prescribed(date(2020, 1, 10), suit).deadline == Deadline(date(2025, 8, 1), date(2025, 8, 1))
    assert prescribed(date(2020, 1, 10), suit, during).began == date(2022, 8, 1)
    pending = prescribed(date(2020, 1, 10), Interruption(date(2021, 5, 6), "suit", pending=True), during)
    assert pending.deadline is None and not pending.expired(date(2039, 1, 1))


def test_nothing_moves_the_outer_limit() -> None:
    demands = [Interruption(date(2020 + n, 1, 9), "demand") for n in range(2, 20, 2)]
    found = prescribed(date(2020, 1, 10), *demands)
    assert found.deadline is not None and found.deadline.safe == date(2040, 1, 10)


@pytest.mark.parametrize(
    ("begins", "ends", "safe"),
    [
        ("2022-09-01", "2022-10-01", "2023-04-01"),  # inside the last six months: six more from its end
        ("2022-01-01", "2022-07-10", "2023-01-10"),  # gone before they begin: nothing
        ("2021-01-01", "2022-07-11", "2023-01-11"),  # reaches into them by one day
        ("2023-01-10", "2023-02-01", "2023-08-01"),  # begins on the last day
        ("2023-01-11", "2023-02-01", "2023-01-10"),  # too late
    ],
)
def test_an_obstacle_in_the_last_six_months_leaves_six_more(begins: str, ends: str, safe: str) -> None:
    flood = Obstacle(Span(date.fromisoformat(begins), date.fromisoformat(ends)), "flood")
    found = prescribed(date(2020, 1, 10), obstacles=(flood,))
    assert found.deadline is not None and str(found.deadline.safe) == safe
    assert bool(found.paused) == (safe != "2023-01-10")


def test_nobody_relies_on_an_obstacle_whose_end_is_unknown() -> None:
    found = prescribed(date(2020, 1, 10), obstacles=(Obstacle(Span(date(2022, 9, 1)), "no administrator"),))
    assert found.obstructed is not None
    assert found.deadline is not None and found.deadline.safe == date(2023, 1, 10)


def test_a_demand_while_paused_still_restarts() -> None:
    flood = Obstacle(Span(date(2022, 9, 1), date(2022, 10, 1)), "flood")
    found = prescribed(date(2020, 1, 10), Interruption(date(2023, 3, 1), "demand"), obstacles=(flood,))
    assert found.began == date(2023, 3, 1)


# ── guarantees ──


def period_of(main_due: date, agreed: date | Period | None = None, clear: bool = True) -> Deadline:
    return guarantee_period(main_due, default=SIX_MONTHS, agreed=agreed, clear=clear, calendar=PLAIN)


@given(days, st.none() | days, st.booleans())
def test_a_guarantee_never_ends_before_or_with_the_debt(due: date, agreed: date | None, clear: bool) -> None:
    end = period_of(due, agreed, clear).safe
    assert end > due
    assert end == (agreed if agreed is not None and clear and agreed > due else corresponding(due, 6))


def test_an_agreed_length_counts_from_maturity() -> None:
    assert period_of(date(2025, 3, 20), TWO).safe == date(2027, 3, 20)
    assert period_of(date(2025, 3, 20), TWO, clear=False).safe == date(2025, 9, 20)


def test_instalments_alarm_on_the_earliest() -> None:
    dues = [date(2025, m, 20) for m in (6, 4, 5)]
    assert earliest(period_of(d) for d in dues).safe == date(2025, 10, 20)


@pytest.mark.parametrize(
    ("joint", "claimed", "sued", "saved"),
    [
        (True, "2026-06-30", None, True),
        (True, "2026-07-01", None, False),
        (True, None, "2026-05-01", False),
        (False, "2026-05-01", None, False),
        (False, None, "2026-06-30", True),
        (False, None, "2026-07-01", False),
    ],
)
def test_each_kind_is_saved_by_its_own_act_inside_the_period(
    joint: bool, claimed: str, sued: str, saved: bool
) -> None:
    found = guarantee(
        period_of(date(2025, 12, 31)),
        joint=joint,
        claimed=date.fromisoformat(claimed) if claimed else None,
        sued_debtor=date.fromisoformat(sued) if sued else None,
        limitation_period=THREE,
    )
    assert (found.saved is not None) == saved
    assert found.lost(date(2026, 7, 2)) != saved and not found.lost(date(2026, 6, 30))
    if joint and saved:
        assert found.limitation is not None and found.limitation.deadline is not None
        assert found.limitation.deadline.safe == date(2029, 6, 30)
    else:
        assert found.limitation is None


# ── validation period ──


@pytest.mark.parametrize(
    ("sent", "received", "end"),
    [
        (date(2026, 1, 15), date(2026, 1, 23), date(2026, 2, 22)),  # weekend and King's birthday
        (date(2026, 3, 2), date(2026, 3, 9), date(2026, 4, 8)),
        (date(2026, 6, 30), date(2026, 7, 8), date(2026, 8, 7)),  # 4 July is a Saturday: Friday too
        (date(2026, 11, 20), date(2026, 11, 30), date(2026, 12, 30)),
    ],
)
def test_the_validation_period_skips_weekends_and_holidays_then_runs_on_all_days(
    sent: date, received: date, end: date
) -> None:
    assert assumed_receipt(sent, working_days=5, calendar=FEDERAL) == received
    assert validation_period_end(received, days=30) == end


@given(st.dates(date(2021, 1, 1), date(2035, 12, 1)))
def test_receipt_is_assumed_after_five_days_of_work(sent: date) -> None:
    received = assumed_receipt(sent, working_days=5, calendar=FEDERAL)
    assert FEDERAL.is_working(received)
    assert FEDERAL.between(sent + timedelta(days=1), received + timedelta(days=1)) == 5
    assert 5 <= (received - sent).days <= 12
