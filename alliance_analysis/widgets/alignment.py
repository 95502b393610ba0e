"""The alignment meter: how much both sides want each goal, this year and in three years."""

from __future__ import annotations

from pathlib import Path

import ipywidgets as w

from alliance_analysis.drafting.examples import party_names
from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import alignment as show
from alliance_analysis.records import as_plain
from alliance_analysis.review.alignment import HORIZONS, NAME, STARTING, Goal, Goals, Horizon, goals_in
from alliance_analysis.widgets.panel import Panel, Shown, field, halves, help_text


class AlignmentPanel(Panel):
    """Give points to goals for both sides; Keep writes them into the agreement file."""

    name = NAME

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        try:
            self.goals = goals_in(self.opened.agreement)
        except AllianceError as error:
            self.goals = STARTING
            self.say(f"{error}. The meter starts anew.", good=False)
        self.horizon = field(w.Dropdown, "Horizon", "The time for which the points hold",
                             options=[(says, key) for key, says in HORIZONS.items()], value="now")  # fmt: skip
        self.names = [field(w.Text, f"Goal {i}", "The goal's name", value=goal.name, continuous_update=False)
                      for i, goal in enumerate(self.goals.goals, start=1)]  # fmt: skip
        self.points = [[self._slider(side, goal) for side in (0, 1)] for goal in self.goals.goals]
        self.shown = Shown(height="380px")
        self.shown.add_class("cb-alignment")
        self.horizon.observe(self._other_horizon, "value")
        for control in (*self.names, *(slider for pair in self.points for slider in pair)):
            control.observe(self._moved, "value")
        self._draw()

    def _slider(self, side: int, goal: Goal) -> w.IntSlider:
        slider: w.IntSlider = field(
            w.IntSlider, self._sides()[side], f"What {self._sides()[side]} gives this goal, from 0 to 10",
            min=0, max=10, value=goal.now[side], continuous_update=False,
        )  # fmt: skip
        slider.add_class(f"cb-side-{side + 1}")
        return slider

    def _sides(self) -> tuple[str, str]:
        names = [name.partition(" (")[0] for name in party_names(self.opened.agreement).values()]
        return (names[0], names[1]) if len(names) > 1 else ("First side", "Second side")

    def body(self) -> list[w.Widget]:
        """Return goals and sliders beside the picture, and Keep."""
        rows = [
            control for name, pair in zip(self.names, self.points, strict=True) for control in (name, *pair)
        ]
        intro = help_text(
            "Points say how much a side wants a goal; what counts is their share of that side's sum."
        )
        return [halves([intro, self.horizon, *rows], [self.shown]), self.keep_button(self.keep)]

    def take_over(self, before: AlignmentPanel) -> None:
        """Take over the points of both horizons: the controls show one."""
        self.goals = before.goals

    def still(self) -> Exhibit:
        """Return what stands in the file for this year."""
        return self._exhibit(self.goals, "now", kept=bool(self.chosen))

    def _exhibit(self, goals: Goals, horizon: Horizon, *, kept: bool) -> Exhibit:
        return show.alignment(goals.alignment(horizon), self._sides(), synthetic=not kept)

    def _other_horizon(self, _: object = None) -> None:
        for goal, pair in zip(self.goals.goals, self.points, strict=True):
            for slider, value in zip(pair, getattr(goal, self.horizon.value), strict=True):
                slider.value = value
        self._draw()

    def _moved(self, _: object = None) -> None:
        """Take the controls into the goals, and show what follows."""
        goals = []
        for goal, name, pair in zip(self.goals.goals, self.names, self.points, strict=True):
            update = {
                "name": name.value.strip() or goal.name,
                self.horizon.value: tuple(s.value for s in pair),
            }
            goals.append(goal.model_copy(update=update))
        if goals != self.goals.goals:
            self.goals = Goals(goals=goals)
            self.changed()
            self._draw()

    def _draw(self) -> None:
        try:
            self.shown.show(self._exhibit(self.goals, self.horizon.value, kept=bool(self.chosen)))
        except AllianceError as error:
            self.say(str(error), good=False)

    def keep(self) -> bool:
        """Write the goals of both horizons."""
        try:
            for horizon in HORIZONS:
                self.goals.alignment(horizon)
        except AllianceError as error:
            self.say(f"Nothing was kept. {error}", good=False)
            return False
        kept = self.save(("choices", {self.name: as_plain(self.goals)}))
        self._draw()
        return kept
