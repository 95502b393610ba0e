"""The case report: every parameter shows, absent data say why, and the three reports differ by their data."""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from nbformat import NotebookNode

from alliance_analysis import content
from alliance_analysis.cases import load_case
from alliance_analysis.cases.measures import MEASURES
from alliance_analysis.figures.measures import TITLES
from alliance_analysis.reports.case_report import CaseReport, fill
from alliance_analysis.reports.execute import execute
from alliance_analysis.reports.export import export
from alliance_analysis.reports.notebook import read_notebook
from alliance_analysis.reports.parameters import check, declared
from alliance_analysis.reports.run import notebook_path

REAL = ["timex", "ibm_apple", "donnelly"]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@functools.cache
def run(folder: Path, case: str) -> NotebookNode:
    return execute(notebook_path(), {"case": case, "date": "2026-12-04"}, folder / f"{case}.ipynb").notebook


@functools.cache
def shown(**given: str) -> str:
    """What the notebook shows with these parameters, run in this process; without the note that lists parameters."""
    notebook = read_notebook(notebook_path())
    values = check(notebook, given)
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    parts: list[str] = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        with capture_output() as captured:
            result = shell.run_cell(cell.source)
        result.raise_error()
        if "parameters" in cell.metadata.get("tags", []):
            shell.user_ns.update(values)
        bundles = [output.data for output in captured.outputs]
        bundles.append(shell.display_formatter.format(result.result)[0])
        parts += [str(b.get("text/html", "")) + str(b.get("text/markdown", "")) for b in bundles]
    return "\n".join(part for part in parts if "This report was made with" not in part)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("case", "donnelly", "Hohe"),
        ("reader", "instructor", "Listen for"),
        ("prepared_for", "Section 2, seat 14", "Section 2, seat 14"),
        ("date", "2027-03-01", "March 1, 2027"),
        ("focus", "change", "Change Accord: What Existed"),
        ("margin", "0.1,0.4", "10% to 40%"),
        ("exit_notice", "9", "9 months’ notice"),
        ("seed", "77", "Seed 77 drew this"),
    ],
)
def test_every_parameter_changes_what_is_shown(name: str, value: str, words: str) -> None:
    default, changed = shown(), shown(**{name: value})
    assert words not in default
    assert words in changed


@pytest.mark.parametrize("case", REAL)
def test_longer_notice_makes_the_exit_right_worth_less(case: str) -> None:
    """And notice as long as the quarrel leaves nothing of it; the money, where there is any, follows the margin."""
    worth = {}
    for notice in (0, 6, 36):
        table = CaseReport(case, exit_notice=notice, margin=(0.1, 0.2)).exit_clause().table
        assert table is not None
        row = table.iloc[1]
        shares = [float(v.rstrip("%")) for name, v in row.items() if "Share of value" in str(name)]
        worth[notice] = shares[-1]
        for name, value in row.items():
            if "million" in str(name) and (low := float(str(value).split(" to ")[0])):
                assert float(str(value).split(" to ")[1]) == pytest.approx(2 * low, abs=0.02)
    assert worth[0] > worth[6] > worth[36] == 0


def test_a_seed_draws_different_exercises() -> None:
    drawn = {str(CaseReport("timex", seed=seed).drawn()) for seed in range(20)}
    assert len(drawn) > 10
    assert CaseReport("timex", seed=3).drawn() == CaseReport("timex", seed=3).drawn()


def test_the_margin_moves_the_band_and_not_the_revenue() -> None:
    """Checked a second way: 60 million at 10 and 40 percent."""
    exhibit = next(
        p
        for p in CaseReport("timex", margin=(0.1, 0.4)).numbers().parts
        if getattr(p, "label", "") == "forgone"
    )
    assert "between 6.0 and 24.0 million" in exhibit.alt
    assert "60 million USD" in exhibit.alt
    assert exhibit.synthetic


