"""How many pages the body of a paper fills, by the compiler that also sets its PDF."""

from __future__ import annotations

import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typst
from nbformat import NotebookNode

from alliance_analysis.references import bibliography_path
from alliance_analysis.reports import glyphs
from alliance_analysis.reports.convert import Job
from alliance_analysis.reports.export import front_of
from alliance_analysis.reports.markdown import to_markdown
from alliance_analysis.reports.own_readings import carried
from alliance_analysis.reports.placing import BODY, TOP

CLEARANCE = 18.0
"""What stays free between a figure that floats and the text, in points."""

_AFTER_BODY = re.compile(
    r"^(?:#pagebreak\(weak: true\)\s*)?(?:#mark\(.*\)\s*)?= (?:References|Appendix)\b.*\n(?:<\S+>\n)?",
    re.MULTILINE,
)
_MARK = '\n\n#here-is("{}")\n\n'


@dataclass(frozen=True)
class Length:
    """How long a body is: `pages` up to its end, 1.6 ends on the second one; `filled`, the pages that it would fill.

    They differ where a figure floats beyond the end of the text: it takes a page of its own, with room for more text.
    `figures` is how many figures stand in it.
    """

    pages: float
    filled: float
    figures: int = 0


def body_length(
    notebook: NotebookNode,
    *,
    folder: Path | None = None,
    readings: Mapping[str, Mapping[str, Any]] | None = None,
) -> Length:
    """Return the length of an executed notebook's body in pages of its PDF.

    The title page, the references and an appendix do not count; figures and tables in the body do. Rounded up, the
    length is the PDF's own number of body pages. `readings` are references, as CSL JSON by key, beside those of the
    bibliography and of the notebook. Raises what the export raises: BadInput or RunFailed with the cell.
    """
    with tempfile.TemporaryDirectory(prefix="casebook-") as scratch:
        job = Job(
            Path(scratch),
            front_of(notebook),
            bibliography_path(),
            folder or Path.cwd(),
            {},
            {**(readings or {}), **carried(notebook)},
        )
        to_markdown(notebook, job.workdir)
        job.run(".pdf")
        source = job.workdir / "result.typ"
        text = source.read_text(encoding="utf-8")
        after = _AFTER_BODY.search(text)
        end, rest = (after.start(), after.end()) if after else (len(text), len(text))
        marks = _MARK.format("end") + text[end:rest] + _MARK.format("rest")
        source.write_text(text[:end] + marks + text[rest:], encoding="utf-8", newline="\n")
        places = _places(job, source)
    (last,), (following,) = places["end"], places["rest"]
    floats = list(zip(places["top"], places["bottom"], strict=True))
    beyond = sum(bottom[1] - top[1] + CLEARANCE for top, bottom in floats if top > last)
    text_ends = last[0] - 2 + min(max((last[1] - TOP) / BODY, 0.0), 1.0)
    filled = text_ends + beyond / BODY
    if after is not None and following[0] - 1 > last[0]:
        return Length(following[0] - 2.0, filled, len(floats))
    pages = min(filled, last[0] - 1.0)
    return Length(pages, pages, len(floats))


def body_pages(notebook: NotebookNode, *, folder: Path | None = None) -> float:
    """Return the pages of an executed notebook's body, as `body_length` says."""
    return body_length(notebook, folder=folder).pages


def _places(job: Job, source: Path) -> dict[str, list[tuple[int, float]]]:
    """Return where each kind of mark stands: its page, from 1 for the title page, and its height on it in points."""
    found = typst.query(
        str(source),
        "<casebook-place>",
        field="value",
        root=str(job.workdir),
        font_paths=glyphs.fonts(),
        ignore_system_fonts=True,
        sys_inputs=job.inputs,
    )
    places: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for place in json.loads(found):
        at = place["at"]
        places[place["mark"]].append((int(at["page"]), float(str(at["y"]).removesuffix("pt"))))
    return places
