"""Run a notebook with parameters through papermill, in a fresh kernel of this environment."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import nbformat
from nbformat import NotebookNode

from alliance_analysis.errors import Fault, RunFailed
from alliance_analysis.records import write_atomic
from alliance_analysis.reports.notebook import KERNEL, clean, read_notebook

Progress = Callable[[int, int, str], None]
"""Called as a code cell starts: its number from 1, how many there are, and the heading it stands under."""

Kind = Literal[
    "notebook error", "time-out", "killed", "out of memory", "too much output", "infrastructure"
]  # fmt: skip
"""Why a run failed; only "infrastructure" is not the notebook's own doing, and worth another try."""


@dataclass(frozen=True)
class Limits:
    """What one run may use: seconds per cell and in all, bytes of memory and of output; None is no limit."""

    cell_seconds: float | None = None
    notebook_seconds: float | None = None
    memory_bytes: int | None = None
    output_bytes: int | None = None


@dataclass
class Run:
    """One run while it lasts: what was asked of it, and how far it came."""

    progress: Progress | None = None
    limits: Limits = Limits()
    seconds: dict[str, float] = field(default_factory=dict)
    notebook: NotebookNode | None = None
    reached: tuple[int, int, str] = (0, 0, "Setup")
    stopped: tuple[Kind, str] | None = None
    returncode: int | None = None

    def at(self, number: int, total: int, heading: str) -> None:
        """Note that a code cell starts; one that is sent to a kernel that was stopped does not."""
        if self.stopped:
            return
        self.reached = (number, total, heading)
        if self.progress:
            self.progress(number, total, heading)


class NotebookFailed(RunFailed):
    """A run that failed: the kind of failure, and the notebook as far as it came."""

    def __init__(self, kind: Kind, what: str, remedy: str, partial: NotebookNode | None) -> None:
        super().__init__(what, remedy)
        self.kind = kind
        self.partial = partial


@dataclass(frozen=True)
class Executed:
    """A notebook after its run, the values its parameters had, and the seconds it took by phase."""

    notebook: NotebookNode
    parameters: dict[str, Any]
    seconds: dict[str, float]


def execute(
    path: Path,
    given: Mapping[str, Any],
    out: Path,
    *,
    cwd: Path | None = None,
    progress: Progress | None = None,
) -> Executed:
    """Run the notebook at `path` and write the executed one to `out`, atomically.

    Parameters are checked first (BadInput; nothing is run or written). If a cell fails, the partial notebook is
    left beside `out` with `.failed` before its suffix, and RunFailed names the cell and the error.
    """
    from alliance_analysis.reports.parameters import check

    notebook = read_notebook(path)
    values = check(notebook, given, path)
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        done = run(notebook, values, cwd or out.parent, progress=progress)
    except NotebookFailed as error:
        file = path
        if error.partial is not None:
            file = out.with_name(f"{out.stem}.failed{out.suffix}")
            write_atomic(file, nbformat.writes(error.partial).encode("utf-8"))
        raise RunFailed([Fault(fault.what, fault.remedy, file) for fault in error.faults]) from None
    write_atomic(out, nbformat.writes(done.notebook).encode("utf-8"))
    return done


def run(
    notebook: NotebookNode,
    values: Mapping[str, Any],
    cwd: Path,
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Executed:
    """Run a notebook with checked parameters in the folder `cwd` and return it cleaned; nothing is written.

    Raises NotebookFailed, which says the kind of failure and carries the partial notebook. A notebook of which a
    cell did not run, as after `sys.exit(0)`, has failed.
    """
    started = time.perf_counter()
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from alliance_analysis.reports.engine import ENGINE, register

    register()
    this = Run(progress, limits or Limits())
    this.seconds["papermill import"] = time.perf_counter() - started
    begun = time.perf_counter()
    kind: Kind
    try:
        done = papermill.execute_notebook(
            notebook,
            None,
            parameters=dict(values),
            engine_name=ENGINE,
            kernel_name=KERNEL,
            language="python",
            progress_bar=False,
            cwd=str(cwd),
            run=this,
        )
    except PapermillExecutionError as error:
        kind = "out of memory" if error.ename == "MemoryError" else "notebook error"
        raise _failed(this, kind, f"{error.ename}: {error.evalue}") from None
    except (DeadKernelError, RuntimeError, OSError) as error:
        if this.stopped:
            raise _failed(this, *this.stopped) from None
        if this.reached[0] and isinstance(error, DeadKernelError):
            raise _failed(this, "killed", _end(this.returncode)) from None
        raise _failed(this, "infrastructure", f"the kernel stopped ({error})") from None
    this.seconds["run"] = time.perf_counter() - begun
    if this.stopped:
        raise _failed(this, *this.stopped)
    if missing := _not_run(done):
        heading = f"{missing} code cell{'s' if missing > 1 else ''} did not run: a cell left the notebook"
        raise _failed(this, "notebook error", heading)
    clean(done)
    return Executed(done, dict(values), this.seconds)


def _not_run(notebook: NotebookNode) -> int:
    """Count the code cells that should have run and did not."""
    code = [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]
    due = [c for c in code if "skip-execution" not in c.metadata.get("tags", [])]
    ended = any(o.output_type == "error" for c in due for o in c.get("outputs", []))
    return max(sum(c.get("execution_count") is None for c in due), int(ended))


def _end(returncode: int | None) -> str:
    if returncode is None:
        return "the kernel ended"
    if returncode >= 0:
        return f"the kernel ended itself with exit code {returncode}"
    return f"the kernel was ended by signal {-returncode}"


def _failed(this: Run, kind: Kind, why: str) -> NotebookFailed:
    number, total, heading = this.reached
    what = f"code cell {number} of {total} (“{heading}”) failed: {why}" if number else why
    remedy = "open the partial notebook to see the cell" if number else "run `casebook doctor`"
    return NotebookFailed(kind, what, remedy, this.notebook)
