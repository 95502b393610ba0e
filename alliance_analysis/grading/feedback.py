"""What each student gets back: PDF and HTML through the house's exporter, under the names the platform expects."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import nbformat
from nbformat import NotebookNode

from alliance_analysis.errors import AllianceError
from alliance_analysis.grading.answers import Reading, forms, grade_id, heading, readings, typed, written
from alliance_analysis.grading.collect import Intake, read_collection
from alliance_analysis.grading.course import Course
from alliance_analysis.grading.intake import MOODLE, Handed
from alliance_analysis.grading.questions import Question, variant
from alliance_analysis.grading.release import order, read_source
from alliance_analysis.grading.store import Result, results
from alliance_analysis.grading.typed import Form
from alliance_analysis.records import write_atomic
from alliance_analysis.reports import glyphs
from alliance_analysis.reports.export import export

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


@dataclass(frozen=True)
class Returned:
    """What one student gets: the files, and why there are none or a text is missing ("" if all is well)."""

    student: str
    files: tuple[Path, ...]
    why: str = ""


def feedback(course: Course, progress: Callable[[Returned], None] | None = None) -> tuple[Returned, ...]:
    """Write `feedback/STUDENT/ASSIGNMENT.pdf` and `.html` for everyone who handed in, and `feedback/return.zip`.

    The zip holds them under the names of the export, ready to be uploaded to Canvas or Moodle. Work that could not
    be opened gets a page that says why. One student's text never stops the others.
    """
    stored, source = results(course, order(course)), read_source(course)
    done, archive = [], io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for entry in read_collection(course).students:
            returned = _returned(course, source, entry, stored.get(entry.student))
            for path in returned.files:
                name = returned_name(entry, path.suffix)
                zipped.writestr(zipfile.ZipInfo(name), path.read_bytes(), zipfile.ZIP_DEFLATED)
            done.append(returned)
            if progress:
                progress(returned)
    write_atomic(course.folder / "feedback" / "return.zip", archive.getvalue())
    return tuple(done)


def returned_name(entry: Intake, suffix: str) -> str:
    """Return the name under which a platform takes a file back: Moodle's folder, else the name of the file handed in.

    >>> returned_name(Intake("s-02", "collected", "two_LATE_1202_9_measures.ipynb"), ".pdf")
    'two_LATE_1202_9_measures.pdf'
    >>> returned_name(Intake("s-02", "collected", "Two_1202_assignsubmission_file/m.ipynb"), ".pdf")
    'Two_1202_assignsubmission_file/m.pdf'
    """
    parts = Handed(entry.path, None, None).parts or (f"{entry.student}.ipynb",)
    folder = next((part for part in parts[:-1] if MOODLE.match(part)), "")
    return str(PurePosixPath(folder, PurePosixPath(parts[-1]).stem + suffix))


def _returned(course: Course, source: NotebookNode, entry: Intake, result: Result | None) -> Returned:
    if entry.state == "missing":
        return Returned(entry.student, (), "nothing was handed in")
    why = ""
    for with_text in (True, False):
        notebook = page(course, source, entry, result, with_text=with_text)
        base = course.folder / "feedback" / entry.student / course.assignment
        base.parent.mkdir(parents=True, exist_ok=True)
        try:
            files = tuple(export(notebook, base.with_suffix(suffix)) for suffix in (".pdf", ".html"))
        except AllianceError as error:
            why = f"printed without the student's text: {error.faults[0].what}"
            continue
        return Returned(entry.student, files, why)
    return Returned(entry.student, (), why)


def page(
    course: Course, source: NotebookNode, entry: Intake, result: Result | None, *, with_text: bool = True
) -> NotebookNode:
    """Return a student's feedback as a notebook of Markdown cells."""
    parts = [_head(entry, result)]
    if result is not None:
        handed = nbformat.read(course.place("autograded", entry.student), as_version=4)
        cells = {name: cell for cell in handed.cells if (name := grade_id(cell))}
        questions, asked = variant(course.seed(entry.student)), forms(source)
        understood = readings(handed, asked)
        for slot in result.slots:
            name = slot.id.removesuffix("-test")
            earned = "not marked yet" if slot.points is None else f"{slot.points:g} of {slot.of:g} points"
            parts.append(f"# {heading(source, name)} ({earned})")
            if name in questions:
                said = as_written(_answer(cells[name], asked[name], understood[name]))
                parts.append(
                    f"{questions[name].text}\n\nYour answer: {said}. Right: **{_right(questions[name])}**."
                )
            elif with_text:
                parts.append(f"Your text:\n\n{as_written(written(cells[name]) or '(nothing)')}")
            if slot.comment:
                parts.append(f"**Comment.** {as_written(slot.comment)}")
    notebook: NotebookNode = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(p) for p in parts])
    due = course.rules.due
    notebook.metadata["casebook"] = {
        "title": "Feedback on Your Work",
        "subtitle": f"Assignment “{course.assignment}”",
        "author": entry.student,
        "course": course.rules.course,
        "date": due.date().isoformat() if due else "",
    }
    return notebook


def _answer(cell: NotebookNode, form: Form, reading: Reading) -> str:
    """Return what a student typed, and how it was read."""
    if reading.state == "empty":
        return "none"
    if reading.state == "unreadable":
        return reading.said
    text = typed(cell.source, form.variable)[:80]
    return f"{text} ({reading.said})" if reading.state == "read" else text


def _right(question: Question) -> str:
    if isinstance(question.right, str):
        return question.right
    return f"{question.right:,.2f}" if question.tolerance >= 0.1 else f"{question.right:.4g}"


def _head(entry: Intake, result: Result | None) -> str:
    if result is None:
        said = ["Your file could not be graded. Hand it in again, saved from JupyterLab."]
    elif result.total is None:
        said = ["Not everything has been marked yet."]
    else:
        late = f", after {result.penalty:g} points for late work" if result.penalty else ""
        said = [f"You earned **{result.total:g} of {result.of:g} points**{late}."]
    noted = [f"- {as_written(finding)}" for finding in entry.findings]
    return "\n".join([*said, "", *(["What we noted about your file:", "", *noted] if noted else [])])


def as_written(text: str) -> str:
    """Return text that Markdown prints as it is: paragraphs stay, nothing is a mark, every character can be shown.

    >>> print(as_written("a *b* [@key] 2^3 $x$"))
    a \\*b\\* \\[\\@key\\] 2\\^3 \\$x\\$
    """
    return _PUNCTUATION.sub(r"\\\1", glyphs.printable(text).replace("\t", " ")).strip()
