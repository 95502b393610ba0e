"""The six terms of a KPI: their options, how they are printed, what they are worth and why they matter to each side.

Every value and every interest is invented for teaching.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import numpy as np

from alliance_analysis.agreement.kpi import (
    ADJUSTMENTS,
    SHARED,
    Adjustment,
    Fraction,
    Months,
    Number,
    Transparency,
)
from alliance_analysis.errors import BadInput
from alliance_analysis.negotiation.utility import Issue, Option, Package
from alliance_analysis.records import Record

Side = Literal["customer", "vendor"]

LABELS = MappingProxyType(
    {
        "target": "Target",
        "at_risk": "At-risk amount",
        "gainshare": "Gainshare",
        "review_months": "Review cadence",
        "baseline_adjustment": "Baseline adjustment",
        "transparency": "Transparency",
    }
)
"""Every term by the name of its field on the KPI card, in the order of a package."""

MONEY = frozenset({"at_risk", "gainshare"})
"""The terms that are money at once."""

OPTIONS: Mapping[str, tuple[Option, ...]] = MappingProxyType(
    {
        "at_risk": (0.0, 0.03, 0.05, 0.08, 0.10, 0.12, 0.15),
        "gainshare": (0.60, 0.50, 0.40, 0.30, 0.20),
        "review_months": (6, 3, 1),
        "baseline_adjustment": ("industry_index", "like_for_like", "none"),
        "transparency": ("result", "records", "system"),
    }
)
"""What is usually on the table, from the easiest for the provider to the most demanding; targets come from the card."""

POWERS = MappingProxyType({"target": (0.8, 1.4), "at_risk": (0.9, 1.1), "gainshare": (0.9, 1.2)})
"""For each term with a scale, the powers of the customer's value and of the provider's loss (see `values`)."""

TABLES: Mapping[str, Mapping[Side, Mapping[Option, float]]] = MappingProxyType(
    {
        "review_months": {"customer": {1: 1.0, 3: 0.7, 6: 0.0}, "vendor": {1: 0.0, 3: 0.7, 6: 1.0}},
        "baseline_adjustment": {
            "customer": {"none": 1.0, "like_for_like": 0.8, "industry_index": 0.4},
            "vendor": {"none": 0.0, "like_for_like": 0.6, "industry_index": 1.0},
        },
        "transparency": {
            "customer": {"result": 0.0, "records": 0.8, "system": 1.0},
            "vendor": {"result": 1.0, "records": 0.7, "system": 0.0},
        },
    }
)
"""The values of the terms without a scale; months between those that are named are interpolated."""

INTERESTS: Mapping[Side, Mapping[str, str]] = MappingProxyType(
    {
        "customer": {
            "target": "Every miss stops people who wait for it, and that costs us more than any credit repays.",
            "at_risk": "Our own finance does not believe a promise that no money stands behind.",
            "gainshare": "What we pay for a gain must come out of a saving that we can show.",
            "review_months": "Our plans change within the year; a target that no one looks at goes stale.",
            "baseline_adjustment": "We fear that each bad month becomes a reason to move the starting point.",
            "transparency": "We have been surprised by clean reports before; we want to see where they come from.",
        },
        "vendor": {
            "target": "Part of what it counts arises on your side, and we would answer for what we cannot steer.",
            "at_risk": "Our margin is thin: one bad quarter at that rate eats the profit of the year.",
            "gainshare": "We pay for improvements long before they show, and need our part to go on.",
            "review_months": "Every review binds our best people, and new targets unsettle the teams.",
            "baseline_adjustment": "When volumes or the market shift, we would be punished or praised for the weather.",
            "transparency": "Our records show how we work and for whom else; that must not reach a rival.",
        },
    }
)
"""Why each term matters to each side: the interest behind the position."""


class Terms(Record):
    """Terms of a KPI, each as on the card; a term that is not on the table is None."""

    target: Number | None = None
    at_risk: Fraction | None = None
    gainshare: Fraction | None = None
    review_months: Months | None = None
    baseline_adjustment: Adjustment | None = None
    transparency: Transparency | None = None

    @property
    def package(self) -> Package:
        """The terms that are on the table, in the order of a package.

        >>> Terms(target=0.9, at_risk=0.05, review_months=3).package
        (0.9, 0.05, 3)
        """
        given = (getattr(self, name) for name in LABELS)
        return tuple(term for term in given if term is not None)


def values(issue: Issue, side: Side) -> dict[Option, float]:
    """Return the value (0 to 1) of each option of a term to one side.

    On a scale, an option that is x of the way from the easiest for the provider to the most demanding is worth x^p
    to the customer and 1 - x^q to the provider, with the powers (p, q) of POWERS; the others stand in TABLES.

    >>> values(Issue("at_risk", "At-risk amount", "", (0.0, 0.1, 0.2)), "vendor")[0.2]
    0.0
    """
    if issue.id in POWERS:
        first, last = float(issue.options[0]), float(issue.options[-1])
        way = {option: (float(option) - first) / (last - first) for option in issue.options}
        theirs, ours = POWERS[issue.id]
        return {o: x**theirs if side == "customer" else 1 - x**ours for o, x in way.items()}
    table = TABLES[issue.id][side]
    if issue.id != "review_months":
        return {option: table[option] for option in issue.options}
    months, worth = zip(*sorted((float(m), v) for m, v in table.items()), strict=True)
    return {option: float(np.interp(float(option), months, worth)) for option in issue.options}


def printed(issue: str, option: Option, unit: str) -> str:
    """Return an option as a reader wants it; `unit` is the unit of the target.

    >>> printed("at_risk", 0.08, "days"), printed("target", 45, "days"), printed("review_months", 1, "days")
    ('8%', '45 days', 'every month')
    """
    if issue == "review_months":
        return "every month" if option == 1 else f"every {option:g} months"
    if issue in MONEY or (issue == "target" and unit.startswith("fraction")):
        return f"{100 * float(option):.6g}%"
    if issue == "target":
        return f"{float(option):g} {unit}"
    return {"baseline_adjustment": ADJUSTMENTS, "transparency": SHARED}[issue][str(option)]


PHRASES = MappingProxyType(
    {
        "target": "a target of {}",
        "at_risk": "{} of the fee at risk",
        "gainshare": "a gainshare of {}",
        "review_months": "a review {}",
        "baseline_adjustment": "the baseline with {}",
        "transparency": "{}",
    }
)


def phrase(issue: str, option: Option, unit: str) -> str:
    """Return a term as a phrase.

    >>> phrase("target", 0.9, "fraction"), phrase("transparency", "result", "fraction")
    ('a target of 90%', 'sight of the result only')
    """
    shown = printed(issue, option, unit)
    if issue == "transparency":
        return shown if option == "system" else f"sight of {shown}"
    if issue == "baseline_adjustment" and option != "none":
        return f"the baseline adjusted {shown}"
    return PHRASES[issue].format(shown)


def targets_around(baseline: float, target: float, *, higher: bool) -> list[float]:
    """Return five to seven targets from the baseline to above the card's target, in the card's unit.

    The steps are a quarter of the way from the baseline to the target, rounded as far as they stay about even; the
    card's target itself is always among them.

    >>> targets_around(0.82, 0.90, higher=True)
    [0.82, 0.84, 0.86, 0.88, 0.9, 0.92, 0.94]
    >>> targets_around(52, 45, higher=False)
    [52.0, 50.0, 48.0, 47.0, 45.0, 43.0, 42.0]
    """
    way = target - baseline
    if way == 0 or (way > 0) != higher:  # the baseline is met already: start a little below the target
        way = (0.05 * abs(target) or 1.0) * (1 if higher else -1)
    rate = 0 <= baseline <= 1 and 0 <= target <= 1
    raw = [target + way * k / 4 for k in range(-4, 3)]
    raw = [x for x in raw if (x >= 0 or min(baseline, target) < 0) and (x <= 1 or not rate)]
    digits = 0
    while digits < 12 and not _even([round(x, digits) for x in raw], raw, abs(way) / 4, target):
        digits += 1
    own = round(target, digits)
    return sorted(
        {float(target) if round(x, digits) == own else round(x, digits) for x in raw}, reverse=not higher
    )


def _even(rounded: list[float], raw: list[float], step: float, target: float) -> bool:
    exact = any(abs(r - target) < 1e-9 for r in rounded)
    return exact and all(abs(r - x) <= 0.3 * step for r, x in zip(rounded, raw, strict=True))


def known(issue: str, on_the_table: tuple[Issue, ...]) -> None:
    """Raise BadInput if a term is not on the table."""
    names = [found.id for found in on_the_table]
    if issue not in names:
        raise BadInput(f"'{issue}' is not on the table", f"use one of {', '.join(names)}")
