"""How far a ranking can be trusted: other weights, random weights, and one alternative more or fewer."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.ranking import (
    DIGITS,
    Direction,
    Method,
    Normalisation,
    Ranking,
    rank,
)


@dataclass(frozen=True)
class Band:
    """The range of one weight in which the ranking, and in which the first place, stays as it is.

    The other weights keep their proportions. Both ranges are (low, high), fractions that hold `weight`.
    """

    criterion: str
    weight: float
    ranking: tuple[float, float]
    first: tuple[float, float]


@dataclass(frozen=True)
class Reversal:
    """Two alternatives that change places because a third one leaves (or, read backwards, enters)."""

    removed: str
    ahead: str
    behind: str
    with_it: tuple[float, float]
    without_it: tuple[float, float]


def bands(found: Ranking) -> tuple[Band, ...]:
    """Return for each weight the exact range in which a weighted-sum ranking holds [triantaphyllou1997sensitivity].

    Weight k moves to t while the others keep their proportions (or share the rest equally where they are all 0), so
    the lead of one alternative over another is a straight line in t: the range ends where the first lead is gone.
    Alternatives tied now set no limit. Raises BadInput for TOPSIS: its scores are not linear in the weights.

    >>> from alliance_analysis.measurement.ranking import EXAMPLE
    >>> [(b.criterion, round(b.ranking[0], 3), round(b.ranking[1], 3)) for b in bands(rank(*EXAMPLE))]
    [('quality', 0.0, 0.667), ('price', 0.333, 1.0)]
    """
    if found.method != "weighted_sum":
        raise BadInput(
            "exact ranges exist for the weighted sum only", "rank by the weighted sum", field=found.method
        )
    scores = found.scores.round(DIGITS).to_numpy()
    pairs = [(i, j) for i, j in itertools.permutations(range(len(scores)), 2) if scores[i] > scores[j]]
    of_the_first = [(i, j) for i, j in pairs if scores[i] == scores.max()]
    return tuple(
        Band(str(name), float(weight), _range(found, k, pairs), _range(found, k, of_the_first))
        for k, (name, weight) in enumerate(found.weights.items())
    )


def _range(found: Ranking, k: int, pairs: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Return between which values of weight k the first of each pair stays ahead."""
    points, others = found.normalised.to_numpy(), found.weights.to_numpy().copy()
    others[k] = 0
    if not others.any():
        others = (np.arange(len(others)) != k).astype(float)
    others /= others.sum() or 1
    low, high = 0.0, 1.0
    for i, j in pairs:
        lead = points[i] - points[j]
        at_zero, at_one = float(lead @ others), float(lead[k])
        if at_zero < 0 <= at_one:
            low = max(low, at_zero / (at_zero - at_one))
        elif at_one < 0 <= at_zero:
            high = min(high, at_zero / (at_zero - at_one))
    return low, high


def reversals(
    values: pd.DataFrame,
    weights: Mapping[str, float],
    directions: Mapping[str, Direction],
    method: Method = "weighted_sum",
    normalisation: Normalisation = "minmax",
) -> tuple[Reversal, ...]:
    """Return every pair that changes places when one other alternative is left out.

    What reverses without an alternative also reverses when it is added, so a newcomer is tested by adding its row.
    Scores are those of (ahead, behind), the places held with the third alternative in the table.

    >>> from alliance_analysis.measurement.ranking import EXAMPLE
    >>> [(r.removed, r.ahead, r.behind) for r in reversals(*EXAMPLE)]
    [('C', 'A', 'B')]
    """
    before = rank(values, weights, directions, method, normalisation)
    found = []
    for removed in values.index:
        after = rank(values.drop(index=removed), weights, directions, method, normalisation)
        for one, other in itertools.permutations(after.scores.index, 2):
            if before.ranks[one] < before.ranks[other] and after.ranks[one] > after.ranks[other]:
                scores = [(float(s.scores[one]), float(s.scores[other])) for s in (before, after)]
                found.append(Reversal(str(removed), str(one), str(other), scores[0], scores[1]))
    return tuple(found)
