"""Deliveries: the headline figures of the publisher's file."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime
from pathlib import Path

import pandas as pd

from alliance_analysis import datasets


def rates() -> pd.DataFrame:
    total = datasets.load("vendor_delivery").groupby("vendor")[["lines", "on_time", "in_window"]].sum()
    return total[["on_time", "in_window"]].div(total["lines"], axis=0)


def test_sixteen_vendors_and_who_meets_95_percent() -> None:
    found = rates()
    assert len(found) == 16
    assert (found["on_time"] >= 0.95).sum() == 13
    assert (found["in_window"] >= 0.95).sum() == 10
    below = found["on_time"].sort_values().head(3)
    assert [name.split()[0].rstrip(",") for name in below.index] == ["Aurobindo", "CIPLA", "Orgenics"]
    assert list((100 * below).round(1)) == [85.9, 86.9, 87.0]


def test_one_vendor_over_the_years() -> None:
    table = datasets.load("vendor_delivery")
    table = table[table["vendor"].str.startswith("Aurobindo")]
    years = table.groupby(table["quarter"].str[:4])[["lines", "on_time"]].sum()
    rate = (100 * years["on_time"] / years["lines"]).round(1)
    assert (rate["2010"], rate["2011"], rate["2014"]) == (73.5, 73.6, 97.7)


def test_all_lines_of_both_channels() -> None:
    total = datasets.load("delivery_channels").sum(numeric_only=True)
    assert total["lines"] == 10_324
    assert round(100 * total["on_time"] / total["lines"], 1) == 88.5
    assert round(100 * total["on_the_day"] / total["lines"]) == 61


def test_vendors_of_the_table_are_a_part_of_the_direct_deliveries() -> None:
    vendors, channels = datasets.load("vendor_delivery"), datasets.load("delivery_channels")
    direct = channels[channels["channel"] == "vendor"].set_index("year")["lines"]
    assert (vendors.groupby(vendors["quarter"].str[:4].astype(int))["lines"].sum() <= direct).all()


def test_a_second_count_without_pandas(raw: Path) -> None:
    counted: Counter[tuple[str, int]] = Counter()
    with (raw / datasets.scms.LINES.path).open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            due, came = (
                datetime.strptime(row[name], "%d-%b-%y")
                for name in ("Scheduled Delivery Date", "Delivered to Client Date")
            )
            counted[row["Fulfill Via"], due.year] += came <= due
    table = datasets.load("delivery_channels")
    names = {"vendor": "Direct Drop", "warehouse": "From RDC"}
    assert counted == {
        (names[c], y): n for c, y, n in table[["channel", "year", "on_time"]].itertuples(index=False)
    }
