"""The panel on who must agree at home: seat a table, choose remedies, change their assumptions, see who can sign."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w

from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import stakeholders as show
from alliance_analysis.negotiation.remedies import REMEDIES, STAKEHOLDERS, Remedy
from alliance_analysis.negotiation.sitting import DEMONSTRATION, NAME, Chosen, chosen, effects
from alliance_analysis.negotiation.stakeholders import AgreementSet, agreement_set
from alliance_analysis.records import as_plain
from alliance_analysis.widgets.panel import Panel, Shown, field, help_text, styled

CSS = """<style>
.cb-stakeholders { container-type: inline-size; width: 100%; }
.cb-stakeholders h4 { margin: 0 0 4px; font-size: 1.02em; }
.cb-stakeholders .widget-html-content { line-height: 1.45; }
.cb-stakeholders .cb-seats { display: grid; grid-template-columns: repeat(auto-fit, minmax(110px, 1fr));
  overflow: visible; }
.cb-stakeholders .cb-remedy { display: grid; grid-template-columns: minmax(0, 4fr) minmax(0, 8fr) 8.5em;
  gap: 0 10px; align-items: center; overflow: visible; }
.cb-stakeholders :is(.cb-seats, .cb-remedy) > * { width: auto; min-width: 0; margin: 1px 0; }
.cb-stakeholders .widget-checkbox .widget-label-basic { white-space: normal; line-height: 1.25; height: auto; }
.cb-stakeholders .widget-inline-hbox { height: auto; min-height: 32px; align-items: center; overflow: visible; }
.cb-stakeholders .widget-inline-hbox > .widget-label { white-space: normal; line-height: 1.2; height: auto;
  padding: 4px 0; overflow: visible; }
