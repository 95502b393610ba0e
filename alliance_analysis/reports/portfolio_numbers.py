"""What the rows of a batch say together: distributions, outliers, and which parameters the outcomes follow.

The rows of a batch are chosen, not sampled, and a notebook computes the same from the same parameters. So nothing
here tests a hypothesis: shares and correlations describe the rows that were run.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy

from alliance_analysis.reports.ledger import Entry

FENCE = 1.5
"""Interquartile ranges from the quartile to the fence."""

SCORE = 3.5
"""Modified z-score beyond which a value is an outlier."""

LEAST = 5
"""Fewest rows among which outliers are looked for."""

_NORMAL_QUARTILE = 0.6745  # of the standard normal distribution, as Iglewicz and Hoaglin round it


@dataclass(frozen=True)
class Rows:
    """The rows of a batch as tables that share the ids of the rows as index.

    `parameters` holds every parameter as text; `numeric` those that are numbers in every row, a range as one column
    for each of its numbers; `outcomes` what was recorded, NaN where a row recorded nothing of that name, rounded to
    12 significant digits so that equal results are equal.
    """

    parameters: pd.DataFrame
    numeric: pd.DataFrame
    outcomes: pd.DataFrame

    @property
    def factors(self) -> pd.DataFrame:
        """The parameters that differ between rows."""
        return self.parameters.loc[:, self.parameters.nunique() > 1]

    @property
    def varying(self) -> list[str]:
        """The names of the outcomes that differ between rows."""
        return [str(name) for name in self.outcomes if self.outcomes[name].nunique() > 1]


def tabulate(entries: Sequence[Entry]) -> Rows:
    """Return the rows of a batch as tables.

    >>> first = Entry("a", 0, {"margin": [0.1, 0.3]}, "", outcomes={"x": 1.0})
    >>> rows = tabulate([first, Entry("b", 1, {"margin": [0.1, 0.4]}, "")])
    >>> list(rows.parameters["margin"]), list(rows.numeric), list(rows.outcomes["x"])
    (['0.1 to 0.3', '0.1 to 0.4'], ['margin, 2nd number'], [1.0, nan])
    """
    ids = [entry.id for entry in entries]
    names = dict.fromkeys(name for entry in entries for name in entry.parameters)
    given = {name: [entry.parameters.get(name) for entry in entries] for name in names}
    numeric = {label: column for name in names for label, column in _numbers(name, given[name])}
    recorded = dict.fromkeys(name for entry in entries for name in entry.outcomes)
    outcomes = {
        name: [float(f"{entry.outcomes.get(name, math.nan):.12g}") for entry in entries] for name in recorded
    }
    return Rows(
        pd.DataFrame(
            {name: list(map(as_text, values)) for name, values in given.items()}, index=ids, dtype=object
        ),
        pd.DataFrame(numeric, index=ids, dtype=float),
        pd.DataFrame(outcomes, index=ids, dtype=float),
    )


def as_text(value: Any) -> str:
    """Return a parameter's value as it is printed.

    >>> as_text([0.05, 0.25]), as_text(""), as_text(True)
    ('0.05 to 0.25', '(empty)', 'yes')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if _is_numbers(value) and len(value) == 2:
        return f"{value[0]:g} to {value[1]:g}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "(empty)" if value is None or value == "" else str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_numbers(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_number, value))


def _numbers(name: str, values: Sequence[Any]) -> list[tuple[str, list[float]]]:
    """Return the columns of a parameter that is a number, or a range of numbers, in every row and differs."""
    if all(map(_is_number, values)):
        columns = [(name, list(values))]
    elif all(map(_is_numbers, values)) and len({len(value) for value in values}) == 1:
        ordinals = itertools.chain(("1st", "2nd", "3rd"), (f"{n}th" for n in itertools.count(4)))
        columns = [
            (f"{name}, {nth} number", list(column))
            for nth, column in zip(ordinals, zip(*values, strict=True), strict=False)
        ]
    else:
        return []
    return [(label, column) for label, column in columns if len(set(column)) > 1]


def quartiles(values: pd.Series[float]) -> tuple[float, float, float]:
    """Return the quartiles at rank (n + 1)p, as in the engineering statistics handbook [nist2012handbook].

    >>> quartiles(pd.Series([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]))
    (2.0, 4.0, 6.0)
    """
    low, middle, high = np.quantile(values.dropna(), [0.25, 0.5, 0.75], method="weibull")
    return float(low), float(middle), float(high)


@dataclass(frozen=True)
class Spread:
    """What an outlier is measured against: Tukey's fences, and the median with the median absolute deviation.

    A fence is None where the middle half of the rows has one value; `deviation` is zero where half of them have.
    """

    fences: tuple[float, float] | None
    median: float
    deviation: float

    def score(self, value: float) -> float:
        """Return the modified z-score, NaN where the deviation is zero [iglewicz1993how]."""
        return _NORMAL_QUARTILE * (value - self.median) / self.deviation if self.deviation else math.nan

    def beyond(self, value: float) -> tuple[bool, bool]:
        """Return whether a value lies outside the fences, and whether its modified z-score is too large."""
        outside = self.fences is not None and not self.fences[0] <= value <= self.fences[1]
        return outside, abs(self.score(value)) > SCORE


