"""The pitfall tagger: incidents of a case, sorted into the five areas, beside the shipped reading."""

from __future__ import annotations

from html import escape
from pathlib import Path

import ipywidgets as w

from alliance_analysis.cases import case_names, load_case
from alliance_analysis.cases.model import AREAS
from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import pitfalls as show
from alliance_analysis.review.pitfalls import NAME, Incident, incidents, register, tagged
from alliance_analysis.widgets.panel import Panel, Shown, field, help_text

UNTAGGED = "Choose an area"


class PitfallPanel(Panel):
    """Tag the incidents of a case, then compare; Keep writes the tags into the agreement file."""

    name = NAME

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        self.tags: dict[str, str] = {}
        try:
            tagged({key: str(area) for key, area in self.chosen.items()})
            self.tags = {key: str(area) for key, area in self.chosen.items()}
        except AllianceError as error:
            self.say(f"{error}. The panel starts anew.", good=False)
        cases = [(load_case(name).file.short, name) for name in case_names()]
        self.case = field(w.Dropdown, "Case", "Whose incidents to tag", options=cases, value=cases[0][1])
        self.case.add_class("cb-case")
        self.list = w.VBox()
        self.map, self.apart = Shown(height="0px"), Shown(height="0px")
        self.map.add_class("cb-tags")
        self.apart.layout.overflow = "auto"  # a narrow page scrolls the table, not the panel
        self.compare_button = w.Button(description="Compare", tooltip="Show the shipped reading beside yours")
        self.compare_button.add_class("cb-compare")
        self.compare_button.on_click(lambda _: self.compare())
        self.case.observe(self._lay, "value")
        self._lay()

    def body(self) -> list[w.Widget]:
        """Return the case, its incidents, Compare and Keep, and the comparison."""
        says = "; ".join(f"{area.capitalize()}: {text.lower()}" for area, text in register().areas.items())
        return [help_text(f"{says}."), self.case, self.list, self.compare_button, self.map, self.apart,
                self.keep_button(self.keep)]  # fmt: skip

    def take_over(self, before: PitfallPanel) -> None:
        """Take over the tags of all cases: the controls show one case."""
        self.tags = dict(before.tags)
        self._lay()

    def still(self) -> Exhibit:
        """Return the comparison that stands in the file, or where pitfalls lie."""
        found = tagged(self.tags)
        return show.tags(found) if found else show.pitfall_map()

    def _lay(self, _: object = None) -> None:
        """List the incidents of the chosen case; the shipped reading stays hidden until Compare."""
        self.list.children = [self._incident(incident) for incident in incidents(self.case.value)]
        self.map.layout.display = self.apart.layout.display = "none"

    def _incident(self, incident: Incident) -> w.VBox:
        facts = "<br>".join(f"<strong>{card}</strong> {escape(fact)}" for card, fact in incident.facts)
        control = w.Dropdown(
            options=[(UNTAGGED, ""), *((area.capitalize(), area) for area in AREAS)],
            value=self.tags.get(incident.key, ""), description=f"Incident {incident.number}",
            tooltip="The area in which this trouble begins", layout=w.Layout(width="330px", max_width="98%"),
        )  # fmt: skip
        control.add_class(f"cb-incident-{incident.number}")
        control.observe(lambda change, key=incident.key: self._tag(key, change["new"]), "value")
        return w.VBox([w.HTML(f'<div style="line-height:1.4">{facts}</div>'), control])

    def _tag(self, key: str, area: str) -> None:
        self.changed()
        if area:
            self.tags[key] = area
        else:
            self.tags.pop(key, None)

    def compare(self) -> None:
        """Show all tags so far beside the shipped reading."""
        found = tagged(self.tags)
        if found is None:
            self.say("Tag at least one incident first.", good=None)
            return
        self.map.layout.display = self.apart.layout.display = None
        self.map.show(show.tags(found))
        self.apart.show(show.apart(found))

    def keep(self) -> bool:
        """Write the tags of all cases."""
        if not self.tags:
            self.say("There is nothing to keep yet: tag an incident.", good=None)
            return False
        return self.save(("choices", {self.name: dict(self.tags)}))
