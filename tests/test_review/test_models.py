"""The small models of the review room: reference values, and each a second, independent way."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_analysis.errors import BadInput
from alliance_analysis.negotiation.elicitation import rated
from alliance_analysis.review.alignment import EXAMPLE, alignment, rank_agreement, synergy
from alliance_analysis.review.cadence import EXAMPLE as WORKED
from alliance_analysis.review.cadence import Cadence, mean_alignment, off_course
from alliance_analysis.review.contacts import (
    Approval,
    decision_days,
    link_lost,
    single_points,
)
from alliance_analysis.review.diligence import (
    ASSOCIATES,
    PAPERS,
    PRIOR,
    SIGNING,
    Check,
    brier,
    posterior,
    worth_of,
)

WEIGHTS = st.lists(st.integers(0, 9), min_size=2, max_size=7).filter(any)


# Alignment


def test_overlap_and_synergy_have_their_reference_values() -> None:
    sides = [{goal: w[side] for goal, w in EXAMPLE.items()} for side in (0, 1)]
    found = alignment(*sides)
    assert found.overlap == pytest.approx(0.60)
    assert found.tau == -1 and len(found.crossed) == 6
    assert synergy(130, 70, 40) == pytest.approx(0.1818, abs=5e-5)


@given(st.data(), WEIGHTS)
def test_overlap_is_the_weight_that_both_share(data: st.DataObject, first: list[int]) -> None:
    second = data.draw(st.lists(st.integers(0, 9), min_size=len(first), max_size=len(first)).filter(any))
    one, other = (rated({str(i): w for i, w in enumerate(side)}) for side in (first, second))
    found = alignment(one, other)
    assert found.overlap == pytest.approx(sum(min(one[g], other[g]) for g in one))
    assert found.overlap == pytest.approx(alignment(other, one).overlap)
    assert found.tau == pytest.approx(counted_tau(first, second))


def counted_tau(first: list[int], second: list[int]) -> float | None:
    """Kendall's tau-b by counting pairs."""
    pairs = list(itertools.combinations(zip(first, second, strict=True), 2))
    signs = [(np.sign(a - c), np.sign(b - d)) for (a, b), (c, d) in pairs]
    untied = math.sqrt(sum(s != 0 for s, _ in signs) * sum(t != 0 for _, t in signs))
    return sum(s * t for s, t in signs) / untied if untied else None


def test_a_side_that_ranks_nothing_has_no_tau() -> None:
    assert rank_agreement([1, 1, 1], [3, 2, 1]) is None
    assert alignment({"a": 0.5, "b": 0.5}, {"a": 1, "b": 0}).tau is None


def test_alignment_names_every_fault() -> None:
    with pytest.raises(BadInput) as told:
        alignment({"cost": 0.7, "speed": 0.2}, {"cost": 1.2, "pace": -0.2})
    assert {fault.field for fault in told.value.faults} == {"weights", "pace", "speed"}
    with pytest.raises(BadInput, match="more than 0"):
        synergy(1, 0, 0)


# Cadence


def test_the_worked_example_is_cheapest_by_the_quarter() -> None:
    assert WORKED.optimum == 3 and WORKED.best() == 3
    assert [WORKED.cost(months) for months in (1, 3, 6)] == [120, 72, 90]


@given(st.floats(0.5, 24), st.floats(0.5, 20), st.floats(0.5, 50))
def test_no_other_interval_is_cheaper(issues: float, growth: float, review: float) -> None:
    cadence = Cadence(issues, growth, review)
    grid = cadence.optimum * np.exp(np.linspace(-2, 2, 401))
    assert min(cadence.cost(months) for months in grid) >= cadence.cost(cadence.optimum) * (1 - 1e-12)
    assert [
        cadence.cost(m) / cadence.cost(cadence.optimum) for m in cadence.nearly_best(0.1)
    ] == pytest.approx([1.1] * 2)


