"""Who needs whom: dependence, its asymmetry, and what follows for the bargaining weight."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from alliance_analysis.errors import BadInput, Fault

HEAVY = 0.5
"""A side that would lose more than this share of its value depends heavily on its partner (a convention)."""

LOPSIDED = 0.25
"""From this asymmetry on, the more dependent side may be left holding the bag (a convention)."""


@dataclass(frozen=True)
class Stake:
    """What one side has at stake, all in the same unit of value (for example profit a year).

    Parameters
    ----------
    id, name
        The side.
    sources
        Its whole value, by source; the partner is one of them.
    partner
        The source that is the partner.
    replaceable
        Share of the partner's part that another partner would replace.
    switching_cost
        What the change would cost once.
    """

    id: str
    name: str
    sources: Mapping[str, float]
    partner: str
    replaceable: float = 0.0
    switching_cost: float = 0.0

    @property
    def dependence(self) -> float:
        """D: the share of its own value that the side would lose without the partner, at most 1."""
        lost = self.sources[self.partner] * (1 - self.replaceable) + self.switching_cost
        return min(1.0, lost / math.fsum(self.sources.values()))

    @property
    def concentration(self) -> float:
        """The Herfindahl index of its sources: the sum of squared shares, 1 for a single source."""
        total = math.fsum(self.sources.values())
        return math.fsum((part / total) ** 2 for part in self.sources.values())


@dataclass(frozen=True)
class Dependence:
    """Two sides' dependence on each other.

    Parameters
    ----------
    sides
        The two stakes; the pairs below follow their order.
    dependence, concentration
        D of each side, and the Herfindahl index of its sources of value.
    asymmetry
        D of the first side less D of the second; above 0 the first side needs the other more.
    weights
        Bargaining weights for the weighted Nash solution, summing to 1.
    warnings
        Which side may be left holding the bag, and why; empty where none.
    """

    sides: tuple[Stake, Stake]
    dependence: tuple[float, float]
    concentration: tuple[float, float]
    asymmetry: float
    weights: tuple[float, float]
    warnings: tuple[str, ...]


def dependence(one: Stake, other: Stake) -> Dependence:
    """Compare how much two sides depend on each other.

    D = (partner's part x (1 - replaceable) + switching cost) / own value. A side's power rests on the other's
    dependence [emerson1962power], so its bargaining weight is a_1 = D_2 / (D_1 + D_2), a half where nobody depends.
    The weight is a modelling choice, not a measurement. Raises BadInput, naming the side.

    >>> small = Stake("small", "The small supplier", {"partner": 60, "others": 40}, "partner", 0.2)
    >>> large = Stake("large", "The large customer", {"partner": 30, "others": 170}, "partner", 0.2)
    >>> found = dependence(small, large)
    >>> [round(d, 2) for d in found.dependence], [round(a, 2) for a in found.weights]
    ([0.48, 0.12], [0.2, 0.8])
    """
    faults = [fault for stake in (one, other) for fault in _faults(stake)]
    if faults:
        raise BadInput(faults)
    first, second = one.dependence, other.dependence
    together = first + second
    weight = second / together if together else 0.5
    warnings = tuple(
        f"{side.name} would lose {own:.0%} of its value without the partner, the partner {theirs:.0%}: "
        "it may be left holding the bag."
        for side, own, theirs in ((one, first, second), (other, second, first))
        if own > HEAVY and own - theirs >= LOPSIDED
    )
    return Dependence(
        (one, other),
        (first, second),
        (one.concentration, other.concentration),
        first - second,
        (weight, 1 - weight),
        warnings,
    )


def _faults(stake: Stake) -> Iterator[Fault]:
    for source, part in stake.sources.items():
        if not (math.isfinite(part) and part >= 0):
            yield Fault(f"{stake.name}'s value from '{source}' is {part:g}", "use a number of at least 0")
    if not math.fsum(stake.sources.values()) > 0:
        yield Fault(f"{stake.name} has no value to lose", "name its sources of value")
    if stake.partner not in stake.sources:
        yield Fault(
            f"{stake.name} gets no value from '{stake.partner}'", "list the partner among its sources"
        )
    if not 0 <= stake.replaceable <= 1:
        yield Fault(f"{stake.name}'s replaceable share is {stake.replaceable:g}", "use 0 to 1")
    if not (math.isfinite(stake.switching_cost) and stake.switching_cost >= 0):
        yield Fault(
            f"{stake.name}'s switching cost is {stake.switching_cost:g}", "use a number of at least 0"
        )
