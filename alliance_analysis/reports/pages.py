"""How many pages the body of a paper fills, by the compiler that also sets its PDF."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

import typst
from nbformat import NotebookNode

from alliance_analysis.references import bibliography_path
from alliance_analysis.reports import glyphs
from alliance_analysis.reports.convert import Job
from alliance_analysis.reports.export import front_of
from alliance_analysis.reports.markdown import to_markdown
from alliance_analysis.reports.own_readings import carried
from alliance_analysis.reports.placing import BODY, TOP

_AFTER_BODY = re.compile(
    r"^(?:#pagebreak\(weak: true\)\s*)?= (?:References|Appendix)\b.*\n(?:<\S+>\n)?", re.MULTILINE
)
_MARK = "\n\n#context [#metadata(here().position()) <casebook-{}>]\n\n"


def body_pages(notebook: NotebookNode, *, folder: Path | None = None) -> float:
    """Return the length of an executed notebook's body in pages of its PDF; 1.6 ends on the second page.

    The title page, the references and an appendix do not count; figures and tables in the body do. A figure that
    floats beyond the end of the text fills its page. Rounded up, the length is the PDF's own number of body pages.
    Raises what the export raises: BadInput or RunFailed with the cell.
    """
    with tempfile.TemporaryDirectory(prefix="casebook-") as scratch:
        job = Job(
            Path(scratch),
            front_of(notebook),
            bibliography_path(),
            folder or Path.cwd(),
            {},
            carried(notebook),
        )
        to_markdown(notebook, job.workdir)
        job.run(".pdf")
        source = job.workdir / "result.typ"
        text = source.read_text(encoding="utf-8")
        after = _AFTER_BODY.search(text)
        end, rest = (after.start(), after.end()) if after else (len(text), len(text))
        marks = _MARK.format("end") + text[end:rest] + _MARK.format("rest")
        source.write_text(text[:end] + marks + text[rest:], encoding="utf-8", newline="\n")
        last, following = (_position(job, source, name) for name in ("end", "rest"))
    overflow = after is not None and following[0] - 1 > last[0]
    return following[0] - 2.0 if overflow else last[0] - 2 + min(max((last[1] - TOP) / BODY, 0.0), 1.0)


def _position(job: Job, source: Path, mark: str) -> tuple[int, float]:
    """Return the page, from 1 for the title page, and the height on it at which a mark stands, in points."""
    found = typst.query(
        str(source),
        f"<casebook-{mark}>",
        field="value",
        one=True,
        root=str(job.workdir),
        font_paths=glyphs.fonts(),
        ignore_system_fonts=True,
        sys_inputs=job.inputs,
    )
    place = json.loads(found)
    return int(place["page"]), float(str(place["y"]).removesuffix("pt"))
