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
    ('#3c813c', '#c83c3c')
    """
    try:
        with Image.open(io.BytesIO(picture)) as image:
            pixels = np.asarray(image.convert("RGB"))
    except (UnidentifiedImageError, OSError):
        return None
    bins = pixels // (256 // _STEPS) @ np.array([_STEPS * _STEPS, _STEPS, 1])
    inside = bins[:-1, :-1]
    solid = (inside == bins[1:, :-1]) & (
        inside == bins[:-1, 1:]
    )  # the softened edge of a mark is no colour of its own
    filled, shown = inside[solid], pixels[:-1, :-1][solid]
    counts = np.bincount(filled, minlength=1)
    held = np.flatnonzero(counts > _LEAST * bins.size)
    marks = np.stack([np.bincount(filled, channel)[held] / counts[held] for channel in shown.T], axis=1)
    strong = np.ptp(marks, axis=1) > 48
    found = marks[strong][np.argsort(-counts[held][strong], kind="stable")]
    for one, other in itertools.combinations(found, 2):
        if np.abs(_hue(one) - _hue(other)).max() > 0.3 and abs(_lightness(one) - _lightness(other)) < APART:
            return _hex(one), _hex(other)
    return None


def lightness(code: str) -> float:
    """Return the lightness of a colour, from 0 for black to 1 for white.

    >>> lightness("#ffffff")
    1.0
    """
    return round(_lightness(np.array([int(code[at : at + 2], 16) for at in (1, 3, 5)])), 9)


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
