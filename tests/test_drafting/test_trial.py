"""A trial in the agreement file, and the records it can be held on."""

from __future__ import annotations

import pytest

from alliance_analysis import datasets
from alliance_analysis.agreement import Agreement
from alliance_analysis.agreement.files import example_path, read_agreement
from alliance_analysis.drafting.histories import histories, history
from alliance_analysis.drafting.trial import (
    OWN,
    Trial,
    card_of,
    fee,
    first_trial,
    own_record,
    stands_for,
    trial_in,
    tried,
    with_terms,
)
from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.series import series


@pytest.fixture
def agreement() -> Agreement:
    return read_agreement(example_path()).agreement


def chosen(agreement: Agreement, **choices: object) -> Agreement:
    return agreement.model_copy(update={"choices": {**agreement.choices, **choices}})


def test_every_history_holds_all_counts_of_its_table() -> None:
    lines = datasets.load("vendor_delivery")
    for key, found in histories().items():
        record = found.read()
        assert record.numerator is not None and record.count >= 7, key
    for vendor, rows in lines.groupby("vendor"):
        record = history(f"vendor:{vendor}").read()
        assert record.numerator is not None and record.denominator is not None
        assert (record.numerator[~(record.numerator != record.numerator)].sum()) == rows["on_time"].sum()
        assert record.count == len(rows)


def test_an_unknown_history_names_the_nearest() -> None:
    with pytest.raises(BadInput, match="did you mean 'trust:RAS'"):
        history("trust:RAT")


def test_the_first_trial_is_the_card_as_it_stands(agreement: Agreement) -> None:
    card = card_of(agreement)
    trial = first_trial(agreement)
    assert card.thresholds and (trial.threshold, trial.at_risk) == (card.thresholds.breach, card.at_risk)
    assert tried(agreement).false.threshold == trial.threshold


def test_the_negotiated_card_comes_first(agreement: Agreement) -> None:
    other = chosen(agreement, kpi_negotiation={"setup": {"card": "time_to_fill"}})
    assert card_of(other).id == "time_to_fill"
    assert card_of(other, "shortlist_on_time").id == "shortlist_on_time"
    assert first_trial(other).card == "time_to_fill"


def test_a_vendor_or_period_without_limits_is_replaced(agreement: Agreement) -> None:
    one = {"vendor": "CIPLA LIMITED", "start": "2013Q1", "end": "2013Q1"}
    assert first_trial(chosen(agreement, kpi_design=one)).start < "2013Q1"
    assert "Aurobindo" in first_trial(chosen(agreement, kpi_design={"vendor": "nobody"})).source


def test_the_credit_is_fee_times_at_risk(agreement: Agreement) -> None:
    yearly = fee(agreement)
    month, quarter = (series(p, [1, 2]) for p in (["2025-01", "2025-02"], ["2025Q1", "2025Q2"]))
    assert yearly.credit(0.05, month) == pytest.approx(0.05 * 120)
    assert yearly.credit(0.05, quarter) == pytest.approx(0.05 * 360)
    assert fee(agreement.model_copy(update={"amounts": []})).credit(0.05, month) is None


def test_a_malformed_trial_is_told_with_its_fields(agreement: Agreement) -> None:
    with pytest.raises(BadInput) as caught:
        trial_in(chosen(agreement, thresholds={"source": "trust:RAS", "threshold": "high", "window": 99}))
    assert {"choices.thresholds.threshold", "choices.thresholds.window"} <= {
        f.field for f in caught.value.faults
    }


@pytest.mark.parametrize(
    "wrong",
    [{"source": "trust:none"}, {"breaches": 3}, {"start": "2030Q1", "end": "2030Q2"}, {"source": OWN}],
)
def test_a_trial_that_cannot_be_held_is_refused(agreement: Agreement, wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        trial_in(chosen(agreement, thresholds=first_trial(agreement).model_dump() | wrong))


def test_a_record_of_ones_own_survives_the_file(agreement: Agreement) -> None:
    record = series(
        ["2025-01", "2025-02", "2025-04"], numerator=[9, 8, 7], denominator=[10, 10, 10], name="ours"
    )
    kept = {**first_trial(agreement).model_dump(), "source": OWN, "own": own_record(record).model_dump()}
    trial = trial_in(chosen(agreement, thresholds=kept | {"start": "2025-01", "end": "2025-04"}))
    assert trial is not None and trial.series().gaps == ("2025-03",)
    assert trial.series().labels == record.labels and trial.series().name == "ours"
    with pytest.raises(BadInput, match="up to 600"):
        own_record(series([f"{1000 + i}" for i in range(700)], range(700), unit="days"))


def test_what_stands_for_the_past_of_a_card(agreement: Agreement) -> None:
    card, trial = card_of(agreement), first_trial(agreement)
    record = trial.series()
    assert stands_for(trial, record, card, agreement) == ""
    other = trial.model_copy(update={"source": "trust:RAS"})
    assert "another process" in stands_for(other, other.series(), card, agreement)
    lower = trial.model_copy(update={"direction": "lower"})
    assert "higher is better" in stands_for(lower, record, card, agreement)
    days = card_of(agreement, "time_to_fill")
    assert "in days" in stands_for(trial, record, days, agreement)


def test_terms_on_the_card_must_leave_a_warning(agreement: Agreement) -> None:
    card, trial = card_of(agreement), first_trial(agreement)
    record = trial.series()
    new = with_terms(card, trial.model_copy(update={"threshold": 0.75}), record)
    assert new.thresholds and (new.thresholds.watch, new.thresholds.breach) == (0.87, 0.75)
    assert new.baseline and new.baseline.source.startswith("Stand-in")
    assert (new.target, new.at_risk, new.owners) == (card.target, card.at_risk, card.owners)
    with pytest.raises(BadInput, match="watch threshold"):
        with_terms(card, trial.model_copy(update={"threshold": 0.95}), record)


def test_a_trial_round_trips(agreement: Agreement) -> None:
    trial = first_trial(agreement)
    assert Trial.model_validate(trial.model_dump(mode="json")) == trial
