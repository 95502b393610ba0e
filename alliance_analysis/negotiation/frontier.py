"""The Pareto frontier of a negotiation, exactly and without listing every package (M03)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance_analysis.errors import BadInput
from alliance_analysis.negotiation.utility import (
    DIGITS,
    MAX_PACKAGES,
    Clause,
    Floats,
    Issue,
    Outcomes,
    Package,
    Party,
    acceptable,
    check,
    contributions,
    listed,
    outcomes,
    utility,
)

SLACK = 2e-12
"""A partial package is dropped only if another is better by more than rounding could undo."""


@dataclass(frozen=True)
class Improvement:
    """What a package leaves on the table.

    Parameters
    ----------
    package, utilities
        The package in question and what it is worth to each party.
    better, better_utilities
        The best joint improvement, or the package itself where nothing dominates it.
    gains
        What each party gains by it (0 or more).
    distance
        Euclidean distance, in utility, from the package to the nearest package on the frontier.
    """

    package: Package
    utilities: tuple[float, ...]
    better: Package
    better_utilities: tuple[float, ...]
    gains: tuple[float, ...]
    distance: float

    @property
    def on_frontier(self) -> bool:
        """Whether no package is better for one party and at least as good for all."""
        return self.better == self.package


@dataclass(frozen=True, eq=False)
class Frontier(Outcomes):
    """The packages that no other package dominates, ties included, best for the first party first.

    The agreement that one party could only improve at another's expense lies here.
    """

    issues: tuple[Issue, ...]
    parties: tuple[Party, ...]
    clauses: tuple[Clause, ...] = ()

    def in_zone(self) -> Outcomes:
        """Return the part of the frontier inside the zone of possible agreement; it may be empty."""
        inside = np.flatnonzero(acceptable(self.utilities, self.parties))
        return Outcomes(tuple(self.packages[i] for i in inside), self.utilities[inside])

    def improvement(self, package: Package) -> Improvement:
        """Return the best joint improvement on a package, and its distance to the frontier.

        Among the packages that dominate it, the one with the largest product of gains; equal products (all of
        them 0, where one side cannot gain) are told apart by the sum of gains.
        """
        here = np.array([utility(self.issues, party, package, self.clauses) for party in self.parties])
        gains = np.round(self.utilities - here, DIGITS)
        distance = float(np.sqrt((gains**2).sum(axis=1)).min())
        dominating = np.flatnonzero((gains >= 0).all(axis=1) & (gains > 0).any(axis=1))
        if not len(dominating):
            same = tuple(float(u) for u in here)
            return Improvement(package, same, package, same, (0.0,) * len(same), distance)
        best = max(dominating, key=lambda i: (gains[i].prod(), gains[i].sum()))
        return Improvement(
            package,
            tuple(float(u) for u in here),
            self.packages[best],
            tuple(float(u) for u in self.utilities[best]),
            tuple(float(g) for g in gains[best]),
            distance,
        )


def frontier(issues: Sequence[Issue], parties: Sequence[Party], clauses: Sequence[Clause] = ()) -> Frontier:
    """Return the exact Pareto frontier, all tied packages included, for two or more parties.

    1. Start with the empty package.
    2. Extend every partial package by every option of the next issue.
    3. Drop each partial package that another one dominates: whatever is added to both, it stays dominated.
    4. After the last issue, round the utilities and drop what is dominated now.

    A package is dominated if another is at least as good for every party and better for one. With `clauses` step 3
    does not hold, so all packages are listed. Raises BadInput for weights, options or values at fault, and where
    ties alone, or the list, hold more than MAX_PACKAGES.

    >>> from alliance_analysis.negotiation.utility import EXAMPLE
    >>> found = frontier(*EXAMPLE)
    >>> found.packages
    ((1, 0), (2, 0), (3, 0), (3, 4))
    >>> found.improvement((1, 4)).better
    (3, 0)
    """
    sizes = tuple(len(issue.options) for issue in issues)
    if clauses:
        utilities = listed(issues, parties, clauses)
        chosen = np.column_stack(np.unravel_index(np.arange(len(utilities)), sizes))
    else:
        check(issues, parties)
        utilities, chosen = _grown(issues, parties)
    return _frontier(utilities, chosen, issues, parties, clauses)


def among(
    issues: Sequence[Issue],
    parties: Sequence[Party],
    packages: NDArray[np.bool_],
    clauses: Sequence[Clause] = (),
) -> Frontier:
    """Return the frontier of some packages only: `packages` has one axis per issue and says which are meant.

    >>> from alliance_analysis.negotiation.utility import EXAMPLE
    >>> among(*EXAMPLE, np.array([[True, False], [False, True], [False, False]])).packages
    ((1, 0), (2, 4))
    """
    chosen = np.argwhere(packages)
    utilities = listed(issues, parties, clauses)[packages.ravel()]
    return _frontier(utilities, chosen, issues, parties, clauses)


def dominating(
    issues: Sequence[Issue], parties: Sequence[Party], package: Package, clauses: Sequence[Clause] = ()
) -> Outcomes:
    """Return every package that dominates one, in the order of the options; raises BadInput as `outcomes` does.

    >>> from alliance_analysis.negotiation.utility import EXAMPLE
    >>> dominating(*EXAMPLE, (1, 4)).packages
    ((2, 0), (3, 0))
    """
    everything = outcomes(issues, parties, clauses)
    here = [utility(issues, party, package, clauses) for party in parties]
    better = (everything.utilities >= here).all(axis=1) & (everything.utilities > here).any(axis=1)
    found = np.flatnonzero(better)
    return Outcomes(tuple(everything.packages[i] for i in found), everything.utilities[found])


def _grown(issues: Sequence[Issue], parties: Sequence[Party]) -> tuple[Floats, NDArray[np.int64]]:
    """Return utilities and option numbers of the packages that survive the pruning issue by issue."""
    sums = np.zeros((1, len(parties)))
    chosen: NDArray[np.int64] = np.zeros((1, 0), dtype=np.int64)
    for issue in issues:
        parts = contributions(issue, parties)
        if len(sums) * len(parts) > MAX_PACKAGES:
            raise BadInput(
                f"too many packages are tied at the issue '{issue.id}'",
                "give each issue some weight on each side",
            )
        grown = (sums[:, None, :] + parts[None]).reshape(-1, len(parties))
        kept = undominated(grown, SLACK)
        sums = grown[kept]
        chosen = np.column_stack([chosen[kept // len(parts)], kept % len(parts)])
    return np.round(sums, DIGITS), chosen


def _frontier(
    utilities: Floats,
    chosen: NDArray[np.int64],
    issues: Sequence[Issue],
    parties: Sequence[Party],
    clauses: Sequence[Clause],
) -> Frontier:
    """Keep the undominated rows, best for the first party first; ties in the order of the options."""
    kept = undominated(utilities)
    kept = kept[np.lexsort((*chosen[kept].T[::-1], *(-utilities[kept].T[::-1])))]
    packages = tuple(
        tuple(issue.options[i] for issue, i in zip(issues, row, strict=True)) for row in chosen[kept].tolist()
    )
    return Frontier(packages, utilities[kept], tuple(issues), tuple(parties), tuple(clauses))


def undominated(utilities: Floats, slack: float = 0.0) -> NDArray[np.int64]:
    """Return the positions of the rows that no other row dominates by more than `slack`, equal rows included."""
    if utilities.shape[1] == 2:
        return _sweep(utilities, slack)
    left = np.argsort(-utilities.sum(axis=1), kind="stable")  # what dominates much comes first
    position = 0
    while position < len(left):
        row = utilities[left[position]]
        others = utilities[left]
        beaten = (others <= row).all(axis=1) & (others < row - slack).any(axis=1)
        position = int((~beaten[: position + 1]).sum())
        left = left[~beaten]
    return np.sort(left)


def _sweep(utilities: Floats, slack: float) -> NDArray[np.int64]:
    """Find the undominated rows for two parties in one pass over the rows sorted by the first column."""
    order = np.lexsort((-utilities[:, 1], -utilities[:, 0]))
    first, second = utilities[order].T
    best = np.concatenate([[-math.inf], np.maximum.accumulate(second)])
    as_good = best[np.searchsorted(-first, -first, side="right")]
    better = best[np.searchsorted(-first, -(first + slack), side="left")]
    beaten = (as_good > second + slack) | (better >= second)
    return np.sort(order[~beaten])
