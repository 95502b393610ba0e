"""The panel in which a student negotiates one KPI card against a computer counterpart."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w

from alliance_analysis.agreement import Agreement, KpiCard
from alliance_analysis.drafting.examples import party_names
from alliance_analysis.drafting.lint import lint_card
from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import negotiation as show
from alliance_analysis.negotiation import (
    LABELS,
    Negotiation,
    Setup,
    Transcript,
    debrief,
    negotiation_in,
    recorded,
    replay,
)
from alliance_analysis.negotiation.offers import played
from alliance_analysis.negotiation.setups import ACCEPT, NAME, WALK_AWAY, Move, ask, setup_from
from alliance_analysis.negotiation.utility import Package
from alliance_analysis.records import as_plain
from alliance_analysis.widgets import negotiation_view as view
from alliance_analysis.widgets.panel import Panel, Shown, field, help_text, styled

UNKEPT: dict[Path, tuple[Any, dict[str, Any], Transcript | None]] = {}
"""By file: what stood kept when the choices were made or the moves played, the choices, and the negotiation."""


class NegotiationPanel(Panel):
    """Negotiate the six terms of a KPI; Keep writes the moves, and agreed terms onto the card."""

    name = NAME
    recalls = False

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        self.run = recorded(self.opened.agreement) if self._kept() else None
        before, chosen, unkept = UNKEPT.get(self._place(), (None, {}, None))
        back = bool(chosen) and before == self._state() and (unkept != self.run or unkept is None)
        if back:
            self.run = unkept
        setup = self.run.setup if self.run else setup_from(self._agreement(), **(chosen if back else {}))
        names = {party.side: party.name for party in self._agreement().parties}
        self.choice = view.choices(setup, names.get("customer", setup.you), names.get("vendor", setup.them))
        self.told, self.says, self.worth, self.heard, self.plain = (w.HTML() for _ in range(5))
        self.terms = view.terms()
        self.about = field(w.Dropdown, "Ask about", "A term whose purpose you want to know", options=[""])
        self.buttons = {n: w.Button(description=label, tooltip=label) for n, label in view.BUTTONS.items()}
        self.table, self.debrief, self.end, self.barriers = (Shown(height="0px") for _ in range(4))
        self.side = w.VBox(
            [
                w.HTML(
                    "<h4>1. Your side, and who sits opposite</h4>How much each term matters to you, from 1 (little) to 5:"
                ),
                *self.choice.values(),
                self.told,
            ]
        )
        self.asking = w.VBox(
            [w.HTML("<h4>Ask before you offer</h4>"), self.about, self.buttons["ask"], self.heard]
        )
        self._classes()
        self._lay(setup)
        for control in self.choice.values():
            control.observe(self._told, "value")
        for control in self.terms.values():
            control.observe(self._weigh, "value")
        self.buttons["start"].on_click(lambda _: self.start())
        self.buttons["ask"].on_click(lambda _: self.move(ask(self.about.value)))
        self.buttons["offer"].on_click(lambda _: self.move(self.setup().offer(self.package)))
        self.buttons["accept"].on_click(lambda _: self.move(ACCEPT))
        self.buttons["walk_away"].on_click(lambda _: self.move(WALK_AWAY))
        self._told()
        self._update()
        if back:
            self.say("What you had played and not kept is still here. Press Keep to keep it.", good=None)

    def body(self) -> list[w.Widget]:
        """Return your side, then what you ask, beside the table; below them the transcript and the debrief."""
        table = [w.HTML("<h4>2. At the table</h4>"), self.says, *self.terms.values(), self.worth]
        buttons = w.HBox([self.buttons[name] for name in ("offer", "accept", "walk_away")])
        buttons.add_class("cb-buttons")
        left = _half([self.side, self.asking, self.buttons["start"]])
        parts = w.HBox([left, _half([*table, buttons, self.keep_button(self.keep)])])
        parts.add_class("cb-columns")
        intro = help_text(
            "The counterpart is a computer. Its interests, its alternative and all value curves are invented for "
            "teaching; you see its side when the negotiation has ended."
        )
        shown = [self.plain, self.table, self.debrief, self.end, self.barriers]
        box = w.VBox([styled(view.CSS), intro, parts, *shown])
        box.add_class("cb-negotiation")
        return [box]

    def still(self) -> Exhibit:
        """Return the transcript that stands in the file, or the labelled demonstration."""
        return show.transcript(recorded(self._agreement()))

    @property
    def package(self) -> Package:
        """The terms as set in the offer."""
        return tuple(self.terms[issue.id].value for issue in self.setup().issues)

    def setup(self) -> Setup:
        """Return the setup of the negotiation that runs, else the one chosen on the panel."""
        return self.run.setup if self.run else setup_from(self._agreement(), **self._chosen())

    def _chosen(self) -> dict[str, Any]:
        chosen = {name: control.value for name, control in self.choice.items()}
        importance = {name: chosen.pop(name) for name in LABELS}
        return {**chosen, "importance": importance}

    def start(self) -> None:
        """Begin anew with the choices of the panel, or leave the negotiation to choose again."""
        self.run = None if self.run else replay(self.setup(), ())
        self.changed()
        self._lay(self.setup())
        self._update()
        self._remember()

    def move(self, move: Move) -> None:
        """Make one move and show what follows from it."""
        if self.run is None:
            return
        self.changed()
        try:
            self.run = played(self.run, move)
        except AllianceError as error:
            self.say(str(error), good=False)
        self._update()
        self._remember()

    def keep(self) -> bool:
        """Write the setup and the moves and, if it came to an agreement, the terms onto the KPI card."""
        if self.run is None or not self.run.moves:
            self.say("There is nothing to keep yet: start, and make an offer.", good=None)
            return False
        run = self.run
        agreed = run.setup.terms(run.agreed) if run.agreed else None
        kept = Negotiation(setup=run.setup, moves=list(run.moves), agreed=agreed)
        card = self._card(run)
        parts: list[tuple[str, KpiCard | dict[str, object]]] = [("kpis", card)] if card else []
        if not self.save(*parts, ("choices", {self.name: as_plain(kept)})):
            return False
        UNKEPT.pop(self._place(), None)
        if card and lint_card(card).breaks("alarm"):
            told = "The card's watch threshold is now stricter than its target: mend it in 02_kpi_design."
            self.say(f"Kept in {self.opened.path.name}. {told}", good=None)
        return True

    def _card(self, run: Transcript) -> KpiCard | None:
        """Return the KPI card with the agreed terms; without an agreement, with what stood there before an earlier one."""
        card = next((card for card in self.opened.agreement.kpis if card.id == run.setup.card), None)
        earlier = self._kept()
        if card is None:
            return None
        if run.agreed:
            return card.model_copy(update=run.setup.terms(run.agreed).model_dump(exclude_none=True))
        if (
            earlier
            and earlier.agreed
            and earlier.setup.card == card.id
            and earlier.agreed.target == card.target
        ):
            return card.model_copy(update=earlier.setup.before.model_dump())
        return None

    def _kept(self) -> Negotiation | None:
        """Return the negotiation in the file; one that cannot be replayed is told, and counts as none."""
        try:
            kept = negotiation_in(self.opened.agreement)
            return kept if kept and replay(kept.setup, kept.moves) else None
        except AllianceError as error:
            self.say(str(error), good=False)
            return None

    def _agreement(self) -> Agreement:
        """Return the agreement with names that fit the student's example, and without a negotiation at fault."""
        agreement = self.opened.agreement
        names = party_names(agreement)
        parties = [party.model_copy(update={"name": names[party.id]}) for party in agreement.parties]
        broken = self.chosen and self._kept() is None
        choices = {k: v for k, v in agreement.choices.items() if not (broken and k == self.name)}
        return agreement.model_copy(update={"parties": parties, "choices": choices})

    def _place(self) -> Path:
        return self.opened.path.resolve()

    def _state(self) -> tuple[Any, ...]:
        """Return what in the file a negotiation builds on: the cards, and what was kept."""
        return self.opened.agreement.kpis, self.chosen

    def _remember(self) -> None:
        """Remember what is chosen and played and not kept, for as long as this session of the notebook lasts."""
        UNKEPT[self._place()] = (self._state(), self._chosen(), self.run)

    def _classes(self) -> None:
        named = {"says": self.says, "worth": self.worth, "told": self.told, "transcript": self.table, "about": self.about,
                 "debrief": self.debrief, "terms": self.end, "barriers": self.barriers, "heard": self.heard,
                 "plain": self.plain}  # fmt: skip
        named |= {f"button-{name.replace('_', '-')}": button for name, button in self.buttons.items()}
        named |= {f"offer-{name.replace('_', '-')}": control for name, control in self.terms.items()}
        named |= {f"choice-{name.replace('_', '-')}": control for name, control in self.choice.items()}
        for name, widget in named.items():
            widget.add_class(f"cb-{name}")
        self.told.add_class("cb-help")
        self.buttons["offer"].button_style = "primary"

    def _lay(self, setup: Setup) -> None:
        """Put the options of the terms on the table, starting from the last offer or from the card."""
        offers = [m.package for m in self.run.moves if m.do == "offer"] if self.run else []
        card = [getattr(setup.before, issue.id) for issue in setup.issues]
        for issue, value in zip(setup.issues, offers[-1] if offers else card, strict=True):
            control = self.terms[issue.id]
            view.lay(control, setup, issue)
            middle = issue.options[len(issue.options) // 2]
            control.value = value if value in issue.options else middle
        for name, control in self.terms.items():
            control.layout.display = None if name in {issue.id for issue in setup.issues} else "none"

    def _told(self, change: Any = None) -> None:
        """Say what the choices amount to; the price-only buyer buys, so you speak for the provider."""
        buyer = self.choice["character"].value == "price_only_buyer"
        if buyer:
            self.choice["side"].value = "vendor"
        self.choice["side"].disabled = buyer or self.run is not None
        importance = {name: self.choice[name].value for name in LABELS}
        told = view.weights_told(importance, self.choice["character"].value)
        self.told.value = escape(told, quote=False)
        self._weigh()
        if change is not None:
            self._remember()

    def _weigh(self, _: object = None) -> None:
        """Show what the offer, as it is set, is worth to your side, term by term."""
        setup = self.setup()
        if all(self.terms[issue.id].value in issue.options for issue in setup.issues):
            self.worth.value = view.worth(setup, self.package)

    def _update(self) -> None:
        """Bring the controls, the counterpart's words, the transcript and the debrief to the state of play."""
        run = self.run
        open_ = run is not None and not run.ended
        for control in self.choice.values():
            control.disabled = run is not None
        self.buttons["start"].description = "Start again" if run else "Start"
        self.buttons["offer"].disabled = self.buttons["walk_away"].disabled = not open_
        self.buttons["accept"].disabled = run is None or run.theirs is None
        left = [(LABELS[i.id], i.id) for i in run.setup.issues if i.id not in run.asked] if run else []
        self.about.options = left or [("–", "")]
        self.buttons["ask"].disabled = self.about.disabled = not open_ or not left
        self.says.value = f'<div aria-live="polite">{view.spoken(run, self.setup().name)}</div>'
        over = run is not None and run.ended
        shown = {self.table: run is not None and bool(run.turns)}
        shown |= dict.fromkeys((self.plain, self.debrief, self.end, self.barriers), over)
        shown |= {self.side: run is None, self.asking: run is not None}
        for area, visible in shown.items():
            area.layout.display = None if visible else "none"
        if run is None:
            return
        self.heard.value = view.heard(run)
        if run.turns:
            self.table.show(show.transcript(run))
        if run.ended:
            told = escape(debrief(run).in_a_sentence(), quote=False)
            self.plain.value = f'<h4>3. The debrief</h4><div role="status"><strong>{told}</strong></div>'
            self.debrief.show(replace(show.debrief(run), size=(7.5, 4.4)))
            self.end.show(show.terms(run))
            self.barriers.show(show.barriers(run, self._now(run)))

    def _now(self, run: Transcript) -> KpiCard | None:
        return next((card for card in self.opened.agreement.kpis if card.id == run.setup.card), None)


def _half(widgets: list[w.Widget]) -> w.VBox:
    return w.VBox(widgets, layout=w.Layout(flex="1 1 370px", max_width="100%"))
