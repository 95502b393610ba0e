"""The rows that a portfolio report compares: those of a batch's ledger, or a built-in example."""

from __future__ import annotations

import itertools
import typing
from dataclasses import dataclass, replace

from alliance_analysis.cases import case_names
from alliance_analysis.figures.accords import Focus
from alliance_analysis.reports import glyphs
from alliance_analysis.reports.batch import read_batch
from alliance_analysis.reports.case_report import CaseReport
from alliance_analysis.reports.ledger import Entry
from alliance_analysis.reports.run import NOTEBOOK

EXAMPLE_MARGINS = ((0.05, 0.15), (0.05, 0.25), (0.10, 0.15), (0.10, 0.25))
"""The invented margins of the built-in example."""


@dataclass(frozen=True)
class Made:
    """What a batch made: its jobs in order, the notebook's file and the formats."""

    entries: tuple[Entry, ...]
    notebook: str
    formats: str = ""


def read_made(address: str) -> Made:
    """Return what the ledger of a batch says; raises BadInput if there is none at the address.

    So that one odd name or failure does not keep the report from being made, characters that no font of it can show
    are written as their code, and the @ of an outcome's name, which would cite, is written out.
    """
    ledger, _ = read_batch(address)
    with ledger:
        entries = tuple(map(_printable, ledger.entries()))
        return Made(entries, ledger.get("notebook_file"), ledger.get("formats"))


def example() -> Made:
    """Return the numbers that the case report records for every case, focus and example margin, computed here.

    >>> made = example()
    >>> made.entries[0].id, made.entries[0].outcomes["evidence cards"]
    ('timex-all-0.05_0.15', 25)
    """
    entries = [
        Entry(
            f"{case}-{focus}-{margin[0]}_{margin[1]}",
            position,
            {"case": case, "focus": focus, "margin": list(margin)},
            "",
            state="done",
            outcomes=CaseReport(case, focus=focus, margin=margin).outcomes().values,
        )
        for position, (case, focus, margin) in enumerate(
            itertools.product(case_names(), typing.get_args(Focus), EXAMPLE_MARGINS)
        )
    ]
    return Made(tuple(entries), NOTEBOOK)


def _printable(entry: Entry) -> Entry:
    return replace(
        entry,
        what=glyphs.printable(entry.what),
        parameters={
            name: glyphs.printable(v) if isinstance(v, str) else v for name, v in entry.parameters.items()
        },
        outcomes={
            glyphs.printable(name).replace("@", "(at)"): value for name, value in entry.outcomes.items()
        },
    )
