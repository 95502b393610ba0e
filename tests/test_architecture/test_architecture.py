"""Promises of the whole house that no single room can test."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from alliance_analysis import content

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "alliance_analysis"
SOURCES = sorted(PACKAGE.rglob("*.py"))
NOTEBOOKS = sorted(
    p for p in content.folder("notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts
)


def calls(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return found | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_date_is_today_and_no_draw_is_hidden(path: Path) -> None:
    """Dates are parameters; randomness comes only from a generator that is passed in or made from a seed."""
    used = calls(path)
    if path.name == "batch.py":  # the ledger notes when a job ended; no report does
        used -= {"datetime.datetime.now"}
    assert not {c for c in used if c.endswith((".today", "datetime.now", "datetime.utcnow"))}
    assert not {c for c in used if c.startswith("np.random.") and not c.startswith("np.random.default_rng")}
    assert "random" not in imports(path)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_figures_draw(path: Path) -> None:
    if "figures" not in path.parts:
        assert not {m for m in imports(path) if m.split(".")[0] == "seaborn" or m.startswith("matplotlib.")}


def test_no_module_is_named_like_a_content_folder() -> None:
    assert not {"data", "notebooks", "casebook"} & {p.stem for p in PACKAGE.iterdir()}
    code = (
        "import importlib.util as u; print([n for n in ('casebook', 'data', 'notebooks') if u.find_spec(n)])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=PACKAGE, capture_output=True, encoding="utf-8", check=True
    )
    assert run.stdout.strip() == "[]"


def test_starting_the_command_is_cheap() -> None:
    """The heavy libraries are imported by the rooms that use them, not by `casebook --version`."""
    code = (
        "import sys, alliance_analysis.cli; "
        "print([m for m in ('pandas', 'matplotlib', 'papermill', 'nbconvert') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_committed_notebook_is_executed_small_and_still(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert "widgets" not in notebook["metadata"]
    assert path.stat().st_size < 1_500_000
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code":
            continue
        assert len(source.splitlines()) <= 15
        assert cell["execution_count"] or not source.strip(), (
            "the notebook is committed executed: make notebooks"
        )
        assert not {"execution", "papermill", "ExecuteTime"} & set(cell["metadata"])
        assert not [o for o in cell["outputs"] if o["output_type"] == "error"]
        assert not source.rstrip().endswith(";")
        if "parameters" not in cell["metadata"].get("tags", []):
            assert cell["metadata"].get("jupyter", {}).get("source_hidden"), "code is folded for the reader"


def test_the_pages_read_before_they_are_run() -> None:
    """Citations stand as author and year, and the references are listed: `tools/write_citations.py`."""
    tool = [sys.executable, str(ROOT / "tools" / "write_citations.py"), "--check"]
    run = subprocess.run(tool, capture_output=True, encoding="utf-8", check=False)
    assert not run.returncode, run.stdout + run.stderr


def test_the_course_table_has_the_minutes_of_the_pages() -> None:
    """The start page promises what each page says of itself: its first number of minutes, and hours that add up."""

    def words(path: Path) -> str:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")

    start = next(path for path in NOTEBOOKS if path.stem == "00_start_here")

    def minutes(page: str) -> int:
        found = re.search(r"\*\*(\d+) minutes", words(start.parent / page))
        assert found, page
        return int(found[1])

    weeks = re.findall(r"^\| \d \| (.+?) \| ([\d +]+) \|$", words(start), re.MULTILINE)
    table = {}
    for pages, given in weeks:
        names = re.findall(r"\((\S+\.ipynb)\)", pages.replace("this page", "[](00_start_here.ipynb)"))
        assert [minutes(name) for name in names] == [int(part) for part in given.split("+")], pages
        table |= dict(zip(names, map(int, given.split("+")), strict=True))
    chapters = {str(path.relative_to(start.parent)) for path in CHAPTERS}
    assert len(weeks) == 6 and set(table) == chapters | {"00_start_here.ipynb", "cases/not_verified.ipynb"}
    for page, given in re.findall(r"\((\S+\.ipynb)\) \((\d+) minutes", words(start)):
        assert table[page] == int(given), page
    short = (
        "00_start_here",
        "cases/timex",
        "02_kpi_design",
        "03_kpi_negotiation",
        "04_accord_design",
        "assignment/essay",
    )
    in_words = ("nine", "ten", "eleven", "twelve")
    assert f"about {in_words[round(sum(table[f'{name}.ipynb'] for name in short) / 60) - 9]} hours" in words(
        start
    )
    ways = re.search(r"three to four hours for the pages, and four to five for the paper", words(start))
    pages = sum(int(given) for _, given in re.findall(r"\((\S+\.ipynb)\) \((\d+) minutes", words(start)))
    assert ways and 180 <= pages <= 240 <= table["assignment/essay.ipynb"] <= 300
    usual = [sum(map(int, given.split("+"))) for _, given in weeks]
    usual[-1] -= table["assignment/essay.ipynb"]
    assert usual[2] == 90 and all(90 < minutes <= 180 for minutes in usual[:2] + usual[3:]), (
        "two to three hours, as the page says"
    )


CHAPTERS = [p for p in NOTEBOOKS if p.parent.name == "cases" or re.match(r"0[1-8]_|essay$", p.stem)]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_a_chapter_has_the_one_frame(path: Path) -> None:
    """Minutes, what you bring, what you leave with, the question it serves; then Read, Try, Look inside."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    first = texts[0].lower()
    for words in ("minutes", "you bring:", "you leave with:", "essay question"):
        assert words in first, words
    headings = [line for text in texts for line in text.splitlines() if line.startswith("#")]
    order = [
        next(i for i, h in enumerate(headings) if h.lstrip("# ").startswith(w))
        for w in ("Read", "Try", "Look")
    ]
    assert order == sorted(order)
    whole = "\n".join(texts)
    assert "Exercise" in whole and "<details>" in whole
    assert re.search("glossary", whole, re.IGNORECASE)
