"""Choosing a partner: a ranking on weighted criteria, behind a gate on the weaker of two fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.ranking import Direction, Method, Normalisation, Ranking, rank
from alliance_analysis.measurement.sensitivity import Reversal, reversals
from alliance_analysis.review.readiness import Criterion, readiness

FLOOR = 0.5
"""The least fit, of 0 to 1, with which a candidate passes the gate; agreed before the candidates are known."""

BEST = 5
"""The best grade of a criterion; grade 1 is a score of 0, grade 5 a score of 1."""


@dataclass(frozen=True)
class Fit:
    """How a candidate fits on both levels, from 0 to 1; the weaker one decides."""

    candidate: str
    strategic: float
    operational: float
    floor: float

    @property
    def weaker(self) -> float:
        """The smaller of strategic and operational fit."""
        return min(self.strategic, self.operational)

    @property
    def passes(self) -> bool:
        """The weaker fit reaches the floor."""
        return self.weaker >= self.floor


@dataclass(frozen=True, eq=False)
class Choice:
    """The choice of a partner with its working: fits, the ranking of all, and what leaving one out would change."""

    fits: tuple[Fit, ...]
    ranking: Ranking
    reversals: tuple[Reversal, ...]

    @property
    def first(self) -> str | None:
        """The best-ranked candidate that passes the gate, or None where none does."""
        passed = [fit.candidate for fit in self.fits if fit.passes]
        return min(passed, key=lambda name: int(self.ranking.ranks[name])) if passed else None

    @property
    def turned_away(self) -> tuple[str, ...]:
        """Candidates ranked above the first one that the gate kept out."""
        best = self.first
        limit = int(self.ranking.ranks[best]) if best else len(self.fits) + 1
        return tuple(
            f.candidate for f in self.fits if not f.passes and int(self.ranking.ranks[f.candidate]) < limit
        )


def choose(
    grades: Mapping[str, Mapping[str, int]],
    method: Method = "weighted_sum",
    floor: float = FLOOR,
    criteria: Sequence[Criterion] = (),
) -> Choice:
    """Return the choice of a partner from candidates graded 1 to 5 on every criterion (default: those of the file).

    A fit is the weighted mean of its criteria's scores (grade - 1)/4. The weighted sum ranks these scores, so that
    no candidate changes the score of another; TOPSIS normalises by the vector length of the grades, and can turn
    ranks round when a candidate leaves. Raises BadInput where a grade is missing or the floor is not from 0 to 1.

    >>> found = choose(readiness().candidates)
    >>> found.first, found.turned_away
    ('Retail chain', ('Assembler',))
    """
    criteria = criteria or readiness().criteria
    if not 0 <= floor <= 1:
        raise BadInput(f"the floor {floor} is not a fit", "use 0 to 1", field="floor")
    known = {c.id: c for c in criteria}
    rows = [[given.get(name, float("nan")) for name in known] for given in grades.values()]
    table = pd.DataFrame(rows, index=list(grades), columns=[c.name for c in criteria], dtype=float)
    weights = {c.name: c.weight for c in criteria}
    directions: dict[str, Direction] = dict.fromkeys(weights, "higher")
    if not ((table >= 1) & (table <= BEST)).to_numpy().all():
        raise BadInput(
            f"every candidate needs a grade from 1 to {BEST} on every criterion", "grade it", field="grades"
        )
    scores = (table - 1) / (BEST - 1)
    how: Normalisation = "scores" if method == "weighted_sum" else "vector"
    values = scores if how == "scores" else table
    found = rank(values, weights, directions, method, how)
    strategic, operational = (
        [c.name for c in criteria if c.fit == level] for level in ("strategic", "operational")
    )
    fits = [
        Fit(str(name), _mean(row, weights, strategic), _mean(row, weights, operational), floor)
        for name, row in scores.iterrows()
    ]
    changed = reversals(values, weights, directions, method, how)
    return Choice(tuple(fits), found, tuple(changed))


def _mean(scores: pd.Series[float], weights: Mapping[str, float], names: Sequence[str]) -> float:
    total = sum(weights[name] for name in names)
    return float(sum(weights[name] * scores[name] for name in names) / total)
