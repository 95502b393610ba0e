"""Who bears which risk, and what softens it: shares, an indexed price, a hedge, a second source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alliance_analysis.errors import BadInput
from alliance_analysis.incentives.working import Line, Payment, figure, percent, within


def by_exposure_and_control(exposure: Mapping[str, float], control: Mapping[str, float]) -> dict[str, float]:
    """Return each party's share of a risk: exposure x control, made to add up to 1.

    Exposure is what a party stands to lose, control how far it can prevent the loss; each on one scale of its own.

    >>> by_exposure_and_control({"customer": 60, "vendor": 40}, {"customer": 0.25, "vendor": 0.75})
    {'customer': 0.3333333333333333, 'vendor': 0.6666666666666666}
    """
    if exposure.keys() != control.keys():
        raise BadInput("exposure and control name different parties", "give both for each party")
    products = {
        name: within(f"the exposure of '{name}'", exposure[name]) * within(f"the control of '{name}'", control[name])
        for name in exposure
    }  # fmt: skip
    return _normalised(products, "no party has both exposure and control")


def borch(tolerances: Mapping[str, float]) -> dict[str, float]:
    """Return the shares that make a risk cheapest to bear for all together: by risk tolerance [@borch1962equilibrium].

    A tolerance is 1 / absolute risk aversion, in money. Control has no part in it: it assumes that nobody can
    change the risk.

    >>> borch({"customer": 8, "vendor": 2})
    {'customer': 0.8, 'vendor': 0.2}
    """
    for name, tolerance in tolerances.items():
        within(f"the risk tolerance of '{name}'", tolerance)
    return _normalised(dict(tolerances), "no party tolerates any risk")


def _normalised(values: dict[str, float], why: str) -> dict[str, float]:
    whole = sum(values.values())
    if whole <= 0:
        raise BadInput(why, "give at least one party a value above zero")
    return {name: value / whole for name, value in values.items()}


def cost_of_risk(share: float, variance: float, tolerance: float) -> float:
    """Return the certainty-equivalent cost of bearing a share of a risk: share^2 variance / (2 tolerance), in money.

    >>> cost_of_risk(0.5, 16, 2)
    1.0
    """
    return (
        share**2 * within("the variance", variance) / (2 * within("the risk tolerance", tolerance, low=1e-12))
    )


def indexed_price(
    base: float,
    weights: Mapping[str, float],
    indices: Mapping[str, tuple[float, float]],
    collar: tuple[float, float] | None = None,
) -> Payment:
    """Return a price that follows its costs, as a payment with its trail.

    Parameters
    ----------
    base
        Price when signed.
    weights
        Part of the price by cost: "fixed" does not move, each other follows the index of its name. They add up to 1.
    indices
        By cost, the index (when signed, now).
    collar
        Lowest and highest price, as factors of the base such as (0.92, 1.08).

    >>> moved = indexed_price(100, {"fixed": 0.2, "wages": 0.5, "fuel": 0.3}, {"wages": (100, 112), "fuel": (100, 105)})
    >>> round(moved.amount, 9)
    107.5
    """
    within("the base price", base)
    if abs(sum(weights.values()) - 1) > 1e-9:
        raise BadInput(
            f"the weights add up to {sum(weights.values()):.4g}, not to 1", "give parts of the price"
        )
    lines = []
    for name, weight in weights.items():
        within(f"the weight of '{name}'", weight, high=1)
        if name == "fixed":
            lines.append(Line(name, f"{percent(weight)} of {figure(base)}", base * weight))
            continue
        if name not in indices:
            raise BadInput(f"the index for '{name}' is missing", "give its level when signed and now")
        then, now = indices[name]
        ratio = within(f"the index for '{name}'", now) / within(f"the index for '{name}'", then, low=1e-12)
        lines.append(
            Line(name, f"{percent(weight)} of {figure(base)} x {now:g} / {then:g}", base * weight * ratio)
        )
    if collar is not None:
        low, high = (
            base * within("the collar's floor", collar[0], high=1),
            base * within("the collar's top", collar[1], low=1),
        )
        free = sum(line.amount for line in lines)
        held = min(high, max(low, free))
        if held != free:
            lines.append(Line("collar", f"between {figure(low)} and {figure(high)}", held - free))
    return Payment("Indexed price", "base price x the sum of weight x index now / index when signed, within the collar",
                   {"base price": figure(base)}, tuple(lines))  # fmt: skip


@dataclass(frozen=True)
class Hedge:
    """How much to hedge for each unit: `ratio` from changes, and the part of the variance that it removes.

    `from_levels` is the ratio from levels: two series that both rise seem to move together.
    """

    ratio: float
    removed: float
    from_levels: float


def hedge(spot: Sequence[float], hedged_with: Sequence[float]) -> Hedge:
    """Return the hedge ratio that leaves the least variance: cov(dS, dF) / var(dF) [@ederington1979hedging].

    Needs four or more prices of the exposure and of the instrument, at the same times.

    >>> round(hedge([100, 103, 101, 106], [50, 52, 50, 54]).ratio, 4)
    1.1786
    """
    own, other = np.asarray(spot, dtype=float), np.asarray(hedged_with, dtype=float)
    if own.shape != other.shape or own.ndim != 1 or len(own) < 4:
        raise BadInput("a hedge ratio needs two price series of one length, four or more prices", "give both")
    if np.ptp(np.diff(other)) == 0 or np.ptp(np.diff(own)) == 0:
        raise BadInput("one of the prices never changes its step", "a hedge needs changes that vary")
    changes, levels = np.cov(np.diff(own), np.diff(other)), np.cov(own, other)
    ratio = changes[0, 1] / changes[1, 1]
    return Hedge(
        float(ratio), float(ratio * changes[0, 1] / changes[0, 0]), float(levels[0, 1] / levels[1, 1])
    )


@dataclass(frozen=True)
class Sourcing:
    """A year with part of the volume at a second source: what it costs on average, and what an outage costs."""

    second: float
    expected: float
    outage: float


def dual_sourcing(
    second: float, *, price: float, premium: float, outage: tuple[float, float], loss: float, flexible: float
) -> Sourcing:
    """Return the yearly cost of buying a fraction `second` of the volume from a second source.

    Parameters
    ----------
    price, premium
        Of the whole volume at the first source (money a year), and how much dearer the second one is (fraction).
    outage
        Chance a year that the first, and the second, source fails; they fail independently.
    loss
        Of an outage of the whole volume that nobody makes up, in money.
    flexible
        Fraction of the whole volume that a source, which is in use, can add when the other one fails.

    >>> dual_sourcing(0.0, price=100, premium=0.05, outage=(0.1, 0.1), loss=200, flexible=0.3).expected
    120.0
    """
    within("the second source's part", second, high=1)
    within("the flexible part", flexible, high=1)
    first_fails, second_fails = (within("the chance of an outage", chance, high=1) for chance in outage)
    first = 1 - second
    spare = flexible if 0 < second < 1 else 0.0
    without_first, without_second = max(0.0, first - spare), max(0.0, second - spare)
    missing = (
        first_fails * (1 - second_fails) * without_first
        + second_fails * (1 - first_fails) * without_second
        + first_fails * second_fails
    )
    bought = within("the price", price) * (first + second * (1 + within("the premium", premium)))
    return Sourcing(second, bought + within("the loss", loss) * missing, loss * without_first)
