"""What a threshold would have done on a record, and what it would cost and miss if nothing, or something, changes."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance_analysis.agreement.clauses import Clocks
from alliance_analysis.agreement.files import Money
from alliance_analysis.measurement.charts import ControlChart
from alliance_analysis.measurement.escalation import Escalation, State, advance, follow
from alliance_analysis.measurement.penalties import FalsePenalties, breach_chance, false_penalties
from alliance_analysis.measurement.ranking import Direction
from alliance_analysis.measurement.rules import Rule
from alliance_analysis.measurement.series import Series
from alliance_analysis.measurement.thresholds import (
    NO_GRACE,
    Grace,
    OperatingCurve,
    due_probability,
    operating_curve,
)

Mask = NDArray[np.bool_]

SHIFTS = (1.0, 2.0)
"""The worsenings that are asked about, in sigma."""

SEEN_WITHIN = 6
"""So many periods after a worsening it counts as missed if nothing has spoken."""

CALM = 2
"""So many periods in a row without a signal close an escalation."""

SERIES, WARM_UP, SEED = 4000, 20, 1
"""Simulated series behind the chances of a set of rules, their periods before the worsening, and the seed."""

PERIODS_A_YEAR = {"M": 12, "Q": 4, "Y": 1}
WORKING_DAYS = {"M": 21, "Q": 65, "Y": 261}
LADDER: tuple[State, ...] = ("watch", "level_1", "level_2", "steering_committee", "arbitration")
"""The states of a shortfall that grows."""


@dataclass(frozen=True)
class Missed:
    """The chance that a worsening by `shift` sigma goes unseen for `SEEN_WITHIN` periods."""

    shift: float
    by_threshold: float
    by_rules: float


@dataclass(frozen=True, eq=False)
class WhatIf:
    """A threshold held against a record; masks have the shape (n,) of the series.

    `breached` are the periods on the wrong side, `due` those in which a credit falls due under the grace count.
    `false` is what a partner pays whose process has not changed; `rule_alarms` is how many periods of a year
    the chart's rules would signal then, and `missed` what goes unseen: None and empty where the past does not
    allow a number (`false.reason`). `cases` are the escalations that would have been opened; `credit` is the
    money of one due period, if a fee is known.
    """

    chart: ControlChart
    breached: Mask
    due: Mask
    false: FalsePenalties
    rule_alarms: float | None
    missed: tuple[Missed, ...]
    cases: tuple[Escalation, ...]
    credit: float | None

    @property
    def quoted(self) -> bool:
        """Whether the past allows chances to be quoted."""
        return self.false.breach is not None

    @property
    def paid(self) -> float | None:
        """The credits of the whole record, in money."""
        return None if self.credit is None else self.credit * int(self.due.sum())

    @property
    def highest(self) -> State | None:
        """The highest state that an escalation would have reached."""
        return max((reached(case) for case in self.cases), key=LADDER.index, default=None)


def what_if(
    chart: ControlChart,
    threshold: float,
    direction: Direction,
    *,
    grace: Grace = NO_GRACE,
    credit: float | None = None,
    money: Money | None = None,
) -> WhatIf:
    """Hold a threshold against a record.

    Parameters
    ----------
    chart
        The record, judged by its limits and a set of rules.
    threshold, direction
        In the unit of the series; the side that is better.
    grace
        How many breaches in how many periods make a credit fall due.
    credit
        What one due period costs: fee of a period x at-risk fraction, in the currency and scale of `money`.

    >>> from alliance_analysis.measurement.charts import chart
    >>> from alliance_analysis.measurement.series import series
    >>> values = [0.96, 0.94, 0.97, 0.95, 0.95, 0.96, 0.97, 0.94, 0.95, 0.96, 0.95, 0.96]
    >>> past = chart(series([f"2025-{month:02}" for month in range(1, 13)], values))
    >>> found = what_if(past, 0.945, "higher", grace=Grace(1, 2), credit=10)
    >>> int(found.breached.sum()), found.paid, len(found.cases), found.highest
    (2, 20, 2, 'watch')
    """
    values, periods = chart.series.values, periods_in_year(chart.series)
    breached = values < threshold if direction == "higher" else values > threshold
    due = breached & (np.convolve(breached, np.ones(grace.window))[: len(values)] >= grace.breaches)
    false = false_penalties(
        chart, threshold, direction, periods=periods, grace=grace, at_risk=credit, money=money
    )
    rule_alarms, missed = None, tuple[Missed, ...]()
    if false.breach is not None:
        rule_alarms = periods * signal_share(chart)
        missed = tuple(
            Missed(
                shift,
                1 - due_probability(breach_chance(chart, threshold, direction, shift), SEEN_WITHIN, grace),
                silence(chart, -shift if direction == "higher" else shift),
            )
            for shift in SHIFTS
        )
    return WhatIf(chart, breached, due, false, rule_alarms, missed, _cases(chart, due, direction), credit)


def curve_of(found: WhatIf) -> OperatingCurve:
    """Return how often the threshold would be breached for true levels up to four sigma from the centre.

    From the typical sigma of a period of the record, for a process without memory.
    """
    limits, false = found.chart.limits, found.false
    sigma = float(np.nanmean(limits.sigma(found.chart.series)))
    reach = 4 * sigma or 0.05 * abs(limits.centre) or 1.0
    low, high = limits.centre - reach, limits.centre + reach
    if found.chart.series.is_rate:
        low, high = max(low, 0.0), min(high, 1.0)
    return operating_curve(
        np.linspace(low, high, 201), false.threshold, false.direction, sigma=sigma,
        unit=found.chart.series.unit, periods=false.periods, grace=false.grace,
    )  # fmt: skip


def periods_in_year(series: Series) -> int:
    """Return how many periods of a series make a year (260 working days).

    >>> from alliance_analysis.measurement.series import series
    >>> periods_in_year(series(["2026-01", "2026-02"], [1, 2])), periods_in_year(series(["2026Q1", "2026Q3"], [1, 2]))
    (12, 2)
    """
    step = int(np.diff(series.periods.asi8).min(initial=366))
    kind = series.periods.freqstr[0]
    if kind == "D":
        return 260 if series.cycle == 5 else round(365 / step)
    return max(1, PERIODS_A_YEAR[kind] // step)


def clocks_of(series: Series) -> Clocks:
    """Return the clocks by which a record is followed: a watch of two periods, then half, half and one.

    They are invented for the exercise: an agreement sets its own.
    """
    kind, step = series.periods.freqstr[0], int(np.diff(series.periods.asi8).min(initial=366))
    days = max(2, WORKING_DAYS[kind] * step if kind in WORKING_DAYS else step * 5 // 7)
    return Clocks(watch=2 * days, level_1=days // 2, level_2=days // 2, steering_committee=days)


def reached(case: Escalation) -> State:
    """Return the highest state of an escalation."""
    return max(("watch", *(e.state for e in case.log if e.state in LADDER)), key=LADDER.index)


def is_open(case: Escalation) -> bool:
    """Return whether an escalation is not closed."""
    return case.state != "closed"


def _cases(chart: ControlChart, due: Mask, direction: Direction) -> tuple[Escalation, ...]:
    """Return the escalations of a record: opened when a credit falls due, moved on by signals and clocks.

    A signal is a credit that falls due, or a rule completed on the worse side of the centre. `CALM` periods
    without one close the case, as both sides then hold the shortfall for over.
    """
    series = chart.series
    worse = chart.z < 0 if direction == "higher" else chart.z > 0
    said = {point: f.rule.name for f in reversed(chart.findings) for point in f.signals if worse[point]}
    said |= dict.fromkeys(np.flatnonzero(due).tolist(), "the threshold was missed")
    if not due.any():
        return ()
    clocks, ends = clocks_of(series), [end.date() for end in series.periods.end_time]
    cases, quiet = list[Escalation](), 0
    for at in range(int(np.argmax(due)), len(ends)):
        day, known = ends[at], bool(np.isfinite(series.values[at]))
        quiet = 0 if at in said else quiet + known
        if cases and is_open(cases[-1]):
            cases[-1] = follow(cases[-1], {day: said[at]} if at in said else {}, day)
            if quiet >= CALM and is_open(cases[-1]):
                cases[-1] = advance(cases[-1], "resolved", day, "both sides", note=f"{CALM} calm periods")
        if due[at] and not (cases and is_open(cases[-1])):
            name = f"case_{len(cases) + 1}"
            cases.append(Escalation(id=name, kpi="record", opened=day, reason=said[at], clocks=clocks))
    return tuple(cases)


@functools.lru_cache(maxsize=64)
def _signals(
    rules: tuple[Rule, ...], shift: float, periods: int, counts: tuple[float, tuple[float, ...]] | None
) -> Mask:
    """Return at which periods after a shift any rule signals, in simulated series.

    Normal, or with `counts` (rate and the sizes to draw from) binomial.
    """
    rng = np.random.default_rng(SEED)
    shape, moved = (SERIES, WARM_UP + periods), np.zeros(WARM_UP + periods)
    moved[WARM_UP:] = shift
    if counts is None:
        z = rng.standard_normal(shape) + moved
    else:
        rate, sizes = counts[0], rng.choice(np.array(counts[1]), shape)
        sigma = np.sqrt(rate * (1 - rate) / sizes)
        level = np.clip(rate + moved * sigma, 0, 1)
        z = (rng.binomial(sizes.astype(int), level) / sizes - rate) / sigma
    found: Mask = np.logical_or.reduce([rule.signals(z)[:, WARM_UP:] for rule in rules])
    return found


def _simulated(chart: ControlChart, shift: float, periods: int) -> Mask:
    sizes, counts = chart.series.denominator, None
    if chart.limits.kind == "p" and sizes is not None:
        counts = chart.limits.centre, tuple(sizes[np.isfinite(chart.series.values)].tolist())
    return _signals(chart.rules, shift, periods, counts)


def silence(chart: ControlChart, shift: float, periods: int = SEEN_WITHIN) -> float:
    """Return the chance that no rule of a chart signals within so many periods after a shift by `shift` sigma.

    For a process without memory: binomial with the sizes of the record on a p chart, else normal. Simulated with a
    fixed seed (`SERIES` series, standard error under 0.8 points).

    >>> from alliance_analysis.measurement.charts import chart
    >>> from alliance_analysis.measurement.rules import rule_set
    >>> from alliance_analysis.measurement.series import series
    >>> past = series(["2025", "2026", "2027"], [1, 2, 1], unit="days")
    >>> round(silence(chart(past, rules=rule_set("limits")), 1.0), 1)
    0.9
    """
    return float(1 - _simulated(chart, shift, periods).any(axis=1).mean())


def signal_share(chart: ControlChart) -> float:
    """Return the share of periods in which a rule signals although nothing has changed (simulated, see `silence`)."""
    return float(_simulated(chart, 0.0, WARM_UP).mean())
