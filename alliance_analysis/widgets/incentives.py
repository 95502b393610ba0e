"""The incentive calculator: set the terms and what happens, and see what is paid, line by line."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w

from alliance_analysis.agreement import Incentives, KpiCard
from alliance_analysis.agreement.terms import Gainshare, ServiceCredits
from alliance_analysis.drafting.worth import (
    PATTERNS,
    PAYMENTS,
    Paid,
    PaymentTrial,
    example,
    incentives_of,
    paid,
    payment_trial,
)
from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import incentives as show
from alliance_analysis.figures.picture import Picture
from alliance_analysis.records import as_plain
from alliance_analysis.widgets.panel import Panel, Shown, field, halves

VESTING = {
    "all in the year": (1.0,),
    "half, then the rest in two years": (0.5, 0.3, 0.2),
    "in three equal parts": (1 / 3,) * 3,
}
"""Ways to pay a reward out: the part of it in the year itself and in each later one."""


class IncentivePanel(Panel):
    """Try service credits and gainshare; Keep writes the terms into `incentives` and what happens into `choices`."""

    name = PAYMENTS

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        self.terms = incentives_of(self.opened.agreement)
        self.credits = self.terms.service_credits or ServiceCredits(at_risk=0.1)
        self.share = self.terms.gainshare or _example_share()
        try:
            trial = payment_trial(self.opened.agreement)
        except AllianceError as error:
            self.say(f"{error}. The panel starts anew.", good=False)
            trial = payment_trial(self.opened.agreement.model_copy(update={"choices": {}}))
        self.begun, unit = trial, show.unit(self.opened.agreement.money)
        self.actuals = {
            card.id: _actual(card, trial) for card in self.opened.agreement.kpis if _has_credit(card)
        }
        self.happens, self.agreed = _happens(trial, self.share, unit), _agreed(self.credits, self.share, unit)
        self.quarter = field(
            w.Dropdown,
            "Trail of quarter",
            "Which quarter is shown line by line",
            options=range(1, 9),
            value=2,
        )
        self.picture: Picture[Paid] = Picture(show.build_gainshare, size=(6.5, 2.9))
        self.image, self.told = w.HTML(), w.HTML()
        self.credit, self.trail = Shown(height="120px"), Shown(height="200px")
        for name, control in self._controls().items():
            control.add_class(f"cb-{name.replace('_', '-')}")
            control.observe(self._update, "value")
        self.told.add_class("cb-told")
        self._update()

    def _controls(self) -> dict[str, Any]:
        return {**{f"actual_{name}": c for name, c in self.actuals.items()}, **self.happens, **self.agreed,
                "quarter": self.quarter}  # fmt: skip

    def body(self) -> list[w.Widget]:
        """Return what happens and what is agreed on the left, the payments on the right, and Keep."""
        left = [
            w.HTML("<h4>1. What happens (invented)</h4>"), *self.actuals.values(), *self.happens.values(),
            w.HTML("<h4>2. What is agreed</h4>"), *self.agreed.values(), self.keep_button(self.keep),
        ]  # fmt: skip
        right = [
            w.HTML("<h4>3. What is paid</h4>"),
            self.told,
            self.image,
            self.credit,
            self.quarter,
            self.trail,
        ]
        return [halves(left, right)]

    def still(self) -> Exhibit:
        """Return the gainshare of the terms and the trial in the file."""
        terms = self._whole(self.credits, self.share)
        return show.gainshare(paid(self.opened.agreement, self.begun, terms))

    def trial(self) -> PaymentTrial:
        """Return what happens, as set on the panel."""
        return PaymentTrial(
            actuals={name: c.value for name, c in self.actuals.items()},
            **{name: c.value for name, c in self.happens.items()},
        )

    def agreed_terms(self) -> Incentives:
        """Return the terms as set on the panel."""
        at = {name: c.value for name, c in self.agreed.items()}
        credits = self.credits.model_copy(update={"at_risk": at["at_risk"], "graduated": at["graduated"]})
        tiers = [
            tier.model_copy(update={"share": at[f"tier_{number}"]})
            for number, tier in enumerate(self.share.tiers, start=1)
        ]
        return self._whole(credits, self.share.model_copy(update={
            "tiers": tiers, "deadband": at["deadband"], "cap": at["cap"], "endurance": at["endurance"],
            "both_benefit": at["both_benefit"], "vesting": list(at["vesting"]),
        }))  # fmt: skip

    def _whole(self, credits: ServiceCredits, share: Gainshare) -> Incentives:
        return Incentives(service_credits=credits, gainshare=share)

    def keep(self) -> bool:
        """Write the terms and the trial."""
        return self.save(
            ("incentives", self.agreed_terms()), ("choices", {self.name: as_plain(self.trial())})
        )

    def _update(self, change: dict[str, Any] | None = None) -> None:
        if change:
            self.changed()
        try:
            found = paid(self.opened.agreement, self.trial(), self.agreed_terms())
        except AllianceError as error:
            self.say(str(error), good=False)
            return
        unit = show.unit(found.money)
        self.image.value = self.picture.html(found, show.gainshare_alt(found))
        credit = "No fee recurs, so no service credit is due." if found.credit is None else (
            f"Service credit of the month: <strong>{found.credit.amount:,.4g}</strong> {unit}"
            + (" (the cap binds)" if found.credit.lines and found.credit.lines[-1].what == "cap" else "")
        )  # fmt: skip
        years = ", ".join(f"{value:,.3g}" for value in found.by_year)
        total, saved = sum(q.amount for q in found.quarters), sum(found.savings)
        self.told.value = (
            f'<div aria-live="polite">{credit}.<br>Of {saved:,.4g} saved in eight quarters, gainshare pays '
            f"<strong>{total:,.4g}</strong>; after vesting, by year: {years} {unit}."
            + "".join(f'<br><span class="cb-bad">{escape(why)}</span>' for why in found.skipped)
            + "</div>"
        )
        if found.credit is not None:
            self.credit.show(show.trail(found.credit, found.money, label="service_credit"))
        self.trail.show(
            show.trail(found.quarters[self.quarter.value - 1], found.money, label="gainshare_trail")
        )


def _example_share() -> Gainshare:
    terms = incentives_of(example()).gainshare
    if terms is None:
        raise ValueError("the labelled example has no gainshare")
    return terms


def _has_credit(card: KpiCard) -> bool:
    marks = card.thresholds
    return bool(
        card.at_risk and card.direction and marks and marks.watch is not None and marks.breach is not None
    )


def _actual(card: KpiCard, trial: PaymentTrial) -> w.Widget:
    """Return the slider of a KPI's value, from well beyond its breach threshold to well beyond its watch threshold."""
    marks = card.thresholds
    watch, breach = (marks.watch or 0.0, marks.breach or 0.0) if marks else (1.0, 0.0)
    room = abs(watch - breach) or 0.1 * abs(watch) or 0.1
    low, high = min(watch, breach) - room, max(watch, breach) + room
    rate = (card.unit or "").startswith("fraction")
    if rate:
        low, high = max(0.0, low), min(1.0, high)
    value = min(high, max(low, trial.actuals.get(card.id, (watch + breach) / 2)))
    unit = "this month" if rate else f"this month, {card.unit or 'units'}"
    label = card.name if rate else f"{card.name} ({card.unit or 'units'})"
    return field(
        w.FloatSlider, label, f"{card.name}: {unit}; watch {watch:g}, breach {breach:g}",
        min=low, max=high, step=(high - low) / 100, value=value, readout_format=".1%" if rate else ".1f",
        continuous_update=True,
    )  # fmt: skip


