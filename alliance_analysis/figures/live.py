"""A control chart that follows a slider: one figure for its whole life, of which only what moved is drawn again."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from alliance_analysis.figures.control_artists import ControlArtists, draw, frame
from alliance_analysis.figures.style import INK, RED, SKY, house_style
from alliance_analysis.measurement.charts import ControlChart
from alliance_analysis.measurement.rules import RULE_SETS
from alliance_analysis.measurement.what_if import WhatIf

ALL_RULES = tuple(dict.fromkeys(rule for rules in RULE_SETS.values() for rule in rules))
COLOURS = 64
"""So many colours are in the picture; lines on white need few, and few make a small PNG quickly."""


class QuickPng:
    """A canvas as PNG in few colours, chosen from its first picture."""

    def __init__(self) -> None:
        self._palette: Image.Image | None = None

    def png(self, canvas: FigureCanvasAgg) -> bytes:
        """Return what stands on the canvas."""
        stream = io.BytesIO()
        picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        if self._palette is None:
            self._palette = picture.quantize(COLOURS, method=Image.Quantize.FASTOCTREE)
        few = picture.quantize(palette=self._palette, dither=Image.Dither.NONE)
        few.save(stream, "PNG", compress_level=1)
        return stream.getvalue()


class LiveChart:
    """A control chart with a threshold, its breaches and the credits that fall due.

    Three layers: the frame (axes, ticks, legend) is drawn when the record or the range changes, the chart when
    it is judged otherwise, and the threshold with its breaches at every move.

    Parameters
    ----------
    size, dpi
        Of the picture, in inches and dots an inch.
    """

    def __init__(self, size: tuple[float, float] = (6.5, 3.3), dpi: int = 120) -> None:
        self.figure = Figure(figsize=size, dpi=dpi, facecolor="white")
        self.canvas = FigureCanvasAgg(self.figure)
        self._range: tuple[float, float] | None = None
        self._chart: ControlChart | None = None
        self._layers: list[Any] = []
        self._quick = QuickPng()

    def png(self, found: WhatIf, low: float, high: float) -> bytes:
        """Return the picture as PNG, with an axis that shows at least `low` to `high` (unit of the record)."""
        chart = found.chart
        if not self._frame_serves(chart, low, high):
            self._draw_frame(chart, low, high)
        if self._chart is not chart:
            self._draw_chart(chart)
        self.canvas.restore_region(self._layers[1])
        self._move(found)
        for artist in self._moving:
            self.figure.draw_artist(artist)
        return self._quick.png(self.canvas)

    def _frame_serves(self, chart: ControlChart, low: float, high: float) -> bool:
        """Return whether the frame was drawn for this record, range and kind, and has room for the limits."""
        shown = self._chart
        if shown is None or shown.series is not chart.series or self._range != (low, high):
            return False
        bottom, top = self._axes.get_ylim()
        room = bottom <= np.nanmin(chart.lower) and np.nanmax(chart.upper) <= top
        return bool(room) and shown.limits.kind == chart.limits.kind

    def _draw_frame(self, chart: ControlChart, low: float, high: float) -> None:
        with house_style():
            self.figure.clear()
            self.figure.set_layout_engine("constrained")
            self._axes = self.figure.subplots()
            self._artists: ControlArtists = draw(self._axes, replace(chart, rules=ALL_RULES), low)
            (self._breaches,) = self._axes.plot(
                [], [], "x", color=RED, markersize=8, markeredgewidth=2, label="breach"
            )
            (self._due,) = self._axes.plot([], [], "|", color=INK, markersize=11, markeredgewidth=3.5,
                                           label="credit falls due", clip_on=False)  # fmt: skip
            self._baseline = self._axes.axvspan(0, 1, color=SKY, alpha=0.22, linewidth=0, label="baseline")
            frame(self._axes, chart, low)
            bottom, top = self._axes.get_ylim()
            self._axes.set_ylim(min(bottom, low), max(top, high))
            self._artists.threshold.set_label("threshold")
            self.figure.legend(loc="outside upper center", ncols=4, handlelength=1.5, columnspacing=1.0)
            moving: list[Artist] = [self._baseline, *self._artists.moving, self._breaches, self._due]
            for artist in moving:
                artist.set_visible(False)
            self.canvas.draw()
            self.figure.set_layout_engine("none")
            for artist in moving:
                artist.set_visible(True)
                artist.set_animated(True)
        self._layers = [self.canvas.copy_from_bbox(self.figure.bbox)]
        self._range, self._chart = (low, high), None

    def _draw_chart(self, chart: ControlChart) -> None:
        inside = np.flatnonzero(chart.baseline)
        self._artists.update(chart)
        self._baseline.set_bounds(inside[0] - 0.5, 0, inside[-1] - inside[0] + 1, 1)
        self.canvas.restore_region(self._layers[0])
        still = [a for a in self._artists.moving if a is not self._artists.threshold]
        for artist in (self._baseline, *still):
            self.figure.draw_artist(artist)
        self._layers[1:] = [self.canvas.copy_from_bbox(self.figure.bbox)]
        self._chart = chart
        self._quick = QuickPng()

    def _move(self, found: WhatIf) -> None:
        values = found.chart.series.values
        breached, due = np.flatnonzero(found.breached), np.flatnonzero(found.due)
        across, floor = [-0.5, len(values) - 0.5], self._axes.get_ylim()[0]
        self._artists.threshold.set_data(across, [found.false.threshold] * 2)
        self._breaches.set_data(breached, values[breached])
        self._due.set_data(due, np.full(len(due), floor))
        self._moving = (self._artists.threshold, self._breaches, self._due)
