"""What keeping a customer is worth, beside what winning a new one costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from alliance_analysis.errors import BadInput, Fault


@dataclass(frozen=True)
class Retention:
    """Keeping customers against winning them; money in one currency and scale, per customer.

    Parameters
    ----------
    now, raised
        Lifetime value at the present and at the raised retention rate.
    break_even_spend
        Yearly spend on each customer who stays at which the raised retention rate just pays for itself.
    acquisition_cost
        Cost of winning one customer: the cost ratio times the yearly retention cost.
    acquisition_net
        Present lifetime value less that cost; below 0, a customer won is a loss.
    """

    now: float
    raised: float
    break_even_spend: float
    acquisition_cost: float
    acquisition_net: float


def lifetime_value(margin: float, retention: float, discount: float) -> float:
    """Return the present value of a customer: margin * retention / (1 + discount - retention) [gupta2004valuing].

    The first `margin` comes after one year from those who stayed; `retention` and `discount` are fractions a year.
    Raises BadInput for a retention outside [0, 1], a discount of 0 or less, or a margin that is not finite.

    >>> lifetime_value(100, 0.8, 0.1)
    266.66666666666663
    """
    checks = (
        ("margin", math.isfinite(margin), "give a finite amount a year"),
        ("retention", 0 <= retention <= 1, "give a fraction a year, such as 0.8"),
        ("discount", 0 < discount < math.inf, "give a fraction above 0 a year, such as 0.1"),
    )
    faults = [
        Fault("the value cannot be used", remedy, field=name) for name, fine, remedy in checks if not fine
    ]
    if faults:
        raise BadInput(faults)
    return margin * retention / (1 + discount - retention)


def retention_case(
    margin: float,
    retention: float,
    raised: float,
    discount: float,
    *,
    retention_cost: float,
    cost_ratio: float = 10,
) -> Retention:
    """Return what raising the retention rate from `retention` to `raised` is worth, and what acquisition costs.

    The break-even spend s solves (margin - s) raised/(1 + discount - raised) = present lifetime value, that is
    s = margin - value (1 + discount - raised)/raised. The default cost ratio of 10 (a new customer costs ten times
    what keeping one costs) is a saying without a source: put in your own.

    >>> round(retention_case(100, 0.8, 0.85, 0.1, retention_cost=30).break_even_spend, 2)
    21.57
    """
    if not 0 < raised <= 1 or raised < retention:
        raise BadInput(
            f"{raised} does not raise a retention of {retention}", "give a fraction above it", field="raised"
        )
    now, then = lifetime_value(margin, retention, discount), lifetime_value(margin, raised, discount)
    spend = margin - now * (1 + discount - raised) / raised
    cost = cost_ratio * retention_cost
    return Retention(now, then, spend, cost, now - cost)
