"""The folder of a course: its rules (`course.yaml`), its roster, its key, and where everything of a class lies."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import math
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from alliance_analysis import content
from alliance_analysis.agreement.kpi import Identifier, Text
from alliance_analysis.errors import BadInput, Fault
from alliance_analysis.records import Record, read_record, write_atomic
from alliance_analysis.reports.assignment import FILE_NAME as ASSIGNMENT
from alliance_analysis.reports.assignment import Assignment, Rubric, read_assignment
from alliance_analysis.reports.assignment import shipped as shipped_assignment
from alliance_analysis.reports.roster_ids import check_ids
from alliance_analysis.reports.roster_sheet import read_sheet

RULES, ROSTER, KEY = "course.yaml", "roster.csv", "course.key"
COLUMNS = ("id", "name", "platform")
Share = Annotated[float, Field(ge=0, le=1)]


def _no_number(value: Any) -> Any:
    """Refuse a bare number, which pydantic would take for seconds since 1970."""
    if isinstance(value, int | float):
        raise PydanticCustomError("datetime_type", "a number is no time")
    return value


class LateRule(Record):
    """What late work costs: after the grace time, `per_day` of the points for each day begun, up to `at_most`."""

    grace_minutes: Annotated[int, Field(ge=0)] = 15
    per_day: Share = 0.1
    at_most: Share = 0.5

    def share(self, due: datetime, submitted: datetime) -> float:
        """Return the share of the points that is lost.

        >>> from datetime import UTC, timedelta
        >>> due = datetime(2026, 3, 6, tzinfo=UTC)
        >>> rule = LateRule()
        >>> [rule.share(due, due + timedelta(minutes=m)) for m in (15, 16, 60 * 24 + 16, 60 * 24 * 30)]
        [0.0, 0.1, 0.2, 0.5]
        """
        return min(self.at_most, self.per_day * self.days(due, submitted))

    def days(self, due: datetime, submitted: datetime) -> int:
        """Return the days begun since the end of the grace time."""
        late = (submitted - due).total_seconds() - self.grace_minutes * 60
        return max(0, math.ceil(late / 86_400))


class Allowed(Record):
    """What one notebook may use while it is graded, and how large a file may be."""

    cell_seconds: Annotated[int, Field(ge=1)] = 20
    notebook_seconds: Annotated[int, Field(ge=5)] = 120
    memory_mb: Annotated[int, Field(ge=1000)] = 2048
    processes: Annotated[int, Field(ge=8)] = 64
    disk_mb: Annotated[int, Field(ge=1)] = 200
    output_kb: Annotated[int, Field(ge=1)] = 100
    file_mb: Annotated[int, Field(ge=1)] = 20


class Rules(Record):
    """Everything that stands in `course.yaml`."""

    schema_: Literal[1] = Field(alias="schema")
    course: Text
    assignment: Identifier
    due: Annotated[AwareDatetime | None, BeforeValidator(_no_number)] = None
    late: LateRule = LateRule()
    limits: Allowed = Allowed()
    comments: dict[Identifier, Text] = Field(default_factory=dict)


@dataclass(frozen=True)
class Student:
    """A line of the roster; `platform` is the number that Canvas or Moodle puts into the names of files."""

    id: str
    name: str = ""
    platform: str = ""


@dataclass(frozen=True)
class Course:
    """A course in its folder."""

    folder: Path
    rules: Rules
    paper: Assignment
    students: tuple[Student, ...]
    key: bytes

    @property
    def rubric(self) -> Rubric:
        """The rubric of the texts, which is that of the paper."""
        return self.paper.rubric

    @property
    def assignment(self) -> str:
        """The name of the assignment, of its notebook, and of its folders."""
        return self.rules.assignment

    @property
    def source(self) -> Path:
        """The source notebook, with its hidden tests; in nbgrader's place."""
        return self.folder / "source" / self.assignment / f"{self.assignment}.ipynb"

    def place(self, step: str, student: str) -> Path:
        """Return a student's notebook at a step, in nbgrader's place (`submitted`, `autograded`)."""
        return self.folder / step / student / self.assignment / f"{self.assignment}.ipynb"

    def student(self, identifier: str) -> Student:
        """Return a student of the roster by id."""
        return next(student for student in self.students if student.id == identifier)

    def late(self, submitted: str) -> str:
        """Say how late work that was handed in at an ISO time is, and what that costs; "" if it is not late."""
        due, rule = self.rules.due, self.rules.late
        if not due or not submitted or not (days := rule.days(due, datetime.fromisoformat(submitted))):
            return ""
        share = rule.share(due, datetime.fromisoformat(submitted))
        begun = "1 day" if days == 1 else f"{days} days"
        return f"late by {begun} begun: it loses {f'{share:.0%} of all points' if share else 'nothing'}"

    def seed(self, student: str) -> int:
        """Return the seed of a student's variant: a keyed hash of course, assignment and student."""
        return int(self._hash("variant", student)[:12], 16)

    def mark(self, student: str) -> str:
        """Return the mark in a student's copy, by which it is known again under any name."""
        return self._hash("copy", student)[:16]

    def code(self, student: str) -> str:
        """Return the code under which a student's work is marked anonymously."""
        return self._hash("anonymous", student)[:8]

    def _hash(self, purpose: str, student: str) -> str:
        said = "\x1f".join((purpose, self.rules.course, self.assignment, student))
        return hmac.new(self.key, said.encode("utf-8"), hashlib.sha256).hexdigest()


