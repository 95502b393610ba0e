"""The laboratory alliances: the paper's numbers, the headline figures, and a survival curve a library agrees with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from alliance_analysis import datasets

TREATMENT = ["competition", "partners", "exit_cost"]


def treatments() -> pd.DataFrame:
    return datasets.load("experiment_treatments").set_index(TREATMENT)


def test_the_papers_alliances_and_choices() -> None:
    table = treatments()
    assert (table["alliances"].sum(), table["choices"].sum()) == (1009, 31_662)


def test_an_exit_cost_keeps_alliances_together_and_costs_profit_with_three_partners() -> None:
    high = treatments().loc["high"]
    ended = (100 * high["ended"] / high["alliances"]).round(1)
    assert [ended[2, False], ended[2, True], ended[3, False], ended[3, True]] == [34.7, 5.1, 84.6, 28.8]
    assert [round(high.loc[(3, cost), "mean_profit"], 2) for cost in (False, True)] == [1.44, 1.13]


def test_periods_lose_what_ended_and_what_was_completed() -> None:
    for key, rows in datasets.load("experiment_periods").groupby(TREATMENT):
        assert list(rows["period"]) == list(range(1, len(rows) + 1))
        whole = treatments().loc[key]
        assert rows["at_risk"].iloc[0] == whole["alliances"]
        assert rows["ended"].sum() == whole["ended"] and rows["choices"].sum() == whole["choices"]
        left = rows["at_risk"] - rows["ended"] - rows["completed"]
        assert list(left) == [*rows["at_risk"].iloc[1:], 0]
        assert (rows["all_contributed"] <= rows["at_risk"] - rows["ended"]).all()


@pytest.mark.parametrize("key", [("high", 2, False), ("high", 3, True), ("low", 3, False)])
def test_the_survival_curve_is_kaplan_and_meiers_with_greenwoods_interval(key: tuple[str, int, bool]) -> None:
    rows = datasets.load("experiment_periods").set_index(TREATMENT).sort_index().loc[key]
    curve = (1 - rows["ended"] / rows["at_risk"]).cumprod().to_numpy()
    found = (
        datasets.experiment.survival(datasets.load("experiment_periods")).set_index(TREATMENT).sort_index()
    )
    assert curve == pytest.approx(found.loc[key, "stands"].to_numpy())
    # Greenwood's formula on the log-log scale, by hand
    risk, ended = rows["at_risk"].to_numpy(), rows["ended"].to_numpy()
    variance = (ended / (risk * (risk - ended))).cumsum()
    half = stats.norm.ppf(0.975) * np.sqrt(variance) / np.abs(np.log(curve))
    assert curve ** np.exp(half) == pytest.approx(found.loc[key, "low"].to_numpy())
    assert curve ** np.exp(-half) == pytest.approx(found.loc[key, "high"].to_numpy())


def test_before_the_first_end_the_curve_is_one() -> None:
    rows = datasets.experiment.survival(datasets.load("experiment_periods"))
    early = rows[(rows["stands"] == 1)]
    assert len(early) and (early[["low", "high"]] == 1).all(axis=None)
    assert (rows["low"] <= rows["stands"]).all() and (rows["stands"] <= rows["high"]).all()


def test_the_seventh_interaction_of_session_seven_is_left_out(tmp_path: Path) -> None:
    """Synthetic: two alliances of two; one is left in its second of three periods, the other does not count."""
    rows = ["Session,interaction,Partnership,Subject,Period,GovStructure,Game,Profit,Choice"]
    for session, choices in ((1, ("CC", "CE", "--")), (7, ("CC", "CC", "CC"))):
        for period, pair in enumerate(choices, start=1):
            for subject, choice in enumerate(pair):
                made = choice.replace("-", "E-")
                rows.append(f"{session},7,1,{subject},{period},2-Exit cost,PD,{period},{made}")
    path = tmp_path / "GAdata.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    table = datasets.experiment.periods(path)
    assert table[["at_risk", "ended", "completed", "all_contributed"]].to_numpy().tolist() == [
        [1, 0, 0, 1],
        [1, 1, 0, 0],
        [0, 0, 0, 0],
    ]
    (whole,) = datasets.experiment.treatments(path).to_dict("records")
    assert whole == {
        "competition": "high", "partners": 2, "exit_cost": True, "alliances": 1, "choices": 6, "ended": 1,
        "always_contributed": 0, "mean_profit": 2.0,
    }  # fmt: skip
