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
from alliance_analysis.widgets.essay_shelf import FITTING
from alliance_analysis.widgets.unkept import place

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
    assert "4 words" in shown(slot.todo.value) and "add 21 or more" in shown(slot.todo.value)
    assert slot.entry.description == "◐ Conclusion\n4 words, 1 to do"


def test_add_puts_the_citation_into_the_sentence_and_the_number_after_it(path: Path) -> None:
    panel = EssayPanel(path)
    assert panel.view
    panel.open("crucial")
    slot, shelf = panel.slots["crucial"], panel.shelf
    slot.text.value = "A claim."
    shelf.cite.value = dict(shelf.cite.options)["Kaplan et al., 2010"]
    assert "Managing" in shelf.source.value
    shelf.buttons[0].click()
    shelf.choice.value = "number:quarters_met"
    assert "16 of 32" in shelf.preview.value
    shelf.buttons[1].click()
    assert slot.text.value == (
        "A claim [@kaplan2010managing]. Quarters in which the vendor met the target: {{number:quarters_met}}."
    )
    assert not [
        f for f in slot_faults(slot.spec, said(slot.text.value)) if "sentence" in f[0] or "stop" in f[0]
    ]


def test_an_unfinished_sentence_takes_what_is_added_where_it_stops(path: Path) -> None:
    panel = EssayPanel(path)
    assert panel.view
    panel.open("crucial")
    text, shelf = panel.slots["crucial"].text, panel.shelf
    text.value = "In my own run everyone could sign "
    shelf.choice.value = "number:quarters_met"
    shelf.buttons[1].click()
    assert text.value == "In my own run everyone could sign {{number:quarters_met}}"
    shelf.choice.value = "figure:series"
    shelf.buttons[1].click()
    assert text.value.endswith("{{number:quarters_met}} ({{figure:series}})")


def test_what_is_added_goes_to_the_sentence_that_was_chosen_and_is_taken_back(path: Path) -> None:
    panel = EssayPanel(path)
    assert panel.view
    panel.open("crucial")
    text, shelf = panel.slots["crucial"].text, panel.shelf
    assert shelf.undo.disabled
    text.value = "A claim. A limit"
    assert [label for label, _ in shelf.where.options] == [
        "at the end",
        "after 1: “A claim.”",
        "after 2: “A limit”",
    ]
    shelf.cite.value = dict(shelf.cite.options)["Kaplan et al., 2010"]
    shelf.where.index = 1
    text.value += " of it"
    assert shelf.where.index == 1, "the place stays while one types"
    shelf.buttons[0].click()
    assert text.value == "A claim [@kaplan2010managing]. A limit of it"
    assert shelf.where.index == 0
    text.value += "."
    shelf.undo.click()
    assert text.value == "A claim. A limit of it." and shelf.undo.disabled
    shelf.where.index = 2
    text.value = "A claim."
    assert shelf.where.index == 0, "its sentence is gone"


def test_evidence_is_shown_before_it_is_added(path: Path) -> None:
    panel = EssayPanel(path)
    assert panel.view
    panel.open("important")
    before = panel.slots["important"].text.value
    panel.shelf.choice.value = "figure:contribution"
    assert "<img" in panel.shelf.preview.value and "does not prove" in panel.shelf.preview.value
    panel.shelf.origin.value = "cases/timex"
    assert panel.shelf.choice.value == "figure:accords_timex"
    assert "counts as a source" in panel.shelf.preview.value
    assert panel.slots["important"].text.value == before


def test_what_is_not_kept_yet_is_named_with_its_page(tmp_path: Path) -> None:
    panel = EssayPanel(tmp_path / "agreement.yaml")
    assert panel.view
    panel.open("barriers")
    assert "03 kpi negotiation" in panel.shelf.lacks.value


def test_the_list_says_what_is_done_and_what_comes_next(path: Path) -> None:
    panel = EssayPanel(path)
    assert panel.view and list(panel.entries) == ["front", *panel.slots, "notes"]
    assert "10 of 10 parts ready" in shown(panel.meter.value)
    panel.slots["removal"].text.value = ""
    assert panel.slots["removal"].entry.description.endswith("not begun")
    assert "9 of 10 parts ready" in shown(panel.meter.value)
    assert "Next: How barriers are removed." in shown(panel.meter.value)


