"""A promise held back: promise less, deliver more, and what that costs both sides at the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from alliance_analysis.errors import BadInput
from alliance_analysis.negotiation.terms import known
from alliance_analysis.negotiation.utility import Issue, Party, acceptable, outcomes


@dataclass(frozen=True)
class Promise:
    """What is left if the promised target goes no higher than `cap`.

    `zone_size` counts the packages in the zone; `joint` is the largest sum of utilities among them, NaN for an empty
    zone; `breach` is the chance that one period misses the cap by chance alone.
    """

    cap: float
    zone_size: int
    joint: float
    breach: float


def held_back(
    issues: Sequence[Issue], parties: Sequence[Party], mean: float, sd: float, issue: str = "target"
) -> tuple[Promise, ...]:
    """Return what each cap on the promised target leaves, from the most cautious to none.

    The results of a period are taken as normal with this mean and standard deviation (in the target's unit, higher is
    better): a promise of T is missed with chance Phi((T - mean) / sd). Raises BadInput if the issue is not on the
    table or sd is not above 0.

    >>> from alliance_analysis.negotiation import worked_example
    >>> found = held_back(*worked_example.TABLE, mean=0.96, sd=0.012)
    >>> found[0].zone_size < found[-1].zone_size, found[0].breach < found[-1].breach
    (True, True)
    """
    known(issue, tuple(issues))
    if not sd > 0:
        raise BadInput(f"a standard deviation of {sd:g} does not fit", "use a number above 0")
    at = [found.id for found in issues].index(issue)
    everything = outcomes(issues, parties)
    promised = np.array([float(package[at]) for package in everything.packages])
    zone = acceptable(everything.utilities, parties)
    promises = []
    for cap in sorted(set(promised.tolist())):
        inside = everything.utilities[zone & (promised <= cap)]
        joint = float(inside.sum(axis=1).max()) if len(inside) else float("nan")
        promises.append(Promise(cap, len(inside), joint, float(scipy.stats.norm.cdf((cap - mean) / sd))))
    return tuple(promises)
