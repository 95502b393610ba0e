"""`casebook agreement`: print an agreement file as a document, and compare two versions of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from alliance_analysis.cli import console as consoles

agreement = typer.Typer(help="Print an agreement file, or compare two versions.", no_args_is_help=True)


@agreement.command("print")
def print_(
    file: Annotated[Path, typer.Argument(help="An agreement file.")],
    date: Annotated[
        str, typer.Option("--date", help="The date on the title page, as 2026-01-15 (default: none).")
    ] = "",
    version: Annotated[
        str, typer.Option("--version", help="The version on the title page, as 1.0.")
    ] = "draft",
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="File to write: .pdf, .docx or .html (default: PDF beside it)."),
    ] = None,
) -> None:
    """Write an agreement as a document; once it is agreed, say its date and version."""
    from alliance_analysis.agreement import read_agreement
    from alliance_analysis.reports.agreement_document import write

    target = out or file.with_suffix(".pdf")
    consoles.out().print(str(write(read_agreement(file), target, date, version)), markup=False)


@agreement.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The earlier version.")],
    new: Annotated[Path, typer.Argument(help="The later version.")],
) -> None:
    """List the fields that were added, removed or changed."""
    from rich.text import Text

    from alliance_analysis.agreement import read_agreement
    from alliance_analysis.agreement.changes import changes

    found = changes(read_agreement(old).agreement, read_agreement(new).agreement)
    console = consoles.out()
    if not found:
        console.print("The two versions agree on the same.")
        return
    table = Table("change", "field", "earlier", "later")
    for change in found:
        cells = (change.kind, change.path, "" if change.old is None else str(change.old),
                 "" if change.new is None else str(change.new))  # fmt: skip
        table.add_row(*map(Text, cells))
    console.print(table)
