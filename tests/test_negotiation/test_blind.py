"""The blind card, the promise held back, and the worked example as tables."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from alliance_analysis.agreement import Agreement
from alliance_analysis.errors import BadInput
from alliance_analysis.figures import bargaining
from alliance_analysis.negotiation import utility, worked_example
from alliance_analysis.negotiation.blind import BlindCard, Expected, blind_card_in, differences
from alliance_analysis.negotiation.sandbag import held_back

ISSUES, PARTIES = worked_example.TABLE


def test_one_day_and_one_month_are_two_meanings() -> None:
    card = BlindCard(unit="days", customer=Expected(days_on_time=1, target=45, transparency="records"),
                     vendor=Expected(days_on_time=30, target=45, transparency="result"))  # fmt: skip
    found = {line.label: line for line in differences(card)}
    late, target, seen, open_ = (
        found[n] for n in ("Late, and it still counts", "Target", "Transparency", "Gainshare")
    )
    assert (late.ratio, late.same) == (30, False) and late.vendor == "up to 30 days"
    assert (target.ratio, target.same, target.customer) == (1, True, "45 days")
    assert (seen.ratio, seen.same) == (None, False)
    assert (open_.same, open_.customer) == (None, "left open")
    assert "2 of 7 lines differ" in bargaining.blind(card).alt
    none = card.model_copy(update={"vendor": Expected(days_on_time=0)})
    assert "inf" not in bargaining.blind(none).to_html()


def test_terms_that_are_near_are_not_the_same() -> None:
    card = BlindCard(unit="fraction", customer=Expected(target=0.95), vendor=Expected(target=0.94))
    assert next(line.same for line in differences(card) if line.label == "Target") is False


def test_a_blind_card_edited_badly_is_named_by_its_field() -> None:
    choices = {"blind_card": {"unit": "days", "vendor": {"at_risk": 7}}}
    with pytest.raises(BadInput) as caught:
        blind_card_in(Agreement(schema=1, title="Draft", choices=choices))
    assert [fault.field for fault in caught.value.faults] == ["choices.blind_card.vendor.at_risk"]


def test_what_a_promise_held_back_costs_computed_again() -> None:
    """Every package one by one; the chance of a miss from the error function."""
    found = held_back(ISSUES, PARTIES, mean=0.96, sd=0.012)
    packages = list(itertools.product(*(issue.options for issue in ISSUES)))
    worths = np.array([[utility(ISSUES, p, package) for p in PARTIES] for package in packages])
    inside = (worths >= [p.reserved for p in PARTIES]).all(axis=1)
    for promise in found[::3]:
        kept = inside & np.array([float(p[0]) <= promise.cap for p in packages])
        assert promise.zone_size == kept.sum()
        assert promise.joint == pytest.approx(worths[kept].sum(axis=1).max())
        assert promise.breach == pytest.approx(
            (1 + math.erf((promise.cap - 0.96) / 0.012 / math.sqrt(2))) / 2
        )
    assert found[-1].zone_size == 997
    for one, next_ in itertools.pairwise(found):
        assert one.zone_size <= next_.zone_size and one.joint <= next_.joint and one.breach < next_.breach
    with pytest.raises(BadInput, match="standard deviation"):
        held_back(ISSUES, PARTIES, mean=0.96, sd=0)


def test_the_tables_of_the_worked_example_show_the_reference_values() -> None:
    """334 packages dominate the middle of every scale, 3 with the baseline adjusted; four rules, four answers."""
    split = bargaining.split().table
    assert split is not None and list(split["Beaten by"])[::2] == ["334", "3"]
    rules = bargaining.rules().table
    assert rules is not None
    shown = [tuple(row[1:4]) for row in rules.itertuples(index=False)]
    assert shown == [
        ("96%", "15%", "50%"),
        ("96%", "13%", "40%"),
        ("95%", "13%", "30%"),
        ("96%", "15%", "60%"),
    ]
    assert set(rules["Baseline adjustment"]) == {"yes"}  # as the page says
    assert bargaining.sandbag().synthetic and bargaining.sandbag().png
