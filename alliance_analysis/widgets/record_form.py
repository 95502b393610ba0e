"""A form made from the fields of records: one labelled control each, filled from plain data and read back into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any, get_origin

import ipywidgets as w

from alliance_analysis.agreement.kpi import Fraction
from alliance_analysis.records import Record
from alliance_analysis.widgets.panel import Mirror, help_text
from alliance_analysis.widgets.record_fields import (
    Place,
    Spec,
    choices,
    flat,
    lines,
    record_of,
    section_of,
    short,
    shown,
    spaced,
    specs,
    summary,
    typed,
)

CSS = """<style>
.cb-form { display: flex; flex-flow: row wrap; gap: 8px 20px; align-items: flex-start; overflow: visible; }
.cb-form > * { flex: 1 1 400px; min-width: 0; max-width: 100%; } .cb-form * { box-sizing: border-box; }
.cb-form .cb-group { border-top: 1px solid var(--jp-border-color2, #bbb); padding-top: 4px; overflow: visible; }
.cb-form .cb-group .cb-group { border-top: 0; border-left: 3px solid var(--jp-border-color2, #bbb); padding: 0 0 0 8px;
  margin: 4px 2px; }
.cb-form .widget-inline-hbox { height: auto; min-height: 32px; align-items: center; overflow: visible; }
.cb-form .widget-inline-hbox > .widget-label { width: 130px !important; flex: 0 0 130px; white-space: normal;
  height: auto; line-height: 1.2; overflow: visible; text-align: left; }
.cb-form :is(select, input, textarea) { min-width: 0; } .cb-form .widget-dropdown > select { height: 30px; }
.cb-form .cb-number input { max-width: 110px; } .cb-form .cb-entries > .widget-label { display: none; }
.cb-form .widget-vbox { overflow: visible; } .cb-form textarea { font-family: var(--jp-ui-font-family); line-height: 1.3; }
.cb-form .widget-html, .cb-form .widget-html-content { margin: 0; min-height: 0; height: auto; line-height: 1.35; }
.cb-form .cb-rows { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(330px, 100%), 1fr)); gap: 0 16px; }
.cb-form :is(.widget-checkbox, .widget-checkbox label) { white-space: normal; line-height: 1.2; height: auto; }
.cb-form .widget-checkbox { min-height: 28px; } .cb-form { container: cb-form / inline-size; }
@container cb-form (max-width: 380px) {
  .cb-form .widget-inline-hbox { flex-wrap: wrap; } .cb-form .widget-inline-hbox > * { flex: 1 1 100% !important; }
}
</style>"""


class RecordForm(Mirror):
    """One control for each field; `changed` is told the data whenever something is filled in.

    `names` says what an id may be: by section of the agreement, each id with its printed name.
    """

    def __init__(
        self, names: Mapping[str, Mapping[str, str]], changed: Callable[[dict[str, Any]], None]
    ) -> None:
        super().__init__()
        self.add_class("cb-form")
        self.data: dict[str, Any] = {}
        self._names, self._changed = names, changed

    def show(self, fields: Iterable[Spec], data: dict[str, Any]) -> None:
        """Lay the fields anew, filled from the data."""
        self.data = data
        root = Place(lambda: self.data, self._put)
        lay(self, [self.control(spec, root.at(spec.name)) for spec in fields])

    def tell(self, text: str) -> None:
        """Show a sentence in the place of the fields."""
        lay(self, [help_text(text)])

    def _put(self, data: dict[str, Any]) -> None:
        self.data = data
        self._changed(data)

    def control(self, spec: Spec, place: Place) -> w.Widget:
        """Return the control, or the group of controls, of one field."""
        model, origin = record_of(spec.hint), get_origin(spec.kind)
        if model:
            return _group(spec, [self.control(inner, place.at(name)) for name, inner in specs(model).items()])
        if origin is dict:
            key, value = spec.parts
            rows = [Spec(id, value, told, spec.label) for id, told in self._listed(key, place).items()]
            return _group(spec, [self.control(row, place.at(row.name)) for row in rows], "cb-rows")
        if origin is list and (model := record_of(spec.parts[0])):
            return Records(self, spec, model, place)
        if origin is list and section_of(spec.parts[0]):
            return self._ticks(spec, place)
        return self._lines(spec, place) if origin is list else self._single(spec, place)

    def _listed(self, hint: Any, place: Place) -> dict[str, str]:
        """Return what may stand here, and what stands here although it may not."""
        names = self._names[section_of(hint) or ""]
        return {**names, **{id: id for id in place.get() or () if id not in names}}

    def _ticks(self, spec: Spec, place: Place) -> w.Widget:
        def tick(id: str, on: bool) -> None:
            rest = [name for name in place.get() or () if name != id]
            place.put([*rest, id] if on else rest)

        boxes = []
        for id, told in self._listed(spec.parts[0], place).items():
            about = {"description": told, "tooltip": spec.label, "indent": False, "layout": _wide()}
            box = w.Checkbox(value=id in (place.get() or ()), **about)
            box.observe(lambda change, id=id: tick(id, change["new"]), "value")
            boxes.append(box)
        return _group(spec, boxes, "cb-rows")

    def _lines(self, spec: Spec, place: Place) -> w.Widget:
        held = "\n".join(flat(line) for line in place.get() or ())
        rows = min(2 + sum(1 + len(line) // 40 for line in held.splitlines()), 7)
        control = w.Textarea(held, rows=rows, placeholder=f"{spec.help}, one a line", **_about(spec))
        control.continuous_update = False
        control.observe(lambda change: place.put(lines(change["new"], place.get() or [])), "value")
        return control

    def _single(self, spec: Spec, place: Place) -> w.Widget:
        value, listed, rate = place.get(), choices(spec, self._names), spec.hint == Fraction
        read: Callable[[str], Any] = str.strip
        if listed is not None:
            held = str(value or spec.default)
            listed = listed if held in listed else {**listed, held: f"{held} (not in the list)"}
            control = w.Dropdown(
                options=[(told, id) for id, told in listed.items()], value=held, **_about(spec)
            )
        elif spec.kind in (int, float):
            control = w.Text(shown(value, rate), continuous_update=False, **_about(spec))
            control.add_class("cb-number")
            read = lambda text: typed(text, rate)  # noqa: E731
        elif spec.name == "id":
            control = w.Text(spaced(value), placeholder=spec.help, continuous_update=False, **_about(spec))
            read = short
        else:
            held = str(value or "")
            rows = 3 if len(held) > 64 else 2  # as the field may stand in half of the width
            control = w.Textarea(held, rows=rows, placeholder=spec.help, **_about(spec))
            control.continuous_update = False
        control.observe(lambda change: place.put(read(change["new"])), "value")
        return control


class Records(w.VBox):  # type: ignore[misc]
    """A list of records: a line for each, Add and Remove, and the fields of the one that is chosen."""

    def __init__(self, form: RecordForm, spec: Spec, model: type[Record], place: Place) -> None:
        self._form, self._model, self._place, self._filling = form, model, place, False
        what = spec.label.lower()
        self.entries = w.Select(description=f"Entries: {what}", tooltip=spec.help, layout=_wide())
        self.entries.add_class("cb-entries")
        self.add = w.Button(
            description=f"Add to {what}", tooltip="A new entry, to be filled in", layout=_wide()
        )
        self.remove = w.Button(
            description=f"Remove from {what}", tooltip="Takes the chosen entry out", layout=_wide()
        )
        self.fields = w.VBox()
        buttons = w.HBox([self.add, self.remove], layout=w.Layout(flex_flow="row wrap"))
        super().__init__([*_head(spec), self.entries, buttons, self.fields])
        self.add_class("cb-group")
        self.add.on_click(lambda _: self._add())
        self.remove.on_click(lambda _: self._remove())
        self.entries.observe(self._lay, "index")
        self._list(0)
        self._lay()

    def items(self) -> list[Any]:
        """Return the entries as they stand."""
        return list(self._place.get() or [])

    def _list(self, at: int) -> None:
        """Show a line for each entry, one of them chosen."""
        told = [(f"{n}. {summary(self._model, item)}", n) for n, item in enumerate(self.items(), start=1)]
        self._filling = True
        if told != list(self.entries.options):
            self.entries.options, self.entries.rows = told, min(max(len(told), 2), 6)
        self.entries.index = min(at, len(told) - 1) if told else None
        self.entries.layout.display = None if told else "none"
        self.remove.disabled = not told
        self._filling = False

    def _lay(self, _: object = None) -> None:
        if self._filling:
            return
        at, fields = self.entries.index, specs(self._model).items()
        if at is None:
            lay(self.fields, [help_text("None yet.")])
            return
        place = Place(lambda: self.items()[at], lambda value: self._set(at, value))
        lay(self.fields, [self._form.control(spec, place.at(name)) for name, spec in fields])

    def _set(self, at: int, value: Any) -> None:
        self._place.put([value if n == at else item for n, item in enumerate(self.items())])
        self._list(at)

    def _add(self) -> None:
        items, stem = self.items(), short(self._model.__name__)
        taken = [item.get("id") for item in items]
        free = next(id for n in range(1, len(items) + 2) if (id := f"{stem}_{n}") not in taken)
        self._place.put([*items, {"id": free} if "id" in self._model.model_fields else {}])
        self._list(len(items))
        self._lay()

    def _remove(self) -> None:
        at = self.entries.index
        self._place.put([item for n, item in enumerate(self.items()) if n != at])
        self._list(at)
        self._lay()


def lay(box: w.Box, children: list[w.Widget]) -> None:
    """Put widgets into a box, and let those that stood there go."""
    before, box.children = box.children, children
    _close(before)


def _close(widgets: Iterable[w.Widget]) -> None:
    for widget in widgets:
        _close(getattr(widget, "children", ()))
        for part in (widget, widget.layout, getattr(widget, "style", None)):
            if part is not None:
                part.close()


def _wide() -> w.Layout:
    return w.Layout(width="auto")


def _about(spec: Spec) -> dict[str, Any]:
    return {"description": spec.label, "tooltip": spec.help, "layout": _wide()}


def _head(spec: Spec) -> list[w.Widget]:
    told = [help_text(f"{spec.help[:1].upper()}{spec.help[1:]}.")] if spec.help else []
    return [w.HTML(f"<strong>{escape(spec.label)}</strong>"), *told]


def _group(spec: Spec, controls: list[w.Widget], kind: str = "cb-fields") -> w.VBox:
    inside = w.VBox(controls or [help_text("Your file lists none yet.")])
    inside.add_class(kind)
    box = w.VBox([*_head(spec), inside])
    box.add_class("cb-group")
    return box
