"""The Word document, read back part by part: APA styles, whole rows, pages that start anew, and the PDF's own lines."""

from __future__ import annotations

import io
import itertools
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pypdf
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from alliance_analysis.reports.docx import LINE
from alliance_analysis.reports.export import export
from alliance_analysis.reports.front import Front

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MODEL = Path(__file__).resolve().parents[2] / "notebooks" / "assignment" / "essay_exemplar.ipynb"
BARRIERS = (
    '<table><colgroup><col style="width:60%"><col style="width:4%"><col style="width:36%"></colgroup><thead><tr>'
    "<th>Barrier</th><th>Measurements</th><th>Remedy</th></tr></thead><tbody>"
    + "".join(f"<tr><td>Barrier {n}</td><td>{n}</td><td>Ask first.</td></tr>" for n in range(60))
    + "</tbody></table>"
)


def paper(*cells: str, **front: Any) -> NotebookNode:
    said = {"title": "Two Partners", "author": "Student 17", "institution": "Example University",
            "course": "MGT 401", "instructor": "Instructor 3", "date": "2026-03-06", "spacing": "double",
            **front}  # fmt: skip
    shown = [
        exhibit(cell, f"table{at}") if cell.startswith("<") else {"text/markdown": cell}
        for at, cell in enumerate(cells)
    ]
    outputs = [[dict(Front(**said)._repr_mimebundle_())], *[[each] for each in shown]]
    made = [
        new_code_cell("", outputs=[new_output("display_data", data=data) for data in each])
        for each in outputs
    ]
    notebook: NotebookNode = new_notebook(cells=[*made, new_markdown_cell("# References")])
    return notebook


def exhibit(html: str, label: str) -> dict[str, Any]:
    said = {"kind": "table", "label": label, "caption": "Barriers Met", "alt": "x", "note": "Own run."}
    return {"text/html": html, "application/vnd.casebook.exhibit+json": said}


def words(paragraph: ElementTree.Element) -> str:
    return "".join(text.text or "" for text in paragraph.iter(f"{W}t"))


class Word:
    """A document's parts, its paragraphs with their styles, and its styles by id."""

    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        self.body = ElementTree.fromstring(self.parts["word/document.xml"])
        styles = ElementTree.fromstring(self.parts["word/styles.xml"])
        self.styles = {style.get(f"{W}styleId", ""): style for style in styles.iter(f"{W}style")}

    def paragraphs(self) -> list[tuple[str, str]]:
        return [(self.style(each), words(each)) for each in self.body.iter(f"{W}p")]

    def style(self, paragraph: ElementTree.Element) -> str:
        said = paragraph.find(f"{W}pPr/{W}pStyle")
        return "" if said is None else said.get(f"{W}val", "")

    def said(self, style: str, path: str, attribute: str = "val") -> str | None:
        found = self.styles[style].find("/".join(W + step for step in path.split("/")))
        return None if found is None else found.get(W + attribute, "")


def written(folder: Path, suffix: str, **front: Any) -> bytes:
    text = "Partners promise what they can measure and measure what they promise to one another. "
    made = paper(
        f"# The First Question\n\n{text * 60}",
        "## A Part\n\n> Quoted words of another.\n\nSee @tbl:table2. Some say more [@huang2009rescuing].",
        BARRIERS,
        "# Appendix B\n\nMore words.",
        **front,
    )
    return export(made, folder / f"paper{suffix}").read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("word")


@pytest.fixture(scope="module")
def word(folder: Path) -> Word:
    return Word(written(folder, ".docx"))


def test_the_title_page_has_its_lines_in_order_with_a_blank_one_under_the_title(word: Word) -> None:
    front = word.paragraphs()[:7]
    assert [text for _, text in front] == [
        "Two Partners", "Student 17", "Example University", "MGT 401", "Instructor 3", "March 6, 2026", "Two Partners",
    ]  # fmt: skip
    assert [style for style, _ in front] == ["Title", *["Author"] * 5, "BodyTitle"]
    assert word.said("Title", "rPr/b") is not None
    assert 72 * 20 < int(word.said("Title", "pPr/spacing", "before") or 0) < 216 * 20  # upper half
    assert word.said("Author", "pPr/spacing", "before") == str(LINE)
    assert word.said("Author", "pPr/contextualSpacing") is not None  # only under the title


