"""How often to review: the cost curve, and the cheapest interval for other inputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from alliance_analysis.figures.exhibit import Exhibit
from alliance_analysis.figures.style import BLUE, GREY, INK, ORANGE, SKY
from alliance_analysis.review.cadence import CADENCES, Cadence


def cadence(found: Cadence, money: str, agreed: float | None = None) -> Exhibit:
    """Return the yearly cost of waiting issues, of reviews, and of both, over the months between reviews."""
    months = np.linspace(0.8, 12, 200)
    low, high = found.nearly_best()
    best = found.best()

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        total = np.array([found.cost(m) for m in months])
        axes.axvspan(max(low, 0.8), min(high, 12), color=SKY, alpha=0.25, label="at most 10% above the least")
        axes.plot(
            months, [found.waiting(m) for m in months], color=ORANGE, linestyle="--", label="issues that wait"
        )
        axes.plot(
            months, [found.reviewing(m) for m in months], color=GREY, linestyle=":", label="the reviews"
        )
        axes.plot(months, total, color=BLUE, label="both")
        if found.optimum <= 12:
            axes.plot(
                found.optimum,
                found.cost(found.optimum),
                "D",
                color=BLUE,
                markeredgecolor=INK,
                label="least cost",
            )
        if agreed and 0.8 <= agreed <= 12:
            axes.plot(
                agreed,
                found.cost(agreed),
                "s",
                color=ORANGE,
                markeredgecolor=INK,
                markersize=8,
                label="agreed",
            )
        axes.set_xlim(0.5, 12.3)
        axes.set_ylim(0, min(float(total.max()), 3 * found.cost(found.optimum)) * 1.05)
        axes.set_xticks(CADENCES)
        axes.set_xlabel("Months between reviews")
        axes.set_ylabel(f"Cost a year ({money})")
        axes.grid(axis="y")
        figure.legend(loc="outside upper left", ncols=3)

    now = f" Agreed: every {agreed:g} months, {found.cost(agreed):,.4g} a year." if agreed else ""
    said = (
        f"Least cost at {found.optimum:.1f} months ({found.cost(found.optimum):,.4g} a year); of the usual cadences "
        f"{best:g} months is cheapest ({found.cost(best):,.4g}). Between {low:.1f} and {high:.1f} months it costs at "
        f"most 10% more.{now}"
    )
    return Exhibit(
        "cadence",
        "How Often to Review",
        f"Cost a year in {money} over the months between reviews. {said}",
        draw,
        size=(6.5, 3.4),
        note=f"{said} Inputs: {found.issues:g} issues a year, {found.growth:g} a month for each that waits, "
        f"{found.review:g} for a review.",
        synthetic=True,
    )


def cadences(issues: Sequence[float], growths: Sequence[float], review: float) -> Exhibit:
    """Return the cheapest interval in months for other inputs: issues a year (rows) and their growth (columns)."""
    table = [[Cadence(i, g, review).optimum for g in growths] for i in issues]
    rows = [
        {
            "Issues a year": f"{i:g}",
            **{f"Growth {g:g} a month": f"{table[r][c]:.1f}" for c, g in enumerate(growths)},
        }
        for r, i in enumerate(issues)
    ]
    low, high = min(map(min, table)), max(map(max, table))
    return Exhibit(
        "cadences",
        "The Cheapest Interval for Other Inputs, in Months",
        f"Cheapest interval between {low:.1f} and {high:.1f} months, for {len(issues)} by {len(growths)} inputs.",
        table=pd.DataFrame(rows),
        widths=(25, *[75 / len(growths)] * len(growths)),
        note=f"A review costs {review:g}. The intervals run from {low:.1f} to {high:.1f} months: a quarter is one of them.",
        synthetic=True,
    )
