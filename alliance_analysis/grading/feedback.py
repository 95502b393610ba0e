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
from alliance_analysis.glossary import terms
from alliance_analysis.grading.answers import Reading, forms, grade_id, heading, readings, typed, written
from alliance_analysis.grading.collect import Intake, read_collection
from alliance_analysis.grading.course import Course
from alliance_analysis.grading.intake import MOODLE, Handed
from alliance_analysis.grading.owners import is_anonymous
from alliance_analysis.grading.questions import Question, variant
from alliance_analysis.grading.release import order, read_source
from alliance_analysis.grading.store import Result, Slot, results
from alliance_analysis.grading.typed import Form
from alliance_analysis.records import write_atomic
from alliance_analysis.reports import glyphs
from alliance_analysis.reports.assignment import Rubric
from alliance_analysis.reports.export import export
from alliance_analysis.reports.front import Front

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
    """Return the name under which a platform takes a file back: Moodle's folder, or the name that Canvas gave the file.

    What came otherwise, by mail for example, goes back in a folder of the student's own.

    >>> returned_name(Intake("s-02", "collected", "two_LATE_1202_9_measures.ipynb"), ".pdf")
    'two_LATE_1202_9_measures.pdf'
    >>> returned_name(Intake("s-02", "collected", "Two_1202_assignsubmission_file/m.ipynb"), ".pdf")
    'Two_1202_assignsubmission_file/m.pdf'
    >>> returned_name(Intake("s-02", "collected", "mail/m.ipynb"), ".pdf")
    's-02/m.pdf'
    """
    handed = Handed(entry.path, None, None)
    parts = handed.parts or (f"{entry.student}.ipynb",)
    named = any(MOODLE.match(part) for part in parts) or handed.canvas
    folder = next((part for part in parts[:-1] if MOODLE.match(part)), "" if named else entry.student)
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
            files = tuple(
                export(notebook, base.with_suffix(suffix), fill_pages=False) for suffix in (".pdf", ".html")
            )
        except AllianceError as error:
            why = f"printed without the student's text: {error.faults[0].what}"
            continue
        return Returned(entry.student, files, why)
    return Returned(entry.student, (), why)


def page(
    course: Course, source: NotebookNode, entry: Intake, result: Result | None, *, with_text: bool = True
) -> NotebookNode:
    """Return a student's feedback as a notebook of Markdown cells: what was earned where, and part by part why."""
    parts = [_head(course, entry, result)]
    if result is not None:
        handed = nbformat.read(course.place("autograded", entry.student), as_version=4)
        cells = {name: cell for cell in handed.cells if (name := grade_id(cell))}
        questions, asked = variant(course.seed(entry.student)), forms(source)
        understood, rows = readings(handed, asked), []
        for slot in result.slots:
            name = slot.id.removesuffix("-test")
            said = as_written(slot.comment)  # while a text waits, of an earlier hand-in
            comment = [f"**Comment.** {said}"] if said and slot.points is not None else []
            if name in questions:
                said = as_written(_answer(cells[name], asked[name], understood[name]))
                answer = f"Your answer: {said}. {_verdict(questions[name], slot)}"
                short, said_of_it = _short(slot, understood[name]), [questions[name].text, answer, *comment]
            else:
                text = as_written(written(cells[name])) if with_text else "(not printed)"
                quoted = "\n".join(f"> {line}" for line in (text or "(nothing)").splitlines())
                short = "see the comment" if comment else ""
                said_of_it = ["Your text:", quoted, *_read_for(course.rubric, name, slot, comment)]
            title, earned = heading(source, name), "not marked yet"
            if slot.points is not None:
                earned = f"{slot.points:g} of {slot.of:g}"
            rows.append(f"| {title} | {earned} | {short} |")
            parts.append("\n\n".join([f"# {title} ({earned})", *said_of_it]))
        parts[0] += "\n\n" + "\n".join(["| Part | Points | |", "| --------- | ----- | ------ |", *rows])
    notebook: NotebookNode = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(p) for p in parts])
    due = course.rules.due
    by = f", due {Front('', date=due.date().isoformat()).spelled_date}" if due else ""
    notebook.metadata["casebook"] = {
        "title": "Feedback on Your Work",
        "subtitle": f"Assignment “{course.assignment}”{by}",
        "author": _called(course, entry),
        "course": course.rules.course,
    }
    return notebook


def _called(course: Course, entry: Intake) -> str:
    """Return what a page calls its student: the name on the roster, but a code where the platform hides names."""
    student = course.student(entry.student)
    if is_anonymous(Handed(entry.path, None, None), student):
        return course.code(student.id)
    return student.id if glyphs.missing(student.name) else student.name or student.id


_WRONG = {"empty": "no answer", "unreadable": "cannot be read"}


def _short(slot: Slot, reading: Reading) -> str:
    if slot.points == slot.of:
        return "right"
    return "right in part" if slot.points else _WRONG.get(reading.state, "not right")


def _answer(cell: NotebookNode, form: Form, reading: Reading) -> str:
    """Return what a student typed, and how it was read."""
    if reading.state == "empty":
        return "none"
    if reading.state == "unreadable":
        return reading.said
    text = typed(cell.source, form.variable)[:80]
    return f"{text} ({reading.said})" if reading.state == "read" else text


def _verdict(question: Question, slot: Slot) -> str:
    """Say that an answer is right; or which one is, how it is found, and where that is taught."""
    if slot.points == slot.of:
        return "That is right."
    taught = next((term for term in terms() if term.term == question.term), None)
    where = f"\n\n**To do next.** Read *{taught.heading}* on the page `{taught.page}`" if taught else ""
    again = ", then work out your own numbers again." if taught else ""
    return f"The right answer is **{question.shown}**.\n\n**The way there.** {question.way}.{where}{again}"


def _read_for(rubric: Rubric, text: str, slot: Slot, comment: list[str]) -> list[str]:
    """Return what a text was read for, the comment, and what the next level would have been."""
    criteria = "; ".join(f"**{each.criterion}** ({each.means.rstrip('.')})" for each in rubric.of(text))
    share = 1.0 if slot.points is None else slot.points / slot.of
    above = [level for level in rubric.levels if level.share > share + 1e-9][-1:]
    return [
        f"Read for: {criteria}.",
        *comment,
        *(f"**To do next.** The next level, *{each.level}*: {each.means}." for each in above),
    ]


def _head(course: Course, entry: Intake, result: Result | None) -> str:
    if result is None:
        said = ["Your file could not be graded. Hand it in again, saved from JupyterLab."]
    elif result.total is None:
        said = ["Not everything has been marked yet."]
    else:
        whole = sum(slot.points or 0.0 for slot in result.slots)
        late = f": {whole:g}, less {result.penalty:g} for late work" if result.penalty else ""
        said = [f"You earned **{result.total:g} of {result.of:g} points**{late}."]
    noted = [f"- {as_written(f)}" for f in (*entry.findings, course.late(entry.submitted)) if f]
    return "\n".join([*said, "", *(["What we noted about your file:", "", *noted] if noted else [])])


def as_written(text: str) -> str:
    """Return text that Markdown prints as it is: paragraphs stay, nothing is a mark, every character can be shown.

    >>> print(as_written("a *b* [@key] 2^3 $x$"))
    a \\*b\\* \\[\\@key\\] 2\\^3 \\$x\\$
    """
    return _PUNCTUATION.sub(r"\\\1", glyphs.printable(text).replace("\t", " ")).strip()
