"""What a sample says about everything it was drawn from: known values, and the law of the estimator."""

from __future__ import annotations

import random
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shouyue.desk.review.figures import kappa, rate, share, wilson
from shouyue.desk.review.sampling import PROBABILITY, WEIGHTS, Ground, Stratum, commitment, drawn, stratum


def test_wilson_against_published_values():
    """Newcombe 1998, table I, method 3: 81/263, 15/148, 0/20 and 1/29."""
    for hits, n, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        found = wilson(hits / n, n)
        assert found == pytest.approx((low, high), abs=5e-5)


def test_kappa_against_a_worked_example():
    """Twenty pairs yes-yes, five yes-no, ten no-yes, fifteen no-no: observed 0.7, chance 0.5, kappa 0.4."""
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    found = kappa(pairs)
    assert (found.n, found.observed) == (50, 0.7)
    assert found.kappa == pytest.approx(0.4)
    assert found.low < 0.4 < found.high


def test_kappa_says_nothing_where_nothing_can_be_said():
    assert kappa([]).kappa is None
    assert kappa([("clean", "clean")] * 9).kappa is None
    assert kappa([("a", "b"), ("b", "a")]).kappa == pytest.approx(-1.0)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(list(PROBABILITY.values()))), max_size=60))
def test_a_rate_lies_in_its_interval_and_within_nothing_and_all(rows):
    found = rate(rows)
    assert 0 <= found.low <= found.high <= 1
    if rows:
        assert found.low - 1e-9 <= found.value <= found.high + 1e-9
        assert found.stands_for == pytest.approx(sum(float(1 / p) for _, p in rows))


def test_nothing_looked_at_is_not_a_rate_of_nothing():
    assert (rate([]).value, rate([]).high) == (None, 1.0)
    assert share(0, 30).high > 0.1  # thirty clean ones do not prove that all are


def test_the_estimate_is_right_on_average_though_the_risky_are_drawn_more_often():
    """A population of which 2 % of the low and 40 % of the high stratum are violations, drawn ten thousand times less once."""
    chance = random.Random(7)
    people = [(chance.random() < 0.02, Fraction(1, 20)) for _ in range(4000)]
    people += [(chance.random() < 0.4, Fraction(1)) for _ in range(200)]
    truth = sum(y for y, _ in people) / len(people)
    estimates, covered = [], 0
    for _ in range(200):
        found = rate([(y, p) for y, p in people if chance.random() < p])
        estimates.append(found.value)
        covered += found.low <= truth <= found.high
    assert sum(estimates) / len(estimates) == pytest.approx(truth, rel=0.05)
    assert covered >= 180  # of 200, where 190 are promised


@given(st.binary(min_size=32, max_size=32), st.uuids())
def test_the_same_seed_draws_the_same_and_a_higher_chance_only_adds(seed: bytes, contact: UUID):
    taken = [drawn(seed, contact, PROBABILITY[s]) for s in (Stratum.LOW, Stratum.MIDDLE, Stratum.HIGH)]
    assert taken == sorted(taken)
    assert taken[-1]
    assert drawn(seed, contact, PROBABILITY[Stratum.LOW]) == taken[0]
    assert commitment(seed) != commitment(seed[::-1]) or seed == seed[::-1]


@given(st.lists(st.sampled_from(sorted(WEIGHTS)), unique=True))
def test_more_grounds_never_make_a_contact_less_risky(words):
    order = list(reversed(Stratum))
    all_of_them = stratum([Ground(w, WEIGHTS[w]) for w in words])
    for left_out in words:
        fewer = stratum([Ground(w, WEIGHTS[w]) for w in words if w != left_out])
        assert order.index(fewer) <= order.index(all_of_them)
