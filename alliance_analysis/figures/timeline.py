"""The history of a case: its relationships as lanes, its events as numbered marks."""

from __future__ import annotations

from datetime import date
from html import escape

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.figure import Figure

from alliance_analysis.cases import Case
from alliance_analysis.cases.model import Event
from alliance_analysis.figures.exhibit import Exhibit
from alliance_analysis.figures.style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, RED

KINDS = {
    "formation": ("^", GREEN),
    "operation": ("o", BLUE),
    "conflict": ("X", RED),
    "change": ("D", ORANGE),
    "exit": ("s", PURPLE),
    "outcome": ("*", INK),
}
"""Marker and colour of each kind of event."""


def timeline(case: Case) -> Exhibit:
    """Return the timeline figure of a case; the numbers are those of `events`."""
    file = case.file
    end = max([event.date for event in file.timeline] + [r.end for r in file.relationships if r.end])
    start = min([event.date for event in file.timeline] + [r.start for r in file.relationships if r.start])

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        days = (end - start).days or 1
        axes.set_xlim(mdates.date2num(start) - 0.04 * days, mdates.date2num(end) + 0.04 * days)
        used = set()
        for lane, tie in enumerate(file.relationships):
            if tie.start:
                axes.barh(
                    lane, ((tie.end or end) - tie.start).days, left=mdates.date2num(tie.start), height=0.30,
                    color=GREY, alpha=0.35, edgecolor=INK, linewidth=0.6,
                )  # fmt: skip
            else:
                axes.text(
                    mdates.date2num(start), lane, "the record gives no date", va="center", style="italic"
                )
            mine = [(n, e) for n, e in enumerate(file.timeline, start=1) if e.relationship == tie.id]
            for (number, event), rise in zip(mine, _rises([e for _, e in mine], days), strict=True):
                marker, colour = KINDS[event.kind]
                x = mdates.date2num(event.date)
                axes.plot(
                    x, lane, marker=marker, color=colour, markersize=_size(marker), markeredgecolor="white"
                )
                axes.annotate(
                    str(number), (x, lane), xytext=(0, rise), textcoords="offset points",
                    ha="center", va="center", fontsize=8,
                )  # fmt: skip
                used.add(event.kind)
        for kind, (marker, colour) in KINDS.items():
            if kind in used:
                axes.plot(
                    [], [], marker=marker, color=colour, linestyle="", markersize=_size(marker), label=kind
                )
        axes.set_yticks(range(len(file.relationships)), [r.label for r in file.relationships])
        axes.set_ylim(len(file.relationships) - 0.4, -0.75)
        locator = mdates.AutoDateLocator(minticks=5, maxticks=10)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))
        axes.set_xlabel("Year")
        axes.grid(axis="x")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        figure.legend(loc="outside upper center", ncols=len(used), handletextpad=0.2, columnspacing=1.2)

    spans = "; ".join(
        f"{r.label}, {r.start.year} to {r.end.year if r.end else 'open'}"
        if r.start
        else f"{r.label}, undated"
        for r in file.relationships
    )
    kinds = pd.Series([e.kind for e in file.timeline]).value_counts(sort=False)
    counted = ", ".join(f"{n} {kind}" for kind, n in kinds.items())
    return Exhibit(
        "timeline",
        f"{file.short}: Relationships and Dated Events, {start.year} to {end.year}",
        f"Timeline of {len(file.timeline)} numbered events ({counted}) on {len(file.relationships)} lanes: {spans}.",
        draw,
        size=(6.5, 1.5 + 0.55 * len(file.relationships)),
        note="Bars show how long each relationship lasted; numbers refer to @tbl:events.",
    )


def events(case: Case) -> Exhibit:
    """Return the table of dated events, numbered as in `timeline`."""
    rows = [
        {
            "No.": str(number),
            "When": event.when,
            "What happened": escape(event.text, quote=False),
            "Evidence": ", ".join(event.evidence),
        }
        for number, event in enumerate(case.file.timeline, start=1)
    ]
    return Exhibit(
        "events",
        f"{case.file.short}: What Happened When",
        f"{len(rows)} dated events from {rows[0]['When']} to {rows[-1]['When']}.",
        table=pd.DataFrame(rows),
        widths=(5, 14, 66, 15),
        note="Dates are as precise as the sources give them. Evidence ids refer to @tbl:evidence.",
    )


def _rises(events: list[Event], days: int) -> list[float]:
    """Return a height in points for each number, so that close events do not print over one another."""
    levels = (12.0, 22.0, -13.0, -23.0, 32.0)
    last: dict[float, date] = {}
    rises = []
    for event in events:
        free = [h for h in levels if h not in last or (event.date - last[h]).days > 0.035 * days]
        rise = free[0] if free else levels[-1]
        last[rise] = event.date
        rises.append(rise)
    return rises


def _size(marker: str) -> float:
    """Return the size at which every marker looks as large as the others."""
    return 13 if marker == "*" else 8
