"""The pages of a report are full, and nothing is parted that belongs together: read from the compiled PDF."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdf
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from alliance_analysis import content
from alliance_analysis.agreement import read_agreement
from alliance_analysis.reports.agreement_document import document
from alliance_analysis.reports.execute import execute
from alliance_analysis.reports.export import export
from alliance_analysis.reports.placing import BODY, TOP
from alliance_analysis.reports.run import notebook_path

EXHIBIT = "application/vnd.casebook.exhibit+json"
HEIGHT = 792.0  # points of US Letter
LEAST = 0.45  # of a page that has another after it
LAST = 60.0  # points: more than four lines on a last page


@dataclass(frozen=True)
class Item:
    """Something set on a page: a piece of text, or a picture where `text` is empty; `y` is its foot from the top."""

    page: int
    y: float
    text: str = ""


class Document:
    """A PDF with where things stand on its pages."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.pdf = pypdf.PdfReader(io.BytesIO(raw))
        self.items = [item for number, page in enumerate(self.pdf.pages, 1) for item in _items(page, number)]

    def foot(self, page: int) -> float:
        """Return how far down a page is filled; the page's number stands above the text."""
        return max((item.y for item in self.items if item.page == page and item.y > TOP), default=TOP)

    @property
    def fills(self) -> list[float]:
        """The share of each page's height that is filled, the title page left out."""
        return [(self.foot(page) - TOP) / BODY for page in range(2, len(self.pdf.pages) + 1)]

    def place(self, text: str) -> tuple[int, float]:
        return next((item.page, item.y) for item in self.items if item.text.strip().startswith(text))

    def elements(self, kind: str) -> Iterator[Any]:
        """Yield the elements of one kind in the order in which they are read out."""
        for node in _walk(self.pdf.trailer["/Root"]["/StructTreeRoot"]):
            if node.get("/S") == kind:
                yield node

    def pages_of(self, node: Any) -> set[int]:
        """Return the pages that an element of the structure tree stands on."""
        numbers = {page.indirect_reference.idnum: at for at, page in enumerate(self.pdf.pages, 1)}
        return {numbers[one.raw_get("/Pg").idnum] for one in _walk(node) if "/Pg" in one}


def _items(page: pypdf.PageObject, number: int) -> list[Item]:
    found = []

    def text(said: str, cm: list[float], tm: list[float], *_: object) -> None:
        if said.strip():
            found.append(Item(number, HEIGHT - (tm[4] * cm[1] + tm[5] * cm[3] + cm[5]), said))

    def picture(operator: bytes, operands: list[Any], cm: list[float], _tm: list[float]) -> None:
        if operator == b"Do":
            found.append(Item(number, HEIGHT - min(cm[5], cm[5] + cm[3])))

    page.extract_text(visitor_text=text, visitor_operand_before=picture)
    return found


def _walk(node: Any) -> Iterator[Any]:
    node = node.get_object()
    if isinstance(node, list):
        for child in node:
            yield from _walk(child)
    elif isinstance(node, dict):
        yield node
        if "/K" in node:
            yield from _walk(node["/K"])


def figure(label: str, inches: float) -> NotebookNode:
    drawn, stream = Figure(figsize=(6, inches)), io.BytesIO()
    FigureCanvasAgg(drawn)
    drawn.savefig(stream, format="png", dpi=20, metadata={"Software": None})
    data = base64.b64encode(stream.getvalue()).decode("ascii")
    said = {
        "kind": "figure",
        "label": label,
        "caption": f"Of {label}",
        "alt": "A white sheet",
        "note": "White.",
    }
    html = f'<img src="data:image/png;base64,{data}" width="576">'
    return new_code_cell("", outputs=[new_output("display_data", data={"text/html": html, EXHIBIT: said})])


def table(label: str, *rows: str) -> NotebookNode:
    body = "".join(f"<tr><td>{row}</td><td>1</td></tr>" for row in rows)
    html = (
        '<table><colgroup><col style="width:70%"><col style="width:30%"></colgroup><thead><tr><th>Row</th><th>One</th>'
        f"</tr></thead><tbody>{body}</tbody></table>"
    )
    said = {"kind": "table", "label": label, "caption": f"Of {label}", "alt": "Rows", "note": "Rows."}
    return new_code_cell("", outputs=[new_output("display_data", data={"text/html": html, EXHIBIT: said})])


