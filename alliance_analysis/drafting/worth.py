"""What the terms of the agreement file come to, once someone says what happens: payments, and rights to leave."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from alliance_analysis.agreement import Agreement, Incentives, Investment, example_path, read_agreement
from alliance_analysis.agreement.choices import choice_in
from alliance_analysis.agreement.files import Money
from alliance_analysis.agreement.kpi import Identifier, Number
from alliance_analysis.agreement.terms import NotNegative, Positive
from alliance_analysis.drafting.trial import fee
from alliance_analysis.errors import BadInput
from alliance_analysis.incentives.gainshare import gainshare, vested
from alliance_analysis.incentives.service_credits import service_credit, severity
from alliance_analysis.incentives.working import Payment
from alliance_analysis.records import Record

QUARTERS = 8
PATTERNS: dict[str, tuple[str, tuple[float, ...]]] = {
    "steady": ("steady from the first quarter", (1.0,) * QUARTERS),
    "growing": ("growing a little every quarter", tuple(np.linspace(1 / QUARTERS, 1, QUARTERS).tolist())),
    "relapse": ("held for a year, then lost", (1.0,) * 4 + (0.1,) * 4),
    "one_quarter": ("one lucky quarter", (0.0, 0.0, 1.0) + (0.0,) * 5),
    "every_other": ("every other quarter", (1.0, 0.0) * 4),
}
"""How a saving runs over eight quarters: its name, and the part of it that is there in each. Invented."""

Pattern = Literal["steady", "growing", "relapse", "one_quarter", "every_other"]


class PaymentTrial(Record):
    """What happens: each KPI's value in a month, and how a saving runs.

    `actuals` is in the cards' units; `saving` and `payee_gain` are money a quarter; `industry` is the change of
    the industry's index a year, as a fraction.
    """

    actuals: dict[Identifier, Number]
    pattern: Pattern = "relapse"
    saving: NotNegative = 0.0
    industry: Annotated[float, Field(ge=-0.5, le=0.5)] = 0.0
    payee_gain: Number = 0.0


class ExitTrial(Record):
    """Assumptions about a right to leave and a right to buy out; values in percent of the alliance's value today."""

    recovery: Positive
    buy_out: Positive
    volatility: Annotated[float, Field(ge=0.05, le=2)]
    rate: Annotated[float, Field(ge=0, le=0.5)]
    years: Annotated[float, Field(gt=0, le=30)]
    notice_months: NotNegative


class InvestmentTrial(Record):
    """By commitment, how many of its milestones are met, in order."""

    met: dict[Identifier, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)


PAYMENTS, EXIT, INVESTMENT = "incentives", "exit_pricer", "investment"
"""Where the three stand in `choices`."""


@functools.cache
def example() -> Agreement:
    """Return the labelled example, which stands in for terms that a student's own file does not have."""
    return read_agreement(example_path()).agreement


def incentives_of(agreement: Agreement) -> Incentives:
    """Return the incentives of the file, or the labelled example's where it has none."""
    return agreement.incentives or example().incentives or Incentives()


def investment_of(agreement: Agreement) -> Investment:
    """Return the joint investment of the file, or the labelled example's where it has none."""
    return agreement.investment or example().investment or Investment()


def term_months(agreement: Agreement) -> float:
    """Return how long the contract runs, in months; the example's term where the file has none."""
    return float(agreement.clauses.term_months or example().clauses.term_months or 36)


def payment_trial(agreement: Agreement) -> PaymentTrial:
    """Return the trial that was kept, or a first one: every KPI half-way from watch to breach, 15% of the cost saved.

    >>> payment_trial(example()).saving
    96.0
    """
    if kept := choice_in(agreement, PAYMENTS, PaymentTrial):
        return kept
    actuals = {
        card.id: (marks.watch + marks.breach) / 2
        for card in agreement.kpis
        if (marks := card.thresholds) and marks.watch is not None and marks.breach is not None
    }
    share = incentives_of(agreement).gainshare
    saving = 0.15 * share.baseline.value if share else 0.0
    return PaymentTrial(actuals=actuals, saving=saving, payee_gain=10.0)


