"""The papermill engine: progress by cell, the seconds of each phase, and a kernel over IPC where there is one."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.log import logger
from traitlets.config import Config

from alliance_analysis.reports.execute import Progress

ENGINE = "casebook"


class CasebookEngine(NBClientEngine):  # type: ignore[misc]
    """Papermill's own engine, which also tells of its progress and times its phases."""

    progress: Progress | None = None

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> Any:
        """Run the notebook that `nb_man` holds in a fresh kernel."""
        seconds: dict[str, float] = kwargs.pop("timing", {})
        started = time.perf_counter()
        first: list[float] = []
        code = [index for index, cell in enumerate(nb_man.nb.cells) if cell.cell_type == "code"]
        whole = nb_man.cell_start

        def cell_start(cell: Any, cell_index: int | None = None, **rest: Any) -> None:
            if not first:
                first.append(time.perf_counter())
                seconds["kernel start"] = first[0] - started
            if CasebookEngine.progress and cell_index in code:
                heading = describe(nb_man.nb.cells, cell_index)
                CasebookEngine.progress(code.index(cell_index) + 1, len(code), heading)
            whole(cell, cell_index=cell_index, **rest)

        nb_man.cell_start = cell_start
        save, nb_man.save = nb_man.save, lambda **_: None  # written at the end, or where it failed
        try:
            with kernel_settings() as config:
                return PapermillNotebookClient(
                    nb_man,
                    kernel_name=kernel_name,
                    startup_timeout=kwargs.get("start_timeout", 60),
                    log=logger,
                    config=config,
                ).execute(
                    stderr=subprocess.DEVNULL
                )  # a kernel that is shut down says that it was interrupted
        except BaseException:
            save()
            raise
        finally:
            if first:
                seconds["cells and shutdown"] = time.perf_counter() - first[0]


@contextmanager
def kernel_settings() -> Iterator[Config]:
    """Local sockets on a short absolute path where the system has them.

    TCP kernels race for ports when many start together, and their traffic is open to other users of the machine.
    """
    config = Config()
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


def register(progress: Progress | None) -> None:
    """Make the engine known to papermill under its name."""
    CasebookEngine.progress = progress
    papermill_engines.register(ENGINE, CasebookEngine)
