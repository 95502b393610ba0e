"""Audit sampling: the closed formula, published sizes, simulation of the risk, and exact limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.audit import conclude, sample_plan


def test_the_reference_value() -> None:
    assert sample_plan(0.95, 0.05).size == 59


@given(st.floats(0.5, 0.999), st.floats(0.002, 0.5))
def test_zero_errors_is_the_closed_formula(confidence: float, rate: float) -> None:
    exact = math.log(1 - confidence) / math.log(1 - rate)
    if abs(exact - round(exact)) > 1e-6:
        assert sample_plan(confidence, rate).size == math.ceil(exact)


def test_an_even_result_of_the_formula_is_not_rounded_up_by_noise() -> None:
    assert sample_plan(0.99, 0.9).size == 2
    assert sample_plan(0.75, 0.5).size == 2


@pytest.mark.parametrize(("errors", "size"), [(0, 59), (1, 93), (2, 124), (3, 153)])
def test_sizes_with_errors_are_the_smallest_by_a_plain_search(errors: int, size: int) -> None:
    risk = [
        sum(math.comb(n, k) * 0.05**k * 0.95 ** (n - k) for k in range(errors + 1)) for n in range(1, 200)
    ]
    assert next(n for n, r in enumerate(risk, start=1) if n > errors and r <= 0.05) == size
    assert sample_plan(errors_allowed=errors).size == size


@pytest.mark.parametrize(("population", "errors"), [(40, 0), (200, 0), (200, 2), (1000, 1)])
def test_finite_sizes_are_the_smallest_by_counting_samples(population: int, errors: int) -> None:
    wrong = math.ceil(population * 0.05)
    plan = sample_plan(population=population, errors_allowed=errors)

    def risk(n: int) -> float:
        ways = sum(
            math.comb(wrong, k) * math.comb(population - wrong, n - k) for k in range(errors + 1) if k <= n
        )
        return ways / math.comb(population, n)

    assert risk(plan.size) == pytest.approx(plan.risk)
    assert risk(plan.size) <= 0.05 < risk(plan.size - 1)
    assert plan.size <= sample_plan(errors_allowed=errors).size


def test_the_risk_holds_in_a_simulation() -> None:
    plan = sample_plan(0.9, 0.1, errors_allowed=1)
    errors = np.random.default_rng(8).binomial(plan.size, 0.1, 50_000)
    accepting = [k for k in range(plan.size + 1) if conclude(plan, k).conclusion == "accept"]
    accepted = np.isin(errors, accepting).mean()
    assert accepted == pytest.approx(plan.risk, abs=4 * math.sqrt(0.09 / 50_000))


def test_conclusions_and_the_exact_limit() -> None:
    plan = sample_plan()
    assert [conclude(plan, k).conclusion for k in range(5)] == [
        "accept",
        *["extend the sample"] * 2,
        *["restate"] * 2,
    ]
    for k in (0, 1, 3, 20):
        limit = conclude(plan, k).upper_limit
        assert stats.binomtest(k, plan.size).proportion_ci(0.9, "exact").high == pytest.approx(limit)
        assert stats.binom.cdf(k, plan.size, limit) == pytest.approx(0.05)
    assert conclude(plan, 59).upper_limit == 1
    assert conclude(plan, 3).rate == pytest.approx(3 / 59)


@given(st.integers(0, 3), st.sampled_from([None, 150, 800]))
def test_what_is_accepted_is_proved_to_be_within_the_tolerance(errors: int, population: int | None) -> None:
    plan = sample_plan(errors_allowed=3, population=population)
    result = conclude(plan, errors)
    assert result.conclusion == "accept"
    assert result.upper_limit <= plan.tolerable_rate + 1e-9


def test_the_finite_limit_is_the_worst_population_still_plausible() -> None:
    plan = sample_plan(population=100)
    result = conclude(plan, 1)
    wrong = round(result.upper_limit * 100)
    assert (
        stats.hypergeom.cdf(1, 100, wrong, plan.size)
        > 0.05
        >= stats.hypergeom.cdf(1, 100, wrong + 1, plan.size)
    )
    assert conclude(plan, plan.size).upper_limit == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"confidence": 1},
        {"tolerable_rate": 0},
        {"errors_allowed": -1},
        {"population": 20, "errors_allowed": 1},
    ],
)
def test_impossible_plans_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadInput):
        sample_plan(**wrong)  # type: ignore[arg-type]
    with pytest.raises(BadInput):
        conclude(sample_plan(), 60)
