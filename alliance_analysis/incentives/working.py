"""What every payment carries: lines that add up to it, printed figures, and inputs that were checked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alliance_analysis.errors import BadInput


@dataclass(frozen=True)
class Line:
    """One step on the way to an amount: what it is, how it was computed, and what it adds (money)."""

    what: str
    how: str
    amount: float


def total(lines: Iterable[Line]) -> float:
    """Return the sum of the lines.

    >>> total([Line("saving", "", 0.8), Line("deadband", "", -0.2)])
    0.6000000000000001
    """
    return float(sum(line.amount for line in lines))


@dataclass(frozen=True)
class Payment:
    """A sum of money with its formula in words, its inputs as printed, and the lines that add up to it.

    `basis` holds the lines that lead to what the payment is computed from; they add up to `counted`.
    """

    name: str
    formula: str
    inputs: Mapping[str, str]
    lines: tuple[Line, ...]
    basis: tuple[Line, ...] = ()

    @property
    def amount(self) -> float:
        """What is paid: the sum of the lines."""
        return total(self.lines)

    @property
    def counted(self) -> float:
        """What it is paid on: the sum of the basis."""
        return total(self.basis)


def within(what: str, value: float, low: float = 0.0, high: float = math.inf) -> float:
    """Return a value between `low` and `high`; raises BadInput, naming it, if it is outside or no number.

    >>> within("the discount rate", 0.08)
    0.08
    """
    if not low <= value <= high or math.isinf(value):
        span = f"at least {low:g}" if math.isinf(high) else f"from {low:g} to {high:g}"
        raise BadInput(f"{what} is {value:g}", f"it must be {span}")
    return float(value)


def figure(value: float) -> str:
    """Return a sum of money as it is printed in a working.

    >>> figure(22500.0), figure(0.265)
    ('22,500', '0.265')
    """
    return f"{value:,.6g}"


def percent(value: float) -> str:
    """Return a fraction in percent.

    >>> percent(0.1), percent(0.125)
    ('10%', '12.5%')
    """
    return f"{100 * value:.4g}%"
