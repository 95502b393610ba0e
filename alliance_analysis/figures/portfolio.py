"""A batch as a whole: what was run, how the recorded outcomes are spread, what they follow, what failed."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, PercentFormatter

from alliance_analysis.figures.exhibit import Exhibit
from alliance_analysis.figures.style import BLUE, GREY, INK, ORANGE, RED

PANELS = 12
"""Most outcomes in one figure."""

_ACROSS = 3
_BARS = 12  # distinct values that are drawn as bars of their own


def is_share(name: str) -> bool:
    """Return whether an outcome is a share by its name, and so is printed in percent."""
    return name.startswith("share")


def is_invented(name: object) -> bool:
    """Return whether an outcome says in its name that it rests on an invented input."""
    return "invented" in str(name).lower()


def number(name: str, value: float) -> str:
    """Return an outcome's value as it is printed; a dash where there is none.

    >>> number("share contested", 0.72), number("cards", 1250.0), number("cost", -2.345678), number("cost", float("nan"))
    ('72.0%', '1,250', '−2.346', '–')
    """
    if math.isnan(value):
        return "–"
    if is_share(name):
        text = f"{value:.1%}"
    else:
        text = f"{value:,.0f}" if value == round(value) or abs(value) >= 10_000 else f"{value:,.4g}"
    return text.replace("-", "−", 1)


def invented_note(names: Iterable[object]) -> str:
    """Return what a note says of outcomes with an invented input: nothing if there are none."""
    return " Outcomes named invented rest on an invented input." if any(map(is_invented, names)) else ""


def distributions(outcomes: pd.DataFrame, marked: pd.DataFrame, label: str = "distributions") -> Exhibit:
    """Return small multiples, one panel for each outcome (at most 12); `marked` is true where a value is an outlier."""
    names = [str(name) for name in outcomes]
    down = math.ceil(len(names) / _ACROSS)

    def draw(figure: Figure) -> None:
        panels = figure.subplots(down, _ACROSS, squeeze=False).ravel()
        for axes, name in zip(panels, names, strict=False):
            _panel(axes, name, outcomes[name].dropna(), marked[name])
        for axes in panels[len(names) :]:
            axes.set_visible(False)
        for axes in panels[::_ACROSS]:
            axes.set_ylabel("Rows")

    told = "; ".join(
        f"{name}: {number(name, outcomes[name].min())} to {number(name, outcomes[name].max())}, "
        f"median {number(name, outcomes[name].median())}, {int(marked[name].sum())} marked as outliers"
        for name in names
    )
    return Exhibit(
        label,
        "How the Outcomes Are Spread" + (", Continued" if label[-1].isdigit() else ""),
        f"Counts of rows by value, one panel for each of {len(names)} outcomes. {told}.",
        draw,
        size=(6.5, 0.35 + 1.6 * down),
        note="The vertical line is the median. A diamond above a value marks an outlier by either rule."
        + invented_note(outcomes),
        synthetic=any(map(is_invented, names)),
    )


def _panel(axes: Axes, name: str, values: pd.Series[float], marked: pd.Series[bool]) -> None:
    levels, counts = np.unique(values, return_counts=True)
    if len(levels) <= _BARS:
        width = np.clip(0.8 * np.diff(levels).min(), 0.03 * np.ptp(levels), 0.12 * np.ptp(levels))
        axes.bar(levels, counts, float(width), color=BLUE, edgecolor=INK, linewidth=0.5)
    else:
        counts, edges = np.histogram(values, bins="sturges")
        axes.stairs(counts, edges, fill=True, color=BLUE, edgecolor=INK, linewidth=0.5)
    top = float(counts.max())
    axes.axvline(float(values.median()), color=ORANGE, linewidth=1.6)
    strange = values[marked.loc[values.index].to_numpy(dtype=bool)].unique()
    at = np.full(len(strange), 1.17 * top)
    axes.plot(strange, at, "D", color=RED, markeredgecolor=INK, markersize=4.5)
    axes.set_ylim(0, 1.3 * top)
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=bool((levels == levels.round()).all())))
    if is_share(name):
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=None if np.ptp(levels) < 0.04 else 0))
    axes.set_title(textwrap.fill(name, 27), fontsize=7.5, fontweight="normal")
    axes.tick_params(labelsize=7.5)


def shares(table: pd.DataFrame, label: str = "shares") -> Exhibit:
    """Return tiles of outcomes by parameters with the share of variance in each; NaN where it cannot be told."""
    shown = table.to_numpy(dtype=float)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for (row, column), value in np.ndenumerate(shown):
            known = not math.isnan(value)
            axes.add_patch(
                Rectangle((column, row), 0.94, 0.9, facecolor=BLUE if known else "white", edgecolor=GREY, linewidth=0.6,
                          alpha=0.08 + 0.55 * min(value, 1.0) if known else 1)
            )  # fmt: skip
            text = f"{value:.2f}" if known else "–"
            axes.text(column + 0.47, row + 0.47, text, ha="center", va="center", fontsize=8.5)
        axes.set_xlim(0, shown.shape[1])
        axes.set_ylim(shown.shape[0], -0.05)
        axes.set_xticks(np.arange(shown.shape[1]) + 0.47, [textwrap.fill(str(name), 12) for name in table])
        axes.xaxis.tick_top()
        axes.set_yticks(
            np.arange(shown.shape[0]) + 0.46,
            [textwrap.fill(str(name), 40) for name in table.index],
            fontsize=7.5,
        )
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)

    told = "; ".join(
        f"{name}: "
        + ", ".join(f"{parameter} {value:.2f}" for parameter, value in line.items() if not math.isnan(value))
        for name, line in table.iterrows()
    )
    return Exhibit(
        label,
        "Share of Each Outcome’s Variance by Parameter" + (", Continued" if label[-1].isdigit() else ""),
        f"Tiles of {len(table)} outcomes by {shown.shape[1]} columns. {told}.",
        draw,
        size=(6.5, 0.8 + 0.36 * len(table)),
        note="Eta squared, from 0 to 1. A dash: it cannot be told, because on the rows that recorded the outcome the "
        "parameter has one value only, or another one in every row." + invented_note(table.index),
        synthetic=any(map(is_invented, table.index)),
    )