def made(folder: Path, *cells: NotebookNode | str) -> Document:
    cells_ = [new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    notebook = new_notebook(cells=cells_, metadata={"casebook": {"title": "Two partners"}})
    return Document(export(notebook, folder / "made.pdf").read_bytes())


def lines(count: int, word: str = "Line") -> str:
    return "\\\n".join(f"{word} {number} of the text." for number in range(count))


# a small text


@pytest.mark.parametrize("above", [10, 25, 32, 38])
def test_text_flows_on_where_a_figure_does_not_fit(tmp_path: Path, above: int) -> None:
    """A figure of half a page stands where it is shown if it fits there, else at the top of the next page."""
    found = made(tmp_path, lines(above), figure("sheet", 4.5), lines(60, "Then"))
    caption, before, after = (found.place(text) for text in ("Figure 1", f"Line {above - 1} ", "Then 0 "))
    if above <= 20:
        assert caption[0] == before[0] == 2 and before < caption < after
    else:
        assert caption[0] == 3 and caption[1] < TOP + 20
        assert after[0] == 2
    assert min(found.fills[:-1]) > 0.85


def test_figures_keep_their_order_and_are_read_where_they_are_shown(tmp_path: Path) -> None:
    """Also where the second would still fit on the page that the first has left; the tags follow the text."""
    found = made(
        tmp_path, lines(30), figure("large", 5), lines(2, "Then"), figure("small", 1), lines(50, "End")
    )
    assert found.place("Figure 1") < found.place("Figure 2")
    order = [
        str(node.get("/Alt", "")) or node["/S"]
        for node in _walk(found.pdf.trailer["/Root"]["/StructTreeRoot"])
        if "/S" in node
    ]
    first = order.index("A white sheet")
    assert "/P" in order[:first] and "/P" in order[first + 2 :]
    assert (
        found.raw
        == made(
            tmp_path, lines(30), figure("large", 5), lines(2, "Then"), figure("small", 1), lines(50, "End")
        ).raw
    )


@pytest.mark.parametrize("above", range(0, 42, 3))
def test_no_row_and_no_note_of_a_table_stands_alone(tmp_path: Path, above: int) -> None:
    found = made(tmp_path, lines(above + 1), table("rows", *("A row of two lines, " * 5 for _ in range(14))))
    check(found)
    assert found.place("Table 1")[0] == found.place("Of rows")[0]


def test_a_table_does_not_leave_its_section(tmp_path: Path) -> None:
    cells = [
        lines(30),
        table("rows", *("A row of four lines, " * 12 for _ in range(4))),
        "# The next\n\n" + lines(30, "Then"),
    ]
    found = made(tmp_path, *cells)
    assert found.place("Table 1") < found.place("The next")


# whole documents


def check(found: Document, least: float = LEAST) -> None:
    """Hold a document against what every report promises."""
    assert min(found.fills[:-1], default=1) >= least
    for one in found.elements("/Table"):
        rows = [found.pages_of(row) for row in _walk(one) if row.get("/S") == "/TR"][1:]
        if len(rows) > 2:
            assert min(rows[0]) == min(rows[1]), rows
            assert min(rows[-1]) == min(rows[-2]) or _note(found, min(rows[-1])) > TOP + BODY / 3, rows


def _note(found: Document, page: int) -> float:
    """Return where the first note on a page stands: far down, a single row above it is a high one."""
    return next((item.y for item in found.items if item.page == page and item.text.startswith("Note.")), TOP)


def check_report(found: Document, least: float = LEAST) -> None:
    check(found, least)
    assert found.foot(len(found.pdf.pages)) - TOP > LAST
    for mark in _outline(found.pdf.outline):
        number, y = found.pdf.get_destination_page_number(mark), HEIGHT - float(mark.top)
        below = [item for item in found.items if item.page == number + 1 and item.y > y + 20]
        assert below, mark.title
    text = "\n".join(page.extract_text() for page in found.pdf.pages)
    for kind in ("Figure", "Table"):
        numbers = [int(number) for number in re.findall(rf"^{kind} (\d+)$", text, re.MULTILINE)]
        assert numbers == list(range(1, len(numbers) + 1)), (kind, numbers)


def _outline(marks: list[Any]) -> Iterator[Any]:
    for mark in marks:
        if isinstance(mark, list):
            yield from _outline(mark)
        else:
            yield mark


@pytest.mark.slow
@pytest.mark.parametrize("case", ["timex", "ibm_apple", "donnelly"])
@pytest.mark.parametrize("reader", ["student", "instructor"])
def test_the_pages_of_a_case_report_are_full(tmp_path: Path, case: str, reader: str) -> None:
    done = execute(notebook_path(), {"case": case, "reader": reader}, tmp_path / "report.ipynb")
    check_report(Document(export(done.notebook, tmp_path / "report.pdf").read_bytes()))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["example", "exemplar", "timex", "ibm_apple", "donnelly"])
def test_the_pages_of_an_agreement_are_full(tmp_path: Path, name: str) -> None:
    opened = read_agreement(content.folder("casebook") / name / "agreement.yaml")
    found = Document(export(document(opened), tmp_path / "agreement.pdf").read_bytes())
    check_report(found)
    assert found.place("Signatures") > found.place("Contradictions Inside")


@pytest.mark.slow
@pytest.mark.parametrize("number", range(9))
def test_the_pages_of_a_workbook_page_are_full(tmp_path: Path, number: int) -> None:
    (path,) = content.folder("notebooks").glob(f"0{number}_*.ipynb")
    least = 0.35 if path.name.startswith("02") else LEAST  # a whole KPI card is one row of a table there
    check_report(Document(export(path, tmp_path / "page.pdf").read_bytes()), least)
