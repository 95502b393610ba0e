"""Forked kernels: the same as ordinary ones for a notebook, whatever ran before, and nothing of them stays behind."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager, KernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from nbclient import NotebookClient

from alliance_analysis import content
from alliance_analysis.reports import kernels
from alliance_analysis.reports.engine import kernel_settings
from alliance_analysis.reports.execute import execute
from alliance_analysis.reports.kernel_fork import ForkedProcess
from alliance_analysis.reports.kernels import (
    ADDRESS,
    CHOOSE,
    ONE_THREAD,
    PROVISIONER,
    KernelServer,
    forked_kernels,
)

pytestmark = pytest.mark.skipif(not kernels.can_fork(), reason="kernels are forked on Linux only")

PATIENCE = 20.0
"""Seconds after which something that should have ended is taken to hang."""

IS_FORKED = "'kernel_server' in open(f'/proc/{__import__(\"os\").getppid()}/cmdline').read()"
"""An expression that says in a kernel whether it is a fork."""


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[int]:
    """One server for all tests; its process id."""
    with forked_kernels() as forked:
        assert forked
        with Kernel() as kernel:
            number = int(kernel.run("import os; print(os.getppid())"))
        yield number


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ordinary kernels compute with one thread, as forked ones do."""
    for name, value in ONE_THREAD.items():
        monkeypatch.setenv(name, value)


@contextmanager
def ordinary() -> Iterator[None]:
    """Start no forks in this context."""
    factory = KernelProvisionerFactory.instance()
    chosen, factory.default_provisioner_name = factory.default_provisioner_name, "local-provisioner"
    try:
        yield
    finally:
        factory.default_provisioner_name = chosen


