"""Workers on this machine, with their kernels forked where that is safe."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from alliance_analysis.figures.kept import FOLDER
from alliance_analysis.reports.batch import MakeWorkers
from alliance_analysis.reports.jobs import Task
from alliance_analysis.reports.kernels import ONE_THREAD, forked_kernels
from alliance_analysis.reports.pool import Pool, Workers, default_size


def local_workers(size: int | None = None, *, fork: bool = True, rehearse: Sequence[str] = ()) -> MakeWorkers:
    """Return what starts a pool of `size` workers, or of as many as fit this machine.

    With `fork`, their kernels are forked from a server that has run the cells `rehearse` once. Kernels compute with
    one thread each, forked or not, as the workers use the cores; equal figures are drawn once.
    """

    @contextmanager
    def make(task: Task, jobs: int) -> Iterator[Workers]:
        before = {name: os.environ.get(name) for name in (*ONE_THREAD, FOLDER)}
        with ExitStack() as stack:
            stack.callback(_restore, before)
            for name, value in ONE_THREAD.items():
                os.environ.setdefault(name, value)
            os.environ[FOLDER] = stack.enter_context(tempfile.TemporaryDirectory(prefix="casebook-figures-"))
            if fork:
                stack.enter_context(forked_kernels(rehearse))
            pool = Pool(task, min(size or default_size(), jobs))
            stack.callback(pool.stop)
            yield pool

    return make


def _restore(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
