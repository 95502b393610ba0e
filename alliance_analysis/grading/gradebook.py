"""Grades as a table: our own, or the gradebook that Canvas or Moodle exported, filled; no cell can act as a formula."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from alliance_analysis.errors import BadInput, nearest
from alliance_analysis.grading.collect import read_collection
from alliance_analysis.grading.course import Course, Student
from alliance_analysis.grading.release import order
from alliance_analysis.grading.store import Result, results
from alliance_analysis.grading.typed import Form
from alliance_analysis.records import write_atomic

_KEPT = ("EX", "N/A")
"""What Canvas writes for an excused student, and for one to whom the assignment was not given."""

_ASSIGNMENT = re.compile(r"\(\d+\)$")
"""How the name of an assignment's column ends in Canvas; sums of groups end otherwise (`lib/gradebook_exporter.rb`)."""

_STARTS = "=+-@\uff1d\uff0b\uff0d\uff20|"


@dataclass(frozen=True)
class Filled:
    """A table that was written: how many grades stand in it, and everybody it has no grade for, with the reason."""

    path: Path
    grades: int
    without: tuple[tuple[str, str], ...]


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; numbers and a lone dash stay as they are.

    >>> [harmless(cell) for cell in ("=1+1", " @sum", "-2.5", "-", "s-01")]
    ["'=1+1", "' @sum", '-2.5', '-', 's-01']
    """
    bare = text.lstrip()
    if len(bare) < 2 or bare[0] not in _STARTS:
        return text
    try:
        float(bare)
    except ValueError:
        return "'" + text
    return text


def table(course: Course, out: Path) -> Filled:
    """Write our own table: a row for each student of the roster, a column for each graded cell."""
    names = order(course)
    stored = results(course, names)
    states, reasons = {e.student: e for e in read_collection(course).students}, _reasons(course, stored)
    header = ["id", "name", "state", *names, "late penalty", "total", "of"]
    rows, without = [header], []
    for student in course.students:
        found = stored.get(student.id)
        if student.id in reasons:
            without.append((student.id, reasons[student.id]))
        if found is None:
            entry = states.get(student.id)
            rows.append([student.id, student.name, entry.state if entry else "missing"])
            continue
        earned = ["" if slot.points is None else f"{slot.points:g}" for slot in found.slots]
        total = "" if found.total is None else f"{found.total:g}"
        state = "waiting" if found.waiting else "graded"
        rows.append([student.id, student.name, state, *earned, f"{found.penalty:g}", total, f"{found.of:g}"])
    _write(out, rows)
    return Filled(out, len(course.students) - len(without), tuple(without))


def _reasons(course: Course, stored: dict[str, Result]) -> dict[str, str]:
    """Return why a student has no grade, for everyone who has none."""
    entries, reasons = {e.student: e for e in read_collection(course).students}, {}
    for student in course.students:
        found, entry = stored.get(student.id), entries.get(student.id)
        if found is None and entry is None:
            reasons[student.id] = "not in the last collection"
        elif found is None and entry:
            again = "collected, but not graded: `casebook grade` says why"
            reasons[student.id] = again if entry.state == "collected" else "; ".join(entry.findings)
        elif found and found.waiting:
            reasons[student.id] = f"waits to be marked: {', '.join(found.waiting)}"
    return reasons


def fill(course: Course, export: Path, out: Path, column: str = "") -> Filled:
    """Fill the gradebook that Canvas or Moodle exported, its other cells as they are; return who got no grade.

    Canvas needs the `column` of the assignment (a part of its name will do); Moodle's is "Grade". Raises BadInput
    if the file is neither, or the points possible differ from ours.
    """
    try:
        text = export.read_text(encoding="utf-8-sig")
        comma = max(",;\t", key=text.partition("\n")[0].count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=comma))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(
            f"the gradebook cannot be read ({error})", "export it again as CSV", file=export
        ) from None
    header = [name.strip() for name in rows[0]] if rows else []
    stored = results(course, order(course))
    if "ID" in header and {"Student", "LastName"} & set(header):
        at, first = _canvas_column(header, column, export), 1
        while first < len(rows) and not _cell(rows[first], header.index("ID")):
            first += 1  # the rows of points possible and of posting
        key, prefix = header.index("ID"), ""
        possible = next((_cell(r, at) for r in rows[1:first] if "Points Possible" in _cell(r, 0)), "")
    elif {"Identifier", "Grade"} <= set(header):
        at, first, key, prefix = header.index("Grade"), 1, header.index("Identifier"), "Participant "
        most = next((at for at, name in enumerate(header) if name.casefold() == "maximum grade"), -1)
        possible = _cell(rows[1], most) if len(rows) > 1 and most >= 0 else ""
    else:
        what = "this is no gradebook of Canvas (Student, ID) or Moodle (Identifier, Grade)"
        raise BadInput(what, "export the gradebook, or Moodle's grading worksheet, as CSV", file=export)
    ours = next((found.of for found in stored.values()), None)
    if possible and ours is not None and Form("", "amount").value(possible) != ours:
        what = f"the assignment has {possible} points there and {ours:g} here"
        raise BadInput(what, "set them equal on the platform and export again", file=export)
    return _filled(course, rows, (at, first, key, prefix), stored, out, comma)


def _filled(
    course: Course,
    rows: list[list[str]],
    place: tuple[int, int, int, str],
    stored: dict[str, Result],
    out: Path,
    comma: str,
) -> Filled:
    at, first, key, prefix = place
    students: dict[str, Student] = {f"{prefix}{s.platform}": s for s in course.students if s.platform}
    left, without, grades, reasons = dict(students), [], 0, _reasons(course, stored)
    for row in rows[first:]:
        student = left.pop(_cell(row, key), None)
        if student is None:
            if any(row):
                without.append((_cell(row, 0), "not on the roster"))
            continue
        if student.id in reasons:
            without.append((student.id, reasons[student.id]))
            continue
        row.extend([""] * (at + 1 - len(row)))
        if row[at].strip() in _KEPT:
            without.append((student.id, f"stands as {row[at].strip()} there: left so"))
            continue
        row[at], grades = f"{stored[student.id].total:g}", grades + 1
    known = {student.id for student in students.values()}
    without += [(student.id, "not in the platform's gradebook") for student in left.values()]
    without += [(s.id, "has no platform number on the roster") for s in course.students if s.id not in known]
    _write(out, rows, comma)
    return Filled(out, grades, tuple(without))


def _canvas_column(header: list[str], column: str, export: Path) -> int:
    names = [name for name in header if _ASSIGNMENT.search(name)] or header
    found = [name for name in names if column and column.casefold() in name.casefold()]
    if len(found) == 1:
        return header.index(found[0])
    what = f"{len(found)} columns of the gradebook match '{column}'" if column else "which column is it?"
    raise BadInput(what, nearest(column, names), file=export, field="--column")


def _cell(row: list[str], at: int) -> str:
    return row[at].strip() if at < len(row) else ""


def _write(out: Path, rows: list[list[str]], comma: str = ",") -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=comma).writerows([harmless(cell) for cell in row] for row in rows)
    write_atomic(out, stream.getvalue().encode("utf-8-sig"))
