"""Shapley shares against the golden numbers and the six orders; standard errors, ties, ranges and the grid."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import stats

from alliance_analysis.agreement import ACCORDS, ELEMENTS, Agreement, example_path, read_agreement
from alliance_analysis.errors import BadInput
from alliance_analysis.simulation.assumptions import ASSUMPTIONS, Environment, values
from alliance_analysis.simulation.contribution import (
    COALITIONS,
    KPI_ELEMENTS,
    NAME,
    OUTCOMES,
    WEIGHTS,
    Study,
    ahead,
    contribution,
    estimate,
    first_study,
    shapley,
    study_in,
)
from alliance_analysis.simulation.model import draws, simulate
from alliance_analysis.simulation.sensitivity import (
    drawn_studies,
    environment_wins,
    environments,
    one_at_a_time,
    shares_of,
    wins,
)

sys.path.insert(0, str(Path(__file__).parent))
import plain

GOLDEN = {
    (): 0.0, ("foundation",): 20.0, ("governance",): 12.0, ("change",): 8.0, ("foundation", "governance"): 45.0,
    ("foundation", "change"): 36.0, ("governance", "change"): 25.0, ACCORDS: 70.0,
}  # fmt: skip
SMALL = Study(paths=300)


def test_the_golden_shares() -> None:
    worth = {frozenset(k): v for k, v in GOLDEN.items()}
    found = shapley(np.array([worth[c] for c in COALITIONS]))
    assert found == pytest.approx([191 / 6, 134 / 6, 95 / 6])
    assert found.round(2).tolist() == [31.83, 22.33, 15.83] and found.sum() == pytest.approx(70)


def test_shares_are_the_mean_over_the_six_orders_on_every_path() -> None:
    paths = np.random.default_rng(5).normal(size=(8, 7))
    found = shapley(paths)
    for column in range(7):
        orders = plain.shapley(dict(zip(COALITIONS, paths[:, column], strict=True)))
        assert found[:, column] == pytest.approx([orders[a] for a in ACCORDS])


def test_weights_obey_the_axioms() -> None:
    """Efficiency; a dummy gets what it adds alone; like accords get like shares."""
    assert WEIGHTS.sum(axis=0) == pytest.approx([-1, *[0] * 6, 1])
    dummy = np.array([10.0 * ("foundation" in c) + 3.0 * ("change" in c) for c in COALITIONS])
    assert shapley(dummy) == pytest.approx([10, 0, 3])
    alike = np.array([float(len(c)) ** 2 for c in COALITIONS])
    assert shapley(alike) == pytest.approx([3, 3, 3])


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_contribution_adds_up_and_is_what_the_runs_say(outcome) -> None:
    found = contribution(SMALL, outcome)
    runs = SMALL.runs()
    paths = runs.joint if outcome == "npv" else runs.alive
    assert found.full.mean == pytest.approx(paths[7].mean())
    assert found.bare.mean == pytest.approx(paths[0].mean())
    assert sum(s.mean for s in found.shares.values()) == pytest.approx(found.full.mean - found.bare.mean)
    for accord in ACCORDS:
        rest = COALITIONS.index(frozenset(ACCORDS) - {accord})
        assert found.left_out[accord].mean == pytest.approx((paths[7] * 1.0 - paths[rest]).mean())
    assert found.no_kpis.mean == pytest.approx((paths[7] * 1.0 - paths[8]).mean())


def test_without_kpis_is_all_scores_but_those_two() -> None:
    scores = {key: 4.0 for key in ELEMENTS if key not in KPI_ELEMENTS}
    without = Study(scores=scores, paths=100)
    assert without.rates() == Study(paths=100).rates(without=KPI_ELEMENTS)


def test_a_plain_loop_finds_the_same_shares() -> None:
    study = Study(environment=Environment(volatility=0.8, dependence=0.4), paths=15, quarters=20)
    drawn = draws(15, 20)
    numbers = [plain.numbers(drawn, path) for path in range(15)]
    worth = {}
    for accords in COALITIONS:
        scores = {k: 4.0 for k, a in plain.ACCORD_OF.items() if a in accords}
        runs = [plain.alliance(scores, study.environment.model_dump(), values(), path) for path in numbers]
        worth[accords] = sum(r[0] + r[1] for r in runs) / 15
    expected = plain.shapley(worth)
    assert {a: s.mean for a, s in contribution(study).shares.items()} == pytest.approx(expected)


def test_an_accord_whose_elements_are_all_missing_contributes_nothing() -> None:
    scores = {k: 4.0 for k, info in ELEMENTS.items() if info.accord != "change"}
    found = contribution(Study(scores=scores, paths=100))
    assert (found.shares["change"].mean, found.shares["change"].error) == pytest.approx((0, 0), abs=1e-12)


def test_the_standard_error_shrinks_with_the_root_of_the_paths() -> None:
    few, many = (contribution(Study(paths=n)).shares for n in (500, 8000))
    for accord in ACCORDS:
        assert few[accord].error / many[accord].error == pytest.approx(4, rel=0.15)


def test_the_standard_error_is_the_spread_over_seeds() -> None:
    found = [contribution(Study(paths=200, seed=seed)).shares["governance"] for seed in range(60)]
    spread = np.std([f.mean for f in found], ddof=1)
    claimed = np.mean([f.error for f in found])
    low, high = np.sqrt(stats.chi2.ppf([0.001, 0.999], 59) / 59)
    assert low < spread / claimed < high


def test_common_random_numbers_sharpen_the_comparison() -> None:
    runs = SMALL.runs().joint
    paired = estimate(runs[7] - runs[6]).error
    apart = np.hypot(estimate(runs[7]).error, estimate(runs[6]).error)
    assert paired < apart


def test_what_is_not_clearly_apart_ties() -> None:
    rng = np.random.default_rng(2)
    noise = rng.normal(size=400)
    assert ahead(np.stack([noise + 1.0, noise, noise - 1])) == (0,)
    assert ahead(np.stack([rng.normal(size=400), rng.normal(size=400), noise - 5])) == (0, 1)


def test_the_same_study_gives_the_same_answer() -> None:
    first, again = contribution(SMALL), contribution(SMALL.model_copy())
    assert (first.shares, first.left_out, first.first) == (again.shares, again.left_out, again.first)
    assert contribution(SMALL.model_copy(update={"seed": 2})).shares != first.shares


@pytest.fixture(scope="module")
def grid():
    return environment_wins(SMALL.model_copy(update={"paths": 100}))


def test_the_grid_is_all_levels_of_all_five_parts(grid) -> None:
    assert len(grid.studies) == 3**5 == len(set(map(str, environments())))
    assert sum(part.mean for part in grid.won.values()) == pytest.approx(1)
    counted = {name: grid.first.count(name) / 243 for name in (*ACCORDS, "tie")}
    assert {n: p.mean for n, p in grid.won.items()} == pytest.approx(counted)


def test_a_point_of_the_grid_is_that_study_alone(grid) -> None:
    for i in (0, 100, 242):
        alone = contribution(grid.studies[i])
        assert list(grid.shares[i]) == pytest.approx([alone.shares[a].mean for a in ACCORDS])
        assert grid.first[i] == (alone.first[0] if len(alone.first) == 1 else "tie")


def test_the_error_of_a_won_part_is_its_spread_over_seeds() -> None:
    """On a coarser grid: bootstrap errors within a factor of two of the spread over twelve seeds."""
    places = environments()[::9]
    found = [wins([Study(environment=p, paths=100, seed=seed) for p in places]).won for seed in range(12)]
    for name in (*ACCORDS, "tie"):
        spread = np.std([f[name].mean for f in found], ddof=1)
        claimed = np.mean([f[name].error for f in found])
        assert spread <= 2.5 * claimed + 0.01 and claimed <= 2.5 * spread + 0.03


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    list(shares_of([Study(paths=20, quarters=4)] * 19, progress=lambda done, of: told.append((done, of))))
    assert told == [(8, 19), (16, 19), (19, 19)]


def test_the_hypercube_fills_every_range_evenly_and_repeats_by_seed() -> None:
    studies = drawn_studies(SMALL, 32)
    for key, item in ASSUMPTIONS.items():
        cells = sorted(int((s.assumptions[key] - item.low) / (item.high - item.low) * 32) for s in studies)
        assert cells == list(range(32)), key
    assert studies == drawn_studies(SMALL, 32) and studies != drawn_studies(SMALL, 32, seed=2)
    assert all(Study.model_validate(s.model_dump()) for s in studies)


def test_one_at_a_time_moves_one_assumption_to_its_ends() -> None:
    study = SMALL.model_copy(update={"paths": 60})
    swings = one_at_a_time(study)
    assert {s.key for s in swings} == set(ASSUMPTIONS)
    widths = [s.width for s in swings]
    assert widths == sorted(widths, reverse=True)
    swing = next(s for s in swings if s.key == "clarity")
    alone = contribution(study.model_copy(update={"assumptions": {"clarity": 0.6}}))
    assert swing.high == pytest.approx([alone.shares[a].mean for a in ACCORDS])


def test_a_stronger_effect_raises_the_share_of_the_accord_it_belongs_to() -> None:
    """What the model says of signs, in the middle of all ranges."""
    owners = {"clarity": 0, "detection": 1, "repair": 1, "absorption": 2, "adaptation": 2, "growth": 2}
    swings = {s.key: s for s in one_at_a_time(SMALL)}
    for key, row in owners.items():
        assert swings[key].high[row] > swings[key].low[row], key


def test_a_study_starts_from_the_scores_of_the_agreement() -> None:
    example = read_agreement(example_path()).agreement
    assert first_study(example).scores == example.scores()
    assert set(first_study(Agreement(schema=1, title="Draft")).scores.values()) == {0.0}


def test_an_overdone_accord_counts_only_where_it_is_in_force() -> None:
    plain_study, overdone = SMALL, SMALL.model_copy(update={"overdone": ["change"]})
    without = frozenset(ACCORDS) - {"change"}
    assert overdone.rates(without) == plain_study.rates(without)
    assert contribution(overdone).shares["change"].mean < contribution(plain_study).shares["change"].mean


def kept(**what: object) -> Agreement:
    return Agreement.model_validate({"schema": 1, "title": "Draft", "choices": {NAME: what}})


def test_a_kept_study_is_read_again() -> None:
    study = Study(environment=Environment(volatility=0.9), assumptions={"clarity": 0.5}, seed=9)
    assert study_in(kept(**study.model_dump())) == study
    bare = study_in(kept(seed=9))
    assert bare and set(bare.scores.values()) == {0.0}  # the agreement's own, here none
    assert study_in(Agreement(schema=1, title="Draft")) is None


@pytest.mark.parametrize(
    "what, said",
    [
        ({"environment": {"volatility": 1.5}}, "environment.volatility"),
        ({"environment": {"weather": 0.5}}, "environment.weather"),
        ({"scores": {"exit": -1}}, "scores.exit"),
        ({"scores": {"exits": 1}}, "did you mean 'exit'"),
        ({"assumptions": {"clarity": 0.9}}, "outside its range"),
        ({"paths": 1}, "paths"),
        ({"quarters": 0}, "quarters"),
        ({"seed": -3}, "seed"),
    ],
)
def test_a_study_that_cannot_be_is_refused_with_the_field(what: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        study_in(kept(**what))
    with pytest.raises(ValidationError):
        Study.model_validate(what)


def test_lives_end_by_choice_or_from_outside_or_not_at_all() -> None:
    run = simulate([Study().rates(c) for c in COALITIONS], draws(300))
    assert not (run.left & run.alive).any()
    assert ((run.lived == 40) | ~run.alive).all()
