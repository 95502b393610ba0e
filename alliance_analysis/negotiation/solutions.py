"""Where theory says two sides might meet: four bargaining solutions over the same packages.

Each solution is an axiom's answer, not a verdict on fairness. All of them look only at individually rational
packages (no side below its reserved value), and all of their answers lie on the Pareto frontier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from alliance_analysis.errors import AllianceError, BadInput, nearest
from alliance_analysis.negotiation.frontier import Frontier
from alliance_analysis.negotiation.utility import DIGITS, Floats, Package

Variant = Literal["max_min", "equal_shares"]
Rule = Literal["nash", "kalai_smorodinsky", "egalitarian", "utilitarian"]

TIE = 1e-9
"""Scores that differ by less than this share of the best one are tied."""


class NoZoneOfPossibleAgreement(AllianceError):
    """No package gives every side at least its reserved value, so no solution exists (exit code 1)."""


@dataclass(frozen=True)
class Solution:
    """One rule's answer with its working.

    Parameters
    ----------
    rule
        Which rule.
    package, utilities, gains
        The answer, what it is worth to each party, and by how much it beats each reserved value.
    score
        What the rule maximises.
    ideal
        The largest gain of each party over the zone (the ideal point, measured from the reserved values); over all
        packages in the variant "equal_shares".
    tied
        Every package with the same score, the answer first (in the order of the frontier).
    """

    rule: Rule
    package: Package
    utilities: tuple[float, ...]
    gains: tuple[float, ...]
    score: float
    ideal: tuple[float, ...]
    tied: tuple[Package, ...]


def nash(found: Frontier, weights: Sequence[float] | None = None) -> Solution:
    """Return the package with the largest product of gains [nash1950bargaining].

    max prod_p (U_p - r_p)^a_p over individually rational packages; `weights` a_p are the bargaining weights, equal
    unless given, and sum to 1 (one per party; otherwise BadInput). The score is the plain product where the weights
    are equal. Raises NoZoneOfPossibleAgreement.

    >>> from alliance_analysis.negotiation import frontier
    >>> from alliance_analysis.negotiation.utility import EXAMPLE
    >>> found = frontier(*EXAMPLE)
    >>> nash(found).package, nash(found, (0.9, 0.1)).package
    ((3, 0), (2, 0))
    """
    count = len(found.parties)
    powers = np.ones(count) if weights is None else np.asarray(weights, dtype=float)
    if weights is not None and (
        len(powers) != count or (powers < 0).any() or not np.isclose(powers.sum(), 1)
    ):
        raise BadInput(f"the bargaining weights {tuple(weights)} do not fit", "one per party, summing to 1")
    gains = _gains(found)
    return _solution("nash", found, (gains**powers).prod(axis=1)[:, None])


def kalai_smorodinsky(found: Frontier, variant: Variant = "max_min") -> Solution:
    """Return the package with the largest smallest share of the ideal gain [kalai1975other].

    max min_p (U_p - r_p) / (U_p* - r_p), with the ideal U_p* taken over individually rational packages. On a finite
    set the rule has several readings; ours is this max-min, and where the smallest shares are equal, the larger
    next share decides. A party whose ideal gain is 0 has its whole ideal. The variant "equal_shares" is that of the
    library negmas: the smallest difference between the largest and the smallest share, with the ideal taken over all
    packages; a party whose ideal gain is 0 then has a share of 0. Raises NoZoneOfPossibleAgreement.

    >>> from alliance_analysis.negotiation import frontier
    >>> from alliance_analysis.negotiation.utility import EXAMPLE
    >>> found = frontier(*EXAMPLE)
    >>> kalai_smorodinsky(found).package, kalai_smorodinsky(found, "equal_shares").package
    ((3, 0), (3, 0))
    """
    gains = _gains(found)
    if variant == "equal_shares":
        ideal = found.utilities.max(axis=0) - [party.reserved for party in found.parties]
        shares = gains / np.where(ideal > 0, ideal, np.inf)
        return _solution(
            "kalai_smorodinsky", found, (shares.min(axis=1) - shares.max(axis=1))[:, None], ideal
        )
    if variant != "max_min":
        raise BadInput(f"'{variant}' is no variant of the rule", nearest(variant, get_args(Variant)))
    ideal = gains.max(axis=0)
    shares = np.where(ideal > 0, gains / np.where(ideal > 0, ideal, 1), 1.0)
    return _solution("kalai_smorodinsky", found, np.sort(shares, axis=1))


def egalitarian(found: Frontier) -> Solution:
    """Return the package with the largest smallest gain, then the larger next gain; raises as the others do.

    >>> from alliance_analysis.negotiation import frontier
    >>> from alliance_analysis.negotiation.utility import EXAMPLE
    >>> egalitarian(frontier(*EXAMPLE)).package
    (3, 0)
    """
    return _solution("egalitarian", found, np.sort(_gains(found), axis=1))


def utilitarian(found: Frontier) -> Solution:
    """Return the individually rational package with the largest sum of utilities; raises as the others do.

    >>> from alliance_analysis.negotiation import frontier
    >>> from alliance_analysis.negotiation.utility import EXAMPLE
    >>> utilitarian(frontier(*EXAMPLE)).package
    (3, 0)
    """
    _gains(found)
    return _solution("utilitarian", found, found.in_zone().utilities.sum(axis=1)[:, None])


def _gains(found: Frontier) -> Floats:
    zone = found.in_zone()
    if not len(zone):
        asked = ", ".join(f"{party.name} {party.reserved:g}" for party in found.parties)
        raise NoZoneOfPossibleAgreement(
            f"no package gives every side its reserved value ({asked})",
            "lower a reserved value, or bring in an option or an issue that one side values more than the other",
        )
    return np.round(zone.utilities - [party.reserved for party in found.parties], DIGITS)


def _solution(rule: Rule, found: Frontier, scores: Floats, ideal: Floats | None = None) -> Solution:
    """Take the best row of `scores`: the first column decides, the next one where it is tied, and so on."""
    zone, gains = found.in_zone(), _gains(found)
    best = np.arange(len(zone))
    for column in scores.T:
        top = column[best].max()
        best = best[column[best] >= top - TIE * abs(top)]
    first = int(best[0])
    return Solution(
        rule,
        zone.packages[first],
        tuple(float(u) for u in zone.utilities[first]),
        tuple(float(g) for g in gains[first]),
        float(scores[first, 0]),
        tuple(float(g) for g in (gains.max(axis=0) if ideal is None else ideal)),
        tuple(zone.packages[i] for i in best),
    )
