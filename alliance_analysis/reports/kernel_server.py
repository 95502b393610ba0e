"""The process that kernels are forked from: `python -m alliance_analysis.reports.kernel_server FD`.

It reads one line of JSON from standard input (what to import and rehearse), imports, and forks one kernel for each
connection to the listening socket that it inherited as file descriptor FD. It ends, with all its kernels, when
standard input closes. It never starts a thread, as a fork copies only the thread that forks.
"""

from __future__ import annotations

import atexit
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
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from alliance_analysis.reports.kernel_fork import inherited
from alliance_analysis.reports.kernel_imports import has_threads, import_all

_REQUEST_SECONDS = 10.0


@dataclass(frozen=True)
class Request:
    """A kernel that is asked for, and the file descriptors of its standard output and error."""

    argv: list[str]
    env: dict[str, str]
    cwd: str
    inherited: dict[str, Any]
    streams: list[int]


class Server:
    """Accepts one connection per kernel, forks, and reports each kernel's end on its connection."""

    def __init__(self, listening: socket.socket, environment: dict[str, str]) -> None:
        self._inherited = json.loads(json.dumps(inherited(environment)))
        self._listening = listening
        self._woken, self._wake = socket.socketpair()
        for end in (self._woken, self._wake):
            end.setblocking(False)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        self._selector = selectors.DefaultSelector()
        for source in (self._listening, self._woken, sys.stdin):
            self._selector.register(source, selectors.EVENT_READ)
        self._kernels: dict[int, socket.socket] = {}

    def serve(self) -> tuple[Request, socket.socket] | None:
        """Serve until standard input closes or SIGTERM comes.

        In a fork, return at once what the fork shall become, and the connection on which to say that it is ready.
        """
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is sys.stdin:
                    return None
                if key.fileobj is self._woken:
                    if signal.SIGTERM in self._woken.recv(4096):
                        return None
                    self._reap()
                elif key.fileobj is self._listening:
                    connection = self._listening.accept()[0]
                    if request := self._start(connection):
                        return request, connection
                elif key.fileobj is self._kernels.get(key.data):
                    self._client_gone(key.data)

    def stop(self) -> None:
        """Kill every kernel."""
        for pid in self._kernels:
            _kill_group(pid)

    def _start(self, connection: socket.socket) -> Request | None:
        """Fork a kernel, or refuse; in the fork, return the request."""
        connection.settimeout(_REQUEST_SECONDS)
        try:
            request = _request(connection)
        except (OSError, ValueError, TypeError):
            connection.close()
            return None
        try:
            refused = self._refusal(request)
            pid = -1 if refused else os.fork()
        except OSError as error:
            refused, pid = str(error), -1
        if pid == 0:
            self._leave(request)
            return request
        for stream in request.streams:
            os.close(stream)
        if refused:
            _tell(connection, refused=refused, returncode=1)
            connection.close()
            return None
        self._kernels[pid] = connection
        self._selector.register(connection, selectors.EVENT_READ, data=pid)
        _tell(connection, pid=pid)
        return None

    def _refusal(self, request: Request) -> str:
        """Say why a fork would not be the same kernel, if it would not."""
        folder = Path(request.cwd)
        if request.argv[0] != sys.executable:
            return "it is for another Python"
        if request.inherited != self._inherited:
            return "its environment or limits differ from the server's"
        search = request.env.get("PYTHONPATH") or os.sep
        if not all(Path(entry).is_absolute() for entry in search.split(os.pathsep)):
            return "PYTHONPATH depends on the folder"
        if (folder / "matplotlibrc").exists():
            return "its folder has a matplotlibrc"
        if names := _shadowed(folder):
            return f"its folder has modules of its own named {', '.join(sorted(names))}"
        return "the server has threads" if has_threads() else ""

    def _leave(self, request: Request) -> None:
        """In a fork: nothing of the server stays open or set, and standard input is empty."""
        os.setsid()
        signal.set_wakeup_fd(-1)
        for signum in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(signum, signal.SIG_DFL)
        self._selector.close()
        for other in (self._listening, self._woken, self._wake, *self._kernels.values()):
            other.close()
        nowhere = os.open(os.devnull, os.O_RDONLY)
        for number, stream in enumerate((nowhere, *request.streams)):
            os.dup2(stream, number)
            os.close(stream)

    def _reap(self) -> None:
        """Report the kernels that have ended, and end what they have left running."""
        with contextlib.suppress(ChildProcessError):
            while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                _kill_group(ended.si_pid)
                _, status = os.waitpid(ended.si_pid, 0)
                if connection := self._kernels.pop(ended.si_pid, None):
                    self._selector.unregister(connection)
                    _tell(connection, returncode=os.waitstatus_to_exitcode(status))
                    connection.close()

    def _client_gone(self, pid: int) -> None:
        connection = self._kernels.pop(pid)
        self._selector.unregister(connection)
        connection.close()
        _kill_group(pid)


