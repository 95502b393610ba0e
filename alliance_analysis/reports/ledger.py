"""What a batch has done: one row per job in a local SQLite file, with one writer."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alliance_analysis.errors import BadInput, RunFailed

NAME = "ledger.sqlite"
SCHEMA = 1

_TABLES = """
CREATE TABLE IF NOT EXISTS batch (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS job (
  id TEXT PRIMARY KEY, position INTEGER NOT NULL, parameters TEXT NOT NULL, key TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),
  kind TEXT NOT NULL DEFAULT '', what TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0,
  finished TEXT NOT NULL DEFAULT '', seconds TEXT NOT NULL DEFAULT '{}', outcomes TEXT NOT NULL DEFAULT '{}',
  files TEXT NOT NULL DEFAULT '{}', memory INTEGER NOT NULL DEFAULT 0
);
"""


@dataclass(frozen=True)
class Entry:
    """One job in the ledger.

    `state` is waiting, running, done or failed; `files` maps the names of what was written to their size in bytes;
    `seconds` the phases to their time; `outcomes` what the notebook recorded.
    """

    id: str
    position: int
    parameters: Mapping[str, Any]
    key: str
    state: str = "waiting"
    kind: str = ""
    what: str = ""
    attempts: int = 0
    finished: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    outcomes: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)
    memory: int = 0


_COLUMNS = tuple(Entry.__dataclass_fields__)
_JSON = {"parameters", "seconds", "outcomes", "files"}


def key(*parts: Any) -> str:
    """Return the SHA-256 of values that JSON can write; equal values give equal keys.

    >>> key({"a": 1, "b": 2}) == key({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class Ledger:
    """The ledger of one batch, open for reading or, by one process at a time, for writing.

    Raises BadInput if the file is no ledger, is of a newer version, or another batch is writing to it.
    """

    def __init__(self, path: Path, *, write: bool = False) -> None:
        self.path = path
        self._lock: sqlite3.Connection | None = None
        if not write and not path.is_file():
            raise BadInput(
                "there is no batch here", "name the folder that a batch wrote to", file=path.parent
            )
        try:
            if write:
                self._take_lock()
            # reading too may have to undo what a killed writer left half done, so never "mode=ro"
            self._file = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={'rwc' if write else 'rw'}", uri=True
            )
            if write:
                self._file.executescript(f"PRAGMA journal_mode=DELETE;{_TABLES}")
                self._file.execute("INSERT OR IGNORE INTO batch VALUES ('schema', ?)", (str(SCHEMA),))
                self._file.commit()
            schema = int(self.get("schema", "0"))
        except sqlite3.DatabaseError as error:
            self._unlock()
            raise BadInput(
                f"this is no ledger of a batch ({error})", "choose another folder", file=path
            ) from None
        if schema != SCHEMA:
            raise BadInput(
                f"the ledger has version {schema}, not {SCHEMA}", "choose another folder", file=path
            )

    def _take_lock(self) -> None:
        """Hold a lock that the system takes back when this process ends, however it ends."""
        self._lock = sqlite3.connect(self.path.with_suffix(".lock"), timeout=0, isolation_level=None)
        try:
            self._lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            self._unlock()
            if "locked" not in str(error):
                raise
            remedy = "wait until it has finished, or stop it"
            raise BadInput("another batch is writing to this folder", remedy, file=self.path.parent) from None

    def _unlock(self) -> None:
        if self._lock:
            self._lock.close()
            with suppress(OSError):
                self.path.with_suffix(".lock").unlink(missing_ok=True)
            self._lock = None

    def close(self) -> None:
        """Close the file and give up the lock."""
        self._file.close()
        self._unlock()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(self, name: str, otherwise: str = "") -> str:
        """Return a value that belongs to the whole batch."""
        row = self._file.execute("SELECT value FROM batch WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else otherwise

    def entries(self, *, all_ever: bool = False) -> list[Entry]:
        """Return the jobs of the roster in its order; with `all_ever` also those of earlier rosters, at -1."""
        which = "" if all_ever else "WHERE position >= 0"
        query = f"SELECT {', '.join(_COLUMNS)} FROM job {which} ORDER BY position, id"
        return [
            Entry(**{n: json.loads(v) if n in _JSON else v for n, v in zip(_COLUMNS, row, strict=True)})
            for row in self._file.execute(query)
        ]

    def start(self, values: Mapping[str, str], entries: Iterable[Entry]) -> None:
        """Replace the batch's values and its list of jobs, all or nothing; jobs no longer listed are kept at -1."""
        with self._writing():
            self._file.executemany("INSERT OR REPLACE INTO batch VALUES (?, ?)", values.items())
            self._file.execute("UPDATE job SET position = -1")
            self._insert(entries)

    def put(self, *entries: Entry) -> None:
        """Write jobs as they now are, all or nothing."""
        with self._writing():
            self._insert(entries)

    def _insert(self, entries: Iterable[Entry]) -> None:
        marks = ", ".join("?" * len(_COLUMNS))
        rows = [
            [json.dumps(getattr(e, n), ensure_ascii=False) if n in _JSON else getattr(e, n) for n in _COLUMNS]
            for e in entries
        ]
        self._file.executemany(f"INSERT OR REPLACE INTO job ({', '.join(_COLUMNS)}) VALUES ({marks})", rows)

    def _writing(self) -> _Writing:
        return _Writing(self._file, self.path)


class _Writing:
    def __init__(self, file: sqlite3.Connection, path: Path) -> None:
        self._file, self._path = file, path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        try:
            self._file.rollback() if error else self._file.commit()
        except sqlite3.OperationalError as failed:
            error = failed
        if isinstance(error, sqlite3.OperationalError):
            remedy = "free some space and run the same command again: nothing that was done is lost"
            raise RunFailed(f"the ledger cannot be written ({error})", remedy, file=self._path) from None
