"""Marks of the texts, read back from one sheet or several with checks, and entered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from alliance_analysis.errors import BadInput, Fault, nearest
from alliance_analysis.grading.course import Course
from alliance_analysis.grading.marks_sheet import COLUMNS, GUIDE, OPEN, as_shown, texts_of
from alliance_analysis.grading.release import order
from alliance_analysis.grading.store import Result, gradebook, put, results
from alliance_analysis.reports.roster_sheet import read_sheet

APART = 1
"""Graders who are more than this many levels apart have to settle it."""

Row = dict[str, str]


@dataclass(frozen=True)
class Mark:
    """A text as it was marked: each grader's level, the comments and remarks, and what the sheet calls the student."""

    student: str
    slot: str
    who: str
    levels: tuple[tuple[str, str], ...]
    comments: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Marked:
    """What stands in the sheets: the marks, every row that was begun and has no level, every level above the lowest
    for an empty text, and whether students have codes."""

    marks: tuple[Mark, ...]
    begun: tuple[str, ...]
    empty: tuple[str, ...] = ()
    coded: bool = False


def read_marks(course: Course, *paths: Path) -> Marked:
    """Read marked sheets; rows without a level wait. Raises one BadInput with every fault by file and line.

    Where several graders gave a level, in one sheet or in a sheet each, the mean of their shares counts; more than one
    level apart is a fault. So is a mark of a text that was handed in anew since the sheet was written.
    """
    stored = results(course, order(course))
    found: dict[tuple[str, str], Mark] = {}
    faults, begun, coded = [], [], False
    for path in paths:
        sheet = read_sheet(path, set(COLUMNS), {GUIDE})
        if absent := {"who", "slot", "level"} - set(sheet.columns):
            raise BadInput(
                f"the sheet has no column '{min(absent)}'", "use the sheet as it was written", file=path
            )
        seen: set[tuple[str, str]] = set()
        faults += [replace(fault, file=path) for fault in sheet.faults]
        for line, cells in sheet.rows:
            row = _canonical(course, {name: (cells.get(name) or "").strip() for name in COLUMNS})
            student = _student(course, row["who"])
            key, result = (student, row["slot"]), stored.get(student)
            coded = coded or row["who"] != student
            wrong = list(_faults(course, row, result, key in seen))
            if not wrong and row["level"] and cells.get("text") is not None:
                wrong += _stale(course, student, row)
            mark = None if wrong or not row["level"] else _mark(student, row, found.get(key))
            if mark:
                wrong += _apart(course, mark)
                found[key] = mark
            elif not wrong and any(row[name] for name in OPEN):
                filled = ", ".join(name for name in OPEN if row[name])
                begun.append(f"{row['who']}, {row['slot']} (line {line}): {filled}, but no level")
            faults += [Fault(what, remedy, path, line, field) for field, what, remedy in wrong]
            seen.add(key)
    if faults:
        raise BadInput(faults)
    return Marked(tuple(found.values()), tuple(begun), tuple(_empty(course, found.values())), coded)


def _student(course: Course, who: str) -> str:
    return next((s.id for s in course.students if who in (s.id, course.code(s.id))), "")


def _canonical(course: Course, row: Row) -> Row:
    """Return a row with its levels and the names of its comments in the case of the rubric and the bank."""
    levels = {each.level.casefold(): each.level for each in course.rubric.levels}
    bank = {name.casefold(): name for name in course.rules.comments}
    names = (name.strip() for name in row["comments"].split(",") if name.strip())
    return {
        **row,
        **{field: levels.get(row[field].casefold(), row[field]) for field in ("level", "second level")},
        "comments": ",".join(bank.get(name.casefold(), name) for name in names),
    }


def _faults(course: Course, row: Row, result: Result | None, again: bool) -> Iterator[tuple[str, str, str]]:
    levels = [level.level for level in course.rubric.levels]
    slots = {slot.id for slot in result.slots if slot.written} if result else set()
    if result is None:
        yield "who", f"'{row['who']}' is nobody whose work was graded", "leave the column as it was written"
    elif row["slot"] not in slots:
        yield "slot", f"'{row['slot']}' is no text of this assignment", nearest(row["slot"], slots)
    elif again:
        yield "slot", "this student and slot stand on an earlier line already", "keep one of the two"
    for field in ("level", "second level"):
        if row[field] and row[field] not in levels:
            yield field, f"'{row[field]}' is no level of the rubric", nearest(row[field], levels)
    for name in filter(None, row["comments"].split(",")):
        if name not in course.rules.comments:
            yield "comments", f"'{name}' is not in the comment bank", nearest(name, course.rules.comments)
    if row["level"] and not row["grader"]:
        yield "grader", "there is a level, but nobody gave it", "write the grader's initials"
    if row["second level"] and not (row["level"] and row["second grader"]):
        yield "second level", "it needs a first level and a second grader", "fill both in"
    elif row["second level"] and row["grader"] == row["second grader"]:
        yield "second grader", "both levels are by the same grader", "let somebody else read it"


