"""The essay: the student's own words with the evidence of the own run, measured and checked as it will be handed in."""

from __future__ import annotations

import csv
import difflib
import io
import itertools
import json
import math
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbformat.v4 import writes as write_notebook
from PIL import Image

from alliance_analysis import cli, content
from alliance_analysis.agreement import example_path, keep, read_agreement
from alliance_analysis.errors import BadInput
from alliance_analysis.figures import Exhibit
from alliance_analysis.reports.assignment import FILE_NAME, read_assignment, shipped
from alliance_analysis.reports.docx import LINE
from alliance_analysis.reports.engine import kernel_settings
from alliance_analysis.reports.essay import Essay, Part, model_path
from alliance_analysis.reports.essay_check import check, check_essay, check_file
from alliance_analysis.reports.essay_evidence import evidence, pages
from alliance_analysis.reports.essay_findings import outputs
from alliance_analysis.reports.essay_text import Draft, TitlePage, citations, tidy, tokens, words
from alliance_analysis.reports.export import export
from alliance_analysis.reports.front import MIME as FRONT
from alliance_analysis.reports.grey import alike_in_grey
from alliance_analysis.reports.notebook import clean, read_notebook
from alliance_analysis.reports.outputs import EXHIBIT, SLOT
from alliance_analysis.reports.own_readings import Reading
from alliance_analysis.reports.pages import body_pages
from alliance_analysis.widgets.essay import EssayPanel

EXEMPLAR = model_path()
NOTEBOOK = content.folder("notebooks") / "assignment" / "essay.ipynb"


@pytest.fixture(scope="module")
def essay() -> Essay:
    return Essay.of(read_agreement(EXEMPLAR))


def rewritten(essay: Essay, **slots: str) -> Essay:
    return replace(essay, draft=essay.draft.model_copy(update={"slots": {**essay.draft.slots, **slots}}))


def only(essay: Essay, *, exhibits: int = 1, appendix: bool = True, **slots: str) -> Essay:
    """The essay with these parts and no others, and so many exhibits in its body."""
    asked = essay.assignment
    parts = [spec for spec in asked.slots if spec.id in slots]
    asked = asked.model_copy(update={"slots": parts, "exhibits_in_body": exhibits, "appendix": appendix})
    draft = essay.draft.model_copy(update={"slots": slots, "in_body": []})
    return replace(essay, assignment=asked, draft=draft)


def pages_of(paper: NotebookNode, folder: Path) -> list[str]:
    reader = pypdf.PdfReader(io.BytesIO(export(paper, folder / "paper.pdf").read_bytes()))
    return [re.sub(r"\s+", " ", page.extract_text()) for page in reader.pages]


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The essay notebook as the exemplary student runs and saves it."""
    folder = tmp_path_factory.mktemp("essay")
    shutil.copy(EXEMPLAR, folder / "agreement.yaml")
    notebook = read_notebook(NOTEBOOK)
    with kernel_settings() as config:
        where = {"metadata": {"path": str(folder)}}
        NotebookClient(notebook, kernel_name="python3", timeout=300, resources=where, config=config).execute()
    clean(notebook)
    (folder / "essay.ipynb").write_text(write_notebook(notebook), encoding="utf-8")
    return folder / "essay.ipynb"


# the exemplar


def test_the_exemplar_is_ready_with_warnings_only(essay: Essay) -> None:
    found = check_essay(essay)
    assert found.ready, found.findings
    assert {f.warning for f in found.findings} == {True}
    assert found.pages is not None and 3 <= found.pages <= 4


def test_its_numbers_are_those_of_the_raw_table_and_the_file(essay: Essay) -> None:
    """A second computation of the baseline and the quarters met, from the CSV itself."""
    with (content.folder("data") / "vendor_delivery.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["vendor"] == "Orgenics, Ltd"]
    inside = [row for row in rows if "2010Q1" <= row["quarter"] <= "2011Q4"]
    on_time, lines = (sum(int(row[name]) for row in inside) for name in ("on_time", "lines"))
    met = sum(int(row["on_time"]) / int(row["lines"]) >= 0.92 for row in rows)
    text = {name.partition(":")[2]: item.text for name, item in essay.evidence.items() if item.text}
    assert text["baseline"] == f"{100 * on_time / lines:.1f}%"
    assert text["observations"] == str(lines)
    assert text["quarters_met"] == f"{met} of {len(rows)}"
    assert text["at_risk_money"] == f"{0.06 * 120:g} thousand USD"  # its period is a month
    assert (text["agreed_target"], text["target"], text["rounds"]) == ("92%", "92%", "four")


def test_evidence_of_an_own_run_only() -> None:
    """Without a negotiation of the student's own there is none to show; exhibits are of the kind their name says."""
    fresh = Essay.open(Path("there is no such agreement.yaml")).evidence
    assert "number:target" in fresh
    assert not {"figure:debrief", "figure:series", "number:rounds"} & set(fresh)
    for token, item in {**fresh, **Essay.of(read_agreement(EXEMPLAR)).evidence}.items():
        if item.draw:
            exhibit = item.exhibit()
            assert f"{exhibit.kind}:{exhibit.label}" == token


# the text


def test_exhibits_are_numbered_alike_on_the_screen_and_in_the_document(essay: Essay, tmp_path: Path) -> None:
    """Numbers follow the first mention; a later mention refers back and shows nothing twice."""
    made = only(
        essay,
        exhibits=9,
        crucial="See {{figure:accords_timex}} and {{table:card_brief}}.\n\nAgain {{figure:accords_timex}}.",
        barriers="First {{figure:accords_timex}}, then {{figure:debrief}}, {{table:terms}}.",
    )
    assert "Figure\\u00a01 and Table\\u00a01" in json.dumps(made.slot("crucial").pieces[0].screen)
    assert "Figure\\u00a01, then Figure\\u00a02, Table\\u00a02" in json.dumps(
        made.slot("barriers").pieces[0].screen
    )
    text = " ".join(pages_of(made.paper(), tmp_path)).replace("\xa0", " ")
    assert "First Figure 1, then Figure 2, Table 2." in text
    for number, token in (
        ("Figure 1", "figure:accords_timex"),
        ("Figure 2", "figure:debrief"),
        ("Table 2", "table:terms"),
    ):
        assert f"{number} {made.evidence[token].exhibit().caption}" in text
    assert text.count("Figure 1 All Three Accords") == 1


