"""What can be wrong with a paper, each found in its own way."""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from alliance_analysis.errors import Fault
from alliance_analysis.reports.assignment import Assignment, SlotSpec
from alliance_analysis.reports.essay_text import ENDED, citations, words
from alliance_analysis.reports.front import MIME as FRONT
from alliance_analysis.reports.grey import alike_in_grey
from alliance_analysis.reports.markdown import front_data
from alliance_analysis.reports.outputs import EXHIBIT, INLINE, PICTURES, SLOT

TITLE_LINES = {
    "title": "title",
    "author": "student line",
    "course": "course",
    "institution": "institution",
    "date": "date",
}
_LEFT_OVER = re.compile(
    r"\[To write|\bTODO\b|\bTBD\b|\bTBA\b|\bFIXME\b|\bXXX+|\blorem ipsum\b|\?\?\?|_{3,}|<(?:insert|your)\b[^>]*>"
    r"|\[(?:insert|add|your|cite|citation|source|author|name|date|number|page|figure|table)\b[^\[\]@]*\]",
    re.IGNORECASE,
)
_LOOSE = re.compile(r"(?:^|[.!?…][”\"’]?\s+)(\[[^\[\]]*@[^\[\]]*\]|\{\{[^{}]*\}\})[.,;]?\s*(?=$|\n|[A-Z“])")

