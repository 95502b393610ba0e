"""The panels of alignment, pentad, pitfalls, review and test: what they show, keep, and refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_analysis.agreement import Agreement, read_agreement
from alliance_analysis.errors import BadInput
from alliance_analysis.reports.essay_evidence import evidence
from alliance_analysis.review.alignment import goals_in
from alliance_analysis.review.cadence import cadence_in
from alliance_analysis.review.decision import decided
from alliance_analysis.review.pitfalls import incidents
from alliance_analysis.review.quiz import items, taken
from alliance_analysis.review.readiness import STARTING, Counted, graded_in, pentad_in
from alliance_analysis.widgets.alignment import AlignmentPanel
from alliance_analysis.widgets.pentad import PentadPanel
from alliance_analysis.widgets.pitfalls import PitfallPanel
from alliance_analysis.widgets.quiz import QuizPanel
from alliance_analysis.widgets.review import ReviewPanel


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agreement.yaml"


def test_alignment_keeps_both_horizons_and_own_goal_names(path: Path) -> None:
    panel = AlignmentPanel(path)
    assert "Overlap 0.60" in panel.still().alt
    panel.names[0].value = "Cost per hire"
    panel.points[0][1].value = 4
    assert "Overlap 0.60" not in panel.shown.value and "Cost per hire" in panel.shown.value
    panel.horizon.value = "later"
    assert panel.points[0][1].value == 1
    assert panel.keep()
    kept = goals_in(read_agreement(path).agreement)
    assert (
        kept.goals[0].name == "Cost per hire"
        and kept.goals[0].now == (4, 4)
        and kept.goals[0].later == (2, 1)
    )
    for pair in panel.points:
        pair[0].value = 0
    assert not panel.keep() and "Nothing was kept" in panel.status.value
    again = AlignmentPanel(path)
    assert again.points[0][1].value == 4


def test_pentad_keeps_grades_and_marks_the_weakest(path: Path) -> None:
    panel = PentadPanel(path)
    panel.controls["executives"].value = 1
    assert "Weakest: Owners and executives" in panel.shown.value
    assert panel.keep()
    assert pentad_in(read_agreement(path).agreement).grades["executives"] == 1


def test_keys_and_expectations_are_kept_beside_the_pentad(path: Path) -> None:
    panel = PentadPanel(path)
    assert "Nothing is rated yet" in panel.rated.value
    panel.keys["poise"].value, panel.keys["purpose"].value = 2, 4
    assert "Lowest, where to begin: Poise." in panel.rated.value
    panel.counted["marketing"]["expected"].value = "Shops in every village"
    assert "Expected and not seen: marketing might." in panel.evidence.value
    panel.counted["marketing"]["seen"].value = "<b>Shops</b> in towns"
    assert "not seen" not in panel.evidence.value and "<b>" not in panel.evidence.value
    assert panel.keep()
    kept = graded_in(read_agreement(path).agreement)
    assert kept.keys == {"poise": 2, "purpose": 4}
    assert kept.expectations == {
        "marketing": Counted(expected="Shops in every village", seen="<b>Shops</b> in towns")
    }
    again = PentadPanel(path)
    assert (
        again.keys["poise"].value == 2 and again.counted["marketing"]["seen"].value == "<b>Shops</b> in towns"
    )


@pytest.mark.parametrize(
    ("part", "words"),
    [({"keys": {"pose": 2}}, "did you mean 'poise'"), ({"keys": {"poise": 6}}, "less than or equal to 5"),
     ({"expectations": {"finances": {}}}, "did you mean 'finance'")],
)  # fmt: skip
def test_a_key_or_an_expectation_that_does_not_exist_is_named(part: dict, words: str) -> None:
    draft = Agreement(schema=1, title="Draft", choices={"pentad": {"grades": STARTING, **part}})
    with pytest.raises(BadInput, match=words):
        graded_in(draft)


def test_a_broken_choice_is_told_and_does_not_stop_the_panel(path: Path) -> None:
    assert PentadPanel(path).keep()
    text = path.read_text(encoding="utf-8").replace("executives: 3", "executives: 7")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="not a grade"):
        pentad_in(read_agreement(path).agreement)
    panel = PentadPanel(path)
    assert "starts anew" in panel.status.value and panel.view


def test_pitfalls_are_hidden_until_compared_and_kept_across_cases(path: Path) -> None:
    panel = PitfallPanel(path)
    assert not panel.keep()
    panel.compare()
    assert "Tag at least one" in panel.status.value
    first = incidents("timex")[0]
    assert first.reading not in "".join(row.children[0].value for row in panel.list.children)
    panel.list.children[0].children[1].value = "goals"
    panel.case.value = "donnelly"
    panel.list.children[1].children[1].value = incidents("donnelly")[1].area
    panel.compare()
    assert "50% of 2 incidents" in panel.map.value and first.pitfall in panel.apart.value
    assert panel.keep()
    assert dict(read_agreement(path).agreement.choices["pitfalls"]) == {
        "timex_1": "goals",
        "donnelly_2": "goals",
    }
    assert PitfallPanel(path).list.children[0].children[1].value == "goals"


def test_the_test_is_scored_and_tells_nothing_before_the_second_one(path: Path) -> None:
    before = QuizPanel("pretest", path)
    assert not before.keep()
    for item in items():
        before.answers[item.id].value = (item.right + 1) % len(item.options)
    assert before.keep() and f"before 0 of {len(items())}" in before.result.value
    assert items()[0].why not in before.result.value
    after = QuizPanel("posttest", path)
    for item in items()[1:]:
        after.answers[item.id].value = item.right
    assert after.keep()
    assert items()[0].why in after.result.value and items()[1].why not in after.result.value
    found = taken(read_agreement(path).agreement, "posttest")
    assert found and found.open == (items()[0].id,)


def test_a_review_is_decided_kept_and_read_again(path: Path) -> None:
    panel = ReviewPanel(path)
    assert "Maintain" in panel.verdict.value
    customer, vendor = panel.money.values()
    customer["actual"].value = 390.0
    assert "Grow" in panel.verdict.value
    vendor["recovery"].value = 400.0
    assert "Close" in panel.verdict.value and "offer a split" in panel.verdict.value
    panel.rhythm["issues"].value = 12.0
    panel.lesson["seen"].value, panel.lesson["change"].value = "Visits help", "One a quarter"
    panel.lesson["sites"].value = "North, South"
    panel.said["vendor"]["needs"].value = "Nothing new"
    assert panel.keep()
    agreement = read_agreement(path).agreement
    assert decided(agreement).verdict == "close" and cadence_in(agreement).issues == 12
    assert agreement.review and [lesson.sites for lesson in agreement.review.lessons][-1] == [
        "North",
        "South",
    ]
    assert len(agreement.review.lessons) == 2 and agreement.review.met["service_live"] == 3
    assert ReviewPanel(path).money["vendor"]["recovery"].value == 400.0
    assert panel.keep() and len(read_agreement(path).agreement.review.lessons) == 2  # type: ignore[union-attr]


def test_an_impossible_review_is_told_and_the_picture_stays(path: Path) -> None:
    panel = ReviewPanel(path)
    before = panel.picture.value
    panel.money["customer"]["planned"].value = 0.0
    assert "planned" in panel.status.value and panel.picture.value == before
    assert not panel.keep() and not path.exists()
    panel.money["customer"]["planned"].value = 400.0
    for control in panel.met.values():
        control.value = False
    panel.month.value = 0
    assert "cannot be judged" in panel.status.value


def test_what_was_kept_is_offered_to_the_essay_and_nothing_else(path: Path) -> None:
    offered = {"number:overlap", "figure:alignment", "figure:tags", "number:tags_shared", "figure:quadrant",
               "table:decision", "number:implementation", "number:cheapest_cadence", "figure:cadence"}  # fmt: skip
    assert AlignmentPanel(path).keep()
    assert offered & set(evidence(read_agreement(path))) == {"number:overlap", "figure:alignment"}
    tagger = PitfallPanel(path)
    tagger.list.children[0].children[1].value = "values"
    assert tagger.keep() and ReviewPanel(path).keep()
    found = evidence(read_agreement(path))
    assert offered <= set(found)
    assert (found["number:overlap"].text, found["number:implementation"].text) == ("0.60", "100%")
    assert found["table:decision"].exhibit().label == "decision"
