"""A fence around a student's code: a process with limits and, where the system allows, no network and no course folder."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from nbformat import NotebookNode

from alliance_analysis.grading.course import Allowed
from alliance_analysis.grading.runner import UNSTOPPABLE

LOOK_SECONDS = 0.1
_END_SECONDS = 5

TOGETHER = 1.5
"""How often the limit of one process, or of one file, all of a notebook's together may take."""
SPARE_THREADS = 500
"""Threads that a notebook may have at most, where the system counts them; a bomb stops there until it is found."""

START_SECONDS = 60
"""Room for the kernel to start, beyond the notebook's own seconds."""

_MOUNTS = """set -e
mount --bind {scratch} {scratch}
mount -t tmpfs none {hidden}
[ ! -d /dev/shm ] || mount -t tmpfs -o size=64m none /dev/shm
while read -r _ place _; do
    case "$place" in /proc*|/sys*|/dev*|{scratch}|{hidden}) continue ;; esac
    mount -o remount,bind,ro "$place" 2>/dev/null || [ "$place" != / ]
done < /proc/self/mounts
"""
"""Everything read-only but the scratch folder, and the hidden folder empty; mounts that refuse stay as they are."""

_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")


@dataclass(frozen=True)
class Ran:
    """A notebook after its run, as far as it came, and why it was stopped ("" if it was not)."""

    notebook: NotebookNode
    stopped: str


@functools.cache
def has_namespaces() -> bool:
    """Whether this system gives an ordinary process a network and a file tree of its own (Linux with `unshare`)."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    with tempfile.TemporaryDirectory(prefix="cb-") as hidden:
        trial = _fenced(["true"], Path(hidden), Path(hidden))
        return subprocess.run(trial, capture_output=True, check=False).returncode == 0


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def said() -> str:
    """Say what the fence keeps out on this system."""
    if has_namespaces():
        root = "; but you are root, whom devices obey: grade from an ordinary account" if _is_root() else ""
        return f"no network, the course's folder out of sight, other files read-only{root}"
    return "this system has no `unshare`: network, the course's folder and your files are NOT fenced off"


def run(notebook: NotebookNode, limits: Allowed, hidden: Path) -> Ran:
    """Run a notebook in a process of its own, with its limits; never raises for what the notebook does.

    `hidden` is a folder that the notebook must not see: the course's, with its key, its tests and its database.
    """
    with tempfile.TemporaryDirectory(prefix="cb-", ignore_cleanup_errors=True) as scratch:
        source, out = Path(scratch) / "in.ipynb", Path(scratch) / "out.ipynb"
        source.write_text(nbformat.writes(notebook), encoding="utf-8")
        runner = [sys.executable, "-m", "alliance_analysis.grading.runner"]
        inner = [*runner, str(source), str(out), json.dumps({**limits.model_dump(), "threads": _threads()})]
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        home = dict.fromkeys(("HOME", "USERPROFILE", "IPYTHONDIR", "JUPYTER_CONFIG_DIR"), scratch)
        process = subprocess.Popen(
            _fenced(inner, hidden.resolve(), Path(scratch)) if has_namespaces() else inner,
            cwd=scratch,
            env={**kept, **home, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        stopped = _watch(process, limits, Path(scratch))
        _end(process)
        if process.returncode == UNSTOPPABLE:
            stopped = "a cell went on after it was stopped, and was ended with everything after it"
        try:
            ran: NotebookNode = nbformat.read(out, as_version=4)
        except (OSError, ValueError):
            return Ran(notebook, stopped or "the process ended before the first cell did")
        return Ran(ran, stopped or ("" if process.returncode == 0 else "the process broke off"))


def _fenced(inner: list[str], hidden: Path, scratch: Path) -> list[str]:
    """Return the command that runs `inner` fenced off; the inner name space cannot undo what the outer one mounted."""
    script = _MOUNTS.format(hidden=shlex.quote(str(hidden)), scratch=shlex.quote(str(scratch)))
    inner_space = f"exec unshare -U --map-current-user {shlex.join(inner)}"
    return [
        "unshare",
        "-rnm",
        "--kill-child",
        "--fork",
        "--pid",
        "--mount-proc",
        "sh",
        "-c",
        script + inner_space,
    ]


def _threads() -> int:
    """Return how many threads this user may have while a notebook runs: what there is now, and room for many more."""
    own, used = psutil.Process().username(), 0
    for each in psutil.process_iter(["username", "num_threads"]):
        used += (each.info["num_threads"] or 1) if each.info["username"] == own else 0
    return used + SPARE_THREADS


def _watch(process: subprocess.Popen[bytes], limits: Allowed, scratch: Path) -> str:
    """Wait for the process to end; stop it where it passes a limit, and say which."""
    until = time.monotonic() + limits.notebook_seconds + START_SECONDS
    while process.poll() is None:
        if time.monotonic() > until:
            return f"the notebook ran longer than {limits.notebook_seconds} s"
        family = _family(process.pid)
        if len(family) > limits.processes:
            return f"the notebook started more than {limits.processes} processes"
        if (used := _memory(family)) > limits.memory_mb * TOGETHER * 1e6:
            return f"the notebook's processes used {used / 1e6:,.0f} MB together; each may take {limits.memory_mb:,} MB"
        if (size := _size(scratch)) > limits.disk_mb * TOGETHER * 1e6:
            return f"the notebook's files took {size / 1e6:,.0f} MB together; each may take {limits.disk_mb:,} MB"
        time.sleep(LOOK_SECONDS)
    return ""


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [*process.children(recursive=True), process]
    except psutil.Error:
        return []


def _memory(family: list[psutil.Process]) -> int:
    used = 0
    for each in family:
        with contextlib.suppress(psutil.Error):
            used += each.memory_info().rss
    return used


def _size(folder: Path) -> int:
    """Return the bytes on disk below a folder, as far as they can be counted."""
    size = 0
    for place, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118  (a name need not be UTF-8)
    return size


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all it started: halted first, so that none starts another meanwhile."""
    halted: dict[int, psutil.Process] = {}
    if (
        has_namespaces()
    ):  # the first process of the name space goes with it, and so, at once, do all the others
        halted = {each.pid: each for each in _family(process.pid)}
        process.kill()
    while new := [each for each in _family(process.pid) if each.pid not in halted]:
        for each in new:
            halted[each.pid] = each
            with contextlib.suppress(psutil.Error):
                each.suspend()
    for each in halted.values():
        with contextlib.suppress(psutil.Error):
            each.kill()
    process.wait()
    psutil.wait_procs(list(halted.values()), timeout=_END_SECONDS)
