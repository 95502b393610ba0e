"""How long alliances may last, under assumptions that the reader sets."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from alliance_analysis.figures.exhibit import Exhibit
from alliance_analysis.figures.style import CYCLE, GREY
from alliance_analysis.incentives.survival import Survival

STYLES = ("-", "-.", "--", ":")


def survival(model: Survival, kinds: Mapping[str, Mapping[str, float]], years: float = 10.0) -> Exhibit:
    """Return the chance to last, by age, for alliances with different covariates."""
    at = np.linspace(0, years, 201)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for (name, x), colour, style in zip(kinds.items(), CYCLE, STYLES, strict=False):
            axes.plot(at, model.at(at, x), style, color=colour, label=name)
        axes.axhline(0.5, color=GREY, linewidth=1)
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_ylim(0, 1.02)
        axes.set_xlim(0, years)
        axes.set_xlabel("Years since the start")
        axes.set_ylabel("Still running")
        axes.grid(axis="y")
        figure.legend(loc="outside upper left", ncols=2)

    told = "; ".join(f"{name}: after five years {float(model.at(5, x)):.0%}" for name, x in kinds.items())
    ratios = ", ".join(f"{name} {ratio:g}" for name, ratio in model.hazard_ratios.items())
    return Exhibit(
        "survival",
        "How Long Alliances Last, if These Assumptions Hold",
        f"Share of alliances still running, by age. {told}.",
        draw,
        sources=("goo2007investigation",),
        note=f"Weibull with shape {model.shape:g}; the median life of {model.median:g} years and the hazard ratios "
        f"({ratios}) are invented inputs, not findings.",
        synthetic=True,
    )
