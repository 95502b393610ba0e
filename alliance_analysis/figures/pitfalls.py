"""The register of pitfalls, and a student's tags beside the shipped reading."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from alliance_analysis.agreement import ELEMENTS
from alliance_analysis.cases import load_case
from alliance_analysis.cases.model import AREAS
from alliance_analysis.drafting.library import template
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.style import BLUE, INK
from alliance_analysis.review.pitfalls import Pitfall, Tagged, heat_map, register

SHADES = LinearSegmentedColormap.from_list("shades", ["white", BLUE])


def counts(
    table: pd.DataFrame, label: str, caption: str, axes_names: tuple[str, str], note: str = ""
) -> Exhibit:
    """Return counts as a heat map: a darker cell holds more, and its number stands in it."""
    names = [str(name).replace("_", " ").capitalize() for name in table.columns]
    values = table.to_numpy()

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.pcolormesh(
            values, cmap=SHADES, vmin=0, vmax=max(values.max() * 1.15, 1), edgecolors="white", linewidth=2
        )
        axes.invert_yaxis()
        for (row, column), count in np.ndenumerate(values):
            dark = count > values.max() * 0.75
            axes.text(column + 0.5, row + 0.5, str(count) if count else "·", ha="center", va="center",
                      color="white" if dark else INK, fontweight="bold" if dark else "normal")  # fmt: skip
        for at in range(len(table) if list(table.index) == list(table.columns) else 0):
            axes.add_patch(
                Rectangle((at + 0.03, at + 0.03), 0.94, 0.94, fill=False, edgecolor=INK, linewidth=1.4)
            )
        axes.set_xticks(np.arange(len(names)) + 0.5, [name.replace(" ", "\n") for name in names], fontsize=7)
        axes.set_yticks(np.arange(len(table)) + 0.5, [str(name).capitalize() for name in table.index])
        axes.set_ylabel(axes_names[0])
        axes.set_xlabel(axes_names[1])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)

    told = "; ".join(
        f"{row}: "
        + (
            ", ".join(f"{name.lower()} {n}" for name, n in zip(names, table.loc[row], strict=True) if n)
            or "none"
        )
        for row in table.index
    )
    return Exhibit(
        label,
        caption,
        f"{axes_names[0]} by {axes_names[1].lower()}. {told}.",
        draw,
        size=(6.5, 3.0),
        note=note,
    )


def pitfall_map(entries: Sequence[Pitfall] = ()) -> Exhibit:
    """Return where the pitfalls of the register lie: five areas by the six common conflicts."""
    found = entries or register().pitfalls
    note = (
        f"{len(found)} pitfalls; the last column holds those that belong to none of the six common conflicts."
    )
    return counts(heat_map(found), "pitfall_map", "Where Pitfalls Lie", ("Area", "Common conflict"), note)


def early_warnings(area: str = "") -> Exhibit:
    """Return the register, or one area of it: how each pitfall shows, the KPI that warns, the element that answers."""
    entries = [entry for entry in register().pitfalls if area in ("", entry.area)]
    rows = [
        {
            "Pitfall": f"<strong>{safe(entry.pitfall)}</strong>"
            + (f"<br>Land mine: {entry.land_mine}" if entry.land_mine else ""),
            "How it shows": safe(entry.shows),
            "KPI that warns": safe(template(entry.kpi).name),
            "Element": f"{ELEMENTS[entry.element].title} ({ELEMENTS[entry.element].accord})",
            "Look in": safe(load_case(entry.case).file.short),
        }
        for entry in entries
    ]
    what = f": {area.capitalize()}" if area else ""
    return Exhibit(
        f"early_warnings_{area}" if area else "early_warnings",
        f"Pitfalls and Their Early Warnings{what}",
        f"{len(rows)} pitfalls{f' of the area {area}' if area else ''}, each with a KPI, an element and a case.",
        table=pd.DataFrame(rows),
        widths=(22, 33, 17, 17, 11),
        sources=("rigsbeend0000",),
        note=f"{safe(register().areas[area])}." if area in register().areas else "",
    )


def tags(found: Tagged) -> Exhibit:
    """Return a student's areas beside the shipped ones, as a heat map with the agreement measured."""
    if found.kappa:
        measured = (
            f"Both readings share {found.shared:.0%} of {len(found.pairs)} incidents; {found.kappa.expected:.0%} would "
            f"come by chance: kappa {found.kappa.value:.2f}."
        )
    else:
        measured = (
            f"Both readings put {len(found.pairs)} incident(s) into one area only: kappa is not defined."
        )
    few = " With so few incidents kappa moves far by one of them." if len(found.pairs) < 20 else ""
    exhibit = counts(found.table, "tags", "Your Reading Beside the Shipped One", ("Your area", "Shipped area"),
                     f"{measured}{few} In the framed cells both agree.")  # fmt: skip
    return Exhibit(exhibit.label, exhibit.caption, f"{measured} {exhibit.alt}", exhibit.draw, size=(6.5, 3.1),
                   sources=("cohen1960coefficient",), note=exhibit.note)  # fmt: skip


def apart(found: Tagged) -> Exhibit:
    """Return the incidents that both readings put into different areas, with the shipped reading."""
    rows = [
        {
            "Case": safe(load_case(incident.case).file.short),
            "Pitfall and shipped reading": f"<strong>{safe(incident.pitfall)}</strong><br>{safe(incident.reading)}",
            "Yours": area.capitalize(),
            "Shipped": incident.area.capitalize(),
            "Element": ELEMENTS[incident.element].title,
        }
        for incident, area in found.apart
    ]
    alike = dict.fromkeys(("Case", "Pitfall and shipped reading", "Yours", "Shipped", "Element"), "–")
    alike["Pitfall and shipped reading"] = "Both readings agree."
    return Exhibit(
        "apart",
        "Where the Two Readings Differ",
        f"{len(found.apart)} of {len(found.pairs)} incidents are read differently.",
        table=pd.DataFrame(rows or [alike]),
        widths=(14, 46, 12, 12, 16),
        note="A different area can be as good a reading. What counts is the reason, and the KPI that follows from it.",
    )


def risk(risks: dict[str, float], money: str) -> Exhibit:
    """Return the expected loss in each area, highest first."""
    rows = [
        {"Area": area.capitalize(), f"Expected loss ({money})": f"{loss:,.4g}"}
        for area, loss in risks.items()
    ]
    return Exhibit(
        "risk",
        "Expected Loss by Area",
        "; ".join(f"{area} {loss:,.4g}" for area, loss in risks.items()) + f" ({money}).",
        table=pd.DataFrame(rows),
        widths=(50, 50),
        note=f"Chance times impact in each of the {len(AREAS)} areas, as estimated; not a forecast.",
        synthetic=True,
    )
