"""The accord studio: write, own and score the accord elements, and see what the whole adds up to."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w
from pydantic import ValidationError

from alliance_analysis.agreement import ELEMENTS, Accords, Agreement, Clauses, Element, Exit, Strategy
from alliance_analysis.agreement.accords import AccordName
from alliance_analysis.agreement.clauses import CLAUSES
from alliance_analysis.agreement.files import BEGUN, Part
from alliance_analysis.drafting import contracts
from alliance_analysis.drafting.anchors import LEVELS, anchors
from alliance_analysis.errors import AllianceError, BadInput
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import accord_studio as show
from alliance_analysis.figures import contracts as contracts_figures
from alliance_analysis.figures.contracts import PRINTED
from alliance_analysis.figures.contribution import bars
from alliance_analysis.records import as_plain
from alliance_analysis.simulation.contribution import contribution, first_study, studied
from alliance_analysis.widgets.accord_clauses import ClauseFields, standing
from alliance_analysis.widgets.panel import Panel, Shown, field, help_text, styled
from alliance_analysis.widgets.record_form import CSS as FORM

CSS = """<style>
.cb-studio h4 { margin: 0 0 4px; font-size: 1.02em; }
.cb-studio .cb-anchors { min-height: 15em; } .cb-studio .cb-anchors ol { margin: 4px 0; padding-left: 22px; }
.cb-studio .cb-anchors li { line-height: 1.35; } .cb-studio .cb-anchors li.cb-now { font-weight: bold; }
.cb-studio .cb-anchors p { line-height: 1.35; margin: 4px 0; }
.cb-studio .cb-columns .widget-label { width: 126px !important; }
.cb-studio textarea { font-size: 0.92em; } .cb-studio .cb-yaml textarea { font-family: monospace; }
.cb-studio .cb-ticks { flex-flow: row wrap; } .cb-studio .cb-ticks .widget-checkbox { width: 262px; }
.cb-studio .widget-toggle-buttons .widget-toggle-button { width: auto; }
</style>"""


def _contribution(agreement: Agreement) -> Exhibit:
    """Return what each accord contributes with these scores, in the environment that was kept, if it can be read."""
    try:
        return bars(contribution(studied(agreement)))
    except AllianceError:
        return bars(contribution(first_study(agreement)))


VIEWS: dict[str, Callable[[Agreement], Exhibit]] = {
    "Scores": show.scores,
    "Strategy map": show.strategy_map,
    "Contradictions": show.contradictions,
    "Real contracts": contracts_figures.coverage,
    "Pairs": contracts_figures.pairs,
    "Contribution": _contribution,
    "Benefits and risks": show.prompts,
}
"""What the panel can show of the agreement as it stands on the panel, by the name on the button."""

NONE = ""
"""The value of the choice that says nothing; ipywidgets would show a choice of None as an empty line."""

WRITES = ("strategy", "accords", "exit", "clauses")
"""The parts of the agreement that the panel writes where they differ."""


class AccordStudioPanel(Panel):
    """Aim, elements, clauses and ticks; Keep writes strategy, accords, exit, clauses and the chosen type."""

    name = contracts.CHOICES

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        agreement, plan = self.opened.agreement, self.opened.agreement.strategy
        begun = self.opened.is_example or agreement.label == BEGUN
        self.draft = unscored(agreement) if begun and not self.chosen else agreement
        self.strategy = field(w.Textarea, "Strategy", "What the alliance is for", rows=2, continuous_update=False,
                              value=plan.text if plan else "")  # fmt: skip
        self.aim = field(w.Dropdown, "Aim", "It moves the weights of the accords", options=AIMS,
                         value=(plan.aim if plan else None) or NONE)  # fmt: skip
        self.horizon = field(w.BoundedFloatText, "Horizon (months)", "How far ahead the strategy looks; 0 is not said",
                             min=0, max=600, value=(plan.horizon_months if plan else None) or 0)  # fmt: skip
        self.kind = field(w.Dropdown, "Compare with", "A type of real contract", options=contracts.types(),
                          value=contracts.chosen_type(agreement))  # fmt: skip
        self.element = field(w.Dropdown, "Element", "The element to write and score",
                             options=[(f"{i.accord.capitalize()}: {i.title}", key)
                                      for key, i in ELEMENTS.items()])  # fmt: skip
        self.score = field(
            w.Dropdown, "Score (0 to 4)", "How far the element goes, by the wording below", options=SCORES
        )
        roles = [("no one yet", NONE), *((role.title, role.id) for role in agreement.roles)]
        self.owner = field(w.Dropdown, "Owner", "The role that answers for it", options=roles)
        self.text = field(
            w.Textarea, "What is agreed", "In a sentence or two", rows=4, continuous_update=False
        )
        self.clauses = ClauseFields(agreement)
        self.note = field(w.Textarea, "In this alliance", "Benefits and risks of this accord here, for essay question 2b",
                          rows=3, continuous_update=False)  # fmt: skip
        self.told, self.judged = w.HTML(), w.HTML()
        self.told.add_class("cb-anchors")
        self.ticks = {id: w.Checkbox(value=id in agreement.clauses.legal, description=PRINTED.get(name, name),
                                     indent=False, tooltip=contracts.MEANING[id])
                      for id, name in contracts.LEGAL.items()}  # fmt: skip
        self.shown = w.ToggleButtons(options=list(VIEWS), tooltips=[f"Show {name}" for name in VIEWS])
        self.result = Shown(height="420px")
        self._notes: dict[AccordName, str] = show.noted(agreement)
        self._unfinished: dict[str, tuple[list[Any], str]] = {}
        self._filling = False
        self._fill()
        self.element.observe(self._fill, "value")
        self.shown.observe(self._show, "value")
        for control in (self.strategy, self.aim, self.horizon, self.kind, self.score, self.owner, self.text,
                        self.clauses.text, self.note, *self.ticks.values()):  # fmt: skip
            control.observe(self._edit, "value")
        self._show()

    def body(self) -> list[w.Widget]:
        """Return the element's form beside its anchors, the ticks, and below them what it adds up to."""
        left = [w.HTML("<h4>1. What it is for</h4>"), self.strategy, self.aim, self.horizon,
                w.HTML("<h4>2. Element by element</h4>"), self.judged, self.element, self.score, self.owner,
                self.text]  # fmt: skip
        right = [w.HTML("<h4>What a score means</h4>"), self.told, self.note]
        boxes = [w.VBox(part, layout=w.Layout(width=width, max_width="100%"))
                 for part, width in ((left, "430px"), (right, "360px"))]  # fmt: skip
        form = w.HBox(boxes)
        form.add_class("cb-columns")
        ticks = w.HBox(list(self.ticks.values()))
        ticks.add_class("cb-ticks")
        box = w.VBox([
            styled(CSS + FORM), form,
            w.HTML("<h4>Clauses of this element</h4>"), *self.clauses.body(),
            w.HTML("<h4>3. Clauses of the contract itself</h4>"),
            help_text("Tick what your contract has; audit, term, warranties and transition are read from above."),
            ticks, w.HTML(_meanings()), self.kind,
            w.HTML("<h4>4. What it adds up to</h4>"), self.shown, self.result, self.keep_button(self.keep),
        ])  # fmt: skip
        box.add_class("cb-studio")
        return [box]

    def take_over(self, before: AccordStudioPanel) -> None:
        """Take over the draft: the controls show one element of it."""
        self.draft, self._notes = before.draft, dict(before._notes)
        self._unfinished = dict(before._unfinished)
        self._fill()

    def still(self) -> Exhibit:
        """Return the scores that stand in the file."""
        return show.scores(self.opened.agreement)

    def keep(self) -> bool:
        """Write what differs of strategy, accords, exit and clauses, and the chosen type."""
        if not self._edit():
            return False
        if self._unfinished:
            self.say("; ".join(told for _, told in self._unfinished.values()), good=False)
            return False
        draft, before = self.draft, self.opened.agreement
        changed = [name for name in WRITES if getattr(draft, name) not in (None, getattr(before, name))]
        parts: list[Part] = [(name, getattr(draft, name)) for name in changed]
        return self.save(*parts, ("choices", {self.name: draft.choices[self.name]}))

    def _fill(self, _: object = None) -> None:
        """Show the chosen element as it stands on the draft."""
        key, self._filling = self.element.value, True
        part = self.draft.part(key)
        score = part.score if part else None
        self.score.value = NONE if score is None else score
        self.owner.value = (part.owner if part else None) or NONE
        self.text.description = "Triggers, one a line" if key == "exit" else "What is agreed"
        self.text.value = "\n".join(part.triggers) if isinstance(part, Exit) else part.text if part else ""
        self.clauses.show(key, standing(self.draft, key))
        self.note.value = self._notes.get(ELEMENTS[key].accord, "")
        values, told = self._unfinished.get(key, ([], ""))
        for control, value in zip(self._element(), values, strict=False):
            control.value = value
        self.clauses.tell(told)
        self._filling = False
        self._anchors()

    def _element(self) -> list[w.Widget]:
        """Return the controls that hold the chosen element."""
        return [self.score, self.owner, self.text, self.clauses.text]

    def _edit(self, change: Any = None) -> bool:
        """Take the controls over into the draft; say what cannot stand, remember it, and leave the draft as it was."""
        if self._filling:
            return True
        if change is not None:
            self.changed()
        key = self.element.value
        try:
            self.draft = self._drafted()
        except ValidationError as error:
            told = self.clauses.said(error)
        except AllianceError as error:
            told = "; ".join(str(fault) for fault in error.faults)
        else:
            self._unfinished.pop(key, None)
            self.clauses.tell("")
            self._anchors()
            self._show()
            return True
        self._unfinished[key] = [control.value for control in self._element()], told
        self.clauses.tell(told)
        self.say(told, good=False)
        return False

    def _drafted(self) -> Agreement:
        key, agreement = self.element.value, self.draft
        given = self.clauses.given()
        clauses = {
            name: value for name, value in as_plain(agreement.clauses).items() if name not in CLAUSES[key]
        }
        clauses |= {name: given.pop(name) for name in CLAUSES[key] if name in given}
        clauses["legal"] = [id for id, tick in self.ticks.items() if tick.value]
        score = None if self.score.value == NONE else self.score.value
        head = {"score": score, "owner": self.owner.value or None}
        update: dict[str, Any] = {"clauses": Clauses.model_validate(clauses)}
        if key == "exit":
            lines = [line.strip() for line in self.text.value.splitlines() if line.strip()]
            end = Exit.model_validate({**given, **head, "triggers": lines})
            update["exit"] = end if agreement.exit or as_plain(end) else None
        else:
            accord = ELEMENTS[key].accord
            element = (
                Element.model_validate({"text": self.text.value, **head}) if self.text.value.strip() else None
            )
            if element is None and score:
                what = f"{ELEMENTS[key].title} is scored and nothing is agreed"
                raise BadInput(what, "write what is agreed, or take the score away")
            group = getattr(agreement.accords, accord).model_copy(update={key: element})
            update["accords"] = Accords(**{**dict(agreement.accords), accord: group})
        if self.strategy.value.strip():
            plan = as_plain(agreement.strategy) if agreement.strategy else {}
            plan |= {"text": self.strategy.value, "aim": self.aim.value or None}
            plan["horizon_months"] = self.horizon.value or None
            update["strategy"] = Strategy.model_validate(plan)
        self._notes[ELEMENTS[key].accord] = self.note.value.strip()
        notes = {name: text for name, text in self._notes.items() if text}
        chosen = {"contract_type": self.kind.value, **({"notes": notes} if notes else {})}
        update["choices"] = {**agreement.choices, self.name: chosen}
        draft = agreement.model_copy(update=update)
        for where, what, remedy in draft.problems():
            raise BadInput(what, remedy, field=".".join(map(str, where)))
        return draft

    def _anchors(self) -> None:
        key = self.element.value
        wordings = "".join(
            f'<li value="{at}"{" class=cb-now" if at == self.score.value else ""}>{escape(text)}</li>'
            for at, text in enumerate(anchors().elements[key])
        )
        found = anchors().accords[ELEMENTS[key].accord]
        told = "".join(
            f"<p><strong>{head}:</strong> {escape('; '.join(texts))}.</p>"
            for head, texts in (
                ("Benefits", found.benefits),
                ("If missing", found.missing),
                ("If overdone", found.overdone),
            )
        )
        scores = self.draft.scores().values()
        done = sum(score is not None for score in scores)
        said = f"{done} of {len(scores)} elements are scored. The scores are yours to give, one for each element."
        self.judged.value = f'<div class="cb-help" aria-live="polite">{said}</div>'
        self.told.value = (
            f"<em>{escape(ELEMENTS[key].question)}</em><ol start=0>{wordings}</ol>"
            f"<strong>{ELEMENTS[key].accord.capitalize()} accord</strong>{told}"
        )

    def _show(self, _: object = None) -> None:
        self.result.show(VIEWS[self.shown.value](self.draft))


def unscored(agreement: Agreement) -> Agreement:
    """Return an agreement of which no element is scored: whoever begins from an example judges each anew."""
    accords = {
        name: group.model_copy(update={
            key: part.model_copy(update={"score": None})
            for key in type(group).model_fields if (part := getattr(group, key))
        })
        for name, group in agreement.accords
    }  # fmt: skip
    end = agreement.exit.model_copy(update={"score": None}) if agreement.exit else None
    return agreement.model_copy(update={"accords": Accords(**accords), "exit": end})


def _meanings() -> str:
    told = "".join(
        f"<li><strong>{escape(PRINTED.get(name, name))}.</strong> {escape(contracts.MEANING[id])}.</li>"
        for id, name in contracts.LEGAL.items()
    )
    return f"<details><summary>What these clauses mean</summary><ul>{told}</ul></details>"


AIMS = [("not said", NONE), ("operational", "operational"), ("strategic", "strategic")]
SCORES = [("not scored", NONE), *((f"{at} {level}", at) for at, level in enumerate(LEVELS))]
