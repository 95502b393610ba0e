"""When a promise keeps itself: how patient a partner must be, as breaking it pays more and the fallback improves."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from alliance_analysis.figures.exhibit import Exhibit
from alliance_analysis.incentives.relational import self_enforcement


def temptation(
    cooperate: float, breaking: Sequence[float], fallbacks: Sequence[float], *, interest: float, ending: float
) -> Exhibit:
    """Return the table of the patience that a promise needs, by the gain from breaking it and by the fallback.

    Payoffs are a year's, in any unit; `interest` and `ending` (the chance that the alliance ends anyway) are a year's
    fractions. Raises BadInput where the payoffs are no dilemma.

    >>> temptation(10, (14,), (4, 8), interest=0.1, ending=0.1).table.iloc[0, 1:].tolist()
    ['0.40, keeps', '0.67, keeps']
    """
    rows = []
    for gain in breaking:
        row = {"Breaking it once pays": f"{gain:g}"}
        for fallback in fallbacks:
            found = self_enforcement(cooperate, gain, fallback, interest=interest, ending=ending)
            kept = "keeps" if found.holds else "<strong>breaks</strong>"
            row[f"Needs, if it then has {fallback:g} a year"] = f"{found.needed:.2f}, {kept}"
        rows.append(row)
    broken = sum("breaks" in cell for row in rows for cell in row.values())
    return Exhibit(
        "temptation",
        "When the Promise Keeps Itself",
        f"{broken} of {len(rows) * len(fallbacks)} combinations of gain and fallback in which a partner with discount "
        f"factor {found.actual:.2f} breaks its promise.",
        table=pd.DataFrame(rows),
        sources=("baker2002relational",),
        note=f"All numbers are invented. Keeping the promise pays {cooperate:g} a year. The partner has a discount factor "
        f"of {found.actual:.2f} (interest {interest:.0%}, chance of ending anyway {ending:.0%} a year) and keeps its "
        "promise where that is at least what the promise needs.",
        synthetic=True,
    )