def test_apa_styles(word: Word) -> None:
    assert b'w:ascii="Times New Roman"' in word.parts["word/styles.xml"]
    for style, first, left in [
        ("BodyText", "720", "0"),
        ("FirstParagraph", "720", "0"),
        ("BlockText", "0", "720"),
    ]:
        assert word.said(style, "pPr/spacing", "line") == str(LINE)
        assert (word.said(style, "pPr/ind", "firstLine"), word.said(style, "pPr/ind", "left")) == (
            first,
            left,
        )
        assert word.said(style, "rPr/sz") == "24"
    assert word.said("Bibliography", "pPr/ind", "hanging") == "720"
    for level, align, italic in [(1, "center", False), (2, "left", False), (3, "left", True)]:
        style = f"Heading{level}"
        assert word.said(style, "name") == f"heading {level}"  # Word's own, so that its outline knows it
        assert word.said(style, "pPr/jc") == align
        assert word.said(style, "rPr/b") is not None
        assert (word.said(style, "rPr/i") is not None) is italic
        assert word.said(style, "pPr/keepNext") is not None
    used = {text: style for style, text in word.paragraphs()}
    assert used["The First Question"] == "Heading1" and used["A Part"] == "Heading2"
    assert used["Quoted words of another."] == "BlockText"


def test_a_table_has_its_own_text_whole_rows_and_a_head_on_every_page(word: Word) -> None:
    table = next(word.body.iter(f"{W}tbl"))
    rows = list(table.iter(f"{W}tr"))
    assert len(rows) == 61
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)
    assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows] == [True, *[False] * 60]
    assert {word.style(each) for each in table.iter(f"{W}p")} == {"TableText"}
    assert word.said("TableText", "pPr/spacing", "line") == "240"  # single
    assert word.said("Table", "tblStylePr/pPr/keepNext") is not None  # the head stays with the first row
    kept = [row.find(f".//{W}pPr/{W}keepNext") is not None for row in rows]
    assert kept == [*[False] * 60, True]  # the last one stays with the note
    styles = [style for style, _ in word.paragraphs() if style.startswith("Exhibit")]
    assert styles == ["ExhibitNumber", "ExhibitTitle", "ExhibitNote"]


def test_a_column_is_as_wide_as_its_longest_word_and_the_table_as_the_text(word: Word) -> None:
    widths = [int(column.get(f"{W}w", "0")) for column in word.body.iter(f"{W}gridCol")]
    assert sum(widths) == pytest.approx(9360, abs=3)
    ten_point_times_bold = (
        66.1 * 20
    )  # "Measurements", by the font's own advance widths, in twentieths of a point
    assert widths[1] - 160 >= ten_point_times_bold
    assert widths[0] > widths[2] > widths[1]


def test_a_table_without_widths_is_as_wide_as_its_text(folder: Path) -> None:
    row = "<tr><td>1</td><td>{}</td></tr>"
    short, long = (f"<table>{row.format('words ' * n)}{row.format('More')}</table>" for n in (3, 60))
    made = Word(
        export(paper("Words.", short, long.replace("1", "Measurements")), folder / "tables.docx").read_bytes()
    )
    widths = [
        [int(column.get(f"{W}w", "0")) for column in table.iter(f"{W}gridCol")]
        for table in made.body.iter(f"{W}tbl")
    ]
    tables = list(made.body.iter(f"{W}tbl"))
    assert all(
        p.find(f"{W}pPr/{W}keepNext") is not None for p in tables[0].iter(f"{W}p")
    )  # a short one stays whole
    assert sum(widths[0]) < 9360 / 3
    assert sum(widths[1]) == pytest.approx(9360, abs=3)
    assert widths[1][0] > 66 * 20 and widths[1][1] > 4 * widths[1][0]


