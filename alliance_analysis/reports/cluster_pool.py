"""The workers of a Dask scheduler as a batch uses them.

Which job runs on which worker is decided here and not by Dask, so that a job whose worker is lost comes back as a failure
instead of being run again unseen. What waits, waits here for the first worker that is free.
"""

from __future__ import annotations

import itertools
import logging
import queue
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from alliance_analysis.errors import RunFailed, one_line
from alliance_analysis.reports.cluster_worker import Membership, do_in_turn, join, leave
from alliance_analysis.reports.installation import differing, installation
from alliance_analysis.reports.jobs import Job, Outcome

_LOOK_SECONDS = 1.0
_FETCH_SECONDS = 60.0
_GRACE_SECONDS = 120.0
_ALONE_SECONDS = 300.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Sent:
    job: Job
    address: str
    future: Any
    since: float


class Cluster:
    """Workers of one scheduler, as a batch uses them; those that come later are used too, if they are the same.

    `size` is twice the number of workers, so that one that is free has its next job at once. A worker that is lost or
    does not answer gives the outcome "infrastructure" for its job. Results that come after that are not looked at.
    Raises RunFailed when the scheduler is lost, or all workers for some minutes.
    """

    def __init__(self, client: Any, membership: Membership) -> None:
        self.size = 1
        self._client, self._membership = client, membership
        self._batch = uuid.uuid4().hex
        self._number = itertools.count()
        self._lock = threading.Lock()
        self._waiting: deque[Job] = deque()
        self._free: deque[str] = deque()
        self._members: set[str] = set()
        self._shunned: set[str] = set()
        self._sent: dict[str, _Sent] = {}
        self._ended: queue.SimpleQueue[tuple[_Sent, str]] = queue.SimpleQueue()
        self._open = 0
        limit = membership.task.limits.notebook_seconds
        self._limit = float("inf") if limit is None else limit + _GRACE_SECONDS
        self._looked = self._accompanied = time.monotonic()
        self._look()

    @property
    def busy(self) -> int:
        """Return how many jobs are under way."""
        return self._open

    def submit(self, job: Job) -> None:
        """Give a job to the first worker that is free."""
        self._open += 1
        with self._lock:
            self._waiting.append(job)
            self._hand_out()

    def results(self, seconds: float) -> Iterator[Outcome]:
        """Yield what has come back, waiting at most `seconds` for the first."""
        if time.monotonic() - self._looked > _LOOK_SECONDS:
            self._look()
        try:
            ended = [self._ended.get(timeout=seconds)]
        except queue.Empty:
            return
        with suppress(queue.Empty):
            while True:
                ended.append(self._ended.get_nowait())
        for sent, lost in ended:
            outcome = Outcome(sent.job.id, "infrastructure", lost) if lost else self._fetch(sent)
            self._open -= 1
            yield outcome

    def stop(self) -> None:
        """Stop at once: what waits on a worker is cancelled, what runs there comes to nothing."""
        with self._lock:
            futures = [sent.future for sent in self._sent.values()]
            self._waiting.clear()
            self._sent.clear()
        if self._client.status == "running":
            with suppress(OSError):
                self._client.cancel(futures, force=True)
                self._client.run(leave, self._batch, workers=[*self._members], on_error="ignore")

    def _hand_out(self) -> None:
        while self._waiting and self._free:
            address, job = self._free.popleft(), self._waiting.popleft()
            name = f"casebook-{self._batch}-{next(self._number)}"
            future = self._client.submit(
                do_in_turn,
                job,
                self._batch,
                key=name,
                workers=[address],
                allow_other_workers=False,
                retries=0,
            )
            self._sent[name] = _Sent(job, address, future, time.monotonic())
            future.add_done_callback(self._note)

    def _note(self, future: Any) -> None:
        """Take note that a job has ended, in a thread of Dask's, and give its worker the next."""
        with self._lock:
            sent = self._sent.pop(future.key, None)
            if sent is None:
                return
            if sent.address in self._members:
                if future.status == "finished":
                    self._free.append(sent.address)
                    self._hand_out()
                else:  # it may be lost, or another process by now
                    self._members.discard(sent.address)
        self._ended.put((sent, ""))

    def _fetch(self, sent: _Sent) -> Outcome:
        """Return the outcome of a job that has ended, from the worker's memory."""
        try:
            outcome: Outcome = sent.future.result(timeout=_FETCH_SECONDS)
        except Exception as error:
            if self._client.status != "running":
                raise _scheduler_lost() from None
            return Outcome(sent.job.id, "infrastructure", f"{one_line(error)} ({sent.address})")
        return outcome

    def _look(self) -> None:
        """See which workers are there: give up those that are lost, take in those that have come."""
        self._looked = time.monotonic()
        try:
            there = set(self._client.nthreads())
            self._give_up(there)
            self._take_in(there - self._members - self._shunned)
        except (OSError, RuntimeError):
            raise _scheduler_lost() from None
        self.size = 2 * max(1, len(self._members))
        if self._members:
            self._accompanied = self._looked
        elif self._looked - self._accompanied > _ALONE_SECONDS:
            raise RunFailed("no worker is left", "start some, then run the same command again to go on")

    def _give_up(self, there: set[str]) -> None:
        """Report the jobs of workers that are no longer there, or that should long have answered."""
        with self._lock:
            slow = {sent.address for sent in self._sent.values() if self._looked - sent.since > self._limit}
            self._shunned |= slow
            self._members &= there - slow
            self._free = deque(address for address in self._free if address in self._members)
            gone = {name: sent for name, sent in self._sent.items() if sent.address not in self._members}
            for name in gone:
                del self._sent[name]
        for sent in gone.values():
            what = "did not answer" if sent.address in slow else "was lost"
            self._ended.put((sent, f"the worker {what} ({sent.address})"))
        if gone:
            self._client.cancel([sent.future for sent in gone.values()], force=True)

    def _take_in(self, new: set[str]) -> None:
        """Let workers join that would make the same reports as this machine."""
        if not new:
            return
        here = installation()
        answers = self._client.run(installation, workers=sorted(new), on_error="return")
        said = {
            worker: told for worker, told in answers.items() if not isinstance(told, OSError)
        }  # not yet gone again
        for fault in differing(here, said):
            _log.warning("a worker is not used: %s", fault)
        same = [address for address in said if not differing(here, {address: said[address]})]
        self._shunned |= said.keys() - set(same)
        if not same:
            return
        joined = self._client.run(join, self._batch, self._membership, workers=same, on_error="ignore")
        with self._lock:
            self._members.update(joined)
            self._free.extend(joined)
            self._hand_out()


def _scheduler_lost() -> RunFailed:
    remedy = "start it and its workers, then run the same command again: what is done stays done"
    return RunFailed("the connection to the scheduler was lost", remedy)
