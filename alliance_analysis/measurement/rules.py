"""Rules that tell a signal from noise on a control chart: Nelson's eight and the Western Electric four.

Each rule is a pattern in the standardised distances z = (x - centre) / sigma. A gap (NaN) ends every run; a
rule of the kind "2 of 3" holds whatever the missing one was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alliance_analysis.errors import BadInput, nearest

Mask = NDArray[np.bool_]
Patterns = Callable[[NDArray[np.float64]], tuple[Mask, ...]]


@dataclass(frozen=True)
class Rule:
    """One rule: `least` of `window` consecutive marks, of which `patterns` gives one mask for each side.

    `extra` is how many points a mark reaches back beyond its own (1 for a rise, 2 for a turn).
    """

    family: str
    number: int
    definition: str
    least: int
    window: int
    patterns: Patterns = field(repr=False, compare=False)
    extra: int = 0

    @property
    def name(self) -> str:
        """Family and number, as "Nelson 1"."""
        return f"{self.family} {self.number}"

    def signals(self, z: ArrayLike) -> Mask:
        """Return at which points the pattern is complete; `z` and the result have the same shape (..., n).

        >>> NELSON[1].signals([1.0] * 10).tolist() == [False] * 8 + [True] * 2
        True
        """
        found = np.zeros(np.shape(z), dtype=bool)
        for mask in self.patterns(np.asarray(z, dtype=float)):
            found |= mask & (_counts(mask, self.window) >= self.least)
        return found

    def flags(self, z: ArrayLike) -> Mask:
        """Return which points belong to a complete pattern; `z` and the result have the same shape (..., n).

        >>> NELSON[4].flags([2.5, 0.0, 2.1, 0.0]).tolist()
        [True, False, True, False]
        """
        found, span = np.zeros(np.shape(z), dtype=bool), self.window + self.extra
        for mask in self.patterns(np.asarray(z, dtype=float)):
            complete = mask & (_counts(mask, self.window) >= self.least)
            covered = _counts(complete[..., ::-1], span)[..., ::-1] > 0
            found |= covered & mask if self.least < self.window else covered
        return found


def _counts(mask: Mask, window: int) -> NDArray[np.int64]:
    """Return how many of the last `window` marks are set, along the last axis; fewer at the start."""
    total = np.cumsum(mask, axis=-1, dtype=np.int64)
    before = np.zeros_like(total)
    before[..., window:] = total[..., :-window]
    return total - before


def _beyond(sigmas: float) -> Patterns:
    return lambda z: (z > sigmas, z < -sigmas)


def _trend(z: NDArray[np.float64]) -> tuple[Mask, ...]:
    change = np.diff(z, axis=-1, prepend=np.nan)
    return change > 0, change < 0


def _turns(z: NDArray[np.float64]) -> tuple[Mask, ...]:
    way = np.sign(np.diff(z, axis=-1, prepend=np.nan))
    turn = np.zeros(z.shape, dtype=bool)
    turn[..., 1:] = way[..., 1:] * way[..., :-1] < 0
    return (turn,)


NELSON = (
    Rule("Nelson", 1, "one point more than 3 sigma from the centre", 1, 1, _beyond(3)),
    Rule("Nelson", 2, "nine points in a row on one side of the centre", 9, 9, _beyond(0)),
    Rule("Nelson", 3, "six points in a row, each higher (or each lower) than the one before", 5, 5, _trend, 1),
    Rule("Nelson", 4, "fourteen points in a row, going up and down in turn", 12, 12, _turns, 2),
    Rule("Nelson", 5, "two of three points more than 2 sigma from the centre, on one side", 2, 3, _beyond(2)),
    Rule("Nelson", 6, "four of five points more than 1 sigma from the centre, on one side", 4, 5, _beyond(1)),
    Rule("Nelson", 7, "fifteen points in a row within 1 sigma of the centre", 15, 15, lambda z: (np.abs(z) < 1,)),
    Rule("Nelson", 8, "eight points in a row more than 1 sigma from the centre, on either side", 8, 8,
         lambda z: (np.abs(z) > 1,)),
)  # fmt: skip
"""Nelson's eight tests; source: nelson1984shewhart."""

WESTERN_ELECTRIC = (
    Rule("Western Electric", 1, "one point more than 3 sigma from the centre", 1, 1, _beyond(3)),
    Rule("Western Electric", 2, "two of three points more than 2 sigma from the centre, on one side", 2, 3,
         _beyond(2)),
    Rule("Western Electric", 3, "four of five points more than 1 sigma from the centre, on one side", 4, 5,
         _beyond(1)),
    Rule("Western Electric", 4, "eight points in a row on one side of the centre", 8, 8, _beyond(0)),
)  # fmt: skip
"""The Western Electric zone rules; source: westernelectric1956statistical."""

ROUTINE = NELSON[:4]
"""The four that Nelson advises for routine use; the zone rules (5 to 8) suit plain values, not counts."""

RULE_SETS = {"routine": ROUTINE, "nelson": NELSON, "western electric": WESTERN_ELECTRIC, "limits": NELSON[:1]}
"""Sets of rules by name. More rules find more and cry wolf more often."""


def rule_set(name: str) -> tuple[Rule, ...]:
    """Return a set of rules by its name; raises BadInput with the nearest name.

    >>> [rule.name for rule in rule_set("limits")]
    ['Nelson 1']
    """
    if name not in RULE_SETS:
        raise BadInput(f"there is no set of rules '{name}'", nearest(name, RULE_SETS))
    return RULE_SETS[name]


@dataclass(frozen=True)
class Finding:
    """What one rule found: the points that make the pattern, and those at which it was complete (from 0)."""

    rule: Rule
    points: tuple[int, ...]
    signals: tuple[int, ...]


def apply(rules: Sequence[Rule], z: ArrayLike) -> tuple[Finding, ...]:
    """Return what each rule finds in z, shape (n,); a rule that finds nothing is left out.

    >>> [(f.rule.name, f.points) for f in apply(NELSON, [0.0, 0.2, 3.5, -0.1])]
    [('Nelson 1', (2,))]
    """
    found = ((rule, np.flatnonzero(rule.flags(z)), np.flatnonzero(rule.signals(z))) for rule in rules)
    return tuple(Finding(r, tuple(p.tolist()), tuple(s.tolist())) for r, p, s in found if len(p))
