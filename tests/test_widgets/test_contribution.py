"""The contribution panel without a browser: moves, folded assumptions, the grid, Keep, and a broken file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from alliance_analysis.agreement import ACCORDS, example_path, read_agreement
from alliance_analysis.figures import contribution as show
from alliance_analysis.simulation.assumptions import ASSUMPTIONS
from alliance_analysis.simulation.contribution import NAME, contribution, first_study, study_in
from alliance_analysis.widgets.contribution import OLDER, ContributionPanel


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "agreement.yaml"
    shutil.copyfile(example_path(), target)
    return target


def test_a_move_changes_picture_sentence_and_table_together(path: Path) -> None:
    panel = ContributionPanel(path)
    before, shown = panel.found, panel.result.value
    panel.places["volatility"].value = 0.9
    now = contribution(panel.study)
    assert panel.study.environment.volatility == 0.9
    assert panel.result.value.split('src="')[1][:4000] != shown.split('src="')[1][:4000]
    assert show.moved("Volatility: 0.5 to 0.9", before, now) in panel.result.value
    for accord in ACCORDS:
        assert f"{now.shares[accord].mean:.2f}" in panel.result.value


def test_overdoing_and_assumptions_reach_the_model_and_back_to_the_start_undoes_them(path: Path) -> None:
    panel = ContributionPanel(path)
    panel.overdone["change"].value = True
    panel.assumed["adaptation"].value = 0.2
    assert panel.study.overdone == ["change"] and panel.study.assumptions == {"adaptation": 0.2}
    assert "yes" in panel.result.value or "0.4 to 0.2" in panel.result.value
    panel._reset()
    assert panel.study == first_study(panel.opened.agreement)


def test_an_assumption_cannot_leave_its_range(path: Path) -> None:
    panel = ContributionPanel(path)
    panel.assumed["clarity"].value = 7.0
    assert panel.study.assumptions == {"clarity": ASSUMPTIONS["clarity"].high}


def test_the_other_outcome_is_survival_in_points(path: Path) -> None:
    panel = ContributionPanel(path)
    panel.outcome.value = "survival"
    assert "percentage points" in panel.result.value and panel.found.outcome == "survival"


def test_keep_writes_its_own_part_and_leaves_the_scores_where_they_are(path: Path) -> None:
    before = read_agreement(path).agreement
    panel = ContributionPanel(path)
    panel.places["strategy"].value = 1.0
    panel.assumed["clarity"].value = 0.6
    assert panel.keep()
    after = read_agreement(path).agreement
    assert "scores" not in after.choices[NAME] and after.scores() == before.scores()
    assert study_in(after) == panel.study
    assert {k: v for k, v in after.choices.items() if k != NAME} == before.choices
    again = ContributionPanel(path)
    assert again.study == panel.study and again.places["strategy"].value == 1.0
    assert again.still().alt == show.alt(contribution(panel.study))


def test_the_grid_reports_progress_and_says_when_it_is_out_of_date(path: Path, monkeypatch) -> None:
    panel = ContributionPanel(path)
    panel._kept = panel._kept.model_copy(update={"paths": 30, "quarters": 8})
    panel.places["volatility"].value = 0.4
    panel.run_grid()
    assert panel.progress.value == panel.progress.max == 243
    assert "Of all 243" in panel.where.value and OLDER not in panel.where_told.value
    panel.places["volatility"].value = 0.6
    assert OLDER in panel.where_told.value


def test_a_broken_study_is_told_and_the_panel_starts_anew(path: Path) -> None:
    with path.open("a", encoding="utf-8") as stream:
        stream.write(f"\nchoices:\n  {NAME}:\n    environment:\n      volatility: 3\n")
    panel = ContributionPanel(path)
    assert "starts anew" in panel.status.value and panel.study == first_study(panel.opened.agreement)
