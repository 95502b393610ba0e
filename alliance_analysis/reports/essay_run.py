"""Does the essay notebook run from top to bottom in a fresh kernel, and show what was saved?"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from alliance_analysis.reports import execute
from alliance_analysis.reports.essay_findings import Finding
from alliance_analysis.reports.front import MIME as FRONT
from alliance_analysis.reports.outputs import EXHIBIT
from alliance_analysis.reports.own_readings import MIME as READINGS

LIMITS = execute.Limits(cell_seconds=120, notebook_seconds=300, memory_bytes=2_000_000_000)
"""What running an essay notebook may use."""


def fresh(notebook: NotebookNode, path: Path, agreement: Path | None) -> list[Finding]:
    """Run a copy of the notebook in a fresh kernel; return the cell that fails, or those that show something else."""
    try:
        with _environment("CASEBOOK_AGREEMENT", str(agreement) if agreement else None):
            done = execute.run(copy.deepcopy(notebook), {}, path.resolve().parent, limits=LIMITS)
    except execute.NotebookFailed as error:
        number, output = _failed(error.partial) if error.partial else (None, None)
        why = f"{output.ename}: {output.evalue}" if output else error.faults[0].what
        remedy = "mend the cell, run all cells and save it"
        if output and output.ename == "NameError" and (name := re.search(r"name '(\w+)'", output.evalue)):
            remedy = (
                f"no cell above it makes '{name.group(1)}': write it there again, run all cells and save it"
            )
        return [Finding(number, "", f"in a fresh kernel it does not run to the end: {why}", remedy)]
    return [
        Finding(number, "", "run anew, the cell shows something else", "run all cells and save it")
        for number, (old, new) in enumerate(zip(notebook.cells, done.notebook.cells, strict=True), start=1)
        if "remove-cell" not in old.metadata.get("tags", []) and _printed(old) != _printed(new)
    ]


def _failed(partial: NotebookNode) -> tuple[int | None, Any]:
    """Return the number of the cell that failed, without the cells in which papermill says so, and its error."""
    own = [cell for cell in partial.cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])]
    for number, cell in enumerate(own, start=1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return number, output
    return None, None


def _printed(cell: NotebookNode) -> list[Any]:
    """Return what of a cell's outputs goes into the document, pictures aside."""
    kinds = ("text/markdown", EXHIBIT, FRONT, READINGS)
    shown = [output.get("data", {}) for output in cell.get("outputs", [])]
    return [{kind: data[kind] for kind in kinds if kind in data} for data in shown]


@contextmanager
def _environment(name: str, value: str | None) -> Iterator[None]:
    """Set a variable of the environment for as long as the block lasts."""
    before = os.environ.get(name)
    if value is not None:
        os.environ[name] = value
    try:
        yield
    finally:
        if value is not None:
            os.environ.pop(name) if before is None else os.environ.update({name: before})
