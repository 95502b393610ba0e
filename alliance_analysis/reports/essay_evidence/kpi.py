"""What the KPI pages offer: the card, the deliveries that stand in for its past, and the threshold tried on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from alliance_analysis.agreement import Agreement, Baseline, KpiCard, Thresholds
from alliance_analysis.drafting import examples, promise, track_record, trial
from alliance_analysis.drafting.fields import printed
from alliance_analysis.figures import essay as figures
from alliance_analysis.figures import incentives, kpi, what_if
from alliance_analysis.figures.control import control_chart
from alliance_analysis.measurement.what_if import WhatIf
from alliance_analysis.reports.essay_evidence.offer import Offer


class _Card(NamedTuple):
    card: KpiCard
    marks: Thresholds
    base: Baseline | None
    agreement: Agreement

    def said(self, value: float | None) -> str:
        return printed(value, self.card.unit)

    def observations(self) -> str:
        return f"{self.base.observations:,}" if self.base and self.base.observations else ""

    def money(self) -> str:
        found = promise.money_at_risk(self.card, self.agreement)
        return f"{found[0]:,.4g} {incentives.unit(self.agreement.money)}" if found else ""


def _card(agreement: Agreement) -> _Card | None:
    if not agreement.kpis:
        return None
    card = examples.kept_card(agreement)
    return _Card(card, card.thresholds or Thresholds(), card.baseline, agreement)


def _of(*fields: str) -> Callable[[Agreement], object]:
    """Return what tells which card is kept, and what stands in these fields of it; without any, in the whole of it."""

    def read(agreement: Agreement) -> object:
        card = examples.kept_card(agreement)
        return (card.id, *(getattr(card, name) for name in fields)) if fields else card

    return read


def _field(name: str, numbers: Mapping[str, tuple[str, Callable[[_Card], str]]]) -> Offer[_Card]:
    return Offer[_Card](PAGE, _card, numbers, made_of=_of(name))


PAGE = "02_kpi_design"
BASELINE = _field("baseline", {
    "baseline": ("Baseline", lambda c: printed(c.base.value if c.base else None, c.card.unit, 1)),
    "observations": ("Observations behind the baseline", _Card.observations),
})  # fmt: skip
TARGET = _field("target", {"target": ("Target", lambda c: c.said(c.card.target))})
MARKS = _field("thresholds", {
    "watch": ("Watch threshold", lambda c: c.said(c.marks.watch)),
    "breach": ("Breach threshold", lambda c: c.said(c.marks.breach)),
})  # fmt: skip
AT_RISK = _field("at_risk", {
    "at_risk": ("At-risk amount, share of the fee", lambda c: printed(c.card.at_risk, "fraction")),
    "at_risk_money": ("At-risk amount, money for one period", _Card.money),
})  # fmt: skip
CARD = Offer[_Card](PAGE, _card, exhibits={
    "table:card_brief": ("your KPI card, in short", lambda c: figures.brief(c.card, c.agreement)),
    "table:card": ("your KPI card, the whole of it", lambda c: kpi.card(c.card, c.agreement)),
}, made_of=_of())  # fmt: skip


class _Record(NamedTuple):
    card: KpiCard
    vendor: str
    start: str
    end: str

    def met(self) -> str:
        rates = track_record.deliveries(self.vendor)["rate"]
        judged = track_record.rate_target(self.card) is not None and self.card.direction is not None
        return f"{sum(map(self.card.met, rates))} of {len(rates)}" if judged else ""


def _record(agreement: Agreement) -> _Record | None:
    kept = examples.CHOICES in agreement.choices and track_record.stands_in(agreement)
    return _Record(examples.kept_card(agreement), *track_record.chosen(agreement)) if kept else None


RECORD = Offer[_Record](PAGE, _record, {
    "quarters_met": ("Quarters in which the vendor met the target", _Record.met),
}, {
    "figure:series": ("the vendor's deliveries, baseline and target",
                      lambda r: kpi.vendor_series(r.vendor, r.start, r.end, track_record.rate_target(r.card))),
})  # fmt: skip


class _Tried(NamedTuple):
    trial: trial.Trial
    found: WhatIf
    sources: tuple[str, ...]


def _tried(agreement: Agreement) -> _Tried | None:
    kept = trial.trial_in(agreement)
    return _Tried(kept, trial.tried(agreement), trial.sources(kept)) if kept else None


THRESHOLDS = Offer[_Tried]("06_thresholds_and_escalation", _tried, {
    "threshold_breaches": ("Periods in which your threshold was breached",
                           lambda t: f"{t.found.breached.sum()} of {t.found.chart.series.count}"),
    "threshold_credits": ("Credits that would have fallen due", lambda t: f"{t.found.due.sum()}"),
    "false_alarms": ("False alarms a year if nothing changes",
                     lambda t: what_if.number(t.found.false.expected or 0) if t.found.quoted else ""),
}, {
    "table:what_if": ("what your threshold does on a record", lambda t: what_if.table(t.found, sources=t.sources)),
    "figure:control_chart": ("the record, its limits and your threshold",
                             lambda t: control_chart(t.found.chart, t.trial.threshold, sources=t.sources)),
})  # fmt: skip

OFFERS = (BASELINE, TARGET, MARKS, AT_RISK, CARD, RECORD, THRESHOLDS)