def test_every_paragraph_of_a_list_has_the_papers_lines(folder: Path) -> None:
    made = Word(export(paper("- one\n\n- two\n    1. deep\n\nText."), folder / "list.docx").read_bytes())
    defaults = ElementTree.fromstring(made.parts["word/styles.xml"]).find(f".//{W}pPrDefault//{W}spacing")
    assert defaults is not None and defaults.get(f"{W}line") == str(LINE)
    for style, text in made.paragraphs():
        if text in ("one", "two", "deep"):
            assert not style or made.said(style, "pPr/spacing", "line") == str(LINE)


def test_references_and_appendix_start_a_page_and_no_paragraph_is_only_a_break(word: Word) -> None:
    assert not list(word.body.iter(f"{W}br"))
    starts = [
        words(each) for each in word.body.iter(f"{W}p") if each.find(f"{W}pPr/{W}pageBreakBefore") is not None
    ]
    assert starts == ["Appendix B", "References"]
    assert word.said("BodyTitle", "pPr/pageBreakBefore") is not None
    assert "" not in [text for _, text in word.paragraphs()]


def test_tables_begin_at_the_margin_and_word_opens_the_document_as_its_own(word: Word) -> None:
    settings = ElementTree.fromstring(word.parts["word/settings.xml"])
    modes = {each.get(f"{W}name"): each.get(f"{W}val") for each in settings.iter(f"{W}compatSetting")}
    assert modes == {"compatibilityMode": "15"}
    order = [each.tag.removeprefix(W) for each in settings]
    assert order.index("characterSpacingControl") < order.index("compat") < order.index("rsids")


def test_nothing_of_this_machine_is_in_the_document(word: Word) -> None:
    for name, content in word.parts.items():
        assert b".csl" not in content and b"used.bib" not in content, name
        assert str(Path.home()).encode() + b"/" not in content, name
    core = word.parts["docProps/core.xml"].decode("utf-8")
    assert "<dc:title>Two Partners</dc:title>" in core and "<dc:language>en-US</dc:language>" in core
    assert "2026-03-06T12:00:00Z" in core


def test_the_language_of_the_text_is_the_title_pages(folder: Path) -> None:
    german = Word(written(folder, ".docx", lang="de-DE"))
    assert b'w:val="de-DE"' in german.parts["word/styles.xml"]


def test_a_page_holds_25_lines_in_word_and_in_the_pdf(folder: Path, word: Word) -> None:
    page = int(re.search(r'<w:pgSz[^>]*w:h="(\d+)"', word.parts["word/document.xml"].decode())[1]) - 2 * 1440  # type: ignore[index]
    assert page // LINE == 25
    heights: list[float] = []

    def visit(line: str, cm: list[float], tm: list[float], *_: object) -> None:
        if line.strip() and tm[5] * cm[3] + cm[5] < 730:  # below the page number
            heights.append(round(tm[5] * cm[3] + cm[5], 1))

    pypdf.PdfReader(io.BytesIO(written(folder, ".pdf"))).pages[1].extract_text(visitor_text=visit)
    lines = sorted(set(heights))
    steps = {round(above - below, 1) for below, above in itertools.pairwise(lines)}
    assert steps == {LINE / 20}
    assert len(lines) == 25


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_the_model_essays_body_is_as_long_in_word_as_in_the_pdf(tmp_path: Path) -> None:
    pages = {}
    for suffix in ("pdf", "docx"):
        export(MODEL, tmp_path / f"as_{suffix}.{suffix}")
    convert = [
        "soffice",
        f"-env:UserInstallation=file://{tmp_path}/office",
        "--headless",
        "--convert-to",
        "pdf",
    ]
    subprocess.run([*convert, "as_docx.docx"], cwd=tmp_path, check=True, capture_output=True)
    for suffix in ("pdf", "docx"):
        texts = [page.extract_text() for page in pypdf.PdfReader(tmp_path / f"as_{suffix}.pdf").pages]
        pages[suffix] = [
            next(at for at, text in enumerate(texts) if head in text)
            for head in ("References\n", "Appendix\n")
        ]
    assert pages["docx"] == pages["pdf"]
