"""The worked example: a KPI package of five issues on which four bargaining solutions disagree (synthetic).

A customer and a vendor negotiate one delivery KPI. Weights, value curves and reserved values are invented for teaching;
none of the curves is a benchmark.
"""

from __future__ import annotations

from collections.abc import Callable

from alliance_analysis.negotiation.utility import Issue, Option, Package, Party

ISSUES = (
    Issue("target", "Target", "fraction delivered on time", tuple(n / 100 for n in range(92, 100))),
    Issue("at_risk", "At-risk amount", "fraction of the fee", tuple(n / 100 for n in range(5, 16))),
    Issue(
        "gainshare", "Gainshare of the vendor", "fraction of the saving", tuple(n / 10 for n in range(2, 7))
    ),
    Issue("review_months", "Review cadence", "months", (1, 3, 6)),
    Issue("baseline_adjustment", "Baseline adjustment", "0 no, 1 yes", (0, 1)),
)
"""2,640 packages: 8 targets, 11 at-risk amounts, 5 gainshares, 3 cadences, baseline adjusted or not."""


def _party(name: str, told: str, weights: tuple[float, ...], curves: tuple[Callable[[float], float], ...],
           review: tuple[float, ...], adjusted: tuple[float, ...], reserved: float) -> Party:  # fmt: skip
    values: dict[str, dict[Option, float]] = {}
    for issue, curve in zip(ISSUES[:3], curves, strict=True):
        last = len(issue.options) - 1
        values[issue.id] = {option: curve(step / last) for step, option in enumerate(issue.options)}
    for issue, table in zip(ISSUES[3:], (review, adjusted), strict=True):
        values[issue.id] = dict(zip(issue.options, table, strict=True))
    return Party(name, told, dict(zip((i.id for i in ISSUES), weights, strict=True)), values, reserved)


CUSTOMER = _party(
    "customer", "The customer", (0.40, 0.25, 0.20, 0.10, 0.05),
    (lambda x: x**0.7, lambda x: x**0.8, lambda x: 1 - x), (0.9, 1.0, 0.0), (1.0, 0.4), reserved=0.50,
)  # fmt: skip
VENDOR = _party(
    "vendor", "The vendor", (0.30, 0.15, 0.25, 0.05, 0.25),
    (lambda x: 1 - x**1.8, lambda x: 1 - x**1.3, lambda x: x**0.8), (0.0, 0.9, 1.0), (0.0, 1.0), reserved=0.45,
)  # fmt: skip
PARTIES = (CUSTOMER, VENDOR)
TABLE = (ISSUES, PARTIES)
"""What `frontier` and its neighbours take: `frontier(*TABLE)`."""

SPLIT_THE_DIFFERENCE: Package = (0.95, 0.10, 0.40, 3, 0)
"""The middle of every scale, without a baseline adjustment."""

SPLIT_AND_ADJUST: Package = (0.95, 0.10, 0.40, 3, 1)
"""The middle of every scale, with the baseline adjusted: what costs the customer little is worth much to the vendor."""


def printed(issue: str, option: Option) -> str:
    """Return an option as a reader wants it.

    >>> [printed(i.id, o) for i, o in zip(ISSUES, SPLIT_THE_DIFFERENCE, strict=True)]
    ['95%', '10%', '40%', 'every 3 months', 'no']
    """
    if issue == "review_months":
        return "every month" if option == 1 else f"every {option} months"
    if issue == "baseline_adjustment":
        return "yes" if option else "no"
    return f"{100 * float(option):.6g}%"