def _happens(trial: PaymentTrial, share: Gainshare, unit: str) -> dict[str, w.Widget]:
    base = share.baseline.value
    options = [(name, key) for key, (name, _) in PATTERNS.items()]
    pattern = "How the saving runs over eight quarters"
    saved = f"Money, against a baseline cost of {base:g} a quarter"
    return {
        "pattern": field(w.Dropdown, "The saving is", pattern, options=options, value=trial.pattern),
        "saving": _slider(f"Saving a quarter ({unit})", saved, trial.saving, (0, 0.4 * base), base / 200, ".1f"),
        "industry": _slider("Industry index a year", "How far the industry's cost moves in a year", trial.industry,
                            (-0.1, 0.15), 0.005, ".1%"),
        "payee_gain": _slider(f"Payee’s own gain ({unit})", "Before the gainshare; may be a loss", trial.payee_gain,
                              (-50, 50), 1, ".0f"),
    }  # fmt: skip


def _agreed(credits: ServiceCredits, share: Gainshare, unit: str) -> dict[str, w.Widget]:
    base, vesting = share.baseline.value, tuple(share.vesting)
    top = share.cap if share.cap is not None else 0.2 * base
    ways = list(VESTING.items())
    if vesting not in dict(ways).values():
        ways.insert(0, ("as in your file", vesting))
    part = "The payee's part of the saving in this tier"
    tiers = {
        f"tier_{number}": _slider(f"Share above {tier.above:g}", part, tier.share, (0, 1), 0.05, ".0%")
        for number, tier in enumerate(share.tiers, start=1)
    }
    most = max(4, share.endurance)
    held = "A saving counts only as far as it was held so long"
    return {
        "at_risk": _slider("Cap, share of the fee", "The at-risk amount of all KPIs together", credits.at_risk,
                           (0, 0.3), 0.005, ".1%"),
        "graduated": _tick("Credits grow from watch to breach", credits.graduated),
        "deadband": _slider(f"Deadband ({unit})", "Noise, a quarter", share.deadband, (0, 0.2 * base), 1, ".0f"),
        **tiers,
        "cap": _slider(f"Cap a quarter ({unit})", "The most that a quarter pays", top, (0, max(2 * top, 1)), 1, ".0f"),
        "endurance": field(w.IntSlider, "Held for quarters", held, min=1, max=most, value=share.endurance),
        "both_benefit": _tick("Only if both partners gained", share.both_benefit),
        "vesting": field(w.Dropdown, "Paid out", "Which part is paid in which year", options=ways, value=vesting),
    }  # fmt: skip


def _slider(
    label: str, help: str, value: float, span: tuple[float, float], step: float, form: str
) -> w.Widget:
    """Return a slider that has room for its value."""
    low, high = min(span[0], value), max(span[1], value)
    return field(w.FloatSlider, label, help, min=low, max=high, step=step, value=value, readout_format=form)


def _tick(label: str, value: bool) -> w.Widget:
    return w.Checkbox(description=label, value=value, indent=False, tooltip=label)
