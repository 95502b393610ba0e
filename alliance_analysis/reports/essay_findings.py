"""What can be wrong with a paper, each found in its own way."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from alliance_analysis.errors import BadInput, Fault
from alliance_analysis.references import entry, short, to_check
from alliance_analysis.reports.assignment import Assignment, SlotSpec
from alliance_analysis.reports.essay import SLOT
from alliance_analysis.reports.essay_text import ENDED, RUN, citations, shared, words
from alliance_analysis.reports.grey import alike_in_grey
from alliance_analysis.reports.markdown import front_data
from alliance_analysis.reports.outputs import EXHIBIT, PICTURES

TITLE_LINES = {
    "title": "title",
    "author": "student line",
    "course": "course",
    "institution": "institution",
    "date": "date",
}
_LEFT_OVER = re.compile(
    r"\[To write|\bTODO\b|\bTBD\b|\bXXX+|\blorem ipsum\b|\[insert\b|\?\?\?", re.IGNORECASE
)
_LOOSE = re.compile(r"(?:^|[.!?…][”\"’]?\s+)(\[[^\[\]]*@[^\[\]]*\]|\{\{[^{}]*\}\})[.,;]?\s*(?=$|\n|[A-Z“])")

_OTHER = re.compile(r"[>#|!]|[-*+] |\d+[.)] ")
_PASTED = re.compile(r"!\[([^\]]+)\]\(([^)\s]+)[^)]*\)")
_PATH = re.compile(
    r"(?<![\w/.:])/(?:home|Users|root|tmp|var|mnt|srv|opt)/[^\s)]+|\b[A-Za-z]:\\[^\s)]+|\bfile://[^\s)]+"
)


@dataclass(frozen=True)
class Finding:
    """One thing that the check found: the cell (its number, and the part of the paper), what, and the remedy.

    A warning is worth a look and does not hold the paper back.
    """

    cell: int | None
    slot: str
    what: str
    remedy: str
    warning: bool = False

    @property
    def where(self) -> str:
        """The place in words."""
        places = [f"cell {self.cell}" if self.cell else "", f"part '{self.slot}'" if self.slot else ""]
        return ", ".join(filter(None, places)) or "the paper"


def outputs(notebook: NotebookNode) -> Iterator[tuple[int, Any]]:
    """Yield every output with the number of its cell."""
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            yield number, output


def shown_slots(notebook: NotebookNode) -> Iterator[tuple[str, tuple[int, Mapping[str, Any]]]]:
    """Yield each part of the paper that the notebook shows: its id, its cell, and what the cell says of it."""
    for number, output in outputs(notebook):
        if SLOT in output.get("data", {}):
            said = output.data[SLOT]
            yield said["id"], (number, said)


def title_page(notebook: NotebookNode) -> Iterator[Finding]:
    """Yield the lines that the title page lacks."""
    front = front_data(notebook)
    for name, line in TITLE_LINES.items():
        if not str(front.get(name) or "").strip():
            yield Finding(None, "", f"the title page has no {line}", "write it in the panel and press Keep")


def slot_faults(spec: SlotSpec, said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (what, remedy) for a part without text, source or evidence, off its budget, or with a placeholder left."""
    text, count = said["text"], words(said["text"])
    least, most = spec.words
    if not text:
        yield "nothing is written yet", f"answer: {spec.question}"
        return
    if not least <= count <= most:
        way = f"add {least - count}" if count < least else f"cut {count - most}"
        yield f"{count} words, the budget is {least} to {most}", f"{way} or more"
    if spec.kind == "answer" and not citations(text) and not said["cases"]:
        only = said["own"] and set(said["own"]) == set(said["simulated"])
        what = "; all that is shown is simulated, which illustrates and does not prove" if only else ""
        yield f"no source is cited and no case is shown{what}", "cite a source, or add an exhibit of a case"
    if spec.kind == "answer" and not said["own"]:
        yield "no evidence of your own run is shown", "add a number, a figure or a table of your own run"
    if left := _LEFT_OVER.search(text):
        yield f"a placeholder is left: “{left.group()}”", "write what belongs there, or take it out"
    for paragraph in re.split(r"\n\s*\n", text):
        if _OTHER.match(paragraph):
            continue  # a quotation, a list, a table or a picture ends in its own way
        for loose in _LOOSE.findall(paragraph):
            yield f"{loose} stands outside any sentence", "move it into the sentence that it supports"
        if not ENDED.search(paragraph):
            yield f"a paragraph ends without a full stop: “…{paragraph[-30:]}”", "end the sentence"


def displays(notebook: NotebookNode) -> Iterator[Finding]:
    """What every cell that goes into the paper must keep: captions, alternative texts, no path of one machine."""
    for number, cell in enumerate(notebook.cells, start=1):
        if {"remove-cell", "remove_cell"} & set(cell.metadata.get("tags", [])):
            continue
        texts = [cell.source] if cell.cell_type == "markdown" else []
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            texts.append(str(data.get("text/markdown", "")))
            said = data.get(EXHIBIT) or output.get("metadata", {})
            if EXHIBIT in data or set(PICTURES) & set(data):
                for name, remedy in (
                    ("caption", "give it a caption"),
                    ("alt", "say what a reader must see in it"),
                ):
                    if not str(said.get(name) or "").strip():
                        yield Finding(number, "", f"an exhibit has no {name}", remedy)
        for text in texts:
            for path in _PATH.findall(text):
                yield Finding(number, "", f"the path {path} exists on one machine only", "take it out")


