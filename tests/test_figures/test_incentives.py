"""Figures of incentives, investment and exit: they say what was computed, and follow a panel without being rebuilt."""

from __future__ import annotations

import dataclasses

import pytest

from alliance_analysis.drafting.worth import example, investment_of, paid, payment_trial
from alliance_analysis.figures import incentives, investment
from alliance_analysis.figures.exit import build_exit_curve, exit_curve, rights
from alliance_analysis.figures.picture import Picture
from alliance_analysis.figures.survival import survival
from alliance_analysis.incentives.investment import partner_case
from alliance_analysis.incentives.survival import Survival

AT = {"volatility": 0.4, "rate": 0.05, "years": 3.0, "notice_months": 0.0}


def test_a_trail_prints_lines_that_add_up() -> None:
    found = paid(example(), payment_trial(example()))
    for payment in found.quarters:
        table = incentives.trail(payment, found.money).table
        assert table is not None
        amounts = [float(str(cell).replace("−", "-").replace(",", "")) for cell in table.iloc[:, 2]]
        middle = len(payment.basis)
        assert sum(amounts[:middle]) == pytest.approx(amounts[middle], abs=1e-3)
        assert sum(amounts[middle + 1 : -1]) == pytest.approx(amounts[-1], abs=1e-3)


def test_a_picture_follows_and_comes_back_to_the_same_bytes() -> None:
    picture, first, other = Picture(build_exit_curve), rights(75, 125, **AT), rights(100, 150, **AT)
    picture.html(first, first.alt)
    figure, shown = picture.figure, picture.html(first, first.alt)
    moved = picture.html(other, other.alt)
    assert moved != shown and picture.figure is figure
    assert picture.html(first, first.alt) == shown


def test_the_exhibit_says_what_both_rights_are_worth() -> None:
    found = rights(75, 125, **AT)
    exhibit = exit_curve(found, "note")
    assert exhibit.synthetic and "worth 9.3 today" in exhibit.alt and "24.5" in exhibit.alt
    assert exhibit.png == exit_curve(found, "note").png


def test_without_terms_the_page_says_so() -> None:
    found = paid(example(), payment_trial(example()))
    nothing = dataclasses.replace(found, credit=None, quarters=(), savings=())
    for exhibit in (
        incentives.service_credit(nothing),
        incentives.best_quarter(nothing),
        incentives.gainshare(nothing),
    ):
        assert exhibit.kind == "table" and exhibit.alt.startswith("No ")


def test_a_payback_beyond_the_term_is_a_warning_in_the_note() -> None:
    terms = investment_of(example())
    cases = [partner_case(terms, party) for party in terms.discount_rates]
    assert "Warning: customer" in investment.j_curve(cases, 12, example().money).note
    assert "within the contract" in investment.j_curve(cases, 36, example().money).note


def test_the_survival_figure_says_that_its_median_is_invented() -> None:
    exhibit = survival(Survival(1.4, 5, {"change": 1.5}), {"as assumed": {}, "changed": {"change": 1}})
    assert "invented" in exhibit.note and "after five years 50%" in exhibit.alt
