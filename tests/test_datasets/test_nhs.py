"""The four-hour standard: the headline figures, and tables that agree with one another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from alliance_analysis import datasets
from alliance_analysis.datasets import nhs
from alliance_analysis.datasets.raw import find

COUNTS = ["attendances", "breaches"]


def within(rows: pd.DataFrame) -> pd.Series:
    return 1 - rows["breaches"] / rows["attendances"]


def england() -> pd.DataFrame:
    table = datasets.load("emergency_months")
    return table[table["type"] == "all"].set_index("month")


def test_the_three_years_and_no_month_at_the_standard() -> None:
    months = england()
    assert len(months) == 36
    assert (within(months) >= nhs.STANDARD).sum() == 0
    years = [months.iloc[start : start + 12][COUNTS].sum().to_frame().T for start in (0, 12, 24)]
    assert [round(100 * within(year).item(), 1) for year in years] == [89.1, 88.3, 88.0]


def test_three_of_140_trusts_reach_the_standard() -> None:
    trusts = datasets.load("emergency_trust_years").groupby("trust")[COUNTS].sum()
    assert len(trusts) == 140
    assert (within(trusts) >= nhs.STANDARD).sum() == 3


def test_the_types_add_up_and_the_trusts_add_up() -> None:
    table = datasets.load("emergency_months")
    parts = table[table["type"] != "all"].groupby("month")[COUNTS].sum()
    assert parts.equals(england()[COUNTS])
    major, years = table[table["type"] == "1"], datasets.load("emergency_trust_years")
    assert list(major[COUNTS].sum()) == list(years[COUNTS].sum())
    assert major["providers"].sum() == years["months"].sum()


def test_five_trusts_and_their_places() -> None:
    total = datasets.load("emergency_trust_years").groupby("trust")[["months", *COUNTS]].sum()
    ranked = within(total[total["months"] == 36]).sort_values()
    five = datasets.load("emergency_trust_months")
    assert (five.groupby("trust").size() == 36).all() and five["trust"].nunique() == 5
    found = five.drop_duplicates("trust").set_index("rank")["trust"]
    assert found["lowest"] == ranked.index[0] and found["highest"] == ranked.index[-1]
    for name, part in (("lower quartile", 0.25), ("median", 0.5), ("upper quartile", 0.75)):
        assert abs(ranked[found[name]] - ranked.quantile(part)) < 0.005
    assert five.groupby("trust")[COUNTS].sum().equals(total.loc[sorted(found), COUNTS])


def test_an_ordinary_p_chart_flags_most_months(raw: Path) -> None:
    """Limits around each trust's own mean, three binomial standard errors wide: too narrow for such counts."""
    rows = nhs.trust_months(*find([nhs.ATTENDANCES], raw))
    own = rows.groupby("trust")[COUNTS].transform("sum")
    mean = own["breaches"] / own["attendances"]
    error = np.sqrt(mean * (1 - mean) / rows["attendances"])
    outside = (rows["breaches"] / rows["attendances"] - mean).abs() > 3 * error
    assert len(rows) == 4932
    assert round(100 * outside.mean()) == 82
