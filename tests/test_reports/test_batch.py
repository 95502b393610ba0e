"""A batch: every row once, only what is due again, and the command's own behaviour."""

from __future__ import annotations

import csv
import dataclasses
import importlib.metadata
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest

from alliance_analysis.errors import BadInput, RunFailed
from alliance_analysis.reports.batch import (
    LIBRARIES,
    Batch,
    Tally,
    again,
    file_name,
    plan,
    run_batch,
    surroundings,
)  # fmt: skip
from alliance_analysis.reports.jobs import Job, Outcome, Task
from alliance_analysis.reports.ledger import NAME, Entry, Ledger
from alliance_analysis.reports.roster import Row
from alliance_analysis.reports.stores import FolderStore


def notebook() -> nbformat.NotebookNode:
    cells = [nbformat.v4.new_code_cell("n: int = 0", metadata={"tags": ["parameters"]})]
    return nbformat.v4.new_notebook(cells=cells)


def rows(*numbers: int) -> list[Row]:
    return [Row(f"r{n}", {"n": n}, n) for n in numbers]


class Instant:
    """Workers that answer at once, for what a batch does around them; `failing` maps a row to its outcomes in turn."""

    size = 2

    def __init__(self, failing: dict[str, list[Outcome]] | None = None) -> None:
        self.done: list[str] = []
        self.failing = failing or {}
        self._open: list[Job] = []

    @contextmanager
    def make(self, task: Task, jobs: int) -> Iterator[Instant]:
        self.task = task
        yield self

    @property
    def busy(self) -> int:
        return len(self._open)

    def submit(self, job: Job) -> None:
        assert self.busy < self.size
        self._open.append(job)

    def results(self, seconds: float) -> Iterator[Outcome]:
        job = self._open.pop(0)
        self.done.append(job.id)
        if self.failing.get(job.id):
            yield self.failing[job.id].pop(0)
            return
        text = f"{job.id} {job.parameters}".encode()
        yield Outcome(job.id, files={"pdf": text, "thumbnail.png": b"png"}, seconds={"total": 1.0})

    def stop(self) -> None:
        self._open.clear()


def make(folder: Path, numbers: tuple[int, ...] = (1, 2, 3), **other: object) -> Batch:
    return Batch(notebook(), Path("n.ipynb"), rows(*numbers), str(folder), **other)  # type: ignore[arg-type]


def test_every_row_is_made_once_and_only_what_changed_is_made_again(tmp_path: Path) -> None:
    first = Instant()
    assert run_batch(make(tmp_path), first.make) == Tally(3, 3, 0, 0)
    assert sorted(first.done) == ["r1", "r2", "r3"]
    assert (tmp_path / "reports" / "r2.pdf").read_bytes() == b"r2 {'n': 2}"

    second = Instant()
    assert run_batch(make(tmp_path), second.make) == Tally(3, 0, 3, 0)
    assert second.done == []

    (tmp_path / "reports" / "r2.pdf").unlink()  # missing
    third = Instant()
    assert run_batch(make(tmp_path, (1, 2, 3, 4)), third.make) == Tally(4, 2, 2, 0)
    assert sorted(third.done) == ["r2", "r4"]

    (tmp_path / "reports" / "r1.pdf").write_bytes(b"cut")  # not what was written
    fourth = Instant()
    changed = make(tmp_path)
    changed = Batch(changed.notebook, changed.file, [*rows(1, 2), Row("r3", {"n": 30}, 3)], changed.out)
    assert run_batch(changed, fourth.make) == Tally(3, 2, 1, 0)
    assert sorted(fourth.done) == ["r1", "r3"]

    fifth = Instant()
    run_batch(changed, fifth.make, force=True)
    assert sorted(fifth.done) == ["r1", "r2", "r3"]


def test_another_notebook_or_other_formats_make_every_row_due(tmp_path: Path) -> None:
    run_batch(make(tmp_path), Instant().make)
    other = make(tmp_path, formats=("pdf", "html"))
    workers = Instant()
    run_batch(other, workers.make)
    assert len(workers.done) == 3
    other.notebook.cells.append(nbformat.v4.new_code_cell("1 + 1"))
    workers = Instant()
    run_batch(other, workers.make)
    assert len(workers.done) == 3
    other.notebook.cells[-1]["outputs"] = [nbformat.v4.new_output("stream", text="2")]
    workers = Instant()
    run_batch(other, workers.make)
    assert workers.done == [], "an output is no change"


