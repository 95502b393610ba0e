"""What a right to leave is worth: as a table over what nobody knows, and as a curve over the value of staying."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from alliance_analysis.cases import Case
from alliance_analysis.figures.exhibit import Exhibit
from alliance_analysis.figures.style import BLUE, GREY, INK, ORANGE
from alliance_analysis.incentives.exit import Floats, exit_right, tree_value

VOLATILITIES = (0.2, 0.4, 0.6)
RATE = 0.05
YEARS = 3.0
"""Invented: how far an alliance's value swings in a year, the riskless rate, and a term where the case shows none."""

VALUES = np.append(np.linspace(20, 200, 37), 100.0)
"""Values of the alliance for which a right is priced, in percent of its value today; today stands last."""


def exit_clause(case: Case, notice_months: float, margin: tuple[float, float]) -> Exhibit:
    """Return what a right to leave, signed at the start, would have been worth in a case: a range, never one price.

    The right lasts as long as the spell that the case documents, and is bought where staying and leaving are worth
    the same. Where revenue forgone is on record, the value is that revenue at the margins; margins and volatilities
    are invented.
    """
    data, (low, high) = case.file.forgone, margin
    years = data.total_months / 12 if data else YEARS
    notices = tuple(sorted({0.0, notice_months}))
    found = {
        (v, n): float(exit_right(1.0, 1.0, volatility=v, rate=RATE, years=years, notice_months=n))
        for v in VOLATILITIES
        for n in notices
    }
    columns: dict[str, list[str]] = {"Volatility a year": [f"{v:.0%}" for v in VOLATILITIES]}
    for n in notices:
        said = f"{n:g} months’ notice" if n else "no notice"
        columns[f"Share of value, {said}"] = [f"{found[v, n]:.1%}" for v in VOLATILITIES]
        if data:
            columns[f"{data.currency} million, {said}"] = [
                f"{found[v, n] * low * data.revenue:.2f} to {found[v, n] * high * data.revenue:.2f}" for v in VOLATILITIES
            ]  # fmt: skip
    spans = {n: [f"{found[v, n]:.1%}" for v in (VOLATILITIES[0], VOLATILITIES[-1])] for n in notices}
    told = "; ".join(
        f"with {n:g} months’ notice {' to '.join(span)} of the value" for n, span in spans.items()
    )
    basis = (
        f"The sums take the {data.revenue:g} million {data.currency} of forgone revenue at a margin of {low:.0%} to "
        f"{high:.0%}, over the {data.total_months:g} months on record."
        if data
        else f"No forgone revenue is on record, so only shares are given, over {years:g} years."
    )
    return Exhibit(
        "exit_clause",
        f"{case.file.short}: What a Right to Leave Would Have Been Worth at the Start",
        f"Table of the worth of a right to leave, over volatilities of {VOLATILITIES[0]:.0%} to {VOLATILITIES[-1]:.0%}: "
        f"{told}.",
        table=pd.DataFrame(columns),
        sources=("cox1979option",),
        note=f"American put on a tree, bought where staying and leaving are worth the same; riskless rate {RATE:.0%}. "
        f"{basis} Volatility, margin and rate are invented: read the range, not a number.",
        synthetic=True,
    )


@dataclass(frozen=True)
class Rights:
    """The right to leave and the right to buy out, at each of `VALUES`; sums in percent of the value today."""

    recovery: float
    buy_out: float
    leave: Floats
    buy: Floats

    @property
    def today(self) -> tuple[float, float]:
        """What both are worth today."""
        return float(self.leave[-1]), float(self.buy[-1])

    @property
    def alt(self) -> str:
        """The picture in words."""
        leave, buy = self.today
        return (
            f"Worth of two rights over the value of the alliance, today 100. The right to leave for {self.recovery:g} is "
            f"worth {leave:.1f} today and falls as the value rises; the right to buy out for {self.buy_out:g} is worth "
            f"{buy:.1f} and rises with it."
        )


