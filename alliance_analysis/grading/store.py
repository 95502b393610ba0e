"""nbgrader's database: opened, entered and read in one place."""

from __future__ import annotations

import importlib.util
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from alliance_analysis.errors import RunFailed
from alliance_analysis.grading.course import Course


@dataclass(frozen=True)
class Slot:
    """What one graded cell earned: `points` is None where it waits to be marked; `comment` is the marker's."""

    id: str
    written: bool
    points: float | None
    of: float
    comment: str = ""


@dataclass(frozen=True)
class Result:
    """A student's graded cells in the order of the notebook, and what late work cost, in points."""

    student: str
    slots: tuple[Slot, ...]
    penalty: float

    @property
    def of(self) -> float:
        """All points that could be earned."""
        return sum(slot.of for slot in self.slots)

    @property
    def waiting(self) -> tuple[str, ...]:
        """The slots that nobody has marked yet."""
        return tuple(slot.id for slot in self.slots if slot.points is None)

    @property
    def total(self) -> float | None:
        """The points after what late work cost, never below 0; None while a slot waits."""
        if self.waiting:
            return None
        return max(0.0, sum(slot.points or 0.0 for slot in self.slots) - self.penalty)


def need_nbgrader() -> None:
    """Raise RunFailed with the one line that installs nbgrader, if it is not here."""
    if importlib.util.find_spec("nbgrader") is None:
        raise RunFailed(
            "grading a class needs nbgrader", 'install it: pip install "alliance-casebook[grading]"'
        )
    beside = str(Path(sys.executable).parent)  # nbgrader calls `alembic` by its bare name
    if beside not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = beside + os.pathsep + os.environ.get("PATH", "")


@contextmanager
def gradebook(course: Course) -> Iterator[Any]:
    """Open nbgrader's database of a course."""
    need_nbgrader()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SQLAlchemy and alembic, on how nbgrader uses them
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{course.folder.resolve() / 'gradebook.db'}") as book:
            yield book


def resources(course: Course, student: str = "") -> dict[str, Any]:
    """Return what nbgrader's steps ask for."""
    said = {"notebook": course.assignment, "assignment": course.assignment, "student": student}
    return {"nbgrader": {**said, "db_url": f"sqlite:///{course.folder.resolve() / 'gradebook.db'}"}}


def stored(when: datetime | None) -> datetime | None:
    """Return a time as nbgrader stores it: UTC, without a zone."""
    return None if when is None else when.replace(tzinfo=None) - (when.utcoffset() or timedelta())


def submission(book: Any, course: Course, student: str) -> Any:
    """Return a student's notebook in the database, or None where nothing was graded."""
    from nbgrader.api import MissingEntry

    try:
        return book.find_submission_notebook(course.assignment, course.assignment, student)
    except MissingEntry:
        return None


def results(course: Course, order: list[str]) -> dict[str, Result]:
    """Return what every graded student has earned; `order` are the grade ids as the source has them."""
    found = {}
    with gradebook(course) as book:
        for student in course.students:
            if (notebook := submission(book, course, student.id)) is None:
                continue
            comments = {comment.name: comment.manual_comment or "" for comment in notebook.comments}
            slots = [
                Slot(
                    grade.name,
                    grade.cell.cell_type == "markdown",
                    None if grade.needs_manual_grade else float(grade.score),
                    float(grade.max_score),
                    comments.get(grade.name) or comments.get(grade.name.removesuffix("-test"), ""),
                )
                for grade in notebook.grades
            ]
            slots.sort(key=lambda slot: order.index(slot.id))
            found[student.id] = Result(student.id, tuple(slots), notebook.late_submission_penalty or 0.0)
    return found


def put(book: Any, course: Course, student: str, slot: str, points: float, comment: str) -> None:
    """Enter a marker's points and comment for one slot; they stay through a later grading."""
    where = (slot, course.assignment, course.assignment, student)
    grade, said = book.find_grade(*where), book.find_comment(*where)
    grade.manual_score, grade.needs_manual_grade = points, False
    said.manual_comment = comment or None
    book.db.commit()
