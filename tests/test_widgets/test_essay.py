"""The essay panel: it counts as one types, measures without writing, and keeps only the student's own words."""

from __future__ import annotations

import datetime
import re
import shutil
from pathlib import Path

import pytest

from alliance_analysis.agreement import keep, read_agreement
from alliance_analysis.reports.essay import Essay, model_path
from alliance_analysis.reports.essay_check import check_essay
from alliance_analysis.reports.essay_findings import slot_faults
from alliance_analysis.reports.essay_text import Draft, words
from alliance_analysis.widgets.essay import WORDS_PER_PAGE, EssayPanel

EXEMPLAR = model_path()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return Path(shutil.copy(EXEMPLAR, tmp_path / "agreement.yaml"))


def shown(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


def test_a_fresh_panel_is_empty_and_keep_makes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "agreement.yaml"
    panel = EssayPanel(path)
    assert all(not slot.text.value for slot in panel.slots.values())
    assert not path.exists()
    panel.slots["crucial"].text.value = "Because."
    assert panel.keep()
    assert Draft.of(read_agreement(path)).slots == {"crucial": "Because."}


def test_words_are_counted_as_they_are_typed(path: Path) -> None:
    slot = EssayPanel(path).slots["conclusion"]
    slot.text.value = "Four words [@huang2009rescuing] and {{number:target}}."
    assert shown(slot.meter.value) == "4 of 25 to 70 words"


def test_add_puts_the_citation_into_the_sentence_and_the_number_after_it(path: Path) -> None:
    slot = EssayPanel(path).slots["crucial"]
    slot.text.value = "A claim"
    labels = dict(slot.cite.options)
    slot.cite.value = labels["Kaplan et al., 2010"]
    button = slot.view.children[0].children[1].children[1]
    button.click()
    slot.show.value = "{{number:quarters_met}}"
    slot.view.children[0].children[2].children[1].click()
    assert slot.text.value == (
        "A claim [@kaplan2010managing]. Quarters in which the vendor met the target: {{number:quarters_met}}."
    )
    assert not [
        f for f in slot_faults(slot.spec, said(slot.text.value)) if "sentence" in f[0] or "stop" in f[0]
    ]


def said(text: str) -> dict[str, object]:
    return {"text": text, "own": [1], "cases": [], "simulated": []}


def test_notes_on_a_reading_are_kept_and_offered_with_their_pages(path: Path) -> None:
    panel = EssayPanel(path)
    panel.readings["laurent2008human"].value = "12: HR is asked late\n14-15 drafts"
    offered = [value for _, value in panel.slots["hr"].cite.options]
    assert offered[:2] == ["[@laurent2008human, p. 12]", "[@laurent2008human, pp. 14–15]"]
    assert panel.keep()
    again = EssayPanel(path)
    assert again.readings["laurent2008human"].value == "12: HR is asked late\n14-15 drafts"
    assert not any("drafts" in str(o) for cell in again.essay.paper().cells for o in cell.get("outputs", []))


def test_the_exhibit_of_the_body_is_chosen_and_kept(path: Path) -> None:
    panel = EssayPanel(path)
    assert panel.in_body.value == "figure:contribution"
    panel.in_body.value = "table:barriers"
    assert panel.keep()
    assert Draft.of(read_agreement(path)).in_body == ["table:barriers"]


def test_the_page_meter_lives_while_one_types(path: Path) -> None:
    """Before a measurement it counts words; after one it starts from the pages that were set."""
    panel = EssayPanel(path)
    panel.measure()
    before = float(shown(panel.meter.value).split()[0])
    panel.slots["conclusion"].text.value += " word" * 2 * WORDS_PER_PAGE
    assert float(shown(panel.meter.value).split()[1]) == pytest.approx(before + 2, abs=0.11)


def test_fitting_evidence_comes_first(path: Path) -> None:
    panel = EssayPanel(path)
    for name, slot in panel.slots.items():
        fitting = panel.essay.spec(name).evidence
        offered = [value.strip("{}") for _, value in slot.show.options]
        there = [token for token in fitting if token in offered]
        assert (there and offered[: len(there)] == there) or not fitting
        assert set(offered) == set(panel.essay.evidence)


def test_measure_shows_what_the_check_finds_and_writes_nothing(path: Path) -> None:
    before = path.read_bytes()
    panel = EssayPanel(path)
    panel.measure()
    expected = check_essay(Essay.of(read_agreement(path)))
    assert shown(panel.meter.value) == expected.pages_said()
    assert "ready to hand in" in panel.findings.value
    panel.slots["crucial"].text.value += " {{number:targt}}"
    panel.measure()
    assert "did you mean 'number:target'?" in panel.findings.value
    assert "Not measurable yet" in panel.meter.value
    assert path.read_bytes() == before


def test_keeping_twice_adds_nothing_and_the_text_comes_back(path: Path) -> None:
    panel = EssayPanel(path)
    panel.slots["barriers"].text.value = "One.\n\n\n\n\tTwo.  "
    assert panel.keep()
    once = path.read_bytes()
    assert EssayPanel(path).keep()
    assert path.read_bytes() == once
    assert EssayPanel(path).slots["barriers"].text.value == "One.\n\nTwo."


def test_only_the_panels_own_section_changes(path: Path) -> None:
    before = read_agreement(path).agreement
    panel = EssayPanel(path)
    panel.slots["crucial"].text.value = "Other words."
    panel.keep()
    after = read_agreement(path).agreement
    assert after.fields() == before.fields()
    assert {k: v for k, v in after.choices.items() if k != "essay"} == {
        k: v for k, v in before.choices.items() if k != "essay"
    }


def test_a_line_of_the_assignment_is_kept_only_when_it_was_changed(path: Path) -> None:
    panel = EssayPanel(path)
    assert panel.keep()
    assert "course" not in panel.opened.agreement.choices["essay"]["title_page"]
    panel.lines["course"].value = "MGT 410"
    panel.day.value = datetime.date(2026, 4, 1)
    assert panel.keep()
    assert Essay.open(path).front().course == "MGT 410"
    assert Essay.open(path).front().spelled_date == "April 1, 2026"


def test_a_part_that_is_no_longer_asked_for_stays_in_the_file(path: Path) -> None:
    opened = read_agreement(path)
    draft = Draft.of(opened)
    keep(
        opened,
        ("choices", {"essay": draft.model_copy(update={"slots": {**draft.slots, "old": "Kept."}}).kept()}),
    )
    panel = EssayPanel(path)
    panel.slots["crucial"].text.value = "New."
    assert panel.keep()
    assert Draft.of(read_agreement(path)).slots["old"] == "Kept."


def test_a_file_that_changed_meanwhile_is_not_written_over(path: Path) -> None:
    panel = EssayPanel(path)
    path.write_text(path.read_text(encoding="utf-8") + "# a later thought\n", encoding="utf-8")
    changed = path.read_bytes()
    assert not panel.keep()
    assert "changed on disk" in panel.status.value
    assert path.read_bytes() == changed


def test_a_text_too_long_to_keep_is_refused_in_words(path: Path) -> None:
    before = path.read_bytes()
    panel = EssayPanel(path)
    panel.slots["crucial"].text.value = "word " * 5000
    assert not panel.keep()
    assert "20000" in panel.status.value
    assert path.read_bytes() == before


def test_the_page_before_it_is_run_shows_where_the_file_stands(path: Path) -> None:
    still = EssayPanel(path).still()
    assert still.table is not None
    texts = Draft.of(read_agreement(path)).slots
    assert list(still.table["Words"].astype(int)) == [words(text) for text in texts.values()]
    assert still.alt.startswith(f"{len(texts)} of {len(texts)} parts written")


def test_what_was_typed_and_not_kept_survives_a_new_run_of_the_page(path: Path) -> None:
    first = EssayPanel(path)
    first.slots["conclusion"].text.value = "A new ending, not kept."
    second = EssayPanel(path)
    assert second.slots["conclusion"].text.value == "A new ending, not kept."
    assert "not kept" in shown(second.status.value)
    assert "A new ending" not in path.read_text(encoding="utf-8")
    assert second.keep()
    assert EssayPanel(path).status.value == ""


def test_a_text_that_the_file_has_moved_on_from_is_not_put_back(path: Path) -> None:
    first = EssayPanel(path)
    first.slots["conclusion"].text.value = "Mine, not kept."
    draft = Draft.of(read_agreement(path))
    slots = {**draft.slots, "conclusion": "Kept elsewhere."}
    keep(read_agreement(path), ("choices", {"essay": Draft(title_page=draft.title_page, slots=slots).kept()}))
    assert EssayPanel(path).slots["conclusion"].text.value == "Kept elsewhere."


def test_a_change_takes_back_the_word_of_an_earlier_keep(path: Path) -> None:
    panel = EssayPanel(path)
    assert panel.keep()
    assert "Kept in agreement.yaml" in panel.status.value
    panel.slots["conclusion"].text.value += " And more."
    assert "Kept in" not in panel.status.value
    assert "not kept yet" in panel.status.value
