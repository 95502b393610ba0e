"""The quantitative exhibits that a case may carry, and the figures computed from them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from alliance_analysis.agreement.files import Basis
from alliance_analysis.agreement.kpi import Identifier, Number, Text
from alliance_analysis.records import Record

Measure = Literal["volumes", "forgone", "initiatives", "growth", "outcomes"]
MEASURES: tuple[Measure, ...] = ("volumes", "forgone", "initiatives", "growth", "outcomes")


class Observation(Record):
    """A number one source prints for one period."""

    period: Text
    value: Number
    sources: list[Text]


class VolumeReport(Record):
    """How one source reports volumes; `change` is a printed change (fraction) where no levels are given."""

    label: Text
    points: list[Observation] = Field(default_factory=list)
    change: Number | None = None
    change_period: Text | None = None
    sources: list[Text] = Field(default_factory=list)


class Volumes(Record):
    """Volumes as each source reports them, and the price per unit, for a price x volume index."""

    series: Text
    unit: Text
    price_unit: Text
    base: Text
    compare: Text
    reports: list[VolumeReport]
    prices: list[Observation]
    evidence: list[Text]
    reading: Text

    def changes(self) -> dict[str, float]:
        """Return each source's volume change from `base` to `compare`, as a fraction."""
        found: dict[str, float] = {}
        for report in self.reports:
            levels = {point.period: point.value for point in report.points}
            if self.base in levels and self.compare in levels:
                found[report.label] = levels[self.compare] / levels[self.base] - 1
            elif report.change is not None and report.change_period == self.compare:
                found[report.label] = report.change
        return found

    @property
    def price_change(self) -> float:
        """Return the change of the price per unit from `base` to `compare`, as a fraction."""
        levels = {point.period: point.value for point in self.prices}
        return levels[self.compare] / levels[self.base] - 1

    def revenue_changes(self) -> dict[str, float]:
        """Return volume change x price change by source: (1 + v)(1 + p) - 1, as fractions."""
        return {label: (1 + change) * (1 + self.price_change) - 1 for label, change in self.changes().items()}


class Forgone(Record):
    """Revenue (in millions) forgone over a spell of months; any margin on it is the reader's invention."""

    revenue: Number
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    months: dict[Text, Annotated[float, Field(gt=0)]]
    excludes: Text
    evidence: list[Text]

    @property
    def total_months(self) -> float:
        """Return the length of the whole spell in months."""
        return sum(self.months.values())

    @property
    def per_month(self) -> float:
        """Return forgone revenue per month, spread evenly (an inference), in the unit of `revenue`."""
        return self.revenue / self.total_months


class Initiative(Record):
    """One initiative of an alliance and how it ended."""

    name: Text
    aim: Text
    start: Annotated[int, Field(gt=1850, lt=2100)]
    end: Annotated[int, Field(gt=1850, lt=2100)] | None = None
    outcome: Literal["succeeded", "mixed", "ended", "not documented"]
    result: Text
    evidence: list[Text]


class ExitClause(Record):
    """A clause by which an initiative was ended, and the accord it belongs to."""

    initiative: Text
    clause: Text
    quantity: Text | None = None
    element: Identifier
    basis: Basis
    evidence: list[Text]


class Initiatives(Record):
    """Outcomes by initiative and exits by clause."""

    items: list[Initiative]
    exits: list[ExitClause]
    reading: Text


class Growth(Record):
    """One growth figure, headline and like for like: `current` and `previous` in the series' unit.

    `excluded_current` and `excluded_previous` are the parts in scope in one period only.
    """

    label: Text
    previous: Number
    current: Number
    excluded_current: Number = 0
    excluded_previous: Number = 0
    adjusted: Number | None = None
    adjusted_by: Text | None = None
    why: Text
    evidence: list[Text]

    @property
    def headline(self) -> float:
        """Return headline growth as a fraction."""
        return self.current / self.previous - 1

    @property
    def like_for_like(self) -> float:
        """Return growth without the scope present in one period only (or as adjusted by the source)."""
        if self.adjusted is not None:
            return self.adjusted
        return (self.current - self.excluded_current) / (self.previous - self.excluded_previous) - 1


class GrowthExhibit(Record):
    """Headline growth against like-for-like growth, with the quarterly series behind it.

    The series has the columns `period` (as 1998Q1), `fiscal` (its label in the company's year), `net_sales`,
    and `basis` (reported or derived).
    """

    series: Text
    unit: Text
    comparisons: list[Growth]
    reading: Text


class Outcome(Record):
    """What a source reports about an alliance's outcome: a value, or a range from low to high."""

    label: Text
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    definition: Text
    basis: Basis
    evidence: list[Text]

    @model_validator(mode="after")
    def _value_or_range(self) -> Outcome:
        if (self.value is None) != (self.low is not None and self.high is not None):
            raise ValueError("give either a value, or both low and high")
        return self

    @property
    def span(self) -> tuple[float, float]:
        """Return the range, or zero to the value."""
        return (self.low or 0.0, self.high or 0.0) if self.value is None else (0.0, self.value)


class Outcomes(Record):
    """Reported outcomes that share a unit but not a definition; `fractions` are printed as percentages."""

    unit: Text
    fractions: bool = True
    title: Text
    items: list[Outcome]
    reading: Text
