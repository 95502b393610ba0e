"""An exhibit: a figure or a table with its caption, alternative text, sources and label."""

from __future__ import annotations

import base64
import functools
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from alliance_analysis.figures.kept import kept
from alliance_analysis.figures.style import ORANGE, house_style
from alliance_analysis.references import cite

MIME = "application/vnd.casebook.exhibit+json"
PIXELS_PER_INCH = 96
DOLLAR = "<span>$</span>"
"""A dollar sign in HTML: money, which no page takes for the start of a formula."""

# fmt: off
MINOR = {"a", "an", "the", "and", "as", "but", "for", "if", "nor", "or", "so", "yet", "at", "by", "in", "of", "off",
         "on", "per", "to", "up", "via"}
# fmt: on
"""Words that APA style leaves small in a title, unless they begin it."""

SPOKEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"
"""The style of words that only a screen reader needs: a figure has its badge in the picture."""

BADGE = "border:1.5px solid #e69f00;border-radius:4px;padding:0 6px;margin-left:6px;font-size:0.85em"


def title_case(text: str) -> str:
    """Return a title with its major words capitalised, as APA style (7th ed.) sets it; symbols and names stay.

    >>> title_case("Lines on time, a p' chart: the share from XmR limits")
    "Lines on Time, a p' Chart: The Share From XmR Limits"
    """
    made, begins = [], True
    for word in re.split(r"(\s+|-)", text):
        bare = word.strip(" -\n“”\"'’(),.;:?!")
        major = (
            re.fullmatch(r"[^\W\d_][^\W\d_’']+", bare) and bare.islower() and (begins or bare not in MINOR)
        )
        made.append(word.replace(bare, bare[0].upper() + bare[1:], 1) if major else word)
        if bare:
            begins = word.rstrip("”\"')").endswith((":", "?", "!"))
    return "".join(made)


@dataclass(frozen=True, eq=False)
class Exhibit:
    """A figure (`draw`) or a table (`table`) that knows how to show itself in a notebook and in a document.

    Parameters
    ----------
    label
        Short name; a document refers to `@fig:label` or `@tbl:label`.
    caption
        Title of the exhibit, in Markdown, without a full stop; it is set in title case.
    alt
        What a reader who cannot see it needs, computed from the same data.
    draw
        Function that draws on an empty figure of `size` inches.
    table
        Data frame of printed cells; cells may hold inline HTML, so text from outside must be escaped.
    widths
        Share of the width of each column of the table.
    sources
        Keys in references.bib.
    synthetic
        True where a number in it is invented; a figure then carries its badge in the picture.

    >>> frame = pd.DataFrame({"KPI": ["On-time delivery"], "Target": ["95 %"]})
    >>> Exhibit("card", "A KPI card", "One KPI and its target.", table=frame).kind
    'table'
    """

    label: str
    caption: str
    alt: str
    draw: Callable[[Figure], None] | None = None
    table: pd.DataFrame | None = None
    size: tuple[float, float] = (6.5, 3.2)
    widths: tuple[float, ...] = ()
    sources: tuple[str, ...] = ()
    note: str = ""
    synthetic: bool = False

    def __post_init__(self) -> None:
        if (self.draw is None) == (self.table is None):
            raise ValueError(f"exhibit '{self.label}' needs a draw function or a table, and not both")
        if not self.alt.strip() or not self.caption.strip():
            raise ValueError(f"exhibit '{self.label}' needs a caption and an alternative text")
        object.__setattr__(self, "caption", title_case(self.caption))

    @property
    def kind(self) -> str:
        """Return "figure" or "table"."""
        return "figure" if self.draw else "table"

    @property
    def plain(self) -> str:
        """What the exhibit says, in words."""
        return f"{self.kind.capitalize()} '{self.label}': {self.alt}"

    @functools.cached_property
    def png(self) -> bytes:
        """The figure as PNG; the same data give the same bytes."""
        return kept((self.draw, self.size, self.synthetic), self._drawn)

    def _drawn(self) -> bytes:
        if self.draw is None:
            raise ValueError(f"exhibit '{self.label}' is a table")
        with house_style():
            figure = Figure(figsize=self.size, layout="constrained", dpi=mpl.rcParams["savefig.dpi"])
            canvas = FigureCanvasAgg(figure)
            self.draw(figure)
            if self.synthetic:
                badge(figure)
            stream = io.BytesIO()
            canvas.print_png(stream, metadata={"Software": None})  # `savefig` would lay the figure out twice
        return stream.getvalue()

    @functools.cached_property
    def full_note(self) -> str:
        """The note below the exhibit, sources included."""
        parts = [self.note] if self.note else []
        if self.sources:
            cited = cite(self.sources, brackets=False)
            parts.append(f"Sources: {cited}." if len(self.sources) > 1 else f"Source: {cited}.")
        return " ".join(parts)

    def to_html(self) -> str:
        """Return the exhibit as a block of HTML with its alternative text, for notebooks and widgets."""
        look = SPOKEN if self.draw else BADGE
        badge = f' <strong style="{look}">Synthetic</strong>' if self.synthetic else ""
        reference = "fig" if self.draw else "tbl"
        small = f'<small style="opacity:.6">@{reference}:{self.label}</small>'
        head = f"<strong>{_text(escape(self.caption, quote=False))}</strong>{badge} {small}"
        note = f'<div class="cb-note"><em>Note.</em> {_text(self.full_note)}</div>' if self.full_note else ""
        if self.table is not None:
            table = _table_html(self.table, self.widths, self.alt)
            return f'<div class="cb-exhibit"><div>{head}</div>{table}{note}</div>'
        data = base64.b64encode(self.png).decode("ascii")
        width = round(self.size[0] * PIXELS_PER_INCH)
        return (
            f'<figure class="cb-exhibit" style="margin:0"><figcaption>{head}</figcaption>'
            f'<img src="data:image/png;base64,{data}" alt="{escape(self.alt)}" width="{width}" '
            f'style="max-width:100%;background:#fff">{note}</figure>'
        )

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, Any]:
        return {
            "text/plain": self.plain,
            "text/html": self.to_html(),
            MIME: {
                "kind": self.kind,
                "label": self.label,
                "caption": self.caption,
                "alt": self.alt,
                "note": self.full_note,
                "sources": list(self.sources),
                "synthetic": self.synthetic,
            },
        }


