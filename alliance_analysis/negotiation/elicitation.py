"""From what people say to numbers: direct rating, and pairwise comparison with a consistency ratio.

Weights serve issues here and criteria elsewhere (choosing a partner); `values` turns ratings of options into a value table.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from alliance_analysis.errors import BadInput, Fault, nearest

RANDOM_INDEX = (0.0, 0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
"""Saaty's mean consistency index of random matrices, by their size (up to 10)."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Weights from pairwise comparisons, with their working.

    Parameters
    ----------
    weights
        Weight of each item, summing to 1: the principal eigenvector.
    matrix
        The judgements: how many times as important the row is as the column.
    largest_eigenvalue
        Of the matrix; equal to the number of items where the judgements do not contradict each other.
    consistency_ratio
        0 without contradiction; judgements above 0.1 should be looked at again (Saaty's rule of thumb).
    worst
        The three items (a, b, c) whose judgements contradict each other most; empty where none do.
    """

    weights: Mapping[str, float]
    matrix: NDArray[np.float64]
    largest_eigenvalue: float
    consistency_ratio: float
    worst: tuple[str, ...]


def rated(points: Mapping[str, float]) -> dict[str, float]:
    """Return weights from points given directly, whatever their sum; raises BadInput, naming the item.

    >>> rated({"target": 50, "at_risk": 30, "review": 20})
    {'target': 0.5, 'at_risk': 0.3, 'review': 0.2}
    """
    faults = [
        Fault(f"'{name}' has {given:g} points", "use a number of at least 0")
        for name, given in points.items()
        if not (math.isfinite(given) and given >= 0)
    ]
    total = math.fsum(points.values()) if not faults else 1
    if not total > 0:
        faults.append(Fault("no points were given", "give at least one item some"))
    if faults:
        raise BadInput(faults)
    return {name: given / total for name, given in points.items()}


def compared(items: Sequence[str], judgements: Mapping[tuple[str, str], float]) -> Comparison:
    """Return weights from pairwise judgements, one for each pair, with their consistency ratio [saaty1990how].

    `judgements[a, b]` says how many times as important a is as b, from 1/9 to 9. The weights are the principal
    eigenvector of the matrix of ratios; the consistency index is (lambda - n) / (n - 1) for n items, and the
    consistency ratio divides it by that of random judgements. Raises BadInput, naming the pair.

    >>> found = compared(("price", "quality", "speed"), {
    ...     ("price", "quality"): 2, ("price", "speed"): 6, ("quality", "speed"): 3})
    >>> {name: round(weight, 3) for name, weight in found.weights.items()}, round(found.consistency_ratio, 6)
    ({'price': 0.6, 'quality': 0.3, 'speed': 0.1}, 0.0)
    """
    _check(items, judgements)
    count = len(items)
    matrix = np.ones((count, count))
    for (one, other), ratio in judgements.items():
        row, column = items.index(one), items.index(other)
        matrix[row, column], matrix[column, row] = ratio, 1 / ratio
    eigenvalues, vectors = np.linalg.eig(matrix)
    at = int(np.argmax(eigenvalues.real))
    largest, vector = float(eigenvalues[at].real), np.abs(vectors[:, at].real)
    index = (largest - count) / (count - 1) if count > 1 else 0.0
    ratio = max(0.0, index / RANDOM_INDEX[count]) if count > 2 else 0.0
    shares = (vector / vector.sum()).tolist()
    return Comparison(dict(zip(items, shares, strict=True)), matrix, largest, ratio, _worst(items, matrix))


def _worst(items: Sequence[str], matrix: NDArray[np.float64]) -> tuple[str, ...]:
    """Return the three items for which going round (a over b, b over c) strays most from a over c."""

    def strays(three: tuple[int, int, int]) -> float:
        a, b, c = three
        return abs(math.log(matrix[a, b] * matrix[b, c] / matrix[a, c]))

    worst = max(combinations(range(len(items)), 3), key=strays, default=None)
    return tuple(items[i] for i in worst) if worst and strays(worst) > 1e-9 else ()


def _check(items: Sequence[str], judgements: Mapping[tuple[str, str], float]) -> None:
    faults = []
    if not 1 <= len(items) < len(RANDOM_INDEX) or len(set(items)) < len(items):
        faults.append(Fault(f"{len(items)} items cannot be compared", "use 1 to 10, each once"))
    for one, other in combinations(items, 2):
        given = ((one, other) in judgements) + ((other, one) in judgements)
        if given != 1:
            faults.append(
                Fault(f"'{one}' and '{other}' are compared {given} times", "compare each pair once")
            )
    for (one, other), ratio in judgements.items():
        for name in (one, other):
            if name not in items:
                faults.append(Fault(f"'{name}' is not an item", nearest(name, items)))
        if not 1 / 9 - 1e-9 <= ratio <= 9:
            what = f"'{one}' is said to be {ratio:g} times as important as '{other}'"
            faults.append(Fault(what, "use 1/9 to 9"))
    if faults:
        raise BadInput(faults)