def investment_trial(agreement: Agreement) -> InvestmentTrial:
    """Return the milestones that were kept, or the first two of each commitment.

    >>> investment_trial(example()).met
    {'hiring_forecast': 2, 'scheduling': 2}
    """
    first = InvestmentTrial(
        met={item.id: min(2, len(item.tranches)) for item in investment_of(agreement).commitments}
    )
    return choice_in(agreement, INVESTMENT, InvestmentTrial) or first


def exit_trial(agreement: Agreement) -> ExitTrial:
    """Return the assumptions that were kept, or first ones, with the file's notice and term.

    >>> exit_trial(example()).notice_months
    6.0
    """
    if kept := choice_in(agreement, EXIT, ExitTrial):
        return kept
    notice = agreement.exit.notice_months if agreement.exit else None
    return ExitTrial(recovery=75, buy_out=125, volatility=0.4, rate=0.05, years=term_months(agreement) / 12,
                     notice_months=6.0 if notice is None else notice)  # fmt: skip


def assumed(trial: ExitTrial) -> str:
    """Return the assumptions as a note states them."""
    return (
        f"Volatility {trial.volatility:.0%} and riskless rate {trial.rate:.1%} a year, {trial.years:g} years, "
        f"{trial.notice_months:g} months’ notice for leaving. All inputs are invented."
    )


@dataclass(frozen=True)
class Paid:
    """What the terms pay in a trial; `credit` is None where no fee recurs, `skipped` says which KPIs carry no credit.

    `by_year` is what of the gainshare is paid in which year; money in the file's currency and scale.
    """

    money: Money
    credit: Payment | None
    skipped: tuple[str, ...]
    savings: tuple[float, ...]
    quarters: tuple[Payment, ...]
    by_year: NDArray[np.float64]


def paid(agreement: Agreement, trial: PaymentTrial, terms: Incentives | None = None) -> Paid:
    """Return the service credit of the month and the gainshare of eight quarters; vesting needs the saving to stand.

    Each card's own at-risk amount is its weight: what it can cost, over the cap.

    >>> found = paid(example(), payment_trial(example()))
    >>> round(found.credit.amount, 2), [round(quarter.amount, 1) for quarter in found.quarters][:3]
    (6.0, [0.0, 20.6, 20.6])
    """
    terms = terms or incentives_of(agreement)
    credit, skipped = None, list[str]()
    fee_a_year = fee(agreement).a_year
    if terms.service_credits and fee_a_year is not None:
        rules, weights, severities = terms.service_credits, dict[str, float](), dict[str, float]()
        for card in agreement.kpis:
            if not card.at_risk:
                continue
            try:
                if card.id not in trial.actuals:
                    raise BadInput(f"'{card.name}' has no value in this trial", "give one")
                severities[card.name] = severity(card, trial.actuals[card.id], graduated=rules.graduated)
            except BadInput as error:
                skipped.append(str(error))
                continue
            weights[card.name] = card.at_risk / rules.at_risk if rules.at_risk else 0.0
        credit = service_credit(fee_a_year / 12, rules.at_risk, weights, severities)
    if not terms.gainshare:
        return Paid(agreement.money, credit, tuple(skipped), (), (), np.zeros(0))
    share = terms.gainshare
    savings = tuple(trial.saving * part for part in PATTERNS[trial.pattern][1])
    start = share.industry.at_baseline if share.industry else 100.0
    index = [start * (1 + trial.industry) ** ((at + 1) / 4) for at in range(QUARTERS)]
    moved = [share.baseline.value * (level / start if share.industry else 1) for level in index]
    costs = [max(0.0, base - saving) for base, saving in zip(moved, savings, strict=True)]
    quarters = gainshare(
        share, costs, industry=index if share.industry else None, payee_gains=[trial.payee_gain] * QUARTERS
    )
    years = [sum(q.amount for q in quarters[at : at + 4]) for at in range(0, QUARTERS, 4)]
    last = len(years) + len(share.vesting) - 1
    stands = [quarters[min(4 * year + 3, QUARTERS - 1)].counted > 0 for year in range(last)]
    by_year = vested(years, share.vesting, stands).sum(axis=0)
    return Paid(agreement.money, credit, tuple(skipped), savings, quarters, by_year)
