"""A kernel that a server has forked: asking for it, what it must have in common with the server, and its process."""

from __future__ import annotations

import array
import asyncio
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import psutil

_SEEN_AT_IMPORT = (
    "PYTHON", "MPL", "MATPLOTLIB", "LD_", "LC_", "LANG", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR", "NUMPY", "NPY_",
    "PANDAS", "SCIPY", "ARROW", "HOME", "XDG_", "TZ",
)  # fmt: skip
_START_SECONDS = 60.0
_POLL_SECONDS = 0.01


def seen_at_import(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that modules read while they are imported.

    >>> seen_at_import({"MPLBACKEND": "agg", "USER": "me"})
    {'MPLBACKEND': 'agg'}
    """
    return {name: value for name, value in sorted(environment.items()) if name.startswith(_SEEN_AT_IMPORT)}


def inherited(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return what a fork must have in common with its server: that environment, and what this process passes on.

    >>> sorted(inherited({"TZ": "UTC"}))
    ['environment', 'limits', 'niceness', 'status']
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    names = ("Umask", "Uid", "Gid", "Groups", "Cpus_allowed_list")
    return {
        "environment": seen_at_import(environment),
        "status": dict(line.split(":\t", 1) for line in lines if line.startswith(names)),
        "limits": Path("/proc/self/limits").read_text(encoding="ascii"),
        "niceness": os.getpriority(os.PRIO_PROCESS, 0),
    }


class Refused(Exception):
    """The server is well, but this kernel must be an ordinary one."""


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
        self.abandoned = False
        self._kernel: psutil.Process | None = None

    def poll(self) -> int | None:
        """Return the exit code (minus the signal's number if one ended it), or None while it runs."""
        while self.returncode is None:
            try:
                received = self._connection.recv(4096)
            except BlockingIOError:
                break
            except OSError:
                received = b""
            if not received:
                self._abandon()
            *lines, self._unread = (self._unread + received).split(b"\n")
            for line in lines:
                for name, value in json.loads(line).items():
                    setattr(self, name, value)
            if self.pid and not self._kernel:
                with suppress(psutil.Error):
                    self._kernel = psutil.Process(self.pid)
        if self.returncode is not None:
            self._connection.close()
        return self.returncode

    def _abandon(self) -> None:
        """End the kernel of a server that is gone; it would also end by itself in a second."""
        self.abandoned, self.returncode = True, -signal.SIGKILL
        with suppress(psutil.Error, OSError):
            if self._kernel and self._kernel.is_running():  # and its number is not another's now
                os.killpg(self.pid, signal.SIGKILL)

    async def until(self, *, seconds: float, ready: bool = False) -> None:
        """Wait until the kernel has ended or, if so asked, is ready; at most so many seconds."""
        end = time.monotonic() + seconds
        while self.poll() is None and not (ready and self.ready) and time.monotonic() < end:
            await asyncio.sleep(_POLL_SECONDS)

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

    def give_up(self) -> None:
        """Leave the kernel to the server, which kills it."""
        self._connection.close()


async def fork(
    address: str, cmd: list[str], environment: dict[str, str], kwargs: Mapping[str, Any]
) -> ForkedProcess:
    """Return a kernel that the server at `address` has forked for `cmd`, ready to be talked to.

    Of `kwargs`, which are those of `subprocess.Popen`, it takes `cwd`, `stdout` and `stderr`.
    Raises Refused if only this kernel cannot be forked, OSError if the server cannot be relied on.
    """
    cwd = str(Path(kwargs.get("cwd") or "").absolute())
    wanted = {"argv": cmd, "env": environment, "cwd": cwd, "inherited": inherited(environment)}
    with Path(os.devnull).open("wb") as nowhere:
        streams = [_stream(kwargs.get("stdout"), 1, nowhere), _stream(kwargs.get("stderr"), 2, nowhere)]
        process = ForkedProcess(_ask(address, wanted, streams))
    try:
        await process.until(seconds=_START_SECONDS, ready=True)
        if process.ready:
            return process
        if process.returncode is not None and not process.abandoned:
            raise Refused(process.refused or f"it ended with code {process.returncode} before it was ready")
        raise OSError("the server has ended" if process.abandoned else "the server did not answer")
    finally:
        if not process.ready:
            process.give_up()


def _stream(wanted: int | IO[Any] | None, own: int, nowhere: IO[Any]) -> int:
    """Return the file descriptor of a kernel's standard output or error; `own` is that of this process."""
    if wanted is None:
        return own
    stream = nowhere if wanted == subprocess.DEVNULL else wanted
    number = stream if isinstance(stream, int) else stream.fileno()
    if number < 0:
        raise Refused("a pipe was asked for")
    return number


def _ask(address: str, wanted: Mapping[str, Any], streams: Sequence[int]) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(_START_SECONDS)
        connection.connect(address)
        body = json.dumps(wanted).encode()
        fds = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", streams))
        connection.sendmsg([len(body).to_bytes(4, "big")], [fds])
        connection.sendall(body)
    except OSError:
        connection.close()
        raise
    return connection