def test_another_version_of_a_library_or_other_tables_make_every_row_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the tables, the casebook and the code add to the key: test_installation.py."""
    run_batch(make(tmp_path), Instant().make)
    known = importlib.metadata.version
    for changed in (*LIBRARIES, "Python"):
        surroundings.cache_clear()
        with monkeypatch.context() as patch:
            if changed == "Python":
                patch.setattr(sys, "version_info", (4, 0, 0))
            else:
                patch.setattr(
                    importlib.metadata,
                    "version",
                    lambda name, it=changed: "0.1" if name == it else known(name),
                )
            batch = make(tmp_path)
            with Ledger(tmp_path / NAME) as ledger:
                due = plan(batch, ledger.entries(), FolderStore(tmp_path, NAME).sizes())
        assert [entry.state for entry in due] == ["waiting"] * 3, changed
    surroundings.cache_clear()
    workers = Instant()
    run_batch(make(tmp_path), workers.make)
    assert workers.done == []


def test_another_picture_beside_the_notebook_makes_every_row_due(tmp_path: Path) -> None:
    picture, out = tmp_path / "a map.png", tmp_path / "out"
    text = "![a](a%20map.png) <img src='none.png'> ![b](https://example.org/c.png)"

    def done() -> list[str]:
        batch = make(out)
        batch.notebook.cells.append(nbformat.v4.new_markdown_cell(text))
        workers = Instant()
        run_batch(dataclasses.replace(batch, file=tmp_path / "n.ipynb"), workers.make)
        return workers.done

    assert len(done()) == 3
    assert done() == []
    picture.write_bytes(b"one")
    assert len(done()) == 3
    picture.write_bytes(b"two")
    assert len(done()) == 3
    assert done() == []


def test_only_infrastructure_is_tried_again_and_not_for_ever(tmp_path: Path) -> None:
    lost = Outcome("r1", "infrastructure", "the worker ended")
    workers = Instant(
        {"r1": [lost, lost], "r2": [Outcome("r2", "notebook error", "bad", {"failed.ipynb": b"{}"})]}
    )
    assert run_batch(make(tmp_path), workers.make) == Tally(3, 2, 0, 1)
    assert (workers.done.count("r1"), workers.done.count("r2")) == (3, 1)
    assert (tmp_path / "failed" / "r2.ipynb").read_bytes() == b"{}"
    for_ever = Instant({"r1": [lost] * 9})
    assert run_batch(make(tmp_path), for_ever.make, force=True).failed == 1
    assert for_ever.done.count("r1") == 3
    with Ledger(tmp_path / NAME) as ledger:
        assert next((e.state, e.kind, e.attempts) for e in ledger.entries()) == (
            "failed",
            "infrastructure",
            3,
        )


def test_a_row_that_now_fails_leaves_no_earlier_report_and_one_that_is_mended_no_failure(
    tmp_path: Path,
) -> None:
    run_batch(make(tmp_path, (1,)), Instant().make)
    broken = Instant({"r1": [Outcome("r1", "notebook error", "bad", {"failed.ipynb": b"{}"})]})
    run_batch(make(tmp_path, (1,)), broken.make, force=True)
    assert not (tmp_path / "reports" / "r1.pdf").exists()
    assert not (tmp_path / "thumbnails" / "r1.png").exists()
    run_batch(make(tmp_path, (1,)), Instant().make)
    assert (tmp_path / "reports" / "r1.pdf").exists()
    assert not (tmp_path / "failed" / "r1.ipynb").exists()


def test_retry_failed_runs_what_failed_from_the_ledger_alone(tmp_path: Path) -> None:
    bad = Outcome("r2", "notebook error", "bad")
    run_batch(make(tmp_path), Instant({"r2": [bad]}).make)
    (tmp_path / "reports" / "r1.pdf").unlink()
    workers = Instant()
    tally = run_batch(again(str(tmp_path)), workers.make, only_failed=True)
    assert workers.done == ["r2"]
    assert tally == Tally(3, 1, 2, 0)


def test_two_rosters_in_one_folder_forget_nothing(tmp_path: Path) -> None:
    run_batch(make(tmp_path, (1, 2)), Instant().make)
    run_batch(make(tmp_path, (3,)), Instant().make)
    back = Instant()
    assert run_batch(make(tmp_path, (1, 2)), back.make) == Tally(2, 0, 2, 0)


def test_the_summary_names_reports_and_failures_and_is_safe_in_a_spreadsheet(tmp_path: Path) -> None:
    bad = Outcome("r2", "time-out", "<the cell> ran long", {"failed.ipynb": b"{}"})
    batch = make(tmp_path)
    batch = Batch(batch.notebook, batch.file, [Row("r1", {"n": 1, "name": "=1+1"}, 1), *rows(2)], batch.out)
    run_batch(batch, Instant({"r2": [bad]}).make)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "1 of 2 reports made, 1 failed" in page
    assert "href='reports/r1.pdf'" in page
    assert "href='failed/r2.ipynb'" in page
    assert "&lt;the cell&gt; ran long" in page
    assert "src='thumbnails/r1.png'" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    with (tmp_path / "summary.csv").open(encoding="utf-8", newline="") as stream:
        table = list(csv.DictReader(stream))
    assert [row["state"] for row in table] == ["done", "failed"]
    assert table[0]["name"] == "'=1+1"
    assert table[1]["failure"] == "time-out"


def test_a_full_disk_stops_the_row_and_a_full_ledger_the_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alliance_analysis.reports import stores

    def full(path: Path, data: bytes) -> None:
        if path.name == "r2.pdf":
            raise OSError(28, "No space left on device")
        written(path, data)

    written = stores.write_atomic
    monkeypatch.setattr(stores, "write_atomic", full)
    assert run_batch(make(tmp_path), Instant().make) == Tally(3, 2, 0, 1)
    with Ledger(tmp_path / NAME) as ledger:
        failed = [e for e in ledger.entries() if e.state == "failed"]
        assert [(e.id, e.kind) for e in failed] == [("r2", "infrastructure")]
        assert "No space left" in failed[0].what
    monkeypatch.undo()
    assert run_batch(make(tmp_path), Instant().make) == Tally(3, 1, 2, 0)

    ledger = Ledger(tmp_path / NAME, write=True)
    ledger._file.execute("PRAGMA max_page_count = 1")  # sqlite's own way to say that the disk is full
    with pytest.raises(RunFailed, match=r"ledger cannot be written .*full.* run the same command again"):
        ledger.put(*[Entry(f"x{n}", n, {"text": "y" * 5000}, "") for n in range(20)])
    ledger.close()


def test_a_row_that_cannot_be_written_leaves_nothing_that_could_be_taken_for_its_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alliance_analysis.reports import stores

    run_batch(make(tmp_path), Instant().make)
    written = stores.write_atomic

    def full(path: Path, data: bytes) -> None:
        if path.name == "r2.png":  # the report itself is written before
            raise OSError(28, "No space left on device")
        written(path, data)

    monkeypatch.setattr(stores, "write_atomic", full)
    assert run_batch(make(tmp_path), Instant().make, force=True) == Tally(3, 2, 0, 1)
    assert sorted(path.name for path in tmp_path.glob("*/r2*")) == []


def test_a_folder_that_cannot_be_written_is_refused_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    workers = Instant()
    with pytest.raises(BadInput, match="nothing can be written here"):
        run_batch(make(tmp_path / "file" / "out"), workers.make)
    assert workers.done == []


def test_one_batch_at_a_time_writes_to_a_folder(tmp_path: Path) -> None:
    with Ledger(tmp_path / NAME, write=True):
        with pytest.raises(BadInput, match="another batch is writing"):
            run_batch(make(tmp_path), Instant().make)
        with Ledger(tmp_path / NAME) as reader:
            assert reader.entries() == []
    assert run_batch(make(tmp_path), Instant().make).made == 3


def test_a_folder_without_a_batch_and_a_broken_ledger_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no batch here"):
        again(str(tmp_path))
    (tmp_path / NAME).write_text("not a database, but long enough to be taken for one")
    with pytest.raises(BadInput, match="this is no ledger"):
        again(str(tmp_path))


def test_an_interrupted_batch_keeps_what_is_done(tmp_path: Path) -> None:
    class Interrupted(Instant):
        def results(self, seconds: float) -> Iterator[Outcome]:
            if len(self.done) == 1:
                raise KeyboardInterrupt
            yield from super().results(seconds)

    with pytest.raises(KeyboardInterrupt):
        run_batch(make(tmp_path), Interrupted().make)
    assert "2 not yet made" in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert run_batch(make(tmp_path), Instant().make) == Tally(3, 2, 1, 0)


def test_names_of_files_do_not_meet() -> None:
    kinds = ("pdf", "html", "docx", "ipynb", "thumbnail.png", "failed.ipynb")
    assert len({file_name("a", kind) for kind in kinds}) == len(kinds)


def states(out: Path) -> list[str]:
    try:
        with Ledger(out / NAME) as ledger:
            return [entry.state for entry in ledger.entries()]
    except BadInput:  # it is not there yet
        return []


def test_a_ledger_whose_writer_was_killed_in_the_middle_can_be_read(tmp_path: Path) -> None:
    """A journal left behind is rolled back by the next reader, who so needs to write."""
    script = f"""
