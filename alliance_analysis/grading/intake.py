"""Files as a platform exports them, in a folder or a zip; no path in a zip is ever followed."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from alliance_analysis.errors import BadInput

MAX_FILES = 20_000
"""Most files of one hand-in."""

MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_\w+?(?:_|$)")
"""A folder or file name of Moodle's export: name without underscores, participant, plugin; before 4.1 and without
folders an underscore and the file's name follow (`mod/assign/classes/downloader.php`, `feedback/file/importziplib.php`)."""

CANVAS = re.compile(r"(?:^|_)(?P<late>LATE_)?(?P<user>\d+|anon_\w+?)_(?P<upload>\d+)_")
"""What stands in a file name of Canvas's export between the student's name, in small letters, and the name of the file:
LATE, the user (or a code where the assignment is anonymous), the number of the upload (`lib/content_zipper.rb`)."""

_COPY = re.compile(r"-(\d+)(?:\.\w+)?$")
_TIMESTAMP = 0x5455
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
    def canvas(self) -> re.Match[str] | None:
        """What Canvas says in the file's name, if it is one of Canvas's."""
        return CANVAS.search(self.parts[-1]) if self.parts and not self.moodle else None

    @property
    def moodle(self) -> re.Match[str] | None:
        """What Moodle says in the name of the folder or of the file, if it is one of Moodle's."""
        return next((found for part in self.parts if (found := MOODLE.match(part))), None)

    @property
    def account(self) -> str:
        """Whose account on the platform it came from: a number, or Canvas's code where the assignment is anonymous."""
        if found := self.moodle:
            return found["number"]
        return self.canvas["user"] if self.canvas else ""

    @property
    def number(self) -> str:
        """The number of the account, which the roster has as `platform`; "" if the name carries none."""
        return self.account if self.account.isdigit() else ""

    @property
    def late_mark(self) -> bool:
        """Whether Canvas has marked the file as late."""
        return bool(self.canvas and self.canvas["late"])

    @property
    def own_time(self) -> datetime | None:
        """When the file was last changed; Canvas and Moodle write into a zip only when it was downloaded, so None there."""
        return None if self.canvas or self.moodle else self.time

    @property
    def recency(self) -> tuple[float, int, int]:
        """What grows from one upload to the next: the time, Canvas's number, the -1, -2 of a name that was taken."""
        at, copy = self.own_time, _COPY.search(self.parts[-1]) if self.parts else None
        upload = int(self.canvas["upload"]) if self.canvas else 0
        return at.timestamp() if at else 0.0, upload, int(copy[1]) if copy else 0


def handed_in(source: Path, max_bytes: int) -> Iterator[Handed]:
    """Yield every file of a folder or a zip; a file that is too large or cannot be read comes without its bytes.

    Raises BadInput if the source is neither, or holds more than `MAX_FILES` files.
    """
    if source.is_dir():
        yield from _folder(source, max_bytes)
    elif zipfile.is_zipfile(source):
        try:
            archive = zipfile.ZipFile(source)
        except (zipfile.BadZipFile, OSError) as error:
            what = f"the zip is damaged ({str(error)[:80]})"
            raise BadInput(what, "download it again", file=source) from None
        with archive:
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
    time = _zipped(entry)
    try:
        with archive.open(entry) as stream:
            return Handed(name, stream.read(max_bytes + 1), time, odd)
    except (RuntimeError, zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        return Handed(name, None, time, (*odd, f"it cannot be unpacked ({str(error)[:80]})"))


def _zipped(entry: zipfile.ZipInfo) -> datetime | None:
    """Return an entry's time: its extended timestamp, which is UTC, else the clock of whoever zipped, taken as ours."""
    at = 0
    while at + 9 <= len(entry.extra):
        kind, size = struct.unpack_from("<HH", entry.extra, at)
        if kind == _TIMESTAMP and size >= 5 and entry.extra[at + 4] & 1:
            return datetime.fromtimestamp(struct.unpack_from("<i", entry.extra, at + 5)[0], UTC)
        at += 4 + size
    try:
        return datetime(*entry.date_time).astimezone(UTC)
    except ValueError:
        return None


def _odd(path: str) -> tuple[str, ...]:
    """Say what is malicious in a path: it is only looked at, never followed."""
    parts = PurePosixPath(path.replace("\\", "/"))
    odd = []
    if ".." in parts.parts or parts.is_absolute() or re.match(r"[A-Za-z]:", path):
        odd.append("its path leads out of the folder: only its content was taken")
    if any(part.startswith(_LEADING) for part in parts.parts if part not in ("/", "..")):
        odd.append("its name starts like a formula: neutralised in every table")
    return tuple(odd)
