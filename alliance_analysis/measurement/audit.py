"""Auditing reported figures by sample: how many records to draw, what to conclude, when to restate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

from alliance_analysis.errors import BadInput

SLACK = 1e-12
"""Relative slack when a probability is compared with its limit, so that rounding adds no record to the sample."""


@dataclass(frozen=True)
class SamplePlan:
    """How many records to draw at random and how many errors still let the figure stand.

    `risk` is the chance of accepting although the error rate is just the tolerable one; at most 1 - confidence.
    `population` is the number of records there are, or None where it is large.
    """

    size: int
    errors_allowed: int
    confidence: float
    tolerable_rate: float
    population: int | None
    risk: float


@dataclass(frozen=True)
class AuditResult:
    """What an audited sample says: found rate, exact one-sided upper limit of the true rate, and what to do."""

    plan: SamplePlan
    errors: int
    rate: float
    upper_limit: float
    conclusion: Literal["accept", "extend the sample", "restate"]


def sample_plan(
    confidence: float = 0.95,
    tolerable_rate: float = 0.05,
    errors_allowed: int = 0,
    population: int | None = None,
) -> SamplePlan:
    """Return the smallest sample whose risk of wrongly accepting the tolerable error rate is at most 1 - confidence.

    With no error allowed in a large population that is n = ln(1 - confidence)/ln(1 - tolerable_rate), rounded up;
    with errors allowed it is binomial, and in a finite population hypergeometric (sampling without replacement).
    Rates are fractions. Raises BadInput for values outside (0, 1), and where the population is too small to say.

    >>> sample_plan().size, sample_plan(population=200).size, sample_plan(errors_allowed=1).size
    (59, 51, 93)
    """
    for name, value in (("confidence", confidence), ("tolerable_rate", tolerable_rate)):
        if not 0 < value < 1:
            raise BadInput(f"{value} is not between 0 and 1", "give a fraction such as 0.95", field=name)
    if errors_allowed < 0:
        raise BadInput(f"{errors_allowed} errors cannot be allowed", "0 or more", field="errors_allowed")
    if population is not None and _wrong(population, tolerable_rate) <= errors_allowed:
        what = f"{population} records at the tolerable rate hold no more errors than are allowed"
        raise BadInput(what, "allow fewer errors, or check every record", field="population")
    limit = (1 - confidence) * (1 + SLACK)
    low, high = errors_allowed, errors_allowed + 1  # the risk is 1 at `low` records
    while _risk(high, errors_allowed, tolerable_rate, population) > limit:
        low, high = high, 2 * high if population is None else min(2 * high, population)
    while high - low > 1:
        middle = (low + high) // 2
        enough = _risk(middle, errors_allowed, tolerable_rate, population) <= limit
        low, high = (low, middle) if enough else (middle, high)
    risk = _risk(high, errors_allowed, tolerable_rate, population)
    return SamplePlan(high, errors_allowed, confidence, tolerable_rate, population, risk)


def _wrong(population: int, rate: float) -> int:
    """Return the fewest wrong records that make up at least `rate` of the population."""
    return math.ceil(population * rate * (1 - SLACK))


def _risk(size: int, allowed: int, rate: float, population: int | None) -> float:
    if population is None:
        return float(scipy.stats.binom.cdf(allowed, size, rate))
    return float(scipy.stats.hypergeom.cdf(allowed, population, _wrong(population, rate), size))


def conclude(plan: SamplePlan, errors: int) -> AuditResult:
    """Return what the sample says.

    Accept: no more errors than the plan allows. Restate: the found error rate exceeds the tolerable one. Between
    the two the sample cannot tell, and is extended. The upper limit is exact at the plan's confidence (Clopper and
    Pearson's; by inverting the hypergeometric distribution in a finite population). Raises BadInput for an
    impossible count.

    >>> [conclude(sample_plan(), errors).conclusion for errors in (0, 1, 3)]
    ['accept', 'extend the sample', 'restate']
    """
    if not 0 <= errors <= plan.size:
        raise BadInput(f"{errors} errors in {plan.size} records", "count again", field="errors")
    rate, miss = errors / plan.size, 1 - plan.confidence
    if errors == plan.size:
        upper = 1.0
    elif plan.population is None:
        upper = float(scipy.stats.beta.ppf(plan.confidence, errors + 1, plan.size - errors))
    else:
        possible = np.arange(errors, plan.population - plan.size + errors + 1)
        likely = scipy.stats.hypergeom.cdf(errors, plan.population, possible, plan.size) > miss
        upper = int(possible[likely].max()) / plan.population
    conclusion: Literal["accept", "extend the sample", "restate"] = "extend the sample"
    if errors <= plan.errors_allowed:
        conclusion = "accept"
    elif rate > plan.tolerable_rate:
        conclusion = "restate"
    return AuditResult(plan, errors, rate, upper, conclusion)