def _stale(course: Course, student: str, row: Row) -> Iterator[tuple[str, str, str]]:
    """Say so if the text in a row is not the one that was graded last."""
    now = texts_of(course, student).get(row["slot"], "")
    known = {" ".join(as_shown(now, who).split()) for who in (None, course.student(student))}
    if " ".join(row["text"].split()) not in known:
        remedy = "empty its level here, and mark the text in a new sheet (`casebook marks`)"
        yield (
            "text",
            "this is not the text that was graded last: it was handed in anew, or changed here",
            remedy,
        )


def _mark(student: str, row: Row, other: Mark | None) -> Mark:
    """Return the mark in a row, with what an earlier sheet has of the same text."""
    pairs = [(row["grader"], row["level"]), (row["second grader"], row["second level"])]
    names = [name for name in row["comments"].split(",") if name]
    old = other or Mark(student, row["slot"], row["who"], (), (), ())
    return replace(
        old,
        levels=tuple(dict.fromkeys([*old.levels, *(pair for pair in pairs if pair[1])])),
        comments=tuple(dict.fromkeys([*old.comments, *names])),
        remarks=tuple(dict.fromkeys([*old.remarks, *filter(None, [row["remark"]])])),
    )


def _apart(course: Course, mark: Mark) -> Iterator[tuple[str, str, str]]:
    """Say so if graders are too far apart, or if one of them gave two levels."""
    order = [level.level for level in course.rubric.levels]
    at = [order.index(level) for _, level in mark.levels]
    said = "; ".join(f"{grader} {level}" for grader, level in mark.levels)
    if len({grader for grader, _ in mark.levels}) < len(mark.levels):
        yield "grader", f"one grader gave two levels ({said})", "keep one of the two"
    if max(at) - min(at) > APART:
        yield (
            "level",
            f"the graders are more than one level apart ({said})",
            "settle it and write one level",
        )


def _empty(course: Course, marks: Iterable[Mark]) -> Iterator[str]:
    """Name every mark that earns points for a text without a word."""
    for mark in marks:
        if _share(course, mark) > 0 and not texts_of(course, mark.student).get(mark.slot, "").strip():
            levels = " and ".join(dict.fromkeys(f"'{level}'" for _, level in mark.levels))
            yield f"{mark.who}, {mark.slot}: {levels}, but there is no text"


def _share(course: Course, mark: Mark) -> float:
    shares = {level.level: level.share for level in course.rubric.levels}
    return sum(shares[level] for _, level in mark.levels) / len(mark.levels)


def _comment(course: Course, mark: Mark) -> str:
    means = {level.level: level.means for level in course.rubric.levels}
    given = dict.fromkeys(level for _, level in mark.levels)
    said = [f"{level.capitalize()}: {means[level]}." for level in given]
    return " ".join([*said, *(course.rules.comments[name] for name in mark.comments), *mark.remarks]).strip()


def enter(course: Course, marks: tuple[Mark, ...]) -> list[str]:
    """Enter marks into nbgrader's database; return a line for each that takes the place of another one."""
    before = {(s, slot.id): slot for s, r in results(course, order(course)).items() for slot in r.slots}
    replaced = []
    with gradebook(course) as book:
        for mark in marks:
            slot = before[mark.student, mark.slot]
            earned = round(_share(course, mark) * slot.of, 6)
            if slot.points not in (None, earned):
                replaced.append(f"{mark.who}, {mark.slot}: {slot.points:g} becomes {earned:g}")
            put(book, course, mark.student, mark.slot, earned, _comment(course, mark))
    return replaced


def waiting(course: Course, *, coded: bool = False) -> list[str]:
    """Return the texts that nobody has marked yet, with the students' codes where those are wanted."""
    return [
        f"{course.code(student) if coded else student}, {slot}"
        for student, result in results(course, order(course)).items()
        for slot in result.waiting
    ]
