"""The clocks of the mainland pack through the gate: the dates that the reference works out, and the day on either side."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shouyue.clocks.deadline import Period, corresponding, guarantee_period
from shouyue.policy.cases import Case, facts_of
from shouyue.policy.decision import Decision, Effect
from shouyue.policy.gate import decide
from shouyue.policy.pack import load_pack

CN = load_pack("cn")


def ask(**given: Any) -> Decision:
    facts, at = facts_of(CN, Case("", "", {"action": "clock_check", "channel": "internal", **given}, "allow"))
    return decide(CN, facts, at)


def spoken(decision: Decision, rule: str) -> Any:
    return next((s for s in decision.spoken if s.rule == rule and s.effect is not Effect.RECORD), None)


@pytest.mark.parametrize(
    ("given", "safe", "legal"),
    [
        ({"due_last": "2023-03-15"}, "2026-03-15", "2026-03-16"),
        ({"due_last": "2020-01-01", "interruptions": [{"type": "demand_arrived", "date": "2022-12-20"}]}, "2025-12-20", "2025-12-22"),
        ({"due_last": "2022-02-28", "interruptions": [{"type": "part_payment", "date": "2024-02-29"}]}, "2027-02-28", None),
        ({"due_last": "2023-05-19", "interruptions": [{"type": "missed_call", "date": "2025-09-01"}]}, "2026-05-19", None),
        ({"due_last": "2022-05-20", "interruptions": [{"type": "demand_arrived", "date": "2025-06-01"}]}, "2025-05-20", None),
    ],
)  # fmt: skip
def test_limitation_through_the_gate(given: dict[str, Any], safe: str, legal: str | None) -> None:
    found = spoken(ask(**given, today=safe), "CLK.lim.base")
    assert found is not None and found.facts["safe_deadline"] == safe and found.facts["days_left"] == 0
    assert found.facts.get("legal_last_day") == legal


@settings(max_examples=60, deadline=None)
@given(st.dates(date(2021, 1, 1), date(2027, 12, 31)), st.sampled_from([0, 1, 7, 30, 31, 90, 180, 181, 400]))
def test_the_alarm_rings_from_the_pack_s_days_before_the_safe_date(due: date, left: int) -> None:
    end = corresponding(due, 36)
    today = end - timedelta(days=left)
    found = spoken(ask(due_last=due.isoformat(), today=today.isoformat()), "CLK.lim.base")
    assert (found is not None) == (left <= int(CN.parameters["limitation_alarm"].on(today)))


def test_nothing_lengthens_a_claim_beyond_twenty_years() -> None:
    demands = [{"type": "demand_arrived", "date": f"{y}-06-01"} for y in range(2007, 2026, 2)]
    found = spoken(ask(due_last="2006-06-01", interruptions=demands, today="2026-05-20"), "CLK.lim.base")
    assert found is not None and found.facts["safe_deadline"] == "2026-06-01"


@settings(max_examples=60, deadline=None)
@given(st.dates(date(2021, 6, 1), date(2026, 6, 1)), st.integers(-3, 3))
def test_a_guarantee_is_over_the_day_after_its_last(due: date, after: int) -> None:
    end = guarantee_period(due, default=Period.read("6 months")).safe
    today = end + timedelta(days=after)
    decision = ask(
        guarantee={"main_due": due.isoformat(), "type": "joint", "claimed_at": None}, today=today.isoformat()
    )
    found = spoken(decision, "CLK.guarantee.period")
    assert found is not None
    if after <= 0:
        assert found.facts["days_left"] == -after


def test_enforcement_runs_two_years_from_the_last_instalment_of_a_title() -> None:
    due = {"first_due": "2024-06-28", "last_due": "2025-09-30"}
    assert (
        spoken(ask(mediation_statement=due, enforcement_filed=None, today="2026-11-23"), "CLK.exec") is None
    )
    found = spoken(ask(mediation_statement=due, enforcement_filed=None, today="2027-09-01"), "CLK.exec")
    assert found is not None and found.facts["safe_deadline"] == "2027-09-30"


def test_a_decision_of_today_does_not_depend_on_the_hour() -> None:
    given = {"due_last": "2023-03-15"}
    early, late = ("2026-03-15T00:00:00+08:00", "2026-03-15T23:59:59+08:00")
    for at in (early, late):
        facts, when = facts_of(
            CN, Case("", "", {"action": "clock_check", "channel": "internal", **given}, "allow", at=at)
        )
        assert when == datetime.fromisoformat(at)
        found = spoken(decide(CN, facts, when), "CLK.lim.base")
        assert found is not None and found.facts["days_left"] == 0
