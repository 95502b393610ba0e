"""The workbook in which the texts are marked: a row for each student and text, and beside it how to mark them."""

from __future__ import annotations

import io
import re
import textwrap
from pathlib import Path
from typing import Any

import nbformat

from alliance_analysis.errors import BadInput
from alliance_analysis.grading.answers import grade_id, graded, heading, written
from alliance_analysis.grading.course import Course, Student
from alliance_analysis.grading.questions import variant
from alliance_analysis.grading.release import order, read_source
from alliance_analysis.grading.store import results
from alliance_analysis.records import write_atomic

COLUMNS = {
    "who": 10, "slot": 16, "points": 7, "earned": 8, "numbers": 18, "text": 76, "level": 11, "comments": 14, "remark": 30,
    "grader": 8, "second level": 11, "second grader": 8,
}  # fmt: skip
"""The columns of the sheet and their widths in characters."""

OPEN = ("level", "comments", "remark", "grader", "second level", "second grader")
"""The columns that a marker fills in; the others are locked."""

GUIDE = "how to mark"
"""The title of the sheet that holds no rows."""

_CELL, _LINE, _TALLEST = 32_000, 15, 409  # characters, points, and the points that Excel gives a row at most
_TEXT, _SMALL = list(COLUMNS).index("text") + 1, 8
_HEAD, _FILL_IN, _HEAD_OPEN = "FF34495E", "FFFFF8E1", "FF7A5C00"


def write_sheet(course: Course, out: Path, *, anonymous: bool = False) -> int:
    """Write a workbook with every text that was handed in and what it has earned so far; return the number of rows.

    `numbers` are the right answers of the student's own variant, which a text may be about. With `anonymous` the rows
    carry a code instead of the id, in the order of the codes, and a text's own mention of its author's id or name is
    left out. Raises BadInput if `out` is there already: marks may stand in it.
    """
    from openpyxl import Workbook

    if out.exists():
        remedy = f"read it with `casebook marks {course.folder} {out}`, or name another one with -o"
        raise BadInput("there is a sheet already, and marks may stand in it", remedy, file=out)
    book = Workbook()
    names = {s.id: course.code(s.id) if anonymous else s.id for s in course.students}
    stored = results(course, order(course))
    rows: list[list[Any]] = []
    for student in sorted(
        (s for s in course.students if s.id in stored), key=lambda s: anonymous * names[s.id]
    ):
        texts, numbers = texts_of(course, student.id), variant(course.seed(student.id))
        said = "\n".join(f"{name}: {question.shown}" for name, question in numbers.items())
        for slot in stored[student.id].slots:
            if slot.written:
                text = as_shown(texts.get(slot.id, ""), student if anonymous else None)
                rows.append([names[student.id], slot.id, slot.of, slot.points, said, text])
    _rows(book.active, course, rows)
    _guide(book.create_sheet(GUIDE), book.active, course)
    stream = io.BytesIO()
    book.save(stream)
    write_atomic(out, stream.getvalue())
    return len(rows)


def texts_of(course: Course, student: str) -> dict[str, str]:
    """Return a student's texts as they were graded last, by grade id."""
    notebook = nbformat.read(course.place("autograded", student), as_version=4)
    return {str(grade_id(cell)): written(cell) for cell in graded(notebook)}


def as_shown(text: str, hidden: Student | None = None) -> str:
    """Return a text as a cell holds it; the id and the name of a `hidden` author are left out.

    >>> as_shown("By A-7, that is, student a-7.", Student("a-7"))
    'By […], that is, student […].'
    """
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    for name in (hidden.name, hidden.id) if hidden else ():
        if name.strip():
            text = re.sub(rf"(?<!\w){re.escape(name.strip())}(?!\w)", "[…]", text, flags=re.IGNORECASE)
    return str(ILLEGAL_CHARACTERS_RE.sub(" ", text))[:_CELL]


