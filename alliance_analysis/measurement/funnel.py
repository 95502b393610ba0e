"""A funnel plot: units of very different size compared fairly, with limits that allow for over-dispersion.

Source: spiegelhalter2005funnel; for over-dispersion spiegelhalter2005handling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from alliance_analysis.errors import BadInput

Dispersion = Literal["none", "multiplicative", "additive"]
Floats = NDArray[np.float64]

LEVELS = (0.95, 0.998)
"""Shares of units inside the inner and the outer limits, about 2 and 3 sigma."""


@dataclass(frozen=True, eq=False)
class Funnel:
    """Units and their limits; arrays of shape (n,), rates are fractions.

    `phi` is the winsorised mean square of the z-scores: 1 if only chance is at work and nothing is winsorised,
    about 0.66 with a tenth at each end, and limits never narrow for a phi below 1. `tau` is the standard
    deviation between units under the additive model, else 0. `z` allows for the over-dispersion.
    """

    labels: tuple[str, ...]
    numerator: Floats
    denominator: Floats
    centre: float
    dispersion: Dispersion
    phi: float
    tau: float
    z: Floats

    @property
    def rates(self) -> Floats:
        """Every unit's rate."""
        return self.numerator / self.denominator

    def limits(self, sizes: ArrayLike, level: float = LEVELS[1]) -> tuple[Floats, Floats]:
        """Return the lower and upper limit for units of these sizes, shape of `sizes`.

        Without over-dispersion they are exact: the last count whose binomial tail is not below (1 - level) / 2,
        so they step with the size. With it they are normal, cut at 0 and 1.
        """
        size, tail = np.asarray(sizes, dtype=float), (1 - level) / 2
        if self.dispersion == "none":
            low, high = (
                scipy.stats.binom.ppf(tail, size, self.centre),
                scipy.stats.binom.isf(tail, size, self.centre),
            )
            return low / size, high / size
        reach = scipy.stats.norm.isf(tail) * np.sqrt(self._variance(size))
        return np.maximum(self.centre - reach, 0), np.minimum(self.centre + reach, 1)

    def outside(self, level: float = LEVELS[1]) -> NDArray[np.bool_]:
        """Return which units lie outside their limits."""
        lower, upper = self.limits(self.denominator, level)
        return (self.rates < lower) | (self.rates > upper)

    def _variance(self, sizes: Floats) -> Floats:
        chance = self.centre * (1 - self.centre) / sizes
        return chance * max(self.phi, 1) if self.dispersion == "multiplicative" else chance + self.tau**2


def funnel(
    labels: Sequence[str],
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    centre: float | None = None,
    dispersion: Dispersion = "multiplicative",
    winsorised: float = 0.1,
) -> Funnel:
    """Return the funnel of units that each count `numerator` out of `denominator`.

    Parameters
    ----------
    labels, numerator, denominator
        Name and counts of each unit, shape (n,).
    centre
        The rate to be compared with, a fraction; without it all numerators over all denominators.
    dispersion
        "none": only chance. "multiplicative": chance times phi. "additive": chance plus tau squared.
    winsorised
        Share of the z-scores at each end that is pulled in to its quantile before phi is taken, so that a
        few true outliers do not widen the limits that should find them.

    Raises BadInput for units without cases, counts that do not go together, or a centre of 0 or 1.

    >>> found = funnel(["A", "B", "C"], [90, 850, 40], [100, 1000, 50], dispersion="none")
    >>> round(found.centre, 4), found.outside().tolist()
    (0.8522, [False, False, False])
    """
    over, of = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    if not (over.shape == of.shape == (len(labels),) and len(labels) > 1):
        raise BadInput("a funnel needs at least two units, each with two counts", "check the lengths")
    if not ((of > 0) & (over >= 0) & (over <= of)).all():
        raise BadInput("a unit has no cases, or more hits than cases", "leave it out or correct it")
    rate = float(over.sum() / of.sum()) if centre is None else centre
    if not 0 < rate < 1:
        raise BadInput(f"the centre of the funnel is {rate:g}", "a funnel needs a rate between 0 and 1")
    variance = rate * (1 - rate) / of
    z = (over / of - rate) / np.sqrt(variance)
    phi = float(np.mean(np.clip(z, *np.quantile(z, [winsorised, 1 - winsorised])) ** 2))
    weight = 1 / variance
    spread = weight.sum() - (weight**2).sum() / weight.sum()
    tau2 = max(0.0, (len(z) * phi - (len(z) - 1)) / spread) if dispersion == "additive" else 0.0
    if dispersion == "multiplicative":
        z = z / np.sqrt(max(phi, 1))
    elif dispersion == "additive":
        z = z * np.sqrt(variance / (variance + tau2))
    return Funnel(tuple(labels), over, of, rate, dispersion, phi, float(np.sqrt(tau2)), z)
