"""A notebook that takes too much of anything is stopped and named; what it had answered before stands."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from alliance_analysis.grading import fence
from alliance_analysis.grading.course import Allowed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="forks and resource limits"),
]

LIMITS = Allowed(cell_seconds=2, notebook_seconds=60, memory_mb=1000, processes=40, disk_mb=40)

TREE = """import os, time
for _ in range(8):
    if os.fork() == 0:
        held = b"x" * 250_000_000
        time.sleep(60)
time.sleep(60)"""

BOMB = """import os, time
for _ in range(3000):
    if os.fork() == 0:
        time.sleep(60)
time.sleep(60)"""

DEAF = """import time
while True:
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        pass"""

DISK = """import time
for n in range(10_000):
    with open(f"{n}.bin", "wb") as file:
        file.write(b"x" * 5_000_000)"""

FILE = 'open("one.bin", "wb").write(b"x" * 60_000_000)'

EXPECTED = {
    "memory of all its processes": (TREE, "the notebook's processes used"),
    "number of processes": (BOMB, "more than 40 processes"),
    "a cell that ignores interrupts": (DEAF, "went on after it was stopped"),
    "many files": (DISK, "the notebook's files took"),
    "one large file": (FILE, ""),
    "nothing too much": ("print(1)", ""),
}


@pytest.mark.parametrize("kind", EXPECTED)
def test_a_limit_stops_and_is_named(kind: str, tmp_path: Path) -> None:
    code, said = EXPECTED[kind]
    limits = LIMITS.model_copy(update={"cell_seconds": 30}) if code in (TREE, BOMB, DISK) else LIMITS
    cells = [nbformat.v4.new_code_cell(source) for source in ("print('before')", code, "print('after')")]
    before, began = set(psutil.pids()), time.monotonic()
    ran = fence.run(nbformat.v4.new_notebook(cells=cells), limits, tmp_path)
    took = time.monotonic() - began
    assert said in ran.stopped and bool(said) == bool(ran.stopped), ran.stopped
    outputs = [cell.outputs for cell in ran.notebook.cells]
    assert outputs[0][0].text == "before\n", "what came before stands"
    assert bool(outputs[2]) == (not said), "the rest runs only where nothing was stopped"
    if kind == "one large file":
        assert outputs[1][0].ename == "OSError"
    if said:
        assert took < 30 + fence.START_SECONDS
    left = [pid for pid in set(psutil.pids()) - before if _is_ours(pid)]
    assert not left, "every process of the notebook has ended"


def _is_ours(pid: int) -> bool:
    try:
        return "grading.runner" in " ".join(psutil.Process(pid).cmdline()) or any(
            "/cb-" in part for part in psutil.Process(pid).cmdline()
        )
    except psutil.Error:
        return False


def test_shared_memory_is_the_notebooks_own_and_small(tmp_path: Path) -> None:
    if not fence.has_namespaces():
        pytest.skip("needs name spaces")
    name = f"/dev/shm/casebook-{os.getpid()}"
    code = f'open("{name}", "wb").write(b"x" * 30_000_000)'
    more = f'[open("{name}" + str(n), "wb").write(b"x" * 30_000_000) for n in range(5)]'
    cells = [nbformat.v4.new_code_cell(source) for source in (code, more)]
    ran = fence.run(nbformat.v4.new_notebook(cells=cells), LIMITS, tmp_path)
    assert ran.notebook.cells[1].outputs[0].ename == "OSError"
    assert not Path(name).exists()
