"""How jobs are given to workers and come back once, with a client that stands for Dask's."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from alliance_analysis.errors import RunFailed
from alliance_analysis.reports import cluster_pool
from alliance_analysis.reports.cluster_pool import Cluster
from alliance_analysis.reports.cluster_worker import Membership, NotJoined, join, leave
from alliance_analysis.reports.execute import Limits
from alliance_analysis.reports.installation import installation
from alliance_analysis.reports.jobs import Job, Outcome, Task

A, B = "tcp://a:1", "tcp://b:1"


class Future:
    def __init__(self, key: str, job: Job, address: str) -> None:
        self.key, self.job, self.address = key, job, address
        self.status = "pending"
        self.error: Exception | None = None
        self._told: list[Callable[[Future], None]] = []

    def add_done_callback(self, told: Callable[[Future], None]) -> None:
        self._told.append(told)

    def end(self, status: str = "finished", error: Exception | None = None) -> None:
        self.status, self.error = status, error
        for told in self._told:
            told(self)

    def result(self, timeout: float) -> Outcome:
        if self.error:
            raise self.error
        return Outcome(self.job.id, what=self.address)


class Client:
    """A scheduler with workers by address; each says what its installation is, or raises it."""

    def __init__(self, *addresses: str) -> None:
        self.status = "running"
        self.workers: dict[str, Any] = {address: installation() for address in addresses}
        self.joined: list[str] = []
        self.left: list[str] = []
        self.futures: list[Future] = []
        self.cancelled: list[str] = []

    def nthreads(self) -> dict[str, int]:
        if self.status != "running":
            raise OSError("the connection is closed")
        return dict.fromkeys(self.workers, 1)

    def run(self, function: Any, *args: Any, workers: list[str], on_error: str) -> dict[str, Any]:
        if function is join:
            self.joined += workers
        elif function is leave:
            self.left += workers
        else:
            assert function is installation and on_error == "return"
            return {address: self.workers[address] for address in workers}
        return dict.fromkeys(workers)

    def submit(self, function: Any, job: Job, batch: str, **how: Any) -> Future:
        assert (how["retries"], how["allow_other_workers"]) == (0, False)
        (address,) = how["workers"]
        assert not any(f.status == "pending" and f.address == address for f in self.futures)
        self.futures.append(Future(how["key"], job, address))
        return self.futures[-1]

    def cancel(self, futures: list[Future], force: bool) -> None:
        for future in futures:
            self.cancelled.append(future.job.id)
            future.end("cancelled", RuntimeError("cancelled"))


@pytest.fixture(autouse=True)
def looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_pool, "_LOOK_SECONDS", -1.0)


def cluster(client: Client, seconds: float | None = None) -> Cluster:
    task = Task("{}", ("ipynb",), Limits(notebook_seconds=seconds), "")
    return Cluster(client, Membership(task, False, ()))


def submit(workers: Cluster, *names: str) -> None:
    for name in names:
        workers.submit(Job(name, {}))


def ended(workers: Cluster) -> dict[str, str]:
    """Return what came back, by job: the worker that did it, or the kind of failure."""
    return {o.id: o.kind or o.what for o in workers.results(0)}


def test_what_waits_goes_to_the_first_worker_that_is_free() -> None:
    client = Client(A, B)
    workers = cluster(client)
    assert (workers.size, sorted(client.joined)) == (4, [A, B])
    submit(workers, "1", "2", "3", "4")
    assert [(f.job.id, f.address) for f in client.futures] == [("1", A), ("2", B)]
    client.futures[1].end()
    assert [(f.job.id, f.address) for f in client.futures[2:]] == [("3", B)], "before its result is fetched"
    client.futures[2].end()
    assert ended(workers) == {"2": B, "3": B}
    assert workers.busy == 2
    client.futures[0].end()
    client.futures[3].end()
    assert ended(workers) == {"1": A, "4": B}
    assert workers.busy == 0
    assert len({f.key for f in client.futures}) == 4


def test_a_lost_worker_fails_its_job_alone_and_once() -> None:
    client = Client(A, B)
    workers = cluster(client)
    submit(workers, "1", "2", "3")
    del client.workers[A]
    assert ended(workers) == {"1": "infrastructure"}
    assert client.cancelled == ["1"]
    assert workers.size == 2
    client.futures[0].end()  # it had finished after all: too late
    assert ended(workers) == {}
    assert workers.busy == 2
    client.futures[1].end()
    submit(workers, "1")
    client.futures[2].end()
    assert ended(workers) == {"2": B, "3": B}
    client.futures[3].end()
    assert ended(workers) == {"1": B}
    assert [f.address for f in client.futures] == [A, B, B, B], "nothing more was sent to the lost one"


def test_an_idle_worker_that_is_lost_gets_nothing() -> None:
    client = Client(A, B)
    workers = cluster(client)
    del client.workers[A]
    assert ended(workers) == {}
    submit(workers, "1", "2")
    assert [future.address for future in client.futures] == [B]


def test_a_worker_that_comes_later_is_used() -> None:
    client = Client(A)
    workers = cluster(client)
    submit(workers, "1", "2")
    client.workers[B] = installation()
    assert ended(workers) == {}
    assert [f.address for f in client.futures] == [A, B]
    assert workers.size == 4


def test_a_worker_that_was_started_again_under_its_address_joins_again() -> None:
    client = Client(A)
    workers = cluster(client)
    submit(workers, "1", "2")
    client.futures[0].end("error", NotJoined("the worker was started again"))
    assert len(client.futures) == 1, "it gets no job before it has joined"
    assert ended(workers) == {"1": "infrastructure"}
    assert client.joined == [A, A]
    assert [f.job.id for f in client.futures] == ["1", "2"]


@pytest.mark.parametrize("error", [MemoryError("x"), TimeoutError(), RuntimeError("cancelled")])
def test_whatever_else_goes_wrong_is_tried_again(error: Exception) -> None:
    client = Client(A)
    workers = cluster(client)
    submit(workers, "1")
    client.futures[0].end("error", error)
    (outcome,) = workers.results(0)
    assert outcome.kind == "infrastructure"
    assert type(error).__name__ in outcome.what and A in outcome.what


def test_a_worker_that_would_make_other_reports_gets_none(caplog: pytest.LogCaptureFixture) -> None:
    client = Client(A)
    workers = cluster(client)
    client.workers[B] = {**installation(), "typst": "0.1"}
    submit(workers, "1", "2")
    with caplog.at_level(logging.WARNING):
        ended(workers)
        ended(workers)
    assert client.joined == [A]
    assert [record.getMessage().startswith(f"a worker is not used: {B}") for record in caplog.records] == [
        True
    ]


def test_a_worker_that_is_gone_before_it_joins_is_no_trouble(caplog: pytest.LogCaptureFixture) -> None:
    client = Client(A)
    workers = cluster(client)
    client.workers[B] = OSError("no route")
    assert ended(workers) == {}
    client.workers[B] = installation()
    assert ended(workers) == {}
    assert client.joined == [A, B]
    assert caplog.records == []


def test_a_worker_that_does_not_answer_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_pool, "_GRACE_SECONDS", -2.0)
    client = Client(A, B)
    workers = cluster(client, seconds=1.0)
    submit(workers, "1")
    (outcome,) = workers.results(0)
    assert (outcome.kind, outcome.what) == ("infrastructure", f"the worker did not answer ({A})")
    assert list(workers.results(0)) == []
    assert sorted(client.joined) == [A, B], "it is not asked again"
    submit(workers, "1")
    assert client.futures[-1].address == B


def test_without_scheduler_or_workers_the_run_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(A)
    workers = cluster(client)
    submit(workers, "1")
    client.status = "connecting"
    with pytest.raises(RunFailed, match=r"scheduler was lost.*run the same command again"):
        ended(workers)
    workers.stop()
    assert (client.cancelled, client.left) == ([], []), "nobody is there to be told"

    client = Client(A)
    workers = cluster(client)
    monkeypatch.setattr(cluster_pool, "_ALONE_SECONDS", 0.0)
    client.workers.clear()
    with pytest.raises(RunFailed, match="no worker is left"):
        ended(workers)


def test_a_result_that_is_lost_with_the_scheduler_is_no_failure_of_its_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = Client(A)
    workers = cluster(client)
    submit(workers, "1")
    monkeypatch.setattr(cluster_pool, "_LOOK_SECONDS", 60.0)
    client.futures[0].end("cancelled", OSError("closed"))
    client.status = "closed"
    with pytest.raises(RunFailed, match="scheduler was lost"):
        ended(workers)


def test_stopping_cancels_what_is_under_way() -> None:
    client = Client(A, B)
    workers = cluster(client)
    submit(workers, "1", "2", "3")
    workers.stop()
    assert sorted(client.cancelled) == ["1", "2"]
    assert sorted(client.left) == [A, B]
    assert len(client.futures) == 2
