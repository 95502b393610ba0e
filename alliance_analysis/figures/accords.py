"""Which accord elements existed, were missing or failed: as a grid and as a table."""

from __future__ import annotations

import textwrap
from html import escape
from typing import Literal

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from alliance_analysis.agreement import ELEMENTS
from alliance_analysis.agreement.accords import ElementInfo
from alliance_analysis.cases import Case
from alliance_analysis.figures.exhibit import Exhibit
from alliance_analysis.figures.style import GREEN, INK, ORANGE, RED

Focus = Literal["all", "foundation", "governance", "change"]

MARKS = {
    "existed": ("E", GREEN, ""),
    "missing": ("M", ORANGE, "///"),
    "failed": ("F", RED, "xxx"),
    "not documented": ("·", "white", ""),
}
"""Letter, colour and hatch of each finding; the letter and the hatch carry it in grey."""


def in_focus(focus: Focus) -> list[ElementInfo]:
    """Return the elements of one accord, or all twelve.

    >>> [info.key for info in in_focus("foundation")][0]
    'service_level_objectives'
    """
    return [info for info in ELEMENTS.values() if focus in ("all", info.accord)]


def accord_grid(case: Case, focus: Focus = "all") -> Exhibit:
    """Return the grid of accord elements by relationship."""
    shown = in_focus(focus)
    found = {(f.element, f.relationship): f for f in case.file.findings}
    ties = [t for t in case.file.relationships if any(t.id == f.relationship for f in case.file.findings)]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for row, info in enumerate(shown):
            for column, tie in enumerate(ties):
                finding = found.get((info.key, tie.id))
                letter, colour, hatch = MARKS[finding.finding if finding else "not documented"]
                axes.add_patch(
                    Rectangle((column, row), 0.94, 0.88, facecolor=colour, edgecolor=INK, linewidth=0.5,
                              hatch=hatch)
                )  # fmt: skip
                axes.text(
                    column + 0.47, row + 0.46, letter, ha="center", va="center", fontsize=9, fontweight="bold",
                    bbox={"boxstyle": "circle,pad=0.15", "facecolor": "white", "edgecolor": "none"},
                )  # fmt: skip
        for row in range(1, len(shown)):
            if shown[row].accord != shown[row - 1].accord:
                axes.axhline(row - 0.06, color=INK, linewidth=1.4)
        axes.set_xlim(0, len(ties))
        axes.set_ylim(len(shown), -0.05)
        axes.set_xticks([i + 0.47 for i in range(len(ties))], [_wrap(t.label, len(ties)) for t in ties])
        axes.xaxis.tick_top()
        axes.tick_params(axis="x", labelsize=8.5 if len(ties) < 6 else 7)
        axes.set_yticks(
            [i + 0.44 for i in range(len(shown))], [f"{i.title}  ({i.accord[:3]}.)" for i in shown]
        )
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
        handles = [
            Patch(facecolor=colour, hatch=hatch, edgecolor=INK, linewidth=0.5, label=f"{letter}  {name}")
            for name, (letter, colour, hatch) in MARKS.items()
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=4)

    counts = pd.Series([f.finding for f in case.file.findings if ELEMENTS[f.element] in shown]).value_counts()
    which = "All three accords" if focus == "all" else f"{focus.capitalize()} accord"
    return Exhibit(
        "accords",
        f"{which}: What Existed, Was Missing or Failed",
        f"Grid of {len(shown)} accord elements by {len(ties)} relationships "
        f"({', '.join(t.label for t in ties)}): "
        + ", ".join(f"{n} {name}" for name, n in counts.items())
        + ".",
        draw,
        size=(6.5, 1.3 + 0.29 * len(shown)),
        sources=("goo2009role",),
        note="After each element stands its accord: foundation, governance or change. Element names follow "
        "Goo et al. and are to be checked against the article; exit is this workbook's addition. A dot means that "
        "the record is silent, which is not the same as missing.",
    )


def findings(case: Case, focus: Focus = "all") -> Exhibit:
    """Return the table behind the grid, without the elements on which the record is silent."""
    shown = [info.key for info in in_focus(focus)]
    labels = {t.id: t.label for t in case.file.relationships}
    rows = [
        {
            "Element": ELEMENTS[f.element].title,
            "Relationship": escape(labels[f.relationship], quote=False),
            "Finding": f"<strong>{f.finding}</strong>, {f.when or 'undated'} ({f.basis})",
            "What the record shows": escape(f.what, quote=False),
            "Evidence": ", ".join(f.evidence),
        }
        for f in sorted(case.file.findings, key=lambda f: list(ELEMENTS).index(f.element))
        if f.element in shown and f.finding != "not documented"
    ]
    return Exhibit(
        "findings",
        "Accord Elements: Finding, Date and Evidence",
        f"{len(rows)} findings on accord elements with relationship, date and evidence.",
        table=pd.DataFrame(rows),
        widths=(17, 15, 17, 40, 11),
        note="Documented: a source says so. Inferred: it follows from what sources say.",
    )


def remedies(case: Case, focus: Focus = "all") -> Exhibit:
    """Return what an accord could have changed, element by element."""
    shown = [info.key for info in in_focus(focus)]
    labels = {t.id: t.label for t in case.file.relationships}
    rows = [
        {
            "Accord and element": f"{ELEMENTS[f.element].accord.capitalize()}: {ELEMENTS[f.element].title.lower()}",
            "Relationship": escape(labels[f.relationship], quote=False),
            "What it could have said": escape(f.could_have, quote=False),
            "Evidence": ", ".join(f.evidence),
        }
        for f in sorted(case.file.findings, key=lambda f: list(ELEMENTS).index(f.element))
        if f.element in shown and f.could_have
    ]
    return Exhibit(
        "remedies",
        "What an Accord Could Have Changed",
        f"{len(rows)} clauses that could have changed the course of the case.",
        table=pd.DataFrame(rows),
        widths=(22, 15, 50, 13),
        note="These clauses are counterfactuals written for this workbook. No one can know that they would have "
        "been agreed, or kept.",
    )


def _wrap(label: str, columns: int) -> str:
    """Break a label into lines that fit one of so many columns."""
    return "\n".join(textwrap.wrap(label, max(8, 44 // columns), break_long_words=False))