def spread(values: pd.Series[float]) -> Spread | None:
    """Return what the outliers of a sample are measured against; None for fewer than five values [tukey1977exploratory].

    >>> found = spread(pd.Series([1.0, 1, 2, 2, 4, 6, 9]))
    >>> found.median, found.deviation, found.fences, round(found.score(9), 2)
    (2.0, 1.0, (-6.5, 13.5), 4.72)
    """
    known = values.dropna()
    if len(known) < LEAST:
        return None
    low, middle, high = quartiles(known)
    reach = FENCE * (high - low)
    return Spread(
        (low - reach, high + reach) if reach else None, middle, float((known - middle).abs().median())
    )


def outliers(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return the outliers of every outcome: outcome, row, value, low, high, score, fence and z (by which rule)."""
    found = []
    for name in outcomes:
        against = spread(outcomes[name])
        if against is None:
            continue
        for row, value in outcomes[name].dropna().items():
            fence, z = against.beyond(value)
            if fence or z:
                low, high = against.fences or (math.nan, math.nan)
                found.append((name, row, value, low, high, against.score(value), fence, z))
    columns = ["outcome", "row", "value", "low", "high", "score", "fence", "z"]
    return pd.DataFrame(found, columns=columns)


@dataclass(frozen=True)
class Shares:
    """Which share of an outcome's variance each parameter accounts for, on the rows that recorded it.

    `eta` is eta squared by parameter, `chance` what unrelated parameters would show on average, (k - 1)/(n - 1) for k
    values in n rows. In a balanced grid the etas are the main effects of the analysis of variance and add up with
    `interactions` and `rest` to 1; elsewhere these two are None.
    """

    eta: Mapping[str, float]
    chance: Mapping[str, float]
    interactions: float | None = None
    rest: float | None = None


def shares(values: pd.Series[float], factors: pd.DataFrame) -> Shares:
    """Return the shares of the variance of `values` by parameter.

    A parameter counts if it has at least two values on these rows and fewer than there are rows: one with a value of
    its own for every row accounts for everything and says nothing. A grid is balanced if every combination of values
    occurs equally often.

    >>> grid = pd.DataFrame({"a": list("xxyy"), "b": list("pqpq")})
    >>> found = shares(pd.Series([0.0, 1.0, 2.0, 5.0]), grid)
    >>> {name: round(share, 3) for name, share in found.eta.items()}, round(found.interactions, 3)
    ({'a': 0.643, 'b': 0.286}, 0.071)
    """
    known = values.dropna()
    table = factors.loc[known.index]
    usable = [str(name) for name in table if 2 <= table[name].nunique() < len(known)]
    eta = {name: _between(known, table[name]) for name in usable}
    chance = {name: (table[name].nunique() - 1) / (len(known) - 1) for name in usable}
    if not is_balanced(table[usable]):
        return Shares(eta, chance)
    cells = _between(known, pd.Series(list(zip(*(table[n] for n in usable), strict=True)), index=known.index))
    return Shares(eta, chance, max(0.0, cells - sum(eta.values())), max(0.0, 1 - cells))


def is_balanced(table: pd.DataFrame) -> bool:
    """Return whether every combination of the columns' values occurs, and equally often, in two columns or more.

    >>> is_balanced(pd.DataFrame({"a": list("xxyy"), "b": list("pqpq")}))
    True
    """
    if table.shape[1] < 2:
        return False
    counts = table.value_counts()
    return len(counts) == math.prod(table.nunique()) and counts.nunique() == 1


def _between(values: pd.Series[float], level: pd.Series[Any]) -> float:
    """Return the sum of squares between levels as a share of the whole."""
    means = values.groupby(level.to_numpy()).transform("mean")
    total = ((values - values.mean()) ** 2).sum()
    return float(((means - values.mean()) ** 2).sum() / total)


def together(factors: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the pairs of parameters that always change together, so that nothing can tell them apart.

    >>> together(pd.DataFrame({"case": list("xxy"), "reader": list("ppq"), "seed": list("123")}))
    [('case', 'reader')]
    """
    codes = {str(name): tuple(pd.factorize(factors[name])[0]) for name in factors}
    return [(a, b) for a, b in itertools.combinations(codes, 2) if codes[a] == codes[b]]


def rank_correlations(outcomes: pd.DataFrame, numeric: pd.DataFrame) -> pd.DataFrame:
    """Return Spearman's rank correlation of outcomes (rows) with numeric parameters (columns).

    NaN where fewer than three rows recorded the outcome, or either is the same in all of them.

    >>> found = rank_correlations(pd.DataFrame({"x": [1.0, 2.0, 9.0]}), pd.DataFrame({"seed": [3.0, 2.0, 1.0]}))
    >>> float(found.loc["x", "seed"])
    -1.0
    """

    def one(outcome: str, parameter: str) -> float:
        pair = pd.concat([outcomes[outcome], numeric[parameter]], axis=1).dropna()
        if len(pair) < 3 or (pair.nunique() < 2).any():
            return math.nan
        return float(scipy.stats.spearmanr(pair.iloc[:, 0], pair.iloc[:, 1]).statistic)

    return pd.DataFrame(
        {p: {o: one(str(o), str(p)) for o in outcomes} for p in numeric}, index=list(outcomes), dtype=float
    )
