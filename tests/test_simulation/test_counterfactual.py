"""A case lived again: the same when nothing is written, and otherwise the difference of the clauses alone."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from alliance_analysis.agreement import keep, open_agreement
from alliance_analysis.cases import case_names, load_case
from alliance_analysis.errors import BadInput
from alliance_analysis.figures import redesign as show
from alliance_analysis.records import as_plain
from alliance_analysis.simulation.assumptions import Environment
from alliance_analysis.simulation.contribution import Study
from alliance_analysis.simulation.counterfactual import (
    ASSUMED,
    Clause,
    Redesign,
    first_redesign,
    lived_again,
    redesign_in,
    scores,
    section,
    to_mend,
)

QUICK = Study(paths=400, quarters=16)


def mended(case: str, relationship: str, score: int = 4) -> Redesign:
    found = to_mend(load_case(case), relationship)
    return Redesign(
        relationship=relationship, clauses={f.element: Clause(text="We agree.", score=score) for f in found}
    )


@pytest.mark.parametrize("name", case_names())
def test_without_a_clause_nothing_changes(name: str) -> None:
    case = load_case(name)
    first = first_redesign(case)
    assert to_mend(case, first.relationship)
    for lived in lived_again(case, first, QUICK).values():
        assert lived.before == lived.after
        assert {(gain.mean, gain.error) for gain in lived.gain} == {(0.0, 0.0)}
    assert "No clause is written" in show.lived_again(case, first, lived_again(case, first, QUICK)).alt


def test_a_clause_worth_what_stood_there_changes_nothing() -> None:
    case = load_case("timex")
    clauses = {
        f.element: Clause(text="As it was.", score=ASSUMED[f.finding][0]) for f in to_mend(case, "titan")
    }
    found = lived_again(case, Redesign(relationship="titan", clauses=clauses), QUICK)
    assert all(gain.mean == 0 for lived in found.values() for gain in lived.gain)


def test_gains_are_differences_on_common_random_numbers() -> None:
    case, written = load_case("timex"), mended("timex", "titan")
    for lived in lived_again(case, written, QUICK).values():
        for before, after, gain in zip(lived.before, lived.after, lived.gain, strict=True):
            assert gain.mean == pytest.approx(after.mean - before.mean)
            assert gain.error < math.hypot(before.error, after.error)


def test_the_run_is_that_of_a_study_with_the_same_scores() -> None:
    """A second way to the same numbers: the full coalition of a study of the accords."""
    case, written = load_case("timex"), mended("timex", "jayna")
    harsh = Environment(volatility=0.9, specificity=0.8, dependence=0.4)
    written = written.model_copy(update={"environment": harsh})
    lived = lived_again(case, written, QUICK)["npv"]
    for silence in (0, 1):
        _, after = scores(case, written, silence)
        study = Study.model_validate({**QUICK.model_dump(), "environment": harsh, "scores": after})
        assert study.runs().joint[7].mean() == pytest.approx(lived.after[silence].mean, rel=1e-12)


def test_silence_only_moves_elements_without_a_record() -> None:
    case = load_case("timex")
    low, high = (scores(case, first_redesign(case), silence)[0] for silence in (0, 1))
    silent = {
        f.element for f in case.file.findings if f.relationship == "titan" and f.finding == "not documented"
    }
    assert {key for key in low if low[key] != high[key]} == silent


def test_faults_are_named_together() -> None:
    wrong = Redesign(relationship="tian", clauses={"exits": Clause(text="x")})
    with pytest.raises(BadInput) as caught:
        lived_again(load_case("timex"), wrong, QUICK)
    told = "; ".join(str(fault) for fault in caught.value.faults)
    assert "titan" in told and "did you mean 'exit'" in told


def test_a_kept_redesign_comes_back_and_a_broken_one_is_named(tmp_path: Path) -> None:
    case, written = load_case("timex"), mended("timex", "titan", 2)
    opened = keep(
        open_agreement(tmp_path / "agreement.yaml"), ("choices", {section(case): as_plain(written)})
    )
    assert redesign_in(opened.agreement, case) == written
    table = show.rewritten(case, written).table
    assert table is not None and list(table["Score"]) == ["2"] * len(written.clauses)
    broken = as_plain(written)
    broken["clauses"]["exit"]["score"] = 5
    opened = keep(opened, ("choices", {section(case): broken}))
    with pytest.raises(BadInput, match=r"choices\.case_timex\.clauses\.exit\.score"):
        redesign_in(opened.agreement, case)
