"""What a worker process does. Importing this module imports everything that a job needs, once for all workers."""

from __future__ import annotations

from multiprocessing.connection import Connection

import papermill  # noqa: F401

from alliance_analysis.reports import engine  # noqa: F401
from alliance_analysis.reports.jobs import Job, Task, do
from alliance_analysis.reports.pool import ignore_interrupts


def work(connection: Connection, task: Task) -> None:
    """Do jobs until the other end closes."""
    ignore_interrupts()
    while True:
        try:
            job: Job = connection.recv()
            connection.send(do(job, task))
        except (EOFError, OSError):
            return
