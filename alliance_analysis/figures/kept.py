"""Equal figures are drawn once: a batch gives its kernels a folder in which they keep what they have drawn.

Forty reports on one case hold the same timeline forty times, and drawing is most of what a report's cells do.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alliance_analysis.records import write_atomic

FOLDER = "CASEBOOK_FIGURES"
"""Environment variable that holds the folder; where it is not set, every figure is drawn."""


def kept(recipe: Any, draw: Callable[[], bytes]) -> bytes:
    """Return the figure that `draw` makes, or the one that the same recipe made before.

    `recipe` is all that the figure depends on: functions count with their code and the values they hold. The folder
    must not outlive a change of the package or of matplotlib.

    >>> kept(("a recipe",), lambda: b"a figure")
    b'a figure'
    """
    folder = os.environ.get(FOLDER)
    if not folder:
        return draw()
    import cloudpickle

    path = Path(folder) / hashlib.sha256(cloudpickle.dumps(recipe)).hexdigest()
    try:
        return path.read_bytes()
    except OSError:
        made = draw()
    with contextlib.suppress(OSError):  # a folder that is gone or full costs time, not the figure
        write_atomic(path, made)
    return made
