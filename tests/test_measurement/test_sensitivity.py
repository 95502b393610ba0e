"""How far a ranking holds: the analytic ranges against a scan, reversals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.ranking import EXAMPLE, rank
from alliance_analysis.measurement.sensitivity import bands, reversals


def moved(weights: dict[str, float], name: str, to: float) -> dict[str, float]:
    rest = 1 - weights[name]
    return {k: to if k == name else w * (1 - to) / rest for k, w in weights.items()}


@given(st.integers(0, 100_000))
def test_the_ranges_are_those_that_a_scan_finds(seed: int) -> None:
    """Inside a range the order is as it was; just outside of it, it is not."""
    rng = np.random.default_rng(seed)
    names = ["a", "b", "c"]
    values = pd.DataFrame(rng.uniform(0, 10, (4, 3)), list("WXYZ"), names)
    weights = dict(zip(names, rng.dirichlet([4, 4, 4]), strict=True))
    directions = dict.fromkeys(names, "higher")
    before = rank(values, weights, directions)  # type: ignore[arg-type]
    for band in bands(before):
        (low, high), (first_low, first_high) = band.ranking, band.first
        assert first_low <= low <= band.weight <= high <= first_high
        for to, inside in (
            *((low + share * (high - low), True) for share in (0.001, 0.5, 0.999)),
            *((edge, False) for edge in (low - 1e-6, high + 1e-6) if 0 < edge < 1),
        ):
            after = rank(values, moved(weights, band.criterion, to), directions)  # type: ignore[arg-type]
            if high - low > 1e-4:
                assert (after.ranks == before.ranks).all() == inside
        for edge in (first_low - 1e-6, first_high + 1e-6):
            if 0 < edge < 1:
                after = rank(values, moved(weights, band.criterion, edge), directions)  # type: ignore[arg-type]
                assert after.scores.idxmax() != before.scores.idxmax()


def test_a_weight_of_one_gives_way_to_equal_others() -> None:
    values = pd.DataFrame({"a": [1.0, 0], "b": [0.0, 1], "c": [0.0, 1]}, index=["X", "Y"])
    found = rank(values, {"a": 1.0, "b": 0, "c": 0}, dict.fromkeys("abc", "higher"))  # type: ignore[arg-type]
    band = bands(found)[0]
    assert band.ranking == pytest.approx((0.5, 1))


def test_exact_ranges_are_not_promised_for_topsis() -> None:
    with pytest.raises(BadInput, match="weighted sum only"):
        bands(rank(*EXAMPLE, "topsis"))  # type: ignore[arg-type]


def test_a_reversal_is_found_by_removing_and_by_adding() -> None:
    values, weights, directions = EXAMPLE
    (found,) = reversals(values, weights, directions)  # type: ignore[arg-type]
    assert (found.removed, found.ahead, found.behind) == ("C", "A", "B")
    small = rank(values.drop(index="C"), weights, directions)  # type: ignore[arg-type]
    assert small.ranks.to_dict() == {"A": 2, "B": 1}
    assert found.without_it == (small.scores["A"], small.scores["B"])
    whole = rank(*EXAMPLE)  # type: ignore[arg-type]
    assert found.with_it == (whole.scores["A"], whole.scores["B"])


@given(st.integers(0, 10_000))
def test_agreed_scores_never_reverse_in_a_weighted_sum(seed: int) -> None:
    """Where no alternative changes another's figures, a third one cannot turn two round."""
    rng = np.random.default_rng(seed)
    values = pd.DataFrame(rng.uniform(size=(5, 3)), list("VWXYZ"), list("abc"))
    weights = dict(zip("abc", rng.dirichlet(np.ones(3)), strict=True))
    assert not reversals(values, weights, dict.fromkeys("abc", "higher"), normalisation="scores")  # type: ignore[arg-type]
