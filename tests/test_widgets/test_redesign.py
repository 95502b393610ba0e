"""The redesign panel: forms follow the relationship, Keep writes what is typed, and it comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_analysis.agreement import open_agreement
from alliance_analysis.cases import case_names
from alliance_analysis.simulation.counterfactual import redesign_in, to_mend
from alliance_analysis.widgets.redesign import RedesignPanel


@pytest.mark.parametrize("case", case_names())
def test_every_relationship_with_something_to_mend_has_its_forms(case: str, tmp_path: Path) -> None:
    panel = RedesignPanel(case, tmp_path / "agreement.yaml")
    assert panel.view is panel.view
    for _, tie in panel.tie.options:
        panel.tie.value = tie
        assert list(panel.clauses) == [f.element for f in to_mend(panel.case, tie)]
    assert not (tmp_path / "agreement.yaml").exists()


def test_keep_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "agreement.yaml"
    panel = RedesignPanel("timex", path)
    panel.tie.value = "jayna"
    form = panel.clauses["exit"]
    before, words = panel.picture.value, form.meaning.value
    form.text.value, form.score.value = "Either side may sell at an appraised price within 90 days.", 4
    assert form.meaning.value != words
    panel.run()
    assert panel.picture.value != before
    assert panel.keep()
    kept = redesign_in(open_agreement(path).agreement, panel.case)
    assert kept is not None and kept.relationship == "jayna" and kept.clauses["exit"].score == 4
    again = RedesignPanel("timex", path)
    assert again.tie.value == "jayna"
    assert again.clauses["exit"].text.value.startswith("Either side")
    assert "Either side" in again.still().to_html()
