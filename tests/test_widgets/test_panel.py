"""What every panel shares: a second run of the page finds what was set and not kept; the file is not touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from inspect import isabstract
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from ipywidgets import Dropdown, ToggleButtons

from alliance_analysis import widgets
from alliance_analysis.agreement import keep, open_agreement, read_agreement
from alliance_analysis.simulation.contribution import first_study, studied
from alliance_analysis.widgets.accord_studio import AccordStudioPanel
from alliance_analysis.widgets.alignment import AlignmentPanel
from alliance_analysis.widgets.contribution import ContributionPanel
from alliance_analysis.widgets.exit_pricer import ExitPanel
from alliance_analysis.widgets.incentives import IncentivePanel
from alliance_analysis.widgets.panel import Panel
from alliance_analysis.widgets.pentad import PentadPanel
from alliance_analysis.widgets.pitfalls import PitfallPanel
from alliance_analysis.widgets.quiz import QuizPanel
from alliance_analysis.widgets.redesign import RedesignPanel
from alliance_analysis.widgets.review import ReviewPanel
from alliance_analysis.widgets.shocks import ShockPanel
from alliance_analysis.widgets.stakeholders import StakeholderPanel
from alliance_analysis.widgets.thresholds import ThresholdPanel

Make = Callable[[Path], Any]
Case = tuple[Make, Callable[[Any], Any], Any]


def second(found: dict[str, Any], at: int = 1) -> Any:
    return list(found.values())[at]


CASES: dict[str, Case] = {
    "threshold": (ThresholdPanel, lambda p: p.controls["threshold"], 91.5),
    "record": (ThresholdPanel, lambda p: p.controls["source"], "vendor:STRIDES ARCOLAB LIMITED"),
    "environment": (ContributionPanel, lambda p: second(p.places), 0.7),
    "notice": (ExitPanel, lambda p: p.controls["notice_months"], 9.0),
    "protection": (ShockPanel, lambda p: p.protection, 0.35),
    "saving": (IncentivePanel, lambda p: p.happens["saving"], 60.0),
    "points": (AlignmentPanel, lambda p: p.points[1][0], 9),
    "pentad": (PentadPanel, lambda p: second(p.controls), 4),
    "answer": (lambda path: QuizPanel("pretest", path), lambda p: second(p.answers), 1),
    "milestone": (ReviewPanel, lambda p: p.lesson["seen"], "Shortlists came late in the holidays."),
    "remedy": (StakeholderPanel, lambda p: second(p.remedies), True),
    "aim": (AccordStudioPanel, lambda p: p.strategy, "To hire for two plants."),
    "clauses": (AccordStudioPanel, lambda p: p.clauses.text, "term_months: 40\n"),
    "clause": (lambda path: RedesignPanel("timex", path), lambda p: second(p.clauses, 0).text, "Thirty days’ notice."),
}  # fmt: skip


def shown(make: Make, path: Path) -> Any:
    panel = make(path)
    assert isinstance(panel, Panel) and panel.view
    return panel


@pytest.mark.parametrize("name", CASES)
def test_what_was_set_and_not_kept_is_there_when_the_page_runs_again(name: str, tmp_path: Path) -> None:
    make, control, value = CASES[name]
    path = tmp_path / "agreement.yaml"
    first = shown(make, path)
    assert control(first).value != value
    control(first).value = value
    again = shown(make, path)
    assert control(again).value == value and "still here" in again.status.value
    assert "cb-hint" in again.status.value, "good news is no fault"
    assert control(shown(make, tmp_path / "other.yaml")).value != value, "another file"
    assert not path.exists()


def test_an_element_that_was_left_for_another_is_not_lost(tmp_path: Path) -> None:
    first = shown(AccordStudioPanel, tmp_path / "agreement.yaml")
    first.text.value = "Ninety-five in a hundred."
    first.element.value = "exit"
    again = shown(AccordStudioPanel, tmp_path / "agreement.yaml")
    assert again.element.value == "exit" and again.text.value == first.text.value
    again.element.value = first.element.options[0][1]
    assert again.text.value == "Ninety-five in a hundred."


def test_tags_of_a_case_that_is_not_shown_are_not_lost(tmp_path: Path) -> None:
    first = shown(PitfallPanel, tmp_path / "agreement.yaml")
    first.list.children[0].children[1].value = "goals"
    first.case.value = first.case.options[1][1]
    again = shown(PitfallPanel, tmp_path / "agreement.yaml")
    assert again.tags == first.tags != {} and again.case.value == first.case.value


def test_two_panels_of_a_page_are_kept_one_after_the_other_and_another_page_is_not_overwritten(
    tmp_path: Path,
) -> None:
    path = tmp_path / "agreement.yaml"
    quiz, meter = shown(lambda place: QuizPanel("pretest", place), path), shown(AlignmentPanel, path)
    second(quiz.answers).value, meter.points[0][0].value = 1, 9
    assert quiz.keep() and meter.keep() and quiz.keep()
    kept = read_agreement(path).agreement.choices
    assert len(kept["pretest"]) == 1 and kept["alignment"]["goals"][0]["now"][0] == 9
    keep(read_agreement(path), ("choices", {"alignment": {"by": "another page"}}))
    text = path.read_bytes()
    assert not meter.keep() and "changed on disk" in meter.status.value and path.read_bytes() == text


def test_scores_kept_in_the_studio_move_the_contributions_below_it_and_nothing_that_was_set_there(
    tmp_path: Path,
) -> None:
    path = tmp_path / "agreement.yaml"
    studio, below = shown(AccordStudioPanel, path), shown(ContributionPanel, path)
    second(below.places).value = 0.7
    before = below.found
    studio.score.value = 4
    assert studio.keep()
    agreement = read_agreement(path).agreement
    assert below.study.scores == first_study(agreement).scores
    assert second(below.places).value == 0.7 and below.found != before
    assert "just kept them above" in below.result.value
    assert below.keep() and studied(read_agreement(path).agreement) == below.study


def test_what_was_kept_or_kept_elsewhere_is_shown_as_it_stands_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "agreement.yaml"
    first = shown(ExitPanel, path)
    first.controls["notice_months"].value = 9
    assert first.keep()
    assert "still here" not in shown(ExitPanel, path).status.value
    late = shown(ExitPanel, path)
    late.controls["notice_months"].value = 12
    opened = open_agreement(path)
    assert opened.agreement.exit
    keep(
        opened,
        ("choices", {"exit_pricer": {**opened.agreement.choices["exit_pricer"], "notice_months": 3.0}}),
    )
    assert shown(ExitPanel, path).controls["notice_months"].value == 3


def every(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every(child)


def panels() -> list[type[Panel]]:
    modules = [import_module(f"{widgets.__name__}.{m.name}") for m in iter_modules(widgets.__path__)]
    found = [kind for module in modules for kind in vars(module).values() if isinstance(kind, type)]
    return [kind for kind in dict.fromkeys(found) if issubclass(kind, Panel) and not isabstract(kind)]


@pytest.mark.parametrize("kind", panels(), ids=lambda kind: kind.__name__)
def test_every_choice_that_stands_in_a_list_is_shown(kind: type[Any], tmp_path: Path) -> None:
    """ipywidgets shows a choice whose value is None as an empty line, in some kernels from the beginning."""
    first = {"QuizPanel": ["pretest"], "RedesignPanel": ["timex"]}.get(kind.__name__, [])
    panel = kind(*first, tmp_path / "agreement.yaml")
    lists = [widget for widget in every(panel.view) if isinstance(widget, Dropdown | ToggleButtons)]
    assert all(None not in widget._options_values for widget in lists)
    assert all(widget.index is not None for widget in lists if widget.options)
