"""`casebook data`: the derived tables, and the publishers' files behind them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from alliance_analysis.cli.console import out

data = typer.Typer(help="The derived tables in data/.", no_args_is_help=True)
Raw = Annotated[
    Path | None,
    typer.Option("--from", help="Folder that holds the publishers' files (default: the fetched ones)."),
]
Tables = Annotated[
    list[str] | None, typer.Argument(metavar="[TABLE]...", help="Tables (default: all of them).")
]


@data.command("list")
def list_tables() -> None:
    """List the tables, and the publishers' files behind each."""
    from alliance_analysis import datasets

    shown, titles = Table("table", "rows", "what it counts"), datasets.titles()
    shown.columns[0].no_wrap = True
    for name in datasets.TABLES:
        shown.add_row(name, str(len(datasets.load(name))), titles[name])
    out().print(shown)
    out().print("The publishers' files behind them:")
    for file in datasets.raw_files():
        how = "`casebook data fetch` gets it" if file.url else "give it with --from"
        behind = ", ".join(name for name, entry in datasets.TABLES.items() if file in entry.raw)
        out().print(f"  {file.path} ({behind}): {how}; {file.origin}", markup=False)


@data.command("fetch")
def fetch_raw(
    names: Tables = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder to fetch into (default: the user's cache folder).")
    ] = None,
) -> None:
    """Fetch the publishers' files that have an address; each is checked against its known SHA-256."""
    from alliance_analysis import datasets
    from alliance_analysis.datasets import raw

    files = datasets.raw_files(names or ())
    for path in raw.fetch(files, to):
        out().print(str(path), markup=False)
    for file in files:
        if not file.url:
            out().print(f"{file.path}: no address; give it with --from. It is {file.origin}.", markup=False)


@data.command("build")
def build_tables(
    names: Tables = None,
    raw: Raw = None,
    to: Annotated[Path, typer.Option("-o", "--out", help="Folder to write to.")] = Path(),
) -> None:
    """Derive tables again from the publishers' files; all that are named, or none."""
    from alliance_analysis import datasets

    for path in datasets.build(names or (), to, raw):
        out().print(str(path), markup=False)


@data.command("verify")
def verify_tables(names: Tables = None, raw: Raw = None) -> None:
    """Derive tables again and compare them with the shipped ones, byte for byte; exit 1 if one differs."""
    from alliance_analysis import datasets

    differs = False
    for name, where in datasets.verify(names or (), raw):
        differs |= where is not None
        out().print(f"{name}: {where or 'the same'}", markup=False)
    raise typer.Exit(1 if differs else 0)
