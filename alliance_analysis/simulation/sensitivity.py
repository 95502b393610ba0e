"""How far the answer hangs on what is assumed and on where the alliance lives: ranges, hypercube, environments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from alliance_analysis.agreement import ACCORDS
from alliance_analysis.simulation.assumptions import ASSUMPTIONS, Environment
from alliance_analysis.simulation.contribution import (
    CLEAR,
    COALITIONS,
    Estimate,
    Outcome,
    Study,
    outcome_of,
    shapley,
)
from alliance_analysis.simulation.model import Array, draws, simulate

LEVELS = {
    "volatility": (0.0, 0.5, 1.0),
    "specificity": (0.0, 0.5, 1.0),
    "strategy": (0.0, 0.5, 1.0),
    "dependence": (0.0, 0.5, 1.0),
    "difficulty": (0.0, 0.5, 1.0),
}
"""The grid of environments: every part of it low, middle and high (dependence: one side only, as both are alike)."""

GRID_PATHS, DRAWS, RESAMPLES = 400, 256, 400
AT_ONCE = 8
"""Studies simulated together: enough for speed, few enough for the processor's cache."""

TIE = "tie"
Progress = Callable[[int, int], object]


def environments() -> list[Environment]:
    """Return the environments of the grid.

    >>> len(environments())
    243
    """
    return [Environment(**dict(zip(LEVELS, point, strict=True))) for point in product(*LEVELS.values())]


def shares_of(
    studies: Sequence[Study], outcome: Outcome = "npv", progress: Progress | None = None
) -> Iterator[Array]:
    """Yield the Shapley shares of each study by path, of shape (3, paths), all on the same random numbers.

    `progress` is told after each step how many studies are done, of how many.
    """
    for start in range(0, len(studies), AT_ONCE):
        some = studies[start : start + AT_ONCE]
        runs = simulate(
            [s.rates(c) for s in some for c in COALITIONS],
            draws(some[0].paths, some[0].quarters, some[0].seed),
        )
        paths = outcome_of(runs, outcome)
        yield from (shapley(part) for part in np.split(paths, len(some)))
        if progress:
            progress(start + len(some), len(studies))


@dataclass(frozen=True, eq=False)
class Wins:
    """How often each accord has the largest share.

    `shares` of shape (studies, 3) and `errors` of their differences from the largest; `first` is the accord that
    leads each study or "tie"; `won` the part of the studies won by each accord and tied, with its standard error.
    """

    studies: tuple[Study, ...]
    shares: Array
    first: tuple[str, ...]
    won: Mapping[str, Estimate]


def wins(
    studies: Sequence[Study], outcome: Outcome = "npv", progress: Progress | None = None, seed: int = 1
) -> Wins:
    """Return which accord has the largest share in each study, and how often.

    The standard errors of the parts won come from resampling the paths, which all studies share (bootstrap).
    """
    paths = np.array(list(shares_of(studies, outcome, progress)))
    count = paths.shape[2]
    first = _first(paths.mean(axis=2), _gap_errors(paths))
    rng = np.random.default_rng(seed)
    again = rng.multinomial(count, np.full(count, 1 / count), RESAMPLES) / count
    means = np.einsum("sap,rp->rsa", paths, again, optimize=True)
    errors = _gap_errors(paths)
    drawn = np.array([_parts(_first(mean, errors)) for mean in means])
    parts = _parts(first)
    names = (*ACCORDS, TIE)
    won = {n: Estimate(float(parts[i]), float(drawn[:, i].std(ddof=1))) for i, n in enumerate(names)}
    return Wins(tuple(studies), paths.mean(axis=2), tuple(names[i] for i in first), won)


def _gap_errors(paths: Array) -> Array:
    """Return the standard error of the difference of each two accords, of shape (studies, 3, 3)."""
    gaps = paths[:, :, None] - paths[:, None]
    errors: Array = gaps.std(axis=-1, ddof=1) / np.sqrt(paths.shape[-1])
    return errors


def _first(shares: Array, errors: Array) -> NDArray[np.intp]:
    """Return the leading accord of each study, or 3 where the second is not clearly behind."""
    order = np.argsort(-shares, axis=1)
    rows = np.arange(len(shares))
    best, second = order[:, 0], order[:, 1]
    clear = shares[rows, best] - shares[rows, second] > CLEAR * errors[rows, best, second]
    found: NDArray[np.intp] = np.where(clear, best, len(ACCORDS))
    return found


def _parts(first: NDArray[np.intp]) -> Array:
    found: Array = np.bincount(first, minlength=len(ACCORDS) + 1) / len(first)
    return found


def environment_wins(study: Study, outcome: Outcome = "npv", progress: Progress | None = None) -> Wins:
    """Return which accord wins in each environment of the grid, with the scores and assumptions of a study."""
    each = [
        study.model_copy(update={"environment": place, "paths": min(study.paths, GRID_PATHS)})
        for place in environments()
    ]
    return wins(each, outcome, progress)


def drawn_studies(study: Study, count: int = DRAWS, seed: int = 1) -> list[Study]:
    """Return a study with its assumptions drawn from their ranges by a seeded Latin hypercube.

    >>> len({s.assumptions["discount"] for s in drawn_studies(Study(), 16)})
    16
    """
    low, high = (np.array([getattr(item, end) for item in ASSUMPTIONS.values()]) for end in ("low", "high"))
    points = scipy.stats.qmc.LatinHypercube(len(low), seed=seed).random(count)
    return [
        study.model_copy(
            update={"assumptions": dict(zip(ASSUMPTIONS, point.tolist(), strict=True)),
                    "paths": min(study.paths, GRID_PATHS)}
        )
        for point in low + points * (high - low)
    ]  # fmt: skip


def assumption_wins(
    study: Study, outcome: Outcome = "npv", progress: Progress | None = None, count: int = DRAWS
) -> Wins:
    """Return which accord wins over draws of all assumptions at once, in the environment of the study."""
    return wins(drawn_studies(study, count), outcome, progress)


@dataclass(frozen=True)
class Swing:
    """What one assumption does alone: the shares at its low and its high end, and who is first at each."""

    key: str
    low: tuple[float, ...]
    high: tuple[float, ...]
    first: tuple[str, str]

    @property
    def width(self) -> float:
        """The largest change of a share from the low to the high end."""
        return max(abs(b - a) for a, b in zip(self.low, self.high, strict=True))


def one_at_a_time(study: Study, outcome: Outcome = "npv", progress: Progress | None = None) -> list[Swing]:
    """Return what each assumption does alone over its range, the widest swing first."""
    ends = [
        study.model_copy(
            update={"assumptions": {**study.assumptions, key: end}, "paths": min(study.paths, GRID_PATHS)}
        )
        for key, item in ASSUMPTIONS.items()
        for end in (item.low, item.high)
    ]
    found = wins(ends, outcome, progress)
    rows: list[Any] = found.shares.tolist()
    swings = [
        Swing(key, tuple(rows[2 * i]), tuple(rows[2 * i + 1]), (found.first[2 * i], found.first[2 * i + 1]))
        for i, key in enumerate(ASSUMPTIONS)
    ]
    return sorted(swings, key=lambda swing: -swing.width)