def test_an_appendix_takes_what_the_body_may_not_hold(essay: Essay, tmp_path: Path) -> None:
    """One exhibit stays, the one that was chosen or named first; the others follow the references as A1, A2."""
    text = "See {{figure:accords_timex}}, {{table:card_brief}} and {{figure:debrief}} [@huang2009rescuing]."
    made = only(essay, crucial=text)
    pages = [page.replace("\xa0", " ") for page in pages_of(made.paper(), tmp_path)]
    assert "See Figure 1, Table A1 and Figure A1" in pages[1]
    listed = next(
        at for at, page in enumerate(pages) if "References Huang" in page or "References Goo" in page
    )
    after = next(at for at, page in enumerate(pages) if "Appendix Further Figures and Tables" in page)
    assert after > listed
    assert "Table A1 " in " ".join(pages[after:]) and "Figure A1 " in " ".join(pages[after:])
    assert "Figure 1 All Three Accords" in " ".join(pages[:listed])
    assert math.ceil(body_pages(made.paper()) - 1e-6) == listed - 1
    chosen = replace(made, draft=made.draft.model_copy(update={"in_body": ["figure:debrief"]}))
    assert "Figure A1, Table A1 and Figure 1" in pages_of(chosen.paper(), tmp_path)[1].replace("\xa0", " ")
    word = export(chosen.paper(), tmp_path / "paper.docx")
    with zipfile.ZipFile(word) as archive:
        assert "Figure A1" in re.sub(r"<[^>]+>", "", archive.read("word/document.xml").decode())


def test_an_unknown_token_names_the_part_and_the_nearest_name(
    essay: Essay, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = rewritten(essay, crucial="It was {{number:basline}}, {{figure:}}. And {{ open")
    with pytest.raises(BadInput) as caught:
        broken.slot("crucial")
    assert [fault.field for fault in caught.value.faults] == ["crucial"] * 3
    assert "did you mean 'number:baseline'?" in str(caught.value)
    assert "a pair of braces stands alone" in str(caught.value)
    found = check_essay(broken)
    assert not found.ready and found.pages is None
    broken.slot("barriers")  # the other parts stand
    shown: list[Part] = []

    def note(part: Part) -> None:
        shown.append(part)

    monkeypatch.setattr(Part, "_ipython_display_", note)
    with pytest.raises(BadInput, match="a pair of braces"):
        broken.show()
    assert len(shown) == len(broken.assignment.slots) - 1


def test_words_citations_and_tokens() -> None:
    text = "It cost 5% [see @kaplan2010managing, p. 2; @huang2009rescuing] – {{ Table: card }} in @fig:x and a@b.org."
    assert words(text) == 8
    assert citations(text) == ["kaplan2010managing", "huang2009rescuing"]
    assert tokens(text) == ["table:card"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200))
def test_any_text_survives_the_agreement_file(tmp_path: Path, typed: str) -> None:
    path = tmp_path / "agreement.yaml"
    path.write_text("schema: 1\ntitle: T\n", encoding="utf-8")
    text = tidy(typed)
    assert tidy(text) == text
    keep(read_agreement(path), ("choices", {"essay": Draft(slots={"crucial": text}).kept()}))
    assert Draft.of(read_agreement(path)).slots.get("crucial", "") == text


def test_a_draft_edited_by_hand_is_refused_with_the_field(tmp_path: Path) -> None:
    path = tmp_path / "agreement.yaml"
    path.write_text("schema: 1\ntitle: T\nchoices:\n  essay:\n    title_page: {date: soon}\n    slot: {}\n")
    with pytest.raises(BadInput) as caught:
        Draft.of(read_agreement(path))
    assert {f.field for f in caught.value.faults} == {"choices.essay.title_page.date", "choices.essay.slot"}


# pages


@pytest.mark.parametrize("paragraphs", [1, 2, 3, 5, 8, 9])
@pytest.mark.parametrize("figures", [0, 1, 2])
def test_pages_are_those_of_the_pdf(essay: Essay, tmp_path: Path, paragraphs: int, figures: int) -> None:
    """Against a second reader of the PDF: the pages between the title page and the references."""
    body = "\n\n".join(["word " * 70 + "[@huang2009rescuing]"] * paragraphs)
    ends = ["", "\n\nSee {{figure:debrief}}.", "\n\nSee {{figure:debrief}} and {{figure:series}}."][figures]
    paper = only(essay, exhibits=2, crucial=body + ends).paper()
    pages = pages_of(paper, tmp_path)
    first = next(
        at
        for at, text in enumerate(pages)
        if "References Huang" in text or re.search(r"References [A-Z]", text)
    )
    assert math.ceil(body_pages(paper) - 1e-6) == first - 1


def test_the_fraction_of_the_last_page_is_where_its_last_line_stands(essay: Essay, tmp_path: Path) -> None:
    made = only(essay, barriers="word " * 420, conclusion="word " * 60 + "end.")
    reader = pypdf.PdfReader(io.BytesIO(export(made.paper(), tmp_path / "p.pdf").read_bytes()))
    lowest: list[float] = []

    def visit(text: str, cm: list[float], tm: list[float], *_: object) -> None:
        if text.strip():
            lowest.append(cm[5] + tm[5] if tm[5] else cm[5])

    reader.pages[2].extract_text(visitor_text=visit)
    line = (792 - 72 - min(y for y in lowest if 72 <= y < 720)) / 648
    assert body_pages(made.paper()) == pytest.approx(1 + line, abs=0.02)


# what the check finds


def cut(text: str, *gone: str) -> str:
    for each in gone:
        text = re.sub(each, "", text)
    return text


