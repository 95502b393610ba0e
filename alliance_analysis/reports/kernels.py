"""Kernels forked from a server that has imported the stack once: a provisioner for jupyter_client.

Importing pandas, matplotlib and the rest takes a kernel longer than the cells of most reports. The server
(`kernel_server.py`) pays that once and forks one fresh kernel per notebook. Papermill, nbclient and nbval use it
through jupyter_client's entry point, unchanged: set `JUPYTER_DEFAULT_PROVISIONER_NAME=casebook-fork`, or enter
`forked_kernels()`. Where a fork would not be the same kernel, an ordinary one is started instead.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from alliance_analysis.reports.kernel_fork import ForkedProcess, Refused, fork

PROVISIONER = "casebook-fork"
"""Name of the entry point in the group `jupyter_client.kernel_provisioners`."""

ADDRESS = "CASEBOOK_KERNEL_SERVER"
"""Environment variable that holds the path of a running server's socket."""

CHOOSE = "JUPYTER_DEFAULT_PROVISIONER_NAME"

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Defaults of a kernel's environment: a process with threads cannot be forked, and batches use the cores themselves."""

NO_THREADS = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""What the server itself needs besides, so that no library starts a thread: pyarrow's allocator would."""

_HONOURED = {"env", "cwd", "stdout", "stderr", "kernel_id", "extra_arguments"}
"""The options of a launch that a fork can have."""

_SHUTDOWN_SECONDS = 0.5


def can_fork() -> bool:
    """Say whether kernels may be forked here: on Linux; macOS libraries start threads, and Windows has no fork.

    >>> can_fork() == sys.platform.startswith("linux")
    True
    """
    return sys.platform.startswith("linux")


class KernelServer:
    """The server process that kernels are forked from; it and its kernels end with the process that started it.

    Parameters
    ----------
    preload
        Modules to import besides the workbook's own stack, such as a notebook's own.
    rehearse
        Cells to run once in a throwaway fork, so that what they import late is imported before the first kernel.

    Raises
    ------
    OSError
        The server did not start.
    """

    def __init__(self, preload: Sequence[str] = (), rehearse: Sequence[str] = ()) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cb-", ignore_cleanup_errors=True)
        self.address = str(Path(self._folder.name) / "s")
        wanted = json.dumps({"preload": list(preload), "rehearse": list(rehearse)})
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(self.address)
            listening.listen(128)  # who connects before the server is up waits in this queue
            self._process = subprocess.Popen(
                [sys.executable, "-m", "alliance_analysis.reports.kernel_server", str(listening.fileno())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=[listening.fileno()],
                cwd=self._folder.name,  # not where a matplotlibrc may lie
                env={**ONE_THREAD, **NO_THREADS, **os.environ},
                start_new_session=True,  # Ctrl-C in the terminal is for the command, which then stops the server
            )
        assert self._process.stdin
        self._process.stdin.write(wanted.encode() + b"\n")
        self._process.stdin.flush()

    @property
    def pid(self) -> int:
        """Process id of the server."""
        return self._process.pid

    def stop(self) -> None:
        """Stop the server and every kernel that is still running."""
        if self._process.poll() is None:
            os.killpg(self.pid, signal.SIGTERM)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        self._folder.cleanup()


@contextmanager
def forked_kernels(rehearse: Sequence[str] = ()) -> Iterator[bool]:
    """Fork the kernels that this process and its children start, as long as the context lasts.

    Yields whether kernels will be forked: not where `can_fork` says no.

    >>> with forked_kernels() as forked:
    ...     forked == can_fork()
    True
    """
    if not can_fork():
        yield False
        return
    factory = KernelProvisionerFactory.instance()  # it reads the environment only once
    provisioner = factory.default_provisioner_name
    server = KernelServer(rehearse=rehearse)
    before = {name: os.environ.get(name) for name in (ADDRESS, CHOOSE)}
    os.environ.update({ADDRESS: server.address, CHOOSE: PROVISIONER})
    factory.default_provisioner_name = PROVISIONER
    try:
        yield True
    finally:
        factory.default_provisioner_name = provisioner
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        server.stop()


@functools.cache
def _own_server() -> KernelServer:
    server = KernelServer()
    atexit.register(server.stop)
    return server


_given_up: set[str] = set()


class ForkProvisioner(LocalProvisioner):
    """Starts kernels by asking the server to fork; where that would not be the same kernel, as usual."""

    process: Any = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork a kernel for `cmd`, or start an ordinary one."""
        server = os.environ.get(ADDRESS, "")
        ours = cmd[:3] == [sys.executable, "-m", "ipykernel_launcher"] and _HONOURED.issuperset(kwargs)
        if not (can_fork() and ours and server not in _given_up):
            return await super().launch_kernel(cmd, **kwargs)
        environment = {**ONE_THREAD, **(kwargs.get("env") or os.environ)}
        try:
            self.process = await fork(server or _own_server().address, cmd, environment, kwargs)
        except (Refused, ValueError) as why:  # ValueError: a stream that is no file
            self.log.info("this kernel is an ordinary one: %s", why)
            return await super().launch_kernel(cmd, **kwargs)
        except OSError as error:
            _given_up.add(server)
            self.log.warning("kernels cannot be forked (%s); from now on they are ordinary ones", error)
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        self.cwd = kwargs.get("cwd") or Path.cwd()
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel's process group while it runs; later its number may be another's."""
        if not isinstance(self.process, ForkedProcess) or self.process.poll() is None:
            await super().send_signal(signum)

    async def shutdown_requested(self, restart: bool = False) -> None:  # noqa: ARG002
        """Wait for the kernel to end by itself, without the manager's coarse polling."""
        if isinstance(self.process, ForkedProcess):
            await self.process.until(seconds=_SHUTDOWN_SECONDS)
