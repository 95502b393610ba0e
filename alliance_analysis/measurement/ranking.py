"""Ranking alternatives (partners, sites, options) on weighted criteria, by weighted sum or TOPSIS, with the working."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_analysis.errors import BadInput, Fault

Direction = Literal["higher", "lower"]
Floats = NDArray[np.floating[Any]]
Method = Literal["weighted_sum", "topsis"]
Normalisation = Literal["minmax", "vector", "max", "scores"]

DIGITS = 12
"""Scores are compared after rounding to this many decimals, so that ties stay ties in floating point."""

EXAMPLE = (
    pd.DataFrame({"quality": [6.0, 8.0, 4.0], "price": [1.0, 3.0, 3.0]}, index=["A", "B", "C"]),
    {"quality": 0.65, "price": 0.35},
    {"quality": "higher", "price": "lower"},
)
"""Values, weights and directions of the runnable examples (synthetic)."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """A ranking with its working.

    Parameters
    ----------
    method, normalisation
        How it was computed; the ranks of both methods can change with the normalisation.
    weights
        Weight of each criterion, summing to 1.
    normalised
        Alternatives by criteria, more is better everywhere, without a unit.
    weighted
        `normalised` times the weights; for the weighted sum these are the contributions to the score.
    distances
        TOPSIS only: Euclidean distance of each alternative to the best and to the worst value of each criterion.
    scores, ranks
        Score of each alternative in [0, 1], and its rank (1 is best; ties share the better rank).
    """

    method: Method
    normalisation: Normalisation
    weights: pd.Series[float]
    normalised: pd.DataFrame
    weighted: pd.DataFrame
    distances: pd.DataFrame | None
    scores: pd.Series[float]
    ranks: pd.Series[int]


def weight_faults(weights: Mapping[str, float]) -> Iterator[Fault]:
    """Yield what is wrong with a set of weights: each at least 0, all together 1."""
    for name, weight in weights.items():
        if not (math.isfinite(weight) and weight >= 0):
            yield Fault(f"the weight {weight} is not a number of at least 0", "correct it", field=name)
    total = math.fsum(weights.values())
    if not math.isclose(total, 1, abs_tol=1e-9):
        yield Fault(f"the weights sum to {total:g}, not to 1", "change them until they do", field="weights")


def rank(
    values: pd.DataFrame,
    weights: Mapping[str, float],
    directions: Mapping[str, Direction],
    method: Method = "weighted_sum",
    normalisation: Normalisation = "minmax",
) -> Ranking:
    """Rank alternatives (rows of `values`) on criteria (columns).

    The weighted sum is sum_k w_k n_ik. TOPSIS [hwang1981multiple] is d-/(d+ + d-), with d+ and d- the distances of
    the weighted normalised values to the best and the worst in each criterion; alternatives that differ in nothing
    score 0.5. With lower-is-better criteria turned round, the normalisations are: minmax (x - min)/(max - min), and 1
    where all are equal; vector x/||x||, or 1 - x/||x||; max x/max, or 1 - x/max; scores: the values are scores
    in [0, 1] already, all of them higher-is-better, so that no alternative changes the figures of another.
    Raises BadInput with every fault: weights that do not sum to 1, missing values, criteria that do not match.

    >>> rank(*EXAMPLE).ranks.to_dict(), rank(*EXAMPLE).scores.round(3).to_dict()
    ({'A': 1, 'B': 2, 'C': 3}, {'A': 0.675, 'B': 0.65, 'C': 0.0})
    >>> [rank(*EXAMPLE, "topsis", how).scores.idxmax() for how in ("vector", "minmax")]
    ['A', 'B']
    """
    _check(values, weights, directions, normalisation)
    shares = pd.Series({name: float(weights[name]) for name in values.columns})
    normalised = pd.DataFrame(_normalise(values, directions, normalisation), values.index, values.columns)
    points, distances = scores_of(normalised.to_numpy(float), shares.to_numpy(float)[None], method)
    scores = pd.Series(points[0], values.index)
    return Ranking(
        method,
        normalisation,
        shares,
        normalised,
        normalised * shares,
        None if distances is None else pd.DataFrame(distances[0], values.index, ["to best", "to worst"]),
        scores,
        scores.round(DIGITS).rank(ascending=False, method="min").astype(int),
    )


def _check(
    values: pd.DataFrame,
    weights: Mapping[str, float],
    directions: Mapping[str, Direction],
    how: Normalisation,
) -> None:
    faults = list(weight_faults(weights))
    if values.empty or not values.index.is_unique or not values.columns.is_unique:
        faults.append(Fault("the table needs alternatives and criteria, each with its own name", "mend it"))
    for what, names in (("weight", set(weights)), ("direction", set(directions))):
        for name in sorted(set(values.columns) ^ names):
            remedy = "give one" if name in values.columns else "there is no such criterion"
            faults.append(Fault(f"criterion and {what} do not match", remedy, field=str(name)))
    numbers = values.apply(pd.to_numeric, errors="coerce").to_numpy(float)
    for row, column in np.argwhere(~np.isfinite(numbers)):
        place = f"{values.index[row]}, {values.columns[column]}"
        faults.append(Fault("the value is missing", "measure it, or leave the criterion out", field=place))
    if how == "max" and (numbers < 0).any():
        faults.append(Fault("normalisation 'max' needs values of at least 0", "use 'minmax'"))
    if how == "scores" and (((numbers < 0) | (numbers > 1)).any() or "lower" in directions.values()):
        faults.append(
            Fault("normalisation 'scores' needs scores in [0, 1], higher is better", "use 'minmax'")
        )
    if faults:
        raise BadInput(faults)


def _normalise(values: pd.DataFrame, directions: Mapping[str, Direction], how: Normalisation) -> Floats:
    x = values.to_numpy(float)
    lower = np.array([directions[name] == "lower" for name in values.columns])
    if how == "scores":
        return x
    if how == "minmax":
        low, high = x.min(axis=0), x.max(axis=0)
        up = np.where(high > low, (x - low) / np.where(high > low, high - low, 1), np.where(lower, 0.0, 1.0))
    else:
        size = np.linalg.norm(x, axis=0) if how == "vector" else x.max(axis=0)
        up = x / np.where(size > 0, size, 1)
    turned: Floats = np.where(lower, 1 - up, up)
    return turned


def scores_of(normalised: Floats, weights: Floats, method: Method) -> tuple[Floats, Floats | None]:
    """Return scores (draws by alternatives) and distances for each row of `weights` (draws by criteria)."""
    if method == "weighted_sum":
        return weights @ normalised.T, None
    weighted = normalised[None] * weights[:, None]
    best, worst = weighted.max(axis=1, keepdims=True), weighted.min(axis=1, keepdims=True)
    distances = np.stack([np.linalg.norm(weighted - ideal, axis=2) for ideal in (best, worst)], axis=2)
    whole = distances.sum(axis=2)
    return np.where(whole > 0, distances[..., 1] / np.where(whole > 0, whole, 1), 0.5), distances