def test_the_steps_go_through_all_parts_and_stop_at_the_ends(path: Path) -> None:
    panel = EssayPanel(path)
    assert panel.view
    panel.open("front")
    panel.step(-1)
    for name in panel.entries:
        assert panel.current == name
        panel.step(1)
    assert panel.current == "notes"


def said(text: str) -> dict[str, object]:
    return {"text": text, "own": [1], "cases": [], "simulated": []}


def test_notes_on_a_reading_are_kept_and_offered_with_their_pages(path: Path) -> None:
    panel = EssayPanel(path)
    assert panel.view
    panel.open("hr")
    panel.readings["laurent2008human"].value = "12: HR is asked late\n14-15 drafts"
    offered = [value for _, value in panel.shelf.cite.options]
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
    before = panel.checking.begin()().pages
    assert before is not None and f"{before:.1f} of 3 to 4 pages, as the PDF is set" in shown(
        panel.meter.value
    )
    panel.slots["conclusion"].text.value += " word" * 2 * WORDS_PER_PAGE
    assert float(shown(panel.meter.value).split()[1]) == pytest.approx(before + 2, abs=0.11)


def test_fitting_evidence_comes_first_and_all_of_it_is_at_hand(path: Path) -> None:
    panel = EssayPanel(path)
    assert panel.view
    for name in panel.slots:
        panel.open(name)
        fitting = [token for token in panel.essay.spec(name).evidence if token in panel.essay.evidence]
        assert [
            token for _, token in panel.shelf.choice.options if panel.shelf.origin.value == FITTING
        ] == fitting
        offered: set[str] = set()
        for _, page in panel.shelf.origin.options:
            panel.shelf.origin.value = page
            offered |= {token for _, token in panel.shelf.choice.options}
        assert offered == set(panel.essay.evidence)


def test_measure_shows_what_the_check_finds_and_writes_nothing(path: Path) -> None:
    before = path.read_bytes()
    panel = EssayPanel(path)
    panel.measure()
    expected = check_essay(Essay.of(read_agreement(path)))
    assert expected.pages_said() in shown(panel.meter.value)
    assert "ready to hand in" in panel.findings.head.value
    panel.slots["crucial"].text.value += " {{number:targt}}"
    panel.measure()
    row, html = panel.findings.rows["crucial"]
    assert "did you mean &#x27;number:target&#x27;?" in html.value
    assert "Not measurable yet" in panel.meter.value
    assert panel.view
    row.children[0].click()
    assert panel.current == "crucial"
    assert path.read_bytes() == before


def test_a_part_has_as_much_to_do_as_the_list_holds_against_it(path: Path) -> None:
    """What only the check of the whole paper finds is counted in the part too, until it is mended there."""
    panel = EssayPanel(path)
    slot = panel.slots["crucial"]
    whole = slot.text.value
    slot.text.value = f"{whole} See Figure 12. It pays (Porter, 1985) as [@nobody1999] says"
    panel.measure()
    _, html = panel.findings.rows["crucial"]
    assert html.value.count("cb-bad") == 4 and "4 to do" in slot.entry.description
    assert slot.todo.value.count("cb-bad") == 4 and "as the PDF is set" in panel.meter.value
    slot.text.value = whole
    panel.measure()
    assert slot.ready and "ready" in slot.entry.description


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
    panel.lines["instructor"].value = "The instructor of section 2"
    panel.day.value = datetime.date(2026, 4, 1)
    assert panel.keep()
    assert Essay.open(path).front().course == "MGT 410"
    assert EssayPanel(path).lines["instructor"].value == "The instructor of section 2"
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
    keep(read_agreement(path), ("choices", {"essay": Draft(slots={"crucial": "A later thought."}).kept()}))
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


def test_what_was_typed_and_not_kept_outlives_the_kernel(path: Path) -> None:
    first = EssayPanel(path)
    first.slots["conclusion"].text.value = "A new ending, not kept."
    first.lines["student"].value = "Student 7"
    second = EssayPanel(path)
    assert second.slots["conclusion"].text.value == "A new ending, not kept."
    assert second.lines["student"].value == "Student 7"
    assert "not kept" in shown(second.status.value)
    assert "A new ending" not in path.read_text(encoding="utf-8")
    assert second.keep() and not place(path).exists()
    assert EssayPanel(path).status.value == ""


