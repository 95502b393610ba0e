"""How far two partners want the same: overlap of goal weights, agreement of ranks, and synergy."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import scipy
from pydantic import Field

from alliance_analysis.agreement import Agreement
from alliance_analysis.agreement.choices import choice_in
from alliance_analysis.agreement.kpi import Text
from alliance_analysis.errors import BadInput, Fault
from alliance_analysis.measurement.ranking import weight_faults
from alliance_analysis.negotiation.elicitation import rated
from alliance_analysis.records import Record

NAME = "alignment"
"""Where the goals of both sides stand in `choices`."""

Horizon = Literal["now", "later"]
HORIZONS: dict[Horizon, str] = {"now": "this year", "later": "in three years"}
Points = Annotated[int, Field(ge=0, le=10)]

EXAMPLE = {"Cost": (0.4, 0.1), "Quality": (0.3, 0.2), "Speed": (0.2, 0.3), "New products": (0.1, 0.4)}
"""Goal weights of two sides in the runnable examples (synthetic)."""


@dataclass(frozen=True)
class Alignment:
    """How far two sides pursue the same goals, with its working.

    Parameters
    ----------
    weights
        For each goal the weight of the first and of the second side; each side's weights sum to 1.
    overlap
        Share of weight that both sides put on the same goals, from 0 to 1.
    tau
        Kendall's tau-b of the two rank orders, from -1 to 1; None where a side ranks nothing above another.
    crossed
        Pairs of goals that the two sides rank the other way round: (first side prefers, second side prefers).
    """

    weights: Mapping[str, tuple[float, float]]
    overlap: float
    tau: float | None
    crossed: tuple[tuple[str, str], ...]

    @property
    def widest(self) -> str:
        """The goal on which the sides differ most."""
        return max(self.weights, key=lambda goal: abs(self.weights[goal][0] - self.weights[goal][1]))


def alignment(first: Mapping[str, float], second: Mapping[str, float]) -> Alignment:
    """Return how far two sides' goal weights agree: 1 - sum |a_i - b_i| / 2, and Kendall's tau-b.

    Both sides weigh the same goals, each side's weights sum to 1. The overlap sees how much, tau only the order.
    Raises BadInput with every fault.

    >>> found = alignment(*({goal: w[side] for goal, w in EXAMPLE.items()} for side in (0, 1)))
    >>> round(found.overlap, 2), found.tau, len(found.crossed)
    (0.6, -1.0, 6)
    """
    faults = [*weight_faults(first), *weight_faults(second)]
    for goal in sorted(set(first) ^ set(second)):
        faults.append(
            Fault("only one side weighs this goal", "give it a weight of 0 on the other", field=goal)
        )
    if faults:
        raise BadInput(faults)
    pairs = {goal: (first[goal], second[goal]) for goal in first}
    overlap = 1 - math.fsum(abs(a - b) for a, b in pairs.values()) / 2
    return Alignment(pairs, overlap, rank_agreement(*zip(*pairs.values(), strict=True)), _crossed(pairs))


def _crossed(pairs: Mapping[str, tuple[float, float]]) -> tuple[tuple[str, str], ...]:
    turned = []
    for one, other in itertools.combinations(pairs, 2):
        (a, b), (c, d) = pairs[one], pairs[other]
        if (a - c) * (b - d) < 0:
            turned.append((one, other) if a > c else (other, one))
    return tuple(turned)


def rank_agreement(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return Kendall's tau-b of two lists [kendall1945treatment], or None where one of them ranks nothing.

    >>> rank_agreement([3, 2, 1], [3, 1, 2])
    0.333...
    """
    if len(set(first)) < 2 or len(set(second)) < 2:
        return None
    return float(scipy.stats.kendalltau(first, second).statistic)


def synergy(joint: float, first: float, second: float) -> float:
    """Return the gain of the joint value over what both sides would make alone, as a fraction of the latter.

    Values in one currency and scale, over the same time. Raises BadInput unless the values alone add up to more
    than 0.

    >>> round(synergy(130, 70, 40), 3)
    0.182
    """
    alone = first + second
    if not (math.isfinite(joint) and math.isfinite(alone) and alone > 0):
        raise BadInput("the values alone must add up to more than 0", "give both, and the joint value",
                       field="synergy")  # fmt: skip
    return joint / alone - 1


class Goal(Record):
    """One goal, with the points (0 to 10) that the first and the second side give it now and later."""

    name: Text
    now: tuple[Points, Points]
    later: tuple[Points, Points]


class Goals(Record):
    """The goals of an alliance as both sides see them."""

    goals: Annotated[list[Goal], Field(min_length=2, max_length=8)]

    def alignment(self, horizon: Horizon = "now") -> Alignment:
        """Return the alignment on one horizon; raises BadInput where a side gives no goal a point, or a name is twice."""
        names = [goal.name for goal in self.goals]
        if len(set(names)) < len(names):
            raise BadInput("two goals have the same name", "give each its own", field="goals")
        points = {goal.name: getattr(goal, horizon) for goal in self.goals}
        return alignment(*(rated({name: pair[side] for name, pair in points.items()}) for side in (0, 1)))


STARTING = Goals(
    goals=[
        Goal(name="Cost", now=(4, 1), later=(2, 1)),
        Goal(name="Quality", now=(3, 2), later=(3, 3)),
        Goal(name="Speed", now=(2, 3), later=(3, 2)),
        Goal(name="New products", now=(1, 4), later=(2, 4)),
    ]
)
"""Where the meter starts; for this year it is the worked example (synthetic)."""


def goals_in(agreement: Agreement) -> Goals:
    """Return the goals that stand in the agreement file, or the starting ones; raises BadInput with every fault.

    >>> goals_in(Agreement(schema=1, title="Draft")).alignment("now").overlap
    0.6
    """
    return choice_in(agreement, NAME, Goals) or STARTING
