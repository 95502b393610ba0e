"""Scenario buttons: a disruption, a price shock, a technology shift, and what the clause against it saves whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipywidgets as w

from alliance_analysis.drafting.shocks import NAME, SHOCKS, Shock, ShockTrial, shock, shock_trial
from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import shocks as show
from alliance_analysis.figures.picture import Picture
from alliance_analysis.records import as_plain
from alliance_analysis.widgets.panel import Panel, field, halves, help_text

START = {
    "disruption": (12.0, 0.5, ".1f", 3.0, 0.4),
    "price": (1.0, 0.01, ".0%", 0.2, 0.05),
    "technology": (1.0, 0.05, ".0%", 0.9, 0.5),
}
"""For each shock: the largest size, its step and print, and where size and protection start."""


class ShockPanel(Panel):
    """Press a shock, set its size and the protection; Keep writes the trial."""

    name = NAME

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        try:
            trial = shock_trial(self.opened.agreement)
        except AllianceError as error:
            self.say(f"{error}. The panel starts anew.", good=False)
            trial = ShockTrial()
        self.begun = trial
        self.kind = w.ToggleButtons(
            description="Shock",
            options=[(title, key) for key, (title, *_) in SHOCKS.items()],
            value=trial.kind,
        )
        self.size = field(w.FloatSlider, "Size", "How large the shock is", min=0, max=12, value=trial.size)
        self.protection = field(w.FloatSlider, "Protection", "What the clause takes off", min=0, max=1, step=0.01,
                                value=trial.protection, readout_format=".0%")  # fmt: skip
        self.picture: Picture[Shock] = Picture(show.build_shock, size=(6.5, 2.5))
        self.image, self.told = w.HTML(), w.HTML()
        self.told.add_class("cb-told")
        self.size_means, self.protection_means = help_text(""), help_text("")
        self._holds = False
        self._fit(trial)
        for name in ("kind", "size", "protection"):
            control = getattr(self, name)
            control.add_class(f"cb-shock-{name}")
            control.observe(self._switch if name == "kind" else self._update, "value")
        self._update()

    def body(self) -> list[w.Widget]:
        """Return the buttons and sliders on the left, the costs on the right."""
        left = [
            self.size_means,
            self.size,
            self.protection_means,
            self.protection,
            self.keep_button(self.keep),
        ]
        return [self.kind, halves(left, [self.told, self.image])]

    def still(self) -> Exhibit:
        """Return the shock that stands in the file."""
        return show.shock(shock(self.opened.agreement, self.begun))

    def trial(self) -> ShockTrial:
        """Return the shock as set on the panel."""
        return ShockTrial(kind=self.kind.value, size=self.size.value, protection=self.protection.value)

    def keep(self) -> bool:
        """Write the trial."""
        return self.save(("choices", {self.name: as_plain(self.trial())}))

    def _fit(self, trial: ShockTrial) -> None:
        """Bring the sliders to the range of a shock."""
        most, step, form, *_ = START[trial.kind]
        _, size, protection = SHOCKS[trial.kind]
        self._holds = True
        self.size.max, self.size.step, self.size.readout_format = most, step, form
        self.size.value, self.protection.value = min(most, trial.size), trial.protection
        self._holds = False
        self.size_means.value = help_text(f"Size: {size}.").value
        self.protection_means.value = help_text(f"Protection: {protection}.").value

    def _switch(self, change: dict[str, Any]) -> None:
        *_, size, protection = START[change["new"]]
        self._fit(ShockTrial(kind=change["new"], size=size, protection=protection))
        self._update(change)

    def _update(self, change: dict[str, Any] | None = None) -> None:
        if self._holds:
            return
        if change:
            self.changed()
        try:
            found = shock(self.opened.agreement, self.trial())
        except AllianceError as error:
            self.say(str(error), good=False)
            return
        without, with_ = (sum(costs[which] for costs in found.costs.values()) for which in (0, 1))
        self.told.value = (
            f'<div aria-live="polite">Both together bear <strong>{without:,.4g}</strong> without the clause and '
            f"<strong>{with_:,.4g}</strong> with it. {found.working}.</div>"
        )
        self.image.value = self.picture.html(found, found.alt)
