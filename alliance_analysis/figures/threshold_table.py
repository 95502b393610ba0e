"""One threshold held against real vendors: how often it was missed, and for how long on end."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pandas as pd

from alliance_analysis.drafting.histories import VENDOR, histories
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.measurement.series import Series

LEAST_QUARTERS = 8
"""A vendor needs this many quarters with deliveries to be judged by its own past."""


def misses(record: Series, threshold: float) -> tuple[int, int]:
    """Return in how many periods a record lay below a threshold, and the longest run of them; gaps end a run.

    >>> from alliance_analysis.measurement.series import series
    >>> misses(series(["2025-01", "2025-02", "2025-03", "2025-04"], [0.9, 0.8, 1.0, 0.9]), 0.95)
    (3, 2)
    """
    below = np.isfinite(record.values) & (record.values < threshold)
    runs = [len(list(run)) for missed, run in groupby(below.tolist()) if missed]
    return sum(runs), max(runs, default=0)


def vendors_below(threshold: float) -> Exhibit:
    """Return how often each real vendor missed an on-time threshold (a fraction), quarter by quarter."""
    head = f"Quarters below {threshold:.1%}"
    rows = []
    for key, history in histories().items():
        record = history.read() if key.startswith(VENDOR) else None
        if (
            record is None
            or record.numerator is None
            or record.denominator is None
            or record.count < LEAST_QUARTERS
        ):
            continue
        missed, longest = misses(record, threshold)
        share = float(np.nansum(record.numerator) / np.nansum(record.denominator))
        rows.append((safe(history.title.partition(": ")[2]), share, record.count, missed, longest))
    rows.sort(key=lambda row: (-row[3] / row[2], row[0]))
    table = pd.DataFrame(
        [
            (name, f"{share:.1%}", str(n), str(missed), str(longest))
            for name, share, n, missed, longest in rows
        ],
        columns=["Vendor", "Lines on time", "Quarters with deliveries", head, "Longest run below"],
    )
    never = sum(missed == 0 for *_, missed, _ in rows)
    once = sum(missed == 1 for *_, missed, _ in rows)
    name, _, count, most, _ = rows[0]
    return Exhibit(
        label="threshold",
        caption=f"What an On-Time Threshold of {threshold:.1%} Would Have Called a Miss",
        alt=f"Table of {len(rows)} vendors by the share of their quarters below {threshold:.1%}. "
        f"{name} missed it most often, in {most} of {count} quarters; {once} missed it once, {never} never.",
        table=table,
        widths=(3, 1.2, 1.3, 1.3, 1.2),
        sources=("usaid2016scms",),
        note="Direct deliveries to health programmes, by quarter of the scheduled date; vendors with at least "
        f"{LEAST_QUARTERS} quarters.",
    )
