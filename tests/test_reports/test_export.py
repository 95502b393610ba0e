"""A notebook as a course document: what is printed, what is refused, and that the same notebook gives the same bytes."""

from __future__ import annotations

import base64
import functools
import io
import mimetypes
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbconvert
import pypdf
import pytest
from fontTools.ttLib import TTFont
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbformat.v4 import writes as write_notebook

from alliance_analysis.errors import BadInput, RunFailed
from alliance_analysis.reports import glyphs
from alliance_analysis.reports.export import export, front_of
from alliance_analysis.reports.front import Front

EXHIBIT = "application/vnd.casebook.exhibit+json"
WIDGET = "application/vnd.jupyter.widget-view+json"
BIB = """
@article{huang2009, author={Huang, Derrick and Goo, Jahyun}, title={Rescuing {IT} outsourcing}, year={2009},
  journal={IT Professional}, volume={11}, number={1}, pages={50--58}, doi={10.1109/MITP.2009.15}}
@book{kale2010, author={Kale, Prashant}, title={Alliance capability}, year={2010}, publisher={Press},
  keywords={alliances, to-check-doi, to-check-pages}}
@book{reuer2002, author={Reuer, Jeffrey}, title={Alliance dynamics}, year={2002}, publisher={Press}}
"""
META = {
    "title": "Two partners & one watch",
    "author": "Student 17",
    "course": "Strategic Alliances",
    "date": "2026-01-15",
}


@functools.cache
def png() -> str:
    figure = Figure(figsize=(3, 2))
    FigureCanvasAgg(figure)
    figure.subplots().plot([1, 3, 2])
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=60, metadata={"Software": None})
    return base64.b64encode(stream.getvalue()).decode("ascii")


def shown(**data: Any) -> NotebookNode:
    metadata = data.pop("metadata", {})
    return new_code_cell("code()", outputs=[new_output("display_data", data=data, metadata=metadata)])


def figure(label: str = "trend", **said: Any) -> NotebookNode:
    contract = {
        "kind": "figure",
        "label": label,
        "caption": "Lead time",
        "alt": "A line that rises, then falls",
        **said,
    }
    html = f'<figure><img src="data:image/png;base64,{png()}" alt="x" width="288"></figure>'
    return shown(**{"text/html": html, "text/plain": "Figure", EXHIBIT: contract})


def table(label: str = "cards", **said: Any) -> NotebookNode:
    contract = {"kind": "table", "label": label, "caption": "The cards", "alt": "Two KPIs", **said}
    html = (
        '<div><strong>The cards</strong><table><colgroup><col style="width:70%"><col style="width:30%"></colgroup>'
        '<thead><tr><th scope="col">KPI</th><th scope="col">Target</th></tr></thead><tbody>'
        '<tr><td>On-time delivery <span class="cite" data-key="reuer2002">(Somebody, 1900)</span></td><td>95 %</td></tr>'
        "<tr><td>- Scrap<br>rate</td><td>+2 %</td></tr></tbody></table></div>"
    )
    return shown(**{"text/html": html, EXHIBIT: contract})


PANDAS = (
    '<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th><th>Weight</th></tr></thead>'
    "<tbody><tr><th>0</th><td>0.5</td></tr><tr><th>1</th><td>NaN</td></tr></tbody></table>"
)


