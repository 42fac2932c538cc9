"""Allowed hours: the next lawful moment is lawful, and none earlier is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shouyue.clocks.calendar import Annual, Calendar
from shouyue.clocks.span import Span
from shouyue.clocks.window import AllOf, AnyOf, Except, Hours, Outside, Window, next_lawful, on_the_wall

# zones whose clocks jump, by an hour or half of one, and one that never does
ZONES = (
    "Asia/Shanghai",
    "America/New_York",
    "America/Los_Angeles",
    "Australia/Lord_Howe",
    "America/Phoenix",
    "Pacific/Apia",
)
HOLIDAY = Calendar("x", annual=(Annual("Thanksgiving", 11, weekday=3, nth=4),), annual_from=2000)
# around the spring and autumn changes of both hemispheres
starts = st.sampled_from(
    [datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC)]
)
moments = st.builds(lambda s, m: s + timedelta(minutes=m), starts, st.integers(0, 3 * 1440))
clock = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
hours = st.builds(
    Hours,
    st.sampled_from(ZONES),
    clock,
    clock,
    st.none() | st.frozensets(st.integers(0, 6), min_size=4),
    st.none() | st.just(HOLIDAY),
)


@st.composite
def outside(draw: st.DrawFn) -> Outside:
    start = draw(moments)
    return Outside((Span(start, start + timedelta(minutes=draw(st.integers(1, 3000)))),))


simple = st.one_of(hours, st.builds(Except, hours), outside())
windows = st.one_of(
    simple, st.builds(AnyOf, st.tuples(simple, simple)), st.builds(AllOf, st.tuples(simple, simple))
)


@settings(max_examples=150, deadline=None)
@given(windows, moments)
def test_the_next_lawful_moment_is_lawful_and_no_earlier_one_is(window: Window, at: datetime) -> None:
    found = window.next(at)
    until = found if found is not None else at + timedelta(days=9)
    if found is not None:
        assert found >= at and window.allows(found)
    minutes = min(int((until - at) / timedelta(minutes=5)), 9 * 288)
    assert not any(
        window.allows(at + timedelta(minutes=5 * n))
        for n in range(minutes)
        if at + timedelta(minutes=5 * n) < until
    )
    if found is not None and found > at:
        assert not window.allows(found - timedelta(seconds=1))


@settings(max_examples=100, deadline=None)
@given(st.lists(simple, min_size=1, max_size=3), moments)
def test_several_windows_open_when_all_do(several: list[Window], at: datetime) -> None:
    found = next_lawful(at, several)
    assert found == next_lawful(at, reversed(several))
    assert found is None or all(w.allows(found) for w in several)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(ZONES), st.dates(date(2026, 3, 1), date(2026, 11, 30)), clock, clock)
def test_a_stretch_of_the_wall_clock_is_what_the_wall_shows(
    where: str, day: date, start: time, end: time
) -> None:
    if end != time.min and start >= end:
        return
    spans = on_the_wall(where, day, start, end)
    noon = datetime.combine(day, time(12), ZoneInfo(where)).astimezone(UTC)
    for n in range(-80, 80):
        at = noon + timedelta(minutes=15 * n)
        wall = at.astimezone(ZoneInfo(where))
        shows = wall.date() == day and start <= wall.time() and (end == time.min or wall.time() < end)
        assert any(at in s for s in spans) == shows


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-03-02T21:59:59+08:00", "2026-03-02T21:59:59+08:00"),
        ("2026-03-02T22:00:00+08:00", "2026-03-03T08:00:00+08:00"),
        ("2026-03-02T07:59:59+08:00", "2026-03-02T08:00:00+08:00"),
        ("2026-03-02T23:30:00+09:00", "2026-03-03T09:00:00+09:00"),
    ],
)
def test_from_eight_until_just_before_ten(when: str, expected: str) -> None:
    found = next_lawful(at(when), [Hours("Asia/Shanghai", time(8), time(22))])
    assert found is not None and found.isoformat() == expected


def test_both_coasts_at_once() -> None:
    both = [Hours("America/New_York", time(8), time(21)), Hours("America/Los_Angeles", time(8), time(21))]
    assert next_lawful(at("2026-03-04T09:00:00-05:00"), both) == at("2026-03-04T11:00:00-05:00")
    assert next_lawful(at("2026-03-04T21:00:00-05:00"), both) == at("2026-03-05T11:00:00-05:00")


def test_on_the_day_the_clocks_go_forward_the_morning_comes_an_hour_sooner() -> None:
    found = next_lawful(at("2026-03-07T22:00:00-05:00"), [Hours("America/New_York", time(8), time(21))])
    assert found == at("2026-03-08T08:00:00-04:00") == at("2026-03-08T12:00:00+00:00")


def test_an_hour_that_does_not_exist_is_never_allowed_and_one_that_happens_twice_is_allowed_twice() -> None:
    early = Hours("America/New_York", time(2), time(3))
    assert next_lawful(at("2026-03-08T00:30:00-05:00"), [early]) == at("2026-03-09T02:00:00-04:00")
    one = Hours("America/New_York", time(1), time(2))
    assert one.allows(at("2026-11-01T05:30:00+00:00")) and one.allows(at("2026-11-01T06:30:00+00:00"))
    assert not one.allows(at("2026-11-01T07:00:00+00:00"))


def test_a_window_over_midnight_belongs_to_the_day_it_opened() -> None:
    saturday_night = Hours("Asia/Shanghai", time(22), time(2), frozenset({5}))
    assert saturday_night.allows(at("2026-03-08T01:59:00+08:00"))
    assert not saturday_night.allows(at("2026-03-08T22:30:00+08:00"))


def test_windows_that_never_meet_say_so() -> None:
    night, day = Hours("Asia/Shanghai", time(22), time(6)), Hours("Asia/Shanghai", time(8), time(20))
    assert next_lawful(at("2026-03-02T12:00:00+08:00"), [night, day]) is None
    assert Outside((Span(at("2026-03-02T12:00:00+08:00")),)).next(at("2026-03-03T12:00:00+08:00")) is None
    assert Except(Hours("Asia/Shanghai", time(0), time(0))).next(at("2026-03-03T12:00:00+08:00")) is None
