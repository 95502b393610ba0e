"""From where a target is judged: a baseline from a series, like for like, and against the industry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alliance_analysis.agreement.kpi import Baseline
from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.series import Series


def baseline_of(
    series: Series, start: str | None = None, end: str | None = None, source: str = ""
) -> Baseline:
    """Return the baseline of a period as a KPI card holds it, not rounded.

    Counts are pooled, so that every case counts once; plain values are averaged. `observations` is the
    number of cases, or of periods.

    >>> from alliance_analysis.measurement.series import series
    >>> past = series(["2025-01", "2025-02"], numerator=[9, 190], denominator=[10, 200])
    >>> baseline_of(past).value, baseline_of(past).observations
    (0.9476190476190476, 210)
    """
    inside = series.window(start, end) & np.isfinite(series.values)
    where = series.periods[inside]
    if series.numerator is not None and series.denominator is not None:
        cases = series.denominator[inside].sum()
        value, observations = float(series.numerator[inside].sum() / cases), int(cases)
    else:
        value, observations = float(series.values[inside].mean()), int(inside.sum())
    return Baseline(
        value=value,
        start=where[0].start_time.date(),
        end=where[-1].end_time.date(),
        source=source or series.name,
        observations=observations,
    )


@dataclass(frozen=True)
class IndustryAdjusted:
    """Change held against the industry's: `ratio` as a fraction, `difference` in the unit of the index.

    The ratio suits levels (sales, cost); the difference suits rates and indices on one base.
    """

    own: tuple[float, float]
    industry: tuple[float, float]

    @property
    def ratio(self) -> float:
        """(A1/A0) / (I1/I0) - 1."""
        return (self.own[1] / self.own[0]) / (self.industry[1] / self.industry[0]) - 1

    @property
    def difference(self) -> float:
        """(A1 - A0) - (I1 - I0)."""
        return (self.own[1] - self.own[0]) - (self.industry[1] - self.industry[0])

    @property
    def working(self) -> tuple[str, ...]:
        """The two formulas with their figures."""
        (a0, a1), (i0, i1) = self.own, self.industry
        return (
            f"ratio: ({a1:g} / {a0:g}) / ({i1:g} / {i0:g}) - 1 = {self.ratio:+.2%}",
            f"difference: ({a1:g} - {a0:g}) - ({i1:g} - {i0:g}) = {self.difference:+g}",
        )


def industry_adjusted(own: tuple[float, float], industry: tuple[float, float]) -> IndustryAdjusted:
    """Return a change against the industry's, each given as (previous, current).

    Raises BadInput unless every level is above zero, which the ratio needs.

    >>> found = industry_adjusted((100, 112), (100, 108))
    >>> round(found.ratio, 4), found.difference
    (0.037, 4)
    """
    if min(*own, *industry) <= 0:
        raise BadInput("an industry adjustment needs levels above zero", "give levels, not changes")
    return IndustryAdjusted(own, industry)