def rights(
    recovery: float, buy_out: float, *, volatility: float, rate: float, years: float, notice_months: float
) -> Rights:
    """Return both rights (see `incentives.exit`); leaving takes notice, buying out does not.

    >>> found = rights(75, 125, volatility=0.4, rate=0.05, years=3, notice_months=0)
    >>> [round(worth, 2) for worth in found.today]
    [9.34, 24.5]
    """
    leave = exit_right(
        VALUES, recovery, volatility=volatility, rate=rate, years=years, notice_months=notice_months
    )
    buy = tree_value("call", VALUES, buy_out, volatility=volatility, rate=rate, years=years)
    return Rights(recovery, buy_out, leave, buy)


def build_exit_curve(figure: Figure) -> Callable[[Rights], None]:
    """Draw the axes of the exit curve; see `Picture`."""
    axes = figure.subplots()
    grid = VALUES[:-1]
    (leave,) = axes.plot(grid, grid, color=BLUE, label="right to leave")
    (buy,) = axes.plot(grid, grid, color=ORANGE, linestyle="-.", label="right to buy out")
    (leave_now,) = axes.plot(grid, grid, color=BLUE, linewidth=1, linestyle=":", label="used now")
    (buy_now,) = axes.plot(grid, grid, color=ORANGE, linewidth=1, linestyle=":")
    (today,) = axes.plot([100, 100], [0, 0], "o", color=INK, markersize=4)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.8}
    said = [axes.text(100, 0, "", ha=side, va="bottom", bbox=box) for side in ("left", "right")]
    axes.axvline(100, color=GREY, linewidth=1)
    axes.set_xlim(grid[0], grid[-1])
    axes.set_ylim(0, 110)
    axes.set_xlabel("Value of the alliance to you (today = 100)")
    axes.set_ylabel("Worth of the right")
    axes.grid(axis="y")
    figure.legend(loc="outside upper left", ncols=3)

    def move(found: Rights) -> None:
        leave.set_ydata(found.leave[:-1])
        buy.set_ydata(found.buy[:-1])
        leave_now.set_ydata(np.maximum(found.recovery - grid, 0))
        buy_now.set_ydata(np.maximum(grid - found.buy_out, 0))
        today.set_ydata(found.today)
        for text, name, worth, aside in zip(said, ("leave", "buy out"), found.today, (2, -2), strict=True):
            text.set_position((100 + aside, worth + 2))
            text.set_text(f"{name} {worth:.1f}")

    return move


def exit_curve(found: Rights, note: str) -> Exhibit:
    """Return the worth of both rights over the value of the alliance."""
    return Exhibit(
        "exit_curve",
        "What the Right to Leave and the Right to Buy Out Are Worth",
        found.alt,
        lambda figure: build_exit_curve(figure)(found),
        sources=("cox1979option", "kogut1991joint"),
        note=note,
        synthetic=True,
    )


def buy_out_range(case: Case, stake: float, years: float, *, sources: tuple[str, ...]) -> Exhibit:
    """Return what a right to buy a partner's half for what it had paid in would have been worth: a range.

    `stake` is in the case's currency and scale and documented; volatilities are invented.
    """
    money = case.agreement.money
    unit = f"{money.scale} {money.currency}"
    worth = [
        float(tree_value("call", stake, stake, volatility=v, rate=RATE, years=years)) for v in VOLATILITIES
    ]
    cells = {
        "Volatility a year": [f"{v:.0%}" for v in VOLATILITIES],
        "Share of the stake": [f"{w / stake:.1%}" for w in worth],
        f"Amount, {unit}": [f"{w:.1f}" for w in worth],
    }
    return Exhibit(
        "buy_out_range",
        f"{case.file.short}: What a Right to Buy the Partner’s Half Would Have Been Worth at the Start",
        f"Worth of a right to buy a stake of {stake:g} {unit} at cost within {years:g} years: {worth[0]:.1f} to "
        f"{worth[-1]:.1f} {unit}, for volatilities of {VOLATILITIES[0]:.0%} to {VOLATILITIES[-1]:.0%}.",
        table=pd.DataFrame(cells),
        sources=sources,
        note=f"The stake is documented; that a right to buy it at cost was agreed is not known, and volatility and the "
        f"riskless rate of {RATE:.0%} are invented.",
        synthetic=True,
    )