@pytest.mark.parametrize(
    ("slot", "change", "words_"),
    [
        ("conclusion", lambda t: t + " [@huang2009rescuing]", "stands outside any sentence"),
        ("problems", lambda t: t + " {{number:baseline}}.", "stands outside any sentence"),
        ("strategy", lambda t: t.rstrip("."), "ends without a full stop"),
        ("risks", lambda t: t + " Lorem ipsum dolor.", "a placeholder is left"),
        ("risks", lambda t: t + " It is at file:///C:/notes.", "exists on one machine only"),
        ("removal", lambda t: cut(t, r"\[@\w+\]", ""), "illustrates and does not prove"),
        ("hr", lambda t: t + " And {{ open it.", "a pair of braces stands alone"),
        ("barriers", lambda t: t + " So 🙂 it is.", "no font of the PDF can show"),
        ("important", lambda t: t + "\n\n![](alike.png)", "has no alt text"),
        ("important", lambda t: t + "\n\n![Two bars](alike.png)", "look the same in grey"),
        ("crucial", lambda t: "", "nothing is written yet"),
        ("conclusion", lambda t: "Too short.", "2 words, the budget is 25 to 70"),
        ("conclusion", lambda t: t + " word" * 40 + ".", "cut 14 or more"),
        ("crucial", lambda t: cut(t, r"\[@\w+\]", "@"), "no source is cited"),
        ("crucial", lambda t: re.sub(r"\{\{.*?\}\}", "9", t), "no evidence of your own run"),
        ("crucial", lambda t: t.replace("{{number:baseline}}", "TODO"), "a placeholder is left"),
        ("barriers", lambda t: t + " See /home/someone/notes.txt for more.", "exists on one machine only"),
        ("barriers", lambda t: t.replace("@block2006building", "@block2006bilding"), "there is no reference"),
        ("barriers", lambda t: t + "\n\n![](missing.png)", "the picture is not there"),
        ("barriers", lambda t: t.replace("{{table:barriers}}", "{{table:bariers}}"), "names no evidence"),
        ("introduction", lambda t: "\n\n".join([t] * 6), "the limits are 3 to 4"),
        (
            "crucial",
            lambda t: t + " It pays (Porter, 1985, p. 11).",
            "“(Porter, 1985, p. 11)” is typed by hand",
        ),
        ("crucial", lambda t: t + " It pays (see Dyer & Singh, 1998).", "is typed by hand and leads to no"),
        *(
            ("crucial", lambda t, cited=cited: f"{t} It pays {cited}.", f"write {right}, in square brackets")
            for cited, right in (
                ("(@huang2009rescuing, p. 3)", "[@huang2009rescuing, p. 3]"),
                (
                    "(see @huang2009rescuing [p. 3]; @goo2009role)",
                    "[see @huang2009rescuing, p. 3; @goo2009role]",
                ),
            )
        ),
        ("risks", lambda t: t + " See Figure 12.", "“Figure 12” is typed by hand"),
        (
            "risks",
            lambda t: t + "\n\nFigure 1. Picture from Word (image1.png).",
            "“image1.png” is typed by hand",
        ),
        (
            "problems",
            lambda t: f"{t}\n\nPorter, M. E. (1985). *Advantage*. Free Press.",
            "a reference is typed by hand",
        ),
        ("risks", lambda t: t + "\n\n![Bars](/home/someone/bars.png)", "exists on one machine only"),
        *(
            ("risks", lambda t, left=left: f"{t} See {left} here.", "a placeholder is left")
            for left in (
                "[your source]",
                "[cite a source]",
                "[Insert figure 2]",
                "<your number>",
                "TBD",
                "FIXME",
                "XXX",
                "???",
                "______",
                "[To write: a sentence]",
            )
        ),
        *(
            ("risks", lambda t, path=path: f"{t} It is in {path} today.", "exists on one machine only")
            for path in (
                r"C:\Users\me\kpi.csv",
                "D:/course/kpi.csv",
                r"\\server\class\kpi.csv",
                "/Users/me/kpi.csv",
                "/Volumes/stick/kpi.csv",
                "~/kpi.csv",
                "/mnt/c/kpi.csv",
                "file:///home/me/kpi.csv",
            )
        ),
    ],
)
def test_each_fault_is_found_where_it_is(
    essay: Essay, slot: str, change: Callable[[str], str], words_: str, pictures: Path
) -> None:
    made = rewritten(essay, **{slot: change(essay.draft.slots[slot])})
    found = check_essay(made, folder=pictures)
    hits = [f for f in found.findings if words_ in f"{f.what}; {f.remedy}"]
    assert len(hits) == 1, found.findings
    assert not hits[0].warning and hits[0].remedy and not found.ready
    assert hits[0].slot == ("" if "limits" in words_ else slot)


def test_what_only_looks_like_a_fault_is_none(essay: Essay) -> None:
    """Addresses, ratios, months and citations that lead somewhere are left alone."""
    text = (
        " It rose and/or fell, 5:1 [see @kaplan2010managing, p. 3]; see https://example.org/home/x (March, 1995)."
        " @kaplan2010managing [p. 4] say so, for C: the letter, and in 1995 (after a year) [sic] too."
    )
    before, after = (
        check_essay(e).findings for e in (essay, rewritten(essay, hr=essay.draft.slots["hr"] + text))
    )
    new = {f.what for f in after} - {f.what for f in before}
    other = ("words, the budget", "the limits are", "model essay")  # it is the model essay, and longer now
    assert [what for what in new if not any(each in what for each in other)] == []


def test_a_year_after_a_name_is_only_a_warning(essay: Essay) -> None:
    made = rewritten(essay, hr=essay.draft.slots["hr"] + " Porter (1985) says so; Titan (1998) too.")
    hits = [f for f in check_essay(made).findings if "typed by hand" in f.what]
    assert [f.what.split("”")[0] for f in hits] == ["“Porter (1985)", "“Titan (1998)"]
    assert all(f.warning and f.slot == "hr" for f in hits)


BARRIERS = "What gets in the way of agreement"


def plain(essay: Essay) -> list[str]:
    """The sentences of the model essay without exhibits: ordinary text of a paper, with its citations."""
    texts = (re.sub(r" ?\(?\{\{(?:figure|table):\w+\}\}\)?", "", text) for text in essay.draft.slots.values())
    return [each for text in texts for each in re.split(r"(?<=\.)\s+", text)]


def so_many(sentences: list[str], count: int) -> str:
    """So many words of ordinary text, in paragraphs of about five sentences."""
    said: list[str] = []
    for at in itertools.count():
        rest = count - sum(map(words, said))
        if rest <= 0:
            return "".join(said).strip()
        more = sentences[at % len(sentences)]
        more = more if words(more) <= rest else " ".join(["word"] * (rest - 1) + ["end."])
        said.append(("\n\n" if at % 5 == 0 else " ") + more)
    raise AssertionError


