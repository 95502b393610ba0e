"""How long an alliance lasts: a Weibull curve whose hazard rises or falls with what is known of the alliance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alliance_analysis.incentives.working import within

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Survival:
    """Weibull survival with proportional hazards [@cox1972regression]: S(t) = exp(-(t / L)^k exp(b'x)).

    Parameters
    ----------
    shape
        k: above 1 the chance of ending within the next year grows with age.
    median
        Years by which half of the alliances end where every covariate is 0. An assumption, no finding.
    hazard_ratios
        By covariate, by how much one more unit of it multiplies the hazard: exp(b).

    >>> base = Survival(1.4, 5)
    >>> [round(float(base.at(t)), 4) for t in (3, 5, 7)]
    [0.7125, 0.5, 0.3295]
    >>> round(float(Survival(1.4, 5, {"new manager": 1.5}).at(5, {"new manager": 1})), 3)
    0.354
    """

    shape: float
    median: float
    hazard_ratios: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        within("the shape", self.shape, low=1e-9)
        within("the median life", self.median, low=1e-9)
        for name, ratio in self.hazard_ratios.items():
            within(f"the hazard ratio of '{name}'", ratio, low=1e-9)

    @property
    def scale(self) -> float:
        """L, in years."""
        return float(self.median / np.log(2) ** (1 / self.shape))

    def hazard_ratio(self, covariates: Mapping[str, float] | None = None) -> float:
        """Return by how much these covariates multiply the hazard."""
        return float(
            np.prod([self.hazard_ratios[name] ** value for name, value in (covariates or {}).items()])
        )

    def at(self, years: ArrayLike, covariates: Mapping[str, float] | None = None) -> Floats:
        """Return the chance to last at least so many years."""
        age = np.asarray(years, dtype=float) / self.scale
        return np.asarray(np.exp(-(age**self.shape) * self.hazard_ratio(covariates)))

    def time_ratio(self, covariates: Mapping[str, float] | None = None) -> float:
        """Return by how much these covariates stretch every lifetime: the accelerated failure-time form.

        A Weibull curve has both forms [@goo2007investigation]: time ratio = hazard ratio^(-1/k).

        >>> round(Survival(1.4, 5, {"new manager": 1.5}).time_ratio({"new manager": 1}), 3)
        0.749
        """
        return float(self.hazard_ratio(covariates) ** (-1 / self.shape))
