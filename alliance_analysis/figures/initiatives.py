"""What became of each initiative of an alliance, and the clauses by which it ended."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from alliance_analysis.agreement import ELEMENTS
from alliance_analysis.cases import Case
from alliance_analysis.cases.measures import Initiatives
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.style import GREEN, INK, ORANGE, SKY

OUTCOMES = {
    "succeeded": (GREEN, ""),
    "mixed": (SKY, "..."),
    "ended": (ORANGE, "///"),
    "not documented": ("white", ""),
}
"""Colour and hatch of each outcome of an initiative."""


def initiatives(case: Case, data: Initiatives) -> Exhibit:
    """Return what became of each initiative."""
    first = min(item.start for item in data.items)
    latest = max(
        [item.end or item.start for item in data.items] + [event.date.year for event in case.file.timeline]
    )

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for row, item in enumerate(data.items):
            colour, hatch = OUTCOMES[item.outcome]
            end = item.end or latest
            axes.barh(
                row, max(end - item.start, 0.15), left=item.start, height=0.5, color=colour, hatch=hatch,
                edgecolor=INK, linewidth=0.6, linestyle="-" if item.end else "--",
            )  # fmt: skip
            if not item.end:
                axes.plot(end, row, ">", color=INK, markersize=7, clip_on=False)
            when = f"in {item.end}" if item.end else "year of end not found"
            box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
            axes.text(
                end + (0.15 if item.end else 0.3),
                row,
                f"{item.outcome}, {when}",
                va="center",
                fontsize=8,
                bbox=box,
            )
        axes.set_yticks(range(len(data.items)), [item.name for item in data.items])
        axes.set_ylim(len(data.items) - 0.4, -0.6)
        axes.set_xlim(first - 0.3, latest + (latest - first) * 0.55)
        axes.set_xticks(range(first, latest + 1))
        axes.set_xlabel("Year")
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)

    told = "; ".join(f"{i.name}: {i.outcome}, {i.start} to {i.end or 'a year not found'}" for i in data.items)
    return Exhibit(
        "initiatives",
        f"{case.file.short}: Outcomes by Initiative",
        f"Bars of {len(data.items)} initiatives. {told}.",
        draw,
        size=(6.5, 0.9 + 0.36 * len(data.items)),
        sources=case.sources_of([card for item in data.items for card in item.evidence]),
        note="A dashed bar with an arrow has no known end; it stops at the last year of the record.",
    )


def initiative_results(_: Case, data: Initiatives) -> Exhibit:
    """Return the aim and the result of each initiative as a table."""
    rows = [
        {
            "Initiative": f"<strong>{safe(item.name)}</strong>",
            "Aim": safe(item.aim),
            "What became of it": safe(item.result),
            "Evidence": ", ".join(item.evidence),
        }
        for item in data.items
    ]
    return Exhibit(
        "initiative_results",
        "Aim and Result of Each Initiative",
        f"{len(rows)} initiatives with aim and result.",
        table=pd.DataFrame(rows),
        widths=(18, 30, 40, 12),
    )


def exits(_: Case, data: Initiatives) -> Exhibit:
    """Return the clauses by which initiatives ended, coded to accord elements."""
    rows = [
        {
            "Initiative": f"<strong>{safe(item.initiative)}</strong>",
            "Clause": safe(item.clause),
            "How much": safe(item.quantity or "not stated"),
            "Coded to": f"{ELEMENTS[item.element].title} ({ELEMENTS[item.element].accord})",
            "Basis and evidence": f"{item.basis} {', '.join(item.evidence)}",
        }
        for item in data.exits
    ]
    return Exhibit(
        "exits",
        "Exits by Clause",
        f"{len(rows)} exit clauses, coded to accord elements.",
        table=pd.DataFrame(rows),
        widths=(15, 33, 18, 18, 16),
        note="The coding to accord elements is this workbook's reading.",
    )