@pytest.mark.parametrize(
    ("count", "figure"),
    [
        *((count, "") for count in (0, 38, 150, 400, 700, 900)),
        *((count, " See {{figure:series}}.") for count in (150, 400)),
    ],
)
def test_the_words_that_the_check_asks_for_bring_the_body_into_the_limits(
    essay: Essay, count: int, figure: str
) -> None:
    """Placeholders are neither pages nor words; what is advised, written into the part that is named, is about right."""
    sentences, names = plain(essay), {name: id for id, name in essay.assignment.names().items()}
    text = so_many(sentences, count) + figure
    empty = replace(essay, draft=essay.draft.model_copy(update={"slots": {}}))
    before = check_essay(rewritten(empty, introduction=text))
    alone = only(essay, introduction=text)
    assert before.pages == pytest.approx(body_pages(alone.paper()) if text else 0, abs=0.05)
    (hit,) = [f for f in before.findings if "the limits are" in f.what]
    number, name = re.fullmatch(r"write about (\d+) words more, first in '(.+)'", hit.remedy).groups()  # type: ignore[union-attr]
    after = check_essay(rewritten(empty, introduction=text, **{names[name]: so_many(sentences, int(number))}))
    assert after.pages == pytest.approx(3, abs=0.2)
    assert [f for f in after.findings if "cut about" in f.remedy] == []


def test_an_empty_paper_has_no_pages_in_the_panel_and_in_the_list(essay: Essay) -> None:
    empty = replace(essay, draft=essay.draft.model_copy(update={"slots": {}}))
    assert check_essay(empty).pages_said() == "0.0 of 3 to 4 pages"


def test_a_wrong_key_does_not_turn_the_page_meter_off(essay: Essay) -> None:
    """It is set as it stands: about as long as the right one."""
    right = only(essay, exhibits=0, crucial=essay.draft.slots["crucial"])
    wrong = rewritten(
        right, crucial=right.draft.slots["crucial"].replace("@huang2009rescuing", "@nobody1999")
    )
    found = check_essay(wrong)
    assert found.pages == pytest.approx(check_essay(right).pages, abs=0.05)
    (hit,) = [f for f in found.findings if "there is no reference 'nobody1999'" in f.what]
    assert "the form under Readings" in hit.remedy and "references.bib" not in hit.remedy
    assert hit.slot == "crucial" and not found.ready


def test_a_figure_that_leaves_little_room_for_word_is_a_warning(essay: Essay) -> None:
    """The paper has 3.9 of four pages with its figure; without figures, or a page shorter, there is nothing to say."""

    def warned(made: Essay) -> list[bool]:
        return [f.warning for f in check_essay(made).findings if f.what.startswith("in Word")]

    short = dict.fromkeys(("problems", "barriers", "removal", "risks"), "")
    bare = {id: re.sub(r" ?\(?\{\{figure:\w+\}\}\)?", "", text) for id, text in essay.draft.slots.items()}
    long_enough = bare["hr"] + " It is so." * 40
    assert warned(essay) == [True]
    assert warned(rewritten(essay, **short)) == []
    assert warned(rewritten(essay, **{**bare, "hr": long_enough})) == []


def test_marks_on_references_are_shown_counted_and_printed(essay: Essay, tmp_path: Path) -> None:
    """On the page as in the PDF, each behind the same reference, and as many as the last line says."""
    screen = essay.references()._repr_mimebundle_()["text/html"]
    shown = re.findall(r"<strong>(\[to check[^\]]*\])</strong>", screen)
    pdf = " ".join(pages_of(essay.paper(), tmp_path))
    assert sorted(shown) == sorted(re.findall(r"\[to check[^\]]*\]", pdf)) != []
    assert (
        check_essay(essay)
        .verdict()
        .endswith(f"; {len(shown)} references still carry a [to check] mark in the PDF")
    )
    assert f"{len(shown)} references still carry" in check_essay(essay).exhibit().note


def test_the_bullets_of_a_word_processor_become_a_list(essay: Essay, tmp_path: Path) -> None:
    """Each item is a line of its own on the page and in the PDF."""
    text = tidy("Two duties:\n• measure the first thing\n•\tname the second thing\nBoth are needed.")
    made = only(essay, crucial=text)
    screen = made.slot("crucial").pieces[0]._repr_mimebundle_()["text/html"]
    assert screen.count("<li") == 2 and "Both are needed." in screen.partition("</ul>")[2]
    with zipfile.ZipFile(export(made.paper(), tmp_path / "paper.docx")) as archive:
        assert archive.read("word/document.xml").decode().count("<w:numPr>") == 2


def test_an_exhibit_that_the_paper_has_may_be_named_by_hand(essay: Essay) -> None:
    """So may one of a source; one that there is not may not."""

    def named(ending: str) -> list[str]:
        made = rewritten(essay, hr=essay.draft.slots["hr"] + ending)
        return [f.what.split("”")[0][1:] for f in check_essay(made).findings if "no such figure" in f.what]

    assert named(" Figure 1 and Table A1 show it. @huang2009rescuing has it in Table 9.") == []
    assert named(" See Figure 7, Table 2 and Fig. A30.") == ["Figure 7", "Table 2", "Figure A30"]


def test_each_repetition_of_a_sentence_is_flagged(essay: Essay) -> None:
    sentence = "A measured promise can be kept or broken, and both sides can see which."
    slots = {
        id: f"{text} {sentence}"
        for id, text in essay.draft.slots.items()
        if id in ("hr", "risks", "barriers")
    }
    hits = [f for f in check_essay(rewritten(essay, **slots)).findings if "already" in f.what]
    assert {f.slot for f in hits} == {"risks", "barriers"} and not any(f.warning for f in hits)
    assert all("stands in 'The HR task' already" in f.what for f in hits)
    assert not [f for f in check_essay(essay).findings if "already" in f.what]


