"""Customer value: the sum of the series, and the break-even put back into it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.customer import lifetime_value, retention_case


def summed(margin: float, retention: float, discount: float) -> float:
    years = np.arange(1, 4000)
    return float((margin * (retention / (1 + discount)) ** years).sum())


@given(st.floats(-50, 500), st.floats(0, 1), st.floats(0.02, 0.5))
def test_the_formula_is_the_sum_of_the_series(margin: float, retention: float, discount: float) -> None:
    assert lifetime_value(margin, retention, discount) == pytest.approx(
        summed(margin, retention, discount), abs=1e-6
    )


@given(st.floats(0.1, 0.9), st.floats(0, 0.1), st.floats(0.02, 0.5))
def test_break_even_spend_leaves_the_value_as_it_was(retention: float, more: float, discount: float) -> None:
    case = retention_case(100, retention, retention + more, discount, retention_cost=5)
    assert summed(100 - case.break_even_spend, retention + more, discount) == pytest.approx(case.now)
    assert case.raised >= case.now
    assert case.break_even_spend >= -1e-9


def test_acquisition_is_the_ratio_times_the_retention_cost() -> None:
    dear = retention_case(100, 0.8, 0.85, 0.1, retention_cost=30)
    assert (dear.acquisition_cost, dear.acquisition_net) == (300, pytest.approx(800 / 3 - 300))
    cheap = retention_case(100, 0.8, 0.85, 0.1, retention_cost=30, cost_ratio=5)
    assert cheap.acquisition_net == pytest.approx(800 / 3 - 150)


def test_all_faults_are_named_together() -> None:
    with pytest.raises(BadInput) as caught:
        lifetime_value(float("nan"), 1.2, 0)
    assert [fault.field for fault in caught.value.faults] == ["margin", "retention", "discount"]
    with pytest.raises(BadInput, match="does not raise"):
        retention_case(100, 0.8, 0.7, 0.1, retention_cost=5)
