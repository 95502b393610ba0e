"""The pentad: five areas, each graded by the sentence that fits, and the land mine of the weakest."""

from __future__ import annotations

from pathlib import Path

import ipywidgets as w

from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures.readiness import pentad_radar
from alliance_analysis.review.readiness import NAME, STARTING, pentad, pentad_in, readiness
from alliance_analysis.widgets.panel import Panel, Shown, halves, help_text


class PentadPanel(Panel):
    """Grade the five areas; Keep writes the grades into the agreement file."""

    name = NAME

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        try:
            grades = dict(pentad_in(self.opened.agreement).grades)
        except AllianceError as error:
            grades = dict(STARTING)
            self.say(f"{error}. The panel starts anew.", good=False)
        self.kept = grades
        self.controls = {area.id: w.Dropdown(
            options=[(f"{grade}. {text}", grade) for grade, text in enumerate(area.anchors, start=1)],
            value=grades[area.id], description=area.name, tooltip=area.about,
            style={"description_width": "0"}, layout=w.Layout(width="98%"),
        ) for area in readiness().areas}  # fmt: skip
        self.says = {area.id: help_text("") for area in readiness().areas}
        self.shown = Shown(height="400px")
        self.shown.add_class("cb-pentad")
        for name, control in self.controls.items():
            control.add_class(f"cb-area-{name}")
            control.observe(self._moved, "value")
        self._draw()

    def body(self) -> list[w.Widget]:
        """Return the five choices beside the radar, and Keep."""
        rows = []
        for area in readiness().areas:
            rows += [
                w.HTML(f"<strong>{area.name}.</strong> {area.about}."),
                self.controls[area.id],
                self.says[area.id],
            ]
        return [halves(rows, [self.shown]), self.keep_button(self.keep)]

    def still(self) -> Exhibit:
        """Return what stands in the file."""
        return pentad_radar(pentad(self.kept), synthetic=not self.chosen)

    @property
    def grades(self) -> dict[str, int]:
        """The grades as set on the panel."""
        return {name: control.value for name, control in self.controls.items()}

    def _moved(self, _: object = None) -> None:
        self.changed()
        self._draw()

    def _draw(self) -> None:
        for area in readiness().areas:  # the list cuts long sentences
            self.says[area.id].value = help_text(f"{area.anchors[self.grades[area.id] - 1]}.").value
        own = bool(self.chosen) or self.grades != STARTING
        self.shown.show(pentad_radar(pentad(self.grades), synthetic=not own))

    def keep(self) -> bool:
        """Write the grades."""
        kept = self.save(("choices", {self.name: {"grades": self.grades}}))
        self._draw()
        return kept