def crowded(notebook: NotebookNode, assignment: Assignment) -> Iterator[Finding]:
    """Yield a finding if more figures and tables stand in the body than the assignment allows."""
    places = []
    for number, cell in enumerate(notebook.cells, start=1):
        texts = [str(output.get("data", {}).get("text/markdown", "")) for output in cell.get("outputs", [])]
        if any(text.startswith("# Appendix") for text in texts):
            break
        if "remove-cell" not in cell.metadata.get("tags", []):
            places += [number for output in cell.get("outputs", []) if EXHIBIT in output.get("data", {})]
            places += [number for text in texts for _ in _PASTED.findall(text)]
    most = assignment.exhibits_in_body
    if len(places) > most:
        what = f"{len(places)} figures and tables stand in the body, {most} may"
        yield Finding(places[most], "", what, "refer to fewer, or put them into an appendix")


def by_hand(notebook: NotebookNode) -> Iterator[Finding]:
    """Yield each reference that is typed below the heading instead of cited: nothing in the text refers to it."""
    there = False
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "markdown" or "remove-cell" in cell.metadata.get("tags", []):
            continue
        head, _, rest = cell.source.partition("\n")
        there = there or head.strip("# ") == "References"
        typed = (rest if head.startswith("#") else cell.source).strip() if there else ""
        if typed:
            what = f"a reference is typed by hand and not cited: “{typed[:40]}…”"
            yield Finding(number, "", what, "take it out, and cite the source where you use it")


def readings(assignment: Assignment, shown: Mapping[str, tuple[int, Mapping[str, Any]]]) -> Iterator[Finding]:
    """Yield a warning for each assigned reading that the paper does not cite, or cites without a page."""
    text = "\n".join(said["text"] for _, said in shown.values())
    for key in assignment.readings:
        if key not in citations(text):
            what, remedy = "the assigned reading is not cited", "read it, and cite it with its page"
        elif not re.search(rf"@{key},? (?:pp?\.|\[pp?\.)|@{key} \[", text):
            what, remedy = "the assigned reading is cited without a page", f"write [@{key}, p. 12]"
        else:
            continue
        yield Finding(None, "", f"{what}: {short(key)}", remedy, True)


def borrowed(
    model: str, most: float, shown: Mapping[str, tuple[int, Mapping[str, Any]]]
) -> Iterator[Finding]:
    """Yield a warning that names each part of which more than a share of the word runs stands in the model essay."""
    shares = {slot: shared(said["text"], model) for slot, (_, said) in shown.items()}
    if high := ", ".join(f"{share:.0%} of '{slot}'" for slot, share in shares.items() if share > most):
        what = f"of the runs of {RUN} words, these stand in the model essay too: {high}"
        yield Finding(None, "", what, "say it in your own words", True)


def colourless(notebook: NotebookNode, folder: Path) -> Iterator[Finding]:
    """Yield each picture from outside the workbook of which two colours look the same in grey.

    The workbook's own exhibits are left out: they tell their marks apart by shape, hatch or dash as well.
    """
    for number, cell in enumerate(notebook.cells, start=1):
        if "remove-cell" in cell.metadata.get("tags", []):
            continue
        found: list[tuple[str, bytes]] = []
        texts = [cell.source] if cell.cell_type == "markdown" else []
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            texts.append(str(data.get("text/markdown", "")))
            if EXHIBIT not in data:
                found += [("a picture", base64.b64decode(data[kind])) for kind in PICTURES if kind in data]
        for _, name in (pasted for text in texts for pasted in _PASTED.findall(text)):
            if (folder / name).is_file():
                found.append((f"the picture {name}", (folder / name).read_bytes()))
        for name, picture in found:
            if pair := alike_in_grey(picture):
                what = f"in {name} the colours {pair[0]} and {pair[1]} look the same in grey"
                remedy = (
                    "tell its marks apart by shape, hatch or a label, or choose a lighter and a darker colour"
                )
                yield Finding(number, "", what, remedy)


def references(
    notebook: NotebookNode, shown: Mapping[str, tuple[int, Mapping[str, Any]]]
) -> Iterator[Finding]:
    """Yield a warning for each reference in use that is still to check."""
    cited = {key: (number, slot) for slot, (number, said) in shown.items() for key in citations(said["text"])}
    for number, output in outputs(notebook):
        for key in output.get("data", {}).get(EXHIBIT, {}).get("sources", []):
            cited.setdefault(key, (number, ""))
    for key, (number, slot) in cited.items():
        try:
            entry(key)
        except BadInput:
            continue  # setting the pages names it, with the nearest key
        if marks := to_check(key):
            what = "the whole entry" if "all" in marks else ", ".join(marks)
            remedy = "look it up before you hand the paper in"
            yield Finding(
                number, slot, f"{short(key)}: still to check in the reference: {what}", remedy, True
            )


def from_fault(fault: Fault, shown: Mapping[str, tuple[int, Mapping[str, Any]]]) -> Finding:
    """Return a fault of setting the document as a finding with the part of the paper it stands in."""
    found = re.fullmatch(r"cell (\d+)", fault.field or "")
    number = int(found.group(1)) if found else None
    slots = {at: slot for slot, (at, _) in shown.items()}
    return Finding(number, slots.get(number or 0, ""), fault.what, fault.remedy)


def length(pages: float | None, assignment: Assignment) -> Iterator[Finding]:
    """Yield what is wrong with the length of the body; None, not measurable, has its own reason already."""
    least, most = assignment.pages
    if pages is None:
        return
    limits = f"the limits are {least} to {most}"
    if pages < least - 1e-6:
        yield Finding(
            None, "", f"the body has {pages:.1f} pages, {limits}", "write more, or ask for other limits"
        )
    if math.ceil(pages - 1e-6) > most:
        yield Finding(None, "", f"the body ends on page {math.ceil(pages - 1e-6)}, {limits}", "shorten it")
