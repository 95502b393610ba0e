"""The KPI card: one performance indicator that two partners can sign."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from alliance_analysis.agreement.names import Identifier, PartyId
from alliance_analysis.records import Record

__all__ = ["ADVISED", "Baseline", "Fraction", "Identifier", "KpiCard", "Number", "Text", "Thresholds"]

Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Text = Annotated[str, Field(min_length=1)]


class Baseline(Record):
    """Performance in a defined earlier period, the point from which a target is judged.

    `value` is in the card's unit; `observations` counts the measurements behind it.
    """

    value: Number
    start: date
    end: date
    source: Text
    observations: Annotated[int, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Baseline:
        if self.end < self.start:
            raise ValueError(f"the baseline ends ({self.end}) before it starts ({self.start})")
        return self


class Thresholds(Record):
    """Where attention starts (`watch`) and where the promise is broken (`breach`), in the card's unit."""

    watch: Number | None = None
    breach: Number | None = None


ADJUSTMENTS = {
    "none": "no adjustment",
    "like_for_like": "like for like",
    "industry_index": "like for like and by an industry index",
}
"""How the baseline follows what neither side controls: changes of scope, and shifts of the whole industry."""

SHARED = {"result": "the result only", "records": "every record behind it", "system": "access to the source"}
"""How much of the data behind the KPI both sides see."""

Adjustment = Literal["none", "like_for_like", "industry_index"]
Transparency = Literal["result", "records", "system"]
Months = Annotated[int, Field(ge=1, le=60)]

NEGOTIATED = frozenset({"gainshare", "review_months", "baseline_adjustment", "transparency"})
"""Fields that come from a negotiation; together with `target` and `at_risk` they are the terms of a KPI."""

ADVISED = frozenset({"pairs_with", "measures", "benefits", "gaming_note", "period"}) | NEGOTIATED
"""Fields that a careful card has, but whose absence alone bars no signature."""


class KpiCard(Record):
    """One KPI. Only `id` and `name` are needed for a draft; `missing()` lists what a signature still needs.

    Rates are fractions (0.95 is 95 %). `at_risk` is the fraction of the fee that depends on this KPI
    (the at-risk amount); `gainshare` the fraction of a gain beyond the target that goes to the provider;
    `review_months` the months from one review of the target to the next; `baseline_adjustment` how the baseline
    follows what neither side controls; `transparency` how much of the data both sides see.
    `owners` maps a party's id to the role that answers for the KPI on that side. `pairs_with` is the id of the
    card that completes a leading and lagging pair; `measures` says whether an activity, an output or an outcome
    is counted, `benefits` who gains when it improves; `source_confirmed_by` is the role that confirmed that the
    data exist; `period` is what one measurement covers.

    >>> card = KpiCard(id="on_time", name="On-time delivery", direction="higher", target=0.95)
    >>> card.missing()[:3]
    ('unit', 'perspective', 'indicator')
    >>> card.met(0.97), card.met(0.93)
    (True, False)
    """

    id: Identifier
    name: Text
    unit: Text | None = None
    direction: Literal["higher", "lower"] | None = None
    perspective: Literal["financial", "customer", "process", "learning"] | None = None
    indicator: Literal["leading", "lagging"] | None = None
    pairs_with: Identifier | None = None
    measures: Literal["activity", "output", "outcome"] | None = None
    benefits: Literal["both", "one_side", "department"] | None = None
    operational_goal: Text | None = None
    strategic_goal: Text | None = None
    rationale: Text | None = None
    gaming_note: Text | None = None
    data_source: Text | None = None
    source_confirmed_by: Text | None = None
    measurement_method: Text | None = None
    period: Literal["week", "month", "quarter", "year"] | None = None
    transparency_rule: Text | None = None
    owners: dict[PartyId, Text] = Field(default_factory=dict)
    baseline: Baseline | None = None
    target: Number | None = None
    thresholds: Thresholds | None = None
    at_risk: Fraction | None = None
    gainshare: Fraction | None = None
    review_months: Months | None = None
    baseline_adjustment: Adjustment | None = None
    transparency: Transparency | None = None

    @model_validator(mode="after")
    def _thresholds_in_order(self) -> KpiCard:
        marks = self.thresholds
        if marks and marks.watch is not None and marks.breach is not None and self.direction:
            wrong = marks.watch < marks.breach if self.direction == "higher" else marks.watch > marks.breach
            if wrong:
                side = "above" if self.direction == "higher" else "below"
                raise ValueError(f"the watch threshold must lie {side} the breach threshold")
        return self

    def missing(self) -> tuple[str, ...]:
        """Return the fields a signature still needs, in the order of the card."""
        needed = [name for name in type(self).model_fields if name not in ADVISED]
        empty = [name for name in needed if getattr(self, name) in (None, {})]
        if 0 < len(self.owners) < 2:
            empty.append("owners (one on each side)")
        return tuple(empty)

    def met(self, actual: float) -> bool:
        """Return whether `actual` (in the card's unit) meets the target; needs a direction and a target."""
        if self.direction is None or self.target is None:
            raise ValueError(f"KPI '{self.id}' has no direction or no target yet")
        return actual >= self.target if self.direction == "higher" else actual <= self.target
