"""Control charts: natural process limits from a frozen baseline, and every period judged by them.

XmR for plain values or rates (wheeler2000understanding), p for counts out of counts (montgomery2013introduction),
p' for counts so large that binomial limits are too narrow (laney2002improved).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.rules import ROUTINE, Finding, Rule, apply
from alliance_analysis.measurement.series import Series
from alliance_analysis.measurement.stability import ALPHA, LEAST_POINTS, Stability, stability

Kind = Literal["XmR", "p", "p'"]
Values = NDArray[np.float64]

D2 = 2 / math.sqrt(math.pi)
"""Mean range of two standard normal values."""

E2 = 3 / D2
"""Mean moving range to the distance of a limit: 2.6587 (the printed 2.66 is rounded)."""

D4 = 1 + 3 * math.sqrt(math.pi / 2 - 1)
"""Mean moving range to its own upper limit: 3.2665."""

PROVISIONAL = 20
"""Limits from fewer periods than this are provisional."""


@dataclass(frozen=True)
class Limits:
    """What a baseline says of a process; it stays as it is while later periods are judged by it.

    Parameters
    ----------
    kind
        "XmR", "p" or "p'".
    centre
        Mean of the values; for counts all numerators over all denominators. In the unit of the series.
    spread
        XmR: sigma in the unit of the series; p': how many times the binomial sigma (sigma_z); p: 1.
    mean_range
        Mean moving range (XmR only).
    start, end
        First and last period of the baseline.
    count
        Periods with a value in it.
    stability
        Whether the baseline is only noise.
    """

    kind: Kind
    centre: float
    spread: float
    mean_range: float | None
    start: str
    end: str
    count: int
    stability: Stability

    @property
    def range_limit(self) -> float | None:
        """Upper limit of the moving range (XmR only)."""
        return None if self.mean_range is None else D4 * self.mean_range

    def sigma(self, series: Series) -> Values:
        """Return sigma for every period of a series, shape (n,); for counts it depends on the denominator."""
        if self.kind == "XmR":
            return np.full(len(series.values), self.spread)
        return self.spread * _binomial_sigma(self.centre, _counts(series)[1])


@dataclass(frozen=True, eq=False)
class ControlChart:
    """A series judged by limits: every array has the shape (n,) of the series, NaN in a gap.

    `z` is the distance from the centre in sigma; `baseline` marks the periods between the baseline's first
    and last. `false_alarm_rate` is the probability that a period of the stable process lies outside the
    limits, all else being noise; it is None where that cannot be said, and `reason` says why. It holds for
    the limits alone: every further rule adds false alarms.
    """

    series: Series
    limits: Limits
    lower: Values
    upper: Values
    z: Values
    baseline: NDArray[np.bool_]
    rules: tuple[Rule, ...]
    findings: tuple[Finding, ...]
    false_alarm_rate: float | None
    reason: str

    @property
    def flagged(self) -> tuple[int, ...]:
        """Positions of all points that any rule flags."""
        return tuple(sorted({point for finding in self.findings for point in finding.points}))

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Which points lie outside the limits."""
        return (self.series.values < self.lower) | (self.series.values > self.upper)

    @property
    def wide_ranges(self) -> NDArray[np.bool_]:
        """Which moving ranges exceed their limit (none on a chart of counts)."""
        limit = self.limits.range_limit
        return self.series.moving_ranges > (np.inf if limit is None else limit)


def fit(series: Series, kind: Kind = "XmR", start: str | None = None, end: str | None = None) -> Limits:
    """Return limits from the baseline `start` to `end` (both included; without them the whole series).

    Raises BadInput if the baseline is empty, has no two neighbouring values, or has no counts where a chart
    of counts is asked for. Moving ranges never bridge a gap. Limits are not rounded.

    >>> from alliance_analysis.measurement.series import series
    >>> found = fit(series(["2026-01", "2026-02", "2026-03", "2026-04"], [10, 12, 11, 13], unit="days"))
    >>> found.centre, round(found.spread, 4), round(found.range_limit, 4)
    (11.5, 1.477, 5.4442)
    """
    inside = series.window(start, end)
    known = inside & np.isfinite(series.values)
    where = series.periods[known]
    if kind == "XmR":
        standard, centre = series.values, float(series.values[known].mean())
    else:
        over, of = _counts(series)
        centre = float(over[known].sum() / of[known].sum())
        standard = _standard(series.values, centre, _binomial_sigma(centre, of))
    standard = np.where(inside, standard, np.nan)
    ranges = np.abs(np.diff(standard))
    if not np.isfinite(ranges).any():
        raise BadInput(
            f"{series.name} has no two neighbouring values from {where[0]} to {where[-1]}",
            "moving ranges do not bridge gaps: choose a longer baseline",
        )
    mean_range = float(np.nanmean(ranges))
    checks = stability(standard, series.cycle)
    checks = (_dispersion_checked if kind == "p" else _shape_checked)(checks, standard[known])
    return Limits(
        kind,
        centre,
        1.0 if kind == "p" else mean_range / D2,
        mean_range if kind == "XmR" else None,
        str(where[0]),
        str(where[-1]),
        int(known.sum()),
        checks,
    )