def _request(connection: socket.socket) -> Request:
    head, streams, _, _ = socket.recv_fds(connection, 4, 2)
    try:
        length = int.from_bytes(head, "big")
        body = b""
        while part := connection.recv(length - len(body)):
            body += part
        if len(streams) != 2:
            raise ValueError("the request came without its streams")
        return Request(**json.loads(body), streams=list(streams))
    except (OSError, ValueError, TypeError):
        for stream in streams:
            os.close(stream)
        raise


def _tell(connection: socket.socket, **news: Any) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(json.dumps(news).encode() + b"\n")


def _kill_group(pid: int) -> None:
    """Kill a kernel and the processes of its group, or what is left of them."""
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)  # its group is not there yet if it was forked just now
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)


def _shadowed(folder: Path) -> set[str]:
    """Return the modules that a kernel in `folder` would find there, and that are imported here from elsewhere."""
    own = {path.stem for path in folder.glob("*.py")}
    own |= {path.parent.name for path in folder.glob("*/__init__.py")}
    files = {name: str(getattr(sys.modules[name], "__file__", "")) for name in own & sys.modules.keys()}
    return {name for name, file in files.items() if not file.startswith(f"{folder}{os.sep}")} - {"__main__"}


def _reseed() -> None:
    """Give the generators that Python and numpy keep for everyone the state of a new process: a random one."""
    for name in ("random", "numpy.random"):
        if name in sys.modules:
            sys.modules[name].seed()


def _run_kernel(request: Request, connection: socket.socket) -> NoReturn:
    """Run an IPython kernel in this fork, as `python -m ipykernel_launcher` would, and leave when it ends."""
    from ipykernel.kernelapp import IPKernelApp

    parent = os.getppid()
    os.environ.clear()
    os.environ.update(request.env, JPY_PARENT_PID=str(parent))
    os.chdir(request.cwd)
    time.tzset()
    _reseed()
    sys.orig_argv = list(request.argv)
    sys.argv = [importlib.import_module("ipykernel_launcher").__file__ or "", *request.argv[3:]]
    app = IPKernelApp.instance(parent_handle=parent)  # it ends if the server does
    app.initialize()
    if widgets := sys.modules.get("ipywidgets"):
        widgets.register_comm_target()  # which it does while it is imported, in a kernel
    _tell(connection, ready=True)
    connection.close()
    code: int = 0
    try:
        app.start()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(bool(leaving.code))
    with contextlib.suppress(Exception):
        app.control_thread.stop()  # before its output is closed, for which it would wait ten seconds
        app.control_thread.join()
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
    os._exit(code)


def main(listening: socket.socket) -> None:
    """Import, rehearse, serve; in a fork, be the kernel."""
    if sys.path[0] in ("", str(Path.cwd())):
        del sys.path[0]
    wanted = json.loads(sys.stdin.readline())
    import_all(wanted["preload"], wanted["rehearse"])
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.collect()
    gc.freeze()
    server = Server(listening, dict(os.environ))
    if kernel := server.serve():
        _run_kernel(*kernel)
    server.stop()


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
