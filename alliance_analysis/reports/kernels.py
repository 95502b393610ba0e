"""Kernels forked from a server that has imported the stack once: a provisioner for jupyter_client.

Importing pandas, matplotlib and the rest takes a kernel longer than the cells of most reports. The server
(`kernel_server.py`) pays that once and forks one fresh kernel per notebook. Papermill, nbclient and nbval use it
through jupyter_client's entry point, unchanged: set `JUPYTER_DEFAULT_PROVISIONER_NAME=casebook-fork`, or enter
`forked_kernels()`. Where a fork would not be the same kernel, an ordinary one is started instead.
"""

from __future__ import annotations

import array
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

PROVISIONER = "casebook-fork"
"""Name of the entry point in the group `jupyter_client.kernel_provisioners`."""

ADDRESS = "CASEBOOK_KERNEL_SERVER"
"""Environment variable that holds the path of a running server's socket."""

CHOOSE = "JUPYTER_DEFAULT_PROVISIONER_NAME"

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Defaults of a kernel's environment: a process with threads cannot be forked, and batches use the cores themselves."""

NO_THREADS = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""What the server itself needs besides, so that no library starts a thread: pyarrow's allocator would."""

_SEEN_AT_IMPORT = (
    "PYTHON", "MPL", "MATPLOTLIB", "LD_", "LC_", "LANG", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR", "HOME", "TZ",
)  # fmt: skip
_START_SECONDS = 60.0


def seen_at_import(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that modules read while they are imported; a fork must agree on them with its server.

    >>> seen_at_import({"MPLBACKEND": "agg", "USER": "me"})
    {'MPLBACKEND': 'agg'}
    """
    return {name: value for name, value in sorted(environment.items()) if name.startswith(_SEEN_AT_IMPORT)}


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
        with socket.socket(
            socket.AF_UNIX
        ) as listening:  # who connects before the server is up waits in its queue
            listening.bind(self.address)
            listening.listen(128)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "alliance_analysis.reports.kernel_server", str(listening.fileno())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=[listening.fileno()],
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
        if self._process.stdin:
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()
        self._process.wait()
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
    server = KernelServer(rehearse=rehearse)
    before = {name: os.environ.get(name) for name in (ADDRESS, CHOOSE)}
    os.environ.update({ADDRESS: server.address, CHOOSE: PROVISIONER})
    try:
        yield True
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        server.stop()


_own: list[KernelServer] = []


def _address() -> str:
    """Return the server's socket: the one that the environment names, else one that this process starts now."""
    if os.environ.get(ADDRESS):
        return os.environ[ADDRESS]
    if not _own:
        import atexit

        _own.append(KernelServer())
        atexit.register(_own[0].stop)
    return _own[0].address


class ForkedProcess:
    """What jupyter_client needs of `subprocess.Popen`, for a kernel that the server has forked.

    The server reports the end of the kernel over `connection`. If this end closes, it kills the kernel.
    """

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._connection.setblocking(False)
        self._unread = b""
        self.pid = 0
        self.ready = False
        self.refused = ""
        self.returncode: int | None = None

    async def listen(self, seconds: float) -> bool:
        """Wait for news from the server for at most `seconds`; return whether there was any."""
        loop = asyncio.get_running_loop()
        try:
            received = await asyncio.wait_for(loop.sock_recv(self._connection, 4096), seconds)
        except TimeoutError:
            return False
        except OSError:
            received = b""
        self._take(received)
        return True

    def _take(self, received: bytes) -> None:
        if not received and self.returncode is None:
            self.returncode = -signal.SIGKILL  # the server is gone, and its kernels with it
        *lines, self._unread = (self._unread + received).split(b"\n")
        for line in lines:
            for name, value in json.loads(line).items():
                setattr(self, name, value)
        if self.returncode is not None:
            self._connection.close()

    def poll(self) -> int | None:
        """Return the exit code (minus the signal's number if one ended it), or None while it runs."""
        while self.returncode is None:
            try:
                self._take(self._connection.recv(4096))
            except BlockingIOError:
                break
            except OSError:
                self._take(b"")
        return self.returncode

    def wait(self) -> int | None:
        """Return the exit code of a kernel that has ended."""
        return self.poll()

    def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel while it runs."""
        if self.poll() is None and self.pid:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        """Kill the kernel."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)


class ForkProvisioner(LocalProvisioner):
    """Starts kernels by asking the server to fork; where that would not be the same kernel, as usual."""

    process: Any = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork a kernel for `cmd`, or start an ordinary one."""
        environment = {**ONE_THREAD, **(kwargs.get("env") or os.environ)}
        cwd = str(kwargs.get("cwd") or Path.cwd())
        if not (can_fork() and _is_our_kernel(cmd, cwd)):
            return await super().launch_kernel(cmd, **kwargs)
        try:
            self.process = await self._fork(cmd, environment, cwd, kwargs)
        except OSError as error:
            self.log.warning("no kernel could be forked (%s); starting an ordinary one", error)
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        self.cwd = cwd
        return self.connection_info

    async def _fork(
        self, cmd: list[str], environment: dict[str, str], cwd: str, kwargs: Any
    ) -> ForkedProcess:
        wanted = {"argv": cmd, "env": environment, "cwd": cwd}
        with _streams(kwargs) as streams:
            process = ForkedProcess(_ask(wanted, streams))
        end = time.monotonic() + _START_SECONDS
        while not process.ready and process.returncode is None and time.monotonic() < end:
            await process.listen(1.0)
        if not process.ready:
            process.kill()
            raise OSError(
                process.refused or f"the kernel ended with code {process.returncode} before it was ready"
            )
        return process

    async def shutdown_requested(self, restart: bool = False) -> None:  # noqa: ARG002
        """Wait for the kernel to end by itself, without the manager's coarse polling."""
        if isinstance(self.process, ForkedProcess):
            end = time.monotonic() + 2.0
            while self.process.returncode is None and time.monotonic() < end:
                await self.process.listen(0.5)


def _ask(wanted: Mapping[str, Any], streams: Sequence[int]) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(_address())
        body = json.dumps(wanted).encode()
        fds = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", streams))
        connection.sendmsg([len(body).to_bytes(4, "big")], [fds])
        connection.sendall(body)
    except OSError:
        connection.close()
        raise
    return connection


def _is_our_kernel(cmd: list[str], cwd: str) -> bool:
    ours = len(cmd) > 3 and cmd[1:3] == ["-m", "ipykernel_launcher"] and Path(cmd[0]).samefile(sys.executable)
    return ours and not Path(cwd, "matplotlibrc").exists()


@contextmanager
def _streams(kwargs: Mapping[str, Any]) -> Iterator[list[int]]:
    """Open what the kernel's standard output and error shall be, as file descriptors."""
    with Path(os.devnull).open("wb") as nowhere:
        found = []
        for name, own in (("stdout", 1), ("stderr", 2)):
            wanted: int | IO[Any] | None = kwargs.get(name)
            if wanted is None:
                found.append(own)
            elif wanted == subprocess.DEVNULL:
                found.append(nowhere.fileno())
            elif isinstance(wanted, int):
                if wanted < 0:
                    raise OSError("a pipe was asked for")
                found.append(wanted)
            else:
                found.append(wanted.fileno())
        yield found