.cb-stakeholders .slider-container { min-width: 30px; margin: 0 10px; }
.cb-stakeholders .widget-readout { min-width: 2.6em; width: 2.6em; flex: 0 0 auto; }
.cb-stakeholders :is(.widget-html, .widget-html-content) { min-width: 0; max-width: 100%; }
.cb-stakeholders .cb-outcome { border-left: 4px solid #e69f00; padding-left: 10px; min-height: 4.5em; }
.cb-stakeholders .cb-exhibit { overflow-x: auto; } .cb-stakeholders .cb-table { width: 100%; }
.cb-stakeholders .cb-bars { display: grid; grid-template-columns: 7em 1fr 3.5em; gap: 3px 8px; align-items: center;
  max-width: 620px; line-height: 1.2; }
.cb-stakeholders .cb-bars i { display: block; height: 8px; border: 1px solid var(--jp-content-font-color1, #222); }
.cb-stakeholders .cb-bars i.cb-was { background: repeating-linear-gradient(135deg, #e69f00 0 4px, #fff 4px 6px); }
.cb-stakeholders .cb-bars i.cb-now { background: #0072b2; }
@container (max-width: 560px) { .cb-stakeholders .cb-remedy { grid-template-columns: 1fr; margin-bottom: 8px; }
  .cb-stakeholders .cb-heads { display: none; } }
</style>"""
HEADS = ("Remedy", "Its size", "Packages that all can sign")
"""What stands in the columns of the remedies."""

FACTOR = 100
"""Shares are shown in percent."""


class StakeholderPanel(Panel):
    """Choose who sits at the table and which remedies apply; Keep writes the choice and nothing else."""

    name = NAME

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        start, self.kept = self._kept()
        self.seats = {
            s.id: _tick(s.name, f"Seat {s.name} at the table", s.id in start.seated) for s in STAKEHOLDERS
        }
        self.remedies = {
            name: _tick(remedy.label, remedy.changes, name in start.remedies)
            for name, remedy in REMEDIES.items()
        }
        self.sizes = {name: _size(r, start.sizes.get(name, r.size)) for name, r in REMEDIES.items()}
        self.demands = {
            "quorum": _share("Votes that must approve (%)", "Share of all votes that a package needs",
                             start.quorum, (0, 60), 5),
            "least_target": _share("Operations insists on (%)", "The lowest target that Operations signs",
                                   start.least_target, (92, 99), 1),
        }  # fmt: skip
        self.reset = w.Button(description="Our assumptions", tooltip="Set every size back to our assumption")
        self.outcome, self.table = w.HTML(), Shown(height="220px")
        self.blocking, self.effects = w.HTML(), {name: w.HTML() for name in REMEDIES}
        for group, controls in self._groups().items():
            for key, control in controls.items():
                control.observe(self._changed, "value")
                control.add_class(f"cb-{group}-{key.replace('_', '-')}")
        self.reset.on_click(lambda _: self._set(REMEDIES))
        self._update()

    def body(self) -> list[w.Widget]:
        """Return the table, the remedies with their assumptions, what follows, and Keep."""
        seats = w.Box(list(self.seats.values()))
        seats.add_class("cb-seats")
        rows = [w.Box([w.HTML(f"<strong>{head}</strong>") for head in HEADS])]
        rows[0].add_class("cb-heads")
        for name, tick in self.remedies.items():
            row = w.Box([tick, self.sizes[name], self.effects[name]])
            rows.append(row)
        for row in rows:
            row.add_class("cb-remedy")
        intro = help_text(
            "Two sides negotiate a recruiting service; behind them stand those who must sign. Everyone's limits, wishes "
            "and votes are invented, and so is the size of each remedy: change them and see what depends on them."
        )
        self.outcome.add_class("cb-outcome")
        box = w.VBox([
            styled(CSS), intro, w.HTML("<h4>1. Who sits at the table</h4>"), seats,
            w.HTML("<h4>2. What is asked of a package</h4>"), *self.demands.values(),
            w.HTML("<h4>3. Remedies, each with the assumption behind its size</h4>"), *rows, self.reset,
            self.outcome, self.keep_button(self.keep), self.table, self.blocking,
        ])  # fmt: skip
        box.add_class("cb-stakeholders")
        return [box]

    def still(self) -> Exhibit:
        """Return the table that stands in the file, or the labelled demonstration."""
        found, kept = self._kept()
        return show.sitting(found, kept=kept)

    def choice(self) -> Chosen:
        """Return what is set on the panel; raises an error where nobody is seated."""
        named = {
            name: round(control.value / (FACTOR if REMEDIES[name].unit else 1), 6)
            for name, control in self.sizes.items()
        }
        return Chosen(
            seated=[name for name, tick in self.seats.items() if tick.value],
            remedies=[name for name, tick in self.remedies.items() if tick.value],
            sizes={name: value for name, value in named.items() if value != REMEDIES[name].size},
            quorum=self.demands["quorum"].value / FACTOR,
            least_target=self.demands["least_target"].value / FACTOR,
        )

    def keep(self) -> bool:
        """Write who sits at the table, the remedies and the assumptions that were changed."""
        if not any(tick.value for tick in self.seats.values()):
            self.say("Nothing was kept: nobody sits at the table.", good=False)
            return False
        if self.save(("choices", {self.name: as_plain(self.choice())})):
            self.kept = True
            self._update()
            return True
        return False

    def _groups(self) -> dict[str, dict[str, Any]]:
        return {"seat": self.seats, "remedy": self.remedies, "size": self.sizes, "demand": self.demands}

    def _kept(self) -> tuple[Chosen, bool]:
        """Return what stands in the file; a broken part is told, and the demonstration stands in."""
        try:
            return chosen(self.opened.agreement)
        except AllianceError as error:
            self.say("; ".join(str(fault) for fault in error.faults), good=False)
            return DEMONSTRATION, False

    def _changed(self, _: object) -> None:
        self.changed()
        self._update()

    def _set(self, remedies: object) -> None:
        """Set every size to our assumption, with one update at the end."""
        for name, control in self.sizes.items():
            control.unobserve(self._changed, "value")
            control.value = _shown(REMEDIES[name], REMEDIES[name].size)
            control.observe(self._changed, "value")
        self._changed(remedies)

    def _update(self) -> None:
        """Show what follows from what is set."""
        if not any(tick.value for tick in self.seats.values()):
            self.outcome.value = '<div aria-live="polite" class="cb-bad">Nobody sits at the table.</div>'
            return
        now = self.choice()
        before, after, alone = agreement_set(now.before), agreement_set(now.after), effects(now)
        for name, effect in self.effects.items():
            count = alone[name][0]
            effect.value = f"<strong>{count}</strong> alone ({count - before.size:+d})"
        kept = self.kept or now != DEMONSTRATION
        told = f"Before remedies everyone can sign <strong>{before.size}</strong> packages"
        told += f", with the chosen ones <strong>{after.size}</strong>. " if now.remedies else ". "
        if after.size:
            worst = max(after.blocking, key=lambda name: after.blocking[name])
            told += f"{escape(after.organisation.of(worst).name)} blocks most."
        else:
            told += escape(show.left(after))
        self.outcome.value = f'<div aria-live="polite">{escape(show.outcome(now))}<br>{told}</div>'
        self.table.show(show.sitting(now, kept=kept))
        self.blocking.value = _bars(before, after if now.remedies else None)


def _bars(before: AgreementSet, after: AgreementSet | None) -> str:
    """Return the blocking index of each stakeholder as bars with their numbers, before and after the remedies."""
    rows = []
    for s in before.organisation.stakeholders:
        indices = [("cb-was", before.blocking[s.id])] + ([("cb-now", after.blocking[s.id])] if after else [])
        bars = "".join(f'<i class="{kind}" style="width:{100 * index:.0f}%"></i>' for kind, index in indices)
        numbers = "<br>".join(f"{index:.0%}" for _, index in indices)
        rows.append(f"<span>{escape(s.name)}</span><span>{bars}</span><span>{numbers}</span>")
    key = "hatched before, filled with the chosen remedies" if after else "before remedies"
    head = f"<strong>Who blocks</strong> (share of otherwise acceptable packages that each removes; {key})"
    return f'{head}<div class="cb-bars">{"".join(rows)}</div>'


def _tick(label: str, help: str, value: bool) -> w.Checkbox:
    return w.Checkbox(description=label, tooltip=help, value=value, indent=False)


def _shown(remedy: Remedy, value: float) -> float:
    return round(value * (FACTOR if remedy.unit else 1), 6)


def _size(remedy: Remedy, value: float) -> w.FloatSlider:
    unit = {"": "", "%": " (%)", " points": " (percentage points)"}[remedy.unit]
    low, high, step = (_shown(remedy, number) for number in (remedy.low, remedy.high, remedy.step))
    digits = "d" if step == int(step) else ".1f"
    slider = field(w.FloatSlider, f"{remedy.assumption}{unit}", f"Our assumption: {remedy.printed(remedy.size)}",
                   min=low, max=high, step=step, value=_shown(remedy, value), readout_format=digits)  # fmt: skip
    slider.style = {"description_width": "min(200px, 50%)"}
    return slider


def _share(label: str, help: str, value: float, ends: tuple[int, int], step: int) -> w.IntSlider:
    slider = field(w.IntSlider, label, help, min=ends[0], max=ends[1], step=step, value=round(value * FACTOR))
    slider.style = {"description_width": "min(200px, 50%)"}
    return slider
