"""What the columnar kinds count, against the same law written as plain loops over one debtor's contacts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from shouyue.policy.contacts import Contacts
from shouyue.policy.pack import load_pack
from shouyue.policy.survey import survey, table_of_history

PACK = load_pack("cn")
SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = datetime(2026, 3, 10, tzinfo=SHANGHAI)


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Calls to debtors and to a contact each has named, over four days, on both sides of the night."""
    rows = draw(
        st.lists(
            st.tuples(
                st.tuples(st.integers(0, 3), st.sampled_from([7, 8, 10, 12, 15, 21, 22]), st.integers(0, 59)),
                st.sampled_from([1, 1, 1, 2]),
                st.sampled_from(["debtor", "debtor", "debtor", "reserved_contact"]),
                st.sampled_from(["fail"] * 7 + ["reach"]),
                st.sampled_from(["outbound"] * 9 + ["inbound"]),
            ),
            min_size=4,
            max_size=40,
        )
    )
    return [
        {"debtor": d, "person": f"{d}{role}", "number": f"{d}{role}", "role": role, "channel": "phone", "direction": way,
         "result": result, "at": DAY + timedelta(days=t[0], hours=t[1], minutes=t[2]), "contact": i + 1}
        for i, (t, d, role, result, way) in enumerate(rows)
    ]  # fmt: skip


def blocked(rows: list[dict[str, Any]], rule: str) -> set[int]:
    """Ids of the contacts on which a rule speaks, by the columnar kinds."""
    history = Contacts.of(rows)
    found: set[int] = set()
    for heard in survey(PACK, table_of_history(PACK, history)):
        if heard.rule.id == rule:
            found |= set(history.contact[heard.rows].tolist())
    return found


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda r: (r["debtor"], r["at"], r["contact"]))


@settings(max_examples=80, deadline=None)
@given(histories())
def test_the_third_persons_ground(rows: list[dict[str, Any]]) -> None:
    """Three misses in a row, from the next day; three days of misses in a row, at once; a talk ends both."""
    expected: set[int] = set()
    state: dict[int, list[datetime]] = {}
    for row in in_order(rows):
        misses = state.setdefault(row["debtor"], [])
        if (
            row["role"] == "reserved_contact"
            and row["direction"] == "outbound"
            and not _open(misses, row["at"])
        ):
            expected.add(row["contact"])
        if row["role"] != "debtor":
            continue
        if row["direction"] == "inbound" or row["result"] == "reach":
            misses.clear()
        elif 8 <= row["at"].hour < 22:
            misses.append(row["at"])
    assert blocked(rows, "CBA-2026.third.trigger") == expected


def _open(misses: list[datetime], at: datetime) -> bool:
    if len(misses) >= 3 and at.date() > misses[2].date():
        return True
    days: list[date] = sorted({m.date() for m in misses})
    return any(c - a == timedelta(days=2) for a, _, c in zip(days, days[1:], days[2:], strict=False))


@settings(max_examples=60, deadline=None)
@given(histories())
def test_the_seventh_unanswered_call_to_one_number_in_a_day(rows: list[dict[str, Any]]) -> None:
    expected: set[int] = set()
    missed: dict[tuple[str, date], int] = {}
    for row in in_order(rows):
        if row["direction"] != "outbound":
            continue
        slot = (row["number"], row["at"].date())
        if missed.get(slot, 0) >= 6:
            expected.add(row["contact"])
        if row["result"] == "fail":
            missed[slot] = missed.get(slot, 0) + 1
    assert blocked(rows, "CBA-2026.attempts") == expected


@settings(max_examples=60, deadline=None)
@given(histories())
def test_the_night(rows: list[dict[str, Any]]) -> None:
    expected = {r["contact"] for r in rows if r["direction"] == "outbound" and not 8 <= r["at"].hour < 22}
    assert blocked(rows, "CBA-2026.hours") == expected
