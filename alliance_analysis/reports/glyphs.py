"""Which characters the report's fonts can show; a PDF with a hollow box in it is not finished."""

from __future__ import annotations

import functools
import importlib.util
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import typst
from fontTools.ttLib import TTFont

from alliance_analysis.errors import BadInput, Fault

_STACK = ("STIXGeneral.ttf", "DejaVuSerif.ttf", "DejaVuSans.ttf", "DejaVuSansMono.ttf")
_AROUND = 24


def folder() -> Path:
    """Return the folder of fonts that comes with matplotlib, the same on every machine."""
    spec = importlib.util.find_spec("matplotlib")  # to import it takes half a second
    assert spec and spec.origin
    return Path(spec.origin).with_name("mpl-data") / "fonts" / "ttf"


@functools.cache
def fonts() -> typst.Fonts:
    """Return these fonts and the compiler's own, read once; none of the machine's."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(folder())])


@functools.cache
def _cmap(name: str) -> frozenset[int]:
    with TTFont(folder() / name, lazy=True) as font:
        return frozenset(font.getBestCmap())


def missing(text: str) -> str:
    """Return the characters that no font of the stack can show, each once, in order.

    >>> missing("95 % ≤ x – naïve “café” €"), missing("good 🙂 华为")
    ('', '🙂华为')
    """
    return "".join(char for char in dict.fromkeys(text) if not _shown(char))


def printable(text: str) -> str:
    """Return the text with every character that no font can show written as its code.

    >>> printable("good 🙂")
    'good [U+1F642]'
    """
    return text.translate({ord(char): f"[U+{ord(char):04X}]" for char in missing(text)})


def _shown(char: str) -> bool:
    if (
        char < "\x7f"
        or unicodedata.category(char) in ("Cf", "Zs", "Zl", "Zp")
        or "\ufe00" <= char <= "\ufe0f"
    ):
        return True
    return any(ord(char) in _cmap(name) for name in _STACK)


def check(texts: Iterable[tuple[str, str]]) -> None:
    """Raise BadInput that lists every word the PDF could not show; the texts come each with the place it stands in."""
    faults: dict[str, Fault] = {}
    for place, text in texts:
        for word in re.finditer(r"\S+", text):
            if lost := missing(word.group()):
                ends = [word.group().find(lost[0]), max(word.group().rfind(char) for char in lost) + 1]
                around = text[max(0, word.start() - _AROUND) : word.end() + _AROUND]
                said = word.group()[slice(*ends)]
                faults.setdefault(said, unshown(said, f", near “{' '.join(around.split())}”", place))
    if faults:
        raise BadInput(faults.values())


def unshown(lost: str, near: str = "", place: str = "") -> Fault:
    """Return the fault of characters that the PDF cannot show."""
    codes = [
        f"U+{ord(char):04X}, {unicodedata.name(char, 'unnamed').lower()}" for char in missing(lost) or lost
    ]
    return Fault(
        f"no font of the PDF can show '{lost}' ({'; '.join(codes)}){near}",
        "write it in other letters, or export to Word (.docx), which has the fonts of its machine",
        field=place or None,
    )
