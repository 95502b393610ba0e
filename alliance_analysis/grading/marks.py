"""Marking the texts in one spreadsheet: a row for each student and slot, written out, and read back with checks."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from alliance_analysis.errors import BadInput, Fault, nearest
from alliance_analysis.grading.answers import grade_id, graded, written
from alliance_analysis.grading.course import Course
from alliance_analysis.grading.release import order
from alliance_analysis.grading.store import gradebook, put, results
from alliance_analysis.records import write_atomic
from alliance_analysis.reports.roster_sheet import read_sheet

COLUMNS = {
    "who": 12, "slot": 18, "points": 8, "earned": 8, "text": 70, "level": 12, "comments": 24, "remark": 36, "grader": 12,
    "second level": 12, "second grader": 12,
}  # fmt: skip
"""The columns of the sheet and their widths in characters."""

APART = 1
"""Two graders who are more than this many levels apart have to settle it."""

_CELL = 32_000


@dataclass(frozen=True)
class Mark:
    """A slot as it was marked: the share of its points and what the student will read."""

    student: str
    slot: str
    share: float
    comment: str


def write_sheet(course: Course, out: Path, *, anonymous: bool = False) -> int:
    """Write a workbook with every text that was handed in and what it has earned so far; return the number of rows.

    A note on each slot says what its text is read for. With `anonymous` the rows carry a code instead of the id, in
    the order of the codes.
    """
    from openpyxl import Workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.properties import PageSetupProperties

    book = Workbook()
    sheet = book.active
    sheet.title = course.assignment
    sheet.append(list(COLUMNS))
    names = {s.id: course.code(s.id) if anonymous else s.id for s in course.students}
    stored = results(course, order(course))
    for student in sorted(stored, key=lambda s: names[s]) if anonymous else stored:
        texts = _texts(course, student)
        for slot in stored[student].slots:
            if slot.written:
                _append(sheet, [names[student], slot.id, slot.of, slot.points, texts.get(slot.id, "")])
                read = "\n".join(f"{each.criterion}: {each.means}" for each in course.rubric.of(slot.id))
                sheet.cell(sheet.max_row, 2).comment = Comment(read, course.assignment, 200, 420)
    for letter, width in zip("ABCDEFGHIJK", COLUMNS.values(), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    levels = ",".join(level.level for level in course.rubric.levels)
    choice = DataValidation(type="list", formula1=f'"{levels}"', allow_blank=True)
    sheet.add_data_validation(choice)
    rows = int(sheet.max_row)
    for letter in "FJ":
        choice.add(f"{letter}2:{letter}{max(rows, 2)}")
    bank = course.rules.comments.items()
    for place, lines in (
        ("F1", [f"{each.level}: {each.means}" for each in course.rubric.levels]),
        ("G1", ["Short names, separated by commas:", *(f"{name}: {sentence}" for name, sentence in bank)]),
    ):
        sheet[place].comment = Comment("\n".join(lines), course.assignment, 200, 420)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "C2"
    sheet.print_title_rows, sheet.page_setup.orientation = "1:1", "landscape"
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToHeight = 0
    stream = io.BytesIO()
    book.save(stream)
    write_atomic(out, stream.getvalue())
    return rows - 1


def _append(sheet: Any, cells: list[Any]) -> None:
    """Append a row whose texts stay texts, also where they start like a formula."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    row = sheet.max_row + 1
    for column, value in enumerate(cells, start=1):
        if isinstance(value, str):
            cell = sheet.cell(row, column, ILLEGAL_CHARACTERS_RE.sub(" ", value)[:_CELL])
            cell.data_type = "s"
        else:
            sheet.cell(row, column, value)


def _texts(course: Course, student: str) -> dict[str, str]:
    notebook = nbformat.read(course.place("autograded", student), as_version=4)
    return {str(grade_id(cell)): written(cell) for cell in graded(notebook)}


