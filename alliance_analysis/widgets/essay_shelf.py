"""The shelf beside an open part: references and evidence that fit it, each shown before it goes into the text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from textwrap import shorten
from typing import Any

import ipywidgets as w

from alliance_analysis.references import entry, short, still_to_check
from alliance_analysis.reports.assignment import SlotSpec
from alliance_analysis.reports.essay import Essay, Evidence
from alliance_analysis.reports.essay_evidence import pages
from alliance_analysis.reports.essay_sources import CLEAR
from alliance_analysis.reports.essay_text import sentences
from alliance_analysis.widgets.later import Later
from alliance_analysis.widgets.panel import field

FITTING = "what fits this part"
END = -1
"""The choice of the end of the text, as the place of what is added."""


class Shelf:
    """Offers the references and the evidence for one part at a time.

    `add` takes what is chosen, its label, and the number of the sentence after which it goes, None for the end; `undo`
    takes the last addition back.
    """

    def __init__(self, add: Callable[[str, str, int | None], None], undo: Callable[[], None]) -> None:
        told = "At the end of your text, or after one of its sentences"
        self.where = field(w.Dropdown, "Where", told, options=[("at the end", END)])
        self.cite = field(w.Dropdown, "Reference", "References that fit come first")
        self.origin = field(
            w.Dropdown, "Evidence from", "What fits this part, or everything that one page offers"
        )
        self.choice = field(w.Select, "Evidence", "Choose with the arrow keys; it is shown below", rows=6)
        self.source, self.preview, self.lacks = w.HTML(), w.HTML(), w.HTML()
        for name, control in (
            ("where", self.where),
            ("cite", self.cite),
            ("origin", self.origin),
            ("evidence", self.choice),
        ):
            control.add_class(f"cb-{name}")
            control.style = {"description_width": "110px"}
        self.preview.add_class("cb-preview")
        self.buttons = [
            _button(
                "Add citation", "cite", "Into the sentence", lambda: add(self.cite.value, "", self._after())
            ),
            _button("Add evidence", "evidence", "To your text", lambda: add(*self._chosen(), self._after())),
        ]
        self.undo = _button("Undo", "undo", "Undo the last addition", undo)
        self.undo.disabled = True
        self._preview: Later[str] = Later(self._begin_preview, self._show, wait=0.15)
        self._essay: Essay | None = None
        self._fitting: list[str] = []
        self._references: list[tuple[str, str]] = []
        self._own: dict[str, dict[str, Any]] = {}
        self.cite.observe(lambda _: self._show_reference(), "value")
        self.origin.observe(lambda _: self._list(), "value")
        self.choice.observe(lambda _: self._look(), "value")
        rows = [
            w.HBox(list(pair))
            for pair in zip((self.cite, self.origin, self.where), [*self.buttons, self.undo], strict=True)
        ]
        for row in rows:
            row.add_class("cb-shelf-row")
        self.view = w.VBox([rows[2], rows[0], self.source, rows[1], self.choice, self.preview, self.lacks])
        self.view.add_class("cb-shelf")

    def serve(self, essay: Essay, spec: SlotSpec, noted: Iterable[tuple[str, str]] = ()) -> None:
        """Offer what fits a part; `noted` are citations with the pages of the student's own notes."""
        self._essay = essay
        self._fitting = [token for token in spec.evidence if token in essay.evidence]
        keys = [key for other in essay.assignment.slots for key in other.references]
        self._own = {key: reading.csl(key) for key, reading in essay.draft.own_readings.items()}
        listed = dict.fromkeys([*spec.references, *self._own, *keys])
        self._references = [(short(key, self._own.get(key)), f"[@{key}]") for key in listed]
        self.offer(noted)
        kept = dict.fromkeys(item.page for item in essay.evidence.values())
        self.origin.options = [
            *([(FITTING, FITTING)] if self._fitting else []),
            *((_page(page), page) for page in sorted(kept)),
        ]
        self.origin.index = 0
        self._list()
        self.lacks.value = _lacking(essay, spec)

    def follow(self, text: str) -> None:
        """Offer each sentence of a text as the place of what is added; the place that is chosen stays."""
        begun = [
            f"after {at}: “{shorten(text[found], 48, placeholder=' …')}”"
            for at, found in enumerate(sentences(text), 1)
        ]
        options = [("at the end", END), *((said, at) for at, said in enumerate(begun))]
        if options != list(self.where.options):
            chosen = self.where.value
            self.where.options = options
            self.where.value = chosen if chosen < len(begun) else END

    def _after(self) -> int | None:
        return None if self.where.value == END else int(self.where.value)

    def offer(self, noted: Iterable[tuple[str, str]]) -> None:
        """Put citations with pages before the references that fit."""
        before = self.cite.value
        self.cite.options = [*noted, *self._references]
        values = [value for _, value in self.cite.options]
        self.cite.value = before if before in values else next(iter(values), None)
        self._show_reference()

    def _list(self) -> None:
        if self._essay is None:
            return
        items = self._essay.evidence
        page = self.origin.value
        tokens = [t for t, item in items.items() if item.page == page] if page != FITTING else self._fitting
        self.choice.options = [(items[token].says, token) for token in tokens]
        self.choice.index = 0 if tokens else None
        self._look()

    def _chosen(self) -> tuple[str, str]:
        item = self._item()
        return (f"{{{{{item.token}}}}}", item.says.rpartition(": ")[0]) if item else ("", "")

    def _item(self) -> Evidence | None:
        return self._essay.evidence.get(self.choice.value or "") if self._essay else None

    def _show_reference(self) -> None:
        key = str(self.cite.value or "").strip("[]@").partition(",")[0]
        self.source.value = (
            f'<div class="cb-help cb-source">{_reference(key, self._own.get(key))}</div>' if key else ""
        )

    def _look(self) -> None:
        if not self._preview.ask():
            self._preview.now()

    def _begin_preview(self) -> Callable[[], str]:
        item = self._item()
        return lambda: _shown(item) if item else ""

    def _show(self, html: str) -> None:
        self.preview.value = html


