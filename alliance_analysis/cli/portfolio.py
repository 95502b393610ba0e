"""`casebook portfolio`: one report over all the rows of a batch."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from alliance_analysis.cli import console
from alliance_analysis.errors import BadInput


def portfolio(
    batch: Annotated[str, typer.Argument(help="Folder or address that `casebook batch` wrote to.")],
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "-p", "--parameter", metavar="NAME=VALUE", help="A parameter of the report; may be repeated."
        ),
    ] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="File to write: .pdf, .docx or .html.")] = Path(
        "portfolio.pdf"
    ),
) -> None:
    """Write one report over a batch: what was made, how the outcomes differ, what failed."""
    from alliance_analysis import content
    from alliance_analysis.reports.convert import FORMATS
    from alliance_analysis.reports.execute import execute
    from alliance_analysis.reports.export import export
    from alliance_analysis.reports.notebook import read_notebook
    from alliance_analysis.reports.parameters import check, parse_assignments
    from alliance_analysis.reports.portfolio import NOTEBOOK, Portfolio

    given = parse_assignments(parameter or [])
    if "batch" in given:
        raise BadInput("the batch is given as the argument", "leave -p batch=... out", field="-p")
    if out.suffix not in FORMATS:
        raise BadInput(f"'{out.suffix}' is not a format", f"use {', '.join(FORMATS)}", file=out)
    notebook = content.folder("notebooks") / NOTEBOOK
    address = batch if "://" in batch else str(Path(batch).resolve())
    values = check(read_notebook(notebook), {**given, "batch": address}, notebook)
    Portfolio(**values)  # says what is wrong with the batch or the outcome before anything runs
    with tempfile.TemporaryDirectory(prefix="casebook-") as folder:
        done = execute(notebook, values, Path(folder) / "portfolio.ipynb")
    console.out().print(str(export(done.notebook, out)), markup=False)
