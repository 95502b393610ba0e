"""The panel in which a student negotiates one KPI card against a computer counterpart."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from pathlib import Path

import ipywidgets as w

from alliance_analysis.agreement import Agreement, KpiCard
from alliance_analysis.drafting.examples import party_names
from alliance_analysis.drafting.lint import lint_card
from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import negotiation as show
from alliance_analysis.negotiation import (
    Negotiation,
    Setup,
    Transcript,
    attribution,
    negotiation_in,
    recorded,
    replay,
)
from alliance_analysis.negotiation.offers import CHARACTERS
from alliance_analysis.negotiation.setups import (
    ACCEPT,
    ALTERNATIVES,
    NAME,
    WALK_AWAY,
    Move,
    offer,
    setup_from,
)
from alliance_analysis.records import as_plain
from alliance_analysis.widgets.panel import Panel, Shown, field, help_text

CSS = """<style>
.cb-negotiation h4 { margin: 0 0 4px; font-size: 1.02em; }
.cb-negotiation .widget-html-content { line-height: 1.45; }
.cb-negotiation .cb-says { min-height: 9.2em; border-left: 4px solid #e69f00; padding: 2px 0 2px 10px; }
.cb-negotiation .cb-worth { min-height: 6.4em; }
.cb-negotiation .cb-bar { position: relative; display: flex; height: 14px; width: 96%; margin: 4px 0;
  border: 1px solid var(--jp-border-color1, #999); background: var(--jp-layout-color2, #eee); }
.cb-negotiation .cb-bar i { display: block; height: 100%; border-right: 1px solid #fff; box-sizing: border-box; }
.cb-negotiation .cb-bar b { position: absolute; top: -4px; bottom: -4px; width: 0;
  border-left: 2px dashed var(--jp-content-font-color1, #222); }
.cb-negotiation .cb-buttons { flex-flow: row wrap; gap: 6px; } .cb-negotiation .cb-buttons button { width: 112px; }
.cb-negotiation .cb-told { min-height: 4.6em; }
</style>"""
COLOURS = ("#0072b2", "#e69f00", "#009e73")
ISSUES = {"target": "Target", "at_risk": "At-risk amount", "review_months": "Review cadence"}


class NegotiationPanel(Panel):
    """Negotiate target, at-risk amount and review cadence; Keep writes the moves, and agreed terms onto the card."""

    name = NAME

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        self.run = recorded(self.opened.agreement) if self._kept() else None
        setup = self.run.setup if self.run else setup_from(self._agreement())
        self.choice = _choices(setup)
        self.told, self.says, self.worth = w.HTML(), w.HTML(), w.HTML()
        self.terms = {
            name: field(w.Dropdown, label, "One term of your offer", options=[""])
            for name, label in _labels(setup)
        }
        self.buttons = {name: w.Button(description=label, tooltip=label) for name, label in BUTTONS.items()}
        self.table, self.debrief, self.end = Shown(height="0px"), Shown(height="0px"), Shown(height="0px")
        self._classes()
        self._lay(setup)
        for control in self.choice.values():
            control.observe(self._told, "value")
        for control in self.terms.values():
            control.observe(self._weigh, "value")
        self.buttons["start"].on_click(lambda _: self.start())
        self.buttons["offer"].on_click(lambda _: self.move(offer(self.package)))
        self.buttons["accept"].on_click(lambda _: self.move(ACCEPT))
        self.buttons["walk_away"].on_click(lambda _: self.move(WALK_AWAY))
        self._told()
        self._update()

    def body(self) -> list[w.Widget]:
        """Return your side and the table next to each other, and below them the transcript and the debrief."""
        side = [w.HTML("<h4>1. Your side, and who sits opposite</h4>"), *self.choice.values(), self.told]
        table = [w.HTML("<h4>2. At the table</h4>"), self.says, *self.terms.values(), self.worth]
        buttons = w.HBox([self.buttons[name] for name in ("offer", "accept", "walk_away")])
        buttons.add_class("cb-buttons")
        parts = w.HBox(
            [_half([*side, self.buttons["start"]]), _half([*table, buttons, self.keep_button(self.keep)])]
        )
        parts.add_class("cb-columns")
        intro = help_text(
            "The counterpart is a computer. Its interests, its alternative and all value curves are invented for "
            "teaching; you see its side when the negotiation has ended."
        )
        box = w.VBox([w.HTML(CSS), intro, parts, self.table, self.debrief, self.end])
        box.add_class("cb-negotiation")
        return [box]

    def still(self) -> Exhibit:
        """Return the transcript that stands in the file, or the labelled demonstration."""
        return show.transcript(recorded(self._agreement()))

    @property
    def package(self) -> tuple[float, float, int]:
        """The terms as set in the offer."""
        target, at_risk, review = (control.value for control in self.terms.values())
        return target, at_risk, review

    def setup(self) -> Setup:
        """Return the setup as chosen on the panel."""
        chosen = {name: control.value for name, control in self.choice.items()}
        importance = {name: chosen.pop(name) for name in ISSUES}
        return setup_from(self._agreement(), importance=importance, **chosen)

    def start(self) -> None:
        """Begin anew with the choices of the panel, or leave the negotiation to choose again."""
        self.run = None if self.run else replay(self.setup(), ())
        self.changed()
        self._lay(self.setup())
        self._update()

    def move(self, move: Move) -> None:
        """Make one move and show what follows from it."""
        if self.run is None:
            return
        self.changed()
        try:
            self.run = replay(self.run.setup, (*self.run.moves, move))
        except AllianceError as error:
            self.say(str(error), good=False)
        self._update()

    def keep(self) -> bool:
        """Write the setup and the moves and, if it came to an agreement, the terms onto the KPI card."""
        if self.run is None or not self.run.moves:
            self.say("There is nothing to keep yet: start, and make an offer.", good=False)
            return False
        agreed = offer(self.run.agreed).model_dump(exclude={"do"}) if self.run.agreed else None
        kept = Negotiation.model_validate(
            {"setup": self.run.setup, "moves": self.run.moves, "agreed": agreed}
        )
        card = self._card(self.run)
        parts: list[tuple[str, KpiCard | dict[str, object]]] = [("kpis", card)] if card else []
        if not self.save(*parts, ("choices", {self.name: as_plain(kept)})):
            return False
        if card and lint_card(card).breaks("alarm"):
            told = "The card's watch threshold is now stricter than its target: mend it in 02_kpi_design."
            self.say(f"Kept in {self.opened.path.name}. {told}", good=True)
        return True

    def _card(self, run: Transcript) -> KpiCard | None:
        """Return the KPI card with the agreed terms; without an agreement, with what stood there before an earlier one."""
        card = next((card for card in self.opened.agreement.kpis if card.id == run.setup.card), None)
        earlier = self._kept()
        if card is None:
            return None
        if run.agreed:
            return card.model_copy(update={"target": run.agreed[0], "at_risk": run.agreed[1]})
        if (
            earlier
            and earlier.agreed
            and earlier.setup.card == card.id
            and earlier.agreed.target == card.target
        ):
            setup = earlier.setup
            return card.model_copy(update={"target": setup.proposed, "at_risk": setup.proposed_at_risk})
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

    def _classes(self) -> None:
        named = {"says": self.says, "worth": self.worth, "told": self.told, "transcript": self.table,
                 "debrief": self.debrief, "terms": self.end}  # fmt: skip
        named |= {f"button-{name.replace('_', '-')}": button for name, button in self.buttons.items()}
        named |= {f"offer-{name.replace('_', '-')}": control for name, control in self.terms.items()}
        named |= {f"choice-{name.replace('_', '-')}": control for name, control in self.choice.items()}
        for name, widget in named.items():
            widget.add_class(f"cb-{name}")
        self.told.add_class("cb-help")
        self.buttons["offer"].button_style = "primary"

    def _lay(self, setup: Setup) -> None:
        """Put the options of the three issues on the table, starting from the last offer or from the card."""
        offers = [m.terms for m in self.run.moves if m.do == "offer"] if self.run else []
        at_risk = setup.at_risks[-2] if setup.proposed_at_risk is None else setup.proposed_at_risk
        first = offers[-1] if offers else (setup.proposed, at_risk, min(setup.reviews))
        for issue, value in zip(setup.issues, first, strict=True):
            control = self.terms[issue.id]
            control.options = [(setup.printed(issue.id, option), option) for option in issue.options]
            control.value = value if value in issue.options else issue.options[-1]

    def _told(self, _: object = None) -> None:
        """Say what the importance sliders amount to, and what the counterpart is like."""
        ranks = {name: self.choice[name].value for name in ISSUES}
        shares = ", ".join(
            f"{ISSUES[name].lower()} {rank / sum(ranks.values()):.0%}" for name, rank in ranks.items()
        )
        _, name, does = CHARACTERS[self.choice["character"].value]
        self.told.value = f"Your weights: {shares}. {name}: the counterpart {does}."
        self._weigh()

    def _weigh(self, _: object = None) -> None:
        """Show what the offer, as it is set, is worth to your side, issue by issue."""
        if any(control.value in ("", None) for control in self.terms.values()):
            return
        you, issues = self.setup().parties[0], self.setup().issues
        parts = attribution(issues, you, self.package)
        total, told = sum(parts.values()), ", ".join(f"{ISSUES[n].lower()} {p:.2f}" for n, p in parts.items())
        segments = "".join(
            f'<i style="width:{100 * part:.1f}%;background:{colour}"></i>'
            for part, colour in zip(parts.values(), COLOURS, strict=True)
        )
        low = total < you.reserved
        against = "below" if low else "at or above"
        self.worth.value = (
            f'<div aria-live="polite">This offer is worth <strong>{total:.2f}</strong> to you ({told}).'
            f'<div class="cb-bar" role="img" aria-label="{total:.2f} of 1">{segments}'
            f'<b style="left:{100 * you.reserved:.1f}%"></b></div>'
            f'<span class="{"cb-bad" if low else "cb-good"}">{against} your alternative, {you.reserved:.2f} '
            "(dashed line)</span></div>"
        )

    def _update(self) -> None:
        """Bring the buttons, the counterpart's words, the transcript and the debrief to the state of play."""
        run = self.run
        open_ = run is not None and not run.ended
        for control in self.choice.values():
            control.disabled = run is not None
        self.buttons["start"].description = "Start again" if run else "Start"
        self.buttons["offer"].disabled = self.buttons["walk_away"].disabled = not open_
        self.buttons["accept"].disabled = run is None or run.theirs is None
        self.says.value = f'<div aria-live="polite">{_spoken(run)}</div>'
        shown = {self.table: run is not None and bool(run.turns)}
        shown |= dict.fromkeys((self.debrief, self.end), run is not None and run.ended)
        for area, visible in shown.items():
            area.layout.display = None if visible else "none"
        if run is None:
            return
        if run.turns:
            self.table.show(show.transcript(run))
        if run.ended:
            self.debrief.show(replace(show.debrief(run), size=(7.5, 4.4)))
            self.end.show(show.terms(run))


BUTTONS = {"start": "Start", "offer": "Offer", "accept": "Accept theirs", "walk_away": "Walk away"}


def _half(widgets: list[w.Widget]) -> w.VBox:
    return w.VBox(widgets, layout=w.Layout(flex="1 1 370px", max_width="100%"))


def _labels(setup: Setup) -> list[tuple[str, str]]:
    unit = "%" if setup.is_rate else setup.unit
    return [
        ("target", f"Target ({unit})"),
        ("at_risk", "At-risk amount (% of fee)"),
        ("review_months", "Review"),
    ]


def _choices(setup: Setup) -> dict[str, w.Widget]:
    """Return the controls of the setup, at its values."""
    lines = [(f"{text} ({worth:.2f})", name) for name, (worth, text) in ALTERNATIVES.items()]
    people = [(label, name) for name, (_, label, _) in CHARACTERS.items()]
    importance = {
        name: field(
            w.IntSlider, f"{label} matters", "From 1, little, to 5, most", min=1, max=5,
            value=getattr(setup.importance, name),
        )
        for name, label in ISSUES.items()
    }  # fmt: skip
    return {
        **importance,
        "alternative": field(
            w.Dropdown, "Without agreement", "What you do if there is no agreement, and what it is worth to you",
            options=lines, value=setup.alternative,
        ),
        "character": field(
            w.Dropdown, "Counterpart", "How the counterpart moves", options=people, value=setup.character
        ),
        "rounds": field(w.IntSlider, "Rounds", "How many offers you can make", min=3, max=10, value=setup.rounds),
        "seed": field(
            w.BoundedIntText, "Counterpart number", "Each number has other hidden interests; your course may give you one",
            min=1, max=9999, value=setup.seed,
        ),
    }  # fmt: skip


def _spoken(run: Transcript | None) -> str:
    """Return what is to be said at the table now, as HTML."""
    if run is None:
        return (
            "Set your side on the left, then press <strong>Start</strong>. The importance sliders decide what an "
            "offer is worth to you."
        )
    setup = run.setup
    if not run.turns:
        who, them = escape(setup.you, quote=False), escape(setup.them, quote=False)
        return (
            f"You speak for <strong>{who}</strong> about “{escape(setup.name, quote=False)}”. Opposite sits "
            f"<strong>{them}</strong>. You have {setup.rounds} rounds: make the first offer."
        )
    last = run.turns[-1]
    said = f"“{escape(last.reason, quote=False)}”" if last.reason else ""
    if run.ended:
        ends = show.ENDINGS[run.ending] + (f" on {setup.told(run.agreed)}" if run.agreed else "")
        over = f"<strong>It is over: {escape(ends, quote=False)}.</strong> {said}"
        return f"{over} The debrief is below. Press Keep to take it into your file."
    theirs = f"{escape(setup.told(last.terms or ()), quote=False)}, worth {last.utilities[0]:.2f} to you"
    if last.utilities[0] < setup.parties[0].reserved:
        theirs += ", less than your alternative"
    left = setup.rounds - last.round
    next_ = "Your next offer is the last one" if left == 1 else f"{left} rounds are left"
    return (
        f"<strong>Round {last.round} of {setup.rounds}. Their offer:</strong> {theirs}.<br>{said}<br>{next_}."
    )
