"""Student copies from the one source: every student's own numbers, no hidden tests, known again under any name."""

from __future__ import annotations

import copy
import re
import shutil
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from alliance_analysis.errors import BadInput, Fault, nearest
from alliance_analysis.grading.answers import MARK, grade_id, graded
from alliance_analysis.grading.course import RULES, Course, shipped
from alliance_analysis.grading.questions import QUESTIONS, variant
from alliance_analysis.grading.store import gradebook, need_nbgrader, resources, stored
from alliance_analysis.records import write_atomic
from alliance_analysis.reports.assignment import FILE_NAME as ASSIGNMENT
from alliance_analysis.reports.assignment import Rubric
from alliance_analysis.reports.assignment import shipped as shipped_assignment
from alliance_analysis.reports.notebook import read_notebook

_PLACE = re.compile(r"\{\{(question|rubric):([\w-]+)\}\}")
_NAMED = {"question": "question", "rubric": "graded text"}


def lay(folder: Path) -> list[Path]:
    """Lay the shipped assignment into a course's folder where it is not there yet; return what was laid."""
    laid = []
    for source, target in (
        (shipped() / RULES, folder / RULES),
        (shipped_assignment(), folder / ASSIGNMENT),
        (shipped() / "measures.ipynb", folder / "source" / "measures" / "measures.ipynb"),
    ):
        if not target.exists() and not (target.suffix == ".ipynb" and (folder / "source").exists()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            laid.append(target)
    return laid


def read_source(course: Course) -> NotebookNode:
    """Read the source notebook; raises BadInput for grade ids that stand twice and places that name nothing."""
    notebook = read_notebook(course.source)
    known = {"question": [*QUESTIONS], "rubric": texts(notebook)}
    seen: set[str] = set()
    faults = []
    for cell in notebook.cells:
        identifier = grade_id(cell)
        if identifier and identifier in seen:
            faults.append(Fault(f"the grade id '{identifier}' stands twice", "give each cell its own"))
        seen.add(identifier or "")
        faults += [
            Fault(f"there is no {_NAMED[kind]} '{name}'", nearest(name, known[kind]), field=cell.id)
            for kind, name in _PLACE.findall(cell.source)
            if name not in known[kind]
        ]
    named = [*known["rubric"], *(slot.id for slot in course.paper.slots)]
    faults += [
        Fault(
            f"'{text}' is no text of this notebook or of the paper",
            nearest(text, named),
            field=f"rubric.texts.{text}",
        )
        for text in course.rubric.texts
        if text not in named
    ]
    if not seen - {""}:
        faults.append(Fault("no cell is graded", "mark them in JupyterLab with nbgrader's Create Assignment"))
    if faults:
        raise BadInput(Fault(f.what, f.remedy, course.source, field=f.field) for f in faults)
    return notebook


def texts(notebook: NotebookNode) -> list[str]:
    """Return the grade ids of the cells in which a student writes a text that is marked."""
    return [str(grade_id(cell)) for cell in graded(notebook) if cell.cell_type == "markdown"]


def order(course: Course) -> list[str]:
    """Return the grade ids of the cells that earn points, in the order of the source."""
    return [str(grade_id(cell)) for cell in graded(read_source(course)) if cell.metadata["nbgrader"]["grade"]]


def filled(source: NotebookNode, course: Course, student: str) -> NotebookNode:
    """Return the source with a student's own questions and the rubric in their places; tests as they are."""
    notebook, questions = copy.deepcopy(source), variant(course.seed(student))

    def fill(found: re.Match[str]) -> str:
        kind, name = found.groups()
        return _rubric(course.rubric, name) if kind == "rubric" else questions[name].text

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _PLACE.sub(fill, cell.source)
    notebook.metadata[MARK] = course.mark(student)
    return notebook


def _rubric(rubric: Rubric, text: str) -> str:
    lines = ["| Read for | Means |", "| --- | --- |"]
    lines += [f"| {each.criterion} | {each.means} |" for each in rubric.of(text)]
    lines += ["", "| Level | Share of the points | Means |", "| --- | --- | --- |"]
    return "\n".join(
        lines + [f"| {each.level} | {each.share:.0%} | {each.means} |" for each in rubric.levels]
    )


def stripped(notebook: NotebookNode) -> NotebookNode:
    """Take out the hidden tests, as nbgrader does, and put in the checksums of what is left."""
    from nbgrader.preprocessors import ClearHiddenTests, ComputeChecksums, LockCells

    for step in (LockCells(), ClearHiddenTests(), ComputeChecksums()):
        notebook, _ = step.preprocess(notebook, {})
    return notebook


def release(course: Course) -> list[Path]:
    """Write every student's copy to `release/STUDENT/` and enter source and roster into nbgrader's database.

    The same course, key and roster give the same bytes. Raises BadInput before anything is written.
    """
    need_nbgrader()
    from nbgrader.preprocessors import ComputeChecksums, SaveCells

    source = read_source(course)
    with gradebook(course) as book:
        book.update_or_create_assignment(course.assignment, duedate=stored(course.rules.due))
        for student in course.students:
            book.update_or_create_student(student.id)
        full, _ = ComputeChecksums().preprocess(copy.deepcopy(source), {})
        SaveCells().preprocess(full, resources(course))
    written = []
    for student in course.students:
        path = course.folder / "release" / student.id / f"{course.assignment}.ipynb"
        copy_ = stripped(filled(source, course, student.id))
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, (nbformat.writes(copy_) + "\n").encode("utf-8"))
        written.append(path)
    return written
