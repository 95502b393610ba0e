"""A seeded Monte Carlo of one alliance over quarters: issues, shocks, trust, investment, exit.

Everything is synthetic. Money is counted in quarters of the joint margin that the alliance earns where nothing goes
wrong ("normal quarters"), so that 20 means twenty such quarters.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from alliance_analysis.agreement import ELEMENTS
from alliance_analysis.agreement.accords import AccordName
from alliance_analysis.errors import BadInput, Fault, nearest
from alliance_analysis.simulation.assumptions import FULL, MEASURED, MECHANISMS, Environment

Array = NDArray[np.float64]

QUARTERS, PATHS, SEED = 40, 2000, 1
MOST_PATHS, MOST_QUARTERS = 20_000, 400
CERTAIN = 1e-12
"""Chance of a number of new issues that is left out of account."""


@dataclass(frozen=True)
class Rates:
    """What drives one alliance, from its environment, its scores and the assumptions (units as in ASSUMPTIONS).

    `repair`, `protection` and `growth` are the parts that work only as far as `complement` and trust allow.
    `share` is the first partner's part of the margin; `recovery` is what one partner takes home at the end, and
    `elsewhere` what it earns a quarter after that.
    """

    discount: float
    issue_rate: float
    issue_cost: float
    seen: float
    mended: float
    repair: float
    shock_chance: float
    shock_size: float
    shock_issues: float
    drift: float
    adapts: float
    strategic: float
    ageing: float
    growth: float
    specific: float
    bargain: float
    protection: float
    share: float
    trust_start: float
    trust_goal: float
    trust_speed: float
    erosion: float
    complement: float
    cost: float
    ends: float
    loyalty: float
    patience: float
    elsewhere: float
    recovery: float


def checked(scores: Mapping[str, float]) -> dict[str, float]:
    """Return the score of every element, those not given as 0; raises BadInput with all faults.

    >>> checked({"exit": 3})["innovation_plan"]
    0
    """
    faults = []
    for key, score in scores.items():
        if key not in ELEMENTS:
            faults.append(Fault(f"there is no element '{key}'", nearest(key, ELEMENTS)))
        elif isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= FULL:
            what = f"the score of '{key}' is {score!r}"
            faults.append(Fault(what, f"give a score from 0 to {FULL}", field=key))
    if faults:
        raise BadInput(faults)
    return {**dict.fromkeys(ELEMENTS, 0), **scores}


def rates(
    environment: Environment,
    scores: Mapping[str, float],
    assumed: Mapping[str, float],
    overdone: Collection[AccordName] = (),
) -> Rates:
    """Return what drives an alliance with these scores (0 to 4 an element) in this environment.

    `assumed` holds every assumption (see `assumptions.values`); `overdone` names accords with more rules than
    their work needs.

    >>> from alliance_analysis.simulation.assumptions import values
    >>> low, high = (rates(Environment(), {"communication_plan": s}, values()).seen for s in (0, 4))
    >>> round(low, 2), round(high, 2)
    (0.3, 0.44)
    """
    a, scored = assumed, checked(scores)
    full = {key: score / FULL for key, score in scored.items()}
    sharp = 1 - a["blur"] * environment.difficulty
    works = {key: part * (sharp if key in MEASURED else 1) for key, part in full.items()}
    by = {name: sum(works[key] for key in keys) / len(keys) for name, keys in MECHANISMS.items()}

    def lifted(base: str, effect: str, mechanism: str) -> float:
        return a[base] + (1 - a[base]) * a[effect] * by[mechanism]

    misfire = (
        a["misfire"] * environment.difficulty * full["enforcement_plan"] * (1 - full["measurement_charter"])
    )
    goal = (
        lifted("trust", "contract_trust", "contract_trust")
        - a["dampening"] * ("change" in overdone)
        - misfire
    )
    absorbed = 1 - a["absorption"] * by["absorption"]
    lost = a["stranded"] * (1 + environment.specificity) / 2 * (1 - a["salvage"] * by["salvage"])
    excess = sum(info.accord in overdone for info in ELEMENTS.values())
    squeeze = a["squeeze"] * environment.dependence * (1 - a["shield"] * by["shield"])
    return Rates(
        discount=a["discount"],
        issue_rate=a["issues"] * (1 - a["clarity"] * by["clarity"]),
        issue_cost=a["issue_cost"],
        seen=lifted("seen", "detection", "detection"),
        mended=a["mended"],
        repair=lifted("mended", "repair", "repair") - a["mended"],
        shock_chance=a["shocks"] * environment.volatility,
        shock_size=a["shock_size"] * absorbed,
        shock_issues=a["shock_issues"] * absorbed,
        drift=a["drift"] * environment.volatility,
        adapts=lifted("adapts", "adaptation", "adaptation") * (1 - a["freeze"] * ("foundation" in overdone)),
        strategic=0.5 + a["strategy_lean"] * (environment.strategy - 0.5),
        ageing=a["ageing"] * environment.volatility,
        growth=a["growth"] * by["growth"],
        specific=a["specific"] * environment.specificity,
        bargain=a["bargain"],
        protection=lifted("bargain", "protection", "protection") - a["bargain"],
        share=(1 - squeeze) / 2,
        trust_start=a["trust"],
        trust_goal=min(max(goal, 0.0), 1.0),
        trust_speed=a["trust_speed"],
        erosion=a["erosion"],
        complement=a["complement"],
        cost=a["running"] * sum(scored.values()) + a["overdone"] * excess,
        ends=a["ends"],
        loyalty=a["loyalty"],
        patience=a["patience"] / 2,
        elsewhere=a["elsewhere"] / 2,
        recovery=a["recovery"] / 2 * (1 - lost),
    )


@dataclass(frozen=True, eq=False)
class Draws:
    """Uniform random numbers of shape (quarters, paths), the same for all alliances that are compared."""

    issue: Array
    shock: Array
    size: Array
    end: Array


@functools.lru_cache(maxsize=4)
def draws(paths: int = PATHS, quarters: int = QUARTERS, seed: int = SEED) -> Draws:
    """Return the random numbers of a seed; raises BadInput for numbers of paths or quarters that cannot be."""
    for name, given, least, most in (
        ("paths", paths, 2, MOST_PATHS),
        ("quarters", quarters, 1, MOST_QUARTERS),
    ):
        if not least <= given <= most:
            raise BadInput(
                f"{given} {name} cannot be simulated", f"choose from {least} to {most:,}", field=name
            )
    if seed < 0:
        raise BadInput(f"the seed is {seed}", "choose a whole number from 0", field="seed")
    return Draws(*np.random.default_rng(seed).random((4, quarters, paths)))


@dataclass(frozen=True, eq=False)
class Runs:
    """Alliances (rows, as given) on common paths (columns).

    `npv` has the shape (2, alliances, paths): the present value of each partner in normal quarters of the joint
    margin. `lived` counts the quarters until the end, `alive` says whether it stood at the horizon, `left`
    whether a partner left for its own margin (and not for a reason from outside).
    """

    npv: Array
    lived: NDArray[np.int64]
    alive: NDArray[np.bool_]
    left: NDArray[np.bool_]

    @property
    def joint(self) -> Array:
        """The present value of both partners together, of shape (alliances, paths)."""
        total: Array = self.npv.sum(axis=0)
        return total


def simulate(alliances: Sequence[Rates], drawn: Draws) -> Runs:
    """Run every alliance on the same random numbers.

    Each quarter: new issues and shocks come; a part of the hidden issues is seen, a part of the open ones mended;
    both partners earn their share; trust, fit and strategic gains move; a partner leaves when its margin no longer
    covers what it could earn elsewhere and the interest on what it could take home, less the patience that trust
    gives. When one leaves, both take home their recovery and earn elsewhere until the horizon.

    >>> from alliance_analysis.simulation.assumptions import values
    >>> run = simulate([rates(Environment(), {}, values())], draws(50, 8))
    >>> run.npv.shape, bool((run.lived <= 8).all())
    ((2, 1, 50), True)
    """
    r = Rates(*(np.array(column)[:, None] for column in zip(*map(astuple, alliances), strict=True)))  # type: ignore[arg-type]
    quarters, paths = drawn.issue.shape
    shape = (len(alliances), paths)
    counts, which = _issues(np.array([each.issue_rate for each in alliances]), drawn.issue)
    size = -np.log1p(-drawn.size)
    hidden, open_, unfit, npv = np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros((2, *shape))
    trust, gains, alive = np.full(shape, r.trust_start), np.ones(shape), np.ones(shape, dtype=bool)
    lived, left = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
    shares = np.stack([r.share, 1 - r.share])
    for t in range(quarters):
        shock = np.where(drawn.shock[t] < r.shock_chance, size[t], 0.0)
        unfit += r.drift + r.shock_size * shock
        hidden += counts[which, t] + r.shock_issues * shock
        with_trust = 1 - r.complement + r.complement * trust
        found = r.seen * hidden
        hidden -= found
        open_ = (open_ + found) * (1 - r.mended - r.repair * with_trust)
        unresolved = hidden + open_
        value = (1 - r.strategic) * (1 - r.issue_cost * unresolved) + r.strategic * gains * np.exp(-unfit)
        kept = r.bargain + r.protection * with_trust
        value *= 1 - r.specific * (1 - _invested(kept, r.share))
        worth = (1 + r.discount) ** -(t + 1.0)
        stay = r.elsewhere + r.discount * r.recovery - r.patience * trust
        leaves = np.zeros(shape, dtype=bool)
        for partner, share in enumerate(shares):
            margin = share * value - r.cost / 2
            npv[partner] += np.where(alive, worth * margin, 0.0)
            leaves |= margin < stay
        outside = drawn.end[t] < r.ends * (1 - r.loyalty * trust)
        lived += alive
        ended = alive & (leaves | outside)
        left |= ended & leaves
        annuity = -np.expm1((t + 1 - quarters) * np.log1p(r.discount)) / r.discount
        npv += np.where(ended, worth * (r.recovery + r.elsewhere * annuity), 0.0)
        alive &= ~ended
        unfit *= 1 - r.adapts
        gains *= 1 + r.growth * with_trust - r.ageing
        trust = np.clip(trust + r.trust_speed * (r.trust_goal - trust) - r.erosion * unresolved, 0, 1)
    npv += np.where(alive, (1 + r.discount) ** -float(quarters) * r.recovery, 0.0)
    return Runs(npv, lived, alive, left)


def _invested(kept: Array, share: Array | float) -> Array:
    """Return what specific assets earn as a part of what full investment would: the mean of 2b - b^2.

    b is the part of the return on its own investment that a partner keeps (klein1978vertical): less for the one
    that depends more.
    """
    first, second = np.minimum(2 * share * kept, 1), np.minimum(2 * (1 - share) * kept, 1)
    earned: Array = (first * (2 - first) + second * (2 - second)) / 2
    return earned


def _issues(rate: Array, uniform: Array) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return Poisson numbers (one table a distinct rate) by inversion, and which table each alliance reads."""
    distinct, which = np.unique(rate, return_inverse=True)
    tables = []
    for mean in distinct:
        numbers = np.arange(mean + 20 * np.sqrt(mean) + 20)
        enough = np.argmax(scipy.special.pdtrc(numbers, mean) <= CERTAIN) + 1
        tables.append(np.searchsorted(scipy.special.pdtr(numbers[:enough], mean), uniform, side="right"))
    return np.array(tables), which
