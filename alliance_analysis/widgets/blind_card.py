"""The panel in which both sides fill in the same card blind, one after the other, and then compare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipywidgets as w
from pydantic import ValidationError

from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures.bargaining import blind
from alliance_analysis.negotiation import setup_from
from alliance_analysis.negotiation.blind import NAME, SIDES, BlindCard, Expected, blind_card_in
from alliance_analysis.negotiation.terms import LABELS
from alliance_analysis.records import as_plain
from alliance_analysis.widgets.panel import Panel, Shown, field, help_text

SHOWN = BlindCard(
    unit="fraction of deliveries",
    customer=Expected(days_on_time=1, target=0.95, at_risk=0.12, gainshare=0.2, review_months=1,
                      baseline_adjustment="none", transparency="system"),
    vendor=Expected(days_on_time=10, target=0.9, at_risk=0.05, gainshare=0.5, review_months=6,
                    baseline_adjustment="like_for_like", transparency="result"),
)  # fmt: skip
"""The demonstration's pair of cards, invented."""


class BlindCardPanel(Panel):
    """Fill in one side, hand over, fill in the other, compare; Keep writes both into `choices.blind_card`."""

    name = NAME
    recalls = False

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        try:
            self.kept = blind_card_in(self.opened.agreement)
        except AllianceError as error:
            self.kept = None
            self.say(str(error), good=False)
        self.setup = setup_from(self.opened.agreement.model_copy(update={"choices": {}}))
        self.sides = {side: self._side(side) for side in SIDES}
        self.turn = w.HTML()
        self.next = w.Button(
            description="Hand over", tooltip="Cover this side and let the other one fill in its own"
        )
        self.next.add_class("cb-hand-over")
        self.next.on_click(lambda _: self.hand_over())
        self.compared = Shown(height="0px")
        self.compared.add_class("cb-compared")
        self.boxes = {side: w.VBox(list(controls.values())) for side, controls in self.sides.items()}
        self._at = 2 if self.kept else 0
        self._update()

    def _side(self, side: str) -> dict[str, Any]:
        before = getattr(self.kept, side) if self.kept else Expected()
        controls: dict[str, Any] = {
            "days_on_time": field(w.Text, "Grace (days)", "How many days after the agreed date a result still counts",
                                  value="" if before.days_on_time is None else f"{before.days_on_time:g}")
        }  # fmt: skip
        for issue in self.setup.issues:
            options = [("choose", ""), *((self.setup.printed(issue.id, o), o) for o in issue.options)]
            value = getattr(before, issue.id)
            controls[issue.id] = field(
                w.Dropdown, LABELS[issue.id], "What this side expects", options=options,
                value=value if value in issue.options else "",
            )  # fmt: skip
        for name, control in controls.items():
            control.add_class(f"cb-{side}-{name.replace('_', '-')}")
        return controls

    def body(self) -> list[w.Widget]:
        """Return the side whose turn it is, the button that hands over, and the comparison."""
        intro = help_text(
            "Two people: one fills in the customer's side and presses Hand over, then the other. Alone: do it twice, once "
            "in each role. Neither side sees the other's card before both are full."
        )
        return [intro, self.turn, *self.boxes.values(), self.next, self.compared, self.keep_button(self.keep)]

    def still(self) -> Exhibit:
        """Return the comparison that stands in the file, or the labelled demonstration."""
        return blind(self.kept or SHOWN, example=self.kept is None)

    def card(self) -> BlindCard:
        """Return both sides as filled in; raises ValueError for a number that does not fit."""
        sides = {}
        for side, controls in self.sides.items():
            given = {
                name: None if control.value == "" else control.value for name, control in controls.items()
            }
            days = str(given["days_on_time"] or "").strip().replace(",", ".")
            sides[side] = {**given, "days_on_time": float(days) if days else None}
        return BlindCard.model_validate({"unit": self.setup.unit, **sides})

    def hand_over(self) -> None:
        """Cover what one side wrote and go on to the other; after both, compare; then begin anew."""
        self.changed()
        try:
            self.card()
        except (ValueError, ValidationError):
            self.say("Grace: write a number from 0 to 365, or leave it blank.", good=False)
            return
        self._at = (self._at + 1) % 3
        if self._at == 0:
            self.sides_emptied()
        self._update()

    def sides_emptied(self) -> None:
        """Take both cards off the table."""
        for controls in self.sides.values():
            for control in controls.values():
                control.value = ""

    def keep(self) -> bool:
        """Write both cards, once both sides have filled them in."""
        if self._at < 2:
            self.say("Both sides first: press Hand over when one is done.", good=None)
            return False
        card = self.card()
        if not self.save(("choices", {self.name: as_plain(card)})):
            return False
        self.kept = card
        return True

    def _update(self) -> None:
        names = list(SIDES)
        for at, side in enumerate(names):
            self.boxes[side].layout.display = None if at == self._at else "none"
        over = self._at == 2
        who = "Both cards are full." if over else f"{SIDES[names[self._at]]} fills in what it expects."
        self.turn.value = f'<div aria-live="polite"><strong>{who}</strong></div>'
        self.next.description = ("Hand over", "Compare", "Begin anew")[self._at]
        self.compared.layout.display = None if over else "none"
        if over:
            self.compared.show(blind(self.card()))
