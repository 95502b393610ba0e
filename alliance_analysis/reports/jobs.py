"""One job of a batch: a row in, the bytes of a report or the kind of failure out. Runs in any process, writes nothing."""

from __future__ import annotations

import base64
import copy
import functools
import io
import re
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from alliance_analysis.errors import AllianceError, one_line
from alliance_analysis.reports.convert import ConverterEnded
from alliance_analysis.reports.execute import Kind, Limits, NotebookFailed, run
from alliance_analysis.reports.export import export
from alliance_analysis.reports.outcomes import outcomes

THUMBNAIL = "thumbnail.png"
"""The file of an outcome that is a small picture of the report's first figure."""

PARTIAL = "failed.ipynb"
"""The file of an outcome that is the notebook as far as it came."""

_THUMBNAIL_WIDTH = 240


@dataclass(frozen=True)
class Task:
    """What all jobs of a batch share: the notebook's text, the formats to write, the limits, where its pictures are."""

    notebook: str
    formats: tuple[str, ...]
    limits: Limits
    folder: str


@dataclass(frozen=True)
class Job:
    """One row of a batch, with its checked parameters."""

    id: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What came of one job.

    `kind` is None for a report that was made. `files` holds bytes by format (or `thumbnail.png`, `failed.ipynb`),
    `seconds` the time of each phase, `outcomes` the numbers that the notebook recorded, and `memory` the resident
    bytes of the worker afterwards.
    """

    id: str
    kind: Kind | None = None
    what: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    outcomes: Mapping[str, float] = field(default_factory=dict)
    memory: int = 0


def do(job: Job, task: Task) -> Outcome:
    """Make one report; whatever goes wrong becomes an outcome with its kind."""
    started = time.perf_counter()
    seconds: dict[str, float] = {}
    executed: NotebookNode | None = None

    def failed(kind: Kind, what: str, partial: NotebookNode | None) -> Outcome:
        files = {} if partial is None else {PARTIAL: _bytes(partial, task.limits.output_bytes)}
        return Outcome(job.id, kind, what, files, seconds, {}, _memory())

    try:
        with tempfile.TemporaryDirectory(prefix="casebook-", ignore_cleanup_errors=True) as folder:
            done = run(_notebook(task.notebook), job.parameters, Path(folder), limits=task.limits)
            seconds.update(done.seconds)
            executed = done.notebook
            files = _files(executed, task, Path(folder), seconds)
        found = outcomes(executed)
    except NotebookFailed as error:
        return failed(error.kind, error.faults[0].what, error.partial)
    except (ConverterEnded, OSError, MemoryError) as error:
        return failed("infrastructure", " ".join(str(error).split()), executed)
    except AllianceError as error:
        return failed("notebook error", " ".join(str(error).split()), executed)
    except Exception as error:  # a notebook can show anything, and would again
        what = f"the report cannot be made of what the notebook shows ({one_line(error)})"
        return failed("notebook error", what, executed)
    seconds["total"] = time.perf_counter() - started
    return Outcome(job.id, None, "", files, seconds, found, _memory())


@functools.lru_cache(maxsize=1)
def _read(text: str) -> NotebookNode:
    notebook: NotebookNode = nbformat.reads(text, as_version=4)
    return notebook


def _notebook(text: str) -> NotebookNode:
    return copy.deepcopy(_read(text))


def _files(notebook: NotebookNode, task: Task, scratch: Path, seconds: dict[str, float]) -> dict[str, bytes]:
    files = {}
    for name in task.formats:
        started = time.perf_counter()
        if name == "ipynb":
            files[name] = nbformat.writes(notebook).encode("utf-8")
        else:
            folder = Path(task.folder) if Path(task.folder).is_dir() else None
            out = scratch / f"report.{name}"
            files[name] = export(notebook, out, folder=folder, fill_pages=False).read_bytes()
        seconds[name] = time.perf_counter() - started
    if picture := _thumbnail(notebook):
        files[THUMBNAIL] = picture
    return files


def _thumbnail(notebook: NotebookNode) -> bytes | None:
    """Return a small picture of the first figure, if there is one."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            found = re.search(r'src="data:image/png;base64,([^"]+)"', str(data.get("text/html", "")))
            encoded = found.group(1) if found else data.get("image/png")
            if encoded:
                return _small(encoded)
    return None


@functools.lru_cache(maxsize=16)
def _small(encoded: str) -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(encoded))) as picture:
        wide, high = picture.size
        small = picture.convert("RGB").resize(
            (_THUMBNAIL_WIDTH, max(1, round(high * _THUMBNAIL_WIDTH / wide))), reducing_gap=2.0
        )
    small.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _bytes(notebook: NotebookNode, limit: int | None) -> bytes:
    """Return a partial notebook as bytes; of outputs past the limit only the start is kept."""
    room = limit if limit is not None else float("inf")
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = output.get("text")
            if isinstance(text, str) and len(text) > room / 10:
                output["text"] = text[: int(room / 10)] + "\n[the rest of the output was dropped]"
    return str(nbformat.writes(notebook)).encode("utf-8")


def _memory() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)
