"""What a worker of a Dask cluster does for a batch: it joins, does jobs one at a time, leaves.

The functions are called in the worker's process by `cluster.py`. Papermill changes the working directory of its process,
so that a worker with several threads still does one job at a time.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from jupyter_client.provisioning.factory import KernelProvisionerFactory

from alliance_analysis.reports.jobs import Job, Outcome, Task, do
from alliance_analysis.reports.kernels import ADDRESS, ONE_THREAD, PROVISIONER, KernelServer, can_fork


@dataclass(frozen=True)
class Membership:
    """What a worker keeps of a batch: its task, and whether and with which rehearsal kernels are forked."""

    task: Task
    fork: bool
    rehearse: tuple[str, ...]


class NotJoined(Exception):
    """This process does not know the batch: it was started again since it joined."""


_joined: dict[str, Membership] = {}
_turn = threading.Lock()


def join(batch: str, membership: Membership) -> None:
    """Take part in a batch."""
    _joined[batch] = membership


def leave(batch: str) -> None:
    """Forget a batch."""
    _joined.pop(batch, None)


def do_in_turn(job: Job, batch: str) -> Outcome:
    """Do one job when no other is under way in this process; raises NotJoined."""
    if batch not in _joined:
        raise NotJoined("the worker was started again")
    membership = _joined[batch]
    with _turn, _kernels(membership):
        return do(job, membership.task)


@contextmanager
def _kernels(membership: Membership) -> Iterator[None]:
    """Choose how kernels start as long as one job lasts; the process may have other work afterwards."""
    factory = KernelProvisionerFactory.instance()
    provisioner = factory.default_provisioner_name
    values = {**ONE_THREAD, **{name: os.environ[name] for name in ONE_THREAD if name in os.environ}}
    with _environment(values):
        if not (membership.fork and can_fork()):
            yield
            return
        with _environment({ADDRESS: _server(membership.rehearse).address}):
            factory.default_provisioner_name = PROVISIONER
            try:
                yield
            finally:
                factory.default_provisioner_name = provisioner


_servers: dict[tuple[str, ...], KernelServer] = {}


def _server(rehearse: tuple[str, ...]) -> KernelServer:
    """Return this process's server, which the first job starts; another rehearsal gets another in its place."""
    if rehearse not in _servers:
        _stop_servers()
        _servers[rehearse] = KernelServer(rehearse=rehearse)
    return _servers[rehearse]


@atexit.register
def _stop_servers() -> None:
    while _servers:
        _servers.popitem()[1].stop()


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