def judge(series: Series, limits: Limits, rules: Sequence[Rule] = ROUTINE) -> ControlChart:
    """Return a series judged by limits that may come from its own past or from another series.

    >>> from alliance_analysis.measurement.series import series
    >>> past = fit(series(["2025-01", "2025-02", "2025-03", "2025-04"], [10, 12, 11, 13], unit="days"))
    >>> judge(series(["2026-01", "2026-02"], [12, 17], unit="days"), past).flagged
    (1,)
    """
    sigma = limits.sigma(series)
    lower, upper = limits.centre - 3 * sigma, limits.centre + 3 * sigma
    if limits.kind != "XmR":
        lower, upper = np.maximum(lower, 0), np.minimum(upper, 1)
    z = _standard(series.values, limits.centre, sigma)
    rate, reason = _false_alarms(series, limits, lower, upper)
    first, last = (pd.Period(text, freq=series.periods.freqstr) for text in (limits.start, limits.end))
    baseline = np.asarray((series.periods >= first) & (series.periods <= last))
    return ControlChart(
        series, limits, lower, upper, z, baseline, tuple(rules), apply(rules, z), rate, reason
    )


def chart(
    series: Series,
    kind: Kind = "XmR",
    start: str | None = None,
    end: str | None = None,
    rules: Sequence[Rule] = ROUTINE,
) -> ControlChart:
    """Return a series judged by its own baseline (see `fit` and `judge`)."""
    return judge(series, fit(series, kind, start, end), rules)


def _counts(series: Series) -> tuple[Values, Values]:
    if series.numerator is None or series.denominator is None:
        raise BadInput(
            f"{series.name} has values but no counts", "give numerator and denominator, or use an XmR chart"
        )
    return series.numerator, series.denominator


def _binomial_sigma(rate: float, sizes: Values) -> Values:
    return np.sqrt(rate * (1 - rate) / sizes)


def _standard(values: Values, centre: float, sigma: Values) -> Values:
    """Return (x - centre) / sigma; where sigma is 0, 0 on the centre and infinite off it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((sigma == 0) & (values == centre), 0.0, (values - centre) / sigma)


def _dispersion_checked(checks: Stability, z: Values) -> Stability:
    """Add the test whether counts vary more than the binomial allows (chi-square of the z-scores)."""
    ratio = float(np.mean(z**2))
    if not np.isfinite(ratio) or scipy.stats.chi2.sf(ratio * len(z), len(z) - 1) >= ALPHA:
        return checks
    said = f"the rate varies {ratio:.1f} times as much as counts of this size would by chance: use p'"
    return Stability(checks.checks, checks.untested, "; ".join(filter(None, (said, checks.reason))))


def _shape_checked(checks: Stability, z: Values) -> Stability:
    """Add the Shapiro-Wilk test: a chance worked out from the normal curve misleads where the values are not normal.

    Rates close to 100 % seldom are: most periods stand at the ceiling, and a few fall far below.
    """
    z = z[np.isfinite(z)]
    if len(z) < LEAST_POINTS or np.ptp(z) == 0 or scipy.stats.shapiro(z).pvalue >= ALPHA:
        return checks
    said = "the values are far from normal (Shapiro-Wilk), as rates near a ceiling are"
    return Stability(checks.checks, checks.untested, "; ".join(filter(None, (checks.reason, said))))


def _false_alarms(series: Series, limits: Limits, lower: Values, upper: Values) -> tuple[float | None, str]:
    """Return the probability of a point outside the limits if all is noise, or None and why not."""
    if not limits.stability.stable:
        return None, limits.stability.reason
    if limits.spread == 0:
        return None, "the baseline does not vary at all"
    few = f"provisional: limits from {limits.count} periods, fewer than {PROVISIONAL}"
    reason = few if limits.count < PROVISIONAL else ""
    if limits.kind != "p":
        return float(2 * scipy.stats.norm.sf(3)), reason
    sizes = _counts(series)[1]
    sizes, low, high = (array[np.isfinite(sizes)] for array in (sizes, lower, upper))
    below = scipy.stats.binom.cdf(np.ceil(low * sizes - 1e-9) - 1, sizes, limits.centre)
    above = scipy.stats.binom.sf(np.floor(high * sizes + 1e-9), sizes, limits.centre)
    return float(np.mean(below + above)), reason