import os
from pathlib import Path
from alliance_analysis.reports.ledger import Entry, Ledger
ledger = Ledger(Path({str(tmp_path / NAME)!r}), write=True)
ledger.put(*[Entry(f"a{{n}}", n, {{}}, "", "done") for n in range(50)])
ledger._file.execute("PRAGMA cache_size = 1")  # so that unfinished changes reach the disk
ledger._file.execute("UPDATE job SET state = 'failed', what = hex(randomblob(4000))")
os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
    assert (tmp_path / f"{NAME}-journal").stat().st_size > 0
    assert states(tmp_path) == ["done"] * 50


def command(*arguments: object, **more: object) -> subprocess.Popen[str]:
    line = [str(Path(sys.executable).parent / "casebook"), *map(str, arguments)]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", **more)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_stop_the_command_and_all_it_started(tmp_path: Path, sent: signal.Signals) -> None:
    import psutil

    path = tmp_path / "slow.ipynb"
    cells = [nbformat.v4.new_code_cell("n: int = 0", metadata={"tags": ["parameters"]}),
             nbformat.v4.new_code_cell("import time\nif n > 1:\n    time.sleep(60)")]  # fmt: skip
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    out = tmp_path / "out"
    run = command(
        "batch", "--grid", "n=1,2,3,4", "--notebook", path, "-o", out, "--workers", 2, "--format", "ipynb"
    )
    try:
        end = time.monotonic() + 90
        while states(out)[:1] != ["done"]:
            assert run.poll() is None and time.monotonic() < end
            time.sleep(0.1)
        started = psutil.Process(run.pid).children(recursive=True)
        assert started
        run.send_signal(sent)
        _, said = run.communicate(timeout=30)
    finally:
        run.kill()
    assert run.returncode == 128 + sent
    assert "stopped" in said and "Traceback" not in said
    _, alive = psutil.wait_procs(started, timeout=10)
    assert alive == []
    assert states(out) == ["done", "waiting", "waiting", "waiting"]


