"""The case of each partner in what they invest together: cash flows, present value, payback, and the cost of failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from alliance_analysis.agreement import Investment
from alliance_analysis.errors import BadInput
from alliance_analysis.incentives.account import QUARTER, check_funds
from alliance_analysis.incentives.working import within

Floats = NDArray[np.float64]


def cash_flows(terms: Investment, party: str, stops: Mapping[str, int] | None = None) -> Floats:
    """Return one party's monthly flows from month 0, in money: paid in, returned, and the cost of managing.

    `stops` names commitments that fail after so many tranches: the next one is never released, what is unspent goes
    back in its month, and no returns come. A commitment that is not named succeeds.
    """
    months = max((ceil(item.horizon_months) for item in terms.commitments), default=0)
    flows = np.zeros(months + 1)
    flows[1:] -= terms.management_cost.get(party, 0.0) / 12
    for item in terms.commitments:
        check_funds(item)
        share, due = item.shares.get(party, 0.0), QUARTER * np.arange(item.instalments)
        released = (stops or {}).get(item.id, len(item.tranches))
        if released < len(item.tranches):
            end = ceil(item.tranches[released].month)
            due = due[due < end]
            unspent = item.amount * len(due) / item.instalments - sum(
                t.amount for t in item.tranches[:released]
            )
            flows[end] += share * unspent
        else:
            start = ceil(item.tranches[-1].month) + 1
            flows[start : ceil(item.horizon_months) + 1] += item.returns.get(party, 0.0) / 12
        flows[due] -= share * item.amount / item.instalments
    return flows


def net_present_value(flows: ArrayLike, rate: float, per_year: int = 12) -> float:
    """Return the present value of flows one period apart, at a yearly rate: the sum of flow / (1 + rate)^t.

    >>> round(net_present_value([-100, 60, 60], 0.10, per_year=1), 3)
    4.132
    """
    within("the discount rate", rate)
    values = np.asarray(flows, dtype=float)
    return float((values * (1 + rate) ** (-np.arange(len(values)) / per_year)).sum())


def internal_rates(flows: ArrayLike, per_year: int = 12) -> tuple[float, ...]:
    """Return every yearly rate between -90% and 1,000% at which the flows are worth nothing; there may be several, or none.

    >>> [round(rate, 4) for rate in internal_rates([-100, 60, 60], per_year=1)]
    [0.1307]
    >>> [round(rate, 4) for rate in internal_rates([-100, 230, -132], per_year=1)]
    [0.1, 0.2]
    """
    values = np.asarray(flows, dtype=float)
    times = np.arange(len(values)) / per_year

    def worth(log_rate: float) -> float:
        return float((values * np.exp(-log_rate * times)).sum())

    grid = np.linspace(np.log(0.1), np.log(11), 2000)
    found = [worth(at) for at in grid]
    return tuple(
        float(np.expm1(scipy.optimize.brentq(worth, grid[i], grid[i + 1], xtol=1e-13)))
        for i in range(len(grid) - 1)
        if found[i] * found[i + 1] < 0
    )


@dataclass(frozen=True)
class PartnerCase:
    """One partner's case: monthly flows, and what is computed from them at its own yearly rate.

    `payback` is the first month from which the sum of the flows stays at 0 or above, `break_even` the same for
    discounted flows: the shortest horizon that pays. Both are None where that never comes. `rates` are the internal
    rates of return.
    """

    party: str
    rate: float
    flows: Floats
    npv: float
    rates: tuple[float, ...]
    payback: int | None
    break_even: int | None

    @property
    def cumulative(self) -> Floats:
        """The sum of the flows so far: the J-curve."""
        return np.cumsum(self.flows)

    @property
    def rate_in_words(self) -> str:
        """The internal rate of return as printed; where the flows change sign more than once, that is said."""
        signs = np.sign(self.flows[self.flows != 0])
        changes = int((signs[1:] != signs[:-1]).sum())
        said = ", ".join(f"{rate:.1%}" for rate in self.rates) or "none"
        if changes < 2:
            return said
        several = "rely on the net present value" if len(self.rates) > 1 else "there could have been several"
        return f"{said} (the flows change sign {changes} times: {several})"


def _from_then_on(values: Floats) -> int | None:
    below = np.flatnonzero(np.cumsum(values) < -1e-9)
    if not len(below):
        return 0
    return None if below[-1] == len(values) - 1 else int(below[-1]) + 1


def partner_case(terms: Investment, party: str, stops: Mapping[str, int] | None = None) -> PartnerCase:
    """Return the case of one partner, if all succeeds or with commitments that stop (see `cash_flows`).

    Raises BadInput if the party's discount rate is not given.
    """
    if party not in terms.discount_rates:
        raise BadInput(
            f"the discount rate of '{party}' is missing", "give one a year", field="investment.discount_rates"
        )
    rate, flows = terms.discount_rates[party], cash_flows(terms, party, stops)
    discounted = flows * (1 + rate) ** (-np.arange(len(flows)) / 12)
    return PartnerCase(party, rate, flows, net_present_value(flows, rate), internal_rates(flows),
                       _from_then_on(flows), _from_then_on(discounted))  # fmt: skip


@dataclass(frozen=True)
class FailureAgainstSuccess:
    """What a partner loses if everything stops, with gates and without, beside what it gains if all succeeds.

    `gated` stops each commitment at its second tranche; `ungated` has paid everything and gets no returns. Present
    values in money, losses below 0.
    """

    party: str
    gated: float
    ungated: float
    success: float

    @property
    def ratio(self) -> float | None:
        """Loss with gates for each unit of gain; None where success brings no gain."""
        return -self.gated / self.success if self.success > 0 else None


def failure_against_success(terms: Investment, party: str) -> FailureAgainstSuccess:
    """Return the cost of failure beside the value of success for one partner."""
    rate = partner_case(terms, party).rate
    stops = {item.id: 1 for item in terms.commitments if len(item.tranches) > 1}
    none = [item.model_copy(update={"returns": {}}) for item in terms.commitments]
    ungated = cash_flows(terms.model_copy(update={"commitments": none}), party)
    return FailureAgainstSuccess(
        party,
        net_present_value(cash_flows(terms, party, stops), rate),
        net_present_value(ungated, rate),
        partner_case(terms, party).npv,
    )


def term_warnings(cases: Sequence[PartnerCase], term_months: float) -> tuple[str, ...]:
    """Return a warning for each partner whose money is not back when the contract ends; nothing is refused."""
    return tuple(
        f"{case.party}: the money is {'never back' if case.payback is None else f'back after {case.payback} months'}, "
        f"the contract ends after {term_months:g}"
        for case in cases
        if case.payback is None or case.payback > term_months
    )
