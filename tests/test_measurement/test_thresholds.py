"""False breaches, grace counts, run lengths, operating curves, penalties and fair sample sizes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alliance_analysis.agreement.files import Money
from alliance_analysis.measurement.charts import chart
from alliance_analysis.measurement.comparison import least_cases, power
from alliance_analysis.measurement.penalties import false_penalties
from alliance_analysis.measurement.series import series
from alliance_analysis.measurement.thresholds import (
    Grace,
    average_run_length,
    breach_probability,
    breach_probability_counts,
    due_probability,
    expected_due,
    operating_curve,
)

ZIGZAG = [96.2, 95.1, 97.0, 94.8, 96.5, 95.9, 96.8, 95.3, 96.1, 94.9, 96.4, 95.7]
"""Twelve invented values that test the formula only: they zigzag, so their percentages mean nothing."""


@pytest.mark.parametrize(("threshold", "month", "year"), [(94, 0.0479, 0.445), (95, 0.2167, 0.947)])
def test_reference_values_of_the_formula(threshold: float, month: float, year: float) -> None:
    sigma = np.abs(np.diff(ZIGZAG)).mean() / 1.128
    found = float(breach_probability(np.mean(ZIGZAG), sigma, threshold, "higher"))
    assert found == pytest.approx(month, abs=5e-4)
    assert due_probability(found, 12) == pytest.approx(1 - (1 - found) ** 12)
    assert due_probability(found, 12) == pytest.approx(year, abs=3e-3)


@given(st.floats(0, 1), st.floats(0.001, 0.2), st.floats(0, 1))
def test_direction_is_a_mirror(level: float, sigma: float, threshold: float) -> None:
    below = float(breach_probability(level, sigma, threshold, "higher"))
    assert below == pytest.approx(float(breach_probability(-level, sigma, -threshold, "lower")))
    assert below + float(breach_probability(level, sigma, threshold, "lower")) == pytest.approx(1)


def test_a_process_without_variation_breaches_always_or_never() -> None:
    assert breach_probability([0.94, 0.95, 0.96], 0, 0.95, "higher").tolist() == [1, 0, 0]
    with pytest.raises(ValueError, match="negative or missing"):
        breach_probability(0.9, np.nan, 0.95, "higher")


@given(st.integers(1, 60), st.integers(0, 60), st.floats(0.01, 0.99))
def test_counts_are_summed_exactly(size: int, hits: int, rate: float) -> None:
    """A rate on the threshold keeps the promise, whatever the rounding of threshold x size."""
    hits = min(hits, size)
    chances = stats.binom.pmf(np.arange(size + 1), size, rate)
    below = float(breach_probability_counts(rate, size, hits / size, "higher"))
    above = float(breach_probability_counts(rate, size, hits / size, "lower"))
    assert below == pytest.approx(chances[:hits].sum(), abs=1e-9)
    assert above == pytest.approx(chances[hits + 1 :].sum(), abs=1e-9)


def due_periods(outcomes: tuple[int, ...], grace: Grace) -> int:
    return sum(
        bool(now) and sum(outcomes[max(0, at - grace.window + 1) : at + 1]) >= grace.breaches
        for at, now in enumerate(outcomes)
    )


@pytest.mark.parametrize(
    "grace", [Grace(), Grace(2, 2), Grace(2, 3), Grace(3, 5), Grace(4, 10), Grace(3, 12)]
)
def test_a_grace_count_is_that_of_every_possible_year(grace: Grace) -> None:
    q, at_least, mean = 0.23, 0.0, 0.0
    for outcomes in itertools.product((0, 1), repeat=10):
        chance = q ** sum(outcomes) * (1 - q) ** (10 - sum(outcomes))
        due = due_periods(outcomes, grace)
        at_least += chance * (due > 0)
        mean += chance * due
    assert due_probability(q, 10, grace) == pytest.approx(at_least)
    assert expected_due(q, 10, grace) == pytest.approx(mean)


def test_run_lengths() -> None:
    """Without grace 1/q; r in a row (1 - q^r) / (q^r (1 - q)); else the sum of the chances of no credit yet."""
    assert average_run_length(0.2) == pytest.approx(5)
    assert average_run_length(0.3, Grace(4, 4)) == pytest.approx((1 - 0.3**4) / (0.3**4 * 0.7))
    grace = Grace(2, 4)
    assert average_run_length(0.3, grace) == pytest.approx(
        sum(1 - due_probability(0.3, periods, grace) for periods in range(200))
    )
    assert average_run_length(0) == float("inf") and average_run_length(1, Grace(3, 5)) == pytest.approx(3)


def test_published_run_lengths_of_three_sigma_limits() -> None:
    """montgomery2013introduction: 370.4 in control; 43.9, 6.3 and 2.0 after a shift of one, two, three sigma."""
    shift = np.arange(4.0)
    found = [average_run_length(float(q)) for q in stats.norm.sf(3 - shift) + stats.norm.cdf(-3 - shift)]
    assert [round(x, 1) for x in found] == [370.4, 43.9, 6.3, 2.0]


@pytest.mark.parametrize("wrong", [(0, 1), (2, 1), (1, 13)])
def test_a_grace_count_that_cannot_be(wrong: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="grace count"):
        Grace(*wrong)


def test_an_operating_curve_falls_as_the_level_rises() -> None:
    levels = np.linspace(0.85, 1, 40)
    for given_by in ({"sigma": 0.02}, {"size": 150}):
        curve = operating_curve(levels, 0.95, "higher", grace=Grace(2, 3), **given_by)
        assert (np.diff(curve.breach) <= 0).all() and (np.diff(curve.due_in_year) <= 1e-12).all()
        assert (operating_curve(levels, 0.95, "lower", **given_by).breach[[0, -1]] <= [0.05, 1]).all()
    normal = operating_curve([0.94], 0.95, "higher", sigma=np.sqrt(0.94 * 0.06 / 5000)).breach[0]
    assert operating_curve([0.94], 0.95, "higher", size=5000).breach[0] == pytest.approx(normal, abs=0.01)
    with pytest.raises(ValueError, match="either sigma or the cases"):
        operating_curve(levels, 0.95, "higher")


def months(count: int) -> list[str]:
    return [f"{2020 + at // 12}-{at % 12 + 1:02}" for at in range(count)]


def test_false_penalties_of_a_stable_partner_are_those_of_a_simulation() -> None:
    rng = np.random.default_rng(2)
    of = rng.integers(150, 250, 36)
    past = chart(series(months(36), numerator=rng.binomial(of, 0.96), denominator=of), "p")
    found = false_penalties(
        past, 0.95, "higher", grace=Grace(2, 3), at_risk=20, money=Money(scale="thousand")
    )
    # sizes vary from month to month, so each simulated year draws them anew
    sizes = rng.choice(of, (20_000, 12))
    years = rng.binomial(sizes, past.limits.centre) / sizes < 0.95
    due = np.array([due_periods(tuple(row), Grace(2, 3)) for row in years.astype(int)])
    assert found.breach == pytest.approx(years.mean(), abs=0.004)
    assert found.due_in_year == pytest.approx((due > 0).mean(), abs=0.015)
    assert found.expected == pytest.approx(due.mean(), abs=0.03)
    assert found.cost == pytest.approx(20 * found.expected)
    assert found.count == 36 and found.observed == int((past.series.values < 0.95).sum())


def test_a_past_that_is_not_only_noise_gets_no_percentage() -> None:
    past = chart(series(months(12), ZIGZAG, unit="percent points"))
    found = false_penalties(past, 95, "higher", at_risk=1)
    assert (found.breach, found.due_in_year, found.expected, found.cost) == (None,) * 4
    assert "lag-1 correlation" in found.reason
    assert (found.observed, found.count) == (2, 12)


def test_a_fair_comparison_of_two_vendors() -> None:
    """R's power.prop.test documents: 50 cases for .50 against .75 have power .740; power .90 needs 76.7."""
    assert power(0.50, 0.75, 50) == pytest.approx(0.740, abs=5e-4)
    assert least_cases(0.50, 0.75, 0.90) == 77
    assert least_cases(0.90, 0.95) == least_cases(0.95, 0.90)
    for wrong in ((0.9, 0.9, 0.8), (1.2, 0.9, 0.8), (0.9, 0.8, 0.01)):
        with pytest.raises(ValueError, match=r"equal rates|rates lie|power must"):
            least_cases(*wrong)


def test_the_number_of_cases_gives_the_power_it_promises() -> None:
    cases = least_cases(0.95, 0.90)
    rng = np.random.default_rng(9)
    one, two = (rng.binomial(cases, rate, 40_000) / cases for rate in (0.95, 0.90))
    pooled = (one + two) / 2
    z = (one - two) / np.sqrt(2 * pooled * (1 - pooled) / cases)
    assert (z > stats.norm.isf(0.025)).mean() == pytest.approx(0.80, abs=0.015)