@pytest.mark.parametrize("name", [*REAL, "shorter_cases"])
def test_an_exhibit_without_data_says_why(name: str) -> None:
    report = CaseReport(name)
    text = "\n".join(
        getattr(part, "data", "") or "" for part in report.numbers().parts if not hasattr(part, "label")
    )
    for measure in MEASURES:
        if getattr(load_case(name).file, measure) is None:
            assert f"**{TITLES[measure]}:** {load_case(name).file.absent[measure]}" in text
        else:
            assert f"## {TITLES[measure]}" in text


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("timex", "volumes"),
        ("timex", "forgone"),
        ("ibm_apple", "initiatives"),
        ("ibm_apple", "exits"),
        ("donnelly", "growth"),
    ],
)
def test_each_case_has_its_quantitative_exhibit(name: str, label: str) -> None:
    assert label in [getattr(part, "label", "") for part in CaseReport(name).numbers().parts]


def test_donnelly_prints_both_growth_figures() -> None:
    exhibit = next(p for p in CaseReport("donnelly").numbers().parts if getattr(p, "label", "") == "growth")
    assert "headline +13.7%, like for like +7.1%" in exhibit.alt


def test_no_code_knows_a_case_by_name() -> None:
    package = Path(__file__).resolve().parents[2] / "alliance_analysis"
    for path in package.rglob("*.py"):
        code = re.sub(r'""".*?"""', "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"['\"](timex|donnelly|ibm_apple)['\"]", code), path


def test_a_student_does_not_see_the_answers() -> None:
    text = shown()
    for hidden in ("Listen for", "A good answer", "Teaching note", "What it teaches"):
        assert hidden not in text
        assert hidden in shown(reader="instructor")


def test_a_wrong_placeholder_is_an_error() -> None:
    with pytest.raises(KeyError, match="growth"):
        fill("{growth[FY1998].headline}", load_case("timex"))


@pytest.mark.parametrize("name", REAL)
def test_the_pdf_of_a_real_case(folder: Path, name: str) -> None:
    notebook = run(folder, name)
    path = export(notebook, folder / f"{name}.pdf")
    raw = path.read_bytes()
    pdf = pypdf.PdfReader(io.BytesIO(raw))
    text = "\n".join(page.extract_text() for page in pdf.pages)
    assert 6 <= len(pdf.pages) <= 30
    assert pdf.metadata and pdf.metadata.title == load_case(name).file.title
    assert pdf.trailer["/Root"]["/Lang"] == "en-US"
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert b"pdfuaid" in raw or "pdfuaid" in str(pdf.xmp_metadata and pdf.xmp_metadata.rdf_root.toxml())
    for words in ("Figure 1", "Table 1", "References", "[to check", "December 4, 2026", "Methods note"):
        assert words in text, words
    assert not re.search(r"\bnan\b|model_id|Widget|\bNone\b(?! of)|Traceback|\{[a-z]+\.|@fig|@tbl|\[@", text)
    for font in fonts(pdf):
        assert font.get("/FontDescriptor") is None or any(
            key in font["/FontDescriptor"] for key in ("/FontFile", "/FontFile2", "/FontFile3")
        )
    pictures = [node for node in structure(pdf) if node.get("/S") == "/Figure"]
    assert len(pictures) >= len(re.findall(r"^Figure \d+$", text, re.MULTILINE)) >= 3
    assert all(len(str(node.get("/Alt", ""))) > 25 for node in pictures)
    assert raw == export(notebook, folder / "again.pdf").read_bytes()


def fonts(pdf: pypdf.PdfReader) -> list[pypdf.generic.DictionaryObject]:
    found = []
    for page in pdf.pages:
        for reference in (page["/Resources"].get("/Font") or {}).values():
            font = reference.get_object()
            found += [d.get_object() for d in font.get("/DescendantFonts", [font])]
    assert found
    return found


def structure(pdf: pypdf.PdfReader) -> Iterator[pypdf.generic.DictionaryObject]:
    """Yield every element of the document's structure tree."""
    open_nodes = [pdf.trailer["/Root"]["/StructTreeRoot"]]
    while open_nodes:
        node = open_nodes.pop().get_object()
        if isinstance(node, pypdf.generic.ArrayObject):
            open_nodes.extend(node)
        elif isinstance(node, pypdf.generic.DictionaryObject):
            yield node
            if "/K" in node:
                open_nodes.append(node["/K"])


def test_no_report_has_a_date_that_nobody_gave() -> None:
    for path in sorted((content.folder("notebooks") / "reports").glob("*.ipynb")):
        assert declared(read_notebook(path))["date"].default == "", path.name
