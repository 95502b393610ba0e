"""Workers on a Dask cluster: jobs go to them as text, reports come back as bytes, and no disk is shared."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from alliance_analysis.errors import BadInput, one_line
from alliance_analysis.reports.batch import MakeWorkers
from alliance_analysis.reports.cluster_pool import Cluster
from alliance_analysis.reports.cluster_worker import Membership
from alliance_analysis.reports.installation import differing, installation
from alliance_analysis.reports.jobs import Task
from alliance_analysis.reports.pool import Workers

PATIENCE_SECONDS = 30.0
"""How long to wait for a scheduler, and then for its first worker."""

_CLOSE_SECONDS = 5.0


def cluster_workers(
    scheduler: str, *, fork: bool = True, rehearse: Sequence[str] = (), patience: float = PATIENCE_SECONDS
) -> MakeWorkers:
    """Return what runs jobs on the workers of a Dask scheduler, whose address is like `tcp://host:8786`.

    Each worker process does one job at a time, whatever its threads. With `fork`, its kernels are forked from a server
    of its own that has run the cells `rehearse` once.

    Raises BadInput if within `patience` seconds there is no such scheduler or none of its workers, or if a worker would
    make other reports than this machine.
    """
    with _connected(scheduler, patience) as client:
        faults = differing(installation(), client.run(installation, on_error="return"))
    if faults:
        raise BadInput(faults)

    @contextmanager
    def make(task: Task, jobs: int) -> Iterator[Workers]:  # noqa: ARG001
        with _connected(scheduler, patience) as client:
            workers = Cluster(client, Membership(task, fork, tuple(rehearse)))
            try:
                yield workers
            finally:
                workers.stop()

    return make


@contextmanager
def _connected(scheduler: str, patience: float) -> Iterator[Any]:
    """Connect to a scheduler that has a worker, as long as the context lasts."""
    try:
        import distributed
        from distributed.comm.addressing import resolve_address
    except ImportError:
        remedy = "pip install 'alliance-casebook[cluster]'"
        raise BadInput("a cluster needs a library that is not here", remedy, field="--scheduler") from None
    connect: Any = distributed.Client
    log = logging.getLogger("distributed.client")
    level = log.level
    log.setLevel(logging.CRITICAL)  # what goes wrong is said here, once
    try:
        resolve_address(scheduler)  # a client with an address of no kind can hardly be closed
        client = connect(scheduler, timeout=patience, set_as_default=False, direct_to_workers=False)
    except (OSError, ValueError, RuntimeError) as error:
        what = f"there is no Dask scheduler at {scheduler} ({one_line(error)})"
        remedy = "start one with `dask scheduler` and give its address, such as tcp://host:8786"
        raise BadInput(what, remedy, field="--scheduler") from None
    try:
        _await_worker(client, scheduler, patience)
        yield client
    finally:
        with suppress(OSError):
            client.close(timeout=_CLOSE_SECONDS)
        log.setLevel(level)


def _await_worker(client: Any, scheduler: str, patience: float) -> None:
    try:
        client.wait_for_workers(1, timeout=patience)
    except TimeoutError:
        remedy = f"start some with `dask worker {scheduler} --nthreads 1 --nworkers -1`"
        raise BadInput(f"the scheduler at {scheduler} has no workers", remedy, field="--scheduler") from None
