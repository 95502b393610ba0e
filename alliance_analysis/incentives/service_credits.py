"""What a broken promise costs: service credits with their cap, and how they are earned back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from alliance_analysis.agreement import KpiCard
from alliance_analysis.agreement.terms import EarnBack
from alliance_analysis.errors import BadInput
from alliance_analysis.incentives.working import Line, Payment, figure, percent, total, within


def severity(card: KpiCard, actual: float, *, graduated: bool = False) -> float:
    """Return how far a KPI has fallen short: 0 where nothing is due, 1 where its whole allocation is.

    It is 1 at the breach threshold or worse; if `graduated`, it rises in a straight line from 0 at the watch
    threshold. `actual` is in the card's unit. Raises BadInput if the card lacks what this needs.

    >>> from alliance_analysis.agreement import Thresholds
    >>> card = KpiCard(id="otd", name="On time", direction="higher", thresholds=Thresholds(watch=0.94, breach=0.90))
    >>> severity(card, 0.92), round(severity(card, 0.92, graduated=True), 9), severity(card, 0.88)
    (0.0, 0.5, 1.0)
    """
    marks, field = card.thresholds, f"kpis.{card.id}.thresholds"
    if card.direction is None or marks is None or marks.breach is None:
        what = f"'{card.name}' has no direction or no breach threshold"
        raise BadInput(what, "set both on the card", field=field)
    sign = 1 if card.direction == "higher" else -1
    short = sign * (marks.breach - actual)
    if not graduated:
        return float(short >= 0)
    if marks.watch is None or marks.watch == marks.breach:
        what = f"'{card.name}' has no watch threshold apart from its breach threshold"
        raise BadInput(what, "set it, or let the credit fall due at the breach alone", field=field)
    return float(np.clip(1 + short / (sign * (marks.watch - marks.breach)), 0, 1))


def service_credit(
    fee: float, at_risk: float, weights: Mapping[str, float], severities: Mapping[str, float]
) -> Payment:
    """Return the service credit of one period.

    Parameters
    ----------
    fee
        Of the period, in money.
    at_risk
        Fraction of the fee that all KPIs together can cost: the cap.
    weights
        By KPI, the share of the at-risk amount allocated to it. Only where they add up to more than 1 can the cap bind.
    severities
        By KPI, from 0 (kept) to 1 (broken).

    >>> found = service_credit(500_000, 0.10, {"on_time": 0.4, "defects": 0.35, "uptime": 0.25},
    ...                        {"on_time": 0.5, "defects": 0, "uptime": 1})
    >>> found.amount, found.lines[0].how
    (22500.0, 'fee 500,000 x at risk 10% x weight 40% x severity 0.5')
    """
    within("the fee", fee)
    within("the at-risk fraction", at_risk, high=1)
    lines = []
    for name, weight in weights.items():
        within(f"the weight of '{name}'", weight)
        if name not in severities:
            raise BadInput(f"the severity of '{name}' is missing", "give one for each KPI with a weight")
        short = within(f"the severity of '{name}'", severities[name], high=1)
        how = f"fee {figure(fee)} x at risk {percent(at_risk)} x weight {percent(weight)} x severity {short:.3g}"
        lines.append(Line(name, how, fee * at_risk * weight * short))
    cap, due = fee * at_risk, total(lines)
    if due > cap * (1 + 1e-12):
        how = f"no more than fee {figure(fee)} x at risk {percent(at_risk)} = {figure(cap)}"
        lines.append(Line("cap", how, cap - due))
    return Payment(
        "Service credit",
        "fee x at-risk fraction x the sum of weight x severity over the KPIs, at most fee x at-risk fraction",
        {
            "fee": figure(fee),
            "at risk": percent(at_risk),
            "weights add up to": percent(sum(weights.values())),
        },
        tuple(lines),
    )


def earned_back(credits: Sequence[float], met: Sequence[bool], rule: EarnBack) -> NDArray[np.float64]:
    """Return what is given back in each period of credits that were paid earlier.

    A credit of period t comes back in period t + `rule.periods` if `rule.met` of the periods in between meet the
    target.

    >>> earned_back([10, 0, 0, 0], [False, True, False, True], EarnBack(met=2, periods=3)).tolist()
    [0.0, 0.0, 0.0, 10.0]
    """
    if len(credits) != len(met):
        raise BadInput(f"{len(credits)} credits but {len(met)} periods", "give one of each for every period")
    back = np.zeros(len(credits))
    for at in range(len(credits) - rule.periods):
        end = at + rule.periods
        if sum(met[at + 1 : end + 1]) >= rule.met:
            back[end] += within("a service credit", credits[at])
    return back
