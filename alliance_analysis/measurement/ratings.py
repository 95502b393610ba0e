"""Soft factors rated by both sides on worded anchors: do the two sides agree, and where do they see it differently."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from alliance_analysis.agreement.kpi import Identifier, Text
from alliance_analysis.errors import BadInput, Fault
from alliance_analysis.records import Record

Scheme = Literal["none", "linear", "quadratic"]


class AnchoredItem(Record):
    """A qualitative item: each grade from 1 up is worded as behaviour that either side could observe, worst first.

    >>> AnchoredItem(id="candour", question="How early is bad news told?",
    ...              anchors=["found by the other side", "told when asked", "told at once"]).grades
    (1, 2, 3)
    """

    id: Identifier
    question: Text
    anchors: Annotated[list[Text], Field(min_length=2, max_length=9)]

    @model_validator(mode="after")
    def _told_apart(self) -> AnchoredItem:
        if len(set(self.anchors)) < len(self.anchors):
            raise ValueError(f"'{self.id}': two grades have the same anchor")
        return self

    @property
    def grades(self) -> tuple[int, ...]:
        """The grades that can be given."""
        return tuple(range(1, len(self.anchors) + 1))


@dataclass(frozen=True, eq=False)
class Kappa:
    """Agreement beyond chance, with its working.

    `observed` and `expected` are the (weighted) shares of agreement found and expected by chance; `table` counts
    the first side's grades by the second's; `weights` is the credit in [0, 1] for each pair of grades.
    """

    value: float
    observed: float
    expected: float
    table: NDArray[np.float64]
    weights: NDArray[np.float64]


@dataclass(frozen=True)
class Perception:
    """How both sides rated one item, and the gap (first minus second) in grades."""

    item: AnchoredItem
    first: int
    second: int

    @property
    def gap(self) -> int:
        """Grades by which the first side sees it better than the second."""
        return self.first - self.second


@dataclass(frozen=True)
class Gap:
    """The partner-perception gap: item by item, on average with its sign, and on average without it (in grades)."""

    sides: tuple[str, str]
    lines: tuple[Perception, ...]
    mean: float
    mean_size: float


def kappa(table: ArrayLike, weights: Scheme | ArrayLike = "none") -> Kappa:
    """Return Cohen's kappa (observed - expected) / (1 - expected) of a square table of counts or shares.

    Weights are the credit for partial agreement [cohen1968weighted]: "none" (1 on the diagonal [cohen1960coefficient]),
    "linear" 1 - |i - j|/(k - 1), "quadratic" 1 - (i - j)^2/(k - 1)^2, or a table of credits in [0, 1]. Raises
    BadInput for a table that is not square, or holds no count, or where chance alone explains all agreement.

    >>> round(kappa([[88, 10, 2], [14, 40, 6], [18, 10, 12]]).value, 3)
    0.492
    """
    counts = np.asarray(table, dtype=float)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or (counts < 0).any() or not counts.sum() > 0:
        raise BadInput(
            "the ratings do not form a square table of counts", "one row and column for each grade"
        )
    k = len(counts)
    apart = np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / max(k - 1, 1)
    if isinstance(weights, str):
        credit = {"none": (apart == 0).astype(float), "linear": 1 - apart, "quadratic": 1 - apart**2}[weights]
    else:
        credit = np.asarray(weights, dtype=float)
        if credit.shape != counts.shape or (credit < 0).any() or (credit > 1).any():
            raise BadInput(
                "the weights are not credits in [0, 1], one for each pair of grades", "correct them"
            )
    shares = counts / counts.sum()
    chance = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    observed, expected = float((credit * shares).sum()), float((credit * chance).sum())
    if np.isclose(expected, 1):
        raise BadInput(
            "both sides used one grade only, so kappa is not defined", "rate more, or unlike, items"
        )
    return Kappa((observed - expected) / (1 - expected), observed, expected, counts, credit)


def kappa_of(
    first: Sequence[int], second: Sequence[int], grades: Sequence[int], weights: Scheme | ArrayLike = "none"
) -> Kappa:
    """Return kappa of two sides' ratings of the same items, in the same order (see `kappa`).

    >>> round(kappa_of([1, 2, 3, 3], [1, 2, 3, 2], (1, 2, 3), "quadratic").value, 3)
    0.8
    """
    if len(first) != len(second):
        raise BadInput(f"{len(first)} ratings stand against {len(second)}", "both sides rate the same items")
    for rating in itertools.chain(first, second):
        if rating not in grades:
            raise BadInput(f"{rating} is not a grade", f"use one of {', '.join(map(str, grades))}")
    table = np.zeros((len(grades), len(grades)))
    for one, other in zip(first, second, strict=True):
        table[grades.index(one), grades.index(other)] += 1
    return kappa(table, weights)


def perception_gap(items: Sequence[AnchoredItem], ratings: Mapping[str, Mapping[str, int]]) -> Gap:
    """Return how differently two sides see the same items.

    `ratings` maps each of the two sides to its grade of every item. Raises BadInput with every missing or invalid
    grade.

    >>> items = [AnchoredItem(id="candour", question="How early?", anchors=["late", "asked", "at once"])]
    >>> perception_gap(items, {"customer": {"candour": 1}, "vendor": {"candour": 3}}).mean
    -2.0
    """
    if len(ratings) != 2 or not items:
        raise BadInput(
            "the gap needs two sides and at least one item", "let both sides rate", field="ratings"
        )
    faults = [
        Fault(
            f"{given.get(item.id, 'no grade')} is not one of the item's grades",
            "rate it",
            field=f"{side}.{item.id}",
        )
        for side, given in ratings.items()
        for item in items
        if given.get(item.id) not in item.grades
    ]
    if faults:
        raise BadInput(faults)
    one, other = ratings
    lines = tuple(Perception(item, ratings[one][item.id], ratings[other][item.id]) for item in items)
    gaps = [line.gap for line in lines]
    return Gap((one, other), lines, float(np.mean(gaps)), float(np.mean(np.abs(gaps))))
