"""Exhibits of the scorecard and of an escalation: what stands in them is what was computed."""

from __future__ import annotations

from datetime import date

import pytest

from alliance_analysis.agreement.clauses import Clocks
from alliance_analysis.figures import escalation as escalation_figures
from alliance_analysis.figures import scorecard as figures
from alliance_analysis.figures.exhibit import MIME, Exhibit
from alliance_analysis.measurement.disputes import Dispute
from alliance_analysis.measurement.escalation import (
    Escalation,
    Remediation,
    RemediationStep,
    advance,
    follow,
)
from alliance_analysis.measurement.ranking import EXAMPLE as TABLE
from alliance_analysis.measurement.ranking import rank
from alliance_analysis.measurement.ratings import AnchoredItem, perception_gap
from alliance_analysis.measurement.scorecard import EXAMPLE, composite
from alliance_analysis.measurement.sensitivity import bands, reversals

ACTUALS = {"on_time": 0.93, "cost": 10.5, "energy": 7.0}
RANKED = rank(*TABLE)  # type: ignore[arg-type]
UNTIL = date(2025, 4, 11)


def case() -> Escalation:
    clocks = Clocks(watch=20, level_1=5, level_2=5, steering_committee=10)
    opened = Escalation(
        id="e1", kpi="on_time", opened=date(2025, 3, 3), reason="R&D below <limit>", clocks=clocks
    )
    driven = follow(opened, {date(2025, 3, 10): "beyond a limit"}, date(2025, 3, 26))
    due = date(2025, 5, 2)
    remediation = Remediation(
        response="revised milestone",
        sponsors={"customer": "operations lead", "vendor": "delivery lead"},
        steps=[RemediationStep(text="open a second dock", due=due)],
        due=due,
        readjustment_criteria="three months inside the limits",
    )
    return advance(driven, "remedy", date(2025, 3, 28), "steering chair", remediation=remediation)


def gap() -> Exhibit:
    items = [
        AnchoredItem(id=n, question=f"{n}?", anchors=["a", "b", "c", "d"]) for n in ("wide", "none", "near")
    ]
    found = perception_gap(
        items, {"customer": {"wide": 1, "none": 2, "near": 4}, "vendor": {"wide": 4, "none": 2, "near": 3}}
    )
    return figures.perception_gap(found, ("Customer", "Vendor"), synthetic=True)


def every() -> list[Exhibit]:
    return [
        figures.scorecard(composite(EXAMPLE, ACTUALS), EXAMPLE.title, synthetic=True),
        figures.weight_bands(bands(RANKED), synthetic=True),
        figures.ranking(RANKED, reversals(*TABLE), synthetic=True),  # type: ignore[arg-type]
        gap(),
        escalation_figures.timeline(case(), UNTIL, synthetic=True),
        escalation_figures.log(case(), synthetic=True),
    ]


@pytest.mark.parametrize("number", range(6))
def test_every_exhibit_is_whole_and_repeats(number: int) -> None:
    exhibit, again = every()[number], every()[number]
    contract = exhibit._repr_mimebundle_()[MIME]
    assert contract["synthetic"] and len(contract["alt"]) > 40
    assert "nan" not in exhibit.to_html().lower().split(">")
    assert exhibit.to_html() == again.to_html()


def test_the_scorecard_shows_contributions_the_total_and_what_is_open() -> None:
    dispute = Dispute(
        id="d1", measure="cost", period="2025Q1", raised_by="vendor", raised=date(2025, 4, 7), reported=10.5,
        claimed=10.1, reason="freight was counted twice",
    )  # fmt: skip
    found = composite(EXAMPLE, ACTUALS, disputes=[dispute])
    shown = figures.scorecard(found, EXAMPLE.title, synthetic=True)
    assert shown.table is not None
    assert shown.table["Contribution"].tolist()[:-1] == [f"{line.contribution:.3f}" for line in found.lines]
    assert f"{found.score:.3f}" in shown.table["Contribution"].iloc[-1]
    assert "disputed" in shown.table["Measure"][1] and "Under dispute: Cost per unit" in shown.note
    assert "added up" in shown.note and "a measure on customer" in shown.note
    partial = figures.scorecard(composite(EXAMPLE, ACTUALS, "geometric"), EXAMPLE.title, synthetic=False)
    assert "multiplied" in partial.note and not partial.synthetic


def test_the_ranking_names_its_normalisation_and_shows_the_reversal() -> None:
    shown = every()[2]
    assert "normalisation minmax" in shown.note
    assert "Without C, B is ahead of A (0.650 to 0.350)" in shown.note and "Without C" in shown.alt
    still = figures.ranking(rank(*TABLE, "topsis", "vector"), (), synthetic=True)  # type: ignore[arg-type]
    assert "TOPSIS" in still.caption and "No rank reversal" in still.note
    assert still.table is not None and [name[:2] for name in still.table.columns[1:]] == ["1.", "2.", "3."]


def test_the_weight_ranges_and_gaps_stand_in_the_alternative_text() -> None:
    assert "quality now 65%, 0% to 67%" in every()[1].alt
    assert gap().alt.index("wide? 1 and 4") < gap().alt.index("none? 2 and 2")
    assert "−0.7" in gap().alt and "1.3 grades" in gap().alt


def test_the_escalation_tells_where_it_stands() -> None:
    shown = escalation_figures.timeline(case(), UNTIL, synthetic=True)
    assert "open on 2025-04-11 in the state “Remediation”, its clock runs until 2025-05-02" in shown.note
    closed = advance(case(), "resolved", date(2025, 4, 28), "both sponsors")
    assert "closed after 40 working days" in escalation_figures.timeline(closed, UNTIL, synthetic=True).note
    html = escalation_figures.log(closed, synthetic=True).to_html()
    assert "R&amp;D below &lt;limit&gt;" in html and "Revised milestone, due 2025-05-02" in html
    assert shown.png != escalation_figures.timeline(closed, UNTIL, synthetic=True).png
