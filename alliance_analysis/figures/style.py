"""One look for every figure: colour-blind safe, told apart in grey by shape or hatch, the same bytes anywhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import matplotlib as mpl
from matplotlib.ticker import FuncFormatter

INK = "#222222"
GRID = "#d9d9d9"
BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW, GREY = (
    "#005f9e",
    "#e69f00",
    "#00a878",
    "#cc5500",
    "#542788",
    "#8fd0f7",
    "#f0e442",
    "#999999",
)
"""After Okabe and Ito's colours, safe for the common kinds of colour blindness; moved apart in lightness, so that no two
look the same in grey."""

CYCLE = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY)
MARKERS = ("o", "s", "^", "D", "v", "P")

SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 2,
    "lines.markersize": 6,
    "hatch.linewidth": 0.6,
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "casebook",
}


_ONE_AT_A_TIME = threading.RLock()  # matplotlib's settings are one for all threads


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the house style, from matplotlib's own defaults, whatever the notebook has set; one thread at a time."""
    with _ONE_AT_A_TIME, mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(cast(Any, SETTINGS))
        yield


def percent_ticks() -> FuncFormatter:
    """Return the labels of an axis of fractions: percent, with decimals only where a tick needs them.

    >>> [percent_ticks()(at) for at in (0.6, 0.975, 1)]
    ['60%', '97.5%', '100%']
    """
    return FuncFormatter(lambda at, _: f"{round(100 * at, 6):g}%")
