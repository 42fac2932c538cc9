"""Hours on every clock a person may be on, and times somebody asked to be spared."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shouyue.policy.contacts import NOTHING, microseconds, moment
from shouyue.policy.decision import Text
from shouyue.policy.facts import UNKNOWN
from shouyue.policy.kinds.avoid import Avoid
from shouyue.policy.kinds.hours import Allowed
from shouyue.policy.parameter import Parameter
from shouyue.policy.table import MAYBE, NO, YES, Column, Table

NOWHERE = Text("", "")


def number(value: str) -> Parameter:
    return Parameter(
        "p", NOWHERE, "local time", (), date(2026, 1, 1), "high", (date(2021, 11, 30),), (value,)
    )


HOURS = Allowed(number("08:00"), number("21:00"), "zones", "agreed")
SPARED = Avoid("times", "zones")
ZONES = ("America/New_York", "America/Los_Angeles", "America/Phoenix", "Pacific/Honolulu")


def table(at: datetime, **facts: Any) -> Table:
    known = {name: Column((value,)) for name, value in facts.items()}
    none = Column((None,))
    return Table(NOTHING, None, microseconds(at), 0, known, lambda name: none)


moments = st.datetimes(datetime(2026, 3, 1), datetime(2026, 11, 30), timezones=st.just(ZoneInfo("UTC")))


@settings(max_examples=150, deadline=None)
@given(moments, st.lists(st.sampled_from(ZONES), min_size=1, max_size=3))
def test_it_is_open_only_where_every_wall_says_so(at: datetime, zones: list[str]) -> None:
    walls = [at.astimezone(ZoneInfo(z)).strftime("%H:%M:%S.%f") for z in zones]
    inside = all("08:00:00.000000" < w < "21:00:00.000000" for w in walls)
    assert HOURS.judge(table(at, zones=zones)) == (NO if inside else YES)


@settings(max_examples=100, deadline=None)
@given(moments, st.lists(st.sampled_from(ZONES), min_size=1, max_size=2))
def test_when_it_opens_it_is_open_and_just_before_it_is_not(at: datetime, zones: list[str]) -> None:
    now = table(at, zones=zones)
    if HOURS.judge(now) == YES:
        until = HOURS.until(now)
        assert until is not None and until > microseconds(at)
        assert HOURS.judge(table(moment(until), zones=zones)) == NO
        assert HOURS.judge(table(moment(until - 1), zones=zones)) == YES


@pytest.mark.parametrize("zones", [UNKNOWN, None, [], ["America/New_York", "Beijing"]])
def test_not_knowing_where_somebody_is_is_not_permission(zones: Any) -> None:
    assert HOURS.judge(table(datetime.fromisoformat("2026-03-10T16:00:00+00:00"), zones=zones)) == MAYBE


def test_hours_agreed_to_are_open_as_well_and_no_longer() -> None:
    agreed = [{"start": "21:00", "end": "22:30"}]
    for clock, answer in (("21:00", NO), ("22:29", NO), ("22:30", YES), ("07:00", YES)):
        at = datetime.fromisoformat(f"2026-03-10T{clock}:00-04:00")
        assert HOURS.judge(table(at, zones=["America/New_York"], agreed=agreed)) == answer


@settings(max_examples=100, deadline=None)
@given(
    moments, st.lists(st.integers(0, 6), min_size=1, unique=True), st.sampled_from([None, "12:00", "22:00"])
)
def test_a_wish_ends_when_it_says(at: datetime, days: list[int], start: str | None) -> None:
    wish = {"days": days, "start": start, "end": "02:00" if start == "22:00" else "15:00" if start else None}
    now = table(at, zones=["America/New_York"], times=[wish])
    if SPARED.judge(now) == YES:
        until = SPARED.until(now)
        if len(days) == 7 and start is None:
            assert until is None
        else:
            assert until is not None
            assert SPARED.judge(table(moment(until), zones=["America/New_York"], times=[wish])) == NO
            assert SPARED.judge(table(moment(until - 1), zones=["America/New_York"], times=[wish])) == YES


def test_a_wish_that_has_run_out_binds_nobody() -> None:
    wish = {"days": [1], "start": None, "end": None, "until": "2026-03-10"}
    zones = ["America/New_York"]
    last = datetime.fromisoformat("2026-03-10T23:59:59-04:00")
    assert SPARED.judge(table(last, zones=zones, times=[wish])) == YES
    until = SPARED.until(table(last, zones=zones, times=[wish]))
    assert until is not None and moment(until) == datetime.fromisoformat("2026-03-11T00:00:00-04:00")
    assert (
        SPARED.judge(table(datetime.fromisoformat("2026-03-17T12:00:00-04:00"), zones=zones, times=[wish]))
        == NO
    )
    assert SPARED.judge(table(last, zones=zones, times=UNKNOWN)) == MAYBE
    assert SPARED.judge(table(last, zones=UNKNOWN, times=[wish])) == MAYBE
    assert SPARED.judge(table(last, zones=zones, times=[])) == NO


WISHES = (
    (),
    ({"days": [1, 3], "start": None, "end": None, "until": "2026-06-30"},),
    ({"days": [4], "start": "22:00", "end": "02:00"}, {"days": None, "start": "12:00", "end": "13:00"}),
    UNKNOWN,
)
AGREED = ((), ({"start": "21:00", "end": "22:30"},))
rows = st.tuples(
    moments,
    st.sampled_from([("America/New_York",), ("America/New_York", "America/Los_Angeles"), (), UNKNOWN]),
    st.sampled_from(WISHES),
    st.sampled_from(AGREED),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(rows, min_size=1, max_size=12))
def test_one_row_and_the_whole_table_agree(several: list[tuple[datetime, Any, Any, Any]]) -> None:
    def column(values: list[Any]) -> Column:
        distinct = list(dict.fromkeys(map(str, values)))
        return Column(
            [next(v for v in values if str(v) == d) for d in distinct],
            np.array([distinct.index(str(v)) for v in values]),
        )

    at = np.array([microseconds(a) for a, *_ in several])
    known = {name: column([r[i] for r in several]) for i, name in ((1, "zones"), (2, "times"), (3, "agreed"))}
    whole = Table(
        NOTHING, np.arange(len(at)), at, np.zeros(len(at), np.int64), known, lambda name: Column((None,))
    )
    for kind in (HOURS, SPARED):
        answers = kind.judge(whole)
        assert not isinstance(answers, int)
        for i, (moment_, zones, times, agreed) in enumerate(several):
            assert kind.judge(table(moment_, zones=zones, times=times, agreed=agreed)) == int(answers[i])
