"""Whether a picture can be read without colour: its strong colours must not turn into the same grey."""

from __future__ import annotations

import io
import itertools

import numpy as np
from PIL import Image, UnidentifiedImageError

APART = 0.08
"""How far two colours must stand apart in lightness, as a fraction of the way from black to white."""

_LEAST = 0.004  # share of the picture that a colour must fill to be a mark
_STEPS = 32  # so many levels of each channel are told apart
_WEIGHTS = np.array([0.2126, 0.7152, 0.0722])


def alike_in_grey(picture: bytes) -> tuple[str, str] | None:
    """Return the first two strong colours of a picture (hex codes) that differ in hue and not in lightness, or None.

    Lightness is CIE L*, from the relative luminance of sRGB. A picture that cannot be read has none to compare.

    >>> made = Image.new("RGB", (20, 10), (200, 60, 60))
    >>> made.paste((60, 129, 60), (10, 0, 20, 10))
    >>> stream = io.BytesIO()
    >>> made.save(stream, "PNG")
    >>> alike_in_grey(stream.getvalue())
    ('#3c843c', '#cc3c3c')
    """
    try:
        with Image.open(io.BytesIO(picture)) as image:
            pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
    except (UnidentifiedImageError, OSError):
        return None
    width = 256 // _STEPS
    colours, counts = np.unique(pixels // width, axis=0, return_counts=True)
    marks = np.minimum(colours.astype(float) * width + width / 2, 255.0)
    strong = (np.ptp(marks, axis=1) > 48) & (counts > _LEAST * len(pixels))
    found = marks[strong][np.argsort(-counts[strong], kind="stable")]
    for one, other in itertools.combinations(found, 2):
        if np.abs(_hue(one) - _hue(other)).max() > 0.3 and abs(_lightness(one) - _lightness(other)) < APART:
            return _hex(one), _hex(other)
    return None


def _hue(colour: np.ndarray) -> np.ndarray:
    hue: np.ndarray = (colour - colour.min()) / np.ptp(colour)
    return hue


def _lightness(colour: np.ndarray) -> float:
    part = colour / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ _WEIGHTS)
    return 1.16 * luminance ** (1 / 3) - 0.16 if luminance > 0.008856 else 9.033 * luminance


def _hex(colour: np.ndarray) -> str:
    return "#" + "".join(f"{round(channel):02x}" for channel in colour)