def test_the_command_says_how_a_batch_stands_and_tries_failures_again(tmp_path: Path) -> None:
    """One row fails as long as a file is missing: exit code 3, its kind in --status, and --retry-failed mends it."""
    path, flag = tmp_path / "n.ipynb", tmp_path / "flag"
    fails = f"from pathlib import Path\nif n == 2:\n    Path({str(flag)!r}).read_text()"
    cells = [
        nbformat.v4.new_code_cell("n: int = 0", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(fails),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)

    def run(*arguments: object) -> tuple[int, str]:
        process = command("batch", "-o", tmp_path / "out", *arguments)
        out, err = process.communicate(timeout=120)
        return process.returncode, out + err

    code, said = run("--grid", "n=1,2", "--notebook", path, "--format", "ipynb")
    assert code == 3, said
    assert "1 made, 1 failed, of 2" in said
    code, said = run("--status")
    assert code == 3
    assert "2 rows: 1 done, 1 failed, 0 not finished" in said
    assert "2: notebook error: code cell 3 of 3" in said
    flag.write_text("here")
    code, said = run("--retry-failed")
    assert code == 0, said
    assert "1 made, 1 already there, of 2" in said
    assert run("--status")[0] == 0
    code, said = run("--grid", "n=1,two", "--notebook", path)
    assert code == 2
    assert "two" in said and "Traceback" not in said
    code, said = run("--retry-failed", "--grid", "n=1")
    assert code == 2
    assert "takes the roster and the notebook from the last run" in said


def test_the_pool_fits_cores_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    import psutil

    from alliance_analysis.reports import pool

    class Memory:
        available = 5 * pool.WORKER_BYTES // 2

    monkeypatch.setattr(psutil, "virtual_memory", Memory)
    monkeypatch.setattr(pool.os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    assert pool.default_size() == 2
    monkeypatch.setattr(Memory, "available", 0)
    assert pool.default_size() == 1
    monkeypatch.setattr(Memory, "available", 100 * pool.WORKER_BYTES)
    assert 1 <= pool.default_size() <= 16
