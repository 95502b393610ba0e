"""The glossary: one file, every bold term of the pages in it, every link to a heading that exists."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from alliance_analysis import content, glossary
from alliance_analysis.errors import BadInput

ROOT = Path(__file__).resolve().parents[2]
PAGES = {path.stem: path for path in sorted(content.folder("notebooks").glob("0*.ipynb"))}


def in_notebook(path: Path) -> tuple[list[str], list[str]]:
    """Return the headings of a notebook, and the bold terms of its own glossary section."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    whole = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    headings = [line.lstrip("# ").strip() for line in whole.splitlines() if line.startswith("#")]
    section = re.search(r"^#+ Glossary\n(.*?)(?=^#|\Z)", whole, re.MULTILINE | re.DOTALL)
    bold = re.findall(r"^- \*\*(.+?):?\*\*", section.group(1), re.MULTILINE) if section else []
    return headings, bold


def test_each_term_is_taught_under_a_heading_that_exists() -> None:
    headings = {name: in_notebook(path)[0] for name, path in PAGES.items()}
    lost = [(t.term, t.taught) for t in glossary.terms() if t.heading not in headings.get(t.page, [])]
    assert lost == []
    assert not [t.term for t in glossary.terms() if set(t.pages) - set(PAGES)]


@pytest.mark.parametrize("name", PAGES)
def test_every_bold_term_of_a_page_is_in_the_glossary(name: str) -> None:
    known = {entry.term.casefold() for entry in glossary.terms()}
    assert [term for term in in_notebook(PAGES[name])[1] if term.casefold() not in known] == []


@pytest.mark.parametrize("name", [n for n in PAGES if n.startswith(("00", "01", "08"))])
def test_a_term_is_printed_in_the_page_that_lists_it(name: str) -> None:
    text = PAGES[name].read_text(encoding="utf-8")
    assert glossary.of_page(name).count("\n") > 8
    lost = [
        t.term
        for t in glossary.terms()
        if t.page == name and t.term.split()[0].casefold() not in text.casefold()
    ]
    assert lost == []


def test_the_document_is_up_to_date_and_its_links_lead_to_files() -> None:
    path = ROOT / "docs" / "glossary.md"
    assert path.read_text(encoding="utf-8") == glossary.document(), "run tools/write_glossary.py"
    links = re.findall(r"\]\((.+?\.ipynb)#", glossary.document())
    assert len(links) == len(glossary.terms())
    assert all((path.parent / link).is_file() for link in set(links))


def test_an_unknown_page_is_told() -> None:
    with pytest.raises(BadInput, match="did you mean"):
        glossary.of_page("00_start_her")
