"""What can be wrong with a paper, each found in its own way."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from alliance_analysis.errors import Fault
from alliance_analysis.reports.assignment import Assignment, SlotSpec
from alliance_analysis.reports.essay import SLOT
from alliance_analysis.reports.essay_text import ENDED, citations, words
from alliance_analysis.reports.front import MIME as FRONT
from alliance_analysis.reports.grey import alike_in_grey
from alliance_analysis.reports.markdown import front_data
from alliance_analysis.reports.outputs import EXHIBIT, INLINE, PICTURES

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
_PASTED = re.compile(r"!\[([^\]]+)\]\(([^)\s]+)[^)]*\)")
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
    """What every cell that goes into the paper must keep: captions, alternative texts, no placeholder.

    No cell may name a path of one machine, also where only its code does: it would not run elsewhere.
    """
    for number, cell in enumerate(notebook.cells, start=1):
        if {"remove-cell", "remove_cell"} & set(cell.metadata.get("tags", [])):
            if cell.cell_type == "code":
                yield from _paths(number, [cell.source])
            continue
        texts = [cell.source]
        if cell.cell_type == "markdown" and (left := _LEFT_OVER.search(cell.source)):
            yield Finding(
                number,
                "",
                f"a placeholder is left: “{left.group()}”",
                "write what belongs there, or take it out",
            )
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            texts.append(str(data.get("text/markdown", "")))
            said = data.get(EXHIBIT) or output.get("metadata", {})
            texts += [str(said.get(name) or "") for name in ("caption", "note")]
            if EXHIBIT in data or set(PICTURES) & set(data):
                for name, remedy in (
                    ("caption", "give it a caption"),
                    ("alt", "say what a reader must see in it"),
                ):
                    if not str(said.get(name) or "").strip():
                        yield Finding(number, "", f"an exhibit has no {name}", remedy)
        yield from _paths(number, texts)


def _paths(number: int, texts: Iterable[str]) -> Iterator[Finding]:
    for path in dict.fromkeys(path for text in texts for path in _PATH.findall(text)):
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


def colourless(notebook: NotebookNode, folder: Path) -> Iterator[Finding]:
    """Yield each figure and each picture that goes into the paper of which two colours look the same in grey."""
    for number, cell in enumerate(notebook.cells, start=1):
        if "remove-cell" in cell.metadata.get("tags", []):
            continue
        found: list[tuple[str, bytes]] = []
        texts = [cell.source] if cell.cell_type == "markdown" else []
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            texts.append(str(data.get("text/markdown", "")))
            name = f"the figure '{data[EXHIBIT]['label']}'" if EXHIBIT in data else "a picture"
            kinds = [data[kind] for kind in PICTURES if kind in data]
            drawn = [] if kinds else INLINE.findall(str(data.get("text/html", "")))
            found += [(name, base64.b64decode(each)) for each in (*kinds, *drawn)]
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


def from_fault(fault: Fault, shown: Mapping[str, tuple[int, Mapping[str, Any]]]) -> Finding:
    """Return a fault of setting the document as a finding, with its cell: said, or that of the letter it names."""
    cell, letter = re.fullmatch(r"cell (\d+)", fault.field or ""), re.search(r"\(U\+([0-9A-F]+)", fault.what)
    places = [int(cell.group(1))] if cell else []
    if letter:
        places += [at for at, said in shown.values() if chr(int(letter.group(1), 16)) in said["text"]]
    return Finding(next(iter(places), None), "", fault.what, fault.remedy)


def part_of(finding: Finding, shown: Mapping[str, tuple[int, Mapping[str, Any]]]) -> str:
    """Return the part that a finding is about: its own, the only one of its cell, or the one that holds what it names."""
    here = {slot: said["text"] for slot, (at, said) in shown.items() if at == finding.cell}
    if finding.slot or len(here) < 2:
        return finding.slot or next(iter(here), "")
    named = re.findall(r"'([^']+)'", finding.what)
    named += [chr(int(code, 16)) for code in re.findall(r"\(U\+([0-9A-F]+)", finding.what)]
    return next((slot for slot, text in here.items() if any(name in text for name in named)), "")


def length(
    pages: float | None, assignment: Assignment, shown: Mapping[str, tuple[int, Mapping[str, Any]]]
) -> Iterator[Finding]:
    """Yield what is wrong with the length of the body; None, not measurable, has its own reason already.

    The remedy says about how many words, by those that fill a page of this paper, and which part is furthest off.
    """
    least, most = assignment.pages
    if pages is None or not shown:
        return
    over = {
        spec.id: words(shown[spec.id][1]["text"]) - spec.words[1]
        for spec in assignment.slots
        if spec.id in shown
    }
    dense = sum(words(said["text"]) for _, said in shown.values()) / max(pages, 0.1)
    limits = f"the limits are {least} to {most}"
    if pages < least - 1e-6:
        remedy = f"write about {(least - pages) * dense:.0f} words more, first in '{min(over, key=lambda id: over[id])}'"
        yield Finding(None, "", f"the body has {pages:.1f} pages, {limits}", remedy)
    if math.ceil(pages - 1e-6) > most:
        remedy = (
            f"cut about {(pages - most) * dense:.0f} words, first in '{max(over, key=lambda id: over[id])}'"
        )
        yield Finding(None, "", f"the body ends on page {math.ceil(pages - 1e-6)}, {limits}", remedy)