def read_marks(course: Course, path: Path) -> tuple[Mark, ...]:
    """Read a marked sheet; rows without a level are left waiting. Raises one BadInput with every fault by line.

    Where two graders gave a level, the mean of their shares counts; more than one level apart is a fault.
    """
    known = {name: s.id for s in course.students for name in (s.id, course.code(s.id))}
    stored = results(course, order(course))
    slots = {student: {slot.id for slot in r.slots if slot.written} for student, r in stored.items()}
    sheet = read_sheet(path, set(COLUMNS))
    if absent := {"who", "slot", "level"} - set(sheet.columns):
        raise BadInput(
            f"the sheet has no column '{min(absent)}'", "use the sheet as it was written", file=path
        )
    faults, marks, seen = list(sheet.faults), [], set()
    for line, cells in sheet.rows:
        row = {name: (cells.get(name) or "").strip() for name in COLUMNS}
        student = known.get(row["who"], "")
        wrong = list(_faults(course, row, slots.get(student), (student, row["slot"]) in seen))
        faults += [Fault(what, remedy, line=line, field=field) for field, what, remedy in wrong]
        seen.add((student, row["slot"]))
        if not wrong and row["level"]:
            marks.append(Mark(student, row["slot"], _share(course, row), _comment(course, row)))
    if faults:
        raise BadInput(Fault(f.what, f.remedy, path, f.line, f.field) for f in faults)
    return tuple(marks)


def _faults(
    course: Course, row: dict[str, str], slots: set[str] | None, again: bool
) -> Iterator[tuple[str, str, str]]:
    levels = [level.level for level in course.rubric.levels]
    if slots is None:
        yield "who", f"'{row['who']}' is nobody whose work was graded", "leave the column as it was written"
    elif row["slot"] not in slots:
        yield "slot", f"'{row['slot']}' is no text of this assignment", nearest(row["slot"], slots)
    elif again:
        yield "slot", "this student and slot stand on an earlier line already", "keep one of the two"
    for field in ("level", "second level"):
        if row[field] and row[field] not in levels:
            yield field, f"'{row[field]}' is no level of the rubric", nearest(row[field], levels)
    for name in _names(row):
        if name not in course.rules.comments:
            yield "comments", f"'{name}' is not in the comment bank", nearest(name, course.rules.comments)
    if row["level"] and not row["grader"]:
        yield "grader", "there is a level, but nobody gave it", "write the grader's initials"
    if row["second level"] and not (row["level"] and row["second grader"]):
        yield "second level", "it needs a first level and a second grader", "fill both in"
    elif {row["level"], row["second level"]} <= set(levels) and row["second level"]:
        if row["grader"] == row["second grader"]:
            yield "second grader", "both levels are by the same grader", "let somebody else read it"
        if abs(levels.index(row["level"]) - levels.index(row["second level"])) > APART:
            yield "second level", "the graders are more than one level apart", "settle it and write one level"


def _names(row: dict[str, str]) -> list[str]:
    return [name.strip() for name in row["comments"].split(",") if name.strip()]


def _share(course: Course, row: dict[str, str]) -> float:
    shares = {level.level: level.share for level in course.rubric.levels}
    given = [shares[row[field]] for field in ("level", "second level") if row[field]]
    return sum(given) / len(given)


def _comment(course: Course, row: dict[str, str]) -> str:
    means = {level.level: level.means for level in course.rubric.levels}
    said = [f"{row['level'].capitalize()}: {means[row['level']]}."]
    said += [course.rules.comments[name] for name in _names(row)]
    return " ".join([*said, row["remark"]]).strip()


def enter(course: Course, marks: tuple[Mark, ...]) -> None:
    """Enter the marks into nbgrader's database."""
    points = {
        (student, slot.id): slot.of
        for student, r in results(course, order(course)).items()
        for slot in r.slots
    }
    with gradebook(course) as book:
        for mark in marks:
            earned = round(mark.share * points[mark.student, mark.slot], 6)
            put(book, course, mark.student, mark.slot, earned, mark.comment)
