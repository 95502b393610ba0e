"""What each accord contributes: all eight sets of accords on the same random numbers, Shapley shares, one left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from alliance_analysis.agreement import ACCORDS, ELEMENTS, Agreement
from alliance_analysis.agreement.accords import AccordName
from alliance_analysis.agreement.choices import choice_in
from alliance_analysis.errors import AllianceError
from alliance_analysis.records import Record
from alliance_analysis.simulation.assumptions import FULL, Environment, values
from alliance_analysis.simulation.model import (
    MOST_PATHS,
    MOST_QUARTERS,
    PATHS,
    QUARTERS,
    SEED,
    Array,
    Rates,
    Runs,
    checked,
    draws,
    rates,
    simulate,
)

NAME = "accord_contribution"
"""Where a study stands in `choices`."""

COALITIONS = tuple(frozenset(a) for size in range(4) for a in combinations(ACCORDS, size))
"""The eight sets of accords, from none to all."""

KPI_ELEMENTS = ("service_level_contents", "measurement_charter")
"""The elements without which there are no KPIs: the levels that are promised, and the charter that measures them."""

CLEAR = 2.0
"""So many standard errors apart, one accord counts as ahead of another; otherwise they tie."""

Outcome = Literal["npv", "survival"]
OUTCOMES: dict[Outcome, tuple[str, str]] = {
    "npv": ("Joint net present value", "normal quarters"),
    "survival": ("Survival to the horizon", "chance"),
}
"""The outcomes that are divided among the accords, with their units."""


class Study(Record):
    """What a student sets: environment, scores (0 to 4) by element, accords that are overdone, other assumptions."""

    environment: Environment = Environment()
    scores: dict[str, Annotated[float, Field(ge=0, le=FULL, allow_inf_nan=False)]] = Field(
        default_factory=lambda: dict.fromkeys(ELEMENTS, float(FULL))
    )
    overdone: list[AccordName] = Field(default_factory=list)
    assumptions: dict[str, float] = Field(default_factory=dict)
    paths: Annotated[int, Field(ge=2, le=MOST_PATHS)] = PATHS
    quarters: Annotated[int, Field(ge=1, le=MOST_QUARTERS)] = QUARTERS
    seed: Annotated[int, Field(ge=0)] = SEED

    @model_validator(mode="after")
    def _known(self) -> Study:
        try:
            checked(self.scores)
            values(self.assumptions)
        except AllianceError as error:
            raise ValueError(str(error)) from None
        return self

    def rates(self, accords: frozenset[str] = COALITIONS[-1], without: tuple[str, ...] = ()) -> Rates:
        """Return what drives the alliance with these accords only, and without some elements."""
        kept = {
            key: score
            for key, score in self.scores.items()
            if key not in without and ELEMENTS[key].accord in accords
        }
        excess = [accord for accord in self.overdone if accord in accords]
        return rates(self.environment, kept, values(self.assumptions), excess)

    def runs(self) -> Runs:
        """Return the eight sets of accords (in the order of COALITIONS) and, last, all accords without KPIs."""
        alliances = [*(self.rates(c) for c in COALITIONS), self.rates(without=KPI_ELEMENTS)]
        return simulate(alliances, draws(self.paths, self.quarters, self.seed))


def first_study(agreement: Agreement) -> Study:
    """Return where a study starts: the scores of the agreement, and 0 for an element without one.

    >>> from alliance_analysis.agreement import example_path, read_agreement
    >>> first_study(read_agreement(example_path()).agreement).scores["exit"]
    3.0
    """
    return Study(scores={key: float(score or 0) for key, score in agreement.scores().items()})


def study_in(agreement: Agreement) -> Study | None:
    """Return the study that stands in the agreement file, with the agreement's scores, or None.

    Raises BadInput with all its faults.
    """
    return choice_in(agreement, NAME, Study, scores=first_study(agreement).scores)


def studied(agreement: Agreement) -> Study:
    """Return the study in the agreement file, or where one starts."""
    return study_in(agreement) or first_study(agreement)


@dataclass(frozen=True)
class Estimate:
    """A mean over paths and its standard error."""

    mean: float
    error: float


def estimate(paths: NDArray[Any]) -> Estimate:
    """Return the mean of independent paths with its standard error (units of the paths)."""
    return Estimate(float(paths.mean()), float(paths.std(ddof=1) / np.sqrt(len(paths))))


def _weights() -> Array:
    found = np.zeros((len(ACCORDS), len(COALITIONS)))
    n = len(ACCORDS)
    for i, accord in enumerate(ACCORDS):
        for j, coalition in enumerate(COALITIONS):
            others = len(coalition - {accord})
            weight = factorial(others) * factorial(n - others - 1) / factorial(n)
            found[i, j] = weight if accord in coalition else -weight
    return found


WEIGHTS = _weights()
"""Shapley's weights, of shape (accords, coalitions)."""


