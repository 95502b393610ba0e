"""A batch of case reports, ours against a loop of `papermill` and `jupyter nbconvert`, in one run.

    python benchmarks/batch.py [--reports 40] [--many 400] [--peer-reports 8]

Both sides make distinct case reports (case x reader x focus x seed) to PDF, two at a time; the peer makes HTML where
there is no TeX, and the table says so. Further down: one worker against two, the overhead over the cells' own
processor time, memory over many jobs, and a second run that has nothing to do.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pypandoc

from alliance_analysis.cases import case_names
from alliance_analysis.reports.ledger import NAME, Ledger
from alliance_analysis.reports.run import notebook_path

BIN = Path(sys.executable).parent
FOCUSES = ("all", "foundation", "governance", "change")


def roster(folder: Path, reports: int) -> Path:
    """Write a roster of distinct reports and return its path."""
    combinations = itertools.product(range(10_000), ("student", "instructor"), FOCUSES, case_names())
    rows = [
        f"r{n},{case},{reader},{focus},{seed}"
        for n, (seed, reader, focus, case) in zip(range(reports), combinations, strict=False)
    ]
    path = folder / f"roster-{reports}.csv"
    path.write_text("\n".join(["id,case,reader,focus,seed", *rows]), encoding="utf-8")
    return path


def ours(table: Path, out: Path, workers: int, *more: str) -> float:
    """Run our batch; return its wall seconds."""
    started = time.perf_counter()
    command = [str(BIN / "casebook"), "batch", str(table), "-o", str(out), "--workers", str(workers), *more]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def peer(table: Path, out: Path, tex: bool) -> float:
    """Run the commands of papermill and nbconvert, two rows at a time; return the wall seconds."""
    out.mkdir()
    pandoc = out / "bin"
    pandoc.mkdir()
    (pandoc / "pandoc").symlink_to(pypandoc.get_pandoc_path())
    environment = {**os.environ, "PATH": f"{pandoc}{os.pathsep}{BIN}{os.pathsep}{os.environ['PATH']}"}

    def one(row: str) -> None:
        name, *values = row.split(",")
        run = [str(BIN / "papermill"), str(notebook_path()), f"{name}.ipynb", "-k", "python3"]
        for parameter, value in zip(("case", "reader", "focus", "seed"), values, strict=True):
            run += ["-p", parameter, value]
        convert = [str(BIN / "jupyter"), "nbconvert", "--to", "pdf" if tex else "html", f"{name}.ipynb"]
        for command in (run, convert):
            subprocess.run(command, cwd=out, check=True, capture_output=True, env=environment)

    started = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, table.read_text(encoding="utf-8").splitlines()[1:]))
    return time.perf_counter() - started


def phases(out: Path) -> dict[str, float]:
    """Return the mean seconds of each phase of a report by the clock, and what the cells took of the processor."""
    with Ledger(out / NAME) as ledger:
        spent = [entry.seconds for entry in ledger.entries()]
    names = ("kernel start", "cells", "cells, processor", "shutdown", "pdf", "total")
    return {name: sum(seconds[name] for seconds in spent) / len(spent) for name in names}


def memory(out: Path) -> list[int]:
    """Return the megabytes of the workers after each tenth of the jobs."""
    with Ledger(out / NAME) as ledger:
        used = [entry.memory for entry in ledger.entries()]
    step = max(1, len(used) // 10)
    return [round(max(used[n : n + step]) / 1e6) for n in range(0, len(used), step)]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=40)
    parser.add_argument(
        "--peer-reports", type=int, default=8, help="the peer's rate is steady; fewer save minutes"
    )
    parser.add_argument("--many", type=int, default=400)
    asked = parser.parse_args()
    tex = shutil.which("xelatex") is not None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = roster(folder, asked.reports)
        theirs = peer(roster(folder, asked.peer_reports), folder / "peer", tex) / asked.peer_reports
        two = ours(table, folder / "two", 2) / asked.reports
        one = ours(table, folder / "one", 1) / asked.reports
        ordinary = (
            ours(roster(folder, asked.peer_reports), folder / "ordinary", 2, "--no-fork") / asked.peer_reports
        )
        print(f"seconds a report, {asked.reports} reports (peer and ordinary kernels: {asked.peer_reports})")
        print(
            f"  papermill + nbconvert --to {'pdf' if tex else 'html (no TeX here)'}, 2 at a time  {theirs:.2f}"
        )
        print(
            f"  casebook batch --no-fork, 2 workers          {ordinary:.2f}   {theirs / ordinary:.1f} times"
        )
        print(f"  casebook batch, 2 workers                    {two:.2f}   {theirs / two:.1f} times")
        print(
            f"  casebook batch, 1 worker                     {one:.2f}   2 workers are {one / two:.2f} times 1"
        )
        took = phases(folder / "one")
        own = took.pop("cells, processor")
        print(f"  of 1 worker: the cells' own processor time {own:.2f}, beside it {one - own:.2f}")
        print("    by the clock: " + ", ".join(f"{name} {spent:.2f}" for name, spent in took.items()))
        if asked.many:
            table = roster(folder, asked.many)
            spent = ours(table, folder / "many", 2)
            print(
                f"{asked.many} reports: {spent:.0f} s; megabytes of the workers by tenths {memory(folder / 'many')}"
            )
            print(f"  again, nothing to do: {ours(table, folder / 'many', 2):.2f} s")


if __name__ == "__main__":
    main()
