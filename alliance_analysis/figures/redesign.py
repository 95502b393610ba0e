"""A case redesigned: the clauses a reader wrote beside the record, and what the simulation makes of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from alliance_analysis.agreement import ELEMENTS, Agreement
from alliance_analysis.cases import Case
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.style import BLUE, GREY, ORANGE
from alliance_analysis.simulation.contribution import OUTCOMES, Outcome
from alliance_analysis.simulation.counterfactual import (
    ASSUMED,
    Lived,
    Redesign,
    demonstration,
    redesign_in,
    to_mend,
)
from alliance_analysis.simulation.counterfactual import lived_again as run_again

INVENTED = (
    "A simulation with invented sizes: only signs come from the literature. It says what follows from its assumptions, "
    "not what would have happened. Bars are two standard errors."
)
DEMONSTRATION = "Nothing is kept for this case yet: these clauses are the workbook's hints, not yours."
LOOK = (("o", GREY, "white"), ("s", BLUE, BLUE))
"""Marker, colour and face: as the record shows, with the reader's clauses."""

SHIFT = 0.12
SILENCE = ("silence taken for nothing", "silence taken for a good clause")


def kept_or_shown(agreement: Agreement, case: Case) -> tuple[Exhibit, Exhibit]:
    """Return both exhibits of the redesign in the agreement file, or of a labelled demonstration."""
    kept = redesign_in(agreement, case)
    shown = kept or demonstration(case)
    table = rewritten(case, shown)
    if kept is None:
        table = replace(
            table,
            caption=f"{table.caption} (Demonstration)",
            note=f"{DEMONSTRATION} {table.note}",
            synthetic=True,
        )
    return table, lived_again(case, shown, run_again(case, shown))


def rewritten(case: Case, redesign: Redesign) -> Exhibit:
    """Return the table of what the record shows and what the reader would have written."""
    mended = to_mend(case, redesign.relationship)
    others = [key for key in ELEMENTS if key in redesign.clauses and key not in {f.element for f in mended}]
    shown = {f.element: f"<strong>{f.finding}</strong> ({f.basis}): {safe(f.what)}" for f in mended}
    rows = []
    for key in [*shown, *others]:
        clause = redesign.clauses.get(key)
        rows.append(
            {
                "Accord and element": f"{ELEMENTS[key].accord.capitalize()}: {ELEMENTS[key].title.lower()}",
                "What the record shows": shown.get(key, "see the grid above"),
                "The clause": safe(clause.text) if clause else "<em>not written yet</em>",
                "Score": str(clause.score) if clause else "",
            }
        )
    label = next(t.label for t in case.file.relationships if t.id == redesign.relationship)
    written = len(redesign.clauses)
    return Exhibit(
        f"redesign_{case.file.id}",
        f"{label}: The Accord Redesigned",
        f"{len(rows)} accord elements of {label} that failed, were missing or were written again; {written} "
        f"clause{'s' if written != 1 else ''} written.",
        table=pd.DataFrame(rows),
        widths=(20, 36, 36, 8),
        note="Scores from 0 (absent) to 4 (tested) are the reader's own, by the anchors of the accord studio.",
    )


def lived_again(case: Case, redesign: Redesign, found: Mapping[Outcome, Lived]) -> Exhibit:
    """Return the figure of the case lived again: as the record shows its accords, and with the reader's clauses."""
    label = next(t.label for t in case.file.relationships if t.id == redesign.relationship)

    def draw(figure: Figure) -> None:
        for axes, (outcome, lived) in zip(figure.subplots(1, 2, sharey=True), found.items(), strict=True):
            _pairs(axes, lived)
            name, unit = OUTCOMES[outcome]
            axes.set_title(name)
            axes.set_xlabel("percent of paths" if outcome == "survival" else unit)
        names = ("as the record shows", "with the new clauses")
        handles = [
            Line2D([], [], marker=marker, color=colour, markerfacecolor=face, linestyle="", label=name)
            for name, (marker, colour, face) in zip(names, LOOK, strict=True)
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=2)

    return Exhibit(
        f"lived_again_{case.file.id}",
        f"{label}, Lived Again on the Same Random Numbers",
        said(redesign, found),
        draw,
        size=(6.5, 2.5),
        synthetic=True,
        note=INVENTED,
    )


def assumed() -> Exhibit:
    """Return the table of what a finding counts as in the simulation."""
    rows = [
        {"Finding": name, "Lowest score": str(low), "Highest score": str(high)}
        for name, (low, high) in ASSUMED.items()
    ]
    return Exhibit(
        "assumed",
        "What a Finding Counts As",
        "; ".join(f"{row['Finding']}: {row['Lowest score']} to {row['Highest score']}" for row in rows),
        table=pd.DataFrame(rows),
        note="Invented. The lowest score takes silence for nothing, the highest for a good clause.",
        synthetic=True,
    )


def said(redesign: Redesign, found: Mapping[Outcome, Lived]) -> str:
    """Return the difference that the clauses make, in words."""
    if not redesign.clauses:
        return "No clause is written yet, so both runs are the same."
    parts = []
    for outcome, lived in found.items():
        digits = 1 if outcome == "survival" else 2
        ends = sorted(f"{_scale(outcome) * gain.mean:+.{digits}f}" for gain in lived.gain)
        error = _scale(outcome) * max(gain.error for gain in lived.gain)
        unit = "percentage points" if outcome == "survival" else OUTCOMES[outcome][1]
        parts.append(
            f"{OUTCOMES[outcome][0].lower()} by {' to '.join(dict.fromkeys(ends))} {unit} "
            f"(standard error {error:.{digits}f})"
        )
    count = len(redesign.clauses)
    return (
        f"{count} clause{'s' if count > 1 else ''} change{'' if count > 1 else 's'} the "
        + " and the ".join(parts)
        + ", depending on what the record's silence hides."
    )


def _scale(outcome: Outcome) -> float:
    return 100.0 if outcome == "survival" else 1.0


def _pairs(axes: Axes, lived: Lived) -> None:
    scale = _scale(lived.outcome)
    for row, ends in enumerate(zip(lived.before, lived.after, strict=True)):
        rows = (row - SHIFT, row + SHIFT)
        axes.plot([scale * end.mean for end in ends], rows, color=ORANGE, linewidth=1.2, zorder=1)
        for end, at, (marker, colour, face) in zip(ends, rows, LOOK, strict=True):
            axes.errorbar(
                scale * end.mean, at, xerr=2 * scale * end.error, fmt=marker, color=colour,
                markerfacecolor=face, elinewidth=1.2,
            )  # fmt: skip
    axes.set_yticks(range(len(SILENCE)), [name.replace(" taken", "\ntaken") for name in SILENCE])
    axes.set_ylim(len(SILENCE) - 0.5, -0.5)
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
