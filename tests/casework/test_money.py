"""Sums are exact: what is paid is shared out whole, in the lawful order; promises and plans are judged by payments alone."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shouyue.casework import plan, promise
from shouyue.casework.allocation import LAWFUL_ORDER, Debt, OverAllocated, Owed, allocate, spread

cents = st.integers(0, 10**6).map(lambda n: Decimal(n) / 100)
some = st.integers(1, 10**6).map(lambda n: Decimal(n) / 100)
oweds = st.builds(Owed, costs=cents, interest=cents, principal=cents, breach_fee=cents)
days = st.dates(date(2025, 1, 1), date(2027, 12, 31))
TODAY = date(2026, 3, 10)


@given(oweds, some)
def test_a_payment_is_shared_out_whole_and_a_later_part_only_after_an_earlier_is_paid(owed, amount):
    if amount > owed.total:
        with pytest.raises(OverAllocated, match=r"give .* back"):
            allocate(amount, owed)
        return
    paid = allocate(amount, owed)
    assert sum(paid.values()) == amount
    for earlier, later in pairwise(LAWFUL_ORDER):
        assert 0 <= paid[later] <= getattr(owed, later)
        if paid[later]:
            assert paid[earlier] == getattr(owed, earlier)


@given(st.lists(st.tuples(oweds, days, cents, cents), min_size=1, max_size=5), some, st.data())
def test_several_debts_are_paid_whole_in_the_order_of_article_560(rows, amount, data):
    debts = [Debt(str(n), owed, due, secured, burden) for n, (owed, due, secured, burden) in enumerate(rows)]
    chosen = data.draw(st.lists(st.sampled_from([d.id for d in debts]), unique=True))
    total = sum(d.owed.total for d in debts)
    if amount > total:
        with pytest.raises(OverAllocated):
            spread(amount, debts, TODAY, chosen=chosen)
        return
    paid = spread(amount, debts, TODAY, chosen=chosen)
    assert sum(paid.values()) == amount
    assert all(0 <= paid[d.id] <= d.owed.total for d in debts)
    full = {d.id: paid[d.id] == d.owed.total for d in debts}
    for later in debts:
        if not paid[later.id] or later.id in chosen:
            continue
        assert all(full[id] for id in chosen)  # what the debtor named comes first
        for earlier in debts:
            if earlier.id not in chosen and earlier.due_on <= TODAY < later.due_on:
                assert full[earlier.id]  # what is due, before what is not


def test_equals_are_paid_in_proportion_to_the_cent():
    alike = [
        Debt(id, Owed(principal=Decimal(sum_)), TODAY)
        for id, sum_ in (("a", "100"), ("b", "100"), ("c", "100"))
    ]
    assert sorted(spread(Decimal("100"), alike, TODAY).values()) == [
        Decimal("33.33"),
        Decimal("33.33"),
        Decimal("33.34"),
    ]


@pytest.mark.parametrize("amount", ["0", "-1", "0.001"])
def test_what_is_no_payment_is_refused(amount):
    with pytest.raises(ValueError, match="is no payment"):
        allocate(Decimal(amount), Owed(principal=Decimal(10)))


@given(some, cents, days, st.integers(-400, 400))
def test_a_promise_is_broken_by_nothing_but_a_day_that_has_ended_without_the_money(amount, paid, due, ahead):
    became = promise.judge(promise.Due(due, amount), paid, due + timedelta(days=ahead))
    assert (became == "kept") == (paid >= amount)
    if became in {"broken", "partly_kept"}:
        assert ahead > 0
        assert paid < amount
    if became == "broken":
        assert paid == 0


@given(some, st.integers(1, 60), days)
def test_equal_parts_make_a_plan_over_the_whole_sum(total, count, first):
    if total < Decimal(count) / 100:
        return
    parts = plan.equal_parts(total, count, first)
    plan.check(parts, total=total, today=first, longest_months=60)
    assert max(p.amount for p in parts[:-1] or parts) <= parts[-1].amount


@given(st.lists(some, min_size=1, max_size=6), cents, st.integers(-10, 300))
def test_a_plan_runs_until_an_instalment_is_missed_and_ends_when_all_is_paid(sums, paid, ahead):
    parts = [plan.Part(TODAY + timedelta(days=30 * n), amount) for n, amount in enumerate(sums)]
    today = TODAY + timedelta(days=ahead)
    became = plan.judge(parts, paid, today)
    due = sum((p.amount for p in parts if p.due_on < today), Decimal(0))
    expected = "fulfilled" if paid >= sum(sums) else "broken" if paid < due else "agreed"
    assert became == expected


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ([], "at least one instalment"),
        ([plan.Part(TODAY, Decimal("0"))], "above zero"),
        ([plan.Part(TODAY - timedelta(1), Decimal("10"))], "before today"),
        ([plan.Part(TODAY, Decimal("5")), plan.Part(TODAY, Decimal("5"))], "same day"),
        ([plan.Part(TODAY, Decimal("9"))], "come to 9; the plan is over 10"),
        ([plan.Part(date(2036, 1, 1), Decimal("10"))], "at most 60"),
    ],
)
def test_what_is_no_plan_says_what_was_found_and_what_is_expected(parts, says):
    with pytest.raises(plan.NoPlan, match=says):
        plan.check(parts, total=Decimal("10"), today=TODAY, longest_months=60)
