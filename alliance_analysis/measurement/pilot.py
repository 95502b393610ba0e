"""A pilot that can fail: size, stop rule and decision are written down before it starts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

import numpy as np
import scipy
from pydantic import Field, model_validator

from alliance_analysis.agreement.kpi import Identifier, Text
from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.ranking import Direction
from alliance_analysis.records import Record

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, lt=1)]
Found = Literal["improved", "no difference shown", "worse", "stopped for harm", "not finished"]
Decision = Literal["roll out", "do not roll out", "stop", "go on"]


class PilotCard(Record):
    """A pilot as registered before its first observation.

    `smallest_effect` is the least improvement worth having (the minimum detectable effect), `standard_deviation`
    the spread of single observations, `stop_for_harm` the worsening of the mean that ends the pilot at once: all in
    the KPI's unit. `alpha` is the two-sided chance of a false alarm, `sites` how many sites must repeat the result.
    """

    id: Identifier
    kpi: Identifier
    question: Text
    direction: Direction
    smallest_effect: Positive
    standard_deviation: Positive
    stop_for_harm: Positive
    sites: Annotated[int, Field(gt=0)]
    registered: date
    starts: date
    alpha: Share = 0.05
    power: Share = 0.8

    @model_validator(mode="after")
    def _registered_first(self) -> PilotCard:
        if self.registered > self.starts:
            raise ValueError(
                f"'{self.id}': it starts ({self.starts}) before it is registered ({self.registered})"
            )
        return self

    @property
    def per_arm(self) -> int:
        """Observations needed in each arm of each site: 2 (z_alpha/2 + z_power)^2 sd^2 / effect^2, rounded up.

        >>> EXAMPLE.per_arm
        63
        """
        z = scipy.stats.norm.isf(self.alpha / 2) + scipy.stats.norm.ppf(self.power)
        return max(2, math.ceil(2 * float(z * self.standard_deviation / self.smallest_effect) ** 2 - 1e-9))

    @property
    def chances(self) -> tuple[float, float]:
        """Chance that every site improves: with the smallest effect (the power), and without any (a false roll-out).

        >>> tuple(round(chance, 6) for chance in EXAMPLE.chances)
        (0.512, 1.6e-05)
        """
        return self.power**self.sites, (self.alpha / 2) ** self.sites


EXAMPLE = PilotCard(
    id="shared_forecast", kpi="on_time", question="Does a shared forecast shorten delivery?", direction="lower",
    smallest_effect=1.0, standard_deviation=2.0, stop_for_harm=1.0, sites=3,
    registered=date(2025, 1, 6), starts=date(2025, 2, 3),
)  # fmt: skip
"""The pilot of the runnable examples (synthetic; days)."""


@dataclass(frozen=True)
class SiteResult:
    """One site: mean improvement (positive is better), its confidence interval, p value, and the finding."""

    improvement: float
    interval: tuple[float, float]
    p_value: float
    finding: Found


@dataclass(frozen=True)
class PilotResult:
    """All sites and the decision that the card registered."""

    sites: tuple[SiteResult, ...]
    decision: Decision


def site_result(card: PilotCard, control: Sequence[float], pilot: Sequence[float]) -> SiteResult:
    """Compare the two arms of one site by Welch's t test, in the KPI's unit.

    Nothing is concluded before both arms are full, except harm: from half of each arm on, a mean that is worse by
    `stop_for_harm` or more ends it. Raises BadInput for fewer than two observations or a value that is not finite.
    """
    arms = [np.asarray(arm, dtype=float) for arm in (control, pilot)]
    if min(arm.size for arm in arms) < 2 or not all(np.isfinite(arm).all() for arm in arms):
        raise BadInput(
            "an arm has fewer than two observations, or one that is missing", "complete it", field=card.id
        )
    sign = 1 if card.direction == "higher" else -1
    test = scipy.stats.ttest_ind(sign * arms[1], sign * arms[0], equal_var=False)
    limits = test.confidence_interval(1 - card.alpha)
    better = float(sign * (arms[1].mean() - arms[0].mean()))
    done = min(arm.size for arm in arms) / card.per_arm
    finding: Found
    if done >= 0.5 and better <= -card.stop_for_harm:
        finding = "stopped for harm"
    elif done < 1:
        finding = "not finished"
    elif test.pvalue < card.alpha:
        finding = "improved" if better > 0 else "worse"
    else:
        finding = "no difference shown"
    return SiteResult(better, (float(limits.low), float(limits.high)), float(test.pvalue), finding)


def decide(card: PilotCard, sites: Sequence[tuple[Sequence[float], Sequence[float]]]) -> PilotResult:
    """Return the decision that the card registered: roll out only if every one of its sites has improved.

    `sites` holds (control, pilot) observations per site. Harm at one site stops the pilot; a full site without
    improvement ends the hope of replication; otherwise it goes on until `card.sites` sites are full.

    >>> rng = np.random.default_rng(3)
    >>> arms = [(rng.normal(10, 2, 63), rng.normal(8, 2, 63)) for _ in range(3)]
    >>> decide(EXAMPLE, arms).decision
    'roll out'
    """
    if len(sites) > card.sites:
        raise BadInput(
            f"{len(sites)} sites, {card.sites} were registered", "register before the start", field=card.id
        )
    results = tuple(site_result(card, control, pilot) for control, pilot in sites)
    findings = [result.finding for result in results]
    decision: Decision
    if "stopped for harm" in findings:
        decision = "stop"
    elif "no difference shown" in findings or "worse" in findings:
        decision = "do not roll out"
    elif len(findings) < card.sites or "not finished" in findings:
        decision = "go on"
    else:
        decision = "roll out"
    return PilotResult(results, decision)