@pytest.mark.parametrize(
    ("pages", "said", "remedy"), [(2, "the body has 2.", "write about"), (4, "page 5", "cut about")]
)
def test_a_body_just_outside_the_limits_is_told_by_how_much(
    essay: Essay, pages: int, said: str, remedy: str
) -> None:
    """A text of so many pages and a part of one; as many words as the remedy says bring it to the limit."""
    made = only(essay, barriers="word " * (400 * pages), hr="word " * 110 + "end.")
    found = check_essay(made)
    assert found.pages is not None and pages < found.pages < pages + 1
    (hit,) = [f for f in found.findings if said in f.what and "the limits are 3 to 4" in f.what]
    number = re.search(rf"{remedy} (\d+) words", hit.remedy)
    assert number and not hit.warning
    change = int(number.group(1)) if pages == 2 else -int(number.group(1))
    again = check_essay(only(essay, barriers="word " * (400 * pages + change), hr="word " * 110 + "end."))
    assert again.pages == pytest.approx(3 if pages == 2 else 4, abs=0.2)
    assert hit.remedy.endswith("first in 'The HR task'" if pages == 2 else f"first in '{BARRIERS}'")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a picture of a red and a green bar of one lightness."""
    folder = tmp_path_factory.mktemp("pictures")
    image = Image.new("RGB", (300, 200), "white")
    image.paste((200, 60, 60), (40, 40, 120, 200))
    image.paste((60, 129, 60), (160, 80, 240, 200))
    image.save(folder / "alike.png")
    return folder


def without(name: str) -> Callable[[NotebookNode], None]:
    def spoil(paper: NotebookNode) -> None:
        shown = next(o.data for c in paper.cells for o in c.get("outputs", []) if EXHIBIT in o.data)
        shown[EXHIBIT][name] = ""

    return spoil


def blank(name: str) -> Callable[[NotebookNode], None]:
    def spoil(paper: NotebookNode) -> None:
        shown = next(o.data for c in paper.cells for o in c.get("outputs", []) if EXHIBIT in o.data)
        shown[EXHIBIT][name] = " \n"

    return spoil


def alike(paper: NotebookNode) -> None:
    """A figure of the student's own: a red and a green line of one lightness."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.bar([0, 1], [1, 2], color=[(0.78, 0.24, 0.24), (0.24, 0.51, 0.24)])

    exhibit = Exhibit("own", "Two Bars", "A red bar and a green bar.", draw)
    paper.cells[3].outputs.append(new_output("display_data", data=dict(exhibit._repr_mimebundle_())))


def unfilled(paper: NotebookNode) -> None:
    next(o for o in paper.cells[0].outputs).data[FRONT]["author"] = "[Your name]"


def by_hand(paper: NotebookNode) -> None:
    paper.cells[-2].source += "\n\nPorter, M. E. (1985). *Competitive advantage*. Free Press."


def failed(paper: NotebookNode) -> None:
    paper.cells[3].outputs = [new_output("error", ename="KeyError", evalue="'x'", traceback=[])]


@pytest.mark.parametrize(
    ("spoil", "cell", "words_"),
    [
        (without("alt"), 3, "an exhibit has no alt"),
        (without("caption"), 3, "an exhibit has no caption"),
        (by_hand, 12, "typed by hand and not cited: “Porter"),
        (failed, 4, "the cell ended in an error"),
        (lambda paper: paper.cells.pop(2), None, "the notebook has no cell for this part"),
        (lambda paper: paper.cells[0].outputs.clear(), None, "the notebook has no cell for this part"),
        (blank("alt"), 3, "an exhibit has no alt"),
        (blank("caption"), 3, "an exhibit has no caption"),
        (alike, 4, "in the figure 'own' the colours"),
        (unfilled, 1, "a placeholder is left in the student line of the title page: “[Your name]”"),
        (
            lambda paper: paper.cells[1].update(source="open(r'C:\\Users\\me\\kpi.csv')"),
            2,
            "exists on one machine only",
        ),
        (
            lambda paper: paper.cells[-2].update(source="# References\n\nTODO"),
            12,
            "a placeholder is left: “TODO”",
        ),
    ],
)
def test_each_fault_of_a_notebook_is_found(
    essay: Essay, spoil: Callable[[NotebookNode], None], cell: int | None, words_: str
) -> None:
    paper = only(essay, exhibits=9, **essay.draft.slots).paper()
    spoil(paper)
    hits = [f for f in check(paper, essay.assignment).findings if words_ in f.what]
    assert [hit.cell for hit in hits] == [cell]
    assert hits[0].remedy and not hits[0].warning


def test_too_many_figures_in_the_body_are_counted(essay: Essay) -> None:
    crowded = only(essay, appendix=False, **essay.draft.slots)
    hits = [f.what for f in check_essay(crowded).findings if "stand in the body" in f.what]
    named = {t for text in essay.draft.slots.values() for t in tokens(text) if not t.startswith("number:")}
    assert hits == [f"{len(named)} figures and tables stand in the body, 1 may"]


def test_a_paper_too_short_is_said_to_be(essay: Essay) -> None:
    short = only(essay, conclusion=essay.draft.slots["conclusion"])
    assert any("write about" in f.remedy for f in check_essay(short).findings)


def test_what_is_shared_with_the_model_essay_is_reported_and_own_words_are_not(essay: Essay) -> None:
    """One part copied with a word changed is named with its share; a text of its own is not."""
    copied = essay.draft.slots["strategy"].replace("strategic", "long-term", 1)
    mine = "We looked at what two firms promise each other, and how either of them would come to know of it."
    made = rewritten(essay, **{**dict.fromkeys(essay.draft.slots, mine), "strategy": copied})
    said = [f for f in check_essay(made).findings if "model essay" in f.what]
    assert len(said) == 1 and said[0].warning
    assert (
        re.search(r"9\d% of 'Strategy drives the accords'$", said[0].what)
        and "Conclusion" not in said[0].what
    )
    matcher = difflib.SequenceMatcher(None, copied.split(), essay.draft.slots["strategy"].split())
    assert matcher.ratio() > 0.9  # a second measure agrees


def test_an_assigned_reading_wants_a_citation_with_its_page(essay: Essay) -> None:
    def warned(ending: str) -> list[str]:
        made = rewritten(essay, hr=essay.draft.slots["hr"] + ending)
        return [f.what for f in check_essay(made).findings if f.what.startswith("the assigned") and f.warning]

    assert warned("") == ["the assigned reading is not cited: Laurent, 2008"]
    assert warned(" So it is [@laurent2008human].") == [
        "the assigned reading is cited without a page: Laurent, 2008"
    ]
    assert warned(" So it is [@laurent2008human, p. 12].") == []


