"""Counting: one contact asked about, and a whole history judged, give the same answer; also when the law changes on the way."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shouyue.policy.contacts import Contacts, moment
from shouyue.policy.decision import Text
from shouyue.policy.kinds.count import Count
from shouyue.policy.parameter import Parameter
from shouyue.policy.table import NO, YES, Column, Table

START = datetime.fromisoformat("2026-03-01T09:00:00-05:00")


def number(*values: tuple[date, int]) -> Parameter:
    days, found = zip(*values, strict=True)
    return Parameter("p", Text("", ""), "days", (), date(2026, 1, 1), "high", days, found)


CAP = number((date(2021, 11, 30), 3), (date(2026, 3, 9), 2))
WINDOW = number((date(2021, 11, 30), 3), (date(2026, 3, 6), 7))
COUNTING = (("channel", ("phone",)), ("direction", ("outbound",)))
NONE = Column((None,))


def table(history: Contacts, asked: np.ndarray[Any, Any] | None) -> Table:
    if asked is None:
        return Table(history, None, history.at, history.offset.astype(np.int64), {}, lambda name: NONE)
    i = int(asked[0])
    return Table(history, asked, int(history.at[i]), int(history.offset[i]), {}, lambda name: NONE)


row = st.builds(
    lambda h, channel, matter: {
        "at": START + timedelta(hours=h),
        "debtor": "C",
        "matter": matter,
        "channel": channel,
        "direction": "outbound",
    },
    st.integers(0, 16 * 24),
    st.sampled_from(["phone", "phone", "sms"]),
    st.sampled_from(["D1", "D2"]),
)


@pytest.mark.parametrize("days", [5, WINDOW], ids=["a number", "a parameter that changes"])
@settings(max_examples=60, deadline=None)
@given(rows=st.lists(row, min_size=1, max_size=25))
def test_one_row_and_the_whole_table_agree(days: int | Parameter, rows: list[dict[str, Any]]) -> None:
    history = Contacts.of([r | {"contact": i + 1} for i, r in enumerate(rows)])
    kind = Count(CAP, "matter", days, COUNTING)
    whole = kind.judge(table(history, None))
    assert not isinstance(whole, int)
    for i in range(len(history)):
        upto = history.take(np.arange(i + 1))
        assert kind.judge(table(upto, np.array([i]))) == int(whole[i])


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(row, min_size=1, max_size=25))
def test_the_answer_is_what_a_person_would_count(rows: list[dict[str, Any]]) -> None:
    history = Contacts.of([r | {"contact": i + 1} for i, r in enumerate(rows)])
    last = len(history) - 1
    kind = Count(CAP, "matter", WINDOW, COUNTING)
    days = [(moment(int(at)) - timedelta(hours=5)).date() for at in history.at]
    today, length = days[last], int(WINDOW.on(days[last]))
    earlier = sum(
        history.channel[i] == 0
        and history.matter[i] == history.matter[last]
        and days[i] > today - timedelta(days=length)
        for i in range(last)
    )
    assert kind.judge(table(history, np.array([last]))) == (YES if earlier >= int(CAP.on(today)) else NO)