class Kernel:
    """A kernel as any client of jupyter_client starts it."""

    def __init__(self, **options: Any) -> None:
        self._options = options

    def __enter__(self) -> Kernel:
        self._folder = tempfile.TemporaryDirectory(prefix="cb-")
        self.manager = KernelManager(kernel_name="python3", transport="ipc", ip=f"{self._folder.name}/k")
        if argv := self._options.pop("argv", None):
            self.manager._kernel_spec = KernelSpec(argv=argv, language="python", display_name="other")
        try:
            self.manager.start_kernel(extra_arguments=["--HistoryManager.enabled=False"], **self._options)
            self.connect()
        except BaseException:
            self.__exit__()
            raise
        self.process = self.manager.provisioner.process
        return self

    def connect(self) -> None:
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(60)

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "client"):
            self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel()
        self.manager.cleanup_resources()
        self._folder.cleanup()

    @property
    def forked(self) -> bool:
        return isinstance(self.process, ForkedProcess)

    def run(self, code: str) -> str:
        """Run a cell and return what it printed; fails if the cell does."""
        seen: list[str] = []

        def hook(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                seen.append(message["content"]["text"])

        reply = self.client.execute_interactive(code, output_hook=hook, timeout=60)["content"]
        assert reply["status"] == "ok", "\n".join(reply.get("traceback", []))
        return "".join(seen)


def until(condition: Callable[[], bool]) -> bool:
    """Wait until a condition holds; False if it does not for long."""
    end = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def gone(*pids: int) -> bool:
    """Wait until processes have ended."""

    def ended(pid: int) -> bool:
        try:
            return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return True

    return until(lambda: all(ended(pid) for pid in pids))


def returncode(kernel: Kernel) -> int | None:
    """Wait for a kernel's end and return its exit code."""
    assert until(lambda: kernel.process.poll() is not None)
    code: int = kernel.process.poll()
    return code


# What a notebook can see


def state() -> str:
    """Return all that a notebook sees of its kernel as JSON; runs in kernels."""
    import gc
    import json
    import locale
    import logging
    import multiprocessing
    import os
    import re
    import resource
    import signal
    import stat
    import sys
    import threading
    import time
    import warnings
    from pathlib import Path

    modules = sorted(sys.modules)
    shell = get_ipython()  # type: ignore[name-defined] # noqa: F821
    app = shell.kernel.parent

    def names(functions: list[Any]) -> list[str]:
        return [getattr(f, "__qualname__", None) or type(f).__qualname__ for f in functions]

    def loggers() -> dict[str, list[Any]]:
        every = {name: logging.getLogger(name) for name in ("", *logging.root.manager.loggerDict)}
        return {n: [each.level, each.disabled, names(map(type, each.handlers))] for n, each in every.items()}

    def files() -> list[str]:
        found = []
        for fd in Path("/proc/self/fd").iterdir():
            try:
                path, mode = str(fd.readlink()), fd.stat().st_mode
            except OSError:
                continue
            if fd.name != "0":
                found.append(path if stat.S_ISREG(mode) else re.sub(r"\d+", "", path))
        return sorted(found)

    seen: dict[str, Any] = {
        "globals": sorted(name for name in shell.user_ns if name != "state"),
        "builtins": sorted(vars(__import__("builtins"))),
        "environ": dict(os.environ),
        "working folder": str(Path.cwd()),
        "path": sys.path,
        "argv": [sys.argv[0], *(re.sub(r"kernel-\S+|\S+\.json", "FILE", a) for a in sys.argv[1:])],
        "orig_argv": [re.sub(r"\S+\.json", "FILE", a) for a in sys.orig_argv],
        "flags": [str(sys.flags), sys.executable, sys.prefix, str(sys._xoptions), str(sys.warnoptions)],
        "signals": {number.name: str(signal.getsignal(number)) for number in signal.Signals},
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "timers": [signal.getitimer(signal.ITIMER_REAL), signal.alarm(0)],
        "files": files(),
        "standard input": [
            sys.stdin.name,
            sys.stdin.encoding,
            os.read(0, 10).decode(),
            sys.__stdin__ is None,
        ],
        "streams": [
            type(getattr(sys, name)).__qualname__ for name in ("stdout", "stderr", "__stdout__", "__stderr__")
        ],
        "encodings": [
            sys.__stdout__.encoding,
            sys.__stdout__.errors,
            sys.__stderr__.errors,
            sys.getfilesystemencoding(),
        ],
        "threads": sorted(f"{t.name} {t.daemon}" for t in threading.enumerate()),
        "tasks": len(list(Path("/proc/self/task").iterdir())),
        "warnings": [str(each) for each in warnings.filters],
        "loggers": loggers(),
        "gc": [gc.isenabled(), gc.get_threshold(), gc.get_debug(), len(gc.callbacks)],
        "limits": {
            n: resource.getrlimit(getattr(resource, n)) for n in dir(resource) if n.startswith("RLIMIT")
        },
        "umask": re.findall(r"Umask:\s*(\d+)", Path("/proc/self/status").read_text()),
        "niceness": [os.getpriority(os.PRIO_PROCESS, 0), sorted(os.sched_getaffinity(0))],
        "session": [os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid()],
        "locale": [locale.setlocale(locale.LC_ALL), time.tzname, time.timezone],
        "main": [sys.modules["__main__"].__dict__ is shell.user_ns, str(type(sys.modules["__main__"]))],
        "main file": [
            hasattr(sys.modules["__main__"], name) for name in ("__file__", "__loader__", "__spec__")
        ],
        "shell": [
            str(type(shell)),
            str(type(shell.kernel)),
            shell.execution_count,
            str(shell.input_transformers_post),
        ],
        "config": re.sub(r"'[^']*\.json'", "FILE", str(shell.config)),
        "magics": [sorted(shell.magics_manager.magics[kind]) for kind in ("line", "cell")],
        "extensions": sorted(shell.extension_manager.loaded),
        "events": {name: names(each) for name, each in shell.events.callbacks.items()},
        "application": {
            n: str(getattr(app, n)) for n in ("extra_extensions", "exec_lines", "capture_fd_output", "quiet")
        },
        "hooks": names(
            [sys.excepthook, sys.displayhook, sys.unraisablehook, threading.excepthook, sys.breakpointhook]
        ),
        "tracing": [
            str(sys.gettrace()),
            str(sys.getprofile()),
            sys.getrecursionlimit(),
            sys.getswitchinterval(),
        ],
        "importers": [names(map(type, sys.meta_path)), len(sys.path_hooks)],
        "children": Path(f"/proc/self/task/{os.getpid()}/children").read_text(),
        "processes": [multiprocessing.current_process().name, str(multiprocessing.parent_process())],
        "start method": multiprocessing.get_start_method(allow_none=True),
        "modules": modules,
    }
    import matplotlib as mpl
    import numpy as np
    import pandas as pd

    def options(tree: dict[str, Any], prefix: str = "") -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in tree.items():
            found |= (
                options(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: str(value)}
            )
        return found

    def settings() -> dict[str, str]:
        return {name: str(mpl.rcParams._get(name)) for name in mpl.rcParams}

    seen["numpy"] = [str(np.geterr()), str(np.get_printoptions()), str(np.geterrcall())]
    seen["pandas"] = options(pd._config.config._global_config)
    seen["rcParams"] = settings()
    import ipywidgets  # noqa: F401
    import matplotlib.pyplot as plt
    import scipy.stats
    import seaborn  # noqa: F401

    seen["interactive"] = [plt.isinteractive(), shell.active_eventloop]
    plt.close(plt.figure())
    seen["back end"] = [mpl.get_backend(), plt.isinteractive(), plt.get_fignums()]
    seen["rcParams after a figure"] = settings()
    seen["events after a figure"] = {name: names(each) for name, each in shell.events.callbacks.items()}
    seen["units and colours"] = [sorted(map(str, mpl.units.registry)), sorted(mpl.colormaps)]
    seen["widgets"] = sorted(shell.kernel.comm_manager.targets)
    seen["environ after the imports"] = dict(os.environ)
    seen["path after the imports"] = sys.path
    seen["drawn"] = [
        scipy.stats.norm.rvs(),
        np.random.rand(),
        __import__("random").random(),
        str(__import__("uuid").uuid4()),
    ]
    return json.dumps(seen, default=str)


MAY_HAVE_MORE = {
    "modules": "the server has imported them",
    "warnings": "of modules that add filters for themselves while they are imported",
    "loggers": "of those modules",
}
"""In what a fork may have more than an ordinary kernel, and why."""

DRAWN = "drawn"
ENVIRON = ("environ", "environ after the imports")

DIRT = """
import asyncio, atexit, builtins, gc, locale, logging, os, random, resource, signal, sys, threading, time, warnings
import matplotlib, matplotlib.pyplot as plt, numpy as np, pandas as pd, seaborn as sns
leftover = 1
builtins.print_more = print
sns.set_theme()
matplotlib.use("pdf")
plt.figure()
np.random.seed(1); random.seed(1); np.seterr(all="ignore"); np.set_printoptions(precision=2)
pd.options.display.max_rows = 3; pd.options.display.float_format = "{:.1f}".format
pd.DataFrame.to_html = lambda self: "patched"
os.environ["LEFT"] = "over"; os.environ.pop("PATH"); os.chdir("/")
kept = [open("/dev/null"), open("/proc/self/status"), __import__("socket").socket()]
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
signal.signal(signal.SIGUSR1, lambda *_: None); signal.alarm(600)
warnings.simplefilter("ignore"); locale.setlocale(locale.LC_ALL, "C.UTF-8"); os.umask(0o77); os.nice(1)
logging.basicConfig(level=logging.DEBUG); logging.getLogger("matplotlib").addHandler(logging.StreamHandler())
sys.path.insert(0, "/nowhere"); sys.modules["json.tool"] = None; sys.setrecursionlimit(5000); sys.argv.append("more")
gc.disable(); gc.set_threshold(1, 1, 1); atexit.register(print, "bye"); resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
get_ipython().run_line_magic("load_ext", "autoreload"); get_ipython().run_line_magic("autoreload", "2")
get_ipython().events.register("pre_execute", lambda: None)
__import__("subprocess").Popen(["sleep", "600"])
"""


def seen_by(kernel: Kernel) -> dict[str, Any]:
    text = kernel.run(
        "from __future__ import annotations\n" + inspect.getsource(state) + "\nprint('STATE' + state())"
    ).split("STATE")[1]
    found: dict[str, Any] = json.loads(text)
    return found


def test_after_a_notebook_that_dirtied_everything_the_next_sees_what_an_ordinary_kernel_sees(
    tmp_path: Path, one_thread: None
) -> None:
    environment = {**os.environ, "OWN": "value"}
    with Kernel(cwd=str(tmp_path), env=environment) as dirty:
        dirty.run(DIRT)
        with Kernel(cwd=str(tmp_path), env=environment) as kernel:
            assert kernel.forked and dirty.forked
            fork = seen_by(kernel)
    with ordinary(), Kernel(cwd=str(tmp_path), env=environment) as kernel:
        assert not kernel.forked
        expected = seen_by(kernel)
    assert fork.pop(DRAWN) != expected.pop(DRAWN)
    for name in ENVIRON:
        assert fork[name].pop("JPY_PARENT_PID") != expected[name].pop("JPY_PARENT_PID")
    for name in MAY_HAVE_MORE:
        more, least = fork.pop(name), expected.pop(name)
        if isinstance(least, dict):
            assert {key: more[key] for key in least} == least, name
        else:
            assert set(least) <= set(more), name
    assert {name: fork[name] for name in fork if fork[name] != expected[name]} == {
        name: expected[name] for name in fork if fork[name] != expected[name]
    }
    assert fork.keys() == expected.keys() and len(fork) > 40
    assert fork["environ"]["OWN"] == "value" and fork["back end"][0].endswith("backend_inline")


def test_the_environment_of_a_fork_differs_by_the_documented_names_only(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ONE_THREAD}
    cell = "import json, os; print(json.dumps(dict(os.environ)))"
    with Kernel(env=environment) as kernel:
        fork = json.loads(kernel.run(cell))
        assert kernel.forked
    with ordinary(), Kernel(env=environment) as kernel:
        expected = json.loads(kernel.run(cell))
    assert fork.keys() - expected.keys() == set(ONE_THREAD)
    assert {name for name in expected if fork.get(name) != expected[name]} == {"JPY_PARENT_PID"}


def test_forks_draw_different_random_numbers() -> None:
    cell = (
        "import random, uuid, secrets, numpy, scipy.stats\n"
        "print(random.random(), numpy.random.rand(), numpy.random.default_rng().random(), scipy.stats.norm.rvs(), "
        "uuid.uuid4(), secrets.token_hex())"
    )
    drawn = []
    for _ in range(2):
        with Kernel() as kernel:
            drawn.append(kernel.run(cell).split())
    assert all(first != second for first, second in zip(*drawn, strict=True))


CELLS = (
    "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2]);",
    "%matplotlib inline\nplt.bar(['a', 'b'], [1, 2]); plt.show()",
    "import seaborn as sns\nsns.set_theme(); sns.histplot([1, 2, 2, 3]);",
    "import numpy as np, pandas as pd\npd.DataFrame(np.arange(60).reshape(2, 30))",
    "print(pd.DataFrame(np.arange(60).reshape(2, 30)))",
    "np.float64(1.5), pd.Timestamp('2026-01-02'), 1 / 3",
    "import sys\nprint('to out'); print('to err', file=sys.stderr)",
    "import os\nos.write(1, b'low\\n'); os.write(2, b'level\\n');",
    "!echo from the shell",
    "import subprocess\nsubprocess.run(['echo', 'child'], capture_output=True, text=True).stdout",
    "%%bash\necho bash; pwd | xargs basename > /dev/null",
    "import threading\nt = threading.Thread(target=print, args=('thread',)); t.start(); t.join()",
    "import warnings, multiprocessing\nwarnings.simplefilter('ignore')\n"
    "with multiprocessing.get_context('fork').Pool(2) as pool: print(pool.map(lambda x: x, []), pool.map(abs, [-1, -2]))",
    "with multiprocessing.get_context('spawn').Pool(1) as pool: print(pool.map(abs, [-1, -2]))",
    "import asyncio\nawait asyncio.sleep(0.01)\nprint((await asyncio.gather(asyncio.to_thread(lambda: 3)))[0])",
    "warnings.simplefilter('default'); warnings.warn('mind', DeprecationWarning)",
    "import ipywidgets\nipywidgets.IntSlider(3).value",
    "try:\n    input()\nexcept Exception as error: print(type(error).__name__)",
    "1 / 0",
)  # fmt: skip


def executed(cells: tuple[str, ...], folder: Path) -> list[Any]:
    """Run cells with nbclient and return their outputs.

    In tests, ipykernel does not capture what is written to file descriptors; here it does.
    """
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with kernel_settings() as config:
        NotebookClient(
            notebook,
            kernel_name="python3",
            config=config,
            allow_errors=True,
            coalesce_streams=True,
            resources={"metadata": {"path": str(folder)}},
        ).execute(env={name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"})
    return [without_numbers(cell.outputs) for cell in notebook.cells]


def without_numbers(outputs: Any) -> Any:
    """Leave out the number of a kernel's process, which stands in the names of cells."""
    import re

    return json.loads(re.sub(r"ipykernel_\d+", "ipykernel", json.dumps(outputs)))


def test_cells_put_out_the_same_in_both_kinds(tmp_path: Path, one_thread: None) -> None:
    fork = executed(CELLS, tmp_path)
    with ordinary():
        expected = executed(CELLS, tmp_path)
    assert dict(zip(CELLS, fork, strict=True)) == dict(zip(CELLS, expected, strict=True))
    assert all(fork[CELLS.index(cell)] for cell in CELLS)
    assert [o["data"]["image/png"][:6] for o in fork[0]] == ["iVBORw"] and len(fork[1]) == 1
    assert [o["output_type"] for o in fork[-1]] == ["error"]
    assert not [
        cell for cell, outputs in zip(CELLS[:-1], fork[:-1], strict=True) if "Traceback" in str(outputs)
    ]


def test_times_and_stopped_cells_work(tmp_path: Path) -> None:
    with Kernel() as kernel:
        assert "Wall time" in kernel.run("%time sum(range(10))")
        sent = kernel.client.execute("import time\nfor _ in range(600): time.sleep(0.1)")
        time.sleep(0.3)
        kernel.manager.interrupt_kernel()
        while (reply := kernel.client.get_shell_msg(timeout=PATIENCE))["parent_header"].get("msg_id") != sent:
            pass
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert kernel.run("print('still here')") == "still here\n"


# Which kernels are not forked


def test_a_fork_is_made_of_the_same_python_only(server: int) -> None:
    argv = ["{python}", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    other = [str(Path(sys.executable).with_name("python3")), *argv[1:]]
    assert Path(other[0]).samefile(sys.executable) and other[0] != sys.executable
    for each in (
        other,
        [sys.executable, "-B", *argv[1:]],
        [sys.executable, *argv[1:3], "--matplotlib=agg", *argv[3:]],
    ):
        with Kernel(argv=each) as kernel:
            assert kernel.forked == (each[:3] == [sys.executable, *argv[1:3]])
            assert kernel.run("print(1)") == "1\n"


@pytest.mark.parametrize(
    "options",
    [
        {"env": {"MPLBACKEND": "agg"}},
        {"env": {"PYTHONPATH": "/usr"}},
        {"env": {"TZ": "Asia/Tokyo"}},
        {"stdout": subprocess.PIPE},
        {"stdin": subprocess.DEVNULL},
        {"independent": True},
    ],
    ids=str,
)
def test_where_a_fork_would_differ_the_kernel_is_an_ordinary_one(
    options: dict[str, Any], server: int
) -> None:
    changed = options.get("env", {})
    with Kernel(**{**options, **({"env": {**os.environ, **changed}} if changed else {})}) as kernel:
        assert not kernel.forked
        names = list(changed)
        assert kernel.run(f"import os; print({{n: os.environ[n] for n in {names}}})") == f"{changed}\n"
        if kernel.process.stdout:
            kernel.process.stdout.close()
    with Kernel() as kernel:
        assert kernel.forked and int(kernel.run("import os; print(os.getppid())")) == server


@pytest.mark.parametrize("name", ["matplotlibrc", "seaborn.py", "pandas/__init__.py"])
def test_a_folder_with_settings_or_modules_of_its_own_gets_an_ordinary_kernel(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("axes.titlesize: 33" if name == "matplotlibrc" else "own = True")
    (tmp_path / "helper_of_this_folder.py").write_text("x = 1")
    with Kernel(cwd=str(tmp_path)) as kernel:
        assert not kernel.forked
        if name == "matplotlibrc":
            assert kernel.run("import matplotlib; print(matplotlib.rcParams['axes.titlesize'])") == "33.0\n"
    (tmp_path / name).unlink()
    with Kernel(cwd=str(tmp_path)) as kernel:
        assert kernel.forked
        kernel.run("import helper_of_this_folder")


def test_a_limit_that_only_the_client_has_is_kept() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    changed = 4096 if soft != 4096 else 8192
    before = os.umask(0o27)
    resource.setrlimit(resource.RLIMIT_CORE, (changed if hard == -1 else min(changed, hard), hard))
    try:
        with Kernel() as kernel:
            assert not kernel.forked
            assert kernel.run("import os; print(oct(os.umask(0)))") == "0o27\n"
    finally:
        os.umask(before)
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


@pytest.mark.slow
def test_settings_in_the_folder_of_the_command_do_not_reach_the_kernels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "matplotlibrc").write_text("axes.titlesize: 33")
    (tmp_path / "kernels").mkdir()
    monkeypatch.chdir(tmp_path)
    with forked_kernels(), Kernel(cwd="kernels") as kernel:
        assert kernel.forked
        text = kernel.run("import matplotlib, os; print(matplotlib.rcParams['axes.titlesize'], os.getcwd())")
    assert text == f"large {tmp_path / 'kernels'}\n"


def test_where_forks_are_impossible_kernels_are_ordinary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "can_fork", lambda: False)
    with forked_kernels() as forked:
        assert not forked
    with Kernel() as kernel:
        assert not kernel.forked and kernel.run("print(1)") == "1\n"


def test_a_kernel_that_cannot_start_fails_as_usual_and_leaves_the_others_alone(tmp_path: Path) -> None:
    with Kernel() as other:
        with pytest.raises(FileNotFoundError), Kernel(cwd=str(tmp_path / "missing")):
            pass
        assert other.run("print(1)") == "1\n"
    with Kernel() as kernel:
        assert kernel.forked


# The server's end


@pytest.mark.slow
def test_a_server_that_is_killed_takes_its_kernels_along_and_ordinary_ones_follow(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server = KernelServer()
    monkeypatch.setenv(ADDRESS, server.address)
    with Kernel() as kernel, Kernel() as idle:
        assert kernel.forked and idle.forked
        child = int(kernel.run("import subprocess; p = subprocess.Popen(['sleep', '600']); print(p.pid)"))
        os.kill(server.pid, signal.SIGKILL)
        assert returncode(kernel) == -signal.SIGKILL
        assert gone(kernel.process.pid, child)
        assert gone(idle.process.pid)  # although nobody asks after it
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            with Kernel() as kernel:
                assert not kernel.forked and kernel.run("print(1)") == "1\n"
    assert [r.message for r in caplog.records if "forked" in r.message] == [caplog.messages[0]]
    server.stop()


@pytest.mark.slow
def test_a_kernel_outlives_its_killed_server_only_until_it_is_restarted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = KernelServer()
    monkeypatch.setenv(ADDRESS, server.address)
    with Kernel() as kernel:
        os.kill(server.pid, signal.SIGKILL)
        kernel.client.stop_channels()
        kernel.manager.restart_kernel()
        kernel.connect()
        assert kernel.run("print(1)") == "1\n"
    server.stop()


@pytest.mark.slow
def test_a_server_with_threads_forks_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "starts_a_thread.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    server = KernelServer(preload=["starts_a_thread"])
    monkeypatch.setenv(ADDRESS, server.address)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            with Kernel() as kernel:
                assert not kernel.forked
    assert len([message for message in caplog.messages if "forked" in message]) == 1
    assert "threads" in capfd.readouterr().err
    assert gone(server.pid)
    server.stop()


@pytest.mark.slow
def test_a_rehearsal_imports_what_its_cells_import_and_leaves_nothing_else(tmp_path: Path) -> None:
    cells = [
        f"import mailbox\nopen({str(tmp_path / 'ran')!r}, 'w').close()\nimport os; os.environ['X'] = 'x'"
    ]
    with forked_kernels(rehearse=["import os; os._exit(1)"]), Kernel() as kernel:
        assert kernel.forked  # nothing was learnt
        assert kernel.run("import sys; print('mailbox' in sys.modules)") == "False\n"
    with forked_kernels(rehearse=[*cells, "1 / 0"]), Kernel() as kernel:
        assert kernel.forked and (tmp_path / "ran").exists()
        assert (
            kernel.run("import os, sys; print('mailbox' in sys.modules, 'X' in os.environ)") == "True False\n"
        )


@pytest.mark.slow
def test_stopping_a_server_ends_its_kernels_and_its_folder() -> None:
    server = KernelServer()
    server.stop()  # while it imports
    assert not psutil.pid_exists(server.pid) and not Path(server.address).exists()
    factory = KernelProvisionerFactory.instance()
    with ordinary():
        with forked_kernels():
            assert factory.default_provisioner_name == PROVISIONER
        assert factory.default_provisioner_name == "local-provisioner"
    with forked_kernels(), Kernel() as kernel:
        pid = kernel.process.pid
        folder = Path(os.environ[ADDRESS]).parent
        os.kill(psutil.Process(pid).ppid(), signal.SIGTERM)
        assert gone(pid) and returncode(kernel) == -signal.SIGKILL
    assert not folder.exists()


# A kernel's end


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("import os; os._exit(3)", 3),
        ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV),
    ],
)
def test_the_exit_code_of_a_kernel_that_dies_is_known(cell: str, code: int) -> None:
    with Kernel() as kernel:
        child = int(kernel.run("import subprocess; print(subprocess.Popen(['sleep', '600']).pid)"))
        kernel.client.execute(cell)
        assert returncode(kernel) == code
        assert gone(child)
        assert not kernel.manager.is_alive()
        kernel.manager.interrupt_kernel()  # reaches nobody


def test_a_shutdown_runs_what_the_notebook_left_to_be_done(tmp_path: Path) -> None:
    cell = (
        f"import atexit, pathlib\nf = open({str(tmp_path / 'unclosed')!r}, 'w'); f.write('kept')\n"
        f"atexit.register(pathlib.Path({str(tmp_path / 'atexit')!r}).write_text, 'done');\n"
    )
    with Kernel() as kernel:
        kernel.run(cell)
        pid = kernel.process.pid
    assert (tmp_path / "atexit").read_text() == "done" and (tmp_path / "unclosed").read_text() == "kept"
    assert gone(pid) and returncode(kernel) == 0


def test_a_kernel_can_be_restarted() -> None:
    async def story() -> None:
        with kernel_settings() as config:
            manager = AsyncKernelManager(kernel_name="python3", config=config)
            await manager.start_kernel()
            pids = [manager.provisioner.pid]
            for now in (False, True):
                await manager.restart_kernel(now=now)
                assert isinstance(manager.provisioner.process, ForkedProcess)
                client = manager.client()
                client.start_channels()
                await client.wait_for_ready(60)
                reply = await client.execute(
                    "import time\nassert 'time_of_before' not in globals()\ntime_of_before = 1", reply=True
                )
                assert reply["content"]["status"] == "ok"
                client.stop_channels()
                pids.append(manager.provisioner.pid)
            assert await manager.is_alive()
            await manager.shutdown_kernel()
            assert len(set(pids)) == 3 and gone(*pids)

    asyncio.run(story())


# Nothing stays behind

ALIVE = """
import json, os, sys, time
sys.path.insert(0, {tests!r})
from test_kernels import Kernel
with Kernel() as kernel:
    child = kernel.run("import os, subprocess; print(subprocess.Popen(['sleep', '600']).pid, os.getppid())")
    print(json.dumps([kernel.forked, kernel.process.pid, *map(int, child.split())]), flush=True)
    time.sleep(600)
"""


@contextmanager
def client_process(**environment: str) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """Start a process that holds a kernel; yields it and the kernel's, its child's and its server's numbers."""
    code = ALIVE.format(tests=str(Path(__file__).parent))
    run = [sys.executable, "-c", code]
    with subprocess.Popen(
        run, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    ) as process:
        assert process.stdout
        forked, *pids = json.loads(process.stdout.readline())
        assert forked
        try:
            yield process, pids
        finally:
            process.kill()


def test_a_killed_client_leaves_no_kernel_and_the_server_goes_on(server: int) -> None:
    with client_process() as (process, (kernel, child, parent)):
        assert parent == server
        process.kill()
        assert gone(kernel, child)
    with Kernel() as other:
        assert other.forked


@pytest.mark.slow
def test_a_killed_command_leaves_neither_kernels_nor_server() -> None:
    with client_process(**{ADDRESS: ""}) as (process, pids):
        process.kill()
        assert gone(*pids)


def test_many_kernels_at_once_and_after_one_another_leave_the_server_as_it_was(
    server: int, tmp_path: Path
) -> None:
    (tmp_path / "matplotlibrc").touch()
    before = psutil.Process(server).num_fds()

    async def one(number: int) -> str:
        with kernel_settings() as config:
            notebook = nbformat.v4.new_notebook(
                cells=[nbformat.v4.new_code_cell(f"print({number}, {IS_FORKED})")]
            )
            await NotebookClient(notebook, kernel_name="python3", config=config).async_execute()
            return str(notebook.cells[0].outputs[0].text)

    async def six() -> list[str]:
        return await asyncio.gather(*map(one, range(6)))

    assert asyncio.run(six()) == [f"{number} True\n" for number in range(6)]
    with Kernel(cwd=str(tmp_path)) as refused:
        assert not refused.forked
    assert until(lambda: psutil.Process(server).num_fds() == before)
    assert psutil.Process(server).num_threads() == 1 and not psutil.Process(server).children()


@pytest.mark.slow
def test_fifty_kernels_leave_the_memory_and_files_of_the_server_flat(server: int) -> None:
    process = psutil.Process(server)
    seen = []
    for _ in range(50):
        with Kernel() as kernel:
            assert kernel.forked
        assert kernel.process.poll() == 0, "it ended by itself"
        assert until(lambda: not process.children())
        seen.append((process.num_fds(), process.memory_info().rss))
    files, memory = zip(*seen, strict=True)
    assert len(set(files)) == 1
    assert memory[-1] - memory[4] < 2 * 1024**2


# The clients, unchanged

CLIENTS = """
import json, os, sys, nbformat, papermill
from nbclient import NotebookClient
cell = nbformat.v4.new_code_cell({cell!r})
notebook = nbformat.v4.new_notebook(cells=[cell])
notebook.metadata["kernelspec"] = {{"name": "python3", "display_name": "", "language": "python"}}
nbformat.write(notebook, "in.ipynb")
done = papermill.execute_notebook("in.ipynb", "out.ipynb", progress_bar=False)
again = NotebookClient(nbformat.read("in.ipynb", 4)).execute()
print(*(node.cells[-1].outputs[0].text.strip() for node in (done, again)))
"""


@pytest.fixture
def alone(tmp_path: Path) -> dict[str, str]:
    """The environment of a process that has no server yet."""
    return {**{name: value for name, value in os.environ.items() if name != ADDRESS}, CHOOSE: PROVISIONER}


@pytest.mark.slow
def test_papermill_and_nbclient_use_one_server_of_their_own_that_ends_with_them(
    tmp_path: Path, alone: dict[str, str]
) -> None:
    run = subprocess.run(
        [sys.executable, "-c", CLIENTS.format(cell=f"import os; print(os.getppid(), {IS_FORKED})")],
        cwd=tmp_path, env=alone, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    first, forked, second, again = run.stdout.split()
    assert (forked, again) == ("True", "True") and first == second
    assert gone(int(first))


@pytest.mark.slow
def test_nbval_uses_it(tmp_path: Path, alone: dict[str, str]) -> None:
    cell = nbformat.v4.new_code_cell(f"print({IS_FORKED})", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="True\n")]
    seen = nbformat.v4.new_code_cell(
        "import os, pathlib\npathlib.Path('server').write_text(str(os.getppid()));"
    )
    nbformat.write(nbformat.v4.new_notebook(cells=[cell, seen]), tmp_path / "n.ipynb")
    options = ["-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tmp_path)]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "--nbval-kernel-name=python3", *options, "n.ipynb"],
        cwd=tmp_path, env=alone, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert "2 passed" in run.stdout
    assert gone(int((tmp_path / "server").read_text()))


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", sorted(content.folder("notebooks").rglob("[!.]*.ipynb")), ids=lambda path: path.stem
)
def test_the_workbook_is_the_same_byte_for_byte(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_thread: None
) -> None:
    monkeypatch.setenv("CASEBOOK_AGREEMENT", "agreement.yaml")
    for name in ("forked", "ordinary"):
        (tmp_path / name / "folder").mkdir(parents=True)
    execute(path, {}, tmp_path / "forked" / "out.ipynb", cwd=tmp_path / "forked" / "folder")
    with ordinary():
        execute(path, {}, tmp_path / "ordinary" / "out.ipynb", cwd=tmp_path / "ordinary" / "folder")
    forked, plain = (tmp_path / name / "out.ipynb" for name in ("forked", "ordinary"))
    assert forked.read_bytes() == plain.read_bytes()
