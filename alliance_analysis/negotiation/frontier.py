"""The Pareto frontier of a negotiation, exactly and without listing every package."""

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

Numbers = NDArray[np.int64]

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
    if not clauses:
        check(issues, parties)
        return _frontier(*_grown(issues, parties), issues, parties, ())
    utilities = listed(issues, parties, clauses)
    sizes = tuple(len(issue.options) for issue in issues)
    return _frontier(utilities, np.unravel_index(np.arange(len(utilities)), sizes), issues, parties, clauses)


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
    utilities = listed(issues, parties, clauses)[packages.ravel()]
    return _frontier(utilities, np.nonzero(packages), issues, parties, clauses)


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


def _grown(issues: Sequence[Issue], parties: Sequence[Party]) -> tuple[Floats, list[Numbers]]:
    """Return utilities, and option numbers for each issue, of what survives the pruning, in the order of the options."""
    sums = np.zeros((1, len(parties)))
    trail: list[Numbers] = []
    for issue in issues:
        parts = contributions(issue, parties)
        if len(sums) * len(parts) > MAX_PACKAGES:
            raise BadInput(
                f"too many packages are tied at the issue '{issue.id}'",
                "give each issue some weight on each side",
            )
        grown = (sums[:, None, :] + parts).reshape(-1, len(parties))
        trail.append(undominated(grown, SLACK))
        sums = grown[trail[-1]]
    chosen: list[Numbers] = []
    at = np.arange(len(sums))
    for issue, kept in zip(reversed(issues), reversed(trail), strict=True):
        at, option = np.divmod(kept[at], len(issue.options))
        chosen.insert(0, option)
    return np.round(sums, DIGITS), chosen


def _frontier(
    utilities: Floats,
    chosen: Sequence[Numbers],
    issues: Sequence[Issue],
    parties: Sequence[Party],
    clauses: Sequence[Clause],
) -> Frontier:
    """Keep the undominated rows, best for the first party first; ties stay in the order of the options."""
    kept = undominated(utilities)
    kept = kept[np.lexsort(-utilities[kept].T[::-1])]
    columns = (
        map(issue.options.__getitem__, numbers[kept].tolist())
        for issue, numbers in zip(issues, chosen, strict=True)
    )
    packages = tuple(zip(*columns, strict=True))
    return Frontier(packages, utilities[kept], tuple(issues), tuple(parties), tuple(clauses))


def undominated(utilities: Floats, slack: float = 0.0) -> Numbers:
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


def _sweep(utilities: Floats, slack: float) -> Numbers:
    """Find the undominated rows for two parties in one pass over the rows, sorted by both columns."""
    one, two = -utilities[:, 0], -utilities[:, 1]
    order = np.lexsort((two, one))
    first, second = one[order], two[order]  # negated: less is better
    best = np.minimum.accumulate(second)
    ahead = np.concatenate(
        [[math.inf], best[:-1]]
    )  # the best second value of the rows with a better first one
    near = first[1:] <= first[:-1] + slack
    if near.any():
        ahead = np.concatenate([[math.inf], best])[np.searchsorted(first, first - slack, side="left")]
    return np.sort(order[(best >= second - slack) & (ahead > second)])
