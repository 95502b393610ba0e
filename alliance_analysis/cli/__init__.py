"""The `casebook` command."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from alliance_analysis import __version__
from alliance_analysis.cli import agreement, batch, data, grading, portfolio
from alliance_analysis.cli import console as consoles
from alliance_analysis.errors import AllianceError, BadInput, Fault

app = typer.Typer(
    help="Design alliance accords, negotiate the KPIs inside them, write the paper.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(agreement.agreement, name="agreement")
app.add_typer(data.data, name="data")
app.command()(batch.batch)
app.command()(portfolio.portfolio)
for command in grading.COMMANDS:
    app.command()(command)

FORMATS = ("pdf", "html", "ipynb")


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
    consoles.out().print(table)
    consoles.out().print("casebook report CASE writes one as PDF, HTML and notebook.")


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
    console = consoles.err()
    seconds: dict[str, float] = {"imports": time.perf_counter() - started}

    def progress(number: int, total: int, heading: str) -> None:
        console.print(f"  cell {number:2d} of {total}: {heading}", markup=False)

    folder = out or Path(f"report-{case}")
    written = write_report(case, given, folder, formats, progress=progress, seconds=seconds)
    for path in written:
        consoles.out().print(str(path), markup=False)
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
    as_is: Annotated[
        bool, typer.Option("--as-is", help="Print an essay even if its agreement file says something else.")
    ] = False,
) -> None:
    """Export any notebook as a course document; an essay must show what stands in its agreement file."""
    from alliance_analysis.reports import export as exporter

    target = out or notebook.with_suffix(".pdf")
    consoles.out().print(str(exporter.export(notebook, target, show_code=code, as_is=as_is)), markup=False)


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="The essay notebook, executed and saved.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
    run: Annotated[bool, typer.Option(help="Also run it from top to bottom in a fresh kernel.")] = True,
) -> None:
    """Check whether an essay is ready to hand in; exit 1 and a list if it is not."""
    import json

    from alliance_analysis.reports.essay_check import check_file

    found = check_file(notebook, run=run)
    if as_json:
        typer.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=1))
    else:
        for finding in sorted(found.findings, key=lambda finding: finding.warning):
            mark = "to check" if finding.warning else "to mend "
            consoles.out().print(f"{mark}  {found.where(finding)}: {finding.what}", markup=False)
            consoles.out().print(f"          remedy: {finding.remedy}", markup=False)
        consoles.out().print(f"{found.pages_said()}; {found.verdict()}.", markup=False)
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
    console = consoles.out()
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
    if prepare_only:
        return
    if address := room.running(prepared.folder):
        console.print(f"JupyterLab already runs on this folder, at {address}", markup=False)
        if browser:
            typer.launch(address)
    else:
        raise typer.Exit(room.launch(prepared.folder, browser=browser))


@app.command()
def doctor() -> None:
    """Check what this machine needs, with one remedy for each fault."""
    from alliance_analysis.doctor import examine

    console = consoles.out()
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
        consoles.err().print("stopped")
        sys.exit(130)
    except batch.Stopped as stop:
        consoles.err().print("stopped; run the same command to go on: what is done stays done")
        sys.exit(stop.exit_code)
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
        consoles.err().print(f"casebook: {fault}", markup=False)
