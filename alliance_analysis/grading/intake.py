"""Files as a platform exports them, in a folder or a zip, and whose they are; no path in a zip is ever followed."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from alliance_analysis.errors import BadInput
from alliance_analysis.grading.course import Course, Student
from alliance_analysis.reports.roster_ids import fold

MAX_FILES = 20_000
"""Most files of one hand-in."""

MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_\w+?(?:_|$)")
"""A folder or file name of Moodle's export."""
_LEADING = tuple("=+-@\t\r")


@dataclass(frozen=True)
class Handed:
    """One file: its path as the export has it, its bytes (None if they cannot be read), its time, and what is odd."""

    path: str
    raw: bytes | None
    time: datetime | None
    odd: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """The names in the path, without what leads out of it."""
        return tuple(
            p for p in PurePosixPath(self.path.replace("\\", "/")).parts if p not in ("/", "..", ".")
        )

    @property
    def late_mark(self) -> bool:
        """Whether Canvas has marked the file as late."""
        return "LATE" in self.parts[-1].split("_")[:3] if self.parts else False


def handed_in(source: Path, max_bytes: int) -> Iterator[Handed]:
    """Yield every file of a folder or a zip; a file that is too large or cannot be read comes without its bytes.

    Raises BadInput if the source is neither, or holds more than `MAX_FILES` files.
    """
    if source.is_dir():
        yield from _folder(source, max_bytes)
    elif zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            members = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(members) > MAX_FILES:
                raise BadInput(f"the zip holds {len(members):,} files", "split it", file=source)
            for entry in members:
                yield _member(archive, entry, max_bytes)
    else:
        what = "this is no zip file" if source.exists() else "there is no such file or folder"
        raise BadInput(what, "name the zip that Canvas or Moodle exports, or its folder", file=source)


def _folder(source: Path, max_bytes: int) -> Iterator[Handed]:
    files = sorted(path for path in source.rglob("*") if path.is_symlink() or path.is_file())
    if len(files) > MAX_FILES:
        raise BadInput(f"the folder holds {len(files):,} files", "split it", file=source)
    for path in files:
        name = path.relative_to(source).as_posix()
        if path.is_symlink():
            yield Handed(name, None, None, ("it is a link to another place: not followed",))
            continue
        try:
            with path.open("rb") as stream:
                raw = stream.read(max_bytes + 1)
            time = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            yield Handed(name, raw, time, _odd(name))
        except OSError as error:
            yield Handed(name, None, None, (f"it cannot be read ({error.strerror})",))


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, max_bytes: int) -> Handed:
    name, odd = entry.filename, _odd(entry.filename)
    try:
        time = datetime(*entry.date_time).astimezone(UTC)
    except ValueError:
        time = None
    try:
        with archive.open(entry) as stream:
            return Handed(name, stream.read(max_bytes + 1), time, odd)
    except (RuntimeError, zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        return Handed(name, None, time, (*odd, f"it cannot be unpacked ({str(error)[:80]})"))


def _odd(path: str) -> tuple[str, ...]:
    """Say what is malicious in a path: it is only looked at, never followed."""
    parts = PurePosixPath(path.replace("\\", "/"))
    odd = []
    if ".." in parts.parts or parts.is_absolute() or re.match(r"[A-Za-z]:", path):
        odd.append("its path leads out of the folder: only its content was taken")
    if any(part.startswith(_LEADING) for part in parts.parts if part not in ("/", "..")):
        odd.append("its name starts like a formula: neutralised in every table")
    return tuple(odd)


def owner(handed: Handed, course: Course, mark: str) -> tuple[Student | None, tuple[str, ...]]:
    """Return whose file it is, and what is odd about that.

    In this order: the number that Canvas or Moodle puts into the name, the student's name as Moodle writes it, a
    folder or file named by the id, and at last the mark in the copy. A copy that was made for somebody else is said.
    """
    marked = next((s for s in course.students if mark and course.mark(s.id) == mark), None)
    named = _named(handed.parts, course)
    if named is None:
        odd = ("its name says nothing of its owner: known by the mark in the copy",) if marked else ()
        return marked, odd
    if marked and marked != named:
        return named, (f"it is the copy that was made for '{marked.id}'",)
    return named, () if marked else ("the mark of the copy is gone or another course's",)


def _named(parts: tuple[str, ...], course: Course) -> Student | None:
    by_number = {s.platform: s for s in course.students if s.platform}
    by_name = {fold(s.name): s for s in course.students if s.name}
    by_id = {fold(s.id): s for s in course.students}
    for part in parts:
        if found := MOODLE.match(part):
            student = by_number.get(found["number"]) or by_name.get(fold(found["name"]))
            if student:
                return student
    numbers = [piece for piece in parts[-1].split("_") if piece.isdigit()] if parts else []
    if numbers and numbers[0] in by_number:  # Canvas: name_[LATE_]user_submission_file
        return by_number[numbers[0]]
    for part in (*parts[:-1], parts[-1].rsplit(".", 1)[0] if parts else ""):
        if fold(part) in by_id:
            return by_id[fold(part)]
    return None
