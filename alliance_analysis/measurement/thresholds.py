"""What a threshold costs when nothing has changed, and how late it speaks when something has.

A breach is a period on the wrong side of the threshold: below it where higher is better, above it where lower
is better; a value on the threshold keeps the promise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from alliance_analysis.measurement.ranking import Direction

Floats = NDArray[np.float64]

LONGEST_WINDOW = 12
"""Longest window of a grace count, in periods."""


@dataclass(frozen=True)
class Grace:
    """A credit falls due in a breached period if at least `breaches` of the last `window` periods breached.

    >>> Grace(2, 3)
    Grace(breaches=2, window=3)
    """

    breaches: int = 1
    window: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.breaches <= self.window <= LONGEST_WINDOW:
            raise ValueError(f"a grace count needs 1 <= breaches <= window <= {LONGEST_WINDOW}, got {self}")


NO_GRACE = Grace()


def breach_probability(level: ArrayLike, sigma: ArrayLike, threshold: float, direction: Direction) -> Floats:
    """Return P(breach in one period) of a normal process: Phi((T - level) / sigma) where higher is better.

    `level`, `sigma` and `threshold` are in the KPI's unit; level and sigma may be arrays. With sigma 0 the
    process breaches always or never. Source: montgomery2013introduction (operating characteristic).

    >>> float(breach_probability(0.95, 0.01, 0.95, "higher"))
    0.5
    """
    spread = np.asarray(sigma, dtype=float)
    if not (spread >= 0).all():
        raise ValueError(f"sigma must not be negative or missing, got {sigma!r}")
    gap = (threshold - np.asarray(level, dtype=float)) * (1 if direction == "higher" else -1)
    gap, spread = np.broadcast_arrays(gap, spread)
    z = np.divide(gap, spread, out=np.where(gap > 0, np.inf, -np.inf), where=spread > 0)
    return np.asarray(scipy.stats.norm.cdf(z))


def breach_probability_counts(
    rate: ArrayLike, size: ArrayLike, threshold: float, direction: Direction
) -> Floats:
    """Return P(breach in one period) when `size` independent cases each succeed with probability `rate`.

    Exact binomial: P(X / size < T) where higher is better, P(X / size > T) where lower is better; rate and
    size may be arrays.

    >>> float(breach_probability_counts(0.5, 2, 0.5, "higher"))
    0.25
    """
    sizes = np.asarray(size, dtype=float)
    if not (sizes >= 1).all():
        raise ValueError(f"a rate needs at least one case, got {size!r}")
    cases = np.round(threshold * sizes, 9)  # 0.95 x 20 is 19, not 18.999...
    if direction == "higher":
        return np.asarray(scipy.stats.binom.cdf(np.ceil(cases) - 1, sizes, rate))
    return np.asarray(scipy.stats.binom.sf(np.floor(cases), sizes, rate))


@dataclass(frozen=True, eq=False)
class _Chain:
    """The outcomes of the last window - 1 periods as a Markov chain: where a kept and a breached period lead."""

    kept: NDArray[np.intp]
    breached: NDArray[np.intp]
    due: NDArray[np.bool_]


def _chain(grace: Grace) -> _Chain:
    states = np.arange(2 ** (grace.window - 1))
    room = len(states) - 1
    return _Chain(
        states << 1 & room, (states << 1 | 1) & room, np.bitwise_count(states) + 1 >= grace.breaches
    )


def due_probability(breach: float, periods: int = 12, grace: Grace = NO_GRACE) -> float:
    """Return the probability that a credit falls due at least once in so many independent periods.

    Without grace it is 1 - (1 - q)^k; with grace the exact chance over the outcomes of the last periods.

    >>> round(due_probability(0.05, 12), 4), round(due_probability(0.05, 12, Grace(2, 3)), 4)
    (0.4596, 0.0465)
    """
    chain, at = _chain(grace), np.zeros(2 ** (grace.window - 1))
    at[0] = 1.0
    for _ in range(periods):
        kept = np.bincount(chain.kept, at * (1 - breach), len(at))
        at = kept + np.bincount(chain.breached, at * breach * ~chain.due, len(at))
    return float(1 - at.sum())


def expected_due(breach: float, periods: int = 12, grace: Grace = NO_GRACE) -> float:
    """Return the expected number of periods, out of so many, in which a credit falls due.

    >>> round(expected_due(0.05, 12), 3), round(expected_due(0.05, 12, Grace(2, 3)), 3)
    (0.6, 0.051)
    """
    earlier = np.minimum(np.arange(periods), grace.window - 1)
    return float(breach * scipy.stats.binom.sf(grace.breaches - 2, earlier, breach).sum())


def average_run_length(breach: float, grace: Grace = NO_GRACE) -> float:
    """Return the expected number of periods until a credit first falls due (infinite if breaches are impossible).

    Without grace it is 1/q. At the level of a stable process this is the time between false alarms; at a
    shifted level it is the detection delay. Source: montgomery2013introduction.

    >>> average_run_length(0.5), average_run_length(0.5, Grace(2, 2))
    (2.0, 6.0)
    """
    if breach <= 0:
        return float("inf")
    chain, count = _chain(grace), 2 ** (grace.window - 1)
    states = np.arange(count)
    from scipy.sparse.linalg import spsolve  # half a second, for this question only

    moves = scipy.sparse.coo_array(
        (
            np.concatenate([np.full(count, 1 - breach), breach * ~chain.due]),
            (np.tile(states, 2), np.concatenate([chain.kept, chain.breached])),
        ),
        shape=(count, count),
    )
    solved = spsolve((scipy.sparse.eye_array(count) - moves).tocsc(), np.ones(count))
    return float(solved[0])


@dataclass(frozen=True, eq=False)
class OperatingCurve:
    """How often a threshold is breached, for every true level: arrays of shape (n,), probabilities."""

    threshold: float
    direction: Direction
    unit: str
    levels: Floats
    breach: Floats
    due_in_year: Floats
    periods: int
    grace: Grace


def operating_curve(
    levels: ArrayLike,
    threshold: float,
    direction: Direction,
    *,
    sigma: float | None = None,
    size: int | None = None,
    unit: str = "fraction",
    periods: int = 12,
    grace: Grace = NO_GRACE,
) -> OperatingCurve:
    """Return the operating curve of a threshold, from sigma (normal) or from cases a period (exact binomial).

    >>> curve = operating_curve([0.93, 0.95, 0.97], 0.95, "higher", size=200)
    >>> curve.breach.round(3).tolist()
    [0.834, 0.417, 0.04]
    """
    if (sigma is None) == (size is None):
        raise ValueError("give either sigma or the cases of a period")
    at = np.asarray(levels, dtype=float)
    if size is not None:
        breach = breach_probability_counts(at, size, threshold, direction)
    else:
        breach = breach_probability(at, sigma or 0.0, threshold, direction)
    due = np.array([due_probability(float(q), periods, grace) for q in breach])
    return OperatingCurve(threshold, direction, unit, at, breach, due, periods, grace)
