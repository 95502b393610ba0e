"""The exit-clause pricer: what a right to leave, and a right to buy out, are worth under your assumptions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipywidgets as w

from alliance_analysis.agreement import Exit
from alliance_analysis.drafting.worth import EXIT, ExitTrial, assumed, exit_trial
from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import exit as show
from alliance_analysis.figures.picture import Picture
from alliance_analysis.incentives.exit import exit_right
from alliance_analysis.records import as_plain
from alliance_analysis.widgets.panel import Panel, field, halves, help_text

CONTROLS: dict[str, tuple[str, str, float, float, float, str]] = {
    "recovery": (
        "You get on leaving",
        "In percent of what the alliance is worth to you today",
        10,
        200,
        1,
        ".0f",
    ),
    "notice_months": ("Notice, months", "Between saying so and being out", 0, 36, 1, ".0f"),
    "buy_out": (
        "Price to buy out",
        "In percent of what the alliance is worth to you today",
        20,
        300,
        1,
        ".0f",
    ),
    "volatility": (
        "Volatility a year",
        "How far the value swings in a year; nobody knows it",
        0.05,
        1,
        0.01,
        ".0%",
    ),
    "rate": ("Riskless rate a year", "What safe money earns", 0, 0.15, 0.005, ".1%"),
    "years": ("Term, years", "How long the contract runs", 0.5, 10, 0.5, ".1f"),
}
"""By field of the trial: label, explanation, least, most, step and how the value is printed."""


class ExitPanel(Panel):
    """Price an exit clause; Keep writes the notice into `exit` and the assumptions into `choices`."""

    name = EXIT

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        try:
            trial = exit_trial(self.opened.agreement)
        except AllianceError as error:
            self.say(f"{error}. The panel starts anew.", good=False)
            trial = exit_trial(self.opened.agreement.model_copy(update={"choices": {}}))
        self.begun = trial
        self.controls = {name: _slider(float(getattr(trial, name)), *CONTROLS[name]) for name in CONTROLS}
        self.picture: Picture[show.Rights] = Picture(show.build_exit_curve)
        self.image, self.told = w.HTML(), w.HTML()
        self.told.add_class("cb-told")
        for name, control in self.controls.items():
            control.add_class(f"cb-{name.replace('_', '-')}")
            control.observe(self._update, "value")
        self._update()

    def body(self) -> list[w.Widget]:
        """Return the assumptions on the left, the worth of both rights on the right, and Keep."""
        intro = help_text(
            "Every number here is an assumption of yours. Move one at a time, and see how far the answer moves with it."
        )
        return [
            intro,
            halves([*self.controls.values(), self.keep_button(self.keep)], [self.told, self.image]),
        ]

    def still(self) -> Exhibit:
        """Return the curves of what stands in the file."""
        return show.exit_curve(show.rights(**self.begun.model_dump()), assumed(self.begun))

    def trial(self) -> ExitTrial:
        """Return the assumptions as set on the panel."""
        return ExitTrial(**{name: control.value for name, control in self.controls.items()})

    def keep(self) -> bool:
        """Write the notice into the exit card, and the assumptions beside it."""
        trial, card = self.trial(), self.opened.agreement.exit or Exit()
        kept = card.model_copy(update={"notice_months": trial.notice_months})
        return self.save(("exit", kept), ("choices", {self.name: as_plain(trial)}))

    def _update(self, change: dict[str, Any] | None = None) -> None:
        if change:
            self.changed()
        trial = self.trial()
        try:
            found = show.rights(**trial.model_dump())
            at = trial.model_dump(include={"recovery", "volatility", "rate", "years"})
            free = float(exit_right(100.0, **at))
        except AllianceError as error:
            self.say(str(error), good=False)
            return
        (leave, buy), lost = found.today, free - found.today[0]
        self.told.value = (
            f'<div aria-live="polite">Of a value of 100 today, the right to leave is worth <strong>{leave:.1f}</strong>'
            f" ({trial.notice_months:g} months’ notice take {lost:.1f} from it), the right to buy out "
            f"<strong>{buy:.1f}</strong>.</div>"
        )
        self.image.value = self.picture.html(found, found.alt)


def _slider(value: float, label: str, help: str, low: float, high: float, step: float, form: str) -> w.Widget:
    """Return a slider that has room for its value."""
    ends = {"min": min(low, value), "max": max(high, value)}
    return field(w.FloatSlider, label, help, **ends, step=step, value=value, readout_format=form)