_OTHER = re.compile(r"[>#|!]|[-*+] |\d+[.)] ")
PASTED = re.compile(r"!\[([^\]]+)\]\(([^)\s]+)[^)]*\)")
_PATH = re.compile(
    r"\bfile://[^\s)\"']+|(?<![\w/.:~])(?:~|/(?:home|Users|Volumes|root|tmp|var|mnt|media|srv|opt|private))/[^\s)\"']+"
    r"|(?<!\w)[A-Za-z]:[\\/](?!/)[^\s)\"']+|\\\\[\w.-]+\\[^\s)\"']+"
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

    def where(self, names: Mapping[str, str]) -> str:
        """Return the place in words; `names` are those of the parts by their ids."""
        part = names.get(self.slot, self.slot)
        places = [f"cell {self.cell}" if self.cell else "", f"part '{part}'" if part else ""]
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
    cell = next((number for number, output in outputs(notebook) if FRONT in output.get("data", {})), None)
    for name, line in TITLE_LINES.items():
        said, remedy = str(front.get(name) or "").strip(), "write it in the panel and press Keep"
        if not said:
            yield Finding(cell, "", f"the title page has no {line}", remedy)
        elif left := _LEFT_OVER.search(said):
            yield Finding(
                cell, "", f"a placeholder is left in the {line} of the title page: “{left.group()}”", remedy
            )


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
        borrowed = ", ".join(said.get("example", []))
        what = f"; still the example’s and not yours: {borrowed}" if borrowed else ""
        yield (
            f"no evidence of your own run is shown{what}",
            "add a number, a figure or a table of your own run",
        )
    if left := _LEFT_OVER.search(text):
        yield f"a placeholder is left: “{left.group()}”", "write what belongs there, or take it out"
    for paragraph in re.split(r"\n\s*\n", text):
        if _OTHER.match(paragraph):
            continue  # a quotation, a list, a table or a picture ends in its own way
        for loose in _LOOSE.findall(paragraph):
            yield f"{loose} stands outside any sentence", "move it into the sentence that it supports"
        if not ENDED.search(paragraph):
            yield f"a paragraph ends without a full stop: “…{paragraph[-30:]}”", "end the sentence"


@dataclass(frozen=True)
class Piece:
    """A piece of the paper: its cell, the part it belongs to, its Markdown, and what an output holds and says of it."""

    cell: int
    slot: str
    text: str
    data: Mapping[str, Any]
    said: Mapping[str, Any]


def pieces(notebook: NotebookNode) -> Iterator[Piece]:
    """Yield what goes into the paper; an output belongs to the part that its cell named last."""
    for number, cell in enumerate(notebook.cells, start=1):
        if {"remove-cell", "remove_cell"} & set(cell.metadata.get("tags", [])):
            continue
        if cell.cell_type == "markdown":
            yield Piece(number, "", cell.source, {}, {})
        slot = ""
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            slot = data.get(SLOT, {}).get("id", slot)
            said = data.get(EXHIBIT) or output.get("metadata", {})
            yield Piece(number, slot, str(data.get("text/markdown", "")), data, said)


def displays(notebook: NotebookNode) -> Iterator[Finding]:
    """What goes into the paper must keep: captions, alternative texts, no placeholder, no path of one machine.

    No code may name such a path either: it would not run elsewhere.
    """
    code = [(n, "", c.source) for n, c in enumerate(notebook.cells, start=1) if c.cell_type == "code"]
    for piece in pieces(notebook):
        where = piece.cell, piece.slot
        if not piece.data and (left := _LEFT_OVER.search(piece.text)):
            yield Finding(
                *where, f"a placeholder is left: “{left.group()}”", "write what belongs there, or take it out"
            )
        if {EXHIBIT, *PICTURES} & set(piece.data):
            for name, remedy in (
                ("caption", "give it a caption"),
                ("alt", "say what a reader must see in it"),
            ):
                if not str(piece.said.get(name) or "").strip():
                    yield Finding(*where, f"an exhibit has no {name}", remedy)
        code += [
            (*where, str(text or ""))
            for text in (piece.text, piece.said.get("caption"), piece.said.get("note"))
        ]
    found = {(number, slot, path): None for number, slot, text in code for path in _PATH.findall(text)}
    for number, slot, path in found:
        yield Finding(number, slot, f"the path {path} exists on one machine only", "take it out")


def crowded(notebook: NotebookNode, assignment: Assignment) -> Iterator[Finding]:
    """Yield a finding if more figures and tables stand in the body than the assignment allows."""
    body = itertools.takewhile(lambda piece: not piece.text.startswith("# Appendix"), pieces(notebook))
    places = [piece for piece in body for _ in (*PASTED.findall(piece.text), *({EXHIBIT} & set(piece.data)))]
    most = assignment.exhibits_in_body
    if len(places) > most:
        what = f"{len(places)} figures and tables stand in the body, {most} may"
        first = places[most]
        yield Finding(first.cell, first.slot, what, "refer to fewer, or put them into an appendix")


def colourless(notebook: NotebookNode, folder: Path) -> Iterator[Finding]:
    """Yield each figure and each picture that goes into the paper of which two colours look the same in grey."""
    for piece in pieces(notebook):
        name = f"the figure '{piece.said.get('label')}'" if EXHIBIT in piece.data else "a picture"
        kinds = [piece.data[kind] for kind in PICTURES if kind in piece.data]
        drawn = [] if kinds else INLINE.findall(str(piece.data.get("text/html", "")))
        found = [(name, base64.b64decode(each)) for each in (*kinds, *drawn)]
        files = [name for _, name in PASTED.findall(piece.text) if (folder / name).is_file()]
        found += [(f"the picture {name}", (folder / name).read_bytes()) for name in files]
        for name, picture in found:
            if pair := alike_in_grey(picture):
                what = f"in {name} the colours {pair[0]} and {pair[1]} look the same in grey"
                remedy = (
                    "tell its marks apart by shape, hatch or a label, or choose a lighter and a darker colour"
                )
                yield Finding(piece.cell, piece.slot, what, remedy)


def from_fault(fault: Fault) -> Finding:
    """Return a fault of setting the document as a finding with the cell it stands in."""
    cell = re.fullmatch(r"cell (\d+)", fault.field or "")
    return Finding(int(cell.group(1)) if cell else None, "", fault.what, fault.remedy)


def part_of(finding: Finding, shown: Mapping[str, tuple[int, Mapping[str, Any]]]) -> str:
    """Return the part that a finding is about: its own, the only one of its cell, or the one that holds what it names."""
    here = {slot: said["text"] for slot, (at, said) in shown.items() if at == finding.cell}
    if finding.slot or len(here) < 2:
        return finding.slot or next(iter(here), "")
    named = re.findall(r"'([^']+)'", finding.what)
    named += [chr(int(code, 16)) for code in re.findall(r"\(U\+([0-9A-F]+)", finding.what)]
    return next((slot for slot, text in here.items() if any(name in text for name in named)), "")
