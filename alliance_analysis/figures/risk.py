"""Who bears a risk by two rules, and what a second source costs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from alliance_analysis.figures.exhibit import Exhibit
from alliance_analysis.figures.style import BLUE, INK, ORANGE
from alliance_analysis.incentives.risk import borch, by_exposure_and_control, dual_sourcing


def shares(
    exposure: Mapping[str, float], control: Mapping[str, float], tolerance: Mapping[str, float]
) -> Exhibit:
    """Return each party's share of a risk by exposure and control, beside Borch's by tolerance."""
    by_rule, by_tolerance = by_exposure_and_control(exposure, control), borch(tolerance)
    rows = [
        (
            party.capitalize(),
            f"{exposure[party]:g}",
            f"{control[party]:g}",
            f"{by_rule[party]:.0%}",
            f"{tolerance[party]:g}",
            f"{by_tolerance[party]:.0%}",
        )
        for party in exposure
    ]
    told = "; ".join(f"{row[0]} {row[3]} by exposure and control, {row[5]} by tolerance" for row in rows)
    return Exhibit(
        "risk_shares",
        "Who Bears the Risk, by Two Rules",
        f"{told}.",
        table=pd.DataFrame(
            rows,
            columns=["Party", "Exposure", "Control", "Share by exposure × control", "Risk tolerance", "Share by Borch"],
        ),
        sources=("borch1962equilibrium",),
        note="All inputs are invented. The first rule asks who can prevent the loss, the second who can bear it.",
        synthetic=True,
    )  # fmt: skip


def sourcing(
    *, price: float, premium: float, outage: tuple[float, float], loss: float, flexible: float, unit: str
) -> Exhibit:
    """Return the yearly cost by the part that a second source supplies: on average, and what an outage costs."""
    parts = np.linspace(0, 0.6, 61)
    found = [
        dual_sourcing(float(p), price=price, premium=premium, outage=outage, loss=loss, flexible=flexible)
        for p in parts
    ]
    best = min(found, key=lambda each: each.expected)

    def draw(figure: Figure) -> None:
        for axes, title, values, colour, style in zip(
            figure.subplots(1, 2), ("Cost of a year, on average", "Loss if the first source fails"),
            ([each.expected for each in found], [each.outage for each in found]), (BLUE, ORANGE), ("-", "-."), strict=True,
        ):  # fmt: skip
            axes.plot(parts[1:], values[1:], style, color=colour)
            axes.plot([0], values[:1], "o", color=colour, markeredgecolor=INK, label="no second source")
            axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
            axes.set_title(title)
            axes.grid(axis="y")
            axes.legend()
        figure.supxlabel("Volume at the second source", fontsize=9)
        figure.supylabel(unit, fontsize=9)

    return Exhibit(
        "sourcing",
        "What a Second Source Costs and Saves",
        f"Without a second source a year costs {found[0].expected:,.4g} on average and an outage {found[0].outage:,.4g}; "
        f"least on average is {best.expected:,.4g}, with {best.second:.0%} at the second source.",
        draw,
        sources=("tomlin2006value",),
        note=f"Second source {premium:.0%} dearer; chances of an outage a year {outage[0]:.0%} and {outage[1]:.0%}; each "
        f"source in use can add {flexible:.0%} of the volume. All inputs are invented.",
        synthetic=True,
    )
