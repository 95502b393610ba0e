"""A threshold tried on a record: what a student set, as it stands in `choices`, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, ValidationError, model_validator

from alliance_analysis.agreement import Agreement, KpiCard
from alliance_analysis.agreement.choices import choice_in
from alliance_analysis.agreement.kpi import Baseline, Fraction, Identifier, Number, Text
from alliance_analysis.drafting import track_record
from alliance_analysis.drafting.examples import kept_card
from alliance_analysis.drafting.histories import VENDOR, history
from alliance_analysis.drafting.promise import PER_YEAR
from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.baseline import baseline_of
from alliance_analysis.measurement.charts import ControlChart, Kind, chart, fit
from alliance_analysis.measurement.rules import rule_set
from alliance_analysis.measurement.series import Series, series
from alliance_analysis.measurement.thresholds import LONGEST_WINDOW, Grace
from alliance_analysis.measurement.what_if import WhatIf, periods_in_year, what_if
from alliance_analysis.records import Record

NAME = "thresholds"
"""Where a trial stands in `choices`."""

OWN = "own"
"""The source of a record that the student brought."""

MOST_KEPT = 600
"""A record of the student's own with more periods is not written into the agreement file."""

RuleSet = Literal["limits", "routine", "nelson", "western electric"]
Column = list[Number | None] | None


class OwnRecord(Record):
    """A student's own record as the agreement file holds it; a period without a value holds null."""

    name: Text
    unit: Text
    periods: Annotated[list[Text], Field(min_length=2, max_length=MOST_KEPT)]
    values: Column = None
    numerator: Column = None
    denominator: Column = None

    @model_validator(mode="after")
    def _whole(self) -> OwnRecord:
        columns = [self.values] if self.numerator is None else [self.numerator, self.denominator]
        if any(column is None or len(column) != len(self.periods) for column in columns):
            raise ValueError("'values', or 'numerator' and 'denominator', need one entry for each period")
        return self

    def series(self) -> Series:
        """Return the record as a series."""
        columns = [
            None if column is None else np.array(column, dtype=float)
            for column in (self.values, self.numerator, self.denominator)
        ]
        return series(self.periods, columns[0], numerator=columns[1], denominator=columns[2],
                      name=self.name, unit=self.unit)  # fmt: skip


class Trial(Record):
    """What a student set: threshold (unit of the record), grace count, chart, baseline and at-risk fraction.

    `source` is the key of a history, or "own" with the record in `own`; `card` is the KPI card that it is for.
    """

    source: Text
    card: Identifier
    start: Text
    end: Text
    kind: Kind = "p'"
    rules: RuleSet = "routine"
    threshold: Number
    direction: Literal["higher", "lower"] = "higher"
    breaches: Annotated[int, Field(ge=1, le=LONGEST_WINDOW)] = 1
    window: Annotated[int, Field(ge=1, le=LONGEST_WINDOW)] = 1
    at_risk: Fraction = 0.0
    own: OwnRecord | None = None

    @model_validator(mode="after")
    def _fits(self) -> Trial:
        if self.breaches > self.window:
            raise ValueError(f"{self.breaches} breaches in {self.window} periods cannot be")
        return self

    def series(self) -> Series:
        """Return the record; raises BadInput if there is no such history, or no record under `own`."""
        if self.source == OWN and self.own is None:
            raise BadInput("the record under 'own' is missing", "choose the file again")
        return self.own.series() if self.own and self.source == OWN else history(self.source).read()


@dataclass(frozen=True)
class Fee:
    """The fee of a year, in the agreement's currency and scale; None where no amount recurs."""

    a_year: float | None

    def credit(self, at_risk: float, record: Series) -> float | None:
        """Return what one due period of a record costs."""
        return None if self.a_year is None else at_risk * self.a_year / periods_in_year(record)


def fee(agreement: Agreement) -> Fee:
    """Return the fee: the first recurring amount of the agreement.

    >>> from alliance_analysis.agreement.files import example_path, read_agreement
    >>> fee(read_agreement(example_path()).agreement).a_year
    1440.0
    """
    recurring = [amount for amount in agreement.amounts if amount.per != "once"]
    return Fee(recurring[0].value * PER_YEAR[recurring[0].per] if recurring else None)


def card_of(agreement: Agreement, id: str | None = None) -> KpiCard:
    """Return the card with this id, else the one negotiated last, else the one kept last."""
    setup = agreement.choices.get("kpi_negotiation", {}).get("setup")
    negotiated = setup.get("card") if isinstance(setup, dict) else None
    cards = {card.id: card for card in agreement.kpis}
    return cards.get(id or "") or cards.get(str(negotiated)) or kept_card(agreement)


def first_trial(agreement: Agreement, card: KpiCard | None = None) -> Trial:
    """Return where a trial starts: the card, beside the deliveries that stand in for its past.

    >>> from alliance_analysis.agreement.files import example_path, read_agreement
    >>> found = first_trial(read_agreement(example_path()).agreement)
    >>> found.source, found.threshold, found.at_risk
    ('vendor:Aurobindo Pharma Limited', 0.8, 0.04)
    """
    card = card or card_of(agreement)
    vendor, start, end = _stand_in(agreement)
    marks = card.thresholds.breach if card.thresholds else None
    is_rate = (card.unit or "fraction").startswith("fraction")
    wanted = (marks, card.target) if is_rate and card.direction != "lower" else ()
    usual = track_record.baseline(vendor, start, end).value
    kind = usual_kind(history(VENDOR + vendor).read(), start, end)
    return Trial(
        source=VENDOR + vendor, card=card.id, start=start, end=end, kind=kind,
        threshold=next((mark for mark in wanted if mark is not None), round(usual, 2)),
        direction="higher", at_risk=card.at_risk or 0.0,
    )  # fmt: skip


