"""A notebook as a file: read with one clear error, and cleaned of what differs from run to run."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from alliance_analysis.errors import BadInput
from alliance_analysis.reports.outputs import SLOT, WIDGET

KERNEL = "python3"
"""The kernel of this environment."""


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook; raises BadInput if it is missing or is not a notebook."""
    if not path.is_file():
        raise BadInput("there is no such notebook", "check the path", file=path)
    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat raises many kinds, json's and its own
        text = " ".join(str(error).split())[:120]
        raise BadInput(
            f"this is not a readable notebook ({text})", "open and save it in JupyterLab", file=path
        ) from None
    return notebook


def is_essay(notebook: NotebookNode) -> bool:
    """Return whether a notebook shows a part of an essay, or would if it were run."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shown = any(SLOT in output.get("data", {}) for cell in code for output in cell.get("outputs", []))
    return shown or any(re.search(r"\bessay\.(slot|show|front|appendix)\(", cell.source) for cell in code)


def clean(notebook: NotebookNode) -> None:
    """Take out what differs from run to run: times, papermill's marks, widget state, the kernel's patch version."""
    notebook.metadata.pop("papermill", None)
    notebook.metadata.pop("widgets", None)
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": KERNEL}
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        for key in ("papermill", "execution", "ExecuteTime"):
            cell.metadata.pop(key, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            data.pop(WIDGET, None)
