"""The what-if threshold panel: move a threshold over a real record, and see at once what it would do."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w
import numpy as np

from alliance_analysis.agreement import KpiCard
from alliance_analysis.agreement.files import Part
from alliance_analysis.drafting.histories import history
from alliance_analysis.drafting.track_record import no_series
from alliance_analysis.drafting.trial import (
    NAME,
    OWN,
    Trial,
    card_of,
    first_trial,
    hold,
    judged,
    own_record,
    sources,
    stands_for,
    trial_in,
    usual_kind,
    with_terms,
)
from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import what_if as show
from alliance_analysis.figures.control import control_chart
from alliance_analysis.figures.live import LiveChart
from alliance_analysis.measurement.charts import ControlChart
from alliance_analysis.measurement.series import Series
from alliance_analysis.measurement.what_if import WhatIf
from alliance_analysis.records import as_plain
from alliance_analysis.widgets.panel import STILL, Panel, help_text, styled
from alliance_analysis.widgets.threshold_controls import FIRST_LOOK, RECORD, Controls, span
from alliance_analysis.widgets.threshold_upload import OwnFile

CSS = """<style>
.cb-thresholds .cb-grid { grid-template-columns: repeat(auto-fit, minmax(min(250px, 100%), 1fr)); }
.cb-thresholds :is(.cb-card, .cb-source, .cb-threshold) { grid-column: 1 / -1; }
.cb-thresholds .widget-text > input { min-width: 60px; } .cb-thresholds .cb-result img { aspect-ratio: 65 / 33; }
.cb-thresholds .cb-faults { border-left: 4px solid #d55e00; padding-left: 10px; max-height: 14em; overflow-y: auto; }
.cb-thresholds .cb-faults ul { margin: 4px 0; padding-left: 18px; }
</style>"""


class ThresholdPanel(Panel):
    """Try a threshold on a record; Keep writes it onto the card where the record stands for the card's past.

    A first look shows the threshold and the grace count on the card's record, and keeps nothing.
    """

    name = NAME

    def __init__(self, path: Path | None = None, *, first_look: bool = False) -> None:
        super().__init__(path)
        self.first_look, self.recalls = first_look, not first_look
        self.controls = Controls(self.opened.agreement)
        self.file = OwnFile(self._plain_unit, lambda record: self._other_record(record, OWN))
        self.result, self.start = w.HTML(), help_text("")
        self.result.add_class("cb-result")
        self.live = LiveChart()
        self.found: WhatIf | None = None
        self._judged: tuple[tuple[Any, ...], ControlChart] | None = None
        self._kept = self._opening()
        record = self._kept.series()
        self.file.record = record if self._kept.source == OWN else None
        self._set_record(record, self._kept)
        for name, control in self.controls.by_name.items():
            control.observe(lambda change, name=name: self._changed(name, change), "value")

    def _opening(self) -> Trial:
        """Return the trial in the file, or the first one; say which, and what is wrong with a broken one."""
        agreement, trial = self.opened.agreement, None
        try:
            trial = None if self.first_look else trial_in(agreement)
        except AllianceError as error:
            self.say(f"{error}. The panel starts anew.", good=False)
        card = card_of(agreement, trial.card if trial else None)
        told = "with the trial that you kept" if trial else "with its own threshold and at-risk amount"
        whose = "the labelled example’s card" if self.opened.is_example else "your card"
        apart = "" if trial and trial.source == OWN else no_series(card, agreement)
        self.start.value = help_text(f"It starts from {whose} “{card.name}”, {told}. {apart}".strip()).value
        return trial.model_copy(update={"card": card.id}) if trial else first_trial(agreement, card)

    def body(self) -> list[w.Widget]:
        """Return the choices, the threshold right above its picture and what follows, and Keep."""
        named = self.controls.by_name
        shown = [n for n in named if not self.first_look or n in FIRST_LOOK]
        grids = [w.Box([named[n] for n in shown if (n in RECORD) == first]) for first in (True, False)]
        for grid in grids:
            grid.add_class("cb-grid")
        whole = [] if self.first_look else [grids[0], self.file.view]
        end = [] if self.first_look else [self.keep_button(self.keep)]
        self._show_file()
        box = w.VBox([styled(CSS), self.start, *whole, grids[1], self.result, *end])
        for name in ("cb-live", "cb-thresholds"):
            box.add_class(name)
        return [box]

    def take_over(self, before: ThresholdPanel) -> None:
        """Take over the record that was read from the student's own file."""
        self.file.take_over(before.file)

    def still(self) -> Exhibit:
        """Return the record with the threshold as they stand in the file."""
        past = judged(self._kept, self._kept.series())
        return control_chart(past, self._kept.threshold, sources=sources(self._kept))

    def trial(self) -> Trial:
        """Return what is set on the panel, without a record of the student's own."""
        return self.controls.trial(self.record, self.key)

    def _tell_source(self) -> None:
        super()._tell_source()
        if self.first_look:
            self.source.value = help_text("A first look: nothing is written here.").value

    def _plain_unit(self) -> str:
        unit = self._card().unit or "fraction"
        return "units" if unit.startswith("fraction") else unit

    def _card(self) -> KpiCard:
        return card_of(self.opened.agreement, self.controls["card"].value)

    def _show_file(self) -> None:
        self.file.view.layout.display = None if self.controls["source"].value == OWN else "none"

    @contextmanager
    def _hold(self) -> Iterator[None]:
        """Let controls be set without that being a move."""
        self._holds = True
        try:
            yield
        finally:
            self._holds = False

    def _set_record(self, record: Series, trial: Trial, move: str = STILL) -> None:
        """Set the controls to a trial on a record, and show it."""
        self.record, self.key, self.range = record, trial.source, span(record, trial.threshold)[:2]
        with self._hold():
            self.controls.show(trial, record)
        self._show_file()
        self._update(move)

    def _changed(self, name: str, change: dict[str, Any]) -> None:
        """Follow one move of a control."""
        if self._holds:
            return
        self.changed()
        old, new = change["old"], change["new"]
        if name == "card":
            self._other_card()
            return
        if name == "source":
            self._show_file()
            if new != OWN or self.file.record:
                self._other_record(self.file.record if new == OWN else history(new).read(), new)
            return
        with self._hold():
            self.controls.settle(name, new)
        told = "threshold" if name == "typed" else name
        was, now = (self.controls.printed(told, value, self.record) for value in (old, new))
        self._update(f"{self.controls.label(told)}: {was} to {now}")
        with self._hold():  # the other way to write the threshold; the picture does not wait for it
            self.controls["typed"].value = self.controls["threshold"].value

    def _other_card(self) -> None:
        """Take another card's threshold, where the record is in its unit, and its at-risk amount."""
        card = self._card()
        first = first_trial(self.opened.agreement, card)
        terms = {"at_risk": first.at_risk} | ({"threshold": first.threshold} if self.record.is_rate else {})
        self._set_record(self.record, self.trial().model_copy(update=terms), f"The card is now “{card.name}”")

    def _other_record(self, record: Series | None, key: str) -> None:
        """Take another record; the terms stay as they are where they fit it."""
        if record is None:
            return
        now, known = self.trial(), self.controls.known(record)
        known_ends = (self._kept, first_trial(self.opened.agreement))
        ends = next(((t.start, t.end) for t in known_ends if t.source == key != OWN), (known[0], known[-1]))
        terms: dict[str, Any] = {"source": key, "start": ends[0], "end": ends[1]}
        terms["kind"] = usual_kind(record, *ends)
        if not (record.is_rate and self.record.is_rate):
            terms["threshold"] = float(f"{np.nanmean(record.values):.3g}")
        self._set_record(record, now.model_copy(update=terms), f"The record is now “{record.name}”")

    def _update(self, move: str) -> None:
        """Show what follows from what is set: picture, sentence and table in one message."""
        before, trial = self.found, self.trial()
        judges = (id(self.record), trial.start, trial.end, trial.kind, trial.rules)
        try:
            if self._judged is None or self._judged[0] != judges:
                self._judged = judges, judged(trial, self.record)
            self.found = hold(trial, self._judged[1], self.opened.agreement)
        except AllianceError as error:
            told = f'<span class="cb-bad">{escape(str(error))}. The picture is still the one before.</span>'
            self._render(told)
            return
        same = before is not None and before.chart.series is self.record
        said = show.moved(move, before, self.found) if before and same else f"{move.rstrip('.')}."
        picture = base64.b64encode(self.live.png(self.found, *self.range)).decode("ascii")
        alt = escape(show.alt(self.found))
        self._picture = f'<img alt="{alt}" src="data:image/png;base64,{picture}" decoding="sync">'
        self._table = show.table(self.found, sources=sources(trial)).to_html()
        self._render(escape(said))

    def _render(self, said: str) -> None:
        spoken = f'<div class="cb-moved" role="status" aria-live="polite">{said}</div>'
        self.result.value = f"{self._picture}{spoken}{self._table}"

    def keep(self) -> bool:
        """Write the trial, and where the record stands for the card's past, threshold and baseline onto the card."""
        card, agreement, trial = self._card(), self.opened.agreement, self.trial()
        try:
            judged(trial, self.record)
            if self.key == OWN:
                trial = trial.model_copy(update={"own": own_record(self.record)})
            apart = stands_for(trial, self.record, card, agreement)
            parts: list[Part] = [] if apart else [("kpis", with_terms(card, trial, self.record))]
        except AllianceError as error:
            self.say(f"Nothing was kept. {error}", good=False)
            return False
        if not self.save(*parts, ("choices", {self.name: as_plain(trial)})):
            return False
        self._kept, file = trial, self.opened.path.name
        where = (
            f"as a trial; the card stays as it is, for {apart}" if apart else f"and on the card “{card.name}”"
        )
        self.say(f"Kept in {file} {where}.", good=True)
        return True
