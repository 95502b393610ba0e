"""Readiness in three tabs: the pentad, the seven keys, and what is expected of a partner."""

from __future__ import annotations

from pathlib import Path

import ipywidgets as w

from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import readiness as show
from alliance_analysis.records import as_plain
from alliance_analysis.review.readiness import NAME, STARTING, Counted, Graded, graded_in, pentad, readiness
from alliance_analysis.widgets.panel import Panel, Shown, field, halves, help_text

RATINGS = [("not rated", 0), *((str(at), at) for at in range(1, 6))]


class PentadPanel(Panel):
    """Grade the five areas, rate the keys, note what a partner is counted on for; Keep writes all three."""

    name = NAME

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        try:
            self.kept = graded_in(self.opened.agreement)
            pentad(self.kept.grades)
        except AllianceError as error:
            self.kept = Graded(grades=STARTING)
            self.say(f"{error}. The panel starts anew.", good=False)
        self.controls = {area.id: w.Dropdown(
            options=[(f"{grade}. {text}", grade) for grade, text in enumerate(area.anchors, start=1)],
            value=self.kept.grades[area.id], description=area.name, tooltip=area.about,
            style={"description_width": "0"}, layout=w.Layout(width="98%"),
        ) for area in readiness().areas}  # fmt: skip
        self.says = {area.id: help_text("") for area in readiness().areas}
        self.keys = {key.id: field(w.Dropdown, key.name, f"{key.question} 1 is least, 5 is most", options=RATINGS,
                                   value=self.kept.keys.get(key.id, 0)) for key in readiness().keys}  # fmt: skip
        self.counted = {
            one.id: {
                part: field(w.Text, part.capitalize(), help, placeholder=help, continuous_update=False,
                            value=getattr(self.kept.expectations.get(one.id), part, None) or "")
                for part, help in (("expected", f"Ask for: {one.ask}"), ("seen", f"Evidence: {one.evidence}"))
            }
            for one in readiness().expectations
        }  # fmt: skip
        self.shown, self.rated, self.evidence = Shown(height="400px"), Shown(), Shown()
        self.shown.add_class("cb-pentad")
        for name, control in self.controls.items():
            control.add_class(f"cb-area-{name}")
        for name, control in self.keys.items():
            control.add_class(f"cb-key-{name}")
        fields = [control for pair in self.counted.values() for control in pair.values()]
        for control in (*self.controls.values(), *self.keys.values(), *fields):
            control.observe(self._moved, "value")
        self._draw()

    def body(self) -> list[w.Widget]:
        """Return the three tabs, each with what follows from it, and Keep."""
        areas: list[w.Widget] = []
        for area in readiness().areas:
            areas += [
                w.HTML(f"<strong>{area.name}.</strong> {area.about}."),
                self.controls[area.id],
                self.says[area.id],
            ]
        counted: list[w.Widget] = []
        for one in readiness().expectations:
            counted += [w.HTML(f"<strong>{one.name}</strong>"), *self.counted[one.id].values()]
        tabs = w.Tab([halves(areas, [self.shown]), halves(self.keys.values(), [self.rated]),
                      w.VBox([*counted, self.evidence])])  # fmt: skip
        for at, title in enumerate(("Five areas", "Seven keys", "Expectations")):
            tabs.set_title(at, title)
        return [tabs, self.keep_button(self.keep)]

    def still(self) -> Exhibit:
        """Return the pentad that stands in the file."""
        return show.pentad_radar(pentad(self.kept.grades), synthetic=not self.chosen)

    def graded(self) -> Graded:
        """Return what is set on the panel."""
        counted = {
            name: {part: control.value.strip() or None for part, control in pair.items()}
            for name, pair in self.counted.items()
        }
        return Graded(
            grades={name: control.value for name, control in self.controls.items()},
            keys={name: control.value for name, control in self.keys.items() if control.value},
            expectations={name: Counted(**pair) for name, pair in counted.items() if any(pair.values())},
        )

    def _moved(self, _: object = None) -> None:
        self.changed()
        self._draw()

    def _draw(self) -> None:
        found = self.graded()
        for area in readiness().areas:  # the list cuts long sentences
            self.says[area.id].value = help_text(f"{area.anchors[found.grades[area.id] - 1]}.").value
        own = bool(self.chosen) or found.grades != STARTING
        self.shown.show(show.pentad_radar(pentad(found.grades), synthetic=not own))
        self.rated.show(show.keys(found))
        self.evidence.show(show.expectations(found))

    def keep(self) -> bool:
        """Write grades, ratings and expectations."""
        kept = self.save(("choices", {self.name: as_plain(self.graded())}))
        self._draw()
        return kept
