"""What can go wrong, said once: what, where (file, line, field) and how to mend it."""

from __future__ import annotations

import difflib
import os
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, where it is, and the remedy.

    >>> print(Fault("'targt' is not a field", "use 'target'", file=Path("agreement.yaml"), line=7))
    agreement.yaml, line 7: 'targt' is not a field; use 'target'
    """

    what: str
    remedy: str = ""
    file: Path | None = None
    line: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        places = [
            str(self.file) if self.file else "",
            f"line {self.line}" if self.line else "",
            self.field or "",
        ]
        where = ", ".join(place for place in places if place)
        return (f"{where}: " if where else "") + self.what + (f"; {self.remedy}" if self.remedy else "")


class AllianceError(Exception):
    """Base of every error the package raises on purpose; carries one or more faults.

    >>> error = BadInput("the file is empty", "start from the example", file=Path("agreement.yaml"))
    >>> error.exit_code, len(error.faults)
    (2, 1)
    """

    exit_code = 1

    def __init__(
        self,
        what: str | Iterable[Fault],
        remedy: str = "",
        *,
        file: Path | None = None,
        line: int | None = None,
        field: str | None = None,
    ) -> None:
        self.faults: tuple[Fault, ...] = (
            (Fault(what, remedy, file, line, field),) if isinstance(what, str) else tuple(what)
        )
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows of the error: its sentences, not the way through our code."""
        if os.environ.get("CASEBOOK_DEBUG"):
            return traceback.format_exception(self)
        return [str(fault) for fault in self.faults]


class BadInput(AllianceError):
    """A file, parameter or value that cannot be used; nothing was done (exit code 2)."""

    exit_code = 2


class RunFailed(AllianceError):
    """The input was fine, but the run or the check failed (exit code 1)."""


class FileChanged(RunFailed):
    """A file changed on disk since it was read, so nothing was written over it."""


def nearest(name: str, valid: Iterable[str]) -> str:
    """Say which valid name was probably meant, or list them all.

    >>> nearest("timxe", ["timex", "donnelly"])
    "did you mean 'timex'?"
    >>> nearest("q", ["timex", "donnelly"])
    'use one of donnelly, timex'
    """
    names = sorted(valid)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if not close:
        folded = {n.casefold().replace("-", "_"): n for n in names}
        close = difflib.get_close_matches(name.casefold().replace("-", "_"), folded, n=1, cutoff=0.6)
        close = [folded[c] for c in close]
    return f"did you mean '{close[0]}'?" if close else f"use one of {', '.join(names)}"


def one_line(error: BaseException) -> str:
    """Return the name and the text of an error on one line.

    >>> one_line(ValueError("no\\nnumber"))
    'ValueError: no number'
    """
    return " ".join(f"{type(error).__name__}: {error}".split())