def test_waiting_costs_what_a_simulation_of_issues_costs() -> None:
    """Issues arrive at random moments of a century and wait for the next review."""
    years, months, random = 4000, 4, np.random.default_rng(5)
    arrivals = random.uniform(0, 12 * years, random.poisson(WORKED.issues * years))
    waited = (-arrivals) % months
    assert WORKED.growth * waited.sum() / years == pytest.approx(WORKED.waiting(months), rel=0.02)


def test_the_course_is_what_a_simulated_walk_keeps() -> None:
    months, drift, spread = 6, 0.7, 1.5
    steps = np.random.default_rng(3).normal(drift, spread, (20_000, months))
    walked = math.sqrt((steps.cumsum(axis=1) ** 2).mean())
    assert walked == pytest.approx(off_course(months, drift, spread), rel=0.01)


def test_mean_alignment_is_the_mean_of_the_decay() -> None:
    at = (np.arange(100_000) + 0.5) / 100_000 * 6
    assert mean_alignment(6, 0.8, 0.1) == pytest.approx((0.8 * np.exp(-0.1 * at)).mean(), rel=1e-6)
    assert mean_alignment(6, 0.8, 0) == 0.8


def test_impossible_cadences_are_refused() -> None:
    with pytest.raises(BadInput) as told:
        Cadence(0, -1, math.nan)
    assert {fault.field for fault in told.value.faults} == {"issues", "growth", "review"}
    with pytest.raises(BadInput):
        WORKED.cost(0)
    with pytest.raises(BadInput):
        off_course(0, 1, 1)
    with pytest.raises(BadInput):
        mean_alignment(3, 1.2, 0.1)


# Contacts and latency


def test_contacts_and_latency_have_their_reference_values() -> None:
    assert link_lost(0.25, 1) == 0.25
    assert link_lost(0.25, 3) == pytest.approx(0.016, abs=5e-4)
    assert (decision_days([Approval(2)]), decision_days([Approval(5)] * 6)) == (2, 30)


def test_links_are_lost_as_often_as_in_a_simulation() -> None:
    random = np.random.default_rng(1)
    gone = (random.random((200_000, 2)) < 0.4).all(axis=1) | (random.random(200_000) < 0.1)
    assert link_lost(0.4, 2, together=0.1) == pytest.approx(gone.mean(), abs=0.004)
    assert link_lost(0.25, 3) <= 1 / 64 < link_lost(0.25, 2)


@given(st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda p: p[0] < p[1]), min_size=1))
def test_single_points_are_those_on_every_path(pairs: set[tuple[int, int]]) -> None:
    """A node cuts the network if two of its neighbours reach each other only through it."""
    links = [(str(a), str(b)) for a, b in pairs]
    names = {name for link in links for name in link}

    def reach(start: str, without: str) -> set[str]:
        seen, todo = {start}, [start]
        while todo:
            here = todo.pop()
            near = {b if a == here else a for a, b in links if here in (a, b)} - {without} - seen
            seen |= near
            todo += near
        return seen

    def cuts(name: str) -> bool:
        near = {b if a == name else a for a, b in links if name in (a, b)}
        return any(other not in reach(one, name) for one in near for other in near)

    assert set(single_points(links)) == {name for name in names if cuts(name)}


def test_a_busy_desk_keeps_papers_as_long_as_a_simulated_queue() -> None:
    days, busy, papers, random = 2.0, 0.5, 200_000, np.random.default_rng(8)
    between = random.exponential(days / busy, papers)
    handling = random.exponential(days, papers)
    slack = np.concatenate([[0.0], (handling[:-1] - between[1:]).cumsum()])
    waited = slack - np.minimum.accumulate(slack)  # Lindley's recursion
    assert (waited + handling).mean() == pytest.approx(decision_days([Approval(days, busy)]), rel=0.05)


