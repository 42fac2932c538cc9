"""Half-open spans: what touches neither overlaps nor leaves a gap."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shouyue.clocks.span import Span, joined

FIRST = date(2026, 1, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(40)]


@st.composite
def spans(draw: st.DrawFn) -> Span[date]:
    start = draw(st.integers(0, 25))
    length = draw(st.none() | st.integers(1, 8))
    return Span(
        FIRST + timedelta(days=start), None if length is None else FIRST + timedelta(days=start + length)
    )


@given(spans(), spans())
def test_they_meet_exactly_where_both_are(a: Span[date], b: Span[date]) -> None:
    common = {d for d in DAYS if d in a and d in b}
    met = a.meet(b)
    assert common == ({d for d in DAYS if d in met} if met else set())
    assert a.overlaps(b) == b.overlaps(a) == (met is not None)


@given(st.lists(spans(), max_size=6))
def test_joining_changes_no_day_and_leaves_gaps_between(several: list[Span[date]]) -> None:
    together = joined(several)
    assert {d for d in DAYS if any(d in s for s in several)} == {
        d for d in DAYS if any(d in s for s in together)
    }
    for before, after in itertools.pairwise(together):
        assert before.end is not None and before.end < after.start


def test_the_end_does_not_belong() -> None:
    today = Span(date(2026, 3, 2), date(2026, 3, 3))
    assert date(2026, 3, 2) in today and date(2026, 3, 3) not in today


@pytest.mark.parametrize("end", [date(2026, 3, 2), date(2026, 3, 1)])
def test_an_empty_span_is_a_mistake(end: date) -> None:
    with pytest.raises(ValueError, match="must end after it starts"):
        Span(date(2026, 3, 2), end)


def test_a_moment_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="has no zone"):
        Span(datetime(2026, 3, 2, 9))