def shipped() -> Path:
    """Return the folder of the assignment that comes with the casebook."""
    return content.folder("casebook") / "graded"


def open_course(folder: Path) -> Course:
    """Read a course's folder; raises BadInput with every fault of its rules, of its assignment or of its roster.

    The rubric stands in `assignment.yaml` in the folder, else in the one that came with the workbook.

    The key is made once, at the first use, and never replaced: with another key every student would have another variant.
    """
    rules, asked = read_record(Rules, folder / RULES), folder / ASSIGNMENT
    paper = read_assignment(asked if asked.exists() else shipped_assignment())
    students = read_students(folder / ROSTER)
    key = folder / KEY
    if not key.exists() and (folder / "release").exists():
        what = "the key is gone with which copies were handed out: with another, every right answer would be wrong"
        raise BadInput(what, "put it back; or, to start anew, delete release/", file=key)
    if not key.exists():
        write_atomic(key, secrets.token_hex(32).encode("ascii"))
        key.chmod(0o600)
    return Course(folder, rules, paper, students, key.read_bytes().strip())


def read_students(path: Path) -> tuple[Student, ...]:
    """Read a roster (CSV or .xlsx): a column `id`, and if wanted `name` and `platform`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "roster.csv"
    ...     _ = path.write_text("id,platform\\ns-01,1201\\ns-02,1202\\n")
    ...     [student.platform for student in read_students(path)]
    ['1201', '1202']
    """
    sheet = read_sheet(path, set(COLUMNS))
    if "id" not in sheet.columns:
        raise BadInput("the roster has no column 'id'", "name the column of student ids 'id'", file=path)
    faults = list(sheet.faults)
    students, lines = [], []
    numbers: dict[str, int] = {}
    for line, cells in sheet.rows:
        said = {name: (cells.get(name) or "").strip() for name in COLUMNS}
        students.append(Student(**said))
        lines.append((line, said["id"]))
        if not re.fullmatch(r"[0-9]*", said["platform"]):
            what = f"the platform number '{said['platform']}' is not digits alone"
            remedy = "write it as the platform does in the names of files, such as 48213"
            faults.append(Fault(what, remedy, line=line, field="platform"))
        elif said["platform"] and numbers.setdefault(said["platform"], line) != line:
            what = (
                f"the platform number '{said['platform']}' stands on line {numbers[said['platform']]} already"
            )
            faults.append(Fault(what, "give each student their own", line=line, field="platform"))
    faults += check_ids(lines)
    if faults:
        raise BadInput(Fault(f.what, f.remedy, path, f.line, f.field) for f in faults)
    return tuple(students)


def read_times(path: Path, course: Course) -> dict[str, datetime]:
    """Read when each student handed in, by id: a table of ours, or Moodle's grading worksheet.

    Ours has the columns `id` and `submitted` (ISO, with its time zone). The worksheet's times are read in the zone of
    the date that the work is due.
    """
    names = ("id", "submitted"), ("Identifier", "Last modified (submission)")
    sheet = read_sheet(path, {*names[0], *names[1]})
    moodle = names[1][0] in sheet.columns
    who, when = names[moodle]
    if missing := {who, when} - set(sheet.columns):
        raise BadInput(
            f"the table has no column '{min(missing)}'", "name its columns id and submitted", file=path
        )
    ids = {f"Participant {s.platform}": s.id for s in course.students if s.platform}
    faults, times = list(sheet.faults), {}
    for line, cells in sheet.rows:
        name, said = (cells.get(who) or "").strip(), (cells.get(when) or "").strip()
        if moodle and (said in ("", "-") or name not in ids):
            continue
        try:
            times[ids[name] if moodle else name] = _moodle_time(said, course) if moodle else _iso_time(said)
        except ValueError:
            remedy = f"write it in a table of your own, as {name or 's-01'},2026-03-06T23:59:00+01:00"
            faults.append(Fault(f"'{said}' is no time with a zone", remedy, line=line, field=when))
    if faults:
        raise BadInput(Fault(f.what, f.remedy, path, f.line, f.field) for f in faults)
    return times


def _iso_time(said: str) -> datetime:
    time = datetime.fromisoformat(said)
    if time.tzinfo is None:
        raise ValueError(said)
    return time


_MOODLE_TIMES = ("%A, %d %B %Y, %I:%M %p", "%A, %B %d, %Y, %I:%M %p", "%A, %d %B %Y, %H:%M")
"""How Moodle writes times in English: British, American, and with 24 hours."""


def _moodle_time(said: str, course: Course) -> datetime:
    for form in _MOODLE_TIMES:
        with contextlib.suppress(ValueError):
            found = datetime.strptime(said, form)
            return found.replace(tzinfo=course.rules.due.tzinfo) if course.rules.due else found.astimezone()
    raise ValueError(said)