def kept_elsewhere(path: Path, text: str) -> None:
    draft = Draft.of(read_agreement(path))
    slots = {**draft.slots, "conclusion": text}
    keep(read_agreement(path), ("choices", {"essay": draft.model_copy(update={"slots": slots}).kept()}))


def test_a_text_that_the_file_has_moved_on_from_is_shown_beside_the_newer_one(path: Path) -> None:
    first = EssayPanel(path)
    first.slots["conclusion"].text.value = "Mine, not kept."
    kept_elsewhere(path, "Kept elsewhere.")
    second = EssayPanel(path)
    assert second.slots["conclusion"].text.value == "Kept elsewhere."
    assert "Mine, not kept." in second.slots["conclusion"].other.value
    second.slots["crucial"].text.value += " More."
    assert "Mine, not kept." in EssayPanel(path).slots["conclusion"].other.value
    assert second.keep() and second.slots["conclusion"].other.value == ""


def test_after_another_page_wrote_the_file_it_is_read_again_and_the_typing_stays(path: Path) -> None:
    panel = EssayPanel(path)
    assert panel.view and panel.again.layout.display == "none"
    panel.slots["crucial"].text.value = "Typed here."
    kept_elsewhere(path, "Kept elsewhere.")
    assert not panel.keep() and panel.again.layout.display is None
    assert panel.slots["crucial"].text.value == "Typed here."
    panel.reread()
    assert panel.slots["conclusion"].text.value == "Kept elsewhere."
    assert panel.slots["crucial"].text.value == "Typed here."
    assert panel.keep() and panel.again.layout.display == "none"
    slots = Draft.of(read_agreement(path)).slots
    assert (slots["crucial"], slots["conclusion"]) == ("Typed here.", "Kept elsewhere.")


def test_two_texts_of_one_part_are_both_shown(path: Path) -> None:
    panel = EssayPanel(path)
    assert panel.view
    panel.slots["conclusion"].text.value = "Mine."
    kept_elsewhere(path, "Kept elsewhere.")
    panel.reread()
    assert panel.slots["conclusion"].text.value == "Mine."
    assert "Kept elsewhere." in panel.slots["conclusion"].other.value


@pytest.mark.parametrize("wrong", ["", "{", "[1]", '{"crucial": 3}'])
def test_a_broken_file_of_unkept_texts_is_no_hindrance(path: Path, wrong: str) -> None:
    place(path).write_text(wrong)
    assert EssayPanel(path).status.value == ""


