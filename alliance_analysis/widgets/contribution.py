"""The panel "Which accord matters most": set the environment, and see at once what each accord contributes there."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w

from alliance_analysis.agreement import ACCORDS
from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import contribution as show
from alliance_analysis.figures.live_bars import LiveBars
from alliance_analysis.figures.sensitivity import environments
from alliance_analysis.records import as_plain
from alliance_analysis.simulation.assumptions import ASSUMPTIONS, ENVIRONMENT, Environment
from alliance_analysis.simulation.contribution import (
    NAME,
    OUTCOMES,
    Contribution,
    Study,
    contribution,
    first_study,
    studied,
)
from alliance_analysis.simulation.sensitivity import environment_wins
from alliance_analysis.widgets.panel import STILL, Panel, Shown, field, help_text, styled

CSS = """<style>
.cb-contribution .cb-grid { grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr)); }
.cb-contribution .cb-result img { aspect-ratio: 65 / 27; }
</style>"""
OLDER = "Settings have changed since; press again to bring this up to date."


class ContributionPanel(Panel):
    """Environment, overdone accords and assumptions on one side; what each accord contributes on the other."""

    name = NAME

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        try:
            self.study = studied(self.opened.agreement)
        except AllianceError as error:
            self.say(f"{error}. The panel starts anew.", good=False)
            self.study = first_study(self.opened.agreement)
        self._kept = self.study
        self.places = {key: self._slider(key) for key in ENVIRONMENT}
        self.overdone = {a: w.Checkbox(description=f"{a.capitalize()} overdone", indent=False,
                                       tooltip="More rules than its work needs") for a in ACCORDS}  # fmt: skip
        self.assumed = {
            key: field(w.BoundedFloatText, f"{item.says} ({item.unit})", f"{item.reason}; {item.low:g} to {item.high:g}",
                       min=item.low, max=item.high, step=(item.high - item.low) / 20)
            for key, item in ASSUMPTIONS.items()
        }  # fmt: skip
        for box in self.assumed.values():
            box.style = {"description_width": "72%"}
        self.outcome = field(w.Dropdown, "Outcome", "What is divided among the accords",
                             options=[(title, key) for key, (title, _) in OUTCOMES.items()])  # fmt: skip
        self.result, self.live = w.HTML(), LiveBars()
        self.result.add_class("cb-result")
        self.where, self.where_told = Shown(height="0"), help_text("")
        self.progress = w.IntProgress(
            description="Environments", layout=w.Layout(width="320px", visibility="hidden")
        )
        self.progress.style = {"description_width": "110px"}
        self.found: Contribution | None = None
        self._set(self.study)
        self._observe()

    def _slider(self, key: str) -> Any:
        title, help = ENVIRONMENT[key]
        least = -1 if key == "dependence" else 0
        slider = field(
            w.FloatSlider, f"{title} ({least} to 1)", help, min=least, max=1, step=0.1, readout_format=".1f"
        )
        slider.style = {"description_width": "150px"}
        slider.add_class(f"cb-{key}")
        return slider

    def _observe(self) -> None:
        for key, slider in self.places.items():
            slider.observe(lambda change, key=key: self._moved(ENVIRONMENT[key][0], change), "value")
        for accord, box in self.overdone.items():
            box.observe(
                lambda change, accord=accord: self._moved(f"{accord.capitalize()} overdone", change), "value"
            )
        for key, number in self.assumed.items():
            number.observe(lambda change, key=key: self._moved(ASSUMPTIONS[key].says, change), "value")
        self.outcome.observe(lambda _: self._update("Another outcome is shown"), "value")

    def body(self) -> list[w.Widget]:
        """Return environment, what follows, assumptions (folded), the grid of environments, and Keep."""
        note = help_text(
            "Scores come from your agreement. All sizes are invented; every assumption stands below and can be changed."
        )
        grid = w.Box([*self.places.values(), self.outcome])
        grid.add_class("cb-grid")
        excess = w.HBox(list(self.overdone.values()), layout=w.Layout(flex_flow="row wrap"))
        folded = w.VBox(list(self.assumed.values()), layout=w.Layout(display="none"))
        unfold = w.ToggleButton(
            description="Assumptions", tooltip="Show or hide every assumption", icon="caret-right"
        )
        unfold.observe(lambda change: self._unfold(folded, unfold, change["new"]), "value")
        reset = w.Button(description="Back to the start", tooltip="All controls as they were at first")
        reset.on_click(lambda _: self._reset())
        reset.add_class("cb-reset")
        run = w.Button(
            description="Which accord wins where?",
            tooltip="Run all environments",
            layout=w.Layout(width="220px"),
        )
        run.on_click(lambda _: self.run_grid())
        run.add_class("cb-where")
        where = w.HBox([run, self.progress], layout=w.Layout(flex_flow="row wrap"))
        box = w.VBox([styled(CSS), note, grid, excess, self.result, unfold, folded, where, self.where_told, self.where,
                      reset, self.keep_button(self.keep)])  # fmt: skip
        for name in ("cb-live", "cb-contribution"):
            box.add_class(name)
        return [box]

    @staticmethod
    def _unfold(folded: w.VBox, button: w.ToggleButton, shown: bool) -> None:
        folded.layout.display = None if shown else "none"
        button.icon = "caret-down" if shown else "caret-right"

    def still(self) -> Exhibit:
        """Return the contributions as they stand in the file."""
        return show.bars(contribution(self._kept))

    def follow(self) -> None:
        """Run the alliance with the scores that the accord studio has just kept; what is set here stays."""
        scores = first_study(self.opened.agreement).scores
        if scores != self._kept.scores:
            self._kept = self._kept.model_copy(update={"scores": scores})
            self._update("Scores as you have just kept them above")

    def _read(self) -> Study:
        changed = {k: n.value for k, n in self.assumed.items() if abs(n.value - ASSUMPTIONS[k].value) > 1e-12}
        return self._kept.model_copy(
            update={
                "environment": Environment(**{key: round(s.value, 6) for key, s in self.places.items()}),
                "overdone": [accord for accord, box in self.overdone.items() if box.value],
                "assumptions": changed,
            }
        )

    @contextmanager
    def _hold(self) -> Iterator[None]:
        """Let controls be set without that being a move."""
        self._holds = True
        try:
            yield
        finally:
            self._holds = False

    def _set(self, study: Study, move: str = STILL) -> None:
        with self._hold():
            for key, slider in self.places.items():
                slider.value = getattr(study.environment, key)
            for accord, box in self.overdone.items():
                box.value = accord in study.overdone
            for key, number in self.assumed.items():
                number.value = study.assumptions.get(key, ASSUMPTIONS[key].value)
        self._update(move)

    def _reset(self) -> None:
        self.changed()
        self._set(first_study(self.opened.agreement), "Back to the start")

    def _moved(self, label: str, change: dict[str, Any]) -> None:
        if self._holds:
            return
        self.changed()
        old, new = (v if isinstance(v, bool) else f"{v:.4g}" for v in (change["old"], change["new"]))
        self._update(f"{label}: {'yes' if new is True else 'no' if new is False else f'{old} to {new}'}")

    def _update(self, move: str) -> None:
        """Simulate what is set; show picture, sentence and table in one message."""
        before, self.study = self.found, self._read()
        self.found = contribution(self.study, self.outcome.value)
        same = before is not None and before.outcome == self.found.outcome
        said = show.moved(move, before, self.found) if before and same else f"{move.rstrip('.')}."
        picture = base64.b64encode(self.live.png(self.found)).decode("ascii")
        self.result.value = (
            f'<img alt="{escape(show.alt(self.found))}" src="data:image/png;base64,{picture}" decoding="sync">'
            f'<div class="cb-moved" role="status" aria-live="polite">{escape(said)}</div>'
            f"{show.table(self.found).to_html()}"
        )
        if self.where.value:
            self.where_told.value = help_text(OLDER).value

    def run_grid(self) -> None:
        """Run all environments with the scores and assumptions as set, and show who wins where."""
        self.progress.value, self.progress.layout.visibility = 0, "visible"

        def tell(done: int, of: int) -> None:
            self.progress.max, self.progress.value = of, done

        found = environment_wins(self.study, self.outcome.value, tell)
        self.where.show(environments(found, self.outcome.value))
        self.where_told.value = help_text(
            "With your scores, assumptions and overdone accords; the environment is varied."
        ).value

    def keep(self) -> bool:
        """Write environment, overdone accords and changed assumptions; the scores stay where they are."""
        plain = as_plain(self.study)
        plain.pop("scores", None)
        if not self.save(("choices", {self.name: plain})):
            return False
        self._kept = self.study
        return True
