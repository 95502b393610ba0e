"""Whose a file is: what its name says comes before the mark in the copy, and evidence that disagrees is said."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from alliance_analysis.grading.course import Course, Student
from alliance_analysis.grading.intake import Handed
from alliance_analysis.reports.roster_ids import fold


@dataclass(frozen=True)
class Owner:
    """Whose a file is (None: nobody's), whether its name says so, and what is odd about that.

    A student may read what is `odd`; a `conflict` names classmates and is for the instructor alone.
    """

    student: Student | None
    named: bool = False
    odd: tuple[str, ...] = ()
    conflict: str = ""


def owner(handed: Handed, course: Course, mark: str) -> Owner:
    """Return whose file it is.

    In this order: the number that Canvas or Moodle puts into the name, the student's name as Moodle writes it, a
    folder or file named by the id, and at last the mark in the copy. The mark does not count where the name carries
    the number of somebody else, on the roster or not; a student without a number there cannot be told from others.
    """
    marked = next((s for s in course.students if mark and course.mark(s.id) == mark), None)
    named = _named(handed, course)
    if named:
        return _of_named(named, marked)
    if (number := handed.number) and not (marked and not marked.platform):
        said = (
            f"the number {number} in its name is nobody's on the roster",
            *([f"it is the copy that was made for '{marked.id}'"] if marked else []),
            "add the number to the roster, or put the file into a folder named by the student's id, and collect it",
        )
        return Owner(None, odd=said)
    if marked:
        return Owner(marked, odd=("its name says nothing of its owner: known by the mark in the copy",))
    return Owner(None, odd=("nothing says whose it is",))


def _of_named(named: list[Student], marked: Student | None) -> Owner:
    student, odd, conflict = named[0], tuple[str, ...](), ""
    names = [f"'{s.id}'" for s in named]
    if marked is None:
        return Owner(student, True, ("the mark of the copy is gone or another course's",))
    said = f"its name says {' and '.join(names)}"
    if marked != student:
        odd = ("it is the copy that was made for somebody else",)
        said += f", the mark in the copy '{marked.id}'"
    if len(named) > 1 or odd:
        conflict = f"{said}: counted for '{student.id}'. Mixed up, or copied from a classmate: look at both"
    return Owner(student, True, odd, conflict)


def _named(handed: Handed, course: Course) -> list[Student]:
    """Return everybody whom a file's path names, what counts first."""
    by_number = {s.platform: s for s in course.students if s.platform}
    by_name = {fold(s.name): s for s in course.students if s.name}
    by_id = {fold(s.id): s for s in course.students}
    parts, moodle = handed.parts, handed.moodle
    found = [by_number.get(handed.number), by_name.get(fold(moodle["name"])) if moodle else None]
    found += [by_id.get(fold(part)) for part in (*parts[:-1], parts[-1].rsplit(".", 1)[0] if parts else "")]
    return list(dict.fromkeys(student for student in found if student))


def is_anonymous(handed: Handed, student: Student) -> bool:
    """Return whether the platform hides whose file it is: Canvas by a code, Moodle by a word that is no one's name.

    >>> two = Student("s-02", "López, Ana", "1202")
    >>> files = ("lopezana_1202_9_m.ipynb", "anon_x1_9_m.ipynb", "Ana Lopez_1202_assignsubmission_file/m.ipynb")
    >>> [is_anonymous(Handed(path, None, None), two) for path in files]
    [False, True, False]
    >>> is_anonymous(Handed("Participant_1202_assignsubmission_file/m.ipynb", None, None), two)
    True
    """
    if moodle := handed.moodle:
        return not _words(moodle["name"]) & _words(student.name)
    return bool(handed.account) and not handed.number


def _words(name: str) -> set[str]:
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return set(re.findall(r"\w+", bare.casefold()))