def test_another_assignment_gives_other_parts(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "assignment.yaml"
    own.write_text(
        "schema: 1\ntitle: T\npages: [1, 2]\ndate: 2027-03-01\n"
        "rubric: {criteria: [{criterion: Claim, means: One}], levels: [{level: good, share: 1.0, means: All}, "
        "{level: weak, share: 0.3, means: Some}]}\nslots:\n"
        "  - {id: crucial, name: Why, question: Why so?, words: [5, 9]}\n"
        "  - {id: new, kind: paragraph, name: New part, question: What is new?, words: [2, 4]}\n"
    )
    monkeypatch.setenv("CASEBOOK_ASSIGNMENT", str(own))
    panel = EssayPanel(path)
    assert panel.view and list(panel.entries) == ["front", "crucial", "new", "notes"]
    assert "due March 1, 2027" in shown(panel.view.children[3].value)
    panel.slots["new"].text.value = "Two words."
    assert panel.slots["new"].ready and panel.keep()
    assert Draft.of(read_agreement(path)).slots["hr"]


def test_a_change_takes_back_the_word_of_an_earlier_keep(path: Path) -> None:
    panel = EssayPanel(path)
    assert panel.keep()
    assert "Kept in agreement.yaml" in panel.status.value
    panel.slots["conclusion"].text.value += " And more."
    assert "Kept in" not in panel.status.value
    assert "not kept yet" in panel.status.value


def test_a_reading_of_one_s_own_is_added_changed_and_taken_out_by_form(path: Path) -> None:
    panel = EssayPanel(path)
    assert panel.view
    panel.open("notes")
    form = panel.reading
    form.fields["author"].value = "Doe, A., Roe, B."
    form.fields["title"].value = "On trust"
    form.buttons["keep"].click()
    assert "Year" in form.status.value and "run together" in form.status.value
    assert not path.exists() or not Essay.open(path).draft.own_readings
    for name, value in (("author", "Doe, A.; Roe, B."), ("year", "2019"), ("publisher", "A Press")):
        form.fields[name].value = value
    form.buttons["keep"].click()
    assert Essay.open(path).draft.own_readings["doe2019"].title == "On trust"

    panel.open("crucial")
    assert ("Doe & Roe, 2019", "[@doe2019]") in panel.shelf.cite.options

    again = EssayPanel(path)
    assert again.view
    again.open("notes")
    again.reading.which.value = "doe2019"
    assert again.reading.fields["author"].value == "Doe, A.; Roe, B."
    again.reading.fields["title"].value = "On trust, again"
    again.reading.buttons["keep"].click()
    assert [r.title for r in Essay.open(path).draft.own_readings.values()] == ["On trust, again"]
    again.reading.buttons["drop"].click()
    assert not Essay.open(path).draft.own_readings


BOOK = {"author": "Doe, A.; Roe, B.", "year": "2019", "title": "On trust", "publisher": "A Press"}


def with_reading(path: Path, **fields: str) -> EssayPanel:
    panel = EssayPanel(path)
    assert panel.view
    panel.open("notes")
    for name, value in fields.items():
        panel.reading.fields[name].value = value
    return panel


def test_keep_takes_a_reading_that_is_filled_in(path: Path) -> None:
    panel = with_reading(path, **BOOK)
    assert panel.keep() and "cb-good" in panel.status.value
    assert Essay.open(path).draft.own_readings["doe2019"].title == "On trust"
    assert panel.reading.which.value == "doe2019" and not panel.reading.typed and not place(path).exists()
    panel.open("crucial")
    assert "[@doe2019]" in dict(panel.shelf.cite.options).values()


def test_keep_says_that_a_reading_is_not_kept_and_why(path: Path) -> None:
    panel = with_reading(path, **{**BOOK, "publisher": ""})
    panel.slots["crucial"].text.value = "Kept."
    assert panel.keep()
    draft = Essay.open(path).draft
    assert draft.slots["crucial"] == "Kept." and not draft.own_readings
    assert "not the reading" in panel.status.value and "cb-hint" in panel.status.value
    assert (
        "where it can be found" in panel.status.value
        and "where it can be found" in panel.reading.status.value
    )
    panel.reading.fields["publisher"].value = "A Press"
    assert panel.reading.status.value == "" and panel.keep()
    assert "doe2019" in Essay.open(path).draft.own_readings


def test_a_reading_that_is_not_kept_outlives_another_part_and_the_kernel(path: Path) -> None:
    panel = with_reading(path, author="Doe, A.", title="On trust")
    panel.open("crucial")
    panel.open("notes")
    assert panel.reading.fields["title"].value == "On trust"
    again = EssayPanel(path)
    assert again.reading.fields["title"].value == "On trust" and "still here" in again.status.value
    again.reading.fields["year"].value, again.reading.fields["publisher"].value = "2019", "A Press"
    assert again.keep() and not place(path).exists()
    changed = with_reading(path)
    changed.reading.which.value = "doe2019"
    changed.reading.fields["title"].value = "On trust, again"
    changed.reading.which.value = ""
    assert changed.reading.fields["title"].value == ""
    third = EssayPanel(path)
    assert third.reading.which.value == "doe2019" and third.reading.fields["title"].value == "On trust, again"
    assert third.keep()
    assert [r.title for r in Essay.open(path).draft.own_readings.values()] == ["On trust, again"]


def test_a_change_to_a_reading_that_was_taken_out_elsewhere_comes_back_as_a_new_one(path: Path) -> None:
    assert with_reading(path, **BOOK).keep()
    panel = with_reading(path)
    panel.reading.which.value = "doe2019"
    panel.reading.fields["title"].value = "On trust, again"
    opened = read_agreement(path)
    keep(opened, ("choices", {"essay": Draft.of(opened).model_copy(update={"own_readings": {}}).kept()}))
    again = EssayPanel(path)
    assert again.reading.which.value == "" and again.reading.fields["title"].value == "On trust, again"