def notebook(*cells: NotebookNode | str, **meta: Any) -> NotebookNode:
    made = [new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    return new_notebook(cells=made, metadata={"casebook": {**META, **meta}})


def demo(**meta: Any) -> NotebookNode:
    return notebook(
        "# Two partners & one watch",
        "## What was agreed\n\nService levels matter [@huang2009], and @huang2009 say why; see @fig:trend, @tbl:cards "
        "and @eq:score, with weights $w_i \\le 1$.\n- a list without a blank line before it",
        figure(synthetic=True, note="Own computation."),
        "The score is\n\n$$ S = \\sum_i w_i x_i $$ {#eq:score}\n\n#### Deeper, two levels down\n\nText.",
        table(sources=["kale2010"]),
        shown(**{"text/html": PANDAS, "text/plain": "Weight"}),
        shown(**{WIDGET: {"model_id": "8a7b6c"}, "text/plain": "HBox(children=(IntSlider(),))"}),
        shown(**{"text/plain": "<Figure size 640x480>"}),
        new_code_cell("secret = 1", metadata={"tags": ["parameters"]}),
        new_markdown_cell("Not for the reader.", metadata={"tags": ["remove_cell"]}),
        **meta,
    )


class Kit:
    """Exports into a temporary folder with a small bibliography."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bib = folder / "small.bib"
        self.bib.write_text(BIB, encoding="utf-8")

    def __call__(self, made: NotebookNode, name: str = "out.pdf", **options: Any) -> bytes:
        return export(
            made, self.folder / name, bibliography=self.bib, folder=self.folder, **options
        ).read_bytes()

    def text(self, made: NotebookNode, **options: Any) -> str:
        return pdf_text(pypdf.PdfReader(io.BytesIO(self(made, **options))))


def pdf_text(reader: pypdf.PdfReader) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return Kit(tmp_path_factory.mktemp("export"))


@pytest.fixture(scope="session")
def files(kit: Kit) -> dict[str, bytes]:
    return {suffix: kit(demo(), f"demo.{suffix}") for suffix in ("pdf", "docx", "html")}


@pytest.fixture(scope="session")
def pdf(files: dict[str, bytes]) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(files["pdf"]))


@pytest.fixture(scope="session")
def text(pdf: pypdf.PdfReader) -> str:
    return pdf_text(pdf)


def elements(node: Any) -> Iterator[Any]:
    node = node.get_object()
    if isinstance(node, list):
        for child in node:
            yield from elements(child)
    elif isinstance(node, dict):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node["/K"])


# the PDF as a file


def test_pdf_is_a_tagged_letter_with_title_language_and_the_ua_1_mark(pdf: pypdf.PdfReader) -> None:
    root = pdf.trailer["/Root"]
    assert {(float(page.mediabox.width), float(page.mediabox.height)) for page in pdf.pages} == {
        (612.0, 792.0)
    }
    assert root["/MarkInfo"]["/Marked"].value is True
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "en-US"
    assert pdf.metadata is not None
    assert (pdf.metadata.title, pdf.metadata.author) == (META["title"], META["author"])
    assert re.search(rb"pdfuaid:part>\s*1\s*<", root["/Metadata"].get_object().get_data())


def test_pdf_figures_and_formulas_have_alt_text_and_tables_have_header_cells(pdf: pypdf.PdfReader) -> None:
    tree = list(elements(pdf.trailer["/Root"]["/StructTreeRoot"]["/K"]))
    kinds = [element["/S"] for element in tree]
    alts = {element["/S"]: [] for element in tree}
    for element in tree:
        alts[element["/S"]].append(element.get("/Alt"))
    assert alts["/Figure"] == ["A line that rises, then falls"]
    assert alts["/Formula"] == ["w_i \\le 1", "S = \\sum_i w_i x_i"]
    assert (kinds.count("/Table"), kinds.count("/TH"), kinds.count("/TD")) == (2, 4, 8)
    assert "/H1" in kinds
    assert "/H3" not in kinds  # levels are evened: a section's #### is the second level


def test_pdf_fonts_are_embedded(pdf: pypdf.PdfReader) -> None:
    fonts = [font.get_object() for page in pdf.pages for font in page["/Resources"].get("/Font", {}).values()]
    described = [font["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts]
    assert described
    assert all({"/FontFile2", "/FontFile3"} & set(descriptor) for descriptor in described)
    names = {str(font["/BaseFont"]) for font in fonts}
    assert any("STIXGeneral-Bold" in name for name in names)
    assert any("STIXGeneral-Italic" in name for name in names)


def test_title_page_has_the_front_and_the_title_comes_again(pdf: pypdf.PdfReader) -> None:
    first, second = (" ".join(pdf.pages[at].extract_text().split()) for at in (0, 1))
    order = [
        first.index(line) for line in (META["title"], META["author"], META["course"], "January 15, 2026")
    ]
    assert order == sorted(order)
    assert META["title"] in second
    assert "What was agreed" not in first


# what is printed


def test_exhibits_are_numbered_captioned_and_noted(text: str) -> None:
    assert "Figure 1 Lead time" in text
    assert "Note. Synthetic data. Own computation." in text
    assert "Table 1 The cards" in text
    assert "Note. Source: Kale (2010)." in text


def test_cross_references_and_equation_numbers(text: str) -> None:
    assert "see Figure 1, Table 1 and Equation 1" in text.replace("\xa0", " ")
    assert "(1)" in text


def test_equations_take_labels_in_latex_tags_and_alt_text(kit: Kit) -> None:
    made = notebook(
        "$$ a = b \\label{eq:first} $$\n\n$$\nc = d\n\\tag{A}\n$$ {#eq:tagged}\n\n[$x$]{alt='an unknown'}",
        shown(**{"text/markdown": '$$ e[f] $$ {#eq:last alt="e of f"}\n\n@eq:first, @eq:tagged, @eq:last'}),
    )
    reader = pypdf.PdfReader(io.BytesIO(kit(made)))
    assert "Equation 1, Equation A, Equation 2" in pdf_text(reader).replace("\xa0", " ")
    tree = elements(reader.trailer["/Root"]["/StructTreeRoot"]["/K"])
    alts = [element["/Alt"] for element in tree if element["/S"] == "/Formula"]
    assert alts == ["a = b", "c = d", "an unknown", "e of f"]


def test_citations_in_text_and_tables_are_formatted_and_listed(text: str) -> None:
    assert "matter (Huang & Goo, 2009), and Huang and Goo (2009) say why" in text
    assert "On-time delivery (Reuer, 2002)" in text
    listed = text.split("References ")[1]
    assert "Huang, D., & Goo, J. (2009). Rescuing IT outsourcing. IT Professional, 11(1), 50–58." in listed
    assert listed.index("Huang") < listed.index("Kale") < listed.index("Reuer")
    assert "Press. [to check: DOI, pages]" in listed


def test_a_citation_that_reads_on_the_page_is_set_like_its_key(kit: Kit) -> None:
    keys = "Shared [@kale2010; @huang2009]; Huang and Goo [-@huang2009] agree."
    page = (
        'Shared <span class="cite" data-key="kale2010;huang2009">(as on the page)</span>; Huang and Goo '
        '<span class="cite" data-key="-huang2009">(as on the page)</span> agree.'
    )
    made = kit(notebook(keys))
    assert "Goo (2009) agree" in pdf_text(pypdf.PdfReader(io.BytesIO(made))).replace("\n", " ")
    assert kit(notebook(page)) == made


def test_hanging_indent_of_references(pdf: pypdf.PdfReader) -> None:
    starts: dict[str, float] = {}

    def visit(line: str, cm: list[float], tm: list[float], *_: object) -> None:
        starts.setdefault(line.strip()[:6], cm[4] + tm[4])

    pdf.pages[-1].extract_text(visitor_text=visit)
    assert starts["Huang,"] == pytest.approx(72)
    assert starts["https:"] >= 72 + 36


def test_an_address_in_the_references_stands_on_one_line(kit: Kit) -> None:
    entry = "@misc{{long{n}, author={{Author, A.}}, title={{{title}}}, year={{2020}}, url={{{url}}}}}\n"
    short = "https://www.example.org/archives/a-story-of-some-length-1999-oct-04.html"
    long = "https://www.example.org/" + "a-very-long-path/" * 12
    bib = kit.folder / "addresses.bib"
    bib.write_text(
        "".join(entry.format(n=n, title="Words " * n, url=url) for n in range(1, 9) for url in [short])
        + entry.format(n=9, title="Long", url=long),
        encoding="utf-8",
    )
    cited = "; ".join(f"@long{n}" for n in range(1, 10))
    out = export(notebook(f"Words [{cited}]."), kit.folder / "addresses.pdf", bibliography=bib)
    lines = [line for page in pypdf.PdfReader(out).pages for line in page.extract_text().splitlines()]
    assert sum(short in line for line in lines) == 8
    assert sum("a-very-long-path" in line for line in lines) > 1  # one that no line holds is broken


@pytest.mark.parametrize(
    "leftover",
    ["model_id", "8a7b6c", "IntSlider", "NaN", "data:image", "640x480", "secret", "code()", "Not for"],
)
def test_nothing_of_the_machinery_is_left(text: str, files: dict[str, bytes], leftover: str) -> None:
    assert leftover not in text
    assert leftover not in re.sub(r'data:image/png;base64,[^"]+', "", files["html"].decode("utf-8"))


def test_missing_values_are_dashes_and_signs_in_cells_are_not_lists(text: str) -> None:
    assert "—" in text
    assert "- Scrap rate" in text
    assert "+2" in text


@pytest.mark.parametrize("tag", ["<details>", '<details style="margin-bottom: 1em">'])
def test_what_a_page_folds_stands_open_on_paper(kit: Kit, tag: str) -> None:
    source = (
        f"Ask.\n\n{tag}<summary>A good answer</summary>\n\nIt **names** a date [@huang2009].\n\nAnd an owner.\n\n"
        "</details>\n\nGo on."
    )
    written = kit(notebook(source), "folded.html").decode("utf-8")
    assert "<p><em>A good answer</em></p>" in written and "<strong>names</strong> a date" in written
    assert "[@huang2009]" not in written and "2009" in written.split("</em></p>")[1][:400]
    assert "<p>And an owner.</p>" in written and "<p>Go on.</p>" in written


@pytest.mark.parametrize("lines", range(30, 46, 3))
def test_a_short_table_keeps_its_title_and_note_on_one_page(kit: Kit, lines: int) -> None:
    made = notebook("Words\\\n" * lines + "end.", table(note="Seen from the cards."))
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(kit(made))).pages]
    found = {
        at for at, text in enumerate(pages) for part in ("Table 1", "Scrap", "Seen from") if part in text
    }
    assert len(found) == 1


def test_code_is_shown_when_asked(kit: Kit) -> None:
    cell = new_code_cell("answer = 42", outputs=[new_output("stream", name="stdout", text="forty-two")])
    loud = new_output("stream", name="stderr", text="a warning")
    cell.outputs.append(loud)
    with_code = kit.text(notebook(cell), show_code=True)
    assert "answer = 42" in with_code
    assert "forty-two" in with_code
    assert "a warning" not in with_code
    assert "forty-two" not in kit.text(notebook(cell, "Words."))


# the same bytes, three formats


@pytest.mark.parametrize("suffix", ["pdf", "docx", "html"])
def test_same_notebook_same_bytes(kit: Kit, files: dict[str, bytes], suffix: str) -> None:
    assert kit(demo(), f"again.{suffix}") == files[suffix]


def test_the_date_is_the_only_clock(kit: Kit, pdf: pypdf.PdfReader) -> None:
    assert pdf.metadata is not None
    assert str(pdf.metadata.get("/CreationDate", "")).startswith("D:20260115")
    undated = kit.text(notebook("Words.", date=""))
    assert not re.search(r"20\d\d", undated)


def test_docx_has_real_tables_alt_text_and_a_page_number(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(files["docx"])) as archive:
        body = archive.read("word/document.xml").decode("utf-8")
        header = archive.read("word/header1.xml").decode("utf-8")
        styles = archive.read("word/styles.xml").decode("utf-8")
    assert body.count("<w:tbl>") == 2
    assert body.count("<w:tblHeader") == 2
    assert 'descr="A line that rises, then falls"' in body
    assert "<m:oMath>" in body
    assert ">(1)<" in body
    assert "PAGE" in header
    bibliography = re.search(r'<w:style [^>]*w:styleId="Bibliography".*?</w:style>', styles, re.DOTALL)
    assert bibliography is not None
    assert 'w:hanging="720"' in bibliography.group()


def test_html_is_one_offline_file(files: dict[str, bytes]) -> None:
    html = files["html"].decode("utf-8")
    assert not re.search(r'(src|data)="(https?:)?//', html)
    assert "<link" not in html
    assert "<script" not in html
    assert "@import" not in html
    assert '<html lang="en-US">' in html
    assert "<title>Two partners &amp; one watch</title>" in html
    assert 'alt="A line that rises, then falls"' in html
    assert html.count('scope="col"') == 4
    assert "<math" in html
    assert '<a href="#fig:trend">' in html
    assert '<figure id="fig:trend"' in html


# letters, links and HTML in the text


def faces(reader: pypdf.PdfReader) -> dict[str, str]:
    """Return the font of every word of the last page."""
    found: dict[str, str] = {}

    def visit(text: str, _cm: object, _tm: object, font: dict[str, Any] | None, _size: float) -> None:
        for word in text.split():
            found.setdefault(word, str(font["/BaseFont"]) if font else "")

    reader.pages[-1].extract_text(visitor_text=visit)
    return found


def test_no_accent_of_the_pdf_is_made_up(kit: Kit) -> None:
    """A face without the letter draws its accent over the other one; the face that is used has each letter whole."""
    words = ["Tiếng", "ἄνθρωπος", "Kṛṣṇa", "Ḃ", "Ѐ", "e\u0302\u0301", "café", "Łódź", "Αθήνα", "Газпром"]
    used = faces(pypdf.PdfReader(io.BytesIO(kit(notebook(*words)))))
    stix = {char for word in used for char in word if "STIXGeneral" in used[word]}
    with TTFont(glyphs.folder() / "STIXGeneral.ttf", lazy=True) as font:
        assert stix - {chr(code) for code in font.getBestCmap()} == set()
    assert {word for word in used if "DejaVuSerif" in used[word]} >= {
        "Tiếng",
        "ἄνθρωπος",
        "Kṛṣṇa",
        "Ḃ",
        "Ѐ",
        "ế",
    }
    assert {word for word in used if "STIXGeneral" in used[word]} >= {"café", "Łódź", "Αθήνα", "Газпром"}


def test_every_letter_that_the_text_face_lacks_is_sent_to_one_that_has_it() -> None:
    template = (Path(glyphs.__file__).parent / "template.typ").read_text(encoding="utf-8")
    said = re.search(r"\(\?:\[(.*?)\]", template)
    assert said is not None
    ranges = re.compile("[" + re.sub(r"\\u\{(\w+)\}", lambda code: chr(int(code[1], 16)), said[1]) + "]")
    chars = {}
    for name in ("STIXGeneral", "STIXGeneralBol", "DejaVuSerif"):
        with TTFont(glyphs.folder() / f"{name}.ttf", lazy=True) as font:
            chars[name] = set(map(chr, font.getBestCmap()))
    for name in ("STIXGeneral", "STIXGeneralBol"):
        made_up = {
            char
            for char in map(chr, range(0x80, 0x10000))
            if len(parts := unicodedata.normalize("NFD", char)) > 1
            and unicodedata.normalize("NFC", char) == char
            and char not in chars[name]
            and set(parts) <= chars[name]
        }
        assert len(made_up) > 400
        assert {char for char in made_up if not ranges.fullmatch(char)} == set()
        assert made_up <= chars["DejaVuSerif"]


def test_money_signs_and_comparisons_stay_text(kit: Kit) -> None:
    words = "It cost $5 million and $3 a unit, 3 < 5, snake_case_name, AT&T and a<b but x > y, &lt;b&gt; 10% of 95 %."
    said = kit.text(notebook(words)).replace("\xa0", " ")
    assert (
        "It cost $5 million and $3 a unit, 3 < 5, snake_case_name, AT&T and a<b but x > y, <b> 10% of 95 %."
        in said
    )


def test_marks_and_pictures_in_html_are_printed(kit: Kit) -> None:
    (kit.folder / "plan.png").write_bytes(base64.b64decode(png()))
    source = 'H<sub>2</sub>O, <b>bold <i>both</i></b>, <u>open, and <img src="plan.png" alt="A map" width="96"> here.'
    html = kit(notebook(source), "marks.html").decode("utf-8")
    assert (
        "H<sub>2</sub>O, <strong>bold <em>both</em></strong>, open, and <img" in html
        and 'alt="A map"' in html
    )
    reader = pypdf.PdfReader(io.BytesIO(kit(notebook(source))))
    alts = [
        e["/Alt"] for e in elements(reader.trailer["/Root"]["/StructTreeRoot"]["/K"]) if e["/S"] == "/Figure"
    ]
    assert alts == ["A map"]


def test_links_lead_to_the_web_or_inside_the_document(kit: Kit) -> None:
    source = (
        "## Look Inside\n\n[other page](03_kpi.ipynb#try), [inside](#Look-Inside), [nowhere](#gone), "
        "[web](https://example.org/a)"
    )
    html = kit(notebook(source), "links.html").decode("utf-8")
    assert 'other page, <a href="#look-inside">inside</a>, nowhere, <a' in html
    reader = pypdf.PdfReader(io.BytesIO(kit(notebook(source))))
    links = [note.get_object() for page in reader.pages for note in page.get("/Annots", [])]
    assert [note["/A"]["/URI"] for note in links if "/URI" in note.get("/A", {})] == ["https://example.org/a"]
    assert len(links) == 2


def test_a_formula_too_wide_for_the_line_leaves_its_number_free(kit: Kit) -> None:
    wide = " + ".join(f"a_{{{n}}}" for n in range(10, 40))
    reader = pypdf.PdfReader(io.BytesIO(kit(notebook(f"$$ {wide} = b $$ {{#eq:wide}}"))))
    at: dict[str, tuple[float, float]] = {}

    def visit(text: str, cm: list[float], tm: list[float], _font: object, size: float) -> None:
        for part in text.split():
            at[part] = (cm[4] + tm[4], abs(size * tm[0]))

    reader.pages[-1].extract_text(visitor_text=visit)
    assert at["(1)"][0] > 510 and at["(1)"][1] == pytest.approx(12)
    assert max(x for part, (x, _) in at.items() if part != "(1)") < at["(1)"][0] - 5


# what is refused, and how it is said


def refusal(kit: Kit, *cells: NotebookNode | str, name: str = "refused.pdf", **meta: Any) -> str:
    with pytest.raises(BadInput) as caught:
        kit(notebook(*cells, **meta), name)
    assert not (kit.folder / name).exists()
    return str(caught.value)


def test_a_word_without_glyphs_is_named_with_its_place(kit: Kit) -> None:
    said = refusal(kit, "Words.", "The partner wrote 华为 on the draft, and टाइटन.", author="Student 🙂")
    lines = said.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("title page, author: ") and "'🙂' (U+1F642, slightly smiling face)" in lines[0]
    assert lines[1].startswith("cell 2: ") and "'华为' (U+534E" in lines[1] and "U+4E3A" in lines[1]
    assert "partner wrote 华为 on the draft" in lines[1]
    assert "'टाइटन'" in lines[2]
    assert all("export to Word (.docx)" in line for line in lines)
    cell = table()
    html = cell.outputs[0].data["text/html"].replace("+2 %", "삼성").replace("95 %", "ソニー")
    cell.outputs[0].data["text/html"] = html
    said = refusal(kit, cell, "Text.[^1]\n\n[^1]: A note in ไทย.")
    assert [re.findall(r"^cell (\d): .*'(\S+)' \(U", line)[0] for line in said.splitlines()] == [
        ("1", "ソニー"), ("1", "삼성"), ("2", "ไทย"),
    ]  # fmt: skip
    assert "cell 2: no font of the PDF can show '华'" in refusal(kit, "Words.", "$\\text{华}$")


@pytest.mark.parametrize("suffix", ["docx", "html"])
def test_word_and_html_keep_every_letter(kit: Kit, suffix: str) -> None:
    words = "华为 टाइटन شركة חברה Αθήνα Газпром Tiếng 🙂 cafe\u0301 삼성"
    written = kit(notebook(words, author="学生"), f"letters.{suffix}")
    if suffix == "docx":
        with zipfile.ZipFile(io.BytesIO(written)) as archive:
            written = b"".join(re.findall(rb"<w:t[ >][^<]*", archive.read("word/document.xml")))
    said = re.sub(r"<w:t[^>]*>", "", written.decode("utf-8"))
    assert words in said and "学生" in said


def test_mathematics_has_its_own_font(kit: Kit) -> None:
    assert glyphs.missing("⫼") == "⫼"
    reader = pypdf.PdfReader(
        io.BytesIO(kit(notebook("Words with $\\mathbf{x} + ⫼ + \\bar{x} + \\hat{y}_k$.")))
    )
    fonts = {str(font["/BaseFont"]) for font in reader.pages[-1]["/Resources"]["/Font"].values()}
    assert {name.split("+")[-1].split("-")[0] for name in fonts} == {
        "STIXGeneral",
        "NewCMMath",
    }  # accents too


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("As shown [@huang2008].", "cell 2: there is no reference 'huang2008'; did you mean 'huang2009'?"),
        ("See @fig:trent.", "cell 2: there is no such label: 'fig:trent'; did you mean 'fig:trend'?"),
        (
            "See @eq:x.",
            "cell 2: there is no such label: 'eq:x'; nothing in the notebook has a label of that kind",
        ),
        ("![A map](https://example.org/map.png)", "cell 2: the picture is on the network"),
        ("![A map](map.png)", "cell 2: the picture is not there: 'map.png'"),
        ("$$\\undefinedmacro{x$$", "cannot be set"),
    ],
)
def test_what_cannot_be_resolved_is_named_with_its_cell(kit: Kit, source: str, expected: str) -> None:
    assert expected in refusal(kit, figure(), source)


def test_all_faults_come_together(kit: Kit) -> None:
    said = refusal(kit, "See @fig:a [@nobody1999].", figure("trend"), figure("trend"))
    assert len(said.splitlines()) == 3
    assert "the label is used twice: 'fig:trend'" in said


def test_citation_in_a_table_is_checked_too(kit: Kit) -> None:
    cell = table()
    cell.outputs[0].data["text/html"] = cell.outputs[0].data["text/html"].replace("reuer2002", "reuer2003")
    assert "cell 2: there is no reference 'reuer2003'; did you mean 'reuer2002'?" in refusal(
        kit, "Words.", cell
    )


def test_a_bare_figure_needs_alt_text(kit: Kit) -> None:
    bare = {"image/png": png(), "text/plain": "<Figure>"}
    said = refusal(kit, "Words.", shown(**bare))
    assert "cell 2" in said
    assert "show it as an Exhibit, or give the output metadata alt text" in said
    told = shown(**bare, metadata={"image/png": {"alt": "A line", "caption": "Bare"}})
    assert "Figure 1 Bare" in kit.text(notebook("Words.", told))
    assert kit(notebook("Words.", shown(**bare)), "bare.html")


def test_a_place_that_cannot_be_written_is_said_and_left_alone(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, file = kit.folder / "folder.pdf", kit.folder / "open.pdf"
    folder.mkdir()
    file.write_bytes(b"older")
    before = sorted(kit.folder.iterdir())
    with pytest.raises(BadInput, match=r"folder\.pdf: the document cannot be written there .*; close it"):
        kit(notebook("Words."), "folder.pdf")
    with pytest.raises(BadInput, match="cannot be written there"):
        kit(notebook("Words."), "open.pdf/under.pdf")

    def locked(self: Path, target: Path) -> Path:  # as Windows does while a reader has the file open
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", locked)
    with pytest.raises(BadInput, match=r"open\.pdf: .*Permission denied.*nothing was changed"):
        kit(notebook("Words."), "open.pdf")
    assert file.read_bytes() == b"older"
    assert sorted(kit.folder.iterdir()) == before


def test_a_failed_cell_stops_the_export(kit: Kit) -> None:
    failed = new_code_cell(
        "1/0", outputs=[new_output("error", ename="ZeroDivisionError", evalue="division by zero")]
    )
    with pytest.raises(RunFailed, match="cell 2: the cell ended in ZeroDivisionError: division by zero"):
        kit(notebook("Words.", failed), "failed.pdf")


def test_format_title_and_fields_are_checked(kit: Kit) -> None:
    with pytest.raises(BadInput, match=r"did you mean '\.pdf'"):
        kit(demo(), "out.pdff")
    with pytest.raises(BadInput, match="has no title"):
        front_of(new_notebook(cells=[new_markdown_cell("Words.")]))
    for field, value, expected in [
        ("autor", "x", "did you mean 'author'"),
        ("date", "15.1.2026", "2026-01-15"),
        ("spacing", "duoble", "did you mean 'double'"),
        ("title", 3, "quotation marks"),
    ]:
        with pytest.raises(BadInput, match=expected):
            front_of(notebook("Words.", **{field: value}))


# where the title comes from


def test_first_heading_is_the_title_and_leaves_the_text(kit: Kit) -> None:
    made = new_notebook(
        cells=[new_markdown_cell("```\n# not this\n```"), new_markdown_cell("# The *watch* case\n\nWords.")]
    )
    assert front_of(made) == Front("The watch case")
    assert kit.text(made).count("The watch case") == 2


def test_a_front_shown_in_a_cell_comes_first_and_sections_stay(kit: Kit) -> None:
    front = Front("Shown", author="Student 3", date="2026-02-01")
    cell = new_code_cell("", outputs=[new_output("execute_result", data=dict(front._repr_mimebundle_()))])
    made = notebook(cell, "# A section\n\nWords.", "# Another")
    assert front_of(made) == front
    said = kit.text(made)
    assert said.count("Shown") == 2
    assert said.count("A section") == 1
    assert "February 1, 2026" in said


def test_double_spacing_gives_references_and_appendix_their_own_pages(kit: Kit) -> None:
    cells = ["Words [@huang2009].", "# References", "# Appendix\n\nMore."]
    single = pypdf.PdfReader(io.BytesIO(kit(notebook(*cells))))
    double = pypdf.PdfReader(io.BytesIO(kit(notebook(*cells, spacing="double"))))
    assert len(single.pages) == 2
    assert len(double.pages) == 4
    assert "References" not in double.pages[3].extract_text() and "Appendix" in double.pages[3].extract_text()
    said = pdf_text(double)
    assert said.index("References") < said.index("Rescuing") < said.index("Appendix")


def test_a_path_names_the_file_in_the_error_and_finds_its_pictures(tmp_path: Path, kit: Kit) -> None:
    (tmp_path / "map.png").write_bytes(base64.b64decode(png()))
    path = tmp_path / "essay.ipynb"
    path.write_text(
        write_notebook(notebook("![A map of it](map.png){#fig:map}\n\nSee @fig:map.")), encoding="utf-8"
    )
    timings: dict[str, float] = {}
    out = export(path, tmp_path / "new" / "essay.pdf", bibliography=kit.bib, timings=timings)
    assert "Figure 1 A map of it" in pdf_text(pypdf.PdfReader(out))
    assert set(timings) == {"pandoc", "typst"}
    path.write_text("not a notebook", encoding="utf-8")
    with pytest.raises(BadInput, match=r"essay\.ipynb: this is not a readable notebook"):
        export(path, out, bibliography=kit.bib)
    assert [item.name for item in out.parent.iterdir()] == ["essay.pdf"]


@pytest.mark.parametrize(
    ("name", "start", "suffix", "label"),
    [
        ("casebook_pdf", b"%PDF", ".pdf", "Alliance Casebook PDF"),
        ("casebook_word", b"PK", ".docx", "Alliance Casebook Word document"),
    ],
)
def test_jupyterlab_offers_the_exporters(name: str, start: bytes, suffix: str, label: str) -> None:
    exporter = nbconvert.get_exporter(name)()
    content, resources = exporter.from_notebook_node(notebook("Words.", figure()))
    assert content.startswith(start)
    assert resources["output_extension"] == suffix
    assert "outputs" not in resources or resources["outputs"]
    assert exporter.export_from_notebook == label
    assert exporter.output_mimetype == mimetypes.guess_type(f"paper{suffix}")[0]
