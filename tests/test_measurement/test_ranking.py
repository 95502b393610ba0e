"""Ranking: two peer libraries on random tables, a second computation, and properties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.ranking import EXAMPLE, rank

NORMALISATIONS = ("minmax", "vector", "max")


def random_case(seed: int) -> tuple[pd.DataFrame, dict[str, float], dict[str, str]]:
    rng = np.random.default_rng(seed)
    rows, columns = int(rng.integers(3, 9)), int(rng.integers(2, 7))
    names = [f"c{i}" for i in range(columns)]
    values = pd.DataFrame(rng.uniform(0.5, 20, (rows, columns)), [f"a{i}" for i in range(rows)], names)
    weights = rng.dirichlet(np.ones(columns))
    return (
        values,
        dict(zip(names, weights, strict=True)),
        dict(zip(names, rng.choice(["higher", "lower"], columns), strict=True)),
    )


@pytest.mark.filterwarnings("ignore:Alternatives with indices:UserWarning")
@pytest.mark.parametrize("normalisation", NORMALISATIONS)
@pytest.mark.parametrize("method", ["weighted_sum", "topsis"])
def test_equal_to_pymcdm(method: str, normalisation: str) -> None:
    pytest.importorskip("pymcdm")
    from pymcdm import normalizations
    from pymcdm.methods import TOPSIS, WSM

    peer = {"weighted_sum": WSM, "topsis": TOPSIS}[method](
        getattr(normalizations, f"{normalisation}_normalization")
    )
    for seed in range(40):
        values, weights, directions = random_case(seed)
        types = np.array([1 if directions[c] == "higher" else -1 for c in values.columns])
        theirs = peer(values.to_numpy(), np.array([weights[c] for c in values.columns]), types)
        ours = rank(values, weights, directions, method, normalisation)  # type: ignore[arg-type]
        np.testing.assert_allclose(ours.scores, theirs, atol=1e-12)


@pytest.mark.filterwarnings("ignore::Warning")
def test_equal_to_scikit_criteria() -> None:
    skc = pytest.importorskip("skcriteria")
    from skcriteria.agg import simple, topsis
    from skcriteria.preprocessing import invert_objectives, scalers

    for seed in range(15):
        values, weights, directions = random_case(seed)
        table = skc.mkdm(
            values.to_numpy(),
            [max if directions[c] == "higher" else min for c in values.columns],
            weights=[weights[c] for c in values.columns],
        )
        table = invert_objectives.NegateMinimize().transform(table)
        theirs = topsis.TOPSIS().evaluate(scalers.VectorScaler("matrix").transform(table))
        ours = rank(values, weights, directions, "topsis", "vector")  # type: ignore[arg-type]
        np.testing.assert_allclose(ours.scores, theirs.e_.similarity, atol=1e-12)
        np.testing.assert_array_equal(ours.ranks, theirs.rank_)
        plain = simple.WeightedSumModel().evaluate(scalers.MinMaxScaler("matrix").transform(table))
        np.testing.assert_allclose(rank(values, weights, directions).scores, plain.e_.score, atol=1e-12)  # type: ignore[arg-type]


def test_the_result_carries_its_working() -> None:
    values, weights, directions = random_case(7)
    summed = rank(values, weights, directions)  # type: ignore[arg-type]
    assert summed.distances is None
    np.testing.assert_allclose(summed.weighted.sum(axis=1), summed.scores)
    np.testing.assert_allclose(summed.normalised.max(), 1)
    close = rank(values, weights, directions, "topsis", "vector")  # type: ignore[arg-type]
    assert (close.method, close.normalisation) == ("topsis", "vector")
    assert close.distances is not None
    best, worst = close.weighted.max(), close.weighted.min()
    for name, row in close.weighted.iterrows():
        to_best, to_worst = np.sqrt(((row - best) ** 2).sum()), np.sqrt(((row - worst) ** 2).sum())
        assert close.distances.loc[name].tolist() == pytest.approx([to_best, to_worst])
        assert close.scores[name] == pytest.approx(to_worst / (to_best + to_worst))


def test_topsis_changes_its_first_place_with_the_normalisation() -> None:
    first = {how: rank(*EXAMPLE, "topsis", how).scores.idxmax() for how in NORMALISATIONS}  # type: ignore[arg-type]
    assert len(set(first.values())) > 1


@given(st.integers(0, 10_000), st.sampled_from(["weighted_sum", "topsis"]), st.sampled_from(NORMALISATIONS))
def test_a_better_value_never_ranks_behind_a_worse_one(seed: int, method: str, normalisation: str) -> None:
    """An alternative that is at least as good in everything scores at least as much."""
    values, weights, directions = random_case(seed)
    signs = np.array([1 if directions[c] == "higher" else -1 for c in values.columns])
    values.loc["better"] = values.iloc[0] + 0.4 * signs
    found = rank(values, weights, directions, method, normalisation)  # type: ignore[arg-type]
    assert found.scores["better"] >= found.scores.iloc[0] - 1e-12
    assert found.ranks["better"] <= found.ranks.iloc[0]
    assert found.scores.between(-1e-12, 1 + 1e-12).all()


def test_ties_share_the_better_rank_and_equal_columns_decide_nothing() -> None:
    values = pd.DataFrame({"q": [2.0, 2, 1], "same": [5.0, 5, 5]}, index=list("ABC"))
    for method in ("weighted_sum", "topsis"):
        found = rank(values, {"q": 0.4, "same": 0.6}, {"q": "higher", "same": "lower"}, method)  # type: ignore[arg-type]
        assert found.ranks.tolist() == [1, 1, 3]
    alike = rank(values[["same"]], {"same": 1.0}, {"same": "lower"}, "topsis")
    assert alike.scores.tolist() == [0.5, 0.5, 0.5]


def test_all_faults_are_named_together() -> None:
    values, _, directions = EXAMPLE
    broken = values.copy()
    broken.loc["B", "price"] = np.nan
    with pytest.raises(BadInput) as caught:
        rank(broken, {"quality": 0.5, "price": 0.6, "speed": -0.2}, directions)  # type: ignore[arg-type]
    text = str(caught.value)
    for part in (
        "sum to 0.9",
        "-0.2",
        "speed: criterion and weight do not match",
        "B, price: the value is missing",
    ):
        assert part in text
    with pytest.raises(BadInput, match="'max' needs values"):
        rank(-values, *EXAMPLE[1:], normalisation="max")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="'scores' needs scores"):
        rank(*EXAMPLE, normalisation="scores")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="is not a number of at least 0"):
        rank(values, {"quality": np.nan, "price": 1}, directions)  # type: ignore[arg-type]
