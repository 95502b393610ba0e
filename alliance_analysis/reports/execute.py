"""Run a notebook with parameters through papermill, in the kernel of this environment."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from alliance_analysis.errors import RunFailed
from alliance_analysis.records import write_atomic
from alliance_analysis.reports.notebook import KERNEL, clean, read_notebook
from alliance_analysis.reports.parameters import check

Progress = Callable[[int, int, str], None]
"""Called as a code cell starts: its number from 1, how many there are, and the heading it stands under."""


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
    notebook = read_notebook(path)
    values = check(notebook, given, path)
    started = time.perf_counter()
    import papermill
    from papermill.exceptions import PapermillExecutionError

    from alliance_analysis.reports.engine import ENGINE, register

    reached = [(0, 0, "Setup")]

    def follow(number: int, total: int, heading: str) -> None:
        reached[0] = (number, total, heading)
        if progress:
            progress(number, total, heading)

    register(follow)
    seconds = {"papermill import": time.perf_counter() - started}
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="casebook-") as folder:
        partial = Path(folder) / "executed.ipynb"
        begun = time.perf_counter()
        try:
            done = papermill.execute_notebook(
                str(path),
                str(partial),
                parameters=values,
                engine_name=ENGINE,
                kernel_name=KERNEL,
                language="python",
                progress_bar=False,
                cwd=str(cwd or out.parent),
                timing=seconds,
            )
        except PapermillExecutionError as error:
            raise _failed(partial, out, path, reached[0], f"{error.ename}: {error.evalue}") from None
        except RuntimeError as error:  # the kernel died, or did not start
            raise _failed(partial, out, path, reached[0], f"the kernel stopped ({error})") from None
        seconds["run"] = time.perf_counter() - begun
    clean(done)
    write_atomic(out, nbformat.writes(done).encode("utf-8"))
    return Executed(done, values, seconds)


def _failed(partial: Path, out: Path, path: Path, reached: tuple[int, int, str], why: str) -> RunFailed:
    """Leave the partial notebook beside `out` and return the error that says where it stopped."""
    number, total, heading = reached
    what = f"code cell {number} of {total} (“{heading}”) failed: {why}" if number else why
    if not partial.exists():
        return RunFailed(what, "run `casebook doctor`", file=path)
    failed = out.with_name(f"{out.stem}.failed{out.suffix}")
    write_atomic(failed, partial.read_bytes())
    return RunFailed(what, "open the partial notebook to see the cell", file=failed)
