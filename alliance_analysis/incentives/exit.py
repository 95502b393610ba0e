"""What a right to leave, or to buy the partner out, is worth: options on a tree [@cox1979option]."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alliance_analysis.errors import BadInput
from alliance_analysis.incentives.working import within

Floats = NDArray[np.float64]
Kind = Literal["put", "call"]


def tree_value(
    kind: Kind,
    value: ArrayLike,
    strike: float,
    *,
    volatility: float,
    rate: float,
    years: float,
    payout: float = 0.0,
    steps: int = 200,
    american: bool = True,
) -> Floats:
    """Return the worth of a right on an alliance's value, for each value today.

    Parameters
    ----------
    kind
        "put": leave and receive the strike. "call": buy the partner's share for the strike.
    value, strike
        In the same money; `value` may be an array.
    volatility
        Standard deviation of the value's yearly log change.
    rate, payout
        Riskless rate, and what the alliance pays out of its value, both continuous and a year.
    years, steps, american
        How long the right lasts, steps of the tree, and whether it can be used before the end.

    At each node the right is worth the discounted mean of the next two or, if American, its use now if that is more:
    u = exp(s sqrt(dt)), d = 1/u, q = (exp((r - payout) dt) - d) / (u - d).

    >>> round(float(tree_value("put", 60, 45, volatility=0.4, rate=0.05, years=3)), 2)
    5.6
    """
    now = np.atleast_1d(np.asarray(value, dtype=float))
    if (now < 0).any():
        raise BadInput("a value below zero has no option price", "give values of zero or more")
    within("the strike", strike)
    within("the interest rate", rate)
    within("the payout", payout)
    within("the volatility", volatility, low=1e-6)
    within("the number of steps", steps, low=1)
    if within("the years", years) == 0:
        return _use(kind, now, strike).reshape(np.shape(value))
    dt = years / steps
    up = np.exp(volatility * dt**0.5)
    chance = (np.exp((rate - payout) * dt) - 1 / up) / (up - 1 / up)
    if not 0 < chance < 1:
        raise BadInput(
            f"a volatility of {volatility:g} is too small for {steps} steps at this rate", "use more steps"
        )
    factors = up ** np.arange(-steps, steps + 1, dtype=float)
    worth = _use(kind, now[:, None] * factors[::2], strike)
    keep = np.exp(-rate * dt)
    for step in range(steps - 1, -1, -1):
        worth = keep * (chance * worth[:, 1:] + (1 - chance) * worth[:, :-1])
        if american:
            here = now[:, None] * factors[steps - step : steps + step + 1 : 2]
            worth = np.maximum(worth, _use(kind, here, strike))
    return np.asarray(worth[:, 0].reshape(np.shape(value)))


def _use(kind: Kind, value: Floats, strike: float) -> Floats:
    return np.maximum(strike - value if kind == "put" else value - strike, 0.0)


def exit_right(
    value: ArrayLike,
    recovery: float,
    *,
    volatility: float,
    rate: float,
    years: float,
    notice_months: float = 0.0,
    steps: int = 200,
) -> Floats:
    """Return what the right to leave is worth: give notice, and receive the recovery value when it has run out.

    The right can be used until notice would outlast the contract. Between notice and the end the partner still
    holds its share, so notice makes the recovery later and the right shorter; notice as long as the contract is
    worth nothing.

    >>> with_notice = [exit_right(60, 45, volatility=0.4, rate=0.05, years=3, notice_months=m) for m in (0, 6, 36)]
    >>> [round(float(worth), 2) for worth in with_notice]
    [5.6, 4.59, 0.0]
    """
    notice = within("the notice", notice_months) / 12
    if notice >= within("the years", years):
        return np.zeros(np.shape(value))
    later = recovery * float(np.exp(-rate * notice))
    return tree_value(
        "put", value, later, volatility=volatility, rate=rate, years=years - notice, steps=steps
    )


def staged_right(
    value: float,
    pilot: float,
    scale: float,
    *,
    volatility: float,
    rate: float,
    pilot_years: float,
    years: float,
    steps: int = 200,
) -> float:
    """Return what a right to proceed in two stages is worth: a pilot, and only then the whole [@geske1979valuation].

    After `pilot_years` one may pay `pilot` for the right to pay `scale` after `years` (from today) and to have an
    alliance that is worth `value` today: an option on an option. Money is in the unit of `value`.

    >>> round(staged_right(100, 5, 110, volatility=0.4, rate=0.05, pilot_years=1, years=3), 1)
    24.7
    """
    within("the pilot's cost", pilot)
    rest = within("the years", years) - within("the years until the pilot", pilot_years)
    if rest <= 0 or pilot_years == 0:
        raise BadInput(
            "the pilot must end before the right does", "give years from 0 upwards, the pilot's first"
        )
    dt = pilot_years / within("the number of steps", steps, low=1)
    up = np.exp(within("the volatility", volatility, low=1e-6) * dt**0.5)
    chance = (np.exp(rate * dt) - 1 / up) / (up - 1 / up)
    nodes = value * up ** np.arange(-steps, steps + 1, 2, dtype=float)
    going_on = tree_value(
        "call", nodes, scale, volatility=volatility, rate=rate, years=rest, steps=steps, american=False
    )
    worth = np.maximum(going_on - pilot, 0.0)
    for _ in range(steps):
        worth = np.exp(-rate * dt) * (chance * worth[1:] + (1 - chance) * worth[:-1])
    return float(worth[0])
