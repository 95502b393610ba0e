"""Fair limits and fair comparisons: what kinds of chart flag, and how many cases tell two vendors apart."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.measurement.charts import Kind, chart
from alliance_analysis.measurement.comparison import least_cases
from alliance_analysis.measurement.rules import rule_set
from alliance_analysis.measurement.series import Series

KINDS: tuple[Kind, ...] = ("p", "p'", "XmR")
NAMES = {"p": "p", "p'": "p′", "XmR": "XmR"}


def outside(record: Series, kind: Kind) -> int:
    """Return how many periods of a record lie outside the limits from all of it.

    >>> from alliance_analysis.drafting.histories import history
    >>> trust = history("trust:RAS").read()
    >>> outside(trust, "p") > 4 * outside(trust, "p'") > 0
    True
    """
    return int(chart(record, kind, rules=rule_set("limits")).outside.sum())


def flags(records: Sequence[Series], *, sources: tuple[str, ...] = ()) -> Exhibit:
    """Return how many periods of each record of counts each kind of chart flags, by its limits alone."""
    found = [[outside(record, kind) for kind in KINDS] for record in records]
    counts = [record.count for record in records]
    rows = [
        (safe(record.name), f"{record.denominator.mean():,.0f}", *map(str, row), str(count))
        for record, row, count in zip(records, found, counts, strict=True)
        if record.denominator is not None
    ]
    total = sum(counts)
    sums = [sum(row[i] for row in found) for i in range(len(KINDS))]
    shares = {kind: flagged / total for kind, flagged in zip(KINDS, sums, strict=True)}
    rows.append(("<strong>All</strong>", "", *(f"{n} ({n / total:.0%})" for n in sums), str(total)))
    heads = [f"Outside {NAMES[kind]} limits" for kind in KINDS]
    return Exhibit(
        "flags",
        "Periods Outside the Limits, by Kind of Chart",
        "; ".join(f"{NAMES[kind]} flags {share:.0%}" for kind, share in shares.items()) + f" of {total} periods.",
        table=pd.DataFrame(rows, columns=["Record", "Cases a period", *heads, "Periods"]),
        widths=(34, 14, 15, 15, 15, 9),
        sources=sources,
        note="One point beyond three sigma, limits from the whole record; no further rule.",
    )  # fmt: skip


def sample_sizes(
    first: float, others: Sequence[float], available: Sequence[int], power: float = 0.8
) -> Exhibit:
    """Return how many cases each of two vendors needs to be told apart, and how many real vendors have as many.

    `first` and `others` are true rates (fractions); `available` is the number of cases of each real vendor.
    """
    needed = {other: least_cases(first, other, power) for other in others}
    rows = [
        (f"{other:.0%}", f"{cases:,}", f"{sum(n >= cases for n in available)} of {len(available)}")
        for other, cases in needed.items()
    ]
    return Exhibit(
        "sample_sizes",
        f"Cases Needed to Tell a Vendor at {first:.0%} from Another",
        f"Cases each vendor needs beside one at {first:.0%}: "
        + "; ".join(f"{other:.0%}, {cases:,}" for other, cases in needed.items()) + ".",
        table=pd.DataFrame(rows, columns=["The other’s true rate", "Cases each needs", "Real vendors with as many"]),
        widths=(30, 30, 40),
        sources=("montgomery2013introduction", "usaid2016scms"),
        note=f"Two-sided test of two proportions at 5%, power {power:.0%}; cases independent of each other. Real vendors: "
        "delivery lines of the whole record.",
    )  # fmt: skip