def _rows(sheet: Any, course: Course, rows: list[list[Any]]) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

    sheet.title = course.assignment
    _print(sheet, "landscape")
    edge = Side(style="thin", color="FFB0B0B0")
    for number, row in enumerate([list(COLUMNS), *rows], start=1):
        for column, name in enumerate(COLUMNS, start=1):
            cell = sheet.cell(number, column)
            if column <= len(row):
                _put(cell, row[column - 1])
            to_fill = name in OPEN and number > 1
            across = "center" if name in ("points", "earned") else "left"
            cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal=across)
            cell.border = Border(left=edge, right=edge, top=edge, bottom=edge)
            cell.protection = Protection(locked=not to_fill)
            if number == 1:
                cell.font = Font(name="Calibri", bold=True, color="FFFFFFFF")
            if number == 1 or to_fill:
                colour = _FILL_IN if to_fill else _HEAD_OPEN if name in OPEN else _HEAD
                cell.fill = PatternFill("solid", start_color=colour)
        if number > 1:
            lines = max(_lines(text, COLUMNS[name]) for text, name in zip(row, COLUMNS, strict=False))
            height: float = _LINE * (lines + 1)
            if height > _TALLEST:  # a long text is set small
                sheet.cell(number, _TEXT).font = Font(name="Calibri", size=_SMALL)
                height = (
                    _SMALL / 11 * _LINE * (_lines(row[_TEXT - 1], int(COLUMNS["text"] * 11 / _SMALL)) + 1)
                )
            sheet.row_dimensions[number].height = min(_TALLEST, height)
    for column, width in enumerate(COLUMNS.values()):
        sheet.column_dimensions["ABCDEFGHIJKL"[column]].width = width
    sheet.row_dimensions[1].height = 2 * _LINE
    sheet.freeze_panes, sheet.print_title_rows = "C2", "1:1"
    sheet.auto_filter.ref = f"A1:L{len(rows) + 1}"
    sheet.protection.sheet = True  # without a password: against the slip of a hand
    for allowed in ("autoFilter", "sort", "formatColumns", "formatRows"):
        setattr(sheet.protection, allowed, False)


def _put(cell: Any, value: Any) -> None:
    """Set a cell; a text stays a text, also where it starts like a formula."""
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"


def _lines(value: Any, width: int) -> int:
    """Return how many lines a cell takes when it is wrapped."""
    return sum(max(1, len(textwrap.wrap(line, width))) for line in str(value or "").splitlines())


def _print(sheet: Any, orientation: str) -> None:
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = orientation, 9, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for side in ("left", "right", "top"):
        setattr(sheet.page_margins, side, 0.4)
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = "&A", "&P / &N"


def _guide(sheet: Any, marks: Any, course: Course) -> None:
    """Write how to mark: what to do, the levels, what each text is read for, the comment bank; and the drop-downs."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.worksheet.datavalidation import DataValidation

    _print(sheet, "portrait")
    source, rubric, bank = read_source(course), course.rubric, course.rules.comments
    texts = [str(grade_id(cell)) for cell in graded(source) if cell.cell_type == "markdown"]
    parts: list[tuple[str, list[tuple[str, Any, str]]]] = [
        ("What to do", [
            ("level", "", "Choose one from the list. A row without a level waits; a text that is empty has 0 already."),
            ("comments", "", "Short names from the bank below, separated by commas; the student reads the sentences."),
            ("remark", "", "Your own words to the student, of any length."),
            ("grader", "", "Your initials, with every level."),
            ("second level", "", "For a second reader, with initials of their own: the mean counts. Two readers may also "
             "mark two copies of this file; both are then read together."),
            ("numbers", "", "The right answers of this student's own questions, by the name of the question."),
            ("earned", "", "What the text has now. A new level replaces it."),
            ("text", "", "A row holds about 600 words, set small; of a longer text click on the cell to read the end."),
        ]),
        ("Levels", [(each.level, each.share, each.means) for each in rubric.levels]),
        ("What each text is read for", [
            (f"{text}: {heading(source, text)}" if not at else "", "", f"{each.criterion}: {each.means}")
            for text in texts for at, each in enumerate(rubric.of(text))
        ]),
        ("Comments", [(name, "", sentence) for name, sentence in bank.items()]),
    ]  # fmt: skip
    row, places = 1, {}
    for title, lines in parts:
        _put(sheet.cell(row, 1), title)
        sheet.cell(row, 1).font = Font(name="Calibri", bold=True, size=13)
        places[title] = f"'{GUIDE}'!$A${row + 1}:$A${row + max(1, len(lines))}"
        for line in lines:
            row += 1
            for column, value in enumerate(line, start=1):
                _put(sheet.cell(row, column), value)
                across = "center" if column == 2 else "left"
                sheet.cell(row, column).alignment = Alignment(
                    wrap_text=True, vertical="top", horizontal=across
                )
            sheet.cell(row, 2).number_format = "0%"
            height = max(_lines(line[0], 24), _lines(line[2], 80))
            sheet.row_dimensions[row].height = _LINE * height + 3
        row += 2
    for letter, width in (("A", 24), ("B", 8), ("C", 80)):
        sheet.column_dimensions[letter].width = width
    sheet.protection.sheet = True
    for title, columns, strict in (("Levels", "GK", True), ("Comments", "H", False)):
        choice = DataValidation(
            type="list", formula1=places[title], allow_blank=True, showErrorMessage=strict
        )
        choice.errorTitle, choice.error = (
            "No level",
            f"Choose a level from the list; they stand on '{GUIDE}'.",
        )
        marks.add_data_validation(choice)
        for letter in columns:
            choice.add(f"{letter}2:{letter}{max(marks.max_row, 2)}")
