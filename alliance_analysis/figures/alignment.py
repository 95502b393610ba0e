"""How far two sides want the same: weights of their goals side by side."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.style import BLUE, GREY, INK, ORANGE
from alliance_analysis.review.alignment import Alignment


def alignment(found: Alignment, names: tuple[str, str], *, synthetic: bool) -> Exhibit:
    """Return both sides' weights of each goal; the hatched part is the weight they share."""
    goals = list(found.weights)[::-1]
    first, second = ([found.weights[goal][side] for goal in goals] for side in (0, 1))
    shared = np.minimum(first, second)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        places = np.arange(len(goals))
        for shift, values, colour, name in ((0.2, first, BLUE, names[0]), (-0.2, second, ORANGE, names[1])):
            axes.barh(places + shift, values, 0.36, color=colour, edgecolor=INK, linewidth=0.6, label=name)
            axes.barh(
                places + shift, shared, 0.36, color="none", edgecolor="white", linewidth=0, hatch="////"
            )
            for place, value in zip(places, values, strict=True):
                axes.text(value + 0.008, place + shift, f"{value:.0%}", va="center", fontsize=8)
        axes.set_yticks(places, goals)
        axes.set_xlim(0, max(*first, *second) * 1.15)
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_xlabel("Weight of the goal (each side’s weights sum to 100%)")
        axes.tick_params(axis="y", length=0)
        handles, _ = axes.get_legend_handles_labels()
        both = Patch(facecolor=GREY, edgecolor="white", hatch="////", label="shared")
        figure.legend(handles=[*handles, both], loc="outside upper left", ncols=3)

    tau = "not defined, as one side ranks no goal above another" if found.tau is None else f"{found.tau:+.2f}"
    tau = tau.replace("-", "−") if found.tau is not None else tau
    crossed = (
        f"{len(found.crossed)} pairs of goals stand in opposite order."
        if found.crossed
        else "No two goals stand in opposite order."
    )
    said = f"Overlap {found.overlap:.2f} of 1; Kendall’s tau {tau}. {crossed}"
    return Exhibit(
        "alignment",
        "How Far Both Sides Want the Same",
        f"{said} Weights of {names[0]} and {names[1]}: "
        + "; ".join(f"{goal} {a:.0%} and {b:.0%}" for goal, (a, b) in found.weights.items())
        + ".",
        draw,
        size=(6.5, 1.5 + 0.5 * len(goals)),
        sources=("kendall1945treatment",),
        note=f"{said} Widest apart: {safe(found.widest)}.",
        synthetic=synthetic,
    )
