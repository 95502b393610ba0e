"""Whether a threshold punishes noise: the false penalties of a stable partner, in chance, number and money."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alliance_analysis.agreement.files import Money
from alliance_analysis.measurement.charts import ControlChart
from alliance_analysis.measurement.ranking import Direction
from alliance_analysis.measurement.thresholds import (
    NO_GRACE,
    Grace,
    breach_probability,
    breach_probability_counts,
    due_probability,
    expected_due,
)


@dataclass(frozen=True)
class FalsePenalties:
    """What a threshold does to a partner whose process has not changed.

    `breach` is the chance of a breach in one period, `due_in_year` that a credit falls due at least once in
    `periods`, `expected` how many fall due.
    `cost` is what they cost in `money`, if an at-risk amount a period is given. All are None where the
    past does not allow a number, and `reason` says why; `observed` of `count` periods did breach, whatever
    the cause.
    """

    threshold: float
    direction: Direction
    grace: Grace
    periods: int
    observed: int
    count: int
    breach: float | None
    due_in_year: float | None
    expected: float | None
    cost: float | None
    money: Money | None
    reason: str


def false_penalties(
    chart: ControlChart,
    threshold: float,
    direction: Direction,
    *,
    periods: int = 12,
    grace: Grace = NO_GRACE,
    at_risk: float | None = None,
    money: Money | None = None,
) -> FalsePenalties:
    """Return what a threshold costs a partner whose process stays as the chart's baseline was.

    Parameters
    ----------
    chart
        XmR: normal around the centre with the chart's sigma. p: exact binomial, the mean over the sizes of
        the known periods. p': normal with the widened sigma of each period, the mean over them.
    threshold, direction
        In the unit of the series; the side that is better.
    periods
        Periods in the year that is asked about.
    grace
        How many breaches in how many periods make a credit fall due.
    at_risk
        The at-risk amount of one period in the currency and scale of `money`: fee x at-risk fraction.

    >>> from alliance_analysis.measurement.charts import chart
    >>> from alliance_analysis.measurement.series import series
    >>> values = [0.96, 0.94, 0.97, 0.95, 0.95, 0.96, 0.97, 0.94, 0.95, 0.96, 0.95, 0.96]
    >>> past = chart(series([f"2025-{month:02}" for month in range(1, 13)], values))
    >>> found = false_penalties(past, 0.94, "higher", at_risk=0.05, money=Money())
    >>> round(found.breach, 3), round(found.due_in_year, 2), round(found.cost, 3), found.observed
    (0.122, 0.79, 0.073, 0)
    """
    values = chart.series.values[np.isfinite(chart.series.values)]
    observed = int((values < threshold).sum() if direction == "higher" else (values > threshold).sum())
    breach = None if chart.false_alarm_rate is None else breach_chance(chart, threshold, direction)
    due = expected = cost = None
    if breach is not None:
        due, expected = due_probability(breach, periods, grace), expected_due(breach, periods, grace)
        cost = None if at_risk is None else expected * at_risk
    return FalsePenalties(
        threshold,
        direction,
        grace,
        periods,
        observed,
        len(values),
        breach,
        due,
        expected,
        cost,
        money,
        chart.reason,
    )


def breach_chance(chart: ControlChart, threshold: float, direction: Direction, shift: float = 0.0) -> float:
    """Return the chance of a breach in one period after a worsening by `shift` sigma, over the known periods.

    The mean over the precision of the periods: normal, or exact binomial for a p chart.
    """
    limits, sizes = chart.limits, chart.series.denominator
    known = np.isfinite(chart.series.values)
    sigma = limits.sigma(chart.series)[known]
    level = limits.centre + (-shift if direction == "higher" else shift) * sigma
    if limits.kind == "p" and sizes is not None:
        rates = np.clip(level, 0, 1)
        return float(breach_probability_counts(rates, sizes[known], threshold, direction).mean())
    return float(breach_probability(level, sigma, threshold, direction).mean())
