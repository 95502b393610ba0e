"""A batch of 60 in which everything goes wrong that can: good rows arrive once and whole, bad rows by their kind."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from alliance_analysis.reports.batch import Batch, run_batch
from alliance_analysis.reports.ledger import NAME, Ledger
from alliance_analysis.reports.local import local_workers
from alliance_analysis.reports.roster import read_roster

pytestmark = pytest.mark.slow

FAULTS = {
    "error": ("notebook error", "ValueError: as asked"),
    "endless": ("time-out", "the cell ran longer than 10 s"),
    "exit": ("killed", "ended itself with exit code 7"),
    "kill": ("killed", "ended by signal 9"),
    "leave": ("notebook error", "did not run: a cell left the notebook"),
    "output": ("too much output", "more than 50 MB"),
    "memory": ("out of memory", "the limit is 1,573 MB"),
    "too_much": ("out of memory", "MemoryError"),
    "disk": ("notebook error", "No space left on device"),
}
"""What a row does, the kind of its failure, and what is said of it."""

BLOCKED = "row-50"
"""A row whose report cannot be written where it belongs."""

ACTIONS = """
import os, signal, sys, time
actions = {
    "error": "raise ValueError('as asked')",
    "endless": "while True: pass",
    "exit": "os._exit(7)",
    "kill": "os.kill(os.getpid(), signal.SIGKILL)",
    "leave": "sys.exit(0)",
    "output": "for _ in range(500): print('x' * 1_000_000)",
    "memory": "held = []\\nfor _ in range(80): held.append(bytes(50_000_000) + b'1'); time.sleep(0.02)",
    "too_much": "bytes(2**62)",
    "disk": "open('/dev/full', 'w', buffering=1).write('text\\\\n')",
}
exec(actions.get(action, ''))
"""


@pytest.fixture
def roster(tmp_path: Path) -> tuple[Path, Path]:
    def code(text: str, *tags: str) -> nbformat.NotebookNode:
        return nbformat.v4.new_code_cell(text, metadata={"tags": list(tags)})

    cells = [
        nbformat.v4.new_markdown_cell("# A report"),
        code("number: int = 0\naction: str = 'none'", "parameters"),
        code(ACTIONS),
        nbformat.v4.new_markdown_cell("## Its number"),
        code("from IPython.display import Markdown\nMarkdown(f'The number is {number ** 2}.')"),
    ]
    notebook = tmp_path / "report.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)
    table = tmp_path / "roster.csv"
    actions = dict(zip(range(3, 60, 6), FAULTS, strict=False))
    lines = [f"row-{n},{n},{actions.get(n, 'none')}" for n in range(60)]
    table.write_text("\n".join(["id,number,action", *lines]), encoding="utf-8")
    return table, notebook


def start(table: Path, notebook: Path, out: Path) -> subprocess.Popen[str]:
    line = [str(Path(sys.executable).parent / "casebook"), "batch", str(table), "--notebook", str(notebook)]
    line += [
        "-o",
        str(out),
        "--workers",
        "2",
        "--cell-timeout",
        "10",
        "--memory",
        "1500",
        "--max-output",
        "50",
    ]
    return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8")


def done(out: Path) -> set[str]:
    with Ledger(out / NAME) as ledger:
        return {entry.id for entry in ledger.entries() if entry.state == "done"}


def test_good_rows_arrive_once_and_bad_rows_are_named(roster: tuple[Path, Path], tmp_path: Path) -> None:
    table, notebook = roster
    out = tmp_path / "out"
    (out / "reports" / f"{BLOCKED}.pdf").mkdir(parents=True)  # no file can be put in its place

    first = start(table, notebook, out)
    end = time.monotonic() + 300
    while len(list((out / "reports").glob("*.pdf"))) < 20:
        assert first.poll() is None and time.monotonic() < end
        time.sleep(0.05)
    started = psutil.Process(first.pid).children(recursive=True)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    _, alive = psutil.wait_procs(started, timeout=20)
    assert alive == [], "nothing outlives a runner that is killed"
    before = done(out)
    assert len(before) >= 18

    second = start(table, notebook, out)
    _, said = second.communicate(timeout=400)
    assert second.returncode == 3, said
    assert "Traceback" not in said
    made = [line.split("] ")[1].split(":")[0] for line in said.splitlines() if ": done" in line]
    assert not before & set(made), "what was done is not made again"

    with (out / "summary.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["id"]: row for row in csv.DictReader(stream)}
    failed = {name: row for name, row in rows.items() if row["state"] != "done"}
    expected = {f"row-{n}": FAULTS[fault] for n, fault in zip(range(3, 60, 6), FAULTS, strict=False)}
    assert set(failed) == {*expected, BLOCKED}
    for name, (kind, why) in expected.items():
        if kind == "too much output" and failed[name]["failure"] == "out of memory":
            continue  # what is put out waits in the kernel's memory, and either limit may be met first
        assert failed[name]["failure"] == kind, failed[name]
        assert why in failed[name]["reason"], failed[name]
    assert failed[BLOCKED]["failure"] == "infrastructure"
    assert [rows[name]["attempts"] for name in expected] == ["1"] * len(expected), (
        "their own doing: tried once"
    )

    node = nbformat.read(notebook, 4)
    good = [row for row in read_roster(table, node) if row.id not in failed]
    assert len(good) == 50
    clean = tmp_path / "clean"
    assert run_batch(Batch(node, notebook, good, str(clean)), local_workers(2, fork=False)).made == 50
    for row in good:
        report = Path("reports") / f"{row.id}.pdf"
        assert (out / report).read_bytes() == (clean / report).read_bytes(), row.id
    assert not list(out.rglob("*.part")), "no half-written file is left"
