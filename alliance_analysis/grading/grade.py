"""Grading: plain answers are read from the file, and a student's program runs fenced off; the tests are applied here.

A notebook without a program of the student's own is not run at all. Of one with a program only the values of its
computed answers come back. The tests of the source are applied with the variant that is derived again from the
course's key, and the scores go into nbgrader's database.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import nbformat
from nbformat import NotebookNode

from alliance_analysis.errors import one_line
from alliance_analysis.grading import fence
from alliance_analysis.grading.answers import Reading, forms, grade_id, has_program, readings
from alliance_analysis.grading.collect import Intake, read_collection
from alliance_analysis.grading.course import Course
from alliance_analysis.grading.questions import Question, variant
from alliance_analysis.grading.release import read_source
from alliance_analysis.grading.store import gradebook, need_nbgrader, resources, stored
from alliance_analysis.grading.typed import program
from alliance_analysis.records import write_atomic

ANSWER = "application/vnd.casebook.answer+json"
_READ = """from IPython.display import display as _show
_said = globals().get({name!r})
_show({{{mime!r}: _said if isinstance(_said, (int, float, str)) else None, "text/plain": "read"}}, raw=True)"""


@dataclass(frozen=True)
class Graded:
    """What came of one student's work: points from the tests, of how many, and everything odd about it."""

    student: str
    state: str
    points: float
    of: float
    findings: tuple[str, ...]


def grade(
    course: Course, workers: int = 1, progress: Callable[[Graded], None] | None = None
) -> tuple[Graded, ...]:
    """Grade everything that was collected; one entry for each student of the roster, in its order.

    Whatever a notebook does, the others are graded. Marks that were given by hand stay.
    """
    need_nbgrader()
    source = read_source(course)
    entries = {entry.student: entry for entry in read_collection(course).students}
    known = {name for name in entries if course.place("submitted", name).is_file()}
    done: dict[str, Graded] = {}

    def note(graded: Graded) -> None:
        done[graded.student] = graded
        if progress:
            progress(graded)

    with ThreadPoolExecutor(workers) as pool:
        runs = {pool.submit(_run, course, source, name): name for name in course_order(course, known)}
        for student in course.students:
            if student.id not in known:
                unknown = Intake(student.id, "missing", findings=("not in the last collection",))
                entry = entries.get(student.id, unknown)
                note(Graded(student.id, entry.state, 0.0, _most(source), entry.findings))
        for run in as_completed(runs):
            entry = entries[runs[run]]
            try:
                note(_scored(course, source, entry, run.result()))
            except Exception as error:  # whatever it is, it concerns this notebook alone
                why = f"it could not be graded ({one_line(error)[:120]})"
                note(Graded(entry.student, "failed", 0.0, _most(source), (*entry.findings, why)))
    return tuple(done[student.id] for student in course.students)


def course_order(course: Course, names: Iterable[str]) -> list[str]:
    """Return student ids in the order of the roster."""
    wanted = set(names)
    return [student.id for student in course.students if student.id in wanted]


def _most(source: NotebookNode) -> float:
    return sum(float(cell.metadata["nbgrader"]["points"]) for cell in source.cells if _is_test(cell))


def _is_test(cell: NotebookNode) -> bool:
    marks = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and bool(marks.get("grade")) and not marks.get("solution")


def _answers(source: NotebookNode) -> dict[str, str]:
    """Return for every test the grade id of the answer that it looks at: the one before it."""
    found, answer = {}, ""
    for cell in source.cells:
        if _is_test(cell):
            found[str(grade_id(cell))] = answer
        elif cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
            answer = str(grade_id(cell))
    return found


@dataclass(frozen=True)
class _Read:
    """A notebook as it was collected, how its answers are read, and what came of running it (None: no need to)."""

    submitted: NotebookNode
    readings: dict[str, Reading]
    ran: fence.Ran | None


def _run(course: Course, source: NotebookNode, student: str) -> _Read:
    """Read a student's answers; run the notebook if it holds a program, its answers shown where the tests were."""
    submitted = nbformat.read(course.place("submitted", student), as_version=4)
    asked = forms(source)
    found = readings(submitted, asked)
    if not has_program(submitted, source):
        return _Read(submitted, found, None)
    notebook, answers = copy.deepcopy(submitted), _answers(source)
    ours = {cell.source for cell in source.cells if cell.cell_type == "code" and not grade_id(cell)}
    for cell in notebook.cells:
        name = str(grade_id(cell))
        if _is_test(cell):
            cell.source = _READ.format(name=asked[answers[name]].variable, mime=ANSWER)
        elif cell.source in ours:  # what the copy says to the student
            cell.source = ""
        elif name in asked and (program(cell.source) is None or found[name].state in ("empty", "unreadable")):
            cell.source = f"{asked[name].variable} = {found[name].value!r}"
    return _Read(submitted, found, fence.run(notebook, course.rules.limits, course.folder))


