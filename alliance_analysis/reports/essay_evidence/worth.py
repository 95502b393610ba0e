"""What the pages on money and change offer: service credit and gainshare, the right to leave, a shock."""

from __future__ import annotations

from typing import NamedTuple

from alliance_analysis.agreement import Agreement
from alliance_analysis.drafting import shocks, worth
from alliance_analysis.figures import exit as exits
from alliance_analysis.figures import incentives
from alliance_analysis.figures import shocks as shock_figures
from alliance_analysis.reports.essay_evidence.offer import Offer


def _paid(agreement: Agreement) -> worth.Paid | None:
    kept = worth.PAYMENTS in agreement.choices
    return worth.paid(agreement, worth.payment_trial(agreement)) if kept else None


def _money(found: worth.Paid, value: float) -> str:
    return f"{value:,.4g} {incentives.unit(found.money)}"


def _terms(agreement: Agreement) -> object:
    return agreement.kpis, worth.incentives_of(agreement), worth.payment_trial(agreement)


PAYMENTS = Offer[worth.Paid]("05_incentives_and_investment", _paid, {
    "service_credit": ("Service credit of the month tried out",
                       lambda p: _money(p, p.credit.amount) if p.credit else ""),
    "gainshare_saved": ("Saved in the eight quarters tried out", lambda p: _money(p, sum(p.savings))),
    "gainshare_earned": ("Gainshare earned on it", lambda p: _money(p, sum(q.amount for q in p.quarters))),
    "gainshare_paid": ("Gainshare paid after vesting", lambda p: _money(p, float(p.by_year.sum()))),
}, {
    "figure:gainshare": ("saved, counted and paid", incentives.gainshare),
    "table:service_credit": ("the service credit line by line", incentives.service_credit),
}, simulated=True, made_of=_terms)  # fmt: skip


class _Leaving(NamedTuple):
    found: exits.Rights
    assumed: str

    def worth(self, which: int) -> str:
        return f"{self.found.today[which]:.1f}% of the value"


def _leaving(agreement: Agreement) -> _Leaving | None:
    if worth.EXIT not in agreement.choices:
        return None
    trial = worth.exit_trial(agreement)
    return _Leaving(exits.rights(**trial.model_dump()), worth.assumed(trial))


EXIT = Offer[_Leaving]("07_risk_change_and_exit", _leaving, {
    "exit_right": ("Worth of the right to leave (all inputs assumed)", lambda x: x.worth(0)),
    "buy_out_right": ("Worth of the right to buy out (all inputs assumed)", lambda x: x.worth(1)),
}, {
    "figure:exit_curve": ("the worth of leaving and of buying out", lambda x: exits.exit_curve(x.found, x.assumed)),
}, simulated=True)  # fmt: skip


def _shock(agreement: Agreement) -> shocks.Shock | None:
    kept = shocks.NAME in agreement.choices
    return shocks.shock(agreement, shocks.shock_trial(agreement)) if kept else None


SHOCK = Offer[shocks.Shock]("07_risk_change_and_exit", _shock, exhibits={
    "figure:shock": ("what a shock costs either side", shock_figures.shock),
}, simulated=True)  # fmt: skip

OFFERS = (PAYMENTS, EXIT, SHOCK)
