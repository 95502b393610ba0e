"""What a class handed in, sorted by student: every student of the roster and every file is accounted for."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import nbformat
from nbformat import NotebookNode

from alliance_analysis.errors import BadInput
from alliance_analysis.grading.answers import MARK, forms, readings
from alliance_analysis.grading.course import Course
from alliance_analysis.grading.intake import Handed, handed_in
from alliance_analysis.grading.mend import Unusable, mend, parsed
from alliance_analysis.grading.owners import owner
from alliance_analysis.grading.release import filled, read_source, stripped
from alliance_analysis.grading.store import need_nbgrader
from alliance_analysis.records import write_atomic

REPORT = "collected.json"
State = Literal["collected", "unusable", "missing"]


@dataclass(frozen=True)
class Intake:
    """What was taken in for one student: the file as the platform names it, when, and every fault with its remedy."""

    student: str
    state: State
    path: str = ""
    submitted: str = ""
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Collection:
    """All that was handed in: one entry for each student of the roster, the files that are nobody's, and by student
    where the evidence of whose work it is disagrees, which is for the instructor alone."""

    students: tuple[Intake, ...]
    strays: tuple[tuple[str, str], ...]
    conflicts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Candidate:
    handed: Handed
    notebook: NotebookNode | None
    findings: tuple[str, ...]
    named: bool = False


def collect(course: Course, source: Path, times: Mapping[str, datetime] | None = None) -> Collection:
    """Take in a folder or a zip; write `submitted/` in nbgrader's layout and `collected.json`.

    Of several notebooks of a student the one handed in last counts, a readable one before an unreadable one, and one
    whose name says whose it is before one known by its mark alone. Of whom nothing readable is there, what was
    collected before stays. Every file as it came is kept under `received/`, a notebook that is nobody's under
    `strays/`, none of them ever replaced. `times` (by student id) says when work was handed in; without
    it the file's own time does, if it has one: what Canvas and Moodle write into their zips is when it was downloaded.
    """
    need_nbgrader()
    template = read_source(course)
    limit = course.rules.limits.file_mb * 1_000_000
    candidates: dict[str, list[_Candidate]] = defaultdict(list)
    strays: list[tuple[str, str]] = []
    conflicts: list[tuple[str, str]] = []
    for handed in handed_in(source, limit):
        candidate = _opened(handed, limit)
        mark = str(candidate.notebook.metadata.get(MARK, "")) if candidate.notebook else ""
        whose = owner(handed, course, mark)
        is_notebook = candidate.notebook is not None or handed.path.casefold().endswith(".ipynb")
        if whose.student is None:
            kept, _ = _received(course.folder / "strays", handed.raw if is_notebook else None)
            where = [f"kept as strays/{kept}"] if kept else []
            strays.append((handed.path, "; ".join((*candidate.findings, *whose.odd, *where))))
        elif not is_notebook:
            strays.append((handed.path, f"from '{whose.student.id}': no notebook, left alone"))
        else:
            findings = candidate.findings + (whose.odd if candidate.notebook else ())
            candidates[whose.student.id].append(replace(candidate, findings=findings, named=whose.named))
            if whose.conflict:
                conflicts.append((whose.student.id, f"'{handed.path}': {whose.conflict}"))
    entries, before = [], _before(course)
    for student in course.students:
        handed_out = stripped(filled(template, course, student.id))
        told = (times or {}).get(student.id)
        entries.append(
            _taken(course, student.id, candidates[student.id], handed_out, told, before.get(student.id))
        )
        conflicts += _of_several(student.id, candidates[student.id])
    found = Collection(tuple(entries), tuple(strays), tuple(conflicts))
    write_atomic(
        course.folder / REPORT,
        json.dumps(asdict(found), ensure_ascii=False, indent=1).encode("utf-8", "replace"),
    )
    return found


def read_collection(course: Course) -> Collection:
    """Return what was collected last; raises BadInput if nothing was."""
    path = course.folder / REPORT
    if not path.is_file():
        raise BadInput("nothing has been collected yet", "run `casebook collect` first", file=path)
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    students = (Intake(**{**entry, "findings": tuple(entry["findings"])}) for entry in said["students"])
    pairs = ([(who, why) for who, why in said.get(name, ())] for name in ("strays", "conflicts"))
    return Collection(tuple(students), *map(tuple, pairs))


def _of_several(student: str, candidates: list[_Candidate]) -> list[tuple[str, str]]:
    """Say so if several accounts handed in one student's copy and no name says which of them is the student's."""
    unnamed = {c.handed.account: c.handed.path for c in candidates if c.handed.account and not c.named}
    if len(unnamed) < 2:
        return []
    paths = ", ".join(f"'{path}'" for path in unnamed.values())
    said = f"{len(unnamed)} people handed in the copy that was made for '{student}': {paths}; one was counted"
    return [(student, f"{said}. Mixed up, or copied from a classmate: look at all of them")]


def _before(course: Course) -> dict[str, Intake]:
    """Return what was collected earlier and is still there, by student."""
    earlier = read_collection(course).students if (course.folder / REPORT).is_file() else ()
    return {e.student: e for e in earlier if course.place("submitted", e.student).is_file()}


def _opened(handed: Handed, limit: int) -> _Candidate:
    if handed.raw is None:
        return _Candidate(handed, None, handed.odd)
    try:
        return _Candidate(handed, parsed(handed.raw, limit), handed.odd)
    except Unusable as error:
        return _Candidate(handed, None, (*handed.odd, str(error)))


def _taken(
    course: Course,
    student: str,
    candidates: list[_Candidate],
    handed_out: NotebookNode,
    told: datetime | None,
    before: Intake | None,
) -> Intake:
    target = course.place("submitted", student)
    ordered = sorted(candidates, key=lambda c: (c.notebook is not None, c.named, c.handed.recency))
    received = course.folder / "received" / student
    new = [_received(received, candidate.handed.raw)[1] for candidate in ordered]
    if before and not (ordered and ordered[-1].notebook):
        return _stays(before, told, target, [(c.handed.path, "; ".join(c.findings)) for c in ordered])
    if not before:
        target.unlink(missing_ok=True)
    if not candidates:
        return Intake(student, "missing", findings=("nothing was handed in",))
    chosen, others = ordered[-1], ordered[:-1]
    findings = list(chosen.findings)
    if before and new[-1]:
        findings.append(f"it replaces what was collected before, '{before.path}'")
    findings += [
        f"also handed in: '{other.handed.path}'"
        + (f" ({'; '.join(other.findings)})" if other.findings else "")
        + ", not counted"
        for other in others
    ]
    submitted = told or chosen.handed.own_time
    due = course.rules.due
    if chosen.handed.late_mark and not due:
        findings.append("Canvas marks it late: it loses nothing, as course.yaml has no `due`")
    elif chosen.handed.late_mark and due and not told:
        submitted = due + timedelta(minutes=course.rules.late.grace_minutes + 1)
        findings.append("Canvas marks it late without saying how late: taken as one day begun")
    elif due and submitted is None and not chosen.handed.canvas:
        findings.append("nothing says when it was handed in: taken as in time")
    when = submitted.isoformat() if submitted else ""
    if chosen.handed.own_time and not told and course.late(when):
        findings.append("its time is the file's own, which may be that of a download")
    if chosen.notebook is None:
        return Intake(student, "unusable", chosen.handed.path, when, tuple(findings))
    try:
        mended = mend(chosen.notebook, handed_out)
    except Exception as error:  # one notebook must never stop the class
        why = f"it could not be made gradable ({type(error).__name__})"
        if before:
            return _stays(before, told, target, [(chosen.handed.path, why)])
        return Intake(student, "unusable", chosen.handed.path, when, (*findings, why))
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(target, (nbformat.writes(mended.notebook) + "\n").encode("utf-8", "replace"))
    _stamp(target, submitted)
    unread = (
        f"the answer '{name}': {reading.said}"
        for name, reading in readings(mended.notebook, forms(handed_out)).items()
        if reading.state in ("empty", "unreadable")
    )
    return Intake(student, "collected", chosen.handed.path, when, (*findings, *mended.findings, *unread))


def _received(folder: Path, raw: bytes | None) -> tuple[str, bool]:
    """Keep a file as it came, numbered in the order of arrival; return its name, and whether it had not come before."""
    if raw is None:
        return "", False
    known = list(folder.glob("*.ipynb"))
    if same := next((path for path in known if path.read_bytes() == raw), None):
        return same.name, False
    name = f"{max((int(path.stem) for path in known if path.stem.isdigit()), default=0) + 1}.ipynb"
    write_atomic(folder / name, raw)
    return name, True


def _stays(before: Intake, told: datetime | None, target: Path, unread: list[tuple[str, str]]) -> Intake:
    """Return what was collected before, with what is now known of its time and each file that could not be read."""
    if told:
        _stamp(target, told)
        before = replace(before, submitted=told.isoformat())
    said = [f"'{path}' came later: {why}; what was collected before stays" for path, why in unread]
    return replace(before, findings=tuple(dict.fromkeys([*before.findings, *said])))


def _stamp(target: Path, submitted: datetime | None) -> None:
    """Write when work was handed in where nbgrader looks for it."""
    stamp = target.with_name("timestamp.txt")
    stamp.unlink(missing_ok=True)
    if submitted:
        write_atomic(stamp, f"{submitted.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC".encode("ascii"))
