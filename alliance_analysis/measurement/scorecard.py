"""The alliance scorecard: agreed measures on four perspectives, one composite, and a public-sector rating of each.

What scores 0 (`floor`) and what scores 1 (`target`) is agreed for each measure beforehand, so a score depends on the
measure alone and not on what it is compared with.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from alliance_analysis.agreement.kpi import Fraction, Identifier, Number, Text
from alliance_analysis.errors import BadInput, Fault, nearest
from alliance_analysis.measurement.disputes import Dispute
from alliance_analysis.measurement.ranking import Direction, weight_faults
from alliance_analysis.records import Record

Perspective = Literal["financial", "customer", "process", "learning"]
Demand = Literal["process_improvement", "product_development_milestones", "sustainability"]
PublicRating = Literal["Good", "Approaching target", "Requires improvement", "Inadequate", "Other"]


class Measure(Record):
    """One row of the scorecard; `floor` scores 0 and `target` scores 1, both in the measure's unit.

    `demand` names which of the three rows that every alliance scorecard needs this one fills.
    """

    id: Identifier
    name: Text
    unit: Text
    perspective: Perspective
    demand: Demand | None = None
    direction: Direction
    floor: Number
    target: Number
    weight: Fraction

    @model_validator(mode="after")
    def _floor_is_worse(self) -> Measure:
        if self.floor == self.target or (self.target > self.floor) != (self.direction == "higher"):
            side = "below" if self.direction == "higher" else "above"
            raise ValueError(
                f"'{self.id}': the floor ({self.floor:g}) must lie {side} the target ({self.target:g})"
            )
        return self

    def score(self, actual: float) -> float:
        """Return where `actual` lies between floor (0) and target (1); beyond them it stays 0 or 1."""
        return min(1.0, max(0.0, (actual - self.floor) / (self.target - self.floor)))


class Bands(Record):
    """The largest shortfall, as a fraction of the target, that still earns each middle rating.

    The United Kingdom's regime gives the words and leaves the numbers to the contract [procurement2023act].
    """

    approaching_target: Fraction
    requires_improvement: Fraction

    @model_validator(mode="after")
    def _ordered(self) -> Bands:
        if self.requires_improvement <= self.approaching_target:
            raise ValueError("'requires_improvement' must allow a larger shortfall than 'approaching_target'")
        return self


class Scorecard(Record):
    """The definition of a scorecard: measures whose weights sum to 1, and the bands of the public ratings.

    >>> EXAMPLE.missing()
    ('a measure on customer', 'a measure for product development milestones')
    """

    title: Text
    measures: Annotated[list[Measure], Field(min_length=1)]
    bands: Bands

    @model_validator(mode="after")
    def _whole(self) -> Scorecard:
        ids = [measure.id for measure in self.measures]
        faults = [str(fault) for fault in weight_faults({m.id: m.weight for m in self.measures})]
        faults += [f"the id '{name}' stands twice" for name in sorted({n for n in ids if ids.count(n) > 1})]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def missing(self) -> tuple[str, ...]:
        """Return what a balanced scorecard still lacks: perspectives [kaplan2010managing] and demanded rows."""
        seen, demands = {m.perspective for m in self.measures}, {m.demand for m in self.measures}
        return tuple(
            [f"a measure on {name}" for name in get_args(Perspective) if name not in seen]
            + [f"a measure for {name.replace('_', ' ')}" for name in get_args(Demand) if name not in demands]
        )


EXAMPLE = Scorecard.model_validate(
    {
        "title": "Two plants (synthetic)",
        "bands": {"approaching_target": 0.05, "requires_improvement": 0.15},
        "measures": [
            {"id": "on_time", "name": "On-time delivery", "unit": "fraction", "perspective": "process",
             "demand": "process_improvement", "direction": "higher", "floor": 0.85, "target": 0.95, "weight": 0.5},
            {"id": "cost", "name": "Cost per unit", "unit": "USD", "perspective": "financial",
             "direction": "lower", "floor": 12, "target": 10, "weight": 0.3},
            {"id": "energy", "name": "Energy per unit", "unit": "kWh", "perspective": "learning",
             "demand": "sustainability", "direction": "lower", "floor": 8, "target": 4, "weight": 0.2},
        ],
    }
)  # fmt: skip
"""The scorecard of the runnable examples (synthetic, unfinished on purpose)."""


@dataclass(frozen=True)
class Line:
    """One measure in a composite: its value, score in [0, 1], contribution, public rating, and any open dispute."""

    measure: Measure
    actual: float
    score: float
    contribution: float
    rating: PublicRating
    disputed: bool


@dataclass(frozen=True)
class Composite:
    """A composite score in [0, 1] with its working.

    Contributions add up to the score for the arithmetic mean, and multiply to it for the geometric mean. Values are
    normalised between the agreed floor and target of each measure. `missing` is what the scorecard still lacks.
    """

    method: Literal["arithmetic", "geometric"]
    normalisation: Literal["floor to target"]
    lines: tuple[Line, ...]
    score: float
    missing: tuple[str, ...]


def composite(
    card: Scorecard,
    actuals: Mapping[str, float],
    method: Literal["arithmetic", "geometric"] = "arithmetic",
    disputes: Sequence[Dispute] = (),
) -> Composite:
    """Return sum_k w_k s_k, or prod_k s_k^w_k, where a strong measure makes up for a weak one only in part.

    `actuals` maps each measure's id to its value in its unit; `disputes` are those of the same period: a settled
    correction replaces the reported value, an open one is shown. Raises BadInput with every missing, unknown or
    non-finite value, and for a dispute of an unknown measure or of a value that was not reported.

    >>> actuals = {"on_time": 0.93, "cost": 10.5, "energy": 7}
    >>> round(composite(EXAMPLE, actuals).score, 4), round(composite(EXAMPLE, actuals, "geometric").score, 4)
    (0.675, 0.6218)
    >>> [line.rating for line in composite(EXAMPLE, actuals).lines]
    ['Approaching target', 'Approaching target', 'Inadequate']
    """
    known = {measure.id for measure in card.measures}
    unknown = sorted(actuals.keys() - known)
    faults = [
        Fault("no such measure is on the scorecard", nearest(name, known), field=name) for name in unknown
    ]
    faults += [
        Fault("the value is missing", "measure it; a scorecard is not filled by guess", field=name)
        for name in sorted(known)
        if not math.isfinite(actuals.get(name, math.nan))
    ]
    faults += [
        Fault("the dispute is not about a reported value", "check its measure and period", field=dispute.id)
        for dispute in disputes
        if actuals.get(dispute.measure) != dispute.reported
    ]
    if faults:
        raise BadInput(faults)
    settled = {d.measure: d.settled_value for d in disputes if d.settled_value is not None}
    disputed = {d.measure for d in disputes if d.outcome is None}
    lines = []
    for measure in card.measures:
        actual = settled.get(measure.id, actuals[measure.id])
        score = measure.score(actual)
        part = measure.weight * score if method == "arithmetic" else score**measure.weight
        rating = public_rating(measure, actual, card.bands)
        lines.append(Line(measure, actual, score, part, rating, measure.id in disputed))
    parts = [line.contribution for line in lines]
    total = math.fsum(parts) if method == "arithmetic" else math.prod(parts)
    return Composite(method, "floor to target", tuple(lines), total, card.missing())


def public_rating(measure: Measure, actual: float | None, bands: Bands) -> PublicRating:
    """Return the rating of the United Kingdom's contract performance notice [procurement2023act].

    The shortfall is how far the value stays behind the target, as a fraction of the target: none is Good, up to
    each band's limit is the band's rating, beyond is Inadequate. Other is for what cannot be rated so: no value, or
    a target of 0, of which there is no fraction.

    >>> [public_rating(EXAMPLE.measures[0], x, EXAMPLE.bands) for x in (0.95, 0.9025, 0.81, 0.8, None)]
    ['Good', 'Approaching target', 'Requires improvement', 'Inadequate', 'Other']
    """
    if actual is None:
        return "Other"
    behind = measure.target - actual if measure.direction == "higher" else actual - measure.target
    if behind <= 0:
        return "Good"
    if measure.target == 0:
        return "Other"
    shortfall = round(behind / abs(measure.target), 12)
    if shortfall <= bands.approaching_target:
        return "Approaching target"
    return "Requires improvement" if shortfall <= bands.requires_improvement else "Inadequate"
