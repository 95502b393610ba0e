"""The accord studio: what is typed is taken over or refused, and Keep writes only its own parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_analysis.agreement import ELEMENTS, example_path, read_agreement
from alliance_analysis.agreement.clauses import CLAUSES, SAYS
from alliance_analysis.drafting.coherence import coherence
from alliance_analysis.drafting.contracts import LEGAL, MEANING
from alliance_analysis.widgets.accord_studio import NONE, VIEWS, AccordStudioPanel


@pytest.fixture
def panel(tmp_path: Path) -> AccordStudioPanel:
    path = tmp_path / "agreement.yaml"
    path.write_bytes(example_path().read_bytes())
    return AccordStudioPanel(path)


def test_looking_at_every_element_and_view_changes_nothing(panel: AccordStudioPanel) -> None:
    before = panel.draft
    for key in ELEMENTS:
        panel.element.value = key
        assert panel._edit()
    kept = panel.draft.model_copy(update={"choices": before.choices})
    assert kept == before
    for name in VIEWS:
        panel.shown.value = name
        assert 'class="cb-exhibit"' in panel.result.value


def test_keep_leaves_what_was_not_changed_byte_for_byte(panel: AccordStudioPanel) -> None:
    before = panel.opened.path.read_text(encoding="utf-8")
    for key in ELEMENTS:
        panel.element.value = key
    assert panel.keep()
    after = read_agreement(panel.opened.path)
    assert after.agreement.clauses == read_agreement(example_path()).agreement.clauses
    section = before[before.index("\nclauses:") : before.index("\nprovenance:")]
    assert section in panel.opened.path.read_text(encoding="utf-8")


def test_what_is_not_said_stays_unsaid(tmp_path: Path) -> None:
    path = tmp_path / "agreement.yaml"
    path.write_text("schema: 1\ntitle: Draft\n", encoding="utf-8")
    panel = AccordStudioPanel(path)
    for key in ELEMENTS:
        panel.element.value = key
        assert panel._edit()
    assert panel.keep()
    assert path.read_text(encoding="utf-8").startswith("schema: 1\ntitle: Draft\nchoices:\n")


def test_keep_writes_what_was_typed_and_leaves_comments_and_other_parts(panel: AccordStudioPanel) -> None:
    before = panel.opened.path.read_text(encoding="utf-8")
    panel.element.value = "anticipated_change_plan"
    panel.score.value = 3
    panel.text.value = "A new owner re-opens the terms within 30 days."
    panel.element.value = "exit"
    panel.clauses.text.value = panel.clauses.text.value.replace("notice_months: 6", "notice_months: 9")
    panel.ticks["termination_for_convenience"].value = True
    panel.aim.value, panel.kind.value = "strategic", "Outsourcing"
    assert panel.keep()
    after = read_agreement(panel.opened.path).agreement
    assert after.accords.change.anticipated_change_plan is not None
    assert (
        after.accords.change.anticipated_change_plan.text == "A new owner re-opens the terms within 30 days."
    )
    assert after.exit and after.exit.notice_months == 9
    assert "termination_for_convenience" in after.clauses.legal
    assert after.strategy and (after.strategy.aim, len(after.strategy.objectives)) == ("strategic", 3)
    assert after.choices == {"accord_studio": {"contract_type": "Outsourcing"}}
    text = panel.opened.path.read_text(encoding="utf-8")
    assert [line for line in before.splitlines() if line.lstrip().startswith("#")] == [
        line for line in text.splitlines() if line.lstrip().startswith("#")
    ]
    assert AccordStudioPanel(panel.opened.path).kind.value == "Outsourcing"


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("communication_plan", "commitees: []", "did you mean 'committees'"),
        ("communication_plan", "committees: [", "not valid YAML"),
        ("conflict_arbitration_charter", "escalation: {level_1: nobody}", "the role 'nobody' is not listed"),
        (
            "conflict_arbitration_charter",
            "escalation: {clocks: {watch: -1}}",
            "Conflict arbitration charter, Escalation, Clocks, Watch (working days): write a number above 0",
        ),
        ("enforcement_plan", "bonus: 3", "leave the box empty"),
    ],
)
def test_what_cannot_stand_is_told_and_nothing_is_written(
    panel: AccordStudioPanel, key: str, text: str, said: str
) -> None:
    before = panel.opened.path.read_bytes()
    panel.element.value = key
    draft = panel.draft
    panel.clauses.text.value = text
    assert said in panel.status.value.replace("&#x27;", "'")
    assert panel.draft == draft
    assert not panel.keep()
    assert panel.opened.path.read_bytes() == before
    assert said in panel.clauses.wrong.value.replace("&#x27;", "'"), "it is said beside the form too"


def test_a_score_without_a_text_is_refused(panel: AccordStudioPanel) -> None:
    panel.element.value = "innovation_plan"
    panel.text.value = " "
    assert "nothing is agreed" in panel.status.value
    panel.score.value = NONE
    assert panel.draft.part("innovation_plan") is None


def test_a_contradiction_shows_at_once(panel: AccordStudioPanel) -> None:
    panel.shown.value = "Contradictions"
    panel.element.value = "service_level_objectives"
    panel.clauses.text.value = panel.clauses.text.value.replace("term_months: 36", "term_months: 12")
    assert coherence(panel.draft).breaks("commitment")
    assert "binds capital for 36 months, the agreement runs for 12" in panel.result.value


def test_notes_on_benefits_and_risks_are_kept_by_accord(panel: AccordStudioPanel) -> None:
    panel.shown.value = "Benefits and risks"
    panel.element.value = "exit"
    panel.note.value = "The vendor could leave too easily."
    panel.element.value = "innovation_plan"
    assert panel.note.value == "The vendor could leave too easily."  # the same accord
    panel.element.value = "communication_plan"
    assert panel.note.value == ""
    assert "The vendor could leave too easily." in panel.result.value
    assert panel.keep()
    kept = read_agreement(panel.opened.path).agreement.choices["accord_studio"]
    assert kept["notes"] == {"change": "The vendor could leave too easily."}
    again = AccordStudioPanel(panel.opened.path)
    again.element.value = "exit"
    assert again.note.value == "The vendor could leave too easily."
    again.note.value = ""
    assert again.keep()
    assert "notes" not in read_agreement(panel.opened.path).agreement.choices["accord_studio"]


def test_whoever_begins_from_the_example_judges_each_element_and_only_that_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "agreement.yaml"
    mine = AccordStudioPanel(path)
    assert set(mine.draft.scores().values()) == {None} and "0 of 12" in mine.judged.value
    mine.element.value = "innovation_plan"
    mine.score.value = 2
    for name in VIEWS:
        mine.shown.value = name
    assert "1 of 12" in mine.judged.value and mine.keep()
    again = AccordStudioPanel(path).draft.scores()
    assert again.pop("innovation_plan") == 2 and set(again.values()) == {None}


def test_every_clause_is_explained_and_none_is_labelled_in_code(panel: AccordStudioPanel) -> None:
    assert set(MEANING) == set(LEGAL)
    assert {name for names in CLAUSES.values() for name in names} == set(SAYS)
    assert not [tick.description for tick in panel.ticks.values() if "Rofr" in tick.description]
    panel.element.value = "exit"
    assert "rebid_months: 36\n" in panel.clauses.text.value