def safe(text: str) -> str:
    """Return text of the record as it may stand in a table cell.

    >>> safe("R&D <1 %")
    'R&amp;D &lt;1 %'
    """
    return escape(text, quote=False)


def badge(figure: Figure) -> None:
    """Print the badge above everything else; a title of the whole figure gets its room from the layout."""
    box = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": ORANGE, "linewidth": 1.4}
    figure.suptitle("SYNTHETIC", x=0.985, ha="right", fontsize=7.5, fontweight="bold", bbox=box)


def _table_html(frame: pd.DataFrame, widths: tuple[float, ...], alt: str) -> str:
    if widths and len(widths) != len(frame.columns):
        raise ValueError(f"{len(widths)} widths for {len(frame.columns)} columns")
    columns = "".join(f'<col style="width:{share / sum(widths):.1%}">' for share in widths)
    numeric = [_is_number(frame[name]) for name in frame.columns]
    align = ["right" if right else "left" for right in numeric]
    head = "".join(
        f'<th scope="col" style="text-align:{side}">{_text(escape(str(name), quote=False))}</th>'
        for name, side in zip(frame.columns, align, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f'<td style="text-align:{side};vertical-align:top">{_text(str(value))}</td>'
            for value, side in zip(row, align, strict=True)
        )
        + "</tr>"
        for row in frame.itertuples(index=False, name=None)
    )
    return (
        f'<table class="cb-table" aria-label="{escape(alt)}">'
        + (f"<colgroup>{columns}</colgroup>" if columns else "")
        + f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _text(html: str) -> str:
    return html.replace("$", DOLLAR)


def _is_number(column: pd.Series[Any]) -> bool:
    texts = [str(value).strip() for value in column if str(value).strip()]
    digits = (text.lstrip("+-−$").replace(",", "")[:1].isdigit() and len(text) < 14 for text in texts)
    return bool(texts) and all(digits)
