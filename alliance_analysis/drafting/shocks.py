"""Three shocks to an alliance, and what each costs either side with the clause that answers it and without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from alliance_analysis.agreement import Agreement
from alliance_analysis.agreement.choices import choice_in
from alliance_analysis.agreement.files import Money
from alliance_analysis.drafting.trial import fee
from alliance_analysis.drafting.worth import example, investment_of
from alliance_analysis.errors import BadInput
from alliance_analysis.incentives.investment import cash_flows, net_present_value
from alliance_analysis.incentives.risk import indexed_price
from alliance_analysis.records import Record

Kind = Literal["disruption", "price", "technology"]
SHOCKS: dict[Kind, tuple[str, str, str]] = {
    "disruption": ("Supply disruption", "months without service", "volume a second source can take over"),
    "price": ("Price shock", "rise of input costs", "collar: most the price may move"),
    "technology": ("Technology shift", "returns that are lost", "tranches not yet released when it comes"),
}
"""Each shock: its name, what its size means, and what the protection means; both are fractions but for the months."""

NAME = "shocks"
INPUT_SHARE = 0.6
"""Invented: the part of the fee that follows input costs."""

DAMAGE = 2.0
"""Invented: what a month without service costs the customer, in monthly fees."""


class ShockTrial(Record):
    """One shock: how large it is, and how far the clause protects. Fractions; a disruption's size is in months."""

    kind: Kind = "disruption"
    size: Annotated[float, Field(ge=0, le=12)] = 3.0
    protection: Annotated[float, Field(ge=0, le=1)] = 0.4


@dataclass(frozen=True)
class Shock:
    """What a shock costs each party in a year (a technology shift: in present value), without and with the clause."""

    kind: Kind
    money: Money
    costs: Mapping[str, tuple[float, float]]
    working: str

    @property
    def alt(self) -> str:
        """The costs in words."""
        told = "; ".join(
            f"{name} {a:,.4g} without the clause and {b:,.4g} with it" for name, (a, b) in self.costs.items()
        )
        return f"{SHOCKS[self.kind][0]}, cost in {self.money.scale} {self.money.currency}: {told}."


def shock(agreement: Agreement, trial: ShockTrial) -> Shock:
    """Return what a shock costs, from the fee and the joint investment of the agreement.

    Disruption: each month the customer loses twice the fee and the vendor its fee; the volume that a second source
    takes over is not lost to the customer. Price: without an index the vendor bears the rise, with one the customer
    does, up to the collar. Technology: without gates everything is paid in and the lost part of the returns with
    it; with gates the partners may stop: tranches not yet released are not paid, and their commitments return
    nothing. They do so if that loses less for both together.

    >>> found = shock(example(), ShockTrial(kind="price", size=0.2, protection=0.08))
    >>> {name: tuple(round(x, 1) for x in costs) for name, costs in found.costs.items()}
    {'customer': (0.0, 115.2), 'vendor': (172.8, 57.6)}
    """
    a_year = fee(agreement).a_year or fee(example()).a_year
    sides = {party.side: party.id for party in agreement.parties}
    customer, vendor = sides.get("customer", "customer"), sides.get("vendor", "vendor")
    if a_year is None:
        raise BadInput("the agreement names no recurring fee", "add one under 'amounts'", field="amounts")
    size, protection = trial.size, trial.protection
    if trial.kind == "disruption":
        month = a_year / 12
        lost = {customer: DAMAGE * month * size, vendor: month * size}
        costs = {
            customer: (lost[customer], lost[customer] * (1 - protection)),
            vendor: (lost[vendor], lost[vendor]),
        }
        said = f"{size:g} months; a month costs the customer {DAMAGE * month:,.4g} (invented) and the vendor {month:,.4g}"
    elif trial.kind == "price":
        moved = {"fixed": 1 - INPUT_SHARE, "input costs": INPUT_SHARE}
        index = {"input costs": (1.0, 1.0 + size)}
        rise = indexed_price(a_year, moved, index).amount - a_year
        borne = indexed_price(a_year, moved, index, (1 - protection, 1 + protection)).amount - a_year
        costs = {customer: (0.0, borne), vendor: (rise, rise - borne)}
        said = f"{INPUT_SHARE:.0%} of the fee follows input costs (invented); they rise by {size:.0%}"
    else:
        costs, said = _technology(agreement, size, protection)
    return Shock(trial.kind, agreement.money, costs, said)


def _technology(
    agreement: Agreement, size: float, protection: float
) -> tuple[dict[str, tuple[float, float]], str]:
    terms = investment_of(agreement)
    hit = [
        item.model_copy(update={"returns": {p: r * max(0.0, 1 - size) for p, r in item.returns.items()}})
        for item in terms.commitments
    ]
    after = terms.model_copy(update={"commitments": hit})
    stops = {item.id: round((1 - protection) * len(item.tranches)) for item in terms.commitments}
    worth = {
        party: [
            net_present_value(flows, rate)
            for flows in (cash_flows(terms, party), cash_flows(after, party), cash_flows(after, party, stops))
        ]
        for party, rate in terms.discount_rates.items()
    }
    stop = sum(w[2] for w in worth.values()) > sum(w[1] for w in worth.values())
    released = ", ".join(f"{name} after {count}" for name, count in stops.items())
    used = "is used" if stop else "is not used, as going on loses less"
    said = f"{size:.0%} of the returns are lost; the right to stop tranches ({released}) {used}"
    return {party: (w[0] - w[1], w[0] - w[2 if stop else 1]) for party, w in worth.items()}, said


def shock_trial(agreement: Agreement) -> ShockTrial:
    """Return the shock that was kept, or a first one."""
    return choice_in(agreement, NAME, ShockTrial) or ShockTrial()
