"""Does the essay notebook show the paper that stands in the agreement file? What it lacks, and how to get it back."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from nbformat import NotebookNode

from alliance_analysis.agreement import read_agreement
from alliance_analysis.agreement.files import FILE_NAME as AGREEMENT
from alliance_analysis.errors import BadInput, Fault, RunFailed
from alliance_analysis.reports.assignment import FILE_NAME as ASSIGNMENT
from alliance_analysis.reports.assignment import Assignment, read_assignment
from alliance_analysis.reports.essay import Essay, model_path
from alliance_analysis.reports.essay_findings import Finding
from alliance_analysis.reports.front import MIME as FRONT
from alliance_analysis.reports.notebook import is_essay, read_notebook
from alliance_analysis.reports.outputs import SLOT

TITLE_PAGE, APPENDIX = "title page", "appendix"
_CALL = re.compile(r"""\bessay\.(front|appendix|slot|show)\((?:\s*["']([\w-]+)["']\s*)?\)""")
_RUN = "run all cells and save it"


def agreement_of(notebook: NotebookNode, folder: Path) -> Path | None:
    """Return the agreement file behind an essay notebook that lies in `folder`, or None if there is none.

    It is `agreement.yaml` beside the notebook or in the folder above it, else the one that `$CASEBOOK_AGREEMENT` names,
    if the notebook lies in that file's folder or below: `casebook lab` sets it for everything it starts, and an
    essay from elsewhere is not about the reader's own agreement. The model essay has its own.
    """
    places = [folder / AGREEMENT, folder.resolve().parent / AGREEMENT]
    if named := os.environ.get("CASEBOOK_AGREEMENT"):
        places += [Path(named)] * folder.resolve().is_relative_to(Path(named).resolve().parent)
    if notebook.metadata.get("casebook", {}).get("model"):
        places = [model_path()]
    return next((place.resolve() for place in places if place.exists()), None)


def assignment_of(folder: Path) -> Assignment:
    """Return the assignment beside an essay notebook, or the one that came with the workbook."""
    asked = folder / ASSIGNMENT
    return read_assignment(asked if asked.exists() else None)


def refuse_old(notebook: NotebookNode, folder: Path) -> None:
    """Raise RunFailed if an essay notebook in `folder` shows another paper than its agreement file holds.

    A notebook without its agreement file stands for itself.
    """
    kept = agreement_of(notebook, folder) if is_essay(notebook) else None
    if kept is None:
        return
    essay = Essay.of(read_agreement(kept), assignment_of(folder))
    places: dict[tuple[str, str], list[str]] = {}
    names = essay.assignment.names()
    for found in differences(notebook, essay):
        places.setdefault((found.what, found.remedy), []).append(found.where(names))
    if places:
        raise RunFailed(
            Fault(what, f"{remedy}, then export again", field="; ".join(where))
            for (what, remedy), where in places.items()
        )


def differences(notebook: NotebookNode, essay: Essay) -> Iterator[Finding]:
    """Yield each part of the paper that the notebook does not show, or shows otherwise than the agreement file has it."""
    try:
        expected = _expected(essay)
    except BadInput as error:
        yield from (Finding(None, str(f.field or ""), f.what, f.remedy) for f in error.faults)
        return
    called = essay.assignment.names()
    yield from lacking(notebook, [name for name, texts in expected.items() if texts], called)
    shown = _shown(notebook)
    for name, texts in expected.items():
        number, seen = shown.get(name, (0, texts))
        if seen != texts:
            old = "evidence" if seen[:1] == texts[:1] else "text"
            yield Finding(number, name, f"the notebook shows an older {old} than the agreement file", _RUN)


def lacking(
    notebook: NotebookNode, names: Iterable[str], called: Mapping[str, str], *, run: bool = True
) -> Iterator[Finding]:
    """Yield each of these parts that the notebook does not show; without `run`, only those that have no cell.

    `called` are the names of the parts by their ids.
    """
    names = list(names)
    shown, cells, above = _shown(notebook), _cells(notebook, names), "above the first part"
    calls = {TITLE_PAGE: "essay.front()", APPENDIX: "essay.appendix()"}
    missing = {name for name in names if name not in shown and name not in cells}
    whole = missing >= set(names) - calls.keys()  # the cell is gone that shows them all
    for name in names:
        if name in missing:
            code = calls.get(name, "essay.show()" if whole else f'essay.slot("{name}")')
            remedy = f"add a cell {above}, type {code} into it, {_RUN}; your text is safe in {AGREEMENT}"
            yield Finding(None, name, "the notebook has no cell for this part", remedy)
        else:
            if run and name not in shown:
                yield Finding(cells[name], name, "the cell of this part shows nothing", _RUN)
            above = f"below the cell of '{called.get(name, name)}'"


def open_page() -> NotebookNode | None:
    """Return the essay notebook, as it was last saved, whose kernel this is; None where that is not known."""
    try:
        page = read_notebook(Path(os.environ.get("JPY_SESSION_NAME", "")))
    except BadInput:
        return None
    return page if is_essay(page) else None


def _expected(essay: Essay) -> dict[str, list[str]]:
    """Return what each part of the paper says as plain text, in the order of the paper."""
    parts = {spec.id: essay.slot(spec.id) for spec in essay.assignment.slots} | {APPENDIX: essay.appendix()}
    front = str(essay.front()._repr_mimebundle_()["text/plain"])
    return {
        TITLE_PAGE: [front],
        **{name: [piece.plain for piece in part.pieces] for name, part in parts.items()},
    }


def _shown(notebook: NotebookNode) -> dict[str, tuple[int, list[str]]]:
    """Return the cell and the plain text of each part of the paper that goes into the document."""
    found: dict[str, tuple[int, list[str]]] = {}
    for number, cell in enumerate(notebook.cells, start=1):
        if {"remove-cell", "remove-output"} & set(cell.metadata.get("tags", [])):
            continue
        name = ""
        for data in (output.data for output in cell.get("outputs", []) if "data" in output):
            text = str(data.get("text/plain", ""))
            begins = data[SLOT]["id"] if SLOT in data else TITLE_PAGE if FRONT in data else ""
            begins = begins or (APPENDIX if text.startswith("# Appendix") else "")
            if begins:
                name, found[begins] = begins, (number, [])
            if name:
                found[name][1].append(text)
    return found


def _cells(notebook: NotebookNode, names: Iterable[str]) -> dict[str, int]:
    """Return the cell that makes each part of the paper when it is run."""
    found = {}
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code" and "remove-cell" not in cell.metadata.get("tags", []):
            for kind, slot in _CALL.findall(cell.source):
                made = {"front": [TITLE_PAGE], "appendix": [APPENDIX], "slot": [slot]}
                whole = [name for name in names if name not in (TITLE_PAGE, APPENDIX)]
                found.update(dict.fromkeys(made.get(kind, whole), number))
    return found
