"""Nothing of the source documents is lost: every idea in the ledger is realised in a place that exists."""

from __future__ import annotations

import csv
import functools
import importlib
import inspect
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from alliance_analysis import content, glossary
from alliance_analysis.cases import case_names, load_case
from alliance_analysis.errors import BadInput

ROOT = Path(__file__).resolve().parents[2]
LEDGER = ROOT / "docs" / "reference" / "source_ledger.csv"
COLUMNS = ["id", "source", "idea", "depth", "realised", "reason"]
IDEAS = {
    "assignment": 20,
    "partnering_articles": 120,
    "alignment_lesson": 13,
    "review_article": 13,
    "vendor_kpi_article": 55,
}
"""How many ideas each source has: a row that is taken out is missed."""
NOT_A_QUESTION = {"L007", "L011"}
"""What the assignment says about the paper itself: what to read for it, and how long it is."""
ROWS = list(csv.DictReader(LEDGER.read_text(encoding="utf-8").splitlines()))
REALISED = [row for row in ROWS if row["depth"] != "excluded"]


def plain(text: str) -> str:
    """Return text as a reader meets it, whatever its emphasis, case and line breaks."""
    return (
        " ".join(re.sub(r"<[^>]+>|[*_`]", " ", text).split()).casefold().replace(" ,", ",").replace(" .", ".")
    )


@functools.cache
def sections(notebook: str) -> dict[str, str]:
    """Return what stands under each heading: prose, and what its cells print as text or table."""
    path = content.folder("notebooks") / f"{notebook}.ipynb"
    found: dict[str, str] = {}
    heading = ""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            for line in "".join(cell["source"]).splitlines():
                heading = line.lstrip("#").strip() if line.startswith("#") else heading
                found[heading] = found.get(heading, "") + "\n" + line
        for output in cell.get("outputs", []):
            for kind in ("text/markdown", "text/html"):
                found[heading] = found.get(heading, "") + "\n" + "".join(output.get("data", {}).get(kind, ""))
    return {heading: plain(text) for heading, text in found.items()}


def resolve(reference: str) -> None:
    """Raise where a reference names nothing.

    `notebook:NAME#Heading|words under it`, `function:` or `widget:` a dotted name, `glossary:term`, `case:NAME/CARD`,
    `file:PATH#text` for data, casebook and code.
    """
    kind, _, name = reference.partition(":")
    place, _, part = name.partition("#")
    if kind == "notebook":
        heading, _, words = part.partition("|")
        assert words and plain(words) in sections(place)[heading], reference
    elif kind in ("function", "widget"):
        module, _, attribute = name.rpartition(".")
        thing = getattr(importlib.import_module(module), attribute)
        assert inspect.isclass(thing) if kind == "widget" else callable(thing), reference
    elif kind == "glossary":
        assert name in {term.term for term in glossary.terms()}, reference
    elif kind == "case":
        case, _, card = name.partition("/")
        assert load_case(case).card(card).fact
    elif kind == "file":
        assert part and part in (ROOT / place).read_text(encoding="utf-8"), reference
    else:
        raise ValueError(f"'{reference}' is no kind of reference")


def references(row: dict[str, str]) -> list[str]:
    return [reference.strip() for reference in row["realised"].split(";") if reference.strip()]


def kinds(row: dict[str, str]) -> set[str]:
    return {reference.partition(":")[0] for reference in references(row)}


def test_the_ledger_has_its_form() -> None:
    assert all(list(row) == COLUMNS for row in ROWS)
    assert [row["id"] for row in ROWS] == [f"L{number:03d}" for number in range(1, len(ROWS) + 1)]
    assert Counter(row["source"] for row in ROWS) == IDEAS
    assert {row["depth"] for row in ROWS} == {"taught", "used", "mentioned", "excluded"}
    assert len({plain(row["idea"]) for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", REALISED, ids=lambda row: row["id"])
def test_every_idea_is_realised_in_a_place_that_exists(row: dict[str, str]) -> None:
    assert references(row), "no place"
    for reference in references(row):
        resolve(reference)
    if row["depth"] == "taught":
        assert "notebook" in kinds(row), "what is taught stands under a heading of a notebook"
    if row["depth"] == "used":
        assert kinds(row) - {"glossary", "notebook"}, "what is used works in code, a widget, a card or a file"


@pytest.mark.parametrize(
    "reference",
    [
        "notebook:01_partner_and_readiness#The pentad|words that stand nowhere",
        "notebook:01_partner_and_readiness#The pentad",
        "notebook:01_partner_and_readiness#No such heading|ego trap",
        "notebook:99_nothing#The pentad|ego trap",
        "function:alliance_analysis.review.decision.no_such_function",
        "widget:alliance_analysis.review.decision.decide",
        "glossary:no such term",
        "case:timex/T99",
        "case:nowhere/T01",
        "file:casebook/pitfalls.yaml#no such text",
        "file:casebook/pitfalls.yaml",
        "page:01",
    ],
)
def test_a_place_that_does_not_exist_is_told(reference: str) -> None:
    with pytest.raises((AssertionError, AttributeError, BadInput, FileNotFoundError, KeyError, ValueError)):
        resolve(reference)


@pytest.mark.parametrize("case", case_names())
def test_a_claim_in_a_case_names_the_idea_that_it_weighs(case: str) -> None:
    told = {row["id"] for row in REALISED if row["source"] == "partnering_articles"}
    named = [idea for claim in load_case(case).file.claims for idea in claim.ideas]
    assert named and set(named) <= told, set(named) - told


def test_what_is_left_out_has_its_reason_and_no_place() -> None:
    for row in ROWS:
        out = row["depth"] == "excluded"
        assert out == (len(row["reason"].split()) >= 5) == (not row["realised"].strip()), row["id"]
    assert 20 * (len(ROWS) - len(REALISED)) <= len(ROWS), "more than one row in twenty is left out"


def test_mentions_are_at_most_a_third() -> None:
    count = Counter(row["depth"] for row in REALISED)
    assert 3 * count["mentioned"] <= len(REALISED), count


def test_the_questions_of_the_assignment_are_taught() -> None:
    depths = {row["id"]: row["depth"] for row in ROWS if row["source"] == "assignment"}
    assert {id_ for id_, depth in depths.items() if depth != "taught"} == NOT_A_QUESTION
