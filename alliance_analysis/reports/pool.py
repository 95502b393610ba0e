"""Worker processes on this machine: each does one job at a time, and one that is lost is replaced."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Protocol

from alliance_analysis.reports.jobs import Job, Outcome, Task

WORKER_BYTES = 700 * 1024**2
"""What a worker and its kernel need at least, in bytes; measured at 230 to 380 and 200 MB, and pandoc about 150."""

_GROWN_BYTES = 150 * 1024**2
_GRACE_SECONDS = 120.0


class Workers(Protocol):
    """What does the jobs: processes here, or a cluster."""

    size: int

    def submit(self, job: Job) -> None:
        """Give a job to a free worker; call only while `busy` is below `size`."""

    def results(self, seconds: float) -> Iterator[Outcome]:
        """Yield what has come back, waiting at most `seconds` for the first."""

    @property
    def busy(self) -> int:
        """Return how many jobs are under way."""

    def stop(self) -> None:
        """Stop at once; jobs under way are given up."""


def default_size() -> int:
    """Return how many workers fit this machine: one a core, fewer where memory is short."""
    import psutil

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    room = psutil.virtual_memory().available
    limit = Path("/sys/fs/cgroup/memory.max")
    if limit.is_file() and (text := limit.read_text(encoding="ascii").strip()).isdigit():
        room = min(room, int(text))
    return max(1, min(cores, int(room) // WORKER_BYTES))


@dataclass
class _Worker:
    process: Any
    connection: Connection
    job: Job | None = None
    since: float = 0.0
    first_memory: int = field(default=0)


class Pool:
    """Processes that this one starts and that end with it.

    A worker that dies or does not answer gives the outcome "infrastructure" for its job; one whose memory has grown
    is replaced between jobs (typst keeps what it has set).
    """

    def __init__(self, task: Task, size: int) -> None:
        self.size = size
        self._task = task
        forks = "forkserver" in multiprocessing.get_all_start_methods()
        self._context: Any = multiprocessing.get_context("forkserver" if forks else "spawn")
        if forks:
            self._context.set_forkserver_preload(["alliance_analysis.reports.worker"])
        self._workers = [self._start() for _ in range(size)]

    def _start(self) -> _Worker:
        from alliance_analysis.reports.worker import work

        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=work, args=(theirs, self._task), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    @property
    def busy(self) -> int:
        """Return how many jobs are under way."""
        return sum(worker.job is not None for worker in self._workers)

    def submit(self, job: Job) -> None:
        """Give a job to a free worker."""
        worker = next(worker for worker in self._workers if worker.job is None)
        worker.job, worker.since = job, time.monotonic()
        with contextlib.suppress(OSError):  # a worker that has just died is found when its result is read
            worker.connection.send(job)

    def results(self, seconds: float) -> Iterator[Outcome]:
        """Yield what has come back, waiting at most `seconds` for the first."""
        by_end = {worker.connection: worker for worker in self._workers if worker.job}
        for end in wait(list(by_end), seconds):
            worker = by_end[end]  # type: ignore[index]
            try:
                outcome: Outcome = worker.connection.recv()
            except (EOFError, OSError):
                yield self._lost(worker, "the worker process ended")
                continue
            worker.job = None
            worker.first_memory = worker.first_memory or outcome.memory
            if outcome.memory > worker.first_memory + _GROWN_BYTES:
                self._replace(worker)
            yield outcome
        limit = self._task.limits.notebook_seconds
        for worker in self._workers:
            if worker.job and limit is not None and time.monotonic() - worker.since > limit + _GRACE_SECONDS:
                yield self._lost(worker, "the worker process did not answer")

    def _lost(self, worker: _Worker, why: str) -> Outcome:
        assert worker.job
        identifier = worker.job.id
        self._replace(worker)
        code = f" (exit code {worker.process.exitcode})" if worker.process.exitcode is not None else ""
        return Outcome(identifier, "infrastructure", why + code)

    def _replace(self, worker: _Worker) -> None:
        _end(worker)
        self._workers[self._workers.index(worker)] = self._start()

    def stop(self) -> None:
        """Stop at once; jobs under way are given up."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            _end(worker)


def _end(worker: _Worker) -> None:
    worker.connection.close()
    worker.process.join(0.2)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()


def ignore_interrupts() -> None:
    """Leave Ctrl-C to the command; it stops the workers itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
