"""The process that kernels are forked from: `python -m alliance_analysis.reports.kernel_server FD`.

It reads one line of JSON from standard input (what to import and rehearse), imports, and forks one kernel for each
connection to the listening socket that it inherited as file descriptor FD. It ends, with all its kernels, when
standard input closes. It never starts a thread, as a fork copies only the thread that forks.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from alliance_analysis.cases import case_names
from alliance_analysis.reports.kernels import seen_at_import

STACK = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "IPython.core.completer", "numpy", "pandas",
    "scipy.stats", "matplotlib.figure", "matplotlib.backends.backend_agg", "matplotlib.pyplot", "seaborn", "ipywidgets",
    "pydantic", "ruamel.yaml", "alliance_analysis.reports.case_report",
)  # fmt: skip
"""What every kernel of the workbook imports sooner or later."""

BACKEND = "module://matplotlib_inline.backend_inline"
"""The back end that a kernel chooses before matplotlib is imported."""

NEVER = ("matplotlib_inline.backend_inline", "__main__")
"""Modules that look at the kernel they are imported into, and so must be imported there."""


class Server:
    """Accepts one connection per kernel, forks, and reports each kernel's end on its connection."""

    def __init__(self, listening: socket.socket, environment: dict[str, str]) -> None:
        self._seen = seen_at_import(environment)
        self._listening = listening
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listening, selectors.EVENT_READ)
        self._selector.register(sys.stdin, selectors.EVENT_READ)
        self._woken, wake = socket.socketpair()
        for end in (self._woken, wake):
            end.setblocking(False)
        self._wake = wake
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._kernels: dict[int, socket.socket] = {}

    def serve(self) -> None:
        """Serve until standard input closes."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is sys.stdin:
                    return
                if key.fileobj is self._listening:
                    self._start(self._listening.accept()[0])
                elif key.fileobj is self._woken:
                    with contextlib.suppress(BlockingIOError):
                        self._woken.recv(4096)
                    self._reap()
                else:
                    self._client_gone(key.data)

    def stop(self) -> None:
        """Kill every kernel and its children."""
        for pid in self._kernels:
            _kill(pid)

    def _start(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        try:
            wanted, streams = _request(connection)
        except (OSError, ValueError):
            connection.close()
            return
        if seen_at_import(wanted["env"]) != self._seen:
            _tell(connection, refused="its environment differs from the server's", returncode=1)
            connection.close()
            return
        pid = os.fork()
        if pid == 0:
            self._become(connection, wanted, streams)
        for stream in streams:
            os.close(stream)
        connection.setblocking(False)
        self._kernels[pid] = connection
        self._selector.register(connection, selectors.EVENT_READ, data=pid)
        _tell(connection, pid=pid)

    def _become(self, connection: socket.socket, wanted: dict[str, Any], streams: list[int]) -> NoReturn:
        """Turn this fork into the kernel: nothing of the server stays open, set or scheduled."""
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for other in (self._listening, self._woken, self._wake, *self._kernels.values()):
            other.close()
        nowhere = os.open(os.devnull, os.O_RDONLY)
        for number, stream in enumerate((nowhere, *streams)):
            os.dup2(stream, number)
            os.close(stream)
        sys.stdin = open(0, closefd=False, encoding="utf-8")  # noqa: SIM115

        def ready() -> None:
            connection.setblocking(True)
            _tell(connection, ready=True)
            connection.close()

        _run_kernel(wanted, ready)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if connection := self._kernels.pop(pid, None):
                self._selector.unregister(connection)
                _tell(connection, returncode=os.waitstatus_to_exitcode(status))
                connection.close()
            _kill(pid, group_only=True)

    def _client_gone(self, pid: int) -> None:
        connection = self._kernels[pid]
        with contextlib.suppress(OSError):
            if connection.recv(4096):
                return
        self._selector.unregister(connection)
        self._kernels.pop(pid).close()
        _kill(pid)


def _request(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    head, streams, _, _ = socket.recv_fds(connection, 4, 2)
    length = int.from_bytes(head, "big")
    body = b""
    while len(body) < length:
        part = connection.recv(length - len(body))
        if not part:
            raise ValueError("the request was cut off")
        body += part
    if len(streams) != 2:
        raise ValueError("the request came without its streams")
    return json.loads(body), list(streams)


def _tell(connection: socket.socket, **news: Any) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(json.dumps(news).encode() + b"\n")


def _kill(pid: int, *, group_only: bool = False) -> None:
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    if not group_only:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def _reseed() -> None:
    """Give the generators that Python and numpy keep for everyone the state of a new process: a random one."""
    for name in ("random", "numpy.random"):
        if name in sys.modules:
            sys.modules[name].seed()


def _run_kernel(wanted: dict[str, Any], ready: Any) -> NoReturn:
    """Run an IPython kernel in this process, then leave it without running the server's own clean-up."""
    import atexit

    from ipykernel.kernelapp import IPKernelApp

    os.environ.clear()
    os.environ.update(wanted["env"])
    os.chdir(wanted["cwd"])
    time.tzset()
    _reseed()
    gc.enable()
    # As `python -m ipykernel_launcher` leaves it
    sys.argv = [importlib.import_module("ipykernel_launcher").__file__ or "", *wanted["argv"][3:]]
    app = IPKernelApp.instance()
    app.initialize(
        [*sys.argv[1:], f"--IPKernelApp.parent_handle={os.getppid()}"]
    )  # it ends if the server does
    ready()
    code: int = 0
    try:
        app.start()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(bool(leaving.code))
    with contextlib.suppress(Exception):
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
    os._exit(code)


def _import(names: Iterable[str]) -> None:
    for name in names:
        if not name.startswith(NEVER):
            with contextlib.suppress(Exception):  # an optional module that is not here is no fault of ours
                importlib.import_module(name)


def _rehearse(cells: list[str]) -> None:
    """Run cells in a throwaway fork with a shell but no kernel, and import what they imported."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nowhere, number)
        before = set(sys.modules)
        with contextlib.suppress(BaseException):
            from IPython.core.interactiveshell import InteractiveShell

            shell = InteractiveShell.instance()
            if shell.history_manager:
                shell.history_manager.enabled = False
            for cell in cells:
                shell.run_cell(cell, store_history=False)
        names = [name for name in sys.modules if name not in before]
        with os.fdopen(writing, "w") as stream:
            json.dump(names, stream)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        names = json.loads(stream.read() or "[]")
    os.waitpid(pid, 0)
    _import(names)


def main(listening: socket.socket) -> None:
    """Import, rehearse, serve."""
    if sys.path[0] in ("", str(Path.cwd())):
        del sys.path[0]
    wanted = json.loads(sys.stdin.readline())
    before = dict(os.environ)
    os.environ["MPLBACKEND"] = before.get("MPLBACKEND", BACKEND)
    _import((*STACK, *wanted["preload"]))
    if wanted["rehearse"]:
        _rehearse(wanted["rehearse"])
    case_names()  # the casebook is read once; it does not change while a server lives
    os.environ.clear()
    os.environ.update(before)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    tasks = Path("/proc/self/task")
    if threading.active_count() > 1 or (tasks.is_dir() and len(list(tasks.iterdir())) > 1):
        raise SystemExit("the server has threads and cannot fork safely")
    gc.collect()
    gc.freeze()
    server = Server(listening, before)
    try:
        server.serve()
    finally:
        server.stop()


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
