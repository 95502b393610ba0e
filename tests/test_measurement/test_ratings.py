"""Agreement of two sides: published tables, and kappa computed a second way from the ratings themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.ratings import AnchoredItem, kappa, kappa_of, perception_gap

COHEN = [[88, 10, 2], [14, 40, 6], [18, 10, 12]]
"""Table 1 of Cohen (1968): 200 cases, two judges, three diagnoses."""


def test_cohen_1968_table_1() -> None:
    """Cohen prints .492, .348 with his disagreement weights, and .353 with a set that is not symmetric.

    The last one names the judge of the columns first.
    """
    symmetric = np.array([[0, 1, 3], [1, 0, 6], [3, 6, 0]])
    unequal = np.array([[0, 1, 4], [1, 0, 6], [2, 2, 0]])
    assert round(kappa(COHEN).value, 3) == 0.492
    assert round(kappa(COHEN, 1 - symmetric / 6).value, 3) == 0.348
    assert round(kappa(COHEN, 1 - unequal.T / 6).value, 3) == 0.353


def test_counts_and_shares_give_the_same() -> None:
    assert kappa(np.array(COHEN) / 200).value == pytest.approx(kappa(COHEN).value)


RATINGS = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=40)


@given(RATINGS)
def test_quadratic_kappa_is_the_concordance_coefficient(pairs: list[tuple[int, int]]) -> None:
    one, other = np.array(pairs).T
    spread = one.var() + other.var() + (one.mean() - other.mean()) ** 2
    assume(spread > 0)
    expected = 2 * np.mean((one - one.mean()) * (other - other.mean())) / spread
    assert kappa_of(one.tolist(), other.tolist(), (1, 2, 3, 4, 5), "quadratic").value == pytest.approx(
        expected
    )


@given(RATINGS)
def test_linear_and_plain_kappa_from_all_pairs(pairs: list[tuple[int, int]]) -> None:
    """1 - (mean disagreement of pairs) / (mean disagreement of everyone with everyone)."""
    one, other = np.array(pairs).T
    everyone = np.abs(one[:, None] - other[None])
    assume(everyone.any())
    for scheme, apart in (("linear", lambda x: x), ("none", lambda x: x != 0)):
        expected = 1 - apart(np.abs(one - other)).mean() / apart(everyone).mean()
        found = kappa_of(one.tolist(), other.tolist(), (1, 2, 3, 4, 5), scheme)  # type: ignore[arg-type]
        assert found.value == pytest.approx(expected)
        assert found.table.sum() == len(pairs)


def test_perfect_agreement_is_one_and_independence_is_none() -> None:
    assert kappa(np.diag([3, 4, 5])).value == 1
    assert kappa(np.outer([0.2, 0.3, 0.5], [0.6, 0.3, 0.1])).value == pytest.approx(0)


@pytest.mark.parametrize(
    ("table", "weights"),
    [([[1, 2]], "none"), ([[0, 0], [0, 0]], "none"), ([[1, -1], [0, 2]], "none"), ([[5, 0], [0, 0]], "none"),
     (COHEN, [[1, 0], [0, 1]]), (COHEN, [[0, 1, 3], [1, 0, 6], [3, 6, 0]])],
)  # fmt: skip
def test_what_is_no_table_of_agreement_is_refused(table: list[list[int]], weights: object) -> None:
    with pytest.raises(BadInput):
        kappa(table, weights)  # type: ignore[arg-type]


def test_ratings_outside_the_grades_are_refused() -> None:
    with pytest.raises(BadInput, match="4 is not a grade"):
        kappa_of([1, 4], [1, 2], (1, 2, 3))
    with pytest.raises(BadInput, match="2 ratings stand against 1"):
        kappa_of([1, 2], [1], (1, 2, 3))


ITEMS = [
    AnchoredItem(id=name, question=f"{name}?", anchors=["late", "asked", "at once"]) for name in ("x", "y")
]


def test_the_gap_has_a_sign_and_a_size() -> None:
    gap = perception_gap(ITEMS, {"customer": {"x": 1, "y": 3}, "vendor": {"x": 3, "y": 1}})
    assert gap.sides == ("customer", "vendor")
    assert [line.gap for line in gap.lines] == [-2, 2]
    assert (gap.mean, gap.mean_size) == (0, 2)


def test_every_missing_or_impossible_grade_is_named() -> None:
    with pytest.raises(BadInput) as caught:
        perception_gap(ITEMS, {"customer": {"x": 4, "y": 3}, "vendor": {"x": 3}})
    assert [fault.field for fault in caught.value.faults] == ["customer.x", "vendor.y"]
    with pytest.raises(BadInput, match="two sides"):
        perception_gap(ITEMS, {"customer": {"x": 1, "y": 1}})


def test_anchors_tell_grades_apart() -> None:
    with pytest.raises(ValidationError, match="same anchor"):
        AnchoredItem(id="x", question="x?", anchors=["late", "late"])