def test_impossible_contacts_and_approvals_are_refused() -> None:
    for call in (
        lambda: link_lost(1.5, 1),
        lambda: link_lost(0.5, -1),
        lambda: single_points([]),
        lambda: single_points([("a", "a")]),
        lambda: decision_days([Approval(1, 1.0)]),
        lambda: decision_days([Approval(1)], overlap=0),
    ):
        with pytest.raises(BadInput):
            call()


# Due diligence


def test_posterior_and_value_agree_with_a_simulation() -> None:
    random, draws = np.random.default_rng(4), 400_000
    kinds = list(PRIOR)
    kind = random.choice(len(kinds), draws, p=list(PRIOR.values()))
    passed = [
        random.random(draws) < np.array([c.passes[k] for k in kinds])[kind] for c in (PAPERS, ASSOCIATES)
    ]
    payoff = np.array([SIGNING[k] for k in kinds])[kind]
    seen = passed[0] & ~passed[1]
    found = posterior(PRIOR, [(PAPERS, True), (ASSOCIATES, False)])
    for index, name in enumerate(kinds):
        assert found[name] == pytest.approx((kind[seen] == index).mean(), abs=0.01)
    worth = worth_of([PAPERS, ASSOCIATES], PRIOR, SIGNING)
    sign = np.zeros(draws, dtype=bool)
    for results in worth.signs:
        sign |= (passed[0] == results[0]) & (passed[1] == results[1])
    assert worth.informed == pytest.approx((payoff * sign).mean(), abs=0.05)
    assert worth.without == pytest.approx(max(payoff.mean(), 0), abs=0.05)


@given(st.lists(st.integers(1, 9), min_size=4, max_size=4), st.lists(st.floats(0, 1), min_size=8, max_size=8),
       st.lists(st.integers(-20, 20), min_size=4, max_size=4))  # fmt: skip
def test_information_never_hurts_and_more_never_less(
    chances: list[int], passes: list[float], pays: list[int]
) -> None:
    kinds = list(PRIOR)
    prior = {k: c / sum(chances) for k, c in zip(kinds, chances, strict=True)}
    signing = {k: float(p) for k, p in zip(kinds, pays, strict=True)}
    one, two = (Check(str(i), dict(zip(kinds, passes[i * 4 :], strict=False))) for i in (0, 1))
    both = worth_of([one, two], prior, signing).value
    assert both >= worth_of([one], prior, signing).value - 1e-9
    assert worth_of([one], prior, signing).value >= 0
    known = sum(prior[k] * max(signing[k], 0) for k in kinds)
    assert worth_of([one, two], prior, signing).informed <= known + 1e-9


def test_brier_is_the_mean_squared_error_and_rewards_honesty() -> None:
    estimates, happened = [0.9, 0.8, 0.3, 0.5], [True, True, False, False]
    found = brier(estimates, happened)
    assert found.score == pytest.approx(np.mean((np.array(estimates) - np.array(happened)) ** 2))
    assert found.skill == pytest.approx(1 - found.score / np.var(happened))
    assert brier([0.0], [False]).skill is None
    expected = [
        0.7 * brier([p], [True]).score + 0.3 * brier([p], [False]).score for p in np.linspace(0, 1, 101)
    ]
    assert np.argmin(expected) == 70


def test_impossible_diligence_names_each_fault() -> None:
    with pytest.raises(BadInput) as told:
        posterior({"sound": 0.5, "hostile": 0.6}, [(Check("papers", {"sound": 2}), True)])
    assert {fault.field for fault in told.value.faults} == {"prior", "papers, sound", "papers, hostile"}
    with pytest.raises(BadInput, match="no type"):
        posterior({"sound": 1.0}, [(Check("papers", {"sound": 0}), True)])
    with pytest.raises(BadInput, match="payoffs"):
        worth_of([], PRIOR, {"sound": 1})
    with pytest.raises(BadInput):
        brier([1.2], [True])
    with pytest.raises(BadInput):
        brier([], [])
