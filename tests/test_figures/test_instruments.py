"""The small instruments as tables: what stands in them is what the worked examples say, counted a second way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from alliance_analysis.agreement.files import example_path, read_agreement
from alliance_analysis.drafting.worked import (
    WorkedScorecard,
    worked_escalation,
    worked_matrix,
    worked_scorecard,
)
from alliance_analysis.errors import BadInput
from alliance_analysis.figures import instruments
from alliance_analysis.figures.exhibit import Exhibit
from alliance_analysis.figures.thresholds import funnel_plot
from alliance_analysis.measurement.funnel import funnel
from alliance_analysis.measurement.pilot import EXAMPLE as PILOT
from alliance_analysis.measurement.ranking import rank
from alliance_analysis.measurement.ratings import kappa_of, perception_gap
from alliance_analysis.measurement.scorecard import composite
from alliance_analysis.measurement.sensitivity import bands
from alliance_analysis.records import as_plain, parse, render, validate

WORKED = worked_scorecard()
AGREEMENT = read_agreement(example_path()).agreement
KPIS = {card.id: card.name for card in AGREEMENT.kpis}


def rows(exhibit: Exhibit) -> list[dict[str, str]]:
    assert exhibit.table is not None and exhibit.synthetic
    return exhibit.table.to_dict("records")  # type: ignore[return-value]


def test_the_worked_scorecard_has_every_perspective_and_the_three_demanded_rows() -> None:
    assert WORKED.card.missing() == ()
    assert {measure.demand for measure in WORKED.card.measures} - {None} == {
        "process_improvement", "product_development_milestones", "sustainability",
    }  # fmt: skip
    assert {item.id for item in WORKED.items} < {measure.id for measure in WORKED.card.measures}


def test_disputes_show_reason_outcome_and_the_value_that_counts() -> None:
    settled, open_one = rows(instruments.disputes(WORKED.disputes, WORKED.card, synthetic=True))
    assert "corrected" in settled["Outcome"] and settled["Counts now"] == "2.4%" != settled["Reported"]
    assert "dock" in settled["By, and why"] and "dock marks" in settled["Outcome"]
    assert open_one["Outcome"] == "Open" and open_one["Counts now"] == open_one["Reported"] == "95.5%"
    values = WORKED.values().loc["alpha"].to_dict()
    lines = {x.measure.id: x for x in composite(WORKED.card, values, disputes=WORKED.disputes).lines}
    assert lines["defects"].actual == 0.024 and not lines["defects"].disputed and lines["on_time"].disputed


def test_the_four_ways_disagree_and_the_reversal_is_told() -> None:
    shown = instruments.ways_to_score(WORKED.card, WORKED.values(), synthetic=True)
    first = {
        name: row["Partner"] for row in rows(shown) for name, cell in row.items() if cell.endswith("(1)")
    }
    assert len(set(first.values())) == 3
    assert "without Gamma" in shown.note
    weights = np.array([m.weight for m in WORKED.card.measures])
    scores = WORKED.values().apply(lambda row: [m.score(row[m.id]) for m in WORKED.card.measures], axis=1)
    for row, points in zip(rows(shown), scores, strict=True):
        assert row["Arithmetic mean, floor to target"].startswith(f"{weights @ points:.3f}")
        assert row["Geometric mean, floor to target"].startswith(
            f"{np.prod(np.array(points) ** weights):.3f}"
        )


def test_ratings_of_the_worked_example_differ_between_the_sides() -> None:
    gap = perception_gap(WORKED.items, WORKED.partners["alpha"].ratings)
    assert [line.gap for line in gap.lines] == [-2, 0, 1]
    plain, weighted = (kappa_of(*WORKED.grades(), (1, 2, 3, 4), w) for w in ("none", "quadratic"))
    assert plain.table.sum() == 9 and plain.value < weighted.value < 1


def test_the_worked_escalation_holds_a_remediation_record() -> None:
    (plan,) = [entry.remediation for entry in worked_escalation().log if entry.remediation]
    assert set(plan.sponsors) == {"customer", "vendor"} and plan.steps and plan.readjustment_criteria
    assert worked_escalation().kpi in KPIS


def test_the_sharing_matrix_says_who_sees_what_and_what_follows() -> None:
    names = {party.id: party.name for party in AGREEMENT.parties}
    shown = instruments.sharing(worked_matrix(), KPIS | {"own": "R&D <on> time"}, names, synthetic=True)
    assert {cell for row in rows(shown) for cell in row.values()} >= {"share", "aggregate", "withhold"}
    assert "“Time to fill a vacancy” cannot be audited by sample" in shown.note
    assert "“R&amp;D &lt;on&gt; time” has no data source" in shown.note and "Shortlists" not in shown.note


def test_the_pilot_card_prints_what_was_registered() -> None:
    card = {
        row["Field"]: row["What stands in it"]
        for row in rows(instruments.pilot(PILOT, "days", synthetic=True))
    }
    assert card["Observations"].startswith(f"{PILOT.per_arm} with") and "51%" in card["Chance of a roll-out"]


def test_a_grade_that_is_missing_is_told() -> None:
    plain = as_plain(WORKED)
    del plain["partners"]["beta"]["ratings"]["vendor"]["candour"]
    with pytest.raises(BadInput, match="no grade of 'candour'"):
        validate(WorkedScorecard, parse(render(plain), Path("scorecard.yaml")))


def test_weights_of_the_worked_example_have_ranges() -> None:
    weights = {m.id: m.weight for m in WORKED.card.measures}
    found = bands(rank(WORKED.scores(), weights, dict.fromkeys(weights, "higher"), "weighted_sum", "scores"))
    assert any(band.first[0] > 0 or band.first[1] < 1 for band in found)


def test_both_funnels_of_a_page_have_labels_of_their_own() -> None:
    """One page shows the units by chance alone and with over-dispersion; a document needs both labels."""
    counts = (["A", "B", "C"], [90, 850, 40], [100, 1000, 50])
    labels = [
        funnel_plot(funnel(*counts, dispersion=how), "On time", cases="Lines").label
        for how in ("none", "additive")
    ]
    assert len(set(labels)) == 2