def test_grey_tells_alike_from_apart() -> None:
    """Against pillow's own conversion to lightness: the pair that is named differs by next to nothing there."""

    def bars(*colours: tuple[int, int, int]) -> bytes:
        image = Image.new("RGB", (90, 60), "white")
        for at, colour in enumerate(colours):
            image.paste(colour, (30 * at, 10, 30 * at + 25, 60))
        stream = io.BytesIO()
        image.save(stream, "PNG")
        return stream.getvalue()

    def grey(code: str) -> int:
        return int(Image.new("RGB", (1, 1), code).convert("L").getpixel((0, 0)))

    pair = alike_in_grey(bars((200, 60, 60), (60, 129, 60)))
    assert pair and abs(grey(pair[0]) - grey(pair[1])) < 20
    assert alike_in_grey(bars((0, 40, 110), (240, 200, 60))) is None
    assert alike_in_grey(bars((0, 90, 200), (0, 90, 205))) is None  # one hue is one mark
    assert alike_in_grey(b"no picture") is None


def test_a_case_exhibit_stands_for_a_citation(essay: Essay) -> None:
    text = cut(essay.draft.slots["crucial"], r"\[@\w+\]", "@") + " See {{figure:accords_timex}}."
    assert not any("source" in f.what for f in check_essay(rewritten(essay, crucial=text)).findings)


def test_the_title_page_needs_its_lines(essay: Essay) -> None:
    bare = replace(essay, draft=essay.draft.model_copy(update={"title_page": TitlePage()}))
    said = {f.what for f in check_essay(bare).findings if not f.warning}
    assert said == {"the title page has no student line", "the title page has no institution"}


def test_a_missing_part_and_an_exhibit_without_alt_text(essay: Essay) -> None:
    paper = essay.paper()
    for cell in paper.cells:
        for output in cell.get("outputs", []):
            output.data.get("application/vnd.casebook.exhibit+json", {}).pop("alt", None)
    del paper.cells[1]
    said = [f.what for f in check(paper, essay.assignment).findings]
    assert "the notebook has no cell for this part" in said
    assert "an exhibit has no alt" in said


# the notebook and the command


def test_the_notebook_shows_what_the_panel_checks(executed: Path, essay: Essay) -> None:
    """The saved notebook and the paper made in memory are the same document, byte for byte."""
    one = export(executed, executed.with_name("a.pdf")).read_bytes()
    assert one == export(essay.paper(), executed.with_name("b.pdf")).read_bytes()


def test_nothing_of_the_teaching_is_printed(executed: Path) -> None:
    text = " ".join(pages_of(read_notebook(executed), executed.parent))
    assert "The Importance of Negotiating KPIs" in text
    for leftover in ("Exercise", "90 minutes", "Is It Ready", "Measure", "{{", "To write", "/tmp"):
        assert leftover not in text


def test_word_and_offline_html(executed: Path, essay: Essay) -> None:
    word = export(executed, executed.with_suffix(".docx"))
    with zipfile.ZipFile(word) as archive:
        document = archive.read("word/document.xml").decode()
        styles = archive.read("word/styles.xml").decode()
    assert "Kaplan, R. S." in document and essay.evidence["number:quarters_met"].text in document
    assert f'w:line="{LINE}"' in styles
    html = export(executed, executed.with_suffix(".html")).read_text(encoding="utf-8")
    assert "Kaplan et al." in html and 'class="double"' in html
    assert not re.search(r'<(?:script|link|img)[^>]+(?:src|href)="https?://', html)


