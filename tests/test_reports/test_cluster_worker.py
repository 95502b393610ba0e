"""What happens in a worker's process: one job at a time, kernels as asked, nothing left behind."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from typing import ClassVar

import pytest
from jupyter_client.provisioning.factory import KernelProvisionerFactory

from alliance_analysis.reports import cluster_worker
from alliance_analysis.reports.cluster_worker import Membership, NotJoined, do_in_turn, join, leave
from alliance_analysis.reports.execute import Limits
from alliance_analysis.reports.jobs import Job, Outcome, Task
from alliance_analysis.reports.kernels import ADDRESS, ONE_THREAD, PROVISIONER, can_fork

TASK = Task("{}", ("ipynb",), Limits(), "")


class Server:
    """Stands for a kernel server; `running` are the rehearsals of those that were not stopped."""

    running: ClassVar[list[tuple[str, ...]]] = []

    def __init__(self, rehearse: tuple[str, ...]) -> None:
        self.address = f"server of {rehearse}"
        self._rehearse = rehearse
        self.running.append(rehearse)

    def stop(self) -> None:
        self.running.remove(self._rehearse)


@pytest.fixture(autouse=True)
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, ...]]]:
    monkeypatch.setattr(cluster_worker, "KernelServer", Server)
    yield Server.running
    cluster_worker._stop_servers()
    assert Server.running == []


def state() -> tuple[str, str | None, list[str | None]]:
    name = KernelProvisionerFactory.instance().default_provisioner_name
    return name, os.environ.get(ADDRESS), [os.environ.get(name) for name in ONE_THREAD]


def seen(monkeypatch: pytest.MonkeyPatch, membership: Membership) -> tuple[str, str | None, list[str | None]]:
    """Return the state of the process while a job of a batch is under way."""
    found = []

    def do(job: Job, task: Task) -> Outcome:
        found.append(state())
        return Outcome(job.id)

    monkeypatch.setattr(cluster_worker, "do", do)
    join("one", membership)
    do_in_turn(Job("a", {}), "one")
    leave("one")
    return found[0]


@pytest.mark.skipif(not can_fork(), reason="kernels are forked on Linux")
def test_kernels_are_forked_only_as_long_as_a_job_lasts(
    monkeypatch: pytest.MonkeyPatch, servers: list[tuple[str, ...]]
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("MKL_NUM_THREADS", "2")
    before = state()
    name, address, threads = seen(monkeypatch, Membership(TASK, True, ("import this",)))
    assert (name, address) == (PROVISIONER, "server of ('import this',)")
    assert dict(zip(ONE_THREAD, threads, strict=True)) == {**ONE_THREAD, "MKL_NUM_THREADS": "2"}
    assert state() == before
    seen(monkeypatch, Membership(TASK, True, ("import this",)))
    assert servers == [("import this",)], "the server is kept for the next job"
    seen(monkeypatch, Membership(TASK, True, ()))
    assert servers == [()], "one server for each process"


def test_ordinary_kernels_need_no_server(
    monkeypatch: pytest.MonkeyPatch, servers: list[tuple[str, ...]]
) -> None:
    before = state()
    name, address, threads = seen(monkeypatch, Membership(TASK, False, ()))
    assert (name, address) == before[:2]
    assert None not in threads
    assert servers == []


def test_a_worker_with_threads_does_one_job_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    under_way: list[int] = []
    most: list[int] = []

    def do(job: Job, task: Task) -> Outcome:
        under_way.append(1)
        most.append(len(under_way))
        time.sleep(0.01)
        under_way.pop()
        return Outcome(job.id)

    monkeypatch.setattr(cluster_worker, "do", do)
    for batch in ("one", "two"):
        join(batch, Membership(TASK, False, ()))
    threads = [
        threading.Thread(target=do_in_turn, args=(Job(str(n), {}), batch))
        for n in range(4)
        for batch in ("one", "two")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 8


def test_a_process_that_was_started_again_says_so() -> None:
    join("one", Membership(TASK, False, ()))
    leave("one")
    with pytest.raises(NotJoined):
        do_in_turn(Job("a", {}), "one")
    leave("one")
