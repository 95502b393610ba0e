"""The essay's evidence of the simulation: offered once a study is kept, and equal to what the study comes to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from alliance_analysis.agreement import ACCORDS, example_path, keep, open_agreement
from alliance_analysis.reports.essay_evidence import evidence
from alliance_analysis.simulation.contribution import NAME, contribution, study_in


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "agreement.yaml"
    shutil.copyfile(example_path(), target)
    return target


def test_nothing_simulated_is_offered_before_a_study_is_kept(path: Path) -> None:
    found = evidence(open_agreement(path))
    assert "number:share_change" not in found and "figure:contribution" not in found
    assert not found["figure:experiment"].own and not found["table:exit_costs"].exhibit().synthetic


def test_a_kept_study_gives_its_numbers_and_marked_figures(path: Path) -> None:
    kept = keep(open_agreement(path), ("choices", {NAME: {"environment": {"volatility": 0.9}, "paths": 100}}))
    found, study = evidence(kept), study_in(kept.agreement)
    assert study
    expected = contribution(study)
    for accord in ACCORDS:
        assert found[f"number:share_{accord}"].text == f"{expected.shares[accord].mean:.2f} normal quarters"
    assert found["number:no_kpis"].text == f"{expected.no_kpis.mean:.2f} normal quarters"
    assert found["number:accord_first"].text == " and ".join(expected.first)
    for token in ("figure:contribution", "table:contribution"):
        exhibit = found[token].exhibit()
        assert exhibit.synthetic and exhibit.label == "contribution"
