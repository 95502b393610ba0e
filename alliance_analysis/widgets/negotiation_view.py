"""How the negotiation table looks: its style, its controls, and what is said at it."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as w

from alliance_analysis.figures.negotiation import ENDINGS
from alliance_analysis.figures.style import CYCLE
from alliance_analysis.negotiation import CHARACTERS, LABELS, Setup, Transcript, attribution
from alliance_analysis.negotiation.setups import ALTERNATIVES
from alliance_analysis.negotiation.utility import Issue, Package
from alliance_analysis.widgets.panel import field

CSS = """<style>
.cb-negotiation h4 { margin: 0 0 4px; font-size: 1.02em; }
.cb-negotiation .widget-html-content { line-height: 1.45; }
.cb-negotiation .cb-says { min-height: 9.2em; border-left: 4px solid #e69f00; padding: 2px 0 2px 10px; }
.cb-negotiation .cb-worth { min-height: 7.4em; }
.cb-negotiation .cb-bar { position: relative; display: flex; height: 14px; width: 96%; margin: 4px 0;
  border: 1px solid var(--jp-border-color1, #999); background: var(--jp-layout-color2, #eee); }
.cb-negotiation .cb-bar i { display: block; height: 100%; border-right: 1px solid #fff; box-sizing: border-box; }
.cb-negotiation .cb-bar b { position: absolute; top: -4px; bottom: -4px; width: 0;
  border-left: 2px dashed var(--jp-content-font-color1, #222); }
.cb-negotiation .cb-buttons { flex-flow: row wrap; gap: 6px; } .cb-negotiation .cb-buttons button { width: 112px; }
.cb-negotiation .cb-told { min-height: 4.6em; } .cb-negotiation .cb-heard ul { margin: 4px 0; padding-left: 18px; }
.cb-negotiation .cb-heard li { margin: 4px 0; } .cb-negotiation .cb-plain { font-size: 1.08em; }
.cb-negotiation .cb-exhibit { overflow-x: auto; }
.cb-negotiation .widget-inline-hbox { height: auto; min-height: 32px; align-items: center; }
.cb-negotiation .widget-inline-hbox > .widget-label { white-space: normal; height: auto; line-height: 1.2;
  padding: 4px 0; }
.cb-negotiation .widget-dropdown > select { height: 30px; }
@media (max-width: 800px) {
  .cb-negotiation .widget-inline-hbox { flex-wrap: wrap; height: auto; }
  .cb-negotiation .widget-inline-hbox > .widget-label { width: 100% !important; text-align: left; }
}
</style>"""
BUTTONS = {
    "start": "Start",
    "ask": "Ask why",
    "offer": "Offer",
    "accept": "Accept theirs",
    "walk_away": "Walk away",
}
SCALES = ("target", "at_risk", "gainshare")
"""The terms that are set with a slider."""


def choices(setup: Setup, customer: str, vendor: str) -> dict[str, w.Widget]:
    """Return the controls of a setup, at its values."""
    lines = [(f"{text} ({worth:.2f})", name) for name, (worth, text) in ALTERNATIVES.items()]
    importance = {
        name: field(
            w.IntSlider, label, "How much it matters to you: from 1, little, to 5, most", min=1, max=5,
            value=getattr(setup.importance, name),
        )
        for name, label in LABELS.items()
    }  # fmt: skip
    return {
        "side": field(
            w.Dropdown, "You speak for", "Your side of the table", value=setup.side,
            options=[(f"the customer: {customer}", "customer"), (f"the provider: {vendor}", "vendor")],
        ),
        **importance,
        "alternative": field(
            w.Dropdown, "Without agreement", "What you do if there is no agreement, and what it is worth to you",
            options=lines, value=setup.alternative,
        ),
        "character": field(
            w.Dropdown, "Counterpart", "How the counterpart behaves", value=setup.character,
            options=[(found.name, name) for name, found in CHARACTERS.items()],
        ),
        "rounds": field(w.IntSlider, "Rounds", "How many offers you can make", min=3, max=10, value=setup.rounds),
        "delay_cost": field(
            w.Dropdown, "Each round costs", "What each round after the first takes from both sides",
            options=[("nothing", 0.0), ("2% of what an agreement is worth", 0.02),
                     ("5% of what an agreement is worth", 0.05)],
            value=setup.delay_cost if setup.delay_cost in (0.0, 0.02, 0.05) else 0.0,
        ),
        "seed": field(
            w.BoundedIntText, "Counterpart number", "Each number has other hidden interests; your course may give you one",
            min=1, max=9999, value=setup.seed,
        ),
    }  # fmt: skip


class Scale(w.SelectionSlider):  # type: ignore[misc]
    """A slider over the options of a term, the lowest on the left; its label says what it is set to.

    The number that ipywidgets puts beside such a slider can be typed over and is then ignored.
    """

    def __init__(self, description: str = "", **settings: Any) -> None:
        self.term = description
        super().__init__(description=description, readout=False, **settings)
        self.observe(self._say, "label")

    def _say(self, _: object) -> None:
        self.description = f"{self.term}: {self.label}"


def terms() -> dict[str, w.Widget]:
    """Return one control for each term: a slider on a scale, a drop-down otherwise."""
    of = {"at_risk": " (of the fee)", "gainshare": " (to the provider)"}
    return {
        name: field(
            Scale if name in SCALES else w.Dropdown,
            f"{label}{of.get(name, '')}",
            "One term of your offer",
            options=[""],
        )
        for name, label in LABELS.items()
    }


def lay(control: w.Widget, setup: Setup, issue: Issue) -> None:
    """Put the options of a term into its control; on a scale the lowest number first."""
    options = sorted(issue.options, key=float) if isinstance(control, Scale) else issue.options
    control.options = [(setup.printed(issue.id, option), option) for option in options]


def weights_told(importance: dict[str, int], character: str) -> str:
    """Say what the importance sliders amount to, and what the counterpart is like."""
    total = sum(importance.values())
    shares = ", ".join(f"{LABELS[name].lower()} {rank / total:.0%}" for name, rank in importance.items())
    found = CHARACTERS[character]
    return f"Your weights: {shares}. {found.name}: {found.does}."


def worth(setup: Setup, package: Package) -> str:
    """Return what an offer is worth to your side, term by term, as HTML."""
    you = setup.parties[0]
    parts = attribution(setup.issues, you, package)
    total = sum(parts.values())
    told = ", ".join(f"{LABELS[name].lower()} {part:.2f}" for name, part in parts.items())
    segments = "".join(
        f'<i style="width:{100 * part:.1f}%;background:{colour}"></i>'
        for part, colour in zip(parts.values(), CYCLE, strict=False)
    )
    low = total < you.reserved
    against = "below" if low else "at or above"
    return (
        f'<div aria-live="polite">This offer is worth <strong>{total:.2f}</strong> to you ({told}).'
        f'<div class="cb-bar" role="img" aria-label="{total:.2f} of 1">{segments}'
        f'<b style="left:{100 * you.reserved:.1f}%"></b></div>'
        f'<span class="{"cb-bad" if low else "cb-good"}">{against} your alternative, {you.reserved:.2f} '
        "(dashed line)</span></div>"
    )


def heard(run: Transcript) -> str:
    """Return the answers to your questions, as HTML."""
    items = "".join(
        f"<li><strong>{LABELS[turn.about or '']}:</strong> “{escape(turn.reason, quote=False)}”</li>"
        for turn in run.turns
        if turn.act == "answer"
    )
    none = "Nothing yet. A question costs no round, and the answer is true, if not the whole truth."
    return f'<div aria-live="polite">{f"<ul>{items}</ul>" if items else none}</div>'


def spoken(run: Transcript | None, name: str) -> str:
    """Return what is to be said at the table now, as HTML; `name` is the KPI's before a negotiation begins."""
    if run is None:
        return (
            f"You will negotiate the terms of “{escape(name, quote=False)}”. Set your side on the left, then press "
            "<strong>Start</strong>. The importance sliders decide what an offer is worth to you."
        )
    setup = run.setup
    if run.ended:
        reason = run.turns[-1].reason
        said = f" “{escape(reason, quote=False)}”" if reason else ""
        ends = ENDINGS[run.ending] + (f" on {setup.told(run.agreed)}" if run.agreed else "")
        over = f"<strong>It is over: {escape(ends, quote=False)}.</strong>{said}"
        return f"{over} The debrief is below. Press Keep to take it into your file."
    offers = run.offers("them")
    if not offers:
        who, them = escape(setup.you, quote=False), escape(setup.them, quote=False)
        return (
            f"You speak for <strong>{who}</strong> about “{escape(setup.name, quote=False)}”. Opposite sits "
            f"<strong>{them}</strong>. You have {setup.rounds} rounds. Ask about what matters to them, or make the "
            "first offer."
        )
    last = offers[-1]
    theirs = f"{escape(setup.told(last.terms or ()), quote=False)}, worth {last.utilities[0]:.2f} to you"
    if last.utilities[0] < setup.parties[0].reserved:
        theirs += ", less than your alternative"
    left = setup.rounds - last.round
    next_ = "Your next offer is the last one" if left == 1 else f"{left} rounds are left"
    return (
        f"<strong>Round {last.round} of {setup.rounds}. Their offer:</strong> {theirs}.<br>"
        f"“{escape(last.reason, quote=False)}”<br>{next_}."
    )