def shapley(worth: NDArray[Any]) -> Array:
    """Return the Shapley value of each accord, of shape (3, ...), from the worth of the coalitions, (8, ...).

    The mean, over all orders in which the accords could be added, of what an accord adds.

    >>> shapley(np.array([0, 20, 12, 8, 45, 36, 25, 70])).round(2).tolist()
    [31.83, 22.33, 15.83]
    """
    found: Array = np.tensordot(WEIGHTS, worth, axes=1)
    return found


def ahead(paths: NDArray[Any]) -> tuple[int, ...]:
    """Return which rows (accords) of paths come first: one, or those that no clear difference tells from it.

    >>> ahead(np.array([[3.0, 3.1, 2.9], [1.0, 1.2, 0.9], [3.0, 3.0, 3.1]]))
    (0, 2)
    """
    best = int(paths.mean(axis=1).argmax())
    gaps = [estimate(paths[best] - row) for row in paths]
    return tuple(i for i, gap in enumerate(gaps) if i == best or gap.mean <= CLEAR * gap.error)


@dataclass(frozen=True, eq=False)
class Contribution:
    """What a study comes to for one outcome.

    `worth` by coalition; `shares` and `left_out` (what is lost if one accord alone is left out) by accord; `gain`
    is what all three add together; `no_kpis` is what is lost without KPIs; `first` are the accords with the
    largest share, several if they tie.
    """

    study: Study
    outcome: Outcome
    worth: Mapping[frozenset[str], Estimate]
    shares: Mapping[str, Estimate]
    left_out: Mapping[str, Estimate]
    gain: Estimate
    no_kpis: Estimate
    first: tuple[str, ...]

    @property
    def bare(self) -> Estimate:
        """The outcome without any accord."""
        return self.worth[COALITIONS[0]]

    @property
    def full(self) -> Estimate:
        """The outcome with all three accords."""
        return self.worth[COALITIONS[-1]]


def outcome_of(runs: Runs, outcome: Outcome) -> NDArray[Any]:
    """Return an outcome by alliance and path."""
    return runs.joint if outcome == "npv" else runs.alive.astype(float)


def contribution(study: Study, outcome: Outcome = "npv", runs: Runs | None = None) -> Contribution:
    """Divide an outcome of a study among the accords; `runs` are its runs, if known already.

    >>> found = contribution(Study(paths=200, quarters=20))
    >>> whole = sum(share.mean for share in found.shares.values())
    >>> bool(np.isclose(whole, found.full.mean - found.bare.mean))
    True
    """
    paths = outcome_of(runs or study.runs(), outcome)
    worth, without = paths[: len(COALITIONS)], paths[len(COALITIONS)]
    shares = shapley(worth)
    lost = {a: COALITIONS.index(COALITIONS[-1] - {a}) for a in ACCORDS}
    return Contribution(
        study,
        outcome,
        dict(zip(COALITIONS, map(estimate, worth), strict=True)),
        dict(zip(ACCORDS, map(estimate, shares), strict=True)),
        {accord: estimate(worth[-1] - worth[row]) for accord, row in lost.items()},
        estimate(worth[-1] - worth[0]),
        estimate(worth[-1] - without),
        tuple(ACCORDS[i] for i in ahead(shares)),
    )
