"""Whether the past is only noise: no season, no trend, no memory. Else no false-alarm rate may be stated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

ALPHA = 0.05
"""Chance that a stable past fails one of the checks, shared evenly among those that can be made."""

LEAST_POINTS = 10
"""With fewer values the checks see next to nothing."""


@dataclass(frozen=True)
class Check:
    """One check: its statistic, its p-value, and whether it speaks against a stable past."""

    name: str
    statistic: float
    p_value: float
    failed: bool


@dataclass(frozen=True)
class Stability:
    """The checks that could be made, why others could not, and the verdict.

    `reason` says in words why the past is not only noise; it is empty if nothing speaks against it.
    """

    checks: tuple[Check, ...]
    untested: tuple[str, ...]
    reason: str

    @property
    def stable(self) -> bool:
        """Whether nothing speaks against a stable past."""
        return not self.reason


def stability(values: NDArray[np.float64], cycle: int | None) -> Stability:
    """Check values in order of time for lag-1 autocorrelation, trend and season.

    Autocorrelation is Pearson's r of neighbours (never across a gap), trend is Kendall's tau with time (the
    Mann-Kendall test), season is the Kruskal-Wallis test between the places in the cycle, if at least two
    whole cycles are there. The three share the level `ALPHA`.

    Parameters
    ----------
    values
        Shape (n,), NaN in a gap; standardised if the precision differs from period to period.
    cycle
        Periods in one turn of the season, or None.

    >>> stability(np.arange(12.0), None).reason
    'the values depend on the one before (lag-1 correlation +1.00); there is a rising trend (tau +1.00)'
    """
    known = np.isfinite(values)
    count = int(known.sum())
    if count < LEAST_POINTS:
        too_few = f"{count} values are too few to see trend, season or memory (at least {LEAST_POINTS})"
        return Stability((), ("lag-1 autocorrelation", "trend", "season"), too_few)
    if np.ptp(values[known]) == 0:
        return Stability((), ("lag-1 autocorrelation", "trend", "season"), "the values do not vary at all")
    found, untested = [], []
    before, after = values[:-1], values[1:]
    both = np.isfinite(before) & np.isfinite(after)
    if both.sum() >= LEAST_POINTS - 1 and np.ptp(before[both]) > 0 and np.ptp(after[both]) > 0:
        found.append(("lag-1 autocorrelation", *scipy.stats.pearsonr(before[both], after[both])))
    else:
        untested.append("lag-1 autocorrelation (too few neighbouring values)")
    found.append(("trend", *scipy.stats.kendalltau(np.flatnonzero(known), values[known])))
    places = (
        [values[known & (np.arange(len(values)) % cycle == place)] for place in range(cycle)] if cycle else []
    )
    if places and min(map(len, places)) >= 2:
        found.append(("season", *scipy.stats.kruskal(*places)))
    elif cycle:
        untested.append("season (fewer than two whole cycles)")
    checks = tuple(
        Check(name, float(statistic), float(p), bool(p < ALPHA / len(found))) for name, statistic, p in found
    )
    return Stability(
        checks, tuple(untested), "; ".join(_said(check, cycle) for check in checks if check.failed)
    )


def _said(check: Check, cycle: int | None) -> str:
    if check.name == "trend":
        way = "rising" if check.statistic > 0 else "falling"
        return f"there is a {way} trend (tau {check.statistic:+.2f})"
    if check.name == "season":
        return f"there is a season of {cycle} periods (Kruskal-Wallis {check.statistic:.1f})"
    return f"the values depend on the one before (lag-1 correlation {check.statistic:+.2f})"
