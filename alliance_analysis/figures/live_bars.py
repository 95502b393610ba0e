"""Contribution bars that follow a slider: one figure for its whole life, of which only what moved is drawn again."""

from __future__ import annotations

from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from alliance_analysis.figures.contribution import draw_bars, reach
from alliance_analysis.figures.exhibit import badge
from alliance_analysis.figures.live import QuickPng
from alliance_analysis.figures.style import house_style
from alliance_analysis.simulation.contribution import Contribution

ROOMY = 3.0
"""The frame is drawn anew once it is so many times as wide as the bars need."""


class LiveBars:
    """The bars of `contribution.draw_bars`; the frame is drawn when outcome or range change, the bars at every move.

    Parameters
    ----------
    size, dpi
        Of the picture, in inches and dots an inch.
    """

    def __init__(self, size: tuple[float, float] = (6.5, 2.7), dpi: int = 120) -> None:
        self.figure = Figure(figsize=size, dpi=dpi, facecolor="white")
        self.canvas = FigureCanvasAgg(self.figure)
        self._outcome: str | None = None
        self._frame: Any = None
        self._quick = QuickPng()

    def png(self, found: Contribution) -> bytes:
        """Return the picture as PNG."""
        if not self._serves(found):
            self._draw_frame(found)
        self.canvas.restore_region(self._frame)
        self._bars.update(found)
        for artist in self._bars.moving:
            self.figure.draw_artist(artist)
        return self._quick.png(self.canvas)

    def _serves(self, found: Contribution) -> bool:
        """Return whether the frame was drawn for this outcome and has room, and not too much, for the bars."""
        if self._outcome != found.outcome:
            return False
        (low, high), (left, right) = reach(found), self._bars.axes.get_xlim()
        return left <= low and high <= right and right - left <= ROOMY * (high - low)

    def _draw_frame(self, found: Contribution) -> None:
        with house_style():
            self.figure.clear()
            self.figure.set_layout_engine("constrained")
            self._bars = draw_bars(self.figure.subplots(), found, reach(found))
            self.figure.legend(loc="outside lower center", ncols=2)
            badge(self.figure)
            self.canvas.draw()
            self.figure.set_layout_engine("none")
            for artist in self._bars.moving:
                artist.set_visible(False)
            self.canvas.draw()
            for artist in self._bars.moving:
                artist.set_visible(True)
                artist.set_animated(True)
        self._frame, self._outcome = self.canvas.copy_from_bbox(self.figure.bbox), found.outcome
        self._quick = QuickPng()
