"""What runs one student's notebook, in a process of its own: `python -m alliance_analysis.grading.runner IN OUT LIMITS`.

LIMITS are the course's, as JSON. It knows neither the variant nor the tests. A cell that fails or takes too long is
stopped and the next one runs; what has been run so far is in OUT after every cell, so that a notebook that is killed
keeps the answers before.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

from alliance_analysis.reports.notebook import KERNEL  # before nbformat: the room spares it a slow import

import nbformat  # isort: skip
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from traitlets.config import Config

CUT = "[more output than is allowed: cut]\n"


class StudentClient(NotebookClient):
    """A client that goes on after an error or a time-out, and cuts output."""

    room = 0
    """Characters of output that the cells may still put out."""

    def output(self, outs: list[Any], msg: Any, display_id: Any, cell_index: int) -> Any:
        """Take one output, if there is room for it; an error is always taken."""
        kind, size = msg["header"]["msg_type"], len(json.dumps(msg["content"]))
        if kind == "error":
            msg["content"]["traceback"] = msg["content"]["traceback"][-3:]
        elif size > self.room:
            if not outs or outs[-1].get("text") != CUT:
                outs.append(nbformat.v4.new_output("stream", name="stdout", text=CUT))
            return None
        else:
            self.room -= size
        return super().output(outs, msg, display_id, cell_index)


def limit_memory(megabytes: int) -> None:
    """Limit this process and those it starts, on systems that can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1_000_000,) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(source: Path, out: Path, limits: dict[str, int]) -> None:
    """Run the notebook `source` and keep `out` up to date with what has been run."""
    notebook = nbformat.read(source, as_version=4)

    def save(**_: Any) -> None:
        half = out.with_suffix(".half")
        half.write_text(nbformat.writes(notebook), encoding="utf-8", errors="replace")
        half.replace(out)

    config = Config()
    if sys.platform != "win32":  # local sockets need no network
        config.KernelManager.transport, config.KernelManager.ip = "ipc", str(out.parent / "k")
    client = StudentClient(
        notebook,
        kernel_name=KERNEL,
        allow_errors=True,
        timeout=limits["cell_seconds"],
        interrupt_on_timeout=True,
        error_on_timeout={"ename": "TimeLimit", "evalue": "stopped", "traceback": []},
        record_timing=False,
        store_widget_state=False,
        on_cell_executed=save,
        resources={"metadata": {"path": str(out.parent)}},
        config=config,
    )  # fmt: skip
    client.room = limits["output_kb"] * 1000
    with contextlib.suppress(DeadKernelError):  # what was run until then stands
        client.execute()
    save()


if __name__ == "__main__":
    allowed = json.loads(sys.argv[3])
    limit_memory(allowed["memory_mb"])
    run(Path(sys.argv[1]), Path(sys.argv[2]), allowed)
