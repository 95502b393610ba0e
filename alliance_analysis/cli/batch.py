"""`casebook batch`: one report per row of a roster or a grid."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from alliance_analysis.cli import console
from alliance_analysis.errors import BadInput

if TYPE_CHECKING:
    from alliance_analysis.reports.batch import Batch, Tally
    from alliance_analysis.reports.ledger import Entry

SOME_FAILED = 3
"""Exit code of a batch that finished with failures."""


class Stopped(BaseException):
    """The batch was asked to stop, by the signal with this number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


def batch(
    roster: Annotated[
        Path | None, typer.Argument(help="CSV or Excel file: an id column, and parameter columns.")
    ] = None,
    grid: Annotated[
        list[str] | None,
        typer.Option("--grid", metavar="NAME=V1,V2", help="Every combination instead of a roster; repeat."),
    ] = None,
    notebook: Annotated[
        Path | None, typer.Option("--notebook", help="Parameterised notebook (default: the case report).")
    ] = None,
    out: Annotated[
        str | None, typer.Option("-o", "--out", help="Folder, or an address such as s3://bucket/class.")
    ] = None,
    format: Annotated[str, typer.Option("--format", help="pdf, html, docx, ipynb; comma-separated.")] = "pdf",
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, help="Reports at a time (default: as this machine allows)."),
    ] = None,
    timeout: Annotated[float, typer.Option("--timeout", min=1, help="Seconds for one notebook.")] = 600,
    cell_timeout: Annotated[float, typer.Option("--cell-timeout", min=1, help="Seconds for one cell.")] = 300,
    memory: Annotated[int, typer.Option("--memory", min=200, help="Megabytes for one kernel.")] = 2048,
    max_output: Annotated[int, typer.Option("--max-output", min=1, help="Megabytes of cell output.")] = 50,
    id_column: Annotated[str, typer.Option("--id-column", help="The roster's column of ids.")] = "id",
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help="Run on a Dask cluster, such as tcp://host:8786.")
    ] = None,
    no_fork: Annotated[bool, typer.Option("--no-fork", help="Start every kernel from nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Make every report again.")] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Only what failed, with the roster as it was.")
    ] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Say how the batch in --out stands, and stop.")
    ] = False,
) -> None:
    """Write one report per row of a roster or a grid; a second run does only what is missing, changed or failed.

    Exit code 0: every report is there. 3: some failed. 2: bad input, nothing done.
    """
    from alliance_analysis.reports import batch as batches
    from alliance_analysis.reports.execute import Limits
    from alliance_analysis.reports.local import local_workers

    target = out or (str(roster) if status and roster else None)
    if target is None:
        raise BadInput("there is no output folder", "give one with -o DIR", field="--out")
    if status:
        raise typer.Exit(_status(target))
    limits = Limits(cell_timeout, timeout, memory * 1024**2, max_output * 1_000_000)
    if retry_failed:
        if roster or grid or notebook:
            what = "--retry-failed takes the roster and the notebook from the last run"
            raise BadInput(what, "leave them out", field="--retry-failed")
        what_to_do = batches.again(target, limits)
    else:
        formats = batches.check_formats(format)
        what_to_do = _batch(roster, grid or [], notebook, id_column, target, formats, limits)
    if scheduler:
        from alliance_analysis.reports.cluster import cluster_workers

        rehearse = batches.rehearsal(what_to_do)
        make: Any = cluster_workers(scheduler, fork=not no_fork, rehearse=rehearse)
    else:
        make = local_workers(workers, fork=not no_fork, rehearse=batches.rehearsal(what_to_do))
    with _stoppable(), _Shown(len(what_to_do.rows)) as shown:
        tally = batches.run_batch(
            what_to_do, make, force=force, only_failed=retry_failed, follow=shown.follow
        )
    console.err().print(_said(tally), markup=False)
    console.out().print(batches.page_address(what_to_do.out), markup=False)
    raise typer.Exit(SOME_FAILED if tally.failed else 0)


def _batch(
    roster: Path | None,
    grid: Sequence[str],
    notebook: Path | None,
    id_column: str,
    out: str,
    formats: tuple[str, ...],
    limits: Any,
) -> Batch:
    from alliance_analysis.reports.batch import Batch
    from alliance_analysis.reports.notebook import read_notebook
    from alliance_analysis.reports.roster import expand_grid, read_roster
    from alliance_analysis.reports.run import notebook_path

    if (roster is None) == (not grid):
        remedy = "give a roster file, or --grid NAME=V1,V2"
        raise BadInput("a batch needs either a roster or a grid", remedy)
    file = notebook or notebook_path()
    node = read_notebook(file)
    if roster is not None:
        rows = read_roster(roster, node, id_column=id_column, notebook_file=file)
    else:
        rows = expand_grid(grid, node, notebook_file=file)
    return Batch(node, file, rows, out, formats, limits)


def _status(address: str) -> int:
    """Print how a batch stands; return the exit code that a run would have ended with."""
    from alliance_analysis.reports.batch import read_batch

    ledger, _ = read_batch(address)
    with ledger:
        entries = ledger.entries()
    states = {state: sum(entry.state == state for entry in entries) for state in ("done", "failed")}
    open_ = len(entries) - sum(states.values())
    line = f"{len(entries)} rows: {states['done']} done, {states['failed']} failed, {open_} not finished"
    console.out().print(line, markup=False)
    for entry in entries:
        if entry.state == "failed":
            console.out().print(f"  {entry.id}: {entry.kind}: {entry.what}", markup=False)
    return SOME_FAILED if states["failed"] or open_ else 0


def _said(tally: Tally) -> str:
    kept = f", {tally.kept} already there" if tally.kept else ""
    failed = f", {tally.failed} failed" if tally.failed else ""
    return f"{tally.made} made{kept}{failed}, of {tally.total}"


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM stop the batch where it stands."""

    def stop(number: int, _: object) -> None:
        raise Stopped(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Shown(AbstractContextManager["_Shown"]):
    """A progress bar with rate, time left and failures; a plain line per report where there is no terminal."""

    def __init__(self, total: int) -> None:
        self._console = console.err()
        self._bar: Progress | None = None
        self._total = total
        if self._console.is_terminal:
            self._bar = Progress(
                TextColumn("reports"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(), TextColumn("{task.fields[failed]}"), console=self._console,
            )  # fmt: skip
            self._task = self._bar.add_task("reports", total=total, rate="", failed="")

    def __enter__(self) -> _Shown:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def follow(self, entry: Entry, tally: Tally) -> None:
        """Show one job that has ended."""
        ended = tally.made + tally.kept + tally.failed
        if entry.state == "failed" or not self._bar:
            spent = f" ({entry.seconds['total']:.1f} s)" if "total" in entry.seconds else ""
            said = f"{entry.kind}: {entry.what}" if entry.state == "failed" else f"done{spent}"
            self._console.print(f"[{ended}/{self._total}] {entry.id}: {said}", markup=False)
        if self._bar:
            speed = self._bar.tasks[0].speed
            rate = f"{60 * speed:.0f} a minute" if speed else ""
            failed = f"{tally.failed} failed" if tally.failed else ""
            self._bar.update(self._task, completed=ended, rate=rate, failed=failed)
