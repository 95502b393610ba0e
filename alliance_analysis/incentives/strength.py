"""How strongly to pay on a number that is noisy and does not measure everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from alliance_analysis.incentives.working import within

Floats = NDArray[np.float64]
Scheme = Literal["annual", "average", "endurance"]
SCHEMES: dict[Scheme, str] = {
    "annual": "a bonus for each year at the target",
    "average": "one reward if the years' average is at the target",
    "endurance": "one reward if every year is at the target",
}
"""Three ways to pay the same sum over the same years."""


def share_paid(scheme: Scheme, level: ArrayLike, target: float, sigma: float, years: int) -> Floats:
    """Return the expected share of the whole reward that is paid, for each true level.

    Each year's figure is normal around the true level with `sigma`, years independent; higher is better. All in
    the unit of the KPI.

    >>> [round(float(share_paid(scheme, 94, 95, 1, 3)), 3) for scheme in SCHEMES]
    [0.159, 0.042, 0.004]
    """
    within("sigma", sigma, low=1e-12)
    within("the number of years", years, low=1)
    z = (np.asarray(level, dtype=float) - target) / sigma
    if scheme == "average":
        return np.asarray(scipy.stats.norm.cdf(z * np.sqrt(years)))
    once = np.asarray(scipy.stats.norm.cdf(z))
    return once if scheme == "annual" else once**years


def simulated_share(
    scheme: Scheme,
    level: float,
    target: float,
    sigma: float,
    years: int,
    *,
    runs: int,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Return the same share by simulation, with its standard error.

    >>> share, error = simulated_share("average", 94, 95, 1, 3, runs=4000, rng=np.random.default_rng(7))
    >>> abs(share - float(share_paid("average", 94, 95, 1, 3))) < 4 * error
    True
    """
    seen = rng.normal(level, sigma, size=(runs, years))
    if scheme == "annual":
        paid = (seen >= target).mean(axis=1)
    else:
        paid = (seen.mean(axis=1) if scheme == "average" else seen.min(axis=1)) >= target
    return float(paid.mean()), float(paid.std(ddof=1) / np.sqrt(runs))


@dataclass(frozen=True)
class Strength:
    """The best linear incentive and what it does.

    `rate` is the share of measured output that is paid. `measured` and `unmeasured` are the changes of effort that
    it causes, in units of output, against no incentive; `gain` is the joint surplus that it adds.
    """

    rate: float
    measured: float
    unmeasured: float
    gain: float


def strength(
    risk_aversion: float,
    effort_cost: float,
    variance: float,
    *,
    crowding: float = 0.0,
    unmeasured_value: float = 0.0,
) -> Strength:
    r"""Return the incentive that is best for both partners together [@holmstrom1991multitask].

    Parameters
    ----------
    risk_aversion, effort_cost, variance
        r, c and the variance of the measure; effort x costs c x^2 / 2, and a unit of measured output is worth 1.
    crowding
        k, from 0 to below 1: how far effort on the measured task crowds out the unmeasured one.
    unmeasured_value
        v, what a unit of the unmeasured output is worth.

    The payee sets marginal cost to the rate b on the measured task and to 0 on the other, so efforts change by
    b/D and -k b/D, with D = c (1 - k^2). The surplus b (1 - k v)/D - b^2/(2 D) - r b^2 variance / 2 is largest at
    b* = (1 - k v) / (1 + r D variance), or 0 where that is negative. Without a second task: 1 / (1 + r c variance).

    >>> round(strength(2, 1.5, 0.25).rate, 3), strength(2, 1.5, 0.25, crowding=0.5, unmeasured_value=2).rate
    (0.571, 0.0)
    """
    within("risk aversion", risk_aversion)
    within("the cost of effort", effort_cost, low=1e-12)
    within("the variance", variance)
    within("crowding", crowding, high=1 - 1e-9)
    within("the value of the unmeasured task", unmeasured_value)
    steep = effort_cost * (1 - crowding**2)
    rate = max(0.0, (1 - crowding * unmeasured_value) / (1 + risk_aversion * steep * variance))
    return Strength(rate, rate / steep, 0.0 - crowding * rate / steep, surplus(
        rate, risk_aversion, effort_cost, variance, crowding=crowding, unmeasured_value=unmeasured_value))  # fmt: skip


def surplus(
    rate: float,
    risk_aversion: float,
    effort_cost: float,
    variance: float,
    *,
    crowding: float = 0.0,
    unmeasured_value: float = 0.0,
) -> float:
    """Return what an incentive of any rate adds to the joint surplus, against none (see `strength`).

    >>> surplus(0.0, 2, 1.5, 0.25), surplus(1.0, 2, 1.5, 0.25, crowding=0.5, unmeasured_value=2) < 0
    (0.0, True)
    """
    steep = effort_cost * (1 - crowding**2)
    worth = rate * (1 - crowding * unmeasured_value) / steep
    return worth - rate**2 / (2 * steep) - risk_aversion * rate**2 * variance / 2