def usual_kind(record: Series, start: str, end: str) -> Kind:
    """Return the chart to begin with: p where chances can be quoted from it, else p'; XmR without counts."""
    if record.numerator is None:
        return "XmR"
    return "p'" if chart(record, "p", start, end).false_alarm_rate is None else "p"


def _stand_in(agreement: Agreement) -> tuple[str, str, str]:
    """Return the vendor that stands in for the past and a baseline that gives limits: as chosen, else all of it."""
    try:
        vendor, start, end = track_record.chosen(agreement)
    except BadInput:
        vendor, start, end = track_record.START.values()
    record = history(VENDOR + vendor).read()
    try:
        fit(record, "p'", start, end)
    except BadInput:
        start, end = record.labels[0], record.labels[-1]
    return vendor, start, end


def trial_in(agreement: Agreement) -> Trial | None:
    """Return the trial that stands in the agreement file, or None; raises BadInput with all its faults."""
    found = choice_in(agreement, NAME, Trial)
    if found is not None:
        judged(found, found.series())
    return found


def judged(trial: Trial, record: Series) -> ControlChart:
    """Return the record judged by the trial's baseline; raises BadInput where that gives no limits."""
    return chart(record, trial.kind, trial.start, trial.end, rule_set(trial.rules))


def hold(trial: Trial, past: ControlChart, agreement: Agreement) -> WhatIf:
    """Return what follows from a trial on its record, judged already (see `judged`)."""
    credit = fee(agreement).credit(trial.at_risk, past.series)
    grace = Grace(trial.breaches, trial.window)
    return what_if(past, trial.threshold, trial.direction, grace=grace, credit=credit, money=agreement.money)


def sources(trial: Trial) -> tuple[str, ...]:
    """Return the references of a trial's record; none for a student's own."""
    return () if trial.source == OWN else history(trial.source).sources


def tried(agreement: Agreement) -> WhatIf:
    """Return what follows from the trial in the agreement file, or from the first one where none is kept."""
    trial = trial_in(agreement)
    return _held(trial, agreement) if trial else tried_first(agreement)


def tried_first(agreement: Agreement) -> WhatIf:
    """Return what follows from the card as it stands (see `first_trial`)."""
    return _held(first_trial(agreement), agreement)


def _held(trial: Trial, agreement: Agreement) -> WhatIf:
    return hold(trial, judged(trial, trial.series()), agreement)


def stands_for(trial: Trial, record: Series, card: KpiCard, agreement: Agreement) -> str:
    """Return why a record does not stand for the card's past, or nothing if it does."""
    kind = card.unit or "fraction"
    if record.is_rate != kind.startswith("fraction") or not (record.is_rate or record.unit == kind):
        return f"the record is in {record.unit}, the card in {kind}"
    if card.direction not in (None, trial.direction):
        return f"on the card {card.direction} is better"
    vendor = track_record.chosen(agreement)[0] if track_record.stands_in(agreement) else None
    if trial.source not in (OWN, f"{VENDOR}{vendor}"):
        return "the record is another process's"
    return ""


def baseline_in(trial: Trial, record: Series) -> Baseline:
    """Return the baseline of a trial as a card holds it."""
    if trial.source.startswith(VENDOR):
        return track_record.baseline(trial.source.removeprefix(VENDOR), trial.start, trial.end)
    return baseline_of(record, trial.start, trial.end)


def with_terms(card: KpiCard, trial: Trial, record: Series) -> KpiCard:
    """Return the card with the breach threshold and the baseline of a trial.

    Raises BadInput if the card's watch threshold would no longer warn before the breach.
    """
    watch = card.thresholds.watch if card.thresholds else None
    fields = card.model_dump() | {
        "thresholds": {"watch": watch, "breach": trial.threshold},
        "direction": trial.direction,
        "baseline": baseline_in(trial, record).model_dump(),
    }
    try:
        return KpiCard.model_validate(fields)
    except ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix("Value error, ")
        remedy = "choose another threshold here, or move the watch threshold in 02_kpi_design"
        raise BadInput(said, remedy) from None


def own_record(record: Series) -> OwnRecord:
    """Return a student's record as the agreement file holds it; raises BadInput if it is too long for that."""
    if len(record.periods) > MOST_KEPT:
        said = f"the record has {len(record.periods)} periods, and up to {MOST_KEPT} can be kept"
        raise BadInput(said, "add it up to months or quarters")
    counted = record.numerator is not None and record.denominator is not None
    plain = [
        None if column is None else [None if np.isnan(x) else float(x) for x in column]
        for column in (None if counted else record.values, record.numerator, record.denominator)
    ]
    return OwnRecord(name=record.name, unit=record.unit, periods=list(record.labels),
                     values=plain[0], numerator=plain[1], denominator=plain[2])  # fmt: skip
