"""Two things that cannot both be true are both named; a record that agrees with itself, or is silent, is left alone."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from shouyue.casework.contradictions import Recorded, contradictions

AGREES = Recorded(
    today=date(2026, 3, 10),
    state="working",
    principal=Decimal("300.00"),
    signed_on=date(2025, 1, 1),
    overdue_since=date(2026, 1, 27),
    placed_on=date(2026, 3, 3),
    terms_total=3,
    terms_paid=1,
    guarantee_kind="抵押+连带责任保证",
    guarantors=1,
    as_of=date(2026, 3, 10),
    overdue=Decimal("100.00"),
    outstanding=Decimal("200.00"),
    days_past_due=42,
    instalments=[(n, date(2026, n, 27), Decimal("100.00")) for n in (1, 2, 3)],
    paid=[("P1", date(2026, 1, 2))],
    mortgage_on=date(2025, 1, 3),
    born_on=date(1988, 4, 12),
    id_born_on=date(1988, 4, 12),
)

WRONG = {
    "days_overdue": {"days_past_due": 40},
    "overdue_above_all": {"overdue": Decimal("200.01")},
    "payment_after_balance": {"paid": [("P2", date(2026, 3, 11))]},
    "balance_ahead": {"as_of": date(2026, 3, 11), "days_past_due": 43},
    "terms": {"terms_paid": 4},
    "schedule_sum": {"principal": Decimal("300.01")},
    "overdue_before_contract": {"signed_on": date(2026, 1, 28), "mortgage_on": date(2026, 1, 29)},
    "placed_before_overdue": {"placed_on": date(2026, 1, 26)},
    "mortgage_unregistered": {"mortgage_on": None},
    "mortgage_before_contract": {"mortgage_on": date(2024, 12, 31)},
    "no_guarantor": {"guarantors": 0},
    "guarantor_unnamed": {"guarantee_kind": "抵押"},
    "same_car": {"same_car": ["QC2"]},
    "born_on": {"born_on": date(1988, 4, 13)},
    "shared_number": {"shared_numbers": ["138****0001"]},
    "no_promise": {"state": "promised"},
    "promise_unjudged": {"promise_due": date(2026, 3, 9)},
    "no_dispute": {"state": "disputed"},
    "dispute_elsewhere": {"stops": ["dispute"]},
}


def test_a_record_that_agrees_or_is_silent_contradicts_nothing():
    assert contradictions(AGREES) == []
    assert contradictions(Recorded(today=date(2026, 3, 10))) == []


@pytest.mark.parametrize("id", sorted(WRONG))
def test_one_thing_wrong_is_one_finding_with_both_sides_in_both_languages(id):
    (found,) = contradictions(replace(AGREES, **WRONG[id]))
    assert found.id == id
    assert found.zh and found.en and found.zh != found.en


def test_the_day_of_a_payment_is_not_after_the_balance_of_that_day():
    assert contradictions(replace(AGREES, paid=[("P2", date(2026, 3, 10))])) == []
