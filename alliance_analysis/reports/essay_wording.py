"""What can be wrong with the wording of a paper: exhibits named by hand, and sentences that come twice."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from nbformat import NotebookNode

from alliance_analysis.reports.essay_findings import PASTED, Finding, pieces
from alliance_analysis.reports.essay_text import CITATION, TOKEN, sentences
from alliance_analysis.reports.outputs import EXHIBIT

REPEATED = 6
"""A sentence of so many words does not come twice by chance."""

_NUMBERED = re.compile(r"\b(Figure|Fig\.|Table)\s*(A?\d+)\b")
_FILE = re.compile(r"(?<![\w/.])[\w-]+\.(?:png|jpe?g|gif|bmp|tiff?|svg|emf|wmf|webp)\b", re.IGNORECASE)

Shown = Mapping[str, tuple[int, Mapping[str, Any]]]


def repeated(shown: Shown, names: Mapping[str, str]) -> Iterator[Finding]:
    """Yield each sentence that stands in the paper already, where it comes again."""
    first: dict[tuple[str, ...], str] = {}
    for slot, (number, said) in shown.items():
        for sentence in _sentences(said["text"]):
            run = tuple(re.findall(r"[^\W_]+", CITATION.sub(" ", sentence).lower()))
            if run in first:
                there = "this part" if first[run] == slot else f"'{names.get(first[run], first[run])}'"
                what = f"the sentence “{sentence[:50]}…” stands in {there} already"
                yield Finding(number, slot, what, "say it once, where it carries the argument")
            elif len(run) >= REPEATED:
                first[run] = slot


def unnamed(notebook: NotebookNode, shown: Shown) -> Iterator[Finding]:
    """Yield each figure or table that a text names by hand and the paper does not have, and each picture's file name.

    One in a sentence that cites a source may be the source's own.
    """
    there = _numbers(notebook)
    for slot, (number, said) in shown.items():
        text = TOKEN.sub(" ", PASTED.sub(" ", said["text"]))
        for sentence in _sentences(re.sub(r"\bFig\. ?(?=A?\d)", "Figure ", text)):
            named = [f"{kind} {at}" for kind, at in _NUMBERED.findall(sentence)]
            lost = [name for name in named if name not in there and "@" not in sentence]
            for name in dict.fromkeys([*lost, *_FILE.findall(sentence)]):
                what = f"“{name}” is typed by hand, and the paper has no such figure or table"
                remedy = (
                    "add it from “Evidence” below your text, which numbers it; "
                    "for a picture of your own write ![What it shows](picture.png)"
                )
                yield Finding(number, slot, what, remedy)


def _sentences(text: str) -> list[str]:
    return [" ".join(text[found].split()) for found in sentences(text)]


def _numbers(notebook: NotebookNode) -> set[str]:
    """Return the exhibits of a paper as a text names them: "Figure 1", "Table A2"."""
    whole = list(pieces(notebook))
    body = list(itertools.takewhile(lambda piece: not piece.text.startswith("# Appendix"), whole))
    found = set()
    for letter, part in (("", body), ("A", whole[len(body) :])):
        kinds: Counter[str] = Counter()
        for piece in part:
            if EXHIBIT in piece.data:
                kinds[str(piece.data[EXHIBIT].get("kind", "figure")).capitalize()] += 1
            kinds["Figure"] += len(PASTED.findall(piece.text))
        found |= {f"{kind} {letter}{at}" for kind, most in kinds.items() for at in range(1, most + 1)}
    return found
