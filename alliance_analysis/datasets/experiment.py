"""A laboratory experiment on alliances (solinas2022competition): who stays, who leaves, and what they earn."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import scipy

from alliance_analysis.datasets.raw import RawFile

CHOICES = RawFile(
    "alliance_experiment/GAdata.csv",
    "f54420d6dc66542e8b26ce12d51f9b993e67399fae7a4af76a4599ddbc28798a",
    "Data/GAdata.csv of github.com/GiuliaSolinas/Alliance-Dynamics-Experiment",
    "https://raw.githubusercontent.com/GiuliaSolinas/Alliance-Dynamics-Experiment/"
    "377f38faa1e83ec448a53a8d7f271564e85756d0/Data/GAdata.csv",
)

_TREATMENT = ["competition", "partners", "exit_cost"]
_ALLIANCE = ["Session", "interaction", "Partnership"]


def _choices(path: Path) -> pd.DataFrame:
    """Return one row a choice, with the treatment and, for each alliance, its length and the period of the exit.

    Interaction 7 of session 7 is left out: the paper's 1,009 alliances and 31,662 choices are without it.
    """
    rows = pd.read_csv(path)
    rows = rows[~((rows["Session"] == 7) & (rows["interaction"] == 7))]
    rows = rows.assign(
        competition=rows["Game"].map({"PD": "high", "CG": "low"}),
        partners=rows["GovStructure"].str[0].astype(int),
        exit_cost=rows["GovStructure"].str.contains("Exit cost"),
        contributed=rows["Choice"] == "C",
        left=rows["Period"].where(rows["Choice"] == "E"),
    )
    by = rows.groupby(_ALLIANCE)
    return rows.assign(length=by["Period"].transform("max"), end=by["left"].transform("min"))


def periods(path: Path) -> pd.DataFrame:
    """Return by treatment and period the alliances at risk, ended by exit, and completed as drawn."""
    rows = _choices(path)
    each = rows.groupby([*_TREATMENT, *_ALLIANCE, "Period"], as_index=False).agg(
        length=("length", "first"), end=("end", "first"), all_contributed=("contributed", "all")
    )
    alive = ~(each["end"] < each["Period"])
    ended = each["end"] == each["Period"]
    each = each.assign(
        at_risk=alive, ended=ended, completed=alive & ~ended & (each["length"] == each["Period"])
    )
    keys = [*_TREATMENT, "Period"]
    table = each.groupby(keys)[["at_risk", "ended", "completed", "all_contributed"]].sum()
    by = rows.groupby(keys)["Profit"]
    table = table.assign(choices=by.size(), mean_profit=by.mean().round(4))
    return table.reset_index().rename(columns={"Period": "period"})


def treatments(path: Path) -> pd.DataFrame:
    """Return by treatment the alliances, choices and exits, and the mean over alliances of their mean profit."""
    rows = _choices(path)
    each = rows.groupby([*_TREATMENT, *_ALLIANCE], as_index=False).agg(
        choices=("Choice", "size"),
        end=("end", "first"),
        always=("contributed", "all"),
        profit=("Profit", "mean"),
    )
    table = each.groupby(_TREATMENT, as_index=False).agg(
        alliances=("choices", "size"),
        choices=("choices", "sum"),
        ended=("end", "count"),
        always_contributed=("always", "sum"),
        mean_profit=("profit", "mean"),
    )
    return table.round({"mean_profit": 4})


def survival(periods: pd.DataFrame) -> pd.DataFrame:
    """Return the Kaplan-Meier estimate of each treatment from the table `experiment_periods`, by period.

    `stands` is the share of alliances that no partner has left, with the 95 % interval `low` to `high` (log-log
    Greenwood; where none has ended yet, from 1 to 1). The interval treats alliances as independent; they are
    not, as people take part in several, so it is too narrow.

    >>> from alliance_analysis.datasets import load
    >>> found = survival(load("experiment_periods")).set_index(["competition", "partners", "exit_cost", "period"])
    >>> round(float(found.loc[("high", 2, False, 1), "stands"]), 3)
    0.986
    """
    found = []
    for keys, rows in periods.groupby(_TREATMENT):
        times = rows["period"].to_numpy()
        lives = scipy.stats.CensoredData(
            uncensored=np.repeat(times, rows["ended"]), right=np.repeat(times, rows["completed"])
        )
        curve = scipy.stats.ecdf(lives).sf
        with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # no interval before the first end
            bounds = curve.confidence_interval(method="log-log")
        columns = {
            name: np.nan_to_num(step.evaluate(times), nan=1.0)
            for name, step in (("stands", curve), ("low", bounds.low), ("high", bounds.high))
        }
        found.append(pd.DataFrame({**dict(zip(_TREATMENT, keys, strict=True)), "period": times, **columns}))
    return pd.concat(found, ignore_index=True)
