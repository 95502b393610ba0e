"""The papermill engine: progress by cell, the seconds of each phase, limits, and a kernel over IPC where there is one."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty
from typing import Any

import psutil
from jupyter_client.asynchronous.client import AsyncKernelClient
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from traitlets.config import Config

from alliance_analysis.reports.execute import Kind, Run

ENGINE = "casebook"
WATCH_SECONDS = 0.1

_log = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())  # what goes wrong is an error, and said there
_log.propagate = False


class PromptClient(AsyncKernelClient):
    """A kernel's client that is ready when the kernel says it is idle, instead of a fifth of a second later."""

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        channel, idle = self.iopub_channel, False
        receive = channel.get_msg

        async def until_idle(timeout: float | None = None) -> Any:
            nonlocal idle
            if idle:
                raise Empty
            message = await receive(timeout=timeout)
            idle = message["content"].get("execution_state") == "idle"
            return message

        channel.get_msg = until_idle
        try:
            await super()._async_wait_for_ready(timeout)
        finally:
            channel.get_msg = receive

    wait_for_ready = _async_wait_for_ready


class CasebookClient(PapermillNotebookClient):  # type: ignore[misc]
    """Papermill's own client, which also counts the bytes that cells put out."""

    watch: Watch

    def process_message(self, msg: Any, *rest: Any) -> Any:
        """Take one message of the kernel."""
        self.watch.count(_size(msg["content"]) + _size(msg.get("buffers")))
        return super().process_message(msg, *rest)

    def papermill_execute_cells(self) -> None:
        """Run the cells, in a kernel that is ready."""
        with self.watch.cells():
            super().papermill_execute_cells()


class CasebookEngine(NBClientEngine):  # type: ignore[misc]
    """Papermill's own engine, which also tells of its progress, times its phases and keeps limits."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, run: Run, **kwargs: Any) -> Any:
        """Run the notebook that `nb_man` holds in a fresh kernel."""
        run.notebook = nb_man.nb
        code = [index for index, cell in enumerate(nb_man.nb.cells) if cell.cell_type == "code"]
        whole = nb_man.cell_start

        def cell_start(cell: Any, cell_index: int | None = None, **rest: Any) -> None:
            if cell_index in code:
                client.watch.cell_starts()
                run.at(code.index(cell_index) + 1, len(code), describe(nb_man.nb.cells, cell_index))
            whole(cell, cell_index=cell_index, **rest)

        nb_man.cell_start = cell_start
        with kernel_settings() as config:
            client = CasebookClient(
                nb_man,
                kernel_name=kernel_name,
                startup_timeout=kwargs.get("start_timeout", 60),
                log=_log,
                config=config,
            )
            with Watch(client, run) as client.watch:
                # a kernel that is shut down says on its standard error that it was interrupted
                return client.execute(stderr=subprocess.DEVNULL)


class Watch:
    """Watches one run from a thread and kills its kernel when a limit is passed, saying which."""

    def __init__(self, client: CasebookClient, run: Run) -> None:
        self._client = client
        self._run = run
        self._begun = self._cell = self._lapped = time.monotonic()
        self._bytes = 0
        self._process: Any = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        if self._process is not None:
            self._run.returncode = self._process.poll()
        if "cells" in self._run.seconds:
            self._lap("shutdown")

    @contextmanager
    def cells(self) -> Iterator[None]:
        """Take the time before the cells, that of the cells by the clock and by the processor, and that after them."""
        self._lap("kernel start")
        self._process = self._client.km.provisioner.process
        before = _processor_seconds(self._process.pid)
        yield
        self._run.seconds["cells, processor"] = _processor_seconds(self._process.pid) - before
        self._lap("cells")

    def _lap(self, phase: str) -> None:
        now = time.monotonic()
        self._run.seconds[phase], self._lapped = now - self._lapped, now

    def cell_starts(self) -> None:
        """Start the clock of a cell."""
        self._cell = time.monotonic()

    def count(self, size: int) -> None:
        """Add to the output; past the limit the run is stopped."""
        self._bytes += size
        limit = self._run.limits.output_bytes
        if limit is not None and self._bytes > limit:
            self._stop("too much output", f"the cells put out more than {limit / 1e6:,.0f} MB")

    def _look(self) -> None:
        limits = self._run.limits
        while not self._over.wait(WATCH_SECONDS):
            if self._process is None:
                continue
            now = time.monotonic()
            if limits.cell_seconds is not None and now - self._cell > limits.cell_seconds:
                self._stop("time-out", f"the cell ran longer than {limits.cell_seconds:g} s")
            elif limits.notebook_seconds is not None and now - self._begun > limits.notebook_seconds:
                self._stop("time-out", f"the notebook ran longer than {limits.notebook_seconds:g} s")
            elif (
                limits.memory_bytes is not None and (used := _memory(self._process.pid)) > limits.memory_bytes
            ):
                limit = f"{limits.memory_bytes / 1e6:,.0f} MB"
                self._stop("out of memory", f"the kernel used {used / 1e6:,.0f} MB; the limit is {limit}")

    def _stop(self, kind: Kind, why: str) -> None:
        if self._run.stopped is None:
            self._run.stopped = (kind, why)
            kill_tree(self._process.pid)


def _memory(pid: int) -> int:
    """Return the resident bytes of a process and its children; 0 if it has ended."""
    used = 0
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        used = process.memory_info().rss
        for child in process.children(recursive=True):
            used += child.memory_info().rss
    return used


def _processor_seconds(pid: int) -> float:
    """Return the seconds that a process and its ended children have computed; 0 if it has ended."""
    with suppress(psutil.Error):
        return float(sum(psutil.Process(pid).cpu_times()[:4]))
    return 0.0


def kill_tree(pid: int) -> None:
    """Kill a process and all that it has started."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for each in [*process.children(recursive=True), process]:
            with suppress(psutil.Error):
                each.kill()
    if sys.platform != "win32":
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)


def _size(value: Any) -> int:
    """Return about how many bytes a value of a message has."""
    if isinstance(value, str | bytes | memoryview):
        return len(value)
    if isinstance(value, dict):
        return sum(_size(name) + _size(item) for name, item in value.items())
    if isinstance(value, list):
        return sum(map(_size, value))
    return 8 * (value is not None)


@contextmanager
def kernel_settings() -> Iterator[Config]:
    """Local sockets on a short absolute path where the system has them.

    TCP kernels race for ports when many start together, and their traffic is open to other users of the machine.
    """
    config = Config()
    config.KernelManager.client_class = f"{__name__}.{PromptClient.__name__}"
    if sys.platform == "win32":
        yield config
        return
    with tempfile.TemporaryDirectory(prefix="cb-", ignore_cleanup_errors=True) as folder:
        config.KernelManager.transport = "ipc"
        config.KernelManager.ip = str(Path(folder) / "k")
        yield config


def describe(cells: list[Any], index: int) -> str:
    """Return the heading under which a cell stands."""
    for cell in reversed(cells[: index + 1]):
        if cell.cell_type == "markdown":
            for line in cell.source.splitlines():
                if line.startswith("#"):
                    return str(line).lstrip("# ").strip()
    return "Setup"


def register() -> None:
    """Make the engine known to papermill under its name."""
    papermill_engines.register(ENGINE, CasebookEngine)
