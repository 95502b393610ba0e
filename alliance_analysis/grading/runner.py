"""What runs one student's notebook, in a process of its own: `python -m alliance_analysis.grading.runner IN OUT LIMITS`.

LIMITS are the course's, as JSON. It knows neither the variant nor the tests. A cell that fails or takes too long is
stopped and the next one runs; what has been run so far is in OUT after every cell, so that a notebook that is killed
keeps the answers before. It ends with `UNSTOPPABLE` if a cell would not stop.
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

TIME_LIMIT, UNSTOPPABLE = "TimeLimit", 3
_STOP_SECONDS = 5
"""How long a cell may take to stop when it is told to."""

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


def limit(limits: dict[str, int]) -> None:
    """Limit this process and those it starts, on systems that can: memory of each, size of a file, number of them all."""
    with contextlib.suppress(ImportError):
        import resource

        for kind, most in (
            ("RLIMIT_AS", limits["memory_mb"] * 1_000_000),
            ("RLIMIT_FSIZE", limits["disk_mb"] * 1_000_000),
            ("RLIMIT_NPROC", limits["threads"]),
            ("RLIMIT_CORE", 0),
        ):
            with contextlib.suppress(AttributeError, ValueError, OSError):
                resource.setrlimit(getattr(resource, kind), (most, most))


def run(source: Path, out: Path, limits: dict[str, int]) -> bool:
    """Run the notebook `source` and keep `out` up to date with what has been run; say if all could be stopped."""
    notebook = nbformat.read(source, as_version=4)
    stuck = False

    def save() -> None:
        half = out.with_suffix(".half")
        half.write_text(nbformat.writes(notebook), encoding="utf-8", errors="replace")
        half.replace(out)

    async def note(execute_reply: dict[str, Any], **_: Any) -> None:
        nonlocal stuck
        save()
        if execute_reply["content"].get("ename") == TIME_LIMIT:
            answered: Any = client.kc.kernel_info if client.kc else None
            try:  # a kernel that has stopped the cell answers
                await answered(reply=True, timeout=_STOP_SECONDS)
            except (TimeoutError, RuntimeError):
                stuck = True
                raise DeadKernelError from None

    config = Config()
    if sys.platform != "win32":  # local sockets need no network
        config.KernelManager.transport, config.KernelManager.ip = "ipc", str(out.parent / "k")
    client = StudentClient(
        notebook,
        kernel_name=KERNEL,
        allow_errors=True,
        timeout=limits["cell_seconds"],
        interrupt_on_timeout=True,
        error_on_timeout={"ename": TIME_LIMIT, "evalue": "stopped", "traceback": []},
        record_timing=False,
        store_widget_state=False,
        on_cell_executed=note,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(out.parent)}},
        config=config,
    )  # fmt: skip
    client.room = limits["output_kb"] * 1000
    with contextlib.suppress(DeadKernelError):  # what was run until then stands
        client.execute()
    save()
    return not stuck


if __name__ == "__main__":
    allowed = json.loads(sys.argv[3])
    limit(allowed)
    sys.exit(0 if run(Path(sys.argv[1]), Path(sys.argv[2]), allowed) else UNSTOPPABLE)
