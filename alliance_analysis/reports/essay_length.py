"""How long the body of a paper is, and how many words bring it into the limits."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from alliance_analysis.errors import AllianceError
from alliance_analysis.references import known
from alliance_analysis.reports.assignment import Assignment
from alliance_analysis.reports.essay_findings import Finding, from_fault, pieces
from alliance_analysis.reports.essay_text import CITED, TOKEN, citations, words
from alliance_analysis.reports.outputs import SLOT
from alliance_analysis.reports.own_readings import carried
from alliance_analysis.reports.pages import Length, body_length

LETTERS_PER_PAGE = 2_100
"""Letters and spaces of running text that fill a page of the PDF, the ends of its paragraphs among them."""
WORDS_PER_PAGE = 340
"""Words of ordinary length, with their citations, that fill a page."""

WORD_GAP = 0.5
"""What a figure that begins the next page may leave empty in Word, in pages; in the PDF the text flows on before it."""

# So many ordinary words stand beside those written: a few words say little about how long words are.
_PRIOR = 100
_LINE = 1 / 25  # of a page


def measured(notebook: NotebookNode, folder: Path | None = None) -> tuple[Length | None, list[Finding]]:
    """Return the length of what is written, None if it cannot be set, and what stands in the way of setting them.

    What tells the student to write is not counted. A citation that leads to no reference is set under its key.
    """
    paper = _written(notebook)
    try:
        return body_length(paper, folder=folder), []
    except AllianceError as error:
        faults = [from_fault(fault) for fault in error.faults]
    cited = {key for piece in pieces(paper) for key in citations(piece.text)}
    unknown = {key: _stand_in(key) for key in cited if not known(key) and key not in carried(paper)}
    try:
        return body_length(paper, folder=folder, readings=unknown), faults
    except AllianceError:
        return None, faults


def _written(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook without the parts of which nothing is written."""

    def stays(output: Mapping[str, Any]) -> bool:
        data = output.get("data", {})
        return SLOT not in data or bool(data[SLOT]["text"])

    cells = [
        NotebookNode({**cell, "outputs": list(filter(stays, cell.outputs))}) if "outputs" in cell else cell
        for cell in notebook.cells
    ]
    return NotebookNode({**notebook, "cells": cells})


def _stand_in(key: str) -> dict[str, Any]:
    return {"id": key, "type": "book", "title": key, "author": [{"literal": key}]}


def length(
    found: Length | None, assignment: Assignment, shown: Mapping[str, tuple[int, Mapping[str, Any]]]
) -> Iterator[Finding]:
    """Yield what is wrong with the length of the body; None, not measurable, has its own reason already.

    The remedy says about how many words, and which part is furthest off.
    """
    least, most = assignment.pages
    if found is None or not shown:
        return
    pages = found.pages
    specs = {spec.id: spec for spec in assignment.slots if spec.id in shown}
    over = {id: words(shown[id][1]["text"]) - spec.words[1] for id, spec in specs.items()}
    dense = words_per_page(said["text"] for _, said in shown.values())
    limits = f"the limits are {least} to {most}"
    if pages < least - 1e-6:
        first = specs[min(over, key=lambda id: over[id])]
        heading = _LINE if first.heading and not shown[first.id][1]["text"] else 0.0
        remedy = f"write about {_tens((least - found.filled - heading) * dense)} words more, first in '{first.name}'"
        yield Finding(None, "", f"the body has {pages:.1f} pages, {limits}", remedy)
    if math.ceil(pages - 1e-6) > most:
        first = specs[max(over, key=lambda id: over[id])]
        remedy = f"cut about {_tens((found.filled - most) * dense)} words, first in '{first.name}'"
        yield Finding(None, "", f"the body ends on page {math.ceil(pages - 1e-6)}, {limits}", remedy)
    elif found.figures and found.filled > most - WORD_GAP:
        what = f"in Word the body may end after page {most}: a figure without room on its page leaves a gap there"
        yield Finding(None, "", what, f"hand in the PDF, or keep {WORD_GAP:g} of a page to spare", True)


def _tens(count: float) -> int:
    return max(10 * round(count / 10), 10)


def words_per_page(texts: Iterator[str]) -> float:
    """Return about how many words fill a page, by how long the words of these texts are as printed.

    >>> round(words_per_page(iter(()))), round(words_per_page(iter(["word " * 1000])))
    (340, 411)
    """
    text = " ".join(texts)
    printed = TOKEN.sub("token", CITED.sub("Author & Author, 2000", re.sub(r"\s+", " ", text)))
    ordinary = LETTERS_PER_PAGE / WORDS_PER_PAGE
    return LETTERS_PER_PAGE * (words(text) + _PRIOR) / (len(printed) + _PRIOR * ordinary)
