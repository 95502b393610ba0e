"""The panel in which a student fills a KPI card, and sees what it lacks beside a vendor's real past."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w

from alliance_analysis.agreement import KpiCard
from alliance_analysis.drafting import track_record
from alliance_analysis.drafting.examples import CARD, CHOICES, EXAMPLES, example_of
from alliance_analysis.drafting.promise import blockers, notes
from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit, kpi
from alliance_analysis.widgets.kpi_form import KpiForm
from alliance_analysis.widgets.panel import Panel, Shown, field

CSS = """<style>
.cb-kpi .widget-textarea { flex-direction: column; height: auto; }
.cb-kpi .widget-textarea > label { width: 100% !important; text-align: left; }
.cb-kpi .widget-textarea > textarea { width: 100%; }
.cb-kpi .cb-pair { flex-flow: row wrap; gap: 10px 16px; align-items: flex-start; overflow: visible; }
.cb-kpi .cb-lacks .widget-html-content, .cb-kpi .cb-words .widget-html-content { line-height: 1.4; }
.cb-kpi .cb-exhibit img { box-sizing: border-box; } .cb-kpi .cb-pair + .cb-pair { margin-top: 12px; }
.cb-kpi .cb-lacks { min-height: 12em; } .cb-kpi .cb-words { min-height: 7.2em; }
.cb-kpi .cb-lacks p { margin: 3px 0; } .cb-kpi .cb-count { font-weight: 600; font-size: 1.1em; }
</style>"""
LEFT, RIGHT = "1 1 350px", "1 1 410px"
"""Shares of the width, chosen so that form and figure stand side by side on a page of 1,000 pixels."""


class KpiCardPanel(Panel):
    """Fill the card of the on-time KPI; Keep writes it into `kpis`, and the choices into `choices.kpi_design`."""

    name = CHOICES

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        agreement = self.opened.agreement
        try:
            vendor, start, end = track_record.chosen(agreement)
        except AllianceError as error:
            vendor, start, end = track_record.START.values()
            self.say(f"{error}. The usual vendor and period stand in.", good=False)
        quarters = list(track_record.deliveries(vendor).index)
        self.example = field(
            w.Dropdown, "Example (fictional)", "The alliance for which you write the card",
            options=[(e.title, key) for key, e in EXAMPLES.items()], value=example_of(agreement),
        )  # fmt: skip
        self.vendor = field(
            w.Dropdown, "Stand-in vendor (real)", "Whose real deliveries stand in for your partner's past",
            options=list(track_record.VENDORS.items()), value=vendor,
        )  # fmt: skip
        ends = zip(
            ("Baseline, first quarter", "Baseline, last quarter"), within(start, end, quarters), strict=True
        )
        self.start, self.end = (
            field(w.Dropdown, label, "The period that counts as the past", options=quarters, value=value)
            for label, value in ends
        )
        for name in ("example", "vendor", "start", "end"):
            getattr(self, name).add_class(f"cb-choice-{name}")
            getattr(self, name).style = {"description_width": "150px"}
        self.form = KpiForm(agreement)
        self.form.suggest_roles(self.example.value == "hr_recruiting")
        self.form.fill(self._kept() or EXAMPLES[self.example.value].start())
        self.lacks, self.words, self.series = w.HTML(), w.HTML(), Shown(height="430px")
        for widget, name in ((self.lacks, "lacks"), (self.words, "words"), (self.series, "series")):
            widget.add_class(f"cb-{name}")
        self._drawn: tuple[Any, ...] = ()
        self._hold = False
        self._at_first = self.draft()[0]
        self.example.observe(self._exchange, "value")
        self.vendor.observe(self._other_vendor, "value")
        for control in (self.start, self.end, *self.form.controls.values()):
            control.observe(self._update, "value")
        for control in (self.example, self.vendor, self.start, self.end, *self.form.controls.values()):
            control.observe(self.changed, "value")
        self._update()

    def _kept(self) -> KpiCard | None:
        return next((card for card in self.opened.agreement.kpis if card.id == CARD), None)

    def body(self) -> list[w.Widget]:
        """Return the choices, the form in four tabs beside what it lacks and the vendor's past, and Keep."""
        tabs = self.form.tabs()
        tabs.layout.min_height = "380px"
        choices = _pair([self.example, self.vendor], [self.start, self.end])
        form = [tabs, self.lacks, self.keep_button(self.keep)]
        box = w.VBox([w.HTML(CSS), choices, _pair(form, [self.words, self.series])])
        box.add_class("cb-kpi")
        return [box]

    def still(self) -> Exhibit:
        """Return the card of the form as it stands in the file, blanks included."""
        return kpi.card(self._kept() or self._at_first, self.opened.agreement)

    def draft(self) -> tuple[KpiCard, list[str]]:
        """Return the card as typed so far, and what is wrong in it."""
        try:
            base = track_record.baseline(self.vendor.value, self.start.value, self.end.value)
        except AllianceError as error:
            card, faults = self.form.read(CARD, None)
            told = str(error)
            return card, [f"{told[:1].upper()}{told[1:]}.", *faults]
        return self.form.read(CARD, base)

    def keep(self) -> bool:
        """Write the card and the choices into the agreement file; with a wrong number, say so and write nothing."""
        card, faults = self.draft()
        if faults:
            self.say(f"Nothing was kept. {' '.join(faults)}", good=False)
            return False
        chosen = {name: getattr(self, name).value for name in ("example", "vendor", "start", "end")}
        return self.save(("kpis", card), ("choices", {self.name: chosen}))

    def _exchange(self, change: dict[str, Any]) -> None:
        """Exchange the starting words of one example for the other's; what the student wrote stays."""
        old, new = EXAMPLES[change["old"]], EXAMPLES[change["new"]]
        for key, before, after in (("name", old.name, new.name), ("unit", old.counted, new.counted)):
            if self.form.controls[key].value == before:
                self.form.controls[key].value = after
        self.form.suggest_roles(change["new"] == "hr_recruiting")

    def _other_vendor(self, _: object) -> None:
        quarters = list(track_record.deliveries(self.vendor.value).index)
        self._hold = True  # the period is whole again only after both ends have changed
        wanted = within(self.start.value, self.end.value, quarters, least=4)
        for control, quarter in zip((self.start, self.end), wanted, strict=True):
            control.options = quarters
            control.value = quarter
        self._hold = False
        self._update()

    def _update(self, _: object = None) -> None:
        if self._hold:
            return
        card, faults = self.draft()
        lacking = [blocker.field for blocker in blockers(card)]
        count = (
            f"{len(lacking)} missing before signature"
            if lacking
            else "Nothing is missing: it could be signed"
        )
        wrong = "".join(f'<p class="cb-bad">{escape(fault)}</p>' for fault in faults)
        told = f'<p class="cb-count">{count}</p><p>{escape(", ".join(lacking))}</p>{wrong}'
        self.lacks.value = f'<div aria-live="polite">{told}</div>'
        if card.baseline is None:
            self.words.value = wrong
            return
        choice = (self.vendor.value, self.start.value, self.end.value)
        others = notes(card)[0 if card.target is None or card.direction is None else 1 :]
        told = " ".join([track_record.in_words(card, *choice), *others])
        self.words.value = f'<div aria-live="polite">{escape(told)}</div>'
        if (*choice, card.target) != self._drawn:
            self._drawn = (*choice, card.target)
            self.series.show(replace(kpi.vendor_series(*choice, target=card.target), size=(5.0, 3.2)))


def _pair(*groups: list[w.Widget]) -> w.HBox:
    boxes = [
        w.VBox(group, layout=w.Layout(flex=flex)) for group, flex in zip(groups, (LEFT, RIGHT), strict=True)
    ]
    box = w.HBox(boxes)
    box.add_class("cb-pair")
    return box


def within(start: str, end: str, quarters: list[str], least: int = 1) -> tuple[str, str]:
    """Return the first and last quarter with deliveries from `start` to `end`; all of them if fewer than `least`.

    >>> within("2012Q1", "2013Q2", ["2011Q4", "2012Q3", "2013Q2"]), within("2012Q1", "2012Q4", ["2011Q4", "2012Q3"], 2)
    (('2012Q3', '2013Q2'), ('2011Q4', '2012Q3'))
    """
    inside = [quarter for quarter in quarters if start <= quarter <= end]
    chosen = inside if len(inside) >= least else quarters
    return chosen[0], chosen[-1]
