"""The answers in a notebook file, read without running it; only what is a program is left to be run.

Nothing here knows whether an answer is right, so that a student's own copy may use it.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from nbformat import NotebookNode

from alliance_analysis.grading.typed import Form, expression, program, stripped

FORMS = {
    "limits": Form("lower_limit", "fraction", "0.712"),
    "credit": Form("credit", "amount", "12500"),
    "dominated": Form("dominated", "choice", "A", tuple("ABCDE")),
    "growth": Form("growth", "fraction", "0.052"),
    "alignment": Form("overlap", "fraction", "0.65"),
}
"""The forms of the shipped questions, by name."""

MARK = "casebook_copy"
"""Where the mark of a student's copy stands in the notebook's metadata."""

BOX = "*Your text: double-click here, write below this line, and press Shift+Enter when you are done.*"
"""What stands in a text's cell when it is handed out."""

_BUILT_IN = set(dir(builtins))


@dataclass(frozen=True)
class Reading:
    """How an answer is read: its value if it has one now, and a sentence for the person who typed it."""

    state: Literal["read", "empty", "unreadable", "program"]
    said: str
    value: float | str | None = None


def grade_id(cell: NotebookNode) -> str | None:
    """Return a cell's grade id, or None for a cell that nbgrader does not know."""
    marks = cell.metadata.get("nbgrader")
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    return name if isinstance(name, str) and name else None


def graded(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """Yield the cells that nbgrader knows."""
    return (cell for cell in notebook.cells if grade_id(cell))


def written(cell: NotebookNode) -> str:
    """Return a student's text, without the words that stood there when it was handed out."""
    return str(cell.source).replace(BOX, "").strip()


def heading(notebook: NotebookNode, name: str) -> str:
    """Return the heading under which a graded cell, or its test, stands; without one, the name."""
    title = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("#") and not grade_id(cell):
            title = cell.source.splitlines()[0].lstrip("# ").split(" (")[0]
        if grade_id(cell) in (name, f"{name}-test"):
            return title
    return name


def forms(template: NotebookNode) -> dict[str, Form]:
    """Return the form of every answer that a source, or a copy as it was handed out, asks for, by grade id."""
    found = {}
    for cell in template.cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
            name, variable = str(grade_id(cell)), assigned(cell.source)
            known = FORMS.get(name)
            found[name] = known if known and known.variable == variable else Form(variable)
    return found


def assigned(source: str) -> str:
    """Return the variable that a cell assigns first, or nothing."""
    found = re.search(r"(?m)^([A-Za-z_]\w*)\s*=", source)
    return found.group(1) if found else ""


def readings(notebook: NotebookNode, asked: dict[str, Form]) -> dict[str, Reading]:
    """Return how every answer in a notebook is read; a cell that is not there is empty."""
    known = _names(notebook)
    cells = {grade_id(cell): cell.source for cell in notebook.cells}
    return {name: read(cells.get(name, ""), form, known) for name, form in asked.items()}


def read(source: str, form: Form, known: Iterable[str] = ()) -> Reading:
    """Read an answer cell; `known` are names that the notebook's programs define.

    >>> overlap = FORMS["alignment"]
    >>> read("# a number\\noverlap = 65 %  # about", overlap).said
    'read as 0.65, that is 65 %'
    >>> [read(f"overlap = {typed}", overlap).state for typed in ("...", "0,65", "two thirds", "sum([0.5, 0.15])", "x")]
    ['empty', 'read', 'unreadable', 'program', 'unreadable']
    """
    text = typed(source, form.variable)
    if (bare := stripped(text)) in ("", "None"):
        return Reading("empty", f"no answer yet: {form.wanted}")
    if (value := form.value(text)) is not None:
        return Reading("read", form.said(value), value)
    if _computes(source, text, form.variable, {*known, *_BUILT_IN}):
        return Reading("program", "Python, which is run when the file is graded")
    shown = bare if len(bare) <= 40 else bare[:39] + "…"
    return Reading("unreadable", f"'{shown}' cannot be read: {form.wanted}")


def has_program(notebook: NotebookNode, template: NotebookNode) -> bool:
    """Whether a notebook holds code beyond plain answers: cells of the student's own, or answers to be computed."""
    asked, known = forms(template), _names(notebook)
    given = {cell.source.strip() for cell in template.cells}
    for cell in notebook.cells:
        lines = _lines(cell.source)
        if cell.cell_type != "code" or not lines or cell.source.strip() in given:
            continue
        form = asked.get(str(grade_id(cell)))
        if form is None or len(lines) > 1 or read(cell.source, form, known).state == "program":
            return True
    return False


def _lines(source: str) -> list[str]:
    """Return the lines of a cell without comments and empty ones."""
    return [line for each in source.splitlines() if (line := each.split("#")[0].rstrip())]


def typed(source: str, variable: str) -> str:
    """Return what stands after the last equals sign of the variable, or all there is; three dots are a blank."""
    lines = _lines(source)
    for line in reversed(lines):
        if found := re.match(rf"{re.escape(variable)}\s*[=:]\s*(.*)", line):
            return found.group(1).replace("...", " ").strip()
    return " ".join(lines).replace("...", " ").strip()


def _computes(source: str, text: str, variable: str, known: set[str]) -> bool:
    """Whether an answer is Python that could give a value: no list, and no word that nothing defines."""
    if program(source) is None:
        return False
    if (answer := expression(text)) is None:  # a value over several lines
        return len(_lines(source)) > 1 and assigned(source) == variable
    if isinstance(answer, ast.Tuple | ast.List | ast.Dict | ast.Set | ast.Constant):
        return False
    words = {node.id for node in ast.walk(answer) if isinstance(node, ast.Name)}
    return words <= known and not (isinstance(answer, ast.Name) and answer.id in _BUILT_IN)


def _names(notebook: NotebookNode) -> set[str]:
    """Return every name that the notebook's programs define."""
    found: set[str] = set()
    for cell in notebook.cells:
        tree = program(cell.source) if cell.cell_type == "code" else None
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif isinstance(node, ast.alias):
                found.add((node.asname or node.name).split(".")[0])
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(node.name)
    return found
