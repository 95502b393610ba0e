"""The artists of a control chart: drawn once, then moved in place by a live panel."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from alliance_analysis.figures.style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, RED, percent_ticks
from alliance_analysis.measurement.charts import ControlChart
from alliance_analysis.measurement.rules import Rule

FLAGS = (
    ("D", RED), ("s", ORANGE), ("^", GREEN), ("v", PURPLE), ("P", RED), ("X", ORANGE), ("h", GREEN), ("*", PURPLE),
)  # fmt: skip
"""Shape and colour of each rule's mark, by its number."""

TICKS = 8
"""So many periods are named below the chart."""

LABELLED = 24
"""So many signals carry their rule number in the picture."""


@dataclass(eq=False)
class ControlArtists:
    """The artists of one control chart; `update` moves them to another chart without making new ones.

    The axes' limits and ticks stay (see `frame`), so that only `moving` needs to be drawn again. Every chart
    must be judged by the same rules as the first.
    """

    axes: Axes
    values: Line2D
    centre: Line2D
    lower: Line2D
    upper: Line2D
    threshold: Line2D
    marks: dict[str, Line2D]
    numbers: tuple[Text, ...]

    @property
    def moving(self) -> list[Artist]:
        """Every artist that `update` may change, in the order of drawing."""
        lines = [self.lower, self.upper, self.centre, self.threshold, self.values]
        return [*lines, *self.marks.values(), *self.numbers]

    def update(self, chart: ControlChart, threshold: float | None = None) -> None:
        """Show another chart and threshold (in the unit of the series; None for no threshold)."""
        values = chart.series.values
        at, across = np.arange(len(values)), np.array([-0.5, len(values) - 0.5])
        self.values.set_data(at, values)
        self.centre.set_data(across, [chart.limits.centre] * 2)
        for line, limit in ((self.lower, chart.lower), (self.upper, chart.upper)):
            line.set_data(*_stairs(limit))
        self.threshold.set_data(across, [np.nan if threshold is None else threshold] * 2)
        free, found = np.ones(len(values), dtype=bool), {f.rule.name: list(f.points) for f in chart.findings}
        for name, mark in self.marks.items():
            points = [point for point in found.get(name, []) if free[point]]
            free[points] = False
            mark.set_data(at[points], values[points])
        labels = list(_numbers(chart).items())[: len(self.numbers)]
        for text, (point, label) in zip(self.numbers, labels, strict=False):
            above = values[point] >= chart.limits.centre
            text.set_text(label)
            text.set_position((0, 8 if above else -8))
            text.set_verticalalignment("bottom" if above else "top")
            text.xy = (point, values[point])  # type: ignore[attr-defined]
        for text in self.numbers[len(labels) :]:
            text.set_text("")


def _numbers(chart: ControlChart) -> dict[int, str]:
    """Return the rule numbers at each point where a pattern is first complete."""
    found: dict[int, list[str]] = defaultdict(list)
    for finding in chart.findings:
        for before, signal in zip((-2, *finding.signals), finding.signals, strict=False):
            if signal != before + 1 or finding.rule.window == 1:
                found[signal].append(str(finding.rule.number))
    return {point: ",".join(numbers) for point, numbers in sorted(found.items())}


def _stairs(limit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a limit as one level a period, so that its steps show."""
    edges = np.arange(len(limit) + 1) - 0.5
    return np.repeat(edges, 2)[1:-1], np.repeat(limit, 2)


def draw(axes: Axes, chart: ControlChart, threshold: float | None = None) -> ControlArtists:
    """Draw a control chart on empty axes and return its artists.

    A flagged point carries the shape of the first rule that flags it; where a pattern is first complete, the
    numbers of the rules stand beside it.
    """
    blank: tuple[list[float], list[float]] = ([], [])
    small = 4.0 if len(chart.series.values) <= 120 else 1.5
    (lower,) = axes.plot(
        *blank,
        color=GREY,
        linewidth=1.5,
        label="natural process limits" if chart.limits.kind == "XmR" else "limits",
    )
    (upper,) = axes.plot(*blank, color=GREY, linewidth=1.5)
    (centre,) = axes.plot(*blank, color=INK, linewidth=1.1, label="centre")
    (line,) = axes.plot(*blank, color=RED, linewidth=1.6, linestyle="--")
    (values,) = axes.plot(*blank, color=BLUE, marker="o", markersize=small, linewidth=1.2, label="value")
    marks = {rule.name: _mark(axes, rule) for rule in chart.rules}
    numbers = tuple(
        axes.annotate(
            "",
            (0, 0),
            xytext=(0, 8),
            textcoords="offset points",
            ha="center",
            fontsize=7.5,
            zorder=4,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.8},
        )
        for _ in range(LABELLED)
    )
    artists = ControlArtists(axes, values, centre, lower, upper, line, marks, numbers)
    frame(axes, chart, threshold)
    artists.update(chart, threshold)
    return artists


def _mark(axes: Axes, rule: Rule) -> Line2D:
    shape, colour = FLAGS[rule.number - 1]
    (mark,) = axes.plot(
        [], [], linestyle="none", marker=shape, markersize=8.5, markerfacecolor="none", markeredgecolor=colour,
        markeredgewidth=1.5,
    )  # fmt: skip
    return mark


def frame(axes: Axes, chart: ControlChart, threshold: float | None = None) -> None:
    """Set the axes' limits, ticks and labels for a chart, with room for the rule numbers."""
    series = chart.series
    shown = [series.values, chart.lower, chart.upper, [chart.limits.centre]]
    shown += [] if threshold is None else [[threshold]]
    levels = np.concatenate([np.asarray(part, dtype=float) for part in shown])
    low, high = float(np.nanmin(levels)), float(np.nanmax(levels))
    room = 0.12 * (high - low) or 0.1 * abs(high) or 1.0
    axes.set_ylim(low - room, high + room)
    period_axis(axes, chart)
    if series.is_rate:
        axes.yaxis.set_major_formatter(percent_ticks())
    label = series.name if series.is_rate else f"{series.name}, {series.unit}"
    axes.set_ylabel(textwrap.fill(label, 34))
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.grid(True, axis="y")


def period_axis(axes: Axes, chart: ControlChart) -> None:
    """Name a few periods below the axes."""
    count = len(chart.series.periods)
    at = np.arange(0, count, -(-count // TICKS))
    axes.set_xlim(-0.6, count - 0.4)
    axes.set_xticks(at, list(chart.series.periods[at].astype(str)))


def draw_ranges(axes: Axes, chart: ControlChart) -> None:
    """Draw the moving ranges of an XmR chart; one beyond its limit carries a cross."""
    ranges, limits = chart.series.moving_ranges, chart.limits
    at = np.arange(len(ranges))
    axes.plot(at, ranges, color=BLUE, marker="o", markersize=3, linewidth=1)
    axes.axhline(limits.mean_range or 0, color=INK, linewidth=1)
    axes.axhline(limits.range_limit or 0, color=GREY, linewidth=1.5)
    wide = chart.wide_ranges
    axes.plot(at[wide], ranges[wide], linestyle="none", marker="X", markersize=8, color=RED)
    axes.set_ylim(0, 1.15 * max(float(np.nanmax(ranges, initial=0)), limits.range_limit or 0) or 1)
    period_axis(axes, chart)
    if chart.series.is_rate:
        axes.yaxis.set_major_formatter(percent_ticks())
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.set_ylabel("Moving range")
