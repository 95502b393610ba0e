"""What due diligence is worth before signing: partner types, Bayes, the value of a check, and calibration."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alliance_analysis.errors import BadInput, Fault

TYPES: dict[str, str] = {
    "sound": "able and willing",
    "unable": "willing, but lacks the capability",
    "unwilling": "able, but does not follow through",
    "hostile": "follows a hidden agenda",
}
"""The kinds of partner that a signature cannot tell apart."""

REMEDIES: dict[str, str] = {
    "sound": "sign, and keep reviewing",
    "unable": "build the capability first, or narrow the scope",
    "unwilling": "agree small steps, each with its own gate and price",
    "hostile": "do not sign; no clause replaces good faith",
}
"""What to do about each kind."""


@dataclass(frozen=True)
class Check:
    """A check before signing: what it costs, and how often each type of partner would pass it (fraction)."""

    name: str
    passes: Mapping[str, float]
    cost: float = 0.0


@dataclass(frozen=True)
class Worth:
    """What checks are worth: the expected value of the best decision without and with them, and their cost.

    `signs` are the sets of results (True is passed) after which signing is better than walking away.
    """

    without: float
    informed: float
    cost: float
    signs: tuple[tuple[bool, ...], ...]

    @property
    def value(self) -> float:
        """Expected gain from deciding after the checks, before their cost; never below 0."""
        return self.informed - self.without

    @property
    def net(self) -> float:
        """The gain less the cost of the checks."""
        return self.value - self.cost


PRIOR = {"sound": 0.5, "unable": 0.2, "unwilling": 0.2, "hostile": 0.1}
SIGNING = {"sound": 10.0, "unable": -6.0, "unwilling": -8.0, "hostile": -20.0}
PAPERS = Check(
    "Financial and legal papers", {"sound": 0.95, "unable": 0.8, "unwilling": 0.9, "hostile": 0.85}, 0.2
)
ASSOCIATES = Check(
    "Former associates asked", {"sound": 0.9, "unable": 0.4, "unwilling": 0.3, "hostile": 0.1}, 0.2
)
"""A worked example in millions: chances, payoffs and pass rates are invented (synthetic)."""


def posterior(prior: Mapping[str, float], results: Sequence[tuple[Check, bool]]) -> dict[str, float]:
    """Return the chance of each type after some results, each check independent of the others given the type.

    Raises BadInput for chances outside [0, 1] or not summing to 1, a type without a pass rate, or results that
    no type could give.

    >>> found = posterior(PRIOR, [(PAPERS, True), (ASSOCIATES, False)])
    >>> {name: round(chance, 2) for name, chance in found.items()}
    {'sound': 0.14, 'unable': 0.28, 'unwilling': 0.36, 'hostile': 0.22}
    """
    _checked(prior, [check for check, _ in results])
    joint = {name: chance * _likelihood(name, results) for name, chance in prior.items()}
    total = math.fsum(joint.values())
    if total <= 0:
        raise BadInput(
            "no type of partner could give these results", "correct the pass rates", field="results"
        )
    return {name: chance / total for name, chance in joint.items()}


def _likelihood(kind: str, results: Sequence[tuple[Check, bool]]) -> float:
    return math.prod(check.passes[kind] if passed else 1 - check.passes[kind] for check, passed in results)


def worth_of(
    checks: Sequence[Check], prior: Mapping[str, float], signing: Mapping[str, float], walking: float = 0.0
) -> Worth:
    """Return what checks are worth before a decision to sign or to walk away.

    `signing` is the payoff with each type of partner, `walking` that of walking away, in one currency and scale; so
    is the cost of the checks. The informed value is the sum over results of their chance times the better action.

    >>> round(worth_of([PAPERS], PRIOR, SIGNING).value, 2), round(worth_of([ASSOCIATES], PRIOR, SIGNING).value, 2)
    (0.45, 3.14)
    """
    _checked(prior, checks)
    if set(signing) != set(prior):
        raise BadInput("payoffs and types do not match", "give the payoff with each type", field="signing")
    best, signs = [], []
    for results in itertools.product((True, False), repeat=len(checks)):
        given = list(zip(checks, results, strict=True))
        joint = {kind: chance * _likelihood(kind, given) for kind, chance in prior.items()}
        sign, walk = math.fsum(joint[k] * signing[k] for k in joint), math.fsum(joint.values()) * walking
        best.append(max(sign, walk))
        if sign > walk:
            signs.append(results)
    without = max(math.fsum(prior[k] * signing[k] for k in prior), walking)
    informed = max(math.fsum(best), without)  # equal but for rounding where a check changes no decision
    return Worth(without, informed, math.fsum(check.cost for check in checks), tuple(signs))


def _checked(prior: Mapping[str, float], checks: Sequence[Check]) -> None:
    faults = [
        Fault(f"the chance {chance} does not lie from 0 to 1", "correct it", field=kind)
        for kind, chance in prior.items()
        if not 0 <= chance <= 1
    ]
    if not math.isclose(math.fsum(prior.values()), 1, abs_tol=1e-9):
        faults.append(
            Fault("the chances of the types do not sum to 1", "change them until they do", field="prior")
        )
    for check in checks:
        for kind in prior:
            if not 0 <= check.passes.get(kind, -1) <= 1:
                faults.append(
                    Fault("a pass rate from 0 to 1 is missing", "estimate it", field=f"{check.name}, {kind}")
                )
    if faults:
        raise BadInput(faults)


@dataclass(frozen=True)
class Calibration:
    """How good estimated chances were: Brier score (0 is best), that of always saying the base rate, and the skill."""

    score: float
    base_rate: float
    reference: float

    @property
    def skill(self) -> float | None:
        """1 - score / reference; above 0 is better than the base rate, None where all outcomes were alike."""
        return 1 - self.score / self.reference if self.reference else None


def brier(estimates: Sequence[float], happened: Sequence[bool]) -> Calibration:
    """Return how good estimated chances were [brier1950verification]: the mean of (estimate - outcome)^2.

    >>> brier([0.9, 0.8, 0.3], [True, True, False]).score
    0.046...
    """
    if not estimates or len(estimates) != len(happened):
        raise BadInput(
            f"{len(estimates)} estimates stand against {len(happened)} outcomes", "give one for each"
        )
    if not all(0 <= chance <= 1 for chance in estimates):
        raise BadInput("an estimate is not a chance from 0 to 1", "correct it", field="estimates")
    n = len(estimates)
    score = math.fsum((p - o) ** 2 for p, o in zip(estimates, happened, strict=True)) / n
    rate = sum(happened) / n
    return Calibration(score, rate, rate * (1 - rate))
