"""What a shock costs either side, with the clause and without."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.figure import Figure

from alliance_analysis.drafting.shocks import SHOCKS, Shock
from alliance_analysis.figures.exhibit import Exhibit
from alliance_analysis.figures.incentives import unit
from alliance_analysis.figures.style import BLUE, INK, ORANGE


def build_shock(figure: Figure) -> Callable[[Shock], None]:
    """Draw the axes of a shock with two parties; see `Picture`."""
    axes = figure.subplots()
    looks = (("without the clause", ORANGE, "///", -0.2), ("with the clause", BLUE, "", 0.2))
    bars = [
        axes.barh([at + shift for at in (0, 1)], [1, 1], 0.36, color=colour, hatch=hatch, edgecolor=INK,
                  linewidth=0.5, label=name)
        for name, colour, hatch, shift in looks
    ]  # fmt: skip
    said = [[axes.text(0, at + look[3], "", va="center") for at in (0, 1)] for look in looks]
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_ylim(1.5, -0.5)
    axes.grid(axis="x")
    figure.legend(loc="outside upper left", ncols=2)

    def move(found: Shock) -> None:
        names = list(found.costs)[:2]
        values = [[found.costs[name][which] for name in names] for which in (0, 1)]
        low, high = min(0.0, *values[0], *values[1]), max(0.0, *values[0], *values[1])
        span = max(high - low, 1e-9)
        for group, texts, costs in zip(bars, said, values, strict=True):
            for bar, text, cost in zip(group, texts, costs, strict=True):
                bar.set_width(cost)
                text.set_text(f"{cost:,.1f}".replace("-", "−"))
                text.set_x(max(cost, 0) + 0.01 * span)
        axes.set_yticks(range(len(names)), [name.capitalize() for name in names])
        axes.set_xlim(low - 0.02 * span, high + 0.14 * span)
        axes.set_xlabel(f"Cost, {unit(found.money)}")

    return move


def shock(found: Shock) -> Exhibit:
    """Return what a shock costs either side, with and without the clause."""
    return Exhibit(
        "shock",
        f"{SHOCKS[found.kind][0]}: What It Costs Either Side",
        found.alt,
        lambda figure: build_shock(figure)(found),
        size=(6.5, 2.6),
        note=f"{found.working[:1].upper()}{found.working[1:]}.",
        synthetic=True,
    )