def _scored(course: Course, source: NotebookNode, entry: Intake, work: _Read) -> Graded:
    from nbgrader.preprocessors import OverwriteCells, SaveAutoGrades

    student, where = entry.student, resources(course, entry.student)
    findings = list(entry.findings)
    if work.ran and work.ran.stopped:
        findings.append(f"{work.ran.stopped}: what came before counts")
    notebook, _ = OverwriteCells().preprocess(work.submitted, where)
    tests = {name: cell.source for cell in source.cells if _is_test(cell) and (name := str(grade_id(cell)))}
    asked, answers, questions = forms(source), _answers(source), variant(course.seed(student))
    points = 0.0
    for cell, run in zip(notebook.cells, (work.ran.notebook if work.ran else notebook).cells, strict=True):
        if cell.cell_type != "code":
            continue
        if not _is_test(cell):
            cell.outputs, cell.execution_count = run.outputs, run.execution_count
            findings += [_failed(cell, out) for out in run.outputs if out.output_type == "error"]
            continue
        name = str(grade_id(cell))
        reading, form = work.readings[answers[name]], asked[answers[name]]
        value = _value(run) if reading.state == "program" else reading.value
        if reading.state in ("empty", "unreadable"):
            wrong: NotebookNode | None = _error("NoAnswer", reading.said)
        else:
            wrong = _tested(tests[name], form.variable, value, questions)
        cell.outputs = [wrong] if wrong else []
        points += 0.0 if wrong else float(cell.metadata["nbgrader"]["points"])
    submitted_at = datetime.fromisoformat(entry.submitted) if entry.submitted else None
    with gradebook(course) as book:
        book.update_or_create_submission(course.assignment, student).timestamp = stored(submitted_at)
        book.db.commit()
        SaveAutoGrades().preprocess(notebook, where)
        _keep_marks(book, course, student, notebook)
        found = book.find_submission_notebook(course.assignment, course.assignment, student)
        found.late_submission_penalty = _late(course, submitted_at) * found.max_score
        book.db.commit()
    target = course.place("autograded", student)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(target, (nbformat.writes(notebook) + "\n").encode("utf-8", "replace"))
    return Graded(student, "graded", points, _most(source), tuple(findings))


def _value(run: NotebookNode) -> Any:
    for out in run.outputs:
        if ANSWER in out.get("data", {}):
            return out["data"][ANSWER]
    return None


def _tested(test: str, name: str, value: Any, questions: dict[str, Question]) -> NotebookNode | None:
    """Apply a test of the source to an answer; return the error it ended in, or None."""
    try:
        exec(compile(test, "<test>", "exec"), {name: value, "question": questions})
    except Exception as error:
        return _error(type(error).__name__, str(error) or type(error).__name__)
    return None


def _error(name: str, said: str) -> NotebookNode:
    made: NotebookNode = nbformat.v4.new_output("error", ename=name, evalue=said, traceback=[said])
    return made


def _failed(cell: NotebookNode, out: NotebookNode) -> str:
    where = f"the cell '{grade_id(cell) or cell.id}'"
    if out.ename in ("TimeLimit", "KeyboardInterrupt"):
        return f"{where} ran too long and was stopped"
    return f"{where} ended in {str(out.ename)[:40]}"


def _keep_marks(book: Any, course: Course, student: str, notebook: NotebookNode) -> None:
    """Let a mark given by hand stand where the text is still the one that was marked; nbgrader asks for it again."""
    earlier = course.place("autograded", student)
    if not earlier.is_file():
        return
    before = {grade_id(cell): cell.source for cell in nbformat.read(earlier, as_version=4).cells}
    same = {grade_id(cell) for cell in notebook.cells if before.get(grade_id(cell)) == cell.source}
    for found in book.find_submission_notebook(course.assignment, course.assignment, student).grades:
        if found.manual_score is not None and found.name in same:
            found.needs_manual_grade = False
    book.db.commit()


def _late(course: Course, submitted: datetime | None) -> float:
    """Return the share of all points that late work loses."""
    due = course.rules.due
    return course.rules.late.share(due, submitted) if due and submitted else 0.0