@pytest.fixture
def casebook(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    def run(*arguments: Any) -> tuple[int, str]:
        monkeypatch.delenv("CASEBOOK_AGREEMENT", raising=False)
        monkeypatch.setattr("sys.argv", ["casebook", "check", *map(str, arguments)])
        try:
            cli.main()
        except SystemExit as stop:
            return int(stop.code or 0), "".join(capsys.readouterr())
        return 0, "".join(capsys.readouterr())

    return run


def test_check_says_ready(executed: Path, casebook: Callable[..., tuple[int, str]]) -> None:
    code, said = casebook(executed)
    assert code == 0 and "ready to hand in" in said and "to check" in said
    said = " ".join(said.split())
    assert (
        "pages. One listing prints pages 114–121" in said
        and "as a reading of your own, and cite that" in said
    )
    code, said = casebook(executed, "--json")
    found = json.loads(said)
    assert code == 0 and found["ready"] is True and found["schema"] == 1
    assert list(found) == ["schema", "ready", "pages", "limits", "findings", "marked"]
    assert {tuple(finding) for finding in found["findings"]} == {
        ("cell", "slot", "what", "remedy", "warning")
    }


def test_check_lists_what_is_left(casebook: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    shutil.copy(NOTEBOOK, tmp_path / "essay.ipynb")
    code, said = casebook(tmp_path / "essay.ipynb", "--json")
    assert code == 1
    left = {f["slot"] for f in json.loads(said)["findings"] if f["what"] == "nothing is written yet"}
    assert left == {slot.id for slot in read_assignment().slots}
    assert all(f["remedy"] for f in json.loads(said)["findings"])


def test_check_refuses_what_is_no_essay(casebook: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    assert casebook(tmp_path / "missing.ipynb")[0] == 2
    code, said = casebook(content.folder("notebooks") / "00_start_here.ipynb")
    assert code == 2 and "no part of the essay" in said


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("essay.ipynb", "{", "this is not a readable notebook"),
        ("essay.ipynb", "", "this is not a readable notebook"),
        ("essay.ipynb", '{"cells": 3}', "this is not a readable notebook"),
        ("agreement.yaml", "schema: 1\ntitle: [T\n", "agreement.yaml, line 3: this is not valid YAML"),
        (
            "agreement.yaml",
            "schema: 1\ntitle: T\nkpi: []\n",
            "line 3, kpi: 'kpi' is not a field here; did you mean 'kpis'?",
        ),
        (
            "agreement.yaml",
            "schema: 1\ntitle: T\nchoices:\n  essay:\n    own_readings:\n      doe: {author: Doe, year: 19, title: T}\n",
            "line 6, choices.essay.own_readings.doe.year: '19' is no year; write it as 2008",
        ),
        (
            "assignment.yaml",
            "schema: 1\npages: [3, 4]\n",
            "assignment.yaml, line 1, title: 'title' is missing; add it",
        ),
    ],
)
def test_what_cannot_be_read_is_one_clear_error(
    name: str, text: str, said: str, executed: Path, tmp_path: Path, casebook: Callable[..., tuple[int, str]]
) -> None:
    """Exit 2, and nothing was checked; the place and the remedy stand in the line."""
    saved(executed, tmp_path, lambda notebook: None)
    (tmp_path / name).write_text(text, encoding="utf-8")
    code, told = casebook(tmp_path / "essay.ipynb", "--no-run")
    assert code == 2 and said in " ".join(told.split())
    assert "Traceback" not in told and "ready" not in told


def test_a_notebook_older_than_the_file_is_not_ready(executed: Path, tmp_path: Path) -> None:
    for name in ("essay.ipynb", "agreement.yaml"):
        shutil.copy(executed.with_name(name), tmp_path / name)
    opened = read_agreement(tmp_path / "agreement.yaml")
    draft = Draft.of(opened)
    later = draft.model_copy(update={"slots": {**draft.slots, "crucial": "A later text."}})
    keep(opened, ("choices", {"essay": later.kept()}))
    found = check_file(tmp_path / "essay.ipynb")
    assert [f.slot for f in found.findings if "older text" in f.what] == ["crucial"]
    assert not found.ready


def saved(executed: Path, folder: Path, change: Callable[[NotebookNode], None]) -> Path:
    """A copy of the executed notebook and its agreement file, changed and saved."""
    shutil.copy(executed.with_name("agreement.yaml"), folder / "agreement.yaml")
    notebook = read_notebook(executed)
    change(notebook)
    (folder / "essay.ipynb").write_text(write_notebook(notebook), encoding="utf-8")
    return folder / "essay.ipynb"


def test_what_runs_only_because_of_a_deleted_cell_is_found(executed: Path, tmp_path: Path) -> None:
    """In the live session `part` was there, from a cell that is gone: the saved page looks whole and is not."""

    def depend(notebook: NotebookNode) -> None:
        next(cell for cell in notebook.cells if cell.id == "parts").source = "essay.slot(part)"

    path = saved(executed, tmp_path, depend)
    assert check_file(path, run=False).ready
    found = check_file(path)
    hit = next(f for f in found.findings if not f.warning)
    number = next(at for at, cell in enumerate(read_notebook(path).cells, start=1) if cell.id == "parts")
    assert hit.cell == number and "in a fresh kernel" in hit.what and "NameError" in hit.what
    assert hit.remedy.startswith("no cell above it makes 'part'") and not found.ready


def test_outputs_that_a_run_would_not_show_are_found(executed: Path, tmp_path: Path) -> None:
    """A number changed by hand in what the page shows: the text is that of the file, the output is not."""

    changed: list[int] = []

    def polish(notebook: NotebookNode) -> None:
        for number, output in outputs(notebook):
            data = output.get("data", {})
            if SLOT in data and "92%" in data["text/markdown"] and not changed:
                data["text/markdown"] = data["text/markdown"].replace("92%", "99%")
                changed.append(number)

    path = saved(executed, tmp_path, polish)
    hits = [f for f in check_file(path).findings if not f.warning]
    assert [f.cell for f in hits] == changed
    assert hits[0].remedy == "run all cells and save it"


# readings of the student's own


OWN = {
    "porter1985": Reading(author="Porter, M. E.", year="1985", title="Competitive advantage", publisher="Free Press"),
    "doe2019": Reading(author="Doe, A. B.; Roe, C.", year="2019", title="On trust", container="Journal of Trust",
                       volume="4", issue="2", pages="11-19", doi="https://doi.org/10.1000/182"),
    "board": Reading(author="Standards Board", year="n.d.", title="Guide to service levels", container="Standards Board",
                     url="https://example.org/guide"),
}  # fmt: skip


@pytest.fixture
def widely_read(essay: Essay, tmp_path: Path) -> Essay:
    """The model essay with three readings of the student's own, each cited, kept and read again."""
    path = tmp_path / "agreement.yaml"
    shutil.copy(EXEMPLAR, path)
    text = essay.draft.slots["strategy"][:-1] + " [@porter1985, p. 12; @doe2019; @board]."
    draft = essay.draft.model_copy(
        update={"slots": {**essay.draft.slots, "strategy": text}, "own_readings": OWN}
    )
    keep(read_agreement(path), ("choices", {"essay": draft.kept()}))
    return Essay.of(read_agreement(path))


def test_own_readings_are_cited_and_listed_in_every_document(widely_read: Essay, tmp_path: Path) -> None:
    """In APA style: a book, an article with its DOI, a page; each cited in the text and listed once, in its place."""
    assert widely_read.draft.own_readings == OWN
    paper = widely_read.paper()
    text = re.sub(r"\s+", " ", " ".join(pages_of(paper, tmp_path)))
    html = re.sub(r"<[^>]+>", "", export(paper, tmp_path / "p.html").read_text(encoding="utf-8"))
    with zipfile.ZipFile(export(paper, tmp_path / "p.docx")) as archive:
        word = re.sub(r"<[^>]+>", "", archive.read("word/document.xml").decode())
    for document in (text, re.sub(r"\s+", " ", html), word):
        assert "(Doe & Roe, 2019; Porter, 1985, p. 12; Standards Board, n.d.)" in document.replace(
            "&amp;", "&"
        )
        listed = document.replace("&amp;", "&").replace("\xa0", " ")
        assert "Porter, M. E. (1985). Competitive advantage. Free Press." in listed
        assert "Doe, A. B., & Roe, C. (2019). On trust. Journal of Trust, 4(2), 11–19." in listed
        assert listed.rindex("Doe, A. B.") < listed.rindex("Porter, M. E.") < listed.rindex("Staffing")
    assert "https://doi.org/10.1000/182" in text.replace(" ", "")  # a line may end in it
    screen = widely_read.slot("strategy").pieces[0]._repr_mimebundle_()["text/html"]
    assert "Porter, 1985, p." in screen and "(???)" not in screen


def test_the_panel_keeps_own_readings(widely_read: Essay, tmp_path: Path) -> None:
    """What the panel writes, and what it checks as it is typed, has the readings that the file has."""
    panel = EssayPanel(tmp_path / "agreement.yaml")
    assert panel.drafted().own_readings == OWN
    assert panel.keep()
    assert Draft.of(read_agreement(tmp_path / "agreement.yaml")).own_readings == OWN


def test_own_readings_pass_the_check_and_an_idle_one_is_named(widely_read: Essay) -> None:
    assert check_essay(widely_read).ready
    assert not [f for f in check_essay(widely_read).findings if "own reading" in f.what]
    text = widely_read.draft.slots["strategy"].replace("@porter1985, p. 12; ", "")
    slots = {**widely_read.draft.slots, "strategy": text}
    draft = widely_read.draft.model_copy(update={"slots": slots, "readings": {"laurent2008humn": "12: late"}})
    said = [(f.what, f.warning) for f in check_essay(replace(widely_read, draft=draft)).findings]
    assert ("your own reading is not cited: Porter, 1985", True) in said
    assert ("there are notes on 'laurent2008humn', which is no reference", True) in said


def test_a_wrong_key_is_told_with_the_nearest_own_one(widely_read: Essay) -> None:
    text = widely_read.draft.slots["strategy"].replace("@porter1985", "@porter1958")
    found = check_essay(rewritten(widely_read, strategy=text))
    (hit,) = [f for f in found.findings if "there is no reference" in f.what]
    assert hit.slot == "strategy" and "did you mean 'porter1985'?" in hit.remedy


@pytest.mark.parametrize(
    ("entry", "field", "said", "remedy"),
    [
        ("{year: 1985, publisher: P}", ".title", "'title' is missing", "add it"),
        ("{title: T, publisher: P}", ".year", "'year' is missing", "add it"),
        ("{year: 85, title: T, publisher: P}", ".year", "'85' is no year", "write it as 2008"),
        (
            "{year: 1985, title: T}",
            "",
            "nothing says where it can be found",
            "give a container, publisher, doi or url",
        ),
        (
            "{year: 1985, title: T, doi: 10.12}",
            ".doi",
            "'10.12' is no DOI",
            "write it as 10.1109/MITP.2009.15",
        ),
        (
            "{year: 1985, title: T, url: example.org}",
            ".url",
            "'example.org' is no address",
            "https://example.org/report",
        ),
        (
            "{year: 1985, title: T, publisher: P, pages: '12 ff'}",
            ".pages",
            "'12 ff' are no pages",
            "write it as 12-34",
        ),
        (
            "{year: 1985, title: T, publisher: P, author: 'Doe, A., Roe, B.'}",
            ".author",
            "run together",
            "write Family, Given; Family, Given",
        ),
        (
            "{year: 1985, titel: T, publisher: P}",
            ".titel",
            "'titel' is not a field here",
            "did you mean 'title'?",
        ),
    ],
)
def test_a_faulty_reading_is_one_clear_error(
    entry: str, field: str, said: str, remedy: str, tmp_path: Path
) -> None:
    path = tmp_path / "agreement.yaml"
    path.write_text(f"schema: 1\ntitle: T\nchoices:\n  essay:\n    own_readings:\n      mine: {entry}\n")
    with pytest.raises(BadInput) as caught:
        Draft.of(read_agreement(path))
    fault = next(f for f in caught.value.faults if said in f.what)
    assert fault.field == f"choices.essay.own_readings.mine{field}" and fault.line == 6 and fault.file == path
    assert remedy in fault.remedy


def test_a_key_that_the_casebook_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "agreement.yaml"
    entry = "{year: 1985, title: T, publisher: P}"
    path.write_text(
        f"schema: 1\ntitle: T\nchoices:\n  essay:\n    own_readings:\n      huang2009rescuing: {entry}\n"
    )
    with pytest.raises(
        BadInput, match=r"line 6.*have 'huang2009rescuing' already.*Huang & Goo, 2009.*give yours another"
    ):
        Draft.of(read_agreement(path))


# the assignment


def test_an_instructors_assignment_beside_the_notebook_counts(executed: Path, tmp_path: Path) -> None:
    for name in ("essay.ipynb", "agreement.yaml"):
        shutil.copy(executed.with_name(name), tmp_path / name)
    shipped = (NOTEBOOK.parent / FILE_NAME).read_text(encoding="utf-8")
    (tmp_path / FILE_NAME).write_text(shipped.replace("\npages: [3, 4]", "\npages: [6, 7]"), encoding="utf-8")
    found = check_file(tmp_path / "essay.ipynb")
    assert found.limits == (6, 7) and not found.ready


def test_the_shipped_assignment_offers_only_evidence_that_there_is() -> None:
    offered = {token for slot in read_assignment(shipped()).slots for token in slot.evidence}
    assert len(offered) > 40 and offered <= set(pages())


def test_the_faults_of_an_assignment_come_together(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(
        "schema: 1\ntitle: T\npages: [2, 1]\n"
        "rubric:\n  criteria: [{criterion: C, means: c}]\n"
        "  levels: [{level: a, share: 1, means: a}, {level: b, share: 0, means: b}]\n"
        "slots:\n"
        "  - {id: a, name: A, question: Why?, words: [9, 3], references: [huang2009rescueing]}\n"
        "  - {id: a, name: A, question: How?, words: [1, 3]}\n"
    )
    with pytest.raises(BadInput) as caught:
        read_assignment(path)
    assert {f.field for f in caught.value.faults} == {
        "pages",
        "slots[0].words",
        "slots[0].references",
        "slots[1].id",
    }
    assert "did you mean 'huang2009rescuing'?" in str(caught.value)


def test_the_accord_studio_offers_evidence_once_it_was_kept() -> None:
    opened = read_agreement(example_path())
    assert "figure:contract_coverage" not in evidence(opened)
    chosen = {"accord_studio": {"contract_type": "Outsourcing"}}
    kept = replace(opened, agreement=opened.agreement.model_copy(update={"choices": chosen}))
    found = evidence(kept)
    assert found["number:accord_standing"].text == "69%"
    assert found["number:contradictions"].text == "no errors, no warnings, 1 note"
    for token in (
        "figure:accord_scores",
        "figure:strategy_map",
        "figure:contract_coverage",
        "table:contract_pairs",
    ):
        assert found[token].exhibit().label == token.partition(":")[2]
    assert "Outsourcing" in found["figure:contract_coverage"].exhibit().caption
