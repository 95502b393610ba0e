"""From a case's name to the files of its report."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from alliance_analysis import content
from alliance_analysis.cases import load_case
from alliance_analysis.reports.execute import Progress, execute
from alliance_analysis.reports.export import export

NOTEBOOK = "reports/case_report.ipynb"


def notebook_path() -> Path:
    """Return the parameterised notebook of the case report."""
    return content.folder("notebooks") / NOTEBOOK


def write_report(
    case: str,
    given: Mapping[str, Any],
    folder: Path,
    formats: Sequence[str] = ("pdf", "html", "ipynb"),
    *,
    progress: Progress | None = None,
    seconds: dict[str, float] | None = None,
) -> list[Path]:
    """Run the case report and write `report.FORMAT` into `folder` for each format; return the files.

    `given` holds parameters of the notebook other than the case; `seconds`, where given, gets the time of each
    phase. Raises BadInput before anything runs, RunFailed where a cell fails.
    """
    load_case(case)
    seconds = seconds if seconds is not None else {}
    done = execute(notebook_path(), {**given, "case": case}, folder / "report.ipynb", progress=progress)
    seconds.update(done.seconds)
    written = []
    for name in formats:
        path = folder / f"report.{name}"
        if name != "ipynb":
            started = time.perf_counter()
            inner: dict[str, float] = {}
            export(done.notebook, path, timings=inner)
            seconds[name] = time.perf_counter() - started
            seconds.update({f"{name}: {phase}": spent for phase, spent in inner.items()})
        written.append(path)
    if "ipynb" not in formats:
        (folder / "report.ipynb").unlink()
    return [path.resolve() for path in written]
