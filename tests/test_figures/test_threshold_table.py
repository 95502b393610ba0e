"""The table of vendors below a threshold, counted a second way from the shipped table."""

from __future__ import annotations

import csv
from itertools import groupby

import pytest

from alliance_analysis import content
from alliance_analysis.figures.threshold_table import LEAST_QUARTERS, vendors_below


@pytest.mark.parametrize("threshold", [0.5, 0.9, 0.95, 1.0])
def test_misses_and_runs_are_those_of_the_table(threshold: float) -> None:
    with (content.folder("data") / "vendor_delivery.csv").open(encoding="utf-8", newline="") as stream:
        rows = sorted(csv.DictReader(stream), key=lambda row: (row["vendor"], row["quarter"]))
    expected = []
    for _, group in groupby(rows, key=lambda row: row["vendor"]):
        lines = list(group)
        if len(lines) < LEAST_QUARTERS:
            continue
        missed, run, longest, before = 0, 0, 0, None
        for line in lines:
            at = 4 * int(line["quarter"][:4]) + int(line["quarter"][-1])
            below = int(line["on_time"]) / int(line["lines"]) < threshold
            run = (run + 1 if before == at - 1 else 1) if below else 0
            missed, longest, before = missed + below, max(longest, run), at
        expected.append((str(len(lines)), str(missed), str(longest)))
    table = vendors_below(threshold).table
    assert table is not None
    found = list(table.iloc[:, 2:].itertuples(index=False, name=None))
    assert sorted(found) == sorted(expected)


def test_the_alt_text_names_the_vendor_with_the_largest_share() -> None:
    exhibit = vendors_below(0.95)
    assert exhibit.table is not None
    assert exhibit.table["Vendor"][0] in exhibit.alt
    assert "95.0%" in exhibit.alt
