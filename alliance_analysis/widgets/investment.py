"""The joint investment: who bears which share, how long it runs, which milestones are met, and what follows for each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipywidgets as w

from alliance_analysis.agreement import Commitment, Investment
from alliance_analysis.drafting.worth import (
    INVESTMENT,
    InvestmentTrial,
    investment_of,
    investment_trial,
    payment_trial,
    term_months,
)
from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import investment as show
from alliance_analysis.figures.incentives import unit
from alliance_analysis.incentives.account import ledger
from alliance_analysis.incentives.investment import PartnerCase, failure_against_success, partner_case
from alliance_analysis.records import as_plain
from alliance_analysis.widgets.panel import Panel, Shown, field, halves, help_text


class InvestmentPanel(Panel):
    """Try shares, horizons and milestones; Keep writes the terms into `investment` and the milestones into `choices`."""

    name = INVESTMENT

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        agreement = self.opened.agreement
        self.begun, self.payer = (
            investment_of(agreement),
            next(iter(investment_of(agreement).discount_rates), ""),
        )
        try:
            met = investment_trial(agreement).met
        except AllianceError as error:
            self.say(f"{error}. The panel starts anew.", good=False)
            met = {}
        self.controls = {
            item.id: self._controls(item, met.get(item.id, 0)) for item in self.begun.commitments
        }
        self.told, self.cases, self.account = w.HTML(), Shown(height="260px"), Shown(height="320px")
        self.told.add_class("cb-told")
        self.account.layout.overflow = "auto"  # a narrow page scrolls the table, not the panel
        for at, row in enumerate(self.controls.values(), start=1):
            for key, control in row.items():
                control.add_class(f"cb-invest-{key}-{at}")
                control.observe(self._moved, "value")
        self._draw()

    def _controls(self, item: Commitment, met: int) -> dict[str, Any]:
        share, horizon = _set_now(item, self.payer)
        milestones = "; ".join(tranche.milestone for tranche in item.tranches)
        return {
            "share": field(w.IntSlider, f"{self.payer.capitalize()} pays (%)", "The other side bears the rest",
                           min=0, max=100, value=share),
            "horizon": field(w.IntSlider, "Returns until (month)", "It brings returns after its last tranche",
                             min=int(item.tranches[-1].month) + 1, max=max(120, horizon), value=horizon),
            "met": field(w.IntSlider, "Milestones met", milestones, min=0, max=len(item.tranches),
                         value=min(met, len(item.tranches))),
        }  # fmt: skip

    def body(self) -> list[w.Widget]:
        """Return the controls of each commitment beside each partner's case, the account below, and Keep."""
        left: list[w.Widget] = [
            help_text("Amounts, returns and rates stand in the file; all of the example's are invented.")
        ]
        for item in self.begun.commitments:
            left += [w.HTML(f"<strong>{item.label}</strong>"), *self.controls[item.id].values()]
        return [halves([*left, self.keep_button(self.keep)], [self.told, self.cases]), self.account]

    def still(self) -> Exhibit:
        """Return the case of each partner as the file stands."""
        return self._exhibit(self.begun)

    def terms(self) -> Investment:
        """Return the investment as set on the panel; the other parties keep their proportions."""
        return self.begun.model_copy(
            update={"commitments": [self._set(item) for item in self.begun.commitments]}
        )

    def _set(self, item: Commitment) -> Commitment:
        share, horizon = (self.controls[item.id][name].value for name in ("share", "horizon"))
        if (share, horizon) == _set_now(item, self.payer):
            return item
        others = {party: part for party, part in item.shares.items() if party != self.payer}
        rest = sum(others.values())
        parts = {
            p: round((1 - share / 100) * (s / rest if rest else 1 / len(others)), 9)
            for p, s in others.items()
        }
        return item.model_copy(
            update={"shares": {self.payer: share / 100, **parts}, "horizon_months": float(horizon)}
        )

    def trial(self) -> InvestmentTrial:
        """Return how many milestones are met, as set on the panel."""
        return InvestmentTrial(met={name: row["met"].value for name, row in self.controls.items()})

    def _cases(self, terms: Investment) -> list[PartnerCase]:
        return [partner_case(terms, party) for party in terms.discount_rates]

    def _exhibit(self, terms: Investment) -> Exhibit:
        cases = self._cases(terms)
        failures = [failure_against_success(terms, case.party) for case in cases]
        return show.partner_cases(cases, failures, self.opened.agreement.money)

    def _moved(self, _: object) -> None:
        self.changed()
        self._draw()

    def _draw(self) -> None:
        agreement, terms = self.opened.agreement, self.terms()
        try:
            cases, exhibit = self._cases(terms), self._exhibit(terms)
            found = ledger(terms, agreement.kpis, self.trial().met, payment_trial(agreement).actuals)
        except AllianceError as error:
            self.say(str(error), good=False)
            return
        each = ", ".join(f"<strong>{case.party} {case.npv:,.1f}</strong>" for case in cases).replace("-", "−")
        both = "It pays for each." if min(case.npv for case in cases) > 0 else "It does not pay for each."
        late = [case.party for case in cases if case.payback is None or case.payback > term_months(agreement)]
        late_told = f" Not back within the contract: {', '.join(late)}." if late else ""
        told = f"Net present value ({unit(agreement.money)}): {each}. {both}{late_told}"
        self.told.value = f'<div aria-live="polite">{told}</div>'
        self.cases.show(exhibit)
        names = {item.id: item.label for item in terms.commitments}
        self.account.show(show.account(found, names, agreement.money))

    def keep(self) -> bool:
        """Write the terms and the milestones."""
        return self.save(("investment", self.terms()), ("choices", {self.name: as_plain(self.trial())}))


def _set_now(item: Commitment, payer: str) -> tuple[int, int]:
    """Return a party's share in percent and the horizon in months, as sliders hold them."""
    last = int(item.tranches[-1].month) + 1
    return round(100 * item.shares.get(payer, 0.0)), max(last, round(item.horizon_months))
