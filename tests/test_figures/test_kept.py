"""Figures kept in a folder are the figures that would have been drawn, and only equal ones are taken for equal."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from alliance_analysis.figures import Exhibit
from alliance_analysis.figures.kept import FOLDER
from alliance_analysis.reports.case_report import CaseReport


def figures(case: str, margin: tuple[float, float]) -> list[bytes]:
    report = CaseReport(case, margin=margin)
    shown = [report.timeline(), report.accord_grid(), *report.numbers().parts]
    return [part.png for part in shown if isinstance(part, Exhibit) and part.draw]


def test_a_kept_figure_has_the_bytes_of_a_drawn_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [("timex", (0.05, 0.25)), ("timex", (0.1, 0.3)), ("donnelly", (0.05, 0.25))]
    drawn = [figures(*run) for run in runs]
    monkeypatch.setenv(FOLDER, str(tmp_path))
    first = [figures(*run) for run in runs]
    count = len(list(tmp_path.iterdir()))
    again = [figures(*run) for run in runs]
    assert first == drawn
    assert again == drawn
    assert len(list(tmp_path.iterdir())) == count < sum(map(len, drawn)), (
        "equal figures of other reports are shared"
    )
    assert len({png for run in drawn for png in run}) == count


def test_what_a_function_holds_tells_figures_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))

    def exhibit(height: float, *, synthetic: bool = False) -> Exhibit:
        def draw(figure: Figure) -> None:
            figure.subplots().plot([0, 1], [0, height])

        return Exhibit("line", "A line", "A line.", draw=draw, synthetic=synthetic)

    pictures = [exhibit(1).png, exhibit(2).png, exhibit(1, synthetic=True).png, exhibit(1).png]
    assert len(set(pictures)) == 3
    assert pictures[0] == pictures[3]


def test_a_folder_that_is_gone_costs_no_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(FOLDER, str(tmp_path / "file"))
    assert CaseReport("timex").timeline().png.startswith(b"\x89PNG")
