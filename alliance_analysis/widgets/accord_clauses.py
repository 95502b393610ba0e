"""The clause fields of one accord element in two views that are in step: a form, and the text of the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w
from pydantic import ValidationError

from alliance_analysis.agreement import ELEMENTS, Agreement, Clauses, Exit
from alliance_analysis.agreement.clauses import CLAUSES, SAYS
from alliance_analysis.errors import AllianceError, BadInput, nearest
from alliance_analysis.records import as_plain, parse, plain, render
from alliance_analysis.widgets.panel import field
from alliance_analysis.widgets.record_fields import Spec, refused, specs
from alliance_analysis.widgets.record_form import RecordForm

OWN = ("score", "owner", "triggers")
"""Fields of the exit card that have a control of their own."""

UNREADABLE = "The text cannot be read as a form. Mend it there."
"""What stands in the place of the form until the text is mended."""


def fields(key: str) -> dict[str, Spec]:
    """Return the clause fields of an element by name; those of the exit card are its own.

    >>> list(fields("exit"))
    ['rebid_months', 'notice_months', 'buy_out', 'intellectual_property', 'people', 'transition']
    """
    known = specs(Clauses)
    found = {name: replace(known[name], help=SAYS[name]) for name in CLAUSES[key] if name != "legal"}
    own = specs(Exit) if key == "exit" else {}
    return found | {name: spec for name, spec in own.items() if name not in OWN}


class ClauseFields:
    """The clause fields of an element; `text` holds them, and the form shows and changes what stands there."""

    def __init__(self, agreement: Agreement) -> None:
        self._names = {
            "parties": {party.id: party.name for party in agreement.parties},
            "roles": {role.id: role.title for role in agreement.roles},
            "kpis": {card.id: card.name for card in agreement.kpis},
        }
        self._key, self._writing = "", False
        self.text = field(w.Textarea, "Clauses as text", "A name, and after the colon what is agreed", rows=14,
                          continuous_update=False)  # fmt: skip
        self.text.add_class("cb-yaml")
        self.form = RecordForm(self._names, self._write)
        self.wrong = w.HTML()
        self.wrong.add_class("cb-wrong")
        self.unfold = w.ToggleButton(description="As text", tooltip="Show or hide the same fields as text",
                                     icon="caret-right")  # fmt: skip
        self.unfold.observe(lambda _: self._fold(), "value")
        self.text.observe(self._read, "value")
        self._fold()

    def body(self) -> list[w.Widget]:
        """Return the form, what is wrong in it, and the text."""
        return [self.form, self.wrong, self.unfold, self.text]

    def show(self, key: str, text: str) -> None:
        """Show the fields of an element."""
        self._key, self._writing = key, True
        self.text.value = text
        self._writing = False
        self._read()

    def given(self) -> dict[str, Any]:
        """Return the fields as filled in; raises BadInput for what is no YAML or belongs elsewhere."""
        if not self.text.value.strip():
            return {}
        given: dict[str, Any] = plain(parse(self.text.value.encode("utf-8"), Path("As text")).content)
        valid = fields(self._key)
        for name in given:
            if name not in valid:
                what = f"'{name}' is not a clause field of this element"
                raise BadInput(what, nearest(str(name), valid) if valid else "leave the box empty")
        return given

    def tell(self, text: str) -> None:
        """Say beside the form what cannot stand; nothing where all can."""
        self.wrong.value = f'<div class="cb-bad">{escape(text)}</div>' if text else ""

    def said(self, error: ValidationError) -> str:
        """Return in one sentence what cannot stand."""
        title = ELEMENTS[self._key].title
        return f"{title}, {refused(error.errors()[0], fields(self._key), self._names)}"

    def _fold(self) -> None:
        self.text.layout.display = None if self.unfold.value else "none"
        self.unfold.icon = "caret-down" if self.unfold.value else "caret-right"

    def _write(self, data: Mapping[str, Any]) -> None:
        self._writing = True
        self.text.value = written(data)
        self._writing = False

    def _read(self, _: object = None) -> None:
        """Fill the form from the text, if it can be read as fields."""
        if self._writing:
            return
        try:
            given = self.given()
        except AllianceError:
            self.form.tell(UNREADABLE)
            return
        own = {name: value for name, value in given.items() if name in Exit.model_fields}
        try:
            Clauses.model_validate({name: value for name, value in given.items() if name not in own})
            Exit.model_validate(own)
        except ValidationError as error:
            if any(found["type"].endswith(("_type", "_forbidden")) for found in error.errors()):
                self.form.tell(UNREADABLE)
                return
        self.form.show(fields(self._key).values(), given)
        if not self.form.children:
            self.form.tell("This element has no fields of its own.")


def standing(agreement: Agreement, key: str) -> str:
    """Return the clause fields of an element as text, as they stand in the file."""
    clauses = as_plain(agreement.clauses)
    found = {name: clauses[name] for name in fields(key) if name in clauses}
    if key == "exit" and agreement.exit:
        found |= {name: value for name, value in as_plain(agreement.exit).items() if name not in OWN}
    return written(found)


def written(data: Mapping[str, Any]) -> str:
    """Return fields as text.

    >>> written({"term_months": 36.0})
    'term_months: 36\\n'
    """
    return render(_whole(data)).decode("utf-8") if data else ""


def _whole(value: Any) -> Any:
    """Return a value with whole numbers written without a decimal point."""
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
