"""What a sample says about everything it was drawn from, and how far two reviewers agree. Methods stated, no library needed.

*Rate.* Contacts are drawn with known probabilities π. The Horvitz–Thompson total is Σ y/π over those reviewed, and the rate its Hájek
form, Σ(y/π) / Σ(1/π), which does not depend on how many happened to be drawn. The interval is Wilson's score interval at 95 %
on Kish's effective sample size, (Σ1/π)² / Σ(1/π)²: it is honest at rates of nothing and at small samples, where the
normal approximation is not. What was drawn and not yet reviewed is counted and shown, never assumed to be clean.

*Agreement.* Cohen's kappa over the pairs of verdicts, with its large-sample standard error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

Z = 1.959963984540054  # two-sided 95 %


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate with its 95 % interval, the rows it rests on and the number that they stand for."""

    value: float | None
    low: float
    high: float
    n: int  # rows looked at
    stands_for: float  # Σ 1/π
    total: float  # Horvitz–Thompson total of violations


def wilson(value: float, n: float) -> tuple[float, float]:
    """Wilson's score interval for a share `value` of `n` (which need not be whole)."""
    if n <= 0:
        return 0.0, 1.0
    middle = (value + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * sqrt(value * (1 - value) / n + Z * Z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def rate(rows: Iterable[tuple[bool, Fraction]]) -> Rate:
    """The rate of `True` among what the rows were drawn from; each row with the probability it was drawn with."""
    seen = [(bool(y), 1 / p) for y, p in rows]
    weight = sum((w for _, w in seen), Fraction(0))
    if not seen:
        return Rate(None, 0.0, 1.0, 0, 0.0, 0.0)
    total = sum((w for y, w in seen if y), Fraction(0))
    effective = weight * weight / sum((w * w for _, w in seen), Fraction(0))
    value = float(total / weight)
    low, high = wilson(value, float(effective))
    return Rate(value, low, high, len(seen), float(weight), float(total))


def share(yes: int, n: int) -> Rate:
    """A plain share of things all of which were looked at."""
    return rate((number < yes, Fraction(1)) for number in range(n))


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cohen's kappa: 1 is full agreement, 0 what chance alone would give. None where it says nothing."""

    kappa: float | None
    low: float
    high: float
    n: int
    observed: float


def kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> Agreement:
    """How far two reviewers agree beyond chance. With one category only, or no pair, kappa is not defined."""
    n = len(pairs)
    if not n:
        return Agreement(None, -1.0, 1.0, 0, 0.0)
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    observed = sum(a == b for a, b in pairs) / n
    chance = sum(first[c] * second[c] for c in first) / (n * n)
    if chance == 1:
        return Agreement(None, -1.0, 1.0, n, observed)
    value = (observed - chance) / (1 - chance)
    error = sqrt(observed * (1 - observed) / n) / (1 - chance)
    return Agreement(value, max(-1.0, value - Z * error), min(1.0, value + Z * error), n, observed)
