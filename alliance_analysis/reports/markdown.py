"""From a notebook to pandoc Markdown: what the cells show, without code, widgets and kernel chatter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from alliance_analysis.reports.front import MIME as FRONT
from alliance_analysis.reports.outputs import Writer
from alliance_analysis.reports.prose import FENCED, plain, prose

_GONE = {"parameters", "injected-parameters", "remove-cell"}
_HEADING = re.compile(r"^#[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)


def to_markdown(notebook: NotebookNode, workdir: Path, *, show_code: bool = False) -> Path:
    """Write the notebook as `body.md`, and its pictures beside it, into `workdir`.

    Every cell starts with a comment that names its number, so that a later error can say where it is.

    Raises
    ------
    BadInput
        An exhibit that breaks its contract, or a picture in a form that not every document can hold.
    RunFailed
        A cell of the notebook ended in an error.
    """
    writer = Writer(workdir, show_code, _language(notebook))
    heading = title_heading(notebook)
    parts: list[str] = []
    for number, cell in enumerate(notebook.cells, start=1):
        tags = _tags(cell)
        if tags & _GONE or cell.cell_type not in ("markdown", "code"):
            continue
        writer.cell = number
        if cell.cell_type == "markdown":
            text = writer.attachments(cell)
            if heading and heading[0] == number:
                text = text[: heading[1].start()] + text[heading[1].end() :]
            pieces = [prose(text)]
        else:
            pieces = writer.code(cell, tags)
        if pieces:
            parts += [f"<!-- casebook cell {number} -->", *pieces]
    body = workdir / "body.md"
    body.write_text("\n\n".join(parts) + "\n", encoding="utf-8", newline="\n")
    return body


def front_data(notebook: NotebookNode) -> Mapping[str, Any]:
    """Return what the notebook says about its title page: the last one that a cell shows, else its metadata."""
    shown = [
        output.data[FRONT]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if FRONT in output.get("data", {})
    ]
    said: Mapping[str, Any] = shown[-1] if shown else notebook.metadata.get("casebook", {})
    return said


def headings(notebook: NotebookNode) -> list[tuple[int, re.Match[str]]]:
    """Return the first-level headings with the number of their cell."""
    found: list[tuple[int, re.Match[str]]] = []
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown":
            blank = FENCED.sub(lambda code: " " * len(code.group()), cell.source)
            found += [(number, match) for match in _HEADING.finditer(blank)]
    return found


def title_heading(notebook: NotebookNode) -> tuple[int, re.Match[str]] | None:
    """Return the heading that is the notebook's title.

    It is the first one; where the title page names another title, only one that says the same, or that opens the
    notebook and is the only one of its level.
    """
    found = headings(notebook)
    if not found:
        return None
    title = front_data(notebook).get("title")
    number, heading = found[0]
    before = [cell for cell in notebook.cells[: number - 1] if not _tags(cell) & _GONE]
    opens = len(found) == 1 and heading.start() == 0 and not before
    return found[0] if not title or opens or plain(heading.group(1)) == title.strip() else None


def _tags(cell: NotebookNode) -> set[str]:
    return {str(tag).replace("_", "-") for tag in cell.metadata.get("tags", [])}


def _language(notebook: NotebookNode) -> str:
    return str(notebook.metadata.get("language_info", {}).get("name", "python"))
