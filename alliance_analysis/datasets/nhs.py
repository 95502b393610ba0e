"""Emergency departments of the NHS in England (nhsengland2019emergency): seen within four hours or not."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from alliance_analysis.datasets.raw import RawFile

ATTENDANCES = RawFile(
    "nhs_ae/ae_attendances.rda",
    "6ce6bc34c538d681b0b75fec3c6fee9586e56c611ad263978bffa2f350d0ce4d",
    "data/ae_attendances.rda of github.com/nhs-r-community/NHSRdatasets",
    "https://raw.githubusercontent.com/nhs-r-community/NHSRdatasets/"
    "7fe35a54a3aa380ad6008d872ae465d092aa11b0/data/ae_attendances.rda",
)

STANDARD = 0.95
"""The four-hour standard: this share of attendances, or more, within four hours."""

_SPREAD = {"p10": 0.1, "p25": 0.25, "median": 0.5, "p75": 0.75, "p90": 0.9}
_PLACES = {"lowest": 0, "lower quartile": 0.25, "median": 0.5, "upper quartile": 0.75, "highest": 1}
_COUNTS = ["attendances", "breaches"]


def department_months(path: Path) -> pd.DataFrame:
    """Return the publisher's rows: month (as 2016-04), trust (code), type (1, 2, other), attendances, breaches."""
    import rdata
    from rdata.conversion import DEFAULT_CLASS_MAP, dataframe_constructor

    classes = {
        **DEFAULT_CLASS_MAP,
        "tbl_df": dataframe_constructor,
        "tbl": dataframe_constructor,
        "Date": lambda days, _: days,
    }
    rows = rdata.read_rda(path, constructor_dict=classes)["ae_attendances"]
    return pd.DataFrame(
        {
            "month": pd.to_datetime(rows["period"], unit="D").dt.strftime("%Y-%m"),
            "trust": rows["org_code"].astype(str),
            "type": rows["type"].astype(str),
            **{name: rows[name].astype(int) for name in _COUNTS},
        }
    )


def trust_months(path: Path) -> pd.DataFrame:
    """Return the months of every trust with a major (type 1) department, sorted by trust and month."""
    rows = department_months(path).query("type == '1'").drop(columns="type")
    return rows.sort_values(["trust", "month"], ignore_index=True)[["trust", "month", *_COUNTS]]


def months(path: Path) -> pd.DataFrame:
    """Return England by month and department type ("all" is every type), with the spread over providers."""
    rows = department_months(path)
    whole = rows.groupby(["month", "trust"], as_index=False)[_COUNTS].sum().assign(type="all")
    rows = pd.concat([rows, whole])
    rows["rate"] = 1 - rows["breaches"] / rows["attendances"]
    rows["at_standard"] = rows["rate"] >= STANDARD
    by = rows.groupby(["month", "type"])
    counts = by.agg(
        providers=("trust", "nunique"),
        attendances=("attendances", "sum"),
        breaches=("breaches", "sum"),
        providers_at_standard=("at_standard", "sum"),
    )
    spread = pd.DataFrame({name: by["rate"].quantile(q).round(4) for name, q in _SPREAD.items()})
    return counts.join(spread).reset_index()


def trust_years(path: Path) -> pd.DataFrame:
    """Return every type 1 trust by financial year (April to March, as 2016/17)."""
    rows = trust_months(path)
    ends = pd.PeriodIndex(rows["month"], freq="M").asfreq("Y-MAR").year
    rows["year"] = [f"{end - 1}/{end % 100:02d}" for end in ends]
    return rows.groupby(["trust", "year"], as_index=False).agg(
        months=("month", "size"), attendances=("attendances", "sum"), breaches=("breaches", "sum")
    )


def five_trusts(path: Path) -> pd.DataFrame:
    """Return five type 1 trusts month by month: the lowest, quartile, median and highest three-year rate.

    Only trusts that report every month can be chosen.
    """
    rows = trust_months(path)
    whole = rows.groupby("trust").filter(lambda trust: len(trust) == rows["month"].nunique())
    total = whole.groupby("trust")[_COUNTS].sum()
    ranked = (total["breaches"] / total["attendances"]).sort_values(ascending=False, kind="stable").index
    chosen = {ranked[round(part * (len(ranked) - 1))]: name for name, part in _PLACES.items()}
    kept = whole[whole["trust"].isin(list(chosen))]
    return kept.assign(rank=kept["trust"].map(chosen))[["trust", "rank", "month", *_COUNTS]]
