"""The `casebook` command."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from alliance_analysis import __version__
from alliance_analysis.errors import AllianceError, BadInput, Fault

app = typer.Typer(
    help="Design alliance accords, negotiate the KPIs inside them, write the paper.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

FORMATS = ("pdf", "html", "ipynb")


def _out() -> Console:
    return Console(soft_wrap=True, highlight=False)


def _err() -> Console:
    return Console(stderr=True, soft_wrap=True, highlight=False)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        typer.echo(f"casebook {__version__}")
        raise typer.Exit


@app.command()
def cases() -> None:
    """List the cases."""
    from alliance_analysis.cases import case_names, load_case

    table = Table(
        "case", "title", "evidence", "contested", "figures from", title="Cases", title_justify="left"
    )
    for name in case_names():
        case = load_case(name)
        measures = [
            m for m in ("volumes", "forgone", "initiatives", "growth", "outcomes") if getattr(case.file, m)
        ]
        table.add_row(
            name,
            case.file.title,
            str(len(case.file.evidence)),
            str(len(case.contested())),
            ", ".join(measures),
        )
    _out().print(table)
    _out().print("casebook report CASE writes one as PDF, HTML and notebook.")


@app.command()
def report(
    case: Annotated[str, typer.Argument(help="A case; `casebook cases` lists them.")],
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "-p", "--parameter", metavar="NAME=VALUE", help="A parameter of the report; may be repeated."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Folder to write to (default: report-CASE here).")
    ] = None,
    format: Annotated[str, typer.Option("--format", help="Formats, comma-separated.")] = ",".join(FORMATS),
    timings: Annotated[bool, typer.Option("--timings", help="Print the seconds of each phase.")] = False,
) -> None:
    """Write the report on one case."""
    started = time.perf_counter()
    from alliance_analysis.reports.parameters import parse_assignments
    from alliance_analysis.reports.run import write_report

    formats = [name.strip() for name in format.split(",") if name.strip()]
    wrong = [name for name in formats if name not in FORMATS]
    if wrong or not formats:
        raise BadInput(f"'{', '.join(wrong)}' is not a format", f"use {', '.join(FORMATS)}", field="--format")
    given = parse_assignments(parameter or [])
    if "case" in given:
        raise BadInput("the case is given as the argument", "leave -p case=... out", field="-p")
    console = _err()
    seconds: dict[str, float] = {"imports": time.perf_counter() - started}

    def progress(number: int, total: int, heading: str) -> None:
        console.print(f"  cell {number:2d} of {total}: {heading}", markup=False)

    folder = out or Path(f"report-{case}")
    written = write_report(case, given, folder, formats, progress=progress, seconds=seconds)
    for path in written:
        _out().print(str(path), markup=False)
    if timings:
        for name, spent in seconds.items():
            console.print(f"  {spent:6.2f} s  {name}", markup=False)


@app.command()
def export(
    notebook: Annotated[Path, typer.Argument(help="An executed notebook.")],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="File to write: .pdf, .docx or .html (default: PDF beside it)."),
    ] = None,
    code: Annotated[bool, typer.Option("--code", help="Show the code cells.")] = False,
) -> None:
    """Export any notebook as a course document, as it stands."""
    from alliance_analysis.reports import export as exporter

    target = out or notebook.with_suffix(".pdf")
    _out().print(str(exporter.export(notebook, target, show_code=code)), markup=False)


data = typer.Typer(help="The derived tables in data/.", no_args_is_help=True)
app.add_typer(data, name="data")
Raw = Annotated[Path, typer.Option("--from", help="Folder that holds the publishers' files.")]


@data.command("list")
def list_tables() -> None:
    """List the tables with their rows and the publisher's file behind each."""
    from alliance_analysis import datasets

    table = Table("table", "rows", "columns", "publisher's file")
    for name, entry in datasets.TABLES.items():
        frame = datasets.load(name)
        table.add_row(name, str(len(frame)), ", ".join(frame.columns), entry.raw)
    _out().print(table)


@data.command("build")
def build_table(
    name: Annotated[str, typer.Argument(help="A table; `casebook data list` lists them.")],
    raw: Raw,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="File to write (default: NAME.csv here).")
    ] = None,
) -> None:
    """Derive one table again from its publisher's file."""
    from alliance_analysis import datasets
    from alliance_analysis.records import write_atomic

    path = out or Path(f"{name}.csv")
    write_atomic(path, datasets.derive(name, raw))
    _out().print(str(path), markup=False)


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="The essay notebook, executed and saved.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """Check whether an essay is ready to hand in; exit 1 and a list if it is not."""
    import json

    from alliance_analysis.reports.essay_check import check_file

    found = check_file(notebook)
    if as_json:
        typer.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=1))
    else:
        for finding in sorted(found.findings, key=lambda finding: finding.warning):
            mark = "to check" if finding.warning else "to mend "
            _out().print(f"{mark}  {finding.where}: {finding.what}", markup=False)
            _out().print(f"          remedy: {finding.remedy}", markup=False)
        _out().print(
            f"{found.pages_said()}; {'ready' if found.ready else 'not ready'} to hand in.", markup=False
        )
    raise typer.Exit(0 if found.ready else 1)


@app.command()
def lab(
    folder: Annotated[
        Path | None, typer.Argument(help="Your folder (default: alliance-casebook in your home folder).")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
    prepare_only: Annotated[bool, typer.Option("--prepare-only", help="Lay the notebooks and stop.")] = False,
) -> None:
    """Open JupyterLab on your own working copy of the notebooks; nothing of yours is overwritten."""
    from alliance_analysis import lab as room

    prepared = room.prepare(folder or room.default_folder())
    console = _out()
    console.print(f"Your folder: {prepared.folder}", markup=False)
    for label, paths in (
        ("new", prepared.copied),
        ("updated", prepared.updated),
        ("yours, left alone", prepared.kept),
        ("newer, laid beside yours", prepared.beside),
    ):
        for path in paths:
            console.print(f"  {label}: {path}", markup=False)
    if prepared.note:
        console.print(prepared.note, markup=False)
    if not prepare_only:
        raise typer.Exit(room.launch(prepared.folder, browser=browser))


@app.command()
def doctor() -> None:
    """Check what this machine needs, with one remedy for each fault."""
    from alliance_analysis.doctor import examine

    console = _out()
    faults = 0
    for finding in examine():
        mark = "ok     " if finding.ok else "missing" if finding.needed else "without"
        console.print(f"{mark}  {finding.name}: {finding.detail}", markup=False)
        if not finding.ok:
            console.print(f"         remedy: {finding.remedy}", markup=False)
            faults += finding.needed
    if faults:
        console.print(f"{faults} needed part{'s' if faults > 1 else ''} missing.")
        raise typer.Exit(1)
    console.print("Everything needed is here.")


def main() -> None:
    """Run the command; every foreseen error is one clear line per fault, with the exit code of its kind."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except AllianceError as error:
        _say(error.faults)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _err().print("stopped")
        sys.exit(130)
    except Exception as error:
        if os.environ.get("CASEBOOK_DEBUG"):
            raise
        fault = Fault(
            f"something went wrong that was not foreseen ({type(error).__name__}: {error})",
            "set CASEBOOK_DEBUG=1 and run it again to see where, then report it",
        )
        _say((fault,))
        sys.exit(1)


def _say(faults: tuple[Fault, ...]) -> None:
    for fault in faults:
        _err().print(f"casebook: {fault}", markup=False)