def _shown(item: Evidence) -> str:
    """Return a piece of evidence as it will stand in the paper, and what it is worth."""
    kind = (
        f"Still the example’s: it does not count as your own. Keep yours in {item.page}."
        if item.example
        else "A case exhibit: it counts as a source."
        if not item.own
        else "From your own run, simulated: it illustrates and does not prove; cite a source as well."
        if item.simulated
        else "From your own agreement file."
    )
    what = (
        item.exhibit().to_html()
        if item.draw
        else f"{escape(item.says.rpartition(': ')[0])}: <strong>{escape(item.text)}</strong>"
    )
    return f'{what}<div class="cb-help">{kind} In your text: <code>{{{{{item.token}}}}}</code></div>'


def _reference(key: str, own: dict[str, Any] | None) -> str:
    """Return what a reference is: its title, where it appeared, and what of it is still to check."""
    item = own or entry(key)
    where = item.get("container-title") or item.get("publisher") or ""
    lacks = "" if own else still_to_check(key)
    still = f" Still to check: {escape(lacks)}. To clear the mark: {CLEAR}." if lacks else ""
    return f"{escape(str(item.get('title', key)))}. <em>{escape(str(where))}</em>{still}"


def _lacking(essay: Essay, spec: SlotSpec) -> str:
    """Return which pages would offer more evidence that fits, once something is kept there."""
    known = pages()
    missing = dict.fromkeys(known[t] for t in spec.evidence if t in known and t not in essay.evidence)
    if not missing:
        return ""
    listed = ", ".join(f"<em>{escape(_page(page))}</em>" for page in missing)
    return f'<div class="cb-help">More that fits appears here once you keep it on: {listed}.</div>'


def _page(page: str) -> str:
    """Return a page's name as the file list shows it, in words.

    >>> _page("03_kpi_negotiation"), _page("cases/ibm_apple")
    ('03 kpi negotiation', 'case: ibm apple')
    """
    return page.replace("cases/", "case: ").replace("_", " ")


def _button(label: str, name: str, told: str, act: Callable[[], None]) -> w.Button:
    button = w.Button(description=label, tooltip=told, layout={"width": "124px", "flex": "0 0 auto"})
    button.add_class(f"cb-add-{name}")
    button.on_click(lambda _: act())
    return button
