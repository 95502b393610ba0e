"""How often to review: waiting issues against the cost of a review, and the course kept between reviews."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from alliance_analysis.agreement import Agreement
from alliance_analysis.agreement.choices import choice_in
from alliance_analysis.errors import BadInput, Fault
from alliance_analysis.records import Record

NAME = "cadence"
"""Where the inputs of the cadence stand in `choices`."""

CADENCES = (1, 2, 3, 4, 6, 12)
"""Months between reviews that an agreement usually names."""


@dataclass(frozen=True)
class Cadence:
    """What reviews cost and spare in a year, in one currency and scale.

    Parameters
    ----------
    issues
        Issues that arise in a year.
    growth
        What one issue costs for each month that it waits for the next review.
    review
        What one review costs, preparation of both sides included.
    """

    issues: float
    growth: float
    review: float

    def __post_init__(self) -> None:
        faults = [
            Fault(f"{value} is not a number above 0", "estimate it", field=name)
            for name, value in vars(self).items()
            if not (math.isfinite(value) and value > 0)
        ]
        if faults:
            raise BadInput(faults)

    def waiting(self, months: float) -> float:
        """Return the yearly cost of issues that wait, on average half an interval."""
        return self.issues * self.growth * months / 2

    def reviewing(self, months: float) -> float:
        """Return the yearly cost of the reviews themselves."""
        return 12 * self.review / months

    def cost(self, months: float) -> float:
        """Return the yearly cost of reviewing every so many months.

        >>> [Cadence(6, 4, 9).cost(months) for months in (1, 3, 6)]
        [120.0, 72.0, 90.0]
        """
        if not (math.isfinite(months) and months > 0):
            raise BadInput(f"{months} is not an interval in months", "use a number above 0", field="months")
        return self.waiting(months) + self.reviewing(months)

    @property
    def optimum(self) -> float:
        """Months between reviews at which the cost is least: sqrt(24 R / (issues * growth)).

        >>> Cadence(issues=6, growth=4, review=9).optimum
        3.0
        """
        return math.sqrt(24 * self.review / (self.issues * self.growth))

    def best(self, among: Sequence[float] = CADENCES) -> float:
        """Return the cheapest of the cadences that can be agreed, the longer of two that cost the same."""
        return min(among, key=lambda months: (round(self.cost(months), 9), -months))

    def nearly_best(self, tolerance: float = 0.1) -> tuple[float, float]:
        """Return the range of months whose cost is at most (1 + tolerance) times the least.

        Cost over least cost is (x + 1/x) / 2 with x = months / optimum, so the range has a closed form and is the
        same share of the optimum whatever the inputs.

        >>> [round(m, 2) for m in Cadence(6, 4, 9).nearly_best()]
        [1.93, 4.67]
        """
        bound = 1 + tolerance
        x = bound + math.sqrt(bound**2 - 1)
        return self.optimum / x, self.optimum * x


EXAMPLE = Cadence(issues=6, growth=4, review=9)
"""The worked example: its inputs were chosen so that a quarterly review is cheapest (synthetic)."""


Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Inputs(Record):
    """What a student kept: the inputs of the cadence."""

    issues: Positive
    growth: Positive
    review: Positive


def cadence_in(agreement: Agreement) -> Cadence:
    """Return the cadence with the inputs of the agreement file, or the worked example; raises BadInput with every fault.

    >>> cadence_in(Agreement(schema=1, title="Draft")) == EXAMPLE
    True
    """
    kept = choice_in(agreement, NAME, Inputs)
    return Cadence(kept.issues, kept.growth, kept.review) if kept else EXAMPLE


def off_course(months: int, drift: float, spread: float) -> float:
    """Return the typical (root mean square) distance from the course at the end of a month, just before correction.

    Each month the alliance moves by `drift` and by chance with standard deviation `spread`, in points of the
    planned benefit; a review every `months` months brings it back. The closed form is
    sqrt(drift^2 (T+1)(2T+1)/6 + spread^2 (T+1)/2).

    >>> [round(off_course(months, drift=1, spread=2), 2) for months in (1, 3, 12)]
    [2.24, 3.56, 8.95]
    """
    if not (isinstance(months, int) and months >= 1 and spread >= 0):
        raise BadInput("the interval or the spread cannot be", "use whole months from 1, and a spread from 0")
    return math.sqrt(drift**2 * (months + 1) * (2 * months + 1) / 6 + spread**2 * (months + 1) / 2)


def mean_alignment(months: float, overlap: float, decay: float) -> float:
    """Return the alignment on average between two reviews, if it decays by `decay` a month and a review restores it.

    An assumption, not a finding: overlap * (1 - exp(-decay T)) / (decay T).

    >>> [round(mean_alignment(months, 0.9, 0.05), 3) for months in (3, 12)]
    [0.836, 0.677]
    """
    if decay < 0 or months <= 0 or not 0 <= overlap <= 1:
        raise BadInput(
            "decay, interval or overlap cannot be", "use a decay of 0 or more, and an overlap from 0 to 1"
        )
    return overlap * (-math.expm1(-decay * months) / (decay * months) if decay else 1.0)
