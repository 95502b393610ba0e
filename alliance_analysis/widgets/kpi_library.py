"""The library picker: browse the starter library and fill a form from it, never over what was typed without asking."""

from __future__ import annotations

from collections.abc import Callable, Collection
from html import escape

import ipywidgets as w

from alliance_analysis.drafting.library import CATEGORIES, Template, library, template
from alliance_analysis.references import short
from alliance_analysis.widgets.panel import field

Use = Callable[[Template, Collection[str]], tuple[str, list[str]]]
"""Fills the form from a template, over the named controls too; says where, and returns the controls left as typed."""


class LibraryPicker:
    """Choose a category and a KPI, read about it, and fill the form from it."""

    def __init__(self, use: Use, labels: Callable[[str], str]) -> None:
        self._use, self._labels, self._left = use, labels, list[str]()
        kinds = [("all categories", ""), *((told, id) for id, told in CATEGORIES.items())]
        self.category = field(w.Dropdown, "Library", "What the KPI is about", options=kinds)
        self.kpi = field(w.Dropdown, "KPI", "A template to begin from", options=_options(""))
        self.fill = w.Button(
            description="Fill the form from it", tooltip="Fills what is blank; asks about the rest"
        )
        self.replace = w.Button(
            description="Replace what I typed", tooltip="Fills the fields named here, too"
        )
        self.about, self.message = w.HTML(), w.HTML()
        for widget, name in ((self.category, "category"), (self.kpi, "kpi"), (self.fill, "fill"),
                             (self.replace, "replace"), (self.about, "about"), (self.message, "message")):  # fmt: skip
            widget.add_class(f"cb-library-{name}")
        for button in (self.fill, self.replace):
            button.layout = w.Layout(width="auto", flex="0 0 auto")
        self.replace.layout.display = "none"
        self.category.observe(self._narrow, "value")
        self.kpi.observe(self._tell, "value")
        self.fill.on_click(lambda _: self.apply())
        self.replace.on_click(lambda _: self.apply(self._left))
        self._tell()
        buttons = w.HBox([self.fill, self.replace, self.message])
        buttons.add_class("cb-pair")
        for choice in (self.category, self.kpi):
            choice.layout, choice.style = (
                w.Layout(flex="1 1 300px", width="auto"),
                {"description_width": "60px"},
            )
        choices = w.HBox([self.category, self.kpi])
        choices.add_class("cb-pair")
        self.view = w.VBox([choices, self.about, buttons])
        self.view.add_class("cb-library")

    def apply(self, replace: Collection[str] = ()) -> None:
        """Fill the form; say what was left as typed, and offer to replace that too."""
        where, self._left = self._use(template(self.kpi.value), replace)
        named = ", ".join(self._labels(key) for key in self._left)
        told = (
            f"Filled, except what you had typed: {named}." if named else "Filled. Change what does not fit."
        )
        self.message.value = f'<div role="status" aria-live="polite">{escape(f"{where}{told}")}</div>'
        self.replace.layout.display = None if named else "none"

    def _narrow(self, _: object) -> None:
        self.kpi.options = _options(self.category.value)

    def _tell(self, _: object = None) -> None:
        if self.kpi.value is None:  # between two lists of options
            return
        entry, self.replace.layout.display = template(self.kpi.value), "none"
        self.message.value, self._left = "", []
        source = "; ".join(map(short, entry.sources)) or "this workbook"
        rows = {
            "": entry.definition, "Formula": entry.formula,
            "Pairs with": f"{template(entry.pairs_with).name} (this one is {entry.indicator})",
            "Gaming": entry.gaming_note, "Pitfalls": " ".join(entry.pitfalls),
            "For": " and ".join(entry.sectors), "Source": source,
        }  # fmt: skip
        told = "".join(
            f"<p>{f'<strong>{k}:</strong> ' if k else ''}{escape(text)}</p>" for k, text in rows.items()
        )
        self.about.value = f'<div aria-live="polite">{told}</div>'


def _options(category: str) -> list[tuple[str, str]]:
    return [(entry.name, entry.id) for entry in library() if category in ("", entry.category)]
