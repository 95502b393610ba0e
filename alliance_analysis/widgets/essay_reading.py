"""The form for a reading of the student's own: what the list of references prints, checked field by field."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from html import escape
from string import ascii_lowercase

import ipywidgets as w
from pydantic import ValidationError

from alliance_analysis.references import known, short
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
WAITS = "own reading "
"""Before its key, the name under which a reading that is not kept waits."""


class ReadingForm:
    """Add, change or take out a reading.

    `keep` keeps the paper with what is typed here, `drop` takes a reading out by its key, and `typed` is told of each
    change. What is typed and not kept is remembered for each reading by its key, for a new one under "".
    """

    def __init__(
        self, keep: Callable[[], object], drop: Callable[[str], object], typed: Callable[[], object]
    ) -> None:
        self.which = field(
            w.Dropdown, "Reading", "A new one, or one that you gave before", options=[("a new one", NEW)]
        )
        self.fields = {
            name: field(w.Text, label, told, placeholder=told) for name, (label, told) in FIELDS.items()
        }
        self.status = w.HTML()
        self.typed: dict[str, dict[str, str]] = {}
        self._keep, self._tell = keep, typed
        self._readings: Mapping[str, Reading] = {}
        self._filling = False
        self.buttons = {
            "keep": w.Button(description="Keep this reading"),
            "drop": w.Button(description="Take it out"),
        }
        for name, button in self.buttons.items():
            button.layout = w.Layout(width="auto")
            button.add_class(f"cb-reading-{name}")
        for name, control in self.fields.items():
            control.add_class(f"cb-reading-{name}")
            control.observe(self._typed, "value")
        self.which.observe(self._fill, "value")
        self.buttons["keep"].on_click(lambda _: self.keep())
        self.buttons["drop"].on_click(lambda _: drop(str(self.which.value)))
        told = "A source that the casebook does not list. Once kept, it is offered with the references of every part."
        head = [w.HTML("<h4>A reading of my own</h4>"), help_text(told)]
        self.view = w.VBox(
            [*head, self.which, *self.fields.values(), w.HBox(list(self.buttons.values())), self.status]
        )

    def show(self, readings: Mapping[str, Reading], chosen: str | None = None) -> None:
        """List the readings that there are, one of them chosen; what is typed and not kept stays."""
        wanted = str(self.which.value) if chosen is None else chosen
        self._readings, self._filling = readings, True
        listed = [(short(key, reading.csl(key)), key) for key, reading in readings.items()]
        self.which.options = [("a new one", NEW), *listed]
        self.which.value = wanted if wanted in readings else NEW
        self._filling = False
        self._fill()

    def held(self, key: str) -> dict[str, str]:
        """Return what stands kept in each field of a reading; a new one is empty."""
        reading = self._readings.get(key)
        return {name: getattr(reading, name) if reading else "" for name in self.fields}

    def given(self) -> tuple[dict[str, Reading], dict[str, str]]:
        """Return what is typed and not kept: the readings by their keys, and what is wrong with the others, by theirs."""
        found, wrong = dict[str, Reading](), dict[str, str]()
        for key, fields in self.typed.items():
            try:
                reading = Reading(**{name: said for name, text in fields.items() if (said := text.strip())})
            except ValidationError as error:
                wrong[key] = "; ".join(
                    ": ".join(
                        [
                            *(FIELDS[str(at)][0] for at in item["loc"]),
                            item["msg"].removeprefix("Value error, ").replace("Field required", "missing"),
                        ]
                    )
                    for item in error.errors(include_url=False)
                )
            else:
                found[key or key_of(reading, self._readings)] = reading
        return found, wrong

    def keep(self) -> None:
        """Let the paper be kept with this reading; say on the form what is wrong with it."""
        wrong = self.given()[1]
        if self.which.value == NEW and NEW not in self.typed:
            wrong[NEW] = "Fill in the fields first."
        self._say(wrong)
        if self.which.value not in wrong:
            self._keep()

    def kept(self, readings: Mapping[str, Reading], wrong: Mapping[str, str]) -> None:
        """Show the readings that were kept just now, and what is wrong with those that were not."""
        new = next((key for key in readings if key not in self._readings), None)
        self.typed = {key: fields for key, fields in self.typed.items() if key in wrong}
        self.show(readings, new if self.which.value == NEW and NEW not in wrong else None)
        self._say(wrong)

    def waiting(self) -> dict[str, tuple[str, str]]:
        """Return what is typed and not kept as texts that may wait in a file (see `unkept`)."""
        return {
            f"{WAITS}{key}": (json.dumps(self.held(key)), json.dumps(now)) for key, now in self.typed.items()
        }

    def restore(self, waiting: Mapping[str, tuple[str, str]]) -> bool:
        """Put back what was typed and never kept; return whether there was any.

        What changed a reading that the file has moved on from comes back as a new reading.
        """
        for name, (before, typed) in sorted(waiting.items()):
            if name.startswith(WAITS):
                with suppress(ValueError, AttributeError):
                    key, fields = name.removeprefix(WAITS), json.loads(typed)
                    same = json.dumps(self.held(key)) == before or NEW in self.typed
                    self.typed[key if same else NEW] = {n: str(fields.get(n, "")) for n in self.fields}
        self.show(self._readings, next(iter(self.typed), None))
        return bool(self.typed)

    def _say(self, wrong: Mapping[str, str]) -> None:
        told = wrong.get(str(self.which.value))
        self.status.value = f'<div role="status" class="cb-bad">{escape(told)}</div>' if told else ""

    def _fill(self, _: object = None) -> None:
        if self._filling:
            return
        key = str(self.which.value)
        self._filling = True
        for name, text in (self.typed.get(key) or self.held(key)).items():
            self.fields[name].value = text
        self._filling = False
        self.buttons["drop"].disabled = key == NEW
        self.status.value = ""

    def _typed(self, _: object = None) -> None:
        if self._filling:
            return
        key, now = str(self.which.value), {name: control.value for name, control in self.fields.items()}
        self.typed.pop(key, None)
        self.status.value = ""
        if now != self.held(key):
            self.typed[key] = now
        self._tell()


def key_of(reading: Reading, taken: Container[str]) -> str:
    """Return a key for a reading as the bibliography writes them: family name and year, each key once.

    >>> book = Reading(author="Müller, A.", year="2019", title="On trust", publisher="A Press")
    >>> key_of(book, {}), key_of(book, {"muller2019": book})
    ('muller2019', 'muller2019b')
    """
    first = re.split(r"[,;]", reading.author or reading.title)[0]
    plain = unicodedata.normalize("NFKD", first).encode("ascii", "ignore").decode().lower()
    stem = (re.sub(r"[^a-z0-9]", "", plain) or "reading") + (re.sub(r"\D", "", reading.year) or "nd")
    free: list[str] = [
        key for end in ["", *ascii_lowercase[1:]] if not ((key := stem + end) in taken or known(key))
    ]
    return free[0]
