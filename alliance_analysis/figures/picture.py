"""A figure that follows a panel: drawn once, then only moved; an exhibit draws it with the same code."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from html import escape
from typing import Any, Generic, TypeVar

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from alliance_analysis.figures.exhibit import badge
from alliance_analysis.figures.style import house_style

T = TypeVar("T")
Build = Callable[[Figure], Callable[[T], Any]]
"""Draws the empty figure and returns the function that brings it to a result."""


class Picture(Generic[T]):
    """One figure for its whole life, with the badge of synthetic numbers.

    Parameters
    ----------
    build
        See `Build`.
    size, dpi
        In inches and dots an inch.
    """

    def __init__(self, build: Build[T], size: tuple[float, float] = (6.5, 3.2), dpi: int = 110) -> None:
        self.figure = Figure(figsize=size, dpi=dpi, layout="constrained")
        self.canvas = FigureCanvasAgg(self.figure)
        with house_style():
            self._move = build(self.figure)
            badge(self.figure)
        self._laid_out = False

    def html(self, found: T, alt: str) -> str:
        """Return the picture of a result as an image with its alternative text."""
        with house_style():
            self._move(found)
            stream = io.BytesIO()
            self.canvas.print_png(stream, metadata={"Software": None})
        if not self._laid_out:
            self.figure.set_layout_engine("none")
            self._laid_out = True
        data = base64.b64encode(stream.getvalue()).decode("ascii")
        return (
            f'<img src="data:image/png;base64,{data}" alt="{escape(alt)}" '
            'style="width:100%;max-width:680px;background:#fff">'
        )
