"""What the server imports before it forks kernels, as a kernel would have imported it."""

from __future__ import annotations

import builtins
import importlib
import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

STACK = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "IPython.core.completer",
    "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.oinspect", "IPython.extensions.storemagic",
    "sqlite3", "tornado.platform.asyncio", "numpy", "pandas",
    "scipy.stats", "matplotlib.figure", "matplotlib.backends.backend_agg", "matplotlib.pyplot", "seaborn", "ipywidgets",
    "pydantic", "ruamel.yaml", "alliance_analysis.reports.case_report",
)  # fmt: skip
"""What every kernel of the workbook imports sooner or later."""

BACKEND = "module://matplotlib_inline.backend_inline"
"""The back end that a kernel chooses before matplotlib is imported."""

NEVER = ("matplotlib_inline.backend_inline", "ipykernel.debugger", "debugpy", "__main__")
"""Modules that look at the kernel they are imported into or change it, and so must be imported there."""

_REHEARSAL_SECONDS = 30


def import_all(preload: Iterable[str], rehearse: Sequence[str]) -> None:
    """Import the stack and the modules `preload`, then what the cells `rehearse` import when they run.

    The cells run in a throwaway fork, so this process keeps nothing of them but modules. Raises SystemExit if what
    was imported has started a thread.
    """
    with _like_a_kernel():
        _import((*STACK, *preload))
        from alliance_analysis.cases import case_names
        from alliance_analysis.reports.case_report import CaseReport

        for report in map(CaseReport, case_names()):  # the casebook does not change while a server lives
            report.agreement()
        report.threshold_table()  # nor do the data and the bibliography
        report.timeline().to_html()  # and to draw one figure finds the fonts, once for all kernels
        if rehearse:
            _import(_imported_by(rehearse))


def has_threads() -> bool:
    """Say whether this process has more than one thread, of Python or not: a fork would copy only one of them."""
    return len(list(Path("/proc/self/task").iterdir())) > 1


@contextmanager
def _like_a_kernel() -> Iterator[None]:
    """Look like a kernel to modules that adapt to it while they are imported, as pandas and matplotlib do."""
    before, encoding, errors = dict(os.environ), sys.stdout.encoding, sys.stdout.errors
    os.environ.setdefault("MPLBACKEND", BACKEND)
    builtins.get_ipython = lambda: SimpleNamespace(kernel=None)  # type: ignore[attr-defined]
    sys.stdout.reconfigure(encoding="UTF-8", errors=errors)  # type: ignore[union-attr]
    yield
    sys.stdout.reconfigure(encoding=encoding, errors=errors)  # type: ignore[union-attr]
    del builtins.get_ipython  # type: ignore[attr-defined]
    os.environ.clear()
    os.environ.update(before)


def _import(names: Iterable[str]) -> None:
    for name in names:
        if not name.startswith(NEVER):
            with suppress(Exception):  # an optional module that is not here is no fault of ours
                importlib.import_module(name)
    if has_threads():
        raise SystemExit("casebook: what was imported has started threads, so no kernel can be forked")


def _imported_by(cells: Sequence[str]) -> list[str]:
    """Run cells in a throwaway fork with a shell but no kernel, and return what they imported."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        signal.alarm(_REHEARSAL_SECONDS)  # which ends it
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nowhere, number)
        before = set(sys.modules)
        with suppress(BaseException):
            from IPython.core.interactiveshell import InteractiveShell
            from traitlets.config import Config

            shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
            for cell in cells:
                shell.run_cell(cell, store_history=False)
        with os.fdopen(writing, "w") as stream:
            json.dump([name for name in sys.modules if name not in before], stream)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        names: list[str] = json.loads(stream.read() or "[]")
    os.waitpid(pid, 0)
    return names
