"""What the promises are worth: service credits and gainshare, and what the partners invest together.

Amounts are in the file's currency and scale; shares and rates are fractions.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from alliance_analysis.agreement.clauses import Shares
from alliance_analysis.agreement.kpi import Baseline, Fraction, Number, Text
from alliance_analysis.agreement.names import Identifier, KpiId, PartyId
from alliance_analysis.records import Record

NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=40)]
AssetClass = Literal["tooling", "analytics_platform", "process_automation", "other"]


def _whole(shares: list[float], what: str) -> None:
    if not math.isclose(sum(shares), 1, abs_tol=1e-9):
        raise ValueError(f"the {what} add up to {sum(shares):.4g}, not to 1")


class EarnBack(Record):
    """A service credit is given back if `met` of the next `periods` periods meet the target."""

    met: Count
    periods: Count

    @model_validator(mode="after")
    def _possible(self) -> EarnBack:
        if self.met > self.periods:
            raise ValueError(f"{self.met} of {self.periods} periods cannot meet the target")
        return self


class ServiceCredits(Record):
    """Service credits: `at_risk` caps, as a fraction of the fee, what all KPIs together can cost in one period.

    Each card's own `at_risk` is what that KPI can cost; where the cards add up to more than the cap, it binds.
    A credit is due in full at the breach threshold; if `graduated`, it grows from the watch threshold to there.
    """

    at_risk: Fraction
    graduated: bool = False
    earn_back: EarnBack | None = None


class Tier(Record):
    """From a gain of `above` (money a quarter) on, `share` of each further unit goes to whoever earned it."""

    above: NotNegative
    share: Fraction


class Industry(Record):
    """The index by which a baseline moves with the industry, and its level in the baseline period."""

    name: Text
    at_baseline: Positive


class Gainshare(Record):
    """What is paid for a saving against a baseline cost, both in money a quarter.

    The first `deadband` of a saving is noise and pays nothing. `tiers` are marginal; one tier is a plain share.
    `cap` limits a quarter's payment. A saving counts as far as it was held for `endurance` quarters in a row, and,
    with `both_benefit`, only if both partners gained. `vesting` says which part is paid in which year.
    """

    payee: PartyId
    kpi: KpiId
    baseline: Baseline
    industry: Industry | None = None
    deadband: NotNegative = 0.0
    tiers: Annotated[list[Tier], Field(min_length=1)]
    cap: NotNegative | None = None
    endurance: Count = 2
    both_benefit: bool = True
    vesting: Annotated[list[Fraction], Field(min_length=1)] = Field(default_factory=lambda: [1.0])

    @model_validator(mode="after")
    def _in_order(self) -> Gainshare:
        starts = [tier.above for tier in self.tiers]
        if starts[0] != 0 or starts != sorted(set(starts)):
            raise ValueError("tiers must start above 0 and rise: put them in order, each start once")
        _whole(self.vesting, "vesting shares")
        return self


class Incentives(Record):
    """Everything that is paid for performance."""

    service_credits: ServiceCredits | None = None
    gainshare: Gainshare | None = None


class Tranche(Record):
    """A part of a commitment, released in `month` if its milestone is met and `kpi` stands at `level` or better."""

    amount: Positive
    month: NotNegative
    milestone: Text
    kpi: KpiId | None = None
    level: Number | None = None

    @model_validator(mode="after")
    def _whole_gate(self) -> Tranche:
        if (self.kpi is None) != (self.level is None):
            raise ValueError("a KPI gate needs both 'kpi' and 'level'")
        return self


class Commitment(Record):
    """Money that the partners put into one asset: who bears which share, for how long, released in which tranches.

    `shares` maps each party to the fraction it pays, in `instalments` equal quarterly payments from month 0.
    `returns` is what each party expects from it, in money a year, from the last tranche until `horizon_months`.
    """

    id: Identifier
    label: Text
    asset_class: AssetClass
    amount: Positive
    shares: Annotated[Shares, Field(min_length=1)]
    horizon_months: Positive
    instalments: Count = 1
    tranches: Annotated[list[Tranche], Field(min_length=1)]
    returns: dict[PartyId, NotNegative] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _adds_up(self) -> Commitment:
        _whole(list(self.shares.values()), f"cost shares of '{self.id}'")
        total = sum(tranche.amount for tranche in self.tranches)
        if not math.isclose(total, self.amount, rel_tol=1e-9):
            raise ValueError(
                f"the tranches of '{self.id}' add up to {total:,.6g}, the commitment to {self.amount:,.6g}"
            )
        months = [tranche.month for tranche in self.tranches]
        if months != sorted(months) or months[-1] > self.horizon_months:
            raise ValueError(f"the tranches of '{self.id}' must stand in order of months, within the horizon")
        return self


class Investment(Record):
    """What the partners invest together, and the yearly rate and cost by which each of them judges it.

    `discount_rates` are fractions a year; `management_cost` is what running the alliance costs a party a year.
    """

    commitments: list[Commitment] = Field(default_factory=list)
    discount_rates: dict[PartyId, NotNegative] = Field(default_factory=dict)
    management_cost: dict[PartyId, NotNegative] = Field(default_factory=dict)
