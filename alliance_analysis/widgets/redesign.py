"""The redesign panel of a case: write the clauses that failed or were missing, score them, and let the case run again."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

import ipywidgets as w

from alliance_analysis.agreement import ELEMENTS
from alliance_analysis.cases import load_case
from alliance_analysis.cases.model import AccordFinding
from alliance_analysis.drafting.anchors import LEVELS, anchors
from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import redesign as show
from alliance_analysis.records import as_plain
from alliance_analysis.simulation.assumptions import ENVIRONMENT, Environment
from alliance_analysis.simulation.counterfactual import (
    Clause,
    Redesign,
    first_redesign,
    lived_again,
    redesign_in,
    section,
    to_mend,
)
from alliance_analysis.widgets.panel import Panel, Shown, field, help_text, styled

CSS = """<style>
.cb-redesign .cb-clause { border-top: 1px solid var(--jp-border-color2, #bbb); padding: 8px 0; }
.cb-redesign .cb-clause .widget-html-content, .cb-redesign textarea { line-height: 1.45 !important; }
.cb-redesign .cb-scored { flex-flow: row wrap; }
</style>"""
MOVED = ("volatility", "specificity", "dependence")
"""The parts of the environment that the panel asks for."""


class RedesignPanel(Panel):
    """Write and score clauses for one relationship of a case; Keep writes them into `choices.case_<id>`."""

    def __init__(self, case: str, path: Path | None = None) -> None:
        super().__init__(path)
        self.case = load_case(case)
        self.name = section(self.case)
        self.redesign = self._opening()
        ties = [(t.label, t.id) for t in self.case.file.relationships if to_mend(self.case, t.id)]
        self.tie = field(
            w.Dropdown, "Relationship", "Which agreement you write again", options=ties,
            value=self.redesign.relationship,
        )  # fmt: skip
        kept = self.redesign.environment
        self.levels = {
            name: field(
                w.FloatSlider, *ENVIRONMENT[name], value=getattr(kept, name), step=0.1,
                min=-1.0 if name == "dependence" else 0.0, max=1.0, readout_format=".1f", continuous_update=False,
            )
            for name in MOVED
        }  # fmt: skip
        self.clauses: dict[str, _Form] = {}
        self.forms = w.VBox()
        self.picture = Shown(height="290px")
        self._lay(self.redesign)
        self.tie.observe(lambda _: self._lay(Redesign(relationship=self.tie.value)), "value")
        for slider in self.levels.values():
            slider.observe(lambda _: self.run(), "value")

    def _opening(self) -> Redesign:
        try:
            return redesign_in(self.opened.agreement, self.case) or first_redesign(self.case)
        except AllianceError as error:
            self.say(f"{error}. The panel starts anew.", good=False)
            return first_redesign(self.case)

    def _lay(self, redesign: Redesign) -> None:
        """Lay one form for each element that failed or was missing."""
        self.clauses = {
            finding.element: _Form(finding, redesign.clauses.get(finding.element), self.changed)
            for finding in to_mend(self.case, redesign.relationship)
        }
        self.forms.children = [form.view for form in self.clauses.values()]
        self._show()

    def body(self) -> list[w.Widget]:
        """Return the relationship, one form an element, the environment, the run and Keep."""
        again = w.Button(
            description="Run it again", tooltip="Simulate with and without your clauses; writes nothing"
        )
        again.add_class("cb-run")
        again.on_click(lambda _: self.run())
        told = help_text(
            "The environment of the run is yours to set (0 none, 1 most). Every size in it is invented."
        )
        parts = [self.tie, self.forms, told, *self.levels.values(), again, self.picture]
        box = w.VBox([styled(CSS), *parts, self.keep_button(self.keep)])
        box.add_class("cb-redesign")
        return [box]

    def still(self) -> Exhibit:
        """Return the redesign that stands in the file."""
        return show.rewritten(self.case, self.redesign)

    def drafted(self) -> Redesign:
        """Return what is typed now for the relationship that is shown."""
        written = {key: clause for key, form in self.clauses.items() if (clause := form.clause())}
        levels = {name: slider.value for name, slider in self.levels.items()}
        return Redesign(relationship=self.tie.value, clauses=written, environment=Environment(**levels))

    def _show(self) -> None:
        drafted = self.drafted()
        self.picture.show(show.lived_again(self.case, drafted, lived_again(self.case, drafted)))

    def run(self) -> None:
        """Let the case run again with what is typed now; writes nothing."""
        self._show()
        self.changed()

    def keep(self) -> bool:
        """Write the clauses into the agreement file."""
        self._show()
        drafted = self.drafted()
        if not self.save(("choices", {self.name: as_plain(drafted)})):
            return False
        self.redesign = drafted
        return True


class _Form:
    """One element: what the record shows, a hint, the clause, and its score with the anchor's words."""

    def __init__(
        self, finding: AccordFinding, clause: Clause | None, changed: Callable[[object], None]
    ) -> None:
        info, self.anchors = ELEMENTS[finding.element], anchors().elements[finding.element]
        hint = (
            finding.could_have and f"<details><summary>A hint</summary>{escape(finding.could_have)}</details>"
        )
        head = w.HTML(
            f"<strong>{escape(info.title)}</strong> ({info.accord} accord). {escape(info.question)}<br>"
            f"<em>{finding.finding}</em> ({finding.basis}): {escape(finding.what)}{hint or ''}"
        )
        self.text = w.Textarea(
            value=clause.text if clause else "", rows=3, layout=w.Layout(width="98%"),
            description=f"Your clause: {info.title}", style={"description_width": "0"},
            placeholder="Who does what, by when, measured how, and what follows if not", tooltip=info.question,
        )  # fmt: skip
        self.text.add_class(f"cb-clause-{finding.element}")
        self.score = w.IntSlider(
            value=clause.score if clause else 3, min=0, max=4, description="Score", tooltip="By the anchor beside it",
            layout=w.Layout(width="260px"), style={"description_width": "60px"},
        )  # fmt: skip
        self.meaning = w.HTML()
        self.score.observe(self._tell, "value")
        for control in (self.text, self.score):
            control.observe(changed, "value")
        self._tell()
        scored = w.HBox([self.score, self.meaning])
        scored.add_class("cb-scored")
        self.view = w.VBox([head, self.text, scored])
        self.view.add_class("cb-clause")

    def _tell(self, _: object = None) -> None:
        score = self.score.value
        self.meaning.value = f'<span class="cb-help">{LEVELS[score]}: {escape(self.anchors[score])}</span>'

    def clause(self) -> Clause | None:
        """Return the clause, or None where nothing is written."""
        text = self.text.value.strip()
        return Clause(text=text, score=self.score.value) if text else None
