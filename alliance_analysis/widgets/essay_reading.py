"""The form for a reading of the student's own: what the list of references prints, checked field by field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Mapping
from html import escape
from string import ascii_lowercase

import ipywidgets as w
from pydantic import ValidationError

from alliance_analysis.references import short
from alliance_analysis.reports.own_readings import Reading
from alliance_analysis.widgets.panel import field, help_text

FIELDS = {
    "author": ("Authors", "Family, Given; Family, Given. An organisation by its name alone"),
    "year": ("Year", "2008, or n.d. where none is given"),
    "title": ("Title", "In sentence case, as APA lists it"),
    "container": ("Journal, book or site", "In what it stands; empty for a book of its own"),
    "volume": ("Volume", "Of the journal"),
    "issue": ("Issue", "Of the journal"),
    "pages": ("Pages", "12-34"),
    "publisher": ("Publisher", "Of a book"),
    "doi": ("DOI", "10.1109/MITP.2009.15"),
    "url": ("Address", "https://..., where there is no DOI"),
}
NEW = ""


class ReadingForm:
    """Add, change or take out a reading; `keep` is told the key and the reading, or None to take it out."""

    def __init__(self, keep: Callable[[str, Reading | None], object]) -> None:
        self.which = field(
            w.Dropdown, "Reading", "A new one, or one that you gave before", options=[("a new one", NEW)]
        )
        self.fields = {
            name: field(w.Text, label, told, placeholder=told) for name, (label, told) in FIELDS.items()
        }
        self.status = w.HTML()
        self._keep = keep
        self._readings: Mapping[str, Reading] = {}
        self.buttons = {
            "keep": w.Button(description="Keep this reading"),
            "drop": w.Button(description="Take it out"),
        }
        for name, button in self.buttons.items():
            button.layout = w.Layout(width="auto")
            button.add_class(f"cb-reading-{name}")
        for name, control in self.fields.items():
            control.add_class(f"cb-reading-{name}")
        self.buttons["keep"].on_click(lambda _: self.keep())
        self.buttons["drop"].on_click(lambda _: self._keep(str(self.which.value), None))
        self.which.observe(lambda _: self._fill(), "value")
        told = "A source that the casebook does not list. Once kept, it is offered with the references of every part."
        head = [w.HTML("<h4>A reading of my own</h4>"), help_text(told)]
        self.view = w.VBox(
            [*head, self.which, *self.fields.values(), w.HBox(list(self.buttons.values())), self.status]
        )

    def show(self, readings: Mapping[str, Reading], chosen: str = NEW) -> None:
        """List the readings that there are, one of them chosen."""
        self._readings = readings
        listed = [(short(key, reading.csl(key)), key) for key, reading in readings.items()]
        self.which.options = [("a new one", NEW), *listed]
        self.which.value = chosen if chosen in readings else NEW
        self._fill()

    def _fill(self) -> None:
        reading = self._readings.get(str(self.which.value))
        for name, control in self.fields.items():
            control.value = getattr(reading, name) if reading else ""
        self.buttons["drop"].disabled = reading is None
        self.status.value = ""

    def keep(self) -> None:
        """Check the fields and hand the reading on; say on the form what is wrong with it."""
        try:
            given = {name: control.value.strip() for name, control in self.fields.items()}
            reading = Reading(**{name: value for name, value in given.items() if value})
        except ValidationError as error:
            said = [
                f"{FIELDS[str(item['loc'][0])][0]}: " * bool(item["loc"])
                + item["msg"].removeprefix("Value error, ")
                for item in error.errors(include_url=False)
            ]
            self.status.value = f'<div role="status" class="cb-bad">{escape("; ".join(said))}</div>'
            return
        self._keep(str(self.which.value) or key_of(reading, self._readings), reading)


def key_of(reading: Reading, taken: Container[str]) -> str:
    """Return a key for a reading as the bibliography writes them: family name and year, each key once.

    >>> book = Reading(author="Müller, A.", year="2019", title="On trust", publisher="A Press")
    >>> key_of(book, {}), key_of(book, {"muller2019": book})
    ('muller2019', 'muller2019b')
    """
    first = re.split(r"[,;]", reading.author or reading.title)[0]
    plain = unicodedata.normalize("NFKD", first).encode("ascii", "ignore").decode().lower()
    stem: str = (re.sub(r"[^a-z0-9]", "", plain) or "reading") + (re.sub(r"\D", "", reading.year) or "nd")
    free: list[str] = [stem + end for end in ["", *ascii_lowercase[1:]] if stem + end not in taken]
    return free[0]
