"""Why partners invest too little, when a promise enforces itself, and what each day of openness costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alliance_analysis.errors import BadInput
from alliance_analysis.incentives.working import within


@dataclass(frozen=True)
class HoldUp:
    """What a partner invests who must share the return, beside what would be best for both together.

    Money; `efficiency` is the joint surplus reached, cost of risk included, as a fraction of the best without risk.
    """

    share: float
    invested: float
    best: float
    surplus: float
    best_surplus: float

    @property
    def efficiency(self) -> float:
        """The surplus reached, over the best."""
        return self.surplus / self.best_surplus


def hold_up(theta: float, share: float, *, specificity: float = 1.0, risk_cost: float = 0.0) -> HoldUp:
    """Return the investment of a partner whose return is bargained over afterwards [@klein1978vertical].

    Parameters
    ----------
    theta
        Scale of the value 2 theta sqrt(I) that an investment I creates (money, square root of money).
    share
        beta, the part of what is bargained over that the investor gets, as a fraction.
    specificity
        Fraction of the value that is lost outside this alliance; only that part is bargained over.
    risk_cost
        Cost of the risk that the investor bears, for each unit invested (see `risk.cost_of_risk`).

    The investor keeps b = 1 - specificity (1 - beta) of the value and invests (b theta / (1 + risk cost))^2; best is
    theta^2. Fully specific and without risk, the efficiency is 2 beta - beta^2.

    >>> found = hold_up(10, 0.5)
    >>> found.invested, found.best, found.efficiency
    (25.0, 100.0, 0.75)
    """
    within("theta", theta, low=1e-12)
    within("the share", share, high=1)
    within("the specificity", specificity, high=1)
    within("the cost of risk", risk_cost)
    kept = 1 - specificity * (1 - share)
    invested = (kept * theta / (1 + risk_cost)) ** 2
    best = float(theta**2)
    return HoldUp(kept, invested, best, 2 * theta * invested**0.5 - (1 + risk_cost) * invested, best)


@dataclass(frozen=True)
class SelfEnforcement:
    """Whether keeping the promise pays by itself: the discount factor that it needs, and the one that there is."""

    needed: float
    actual: float

    @property
    def holds(self) -> bool:
        """Whether both partners gain by keeping the promise."""
        return self.actual >= self.needed


def critical_discount(cooperate: float, defect: float, fallback: float) -> float:
    """Return the least discount factor at which cooperation holds: (D - C) / (D - P) [@baker2002relational].

    Payoffs a year: C if both cooperate, D for breaking the promise once, P in every year after that (what a formal
    contract or another partner still gives). Needs D > C > P.

    >>> critical_discount(10, 14, 4), round(critical_discount(10, 14, 8), 3)
    (0.4, 0.667)
    """
    if not defect > cooperate > fallback:
        raise BadInput(
            f"payoffs {defect:g} (defect), {cooperate:g} (cooperate), {fallback:g} (fallback) are no dilemma",
            "breaking the promise must pay more once, and the fallback less than cooperation",
        )
    return (defect - cooperate) / (defect - fallback)


def self_enforcement(
    cooperate: float, defect: float, fallback: float, *, interest: float, ending: float
) -> SelfEnforcement:
    """Return whether the shadow of the future is long enough: d = (1 - h) / (1 + r) against the critical one.

    `interest` is r a year, `ending` is h, the yearly chance that the alliance ends anyway.

    >>> self_enforcement(10, 14, 8, interest=0.1, ending=0.3).holds
    False
    """
    within("the interest rate", interest)
    within("the chance of ending", ending, high=1)
    return SelfEnforcement(critical_discount(cooperate, defect, fallback), (1 - ending) / (1 + interest))


def disclosure_value(
    level: float,
    alliance: float,
    secret: float,
    *,
    leak: float,
    clean_team: float = 0.0,
    interest: float,
    years: float,
) -> float:
    """Return the net value of opening a know-how to a partner: what the alliance gains less what is copied.

    Parameters
    ----------
    level
        How much is disclosed, from 0 to 1; the alliance gains `alliance` x sqrt(level) a year.
    secret
        What the know-how earns a year while nobody else has it.
    leak
        Rate a year at which a fully disclosed secret loses its worth; the rate is leak x level x (1 - clean team).
    clean_team
        Part of the leak that a clean team stops.
    interest, years
        Continuous rate a year, and the horizon.

    >>> open_ = disclosure_value(1, 10, 30, leak=0.5, interest=0.08, years=5)
    >>> clean = disclosure_value(1, 10, 30, leak=0.5, clean_team=0.8, interest=0.08, years=5)
    >>> open_ < 0 < clean
    True
    """
    within("the level of disclosure", level, high=1)
    within("the clean team's part", clean_team, high=1)
    rate = within("the leak", leak) * level * (1 - clean_team)

    def annuity(discount: float) -> float:
        return years if discount == 0 else float(-np.expm1(-discount * years) / discount)

    within("the interest rate", interest)
    gained = within("the alliance's gain", alliance) * level**0.5 * annuity(interest)
    lost = within("the secret's worth", secret) * (annuity(interest) - annuity(interest + rate))
    return float(gained - lost)
