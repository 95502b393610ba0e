"""What can be wrong with the sources of a paper: each citation must lead to a reference, and each reference be cited."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from typing import Any

from nbformat import NotebookNode

from alliance_analysis.references import known, short, still_to_check
from alliance_analysis.reports.assignment import Assignment
from alliance_analysis.reports.essay_findings import Finding, outputs
from alliance_analysis.reports.essay_text import RUN, Draft, citations, shared
from alliance_analysis.reports.outputs import EXHIBIT

Shown = Mapping[str, tuple[int, Mapping[str, Any]]]
"""The parts that a notebook shows: the number of the cell, and what the cell says of it."""

CLEAR = "look it up, enter what you found under Readings as a reading of your own, and cite that one"
"""How the mark of a reference that is still to check goes away."""

_CITATION = re.compile(r"\[[^\[\]]*@[^\[\]]*\]|@[\w:.-]+ \[[^\]]*\]")
_ROUND = re.compile(r"\(((?:see also |see |also |cf\.,? |e\.g\.,? )?@\w[^()]*)\)", re.IGNORECASE)
_NAME = r"(?P<name>[A-Z][\w’'-]+)(?P<more>,? (?:&|and) [A-Z][\w’'-]+|,? et al\.)?"
_YEAR = r"(?:1[89]|20)\d\d[a-z]?|n\.d\."
_IN_BRACKETS = re.compile(rf"\((?:see |cf\. |e\.g\., )?{_NAME}, (?:{_YEAR})(?:, [^()]*)?\)")
_AFTER_A_NAME = re.compile(rf"{_NAME} \((?:{_YEAR})(?:, [^()]*)?\)")
_ENTRY = re.compile(r"^[A-Z][\w’'-]+, (?:[A-Z]\. ?)+.*\((?:1[89]|20)\d\d[a-z]?\)\. .+$", re.MULTILINE)
_MONTHS = frozenset(calendar.month_name[1:])


def by_hand(notebook: NotebookNode, shown: Shown) -> Iterator[Finding]:
    """Yield each reference that is typed instead of cited, below the heading or in a text: nothing refers to it."""
    there = False
    places = [(number, slot, said["text"]) for slot, (number, said) in shown.items()]
    typed = [(at, slot, line) for at, slot, text in places for line in _ENTRY.findall(text)]
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "markdown" or "remove-cell" in cell.metadata.get("tags", []):
            continue
        head, _, rest = cell.source.partition("\n")
        there = there or head.strip("# ") == "References"
        below = (rest if head.startswith("#") else cell.source).strip() if there else ""
        typed += [(number, "", below)] if below else []
    for number, slot, line in typed:
        what = f"a reference is typed by hand and not cited: “{line[:40]}…”"
        yield Finding(number, slot, what, "take it out, and cite the source where you use it")


def typed(shown: Shown) -> Iterator[Finding]:
    """Yield each citation that is typed as it would be printed: it leads to no reference.

    A year in brackets after a name may be no citation, so that it is only a warning.
    """
    for slot, (number, said) in shown.items():
        text = _CITATION.sub(" ", said["text"])
        remedy = (
            "take it out, choose the source under “Reference” below your text and press “Add citation”; "
            "one that is not offered goes into the form under Readings first"
        )
        for form, sure in ((_IN_BRACKETS, True), (_AFTER_A_NAME, False)):
            for found in form.finditer(text):
                if found.group("name") not in _MONTHS:
                    what = f"“{found.group().strip()}” is typed by hand and leads to no reference"
                    yield Finding(number, slot, what, remedy, not sure)


def rounded(shown: Shown) -> Iterator[Finding]:
    """Yield each citation that stands in round brackets: it brings its own, and would print two pairs."""
    for slot, (number, said) in shown.items():
        for whole in _ROUND.finditer(said["text"]):
            right = re.sub(r"\s*\[([^\[\]]*)\]", r", \1", whole.group(1))
            what = f"“{whole.group()}” would print its brackets twice"
            yield Finding(number, slot, what, f"write [{right}], in square brackets and without round ones")


def readings(assignment: Assignment, shown: Shown) -> Iterator[Finding]:
    """Yield a warning for each assigned reading that the paper does not cite, or cites without a page."""
    text = "\n".join(said["text"] for _, said in shown.values())
    for key in assignment.readings:
        if key not in citations(text):
            what, remedy = "the assigned reading is not cited", "read it, and cite it with its page"
        elif not re.search(rf"@{key},? (?:pp?\.|\[pp?\.)|@{key} \[", text):
            what, remedy = (
                "the assigned reading is cited without a page",
                f"write [@{key}, p. 12], with the page that you use",
            )
        else:
            continue
        yield Finding(None, "", f"{what}: {short(key)}", remedy, True)


def references(notebook: NotebookNode, shown: Shown) -> Iterator[Finding]:
    """Yield a warning for each reference in use that is still to check: the paper prints it with a mark."""
    cited = {key: (number, slot) for slot, (number, said) in shown.items() for key in citations(said["text"])}
    for number, output in outputs(notebook):
        for key in output.get("data", {}).get(EXHIBIT, {}).get("sources", []):
            cited.setdefault(key, (number, ""))
    for key, (number, slot) in cited.items():
        if known(key) and (still := still_to_check(key)):  # setting the pages names an unknown one
            what = f"{short(key)}: still to check in the reference: {still}"
            yield Finding(number, slot, what, CLEAR, True)


def unused(draft: Draft) -> Iterator[Finding]:
    """Yield a warning for each own reading that nothing cites, and for notes on a reading that there is not."""
    cited = {key for text in draft.slots.values() for key in citations(text)}
    for key, reading in draft.own_readings.items():
        if key not in cited:
            what = f"your own reading is not cited: {short(key, reading.csl(key))}"
            yield Finding(
                None, "", what, f"cite it as [@{key}, p. 12], or take it out of your readings", True
            )
    for key in draft.readings:
        if key not in draft.own_readings and not known(key):
            what = f"there are notes on '{key}', which is no reference"
            yield Finding(None, "", what, "enter it in the form under Readings, or mend its key", True)


def borrowed(model: str, assignment: Assignment, shown: Shown) -> Iterator[Finding]:
    """Yield a warning that names each part of which more than a share of the word runs stands in the model essay."""
    names, most = assignment.names(), assignment.overlap
    shares = {names.get(slot, slot): shared(said["text"], model) for slot, (_, said) in shown.items()}
    if high := ", ".join(f"{share:.0%} of '{name}'" for name, share in shares.items() if share > most):
        what = f"of the runs of {RUN} words, these stand in the model essay too: {high}"
        yield Finding(None, "", what, "say it in your own words", True)
