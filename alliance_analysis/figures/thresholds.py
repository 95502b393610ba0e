"""Pictures of a threshold's operating curve, and of a funnel of units compared fairly."""

from __future__ import annotations

from html import escape

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter

from alliance_analysis.drafting.fields import printed
from alliance_analysis.figures.exhibit import Exhibit
from alliance_analysis.figures.style import BLUE, GREY, INK, ORANGE, RED, percent_ticks
from alliance_analysis.measurement.funnel import LEVELS, Funnel
from alliance_analysis.measurement.thresholds import OperatingCurve

LETTERS = "ABCDEFGHIJKLMNOPQRST"
"""Letters of the units outside the outer limits, the farthest first."""


def operating_curve(
    curve: OperatingCurve, level: float | None = None, *, note: str = "", synthetic: bool = False
) -> Exhibit:
    """Return how often a threshold is breached, per period and per year, for every true level.

    `level` marks the true level that is in question (in the unit of the curve), or None.
    """
    rate = curve.unit.startswith("fraction")
    grace = curve.grace
    due = (
        f"a credit falls due in {curve.periods} periods"
        if grace.window == 1
        else f"a credit falls due in {curve.periods} periods ({grace.breaches} of {grace.window})"
    )

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.plot(curve.levels, curve.breach, color=BLUE, label="breach in one period")
        axes.plot(curve.levels, curve.due_in_year, color=ORANGE, linestyle="-.", label=due)
        axes.axvline(curve.threshold, color=RED, linewidth=1.6, linestyle="--",
                     label=f"threshold {printed(curve.threshold, curve.unit)}")  # fmt: skip
        if level is not None:
            axes.axvline(
                level, color=INK, linewidth=1, linestyle=":", label=f"level {printed(level, curve.unit)}"
            )
            for values, shape, colour in ((curve.breach, "o", BLUE), (curve.due_in_year, "s", ORANGE)):
                at = float(np.interp(level, curve.levels, values))
                axes.plot([level], [at], marker=shape, markersize=7, color=colour, markeredgecolor=INK)
                axes.annotate(f"{at:.1%}", (level, at), xytext=(8, 3), textcoords="offset points",
                              bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.8})  # fmt: skip
        if rate:
            axes.xaxis.set_major_formatter(percent_ticks())
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_xlim(float(curve.levels.min()), float(curve.levels.max()))
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel("True level" if rate else f"True level, {curve.unit}")
        axes.set_ylabel("Probability")
        axes.grid()
        figure.legend(loc="outside upper center", ncols=2, handlelength=2.2)

    better = "higher" if curve.direction == "higher" else "lower"
    told = [
        f"at {printed(float(curve.levels[i]), curve.unit)} {curve.breach[i]:.1%} and {curve.due_in_year[i]:.1%}"
        for i in np.unique(np.linspace(0, len(curve.levels) - 1, 5).round().astype(int))
    ]
    return Exhibit(
        "operating_curve",
        f"How Often a Threshold of {printed(curve.threshold, curve.unit)} Is Breached",
        f"Probability of a breach in one period, and that {due}, by true level ({better} is better): {'; '.join(told)}.",
        draw,
        note=note,
        synthetic=synthetic,
    )


def funnel_plot(
    found: Funnel,
    what: str,
    *,
    cases: str = "Cases",
    sources: tuple[str, ...] = (),
    note: str = "",
    synthetic: bool = False,
) -> Exhibit:
    """Return rates against cases with inner and outer limits; units outside the outer limits carry a letter.

    `what` says what the rate is, `cases` what is counted.
    """
    outside = found.outside()
    sizes = found.denominator
    far = [int(at) for at in np.argsort(-np.abs(found.z), kind="stable") if outside[at]]
    wide = bool(sizes.max() / sizes.min() > 30)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        low, high = max(1.0, sizes.min() * (0.8 if wide else 0.9)), sizes.max() * (1.25 if wide else 1.08)
        along = np.unique(np.geomspace(low, high, 300).round())
        for level, style in zip(LEVELS, ("--", "-"), strict=True):
            for side, limit in enumerate(found.limits(along, level)):
                label = f"{level:.1%} limits".replace(".0%", "%") if side == 0 else None
                axes.plot(along, limit, color=GREY, linewidth=1.3, linestyle=style, label=label)
        axes.axhline(found.centre, color=INK, linewidth=1.1, label=f"centre {found.centre:.1%}")
        axes.plot(sizes[~outside], found.rates[~outside], "o", color=BLUE, markersize=4, label="inside")
        if far:
            axes.plot(sizes[far], found.rates[far], "D", color=RED, markersize=6, label="outside")
        for letter, at in zip(LETTERS, far, strict=False):
            axes.annotate(letter, (sizes[at], found.rates[at]), xytext=(5, 4), textcoords="offset points")
        axes.set_xscale("log" if wide else "linear")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
        axes.yaxis.set_major_formatter(percent_ticks())
        axes.set_xlim(low, high)
        edges = np.concatenate([found.rates, *found.limits([float(np.median(sizes))])])
        room = 0.06 * np.ptp(edges)
        axes.set_ylim(max(-0.02, edges.min() - room), min(1.02, edges.max() + room))
        axes.set_xlabel(cases)
        axes.set_ylabel(what)
        axes.grid(axis="y")
        figure.legend(loc="outside upper center", ncols=5, handlelength=1.8, columnspacing=1.0)

    how = {
        "none": "limits by chance alone (exact binomial)",
        "multiplicative": f"limits widened for over-dispersion (phi {found.phi:.1f})",
        "additive": f"limits widened for over-dispersion (standard deviation between units {found.tau:.2%})",
    }[found.dispersion]
    named = [f"{letter} {found.labels[at]}" for letter, at in zip(LETTERS, far, strict=False)]
    listed = ", ".join(named) + (f" and {len(far) - len(named)} more" if len(far) > len(named) else "")
    key = f" Outside: {escape(listed, quote=False)}." if listed else ""
    return Exhibit(
        "funnel" if found.dispersion == "none" else "funnel_over_dispersed",
        f"{escape(what, quote=False)}: {len(found.labels)} Units by Size",
        f"Funnel plot of {len(found.labels)} units with {sizes.min():,.0f} to {sizes.max():,.0f} cases, centre "
        f"{found.centre:.1%}, {how}. Outside the outer limits: {listed or 'none'}.",
        draw,
        size=(6.5, 3.6),
        sources=sources,
        note=f"{note} {how[0].upper()}{how[1:]}.{key}".strip(),
        synthetic=synthetic,
    )
