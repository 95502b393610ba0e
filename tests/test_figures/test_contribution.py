"""Contribution figures: what they say is what was computed; a live picture is the one drawn afresh."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from alliance_analysis import datasets
from alliance_analysis.agreement import ACCORDS
from alliance_analysis.figures import contribution as show
from alliance_analysis.figures import experiment, sensitivity
from alliance_analysis.figures.live_bars import LiveBars
from alliance_analysis.simulation.assumptions import ASSUMPTIONS, Environment
from alliance_analysis.simulation.contribution import OUTCOMES, Study, contribution
from alliance_analysis.simulation.sensitivity import assumption_wins, environments, one_at_a_time, wins

SMALL = Study(paths=120)


@pytest.fixture(scope="module")
def calm():
    return contribution(SMALL.model_copy(update={"environment": Environment(volatility=0)}))


@pytest.fixture(scope="module")
def stormy():
    return contribution(SMALL.model_copy(update={"environment": Environment(volatility=1)}))


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_words_carry_the_numbers(outcome) -> None:
    found = contribution(SMALL, outcome)
    for exhibit in (show.bars(found), show.table(found)):
        assert exhibit.synthetic and "cannot decide the question" in exhibit.full_note
        for share in found.shares.values():
            assert (
                f"{show.printed(share.mean, outcome)} ({show.printed(share.error, outcome)})" in exhibit.alt
            )
    cells = show.table(found).table["Shapley share"].tolist()
    assert cells[:3] == [show._with_error(found.shares[a], outcome) for a in ACCORDS]


def test_a_move_is_told_with_before_and_after(calm, stormy) -> None:
    told = show.moved("Volatility: 0 to 1", calm, stormy)
    for accord in ACCORDS:
        assert f"{accord} {calm.shares[accord].mean:.2f} to {stormy.shares[accord].mean:.2f}" in told
    assert ("Still" in told) == (calm.first == stormy.first)


def test_a_moved_picture_is_the_picture_drawn_afresh(calm, stormy) -> None:
    live = LiveBars()
    first = live.png(stormy)
    moved = pixels(live.png(calm))
    assert (moved != pixels(first)).any()
    assert (pixels(live.png(stormy)) == pixels(first)).all()
    fresh = LiveBars()
    fresh.png(stormy)
    assert (pixels(fresh.png(calm)) == moved).all()


def test_the_frame_is_drawn_anew_for_another_outcome_or_range(calm) -> None:
    live = LiveBars()
    live.png(calm)
    survival = contribution(calm.study, "survival")
    assert (pixels(live.png(survival)) == pixels(LiveBars().png(survival))).all()


def test_environments_are_counted_cell_by_cell() -> None:
    found = wins([Study(environment=e, paths=40, quarters=12) for e in environments()])
    exhibit = sensitivity.environments(found)
    cells = sensitivity._cells(found)
    assert len(cells) == 9 and all(sum(parts.values()) == pytest.approx(1) for parts in cells.values())
    mean = sum(parts["change"] for parts in cells.values()) / 9
    assert mean == pytest.approx(found.won["change"].mean)
    assert exhibit.png and "243 environments" in exhibit.alt


def test_tables_of_assumptions_swings_and_draws_are_whole() -> None:
    study = SMALL.model_copy(update={"assumptions": {"clarity": 0.5}, "paths": 40, "quarters": 12})
    table = show.assumptions(study).table
    assert len(table) == len(ASSUMPTIONS)
    assert table.loc[list(ASSUMPTIONS).index("clarity"), "Value"] == "0.5"
    assert table["Reason and source of its sign"].str.contains("invented").sum() == sum(
        not a.sources for a in ASSUMPTIONS.values()
    )
    assert len(sensitivity.swings(one_at_a_time(study)).table) == 8
    assert len(sensitivity.drawn(assumption_wins(study, count=12)).table) == 4


def test_the_experiment_prints_the_papers_headline_figures() -> None:
    rows = experiment.exit_costs().table.set_index(["Competition", "Partners", "Exit-cost clause"])
    ended = rows["Ended by exit"]
    assert [ended["high", "2", c] for c in ("no", "yes")] == ["34.7%", "5.1%"]
    assert [ended["high", "3", c] for c in ("no", "yes")] == ["84.6%", "28.8%"]
    assert [rows.loc[("high", "3", c), "Mean profit"] for c in ("no", "yes")] == ["1.44", "1.13"]


def test_the_curves_say_what_the_table_says() -> None:
    exhibit = experiment.survival()
    rows = datasets.load("experiment_periods").query(
        "competition == 'high' and partners == 3 and not exit_cost"
    )
    stands = (1 - rows["ended"] / rows["at_risk"]).cumprod().iloc[experiment.SHOWN - 1]
    assert f"3 partners, high competition: {100 * stands:.0f}% without" in exhibit.alt
    assert not exhibit.synthetic and exhibit.png
