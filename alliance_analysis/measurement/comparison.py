"""How many cases a fair comparison of two vendors needs, and what a given number can tell apart."""

from __future__ import annotations

import math

import scipy


def power(first: float, second: float, cases: float, alpha: float = 0.05) -> float:
    """Return the chance that two vendors with these true rates are told apart, with so many cases each.

    Two-sided z test of two proportions, pooled under the null; rates are fractions. The chance of a verdict
    for the wrong vendor is left out. Source: montgomery2013introduction.

    >>> round(power(0.50, 0.75, 50), 2)
    0.74
    """
    _checked(first, second, alpha)
    pooled = (first + second) / 2
    null = math.sqrt(2 * pooled * (1 - pooled))
    true = math.sqrt(first * (1 - first) + second * (1 - second))
    distance = math.sqrt(cases) * abs(first - second) - scipy.stats.norm.isf(alpha / 2) * null
    return float(scipy.stats.norm.cdf(distance / true)) if true else float(distance > 0)


def least_cases(first: float, second: float, power_wanted: float = 0.8, alpha: float = 0.05) -> int:
    """Return how many cases each vendor needs until two true rates are told apart with the wanted power.

    >>> least_cases(0.95, 0.90)
    435
    """
    _checked(first, second, alpha)
    if not alpha < power_wanted < 1:
        raise ValueError(f"the power must lie between {alpha} and 1, got {power_wanted}")
    if first == second:
        raise ValueError("equal rates cannot be told apart by any number of cases")
    found = scipy.optimize.brentq(lambda n: power(first, second, n, alpha) - power_wanted, 1e-9, 1e12)
    return math.ceil(float(found))


def _checked(first: float, second: float, alpha: float) -> None:
    if not (0 <= first <= 1 and 0 <= second <= 1 and 0 < alpha < 1):
        raise ValueError(f"rates lie from 0 to 1 and alpha between 0 and 1, got {first}, {second}, {alpha}")
