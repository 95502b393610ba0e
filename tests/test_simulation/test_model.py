"""The simulation against a plain loop on the same numbers, closed forms, symmetry, signs and impossible inputs."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_analysis.agreement import ACCORDS, ELEMENTS
from alliance_analysis.agreement.accords import AccordName
from alliance_analysis.errors import BadInput
from alliance_analysis.references import cite
from alliance_analysis.simulation.assumptions import ASSUMPTIONS, MEASURED, MECHANISMS, Environment, values
from alliance_analysis.simulation.model import Rates, draws, rates, simulate

sys.path.insert(0, str(Path(__file__).parent))
import plain

FULL_SCORES = dict.fromkeys(ELEMENTS, 4.0)


def calm(**changes: float) -> Rates:
    """An alliance in which nothing happens: no issues, shocks, drift, growth, cost or end."""
    base = rates(Environment(volatility=0), FULL_SCORES, values())
    still = {"issue_rate": 0, "growth": 0, "cost": 0, "ends": 0, "specific": 0, "patience": 1, "elsewhere": 0}
    return replace(base, **(still | changes))


def middling() -> Rates:
    return rates(Environment(), dict.fromkeys(ELEMENTS, 3.0), values())


environments = st.builds(
    Environment,
    volatility=st.floats(0, 1),
    specificity=st.floats(0, 1),
    strategy=st.floats(0, 1),
    dependence=st.floats(-1, 1),
    difficulty=st.floats(0, 1),
)
scores = st.fixed_dictionaries({key: st.sampled_from([0, 1, 2, 2.5, 3, 4]) for key in ELEMENTS})
assumed = st.fixed_dictionaries({key: st.floats(item.low, item.high) for key, item in ASSUMPTIONS.items()})


@settings(max_examples=40, deadline=None)
@given(environments, scores, assumed, st.integers(0, 50), st.lists(st.sampled_from(ACCORDS), unique=True))
def test_arrays_and_a_plain_loop_agree_on_the_same_random_numbers(
    place: Environment,
    given_scores: dict[str, float],
    numbers: dict[str, float],
    seed: int,
    overdone: list[AccordName],
) -> None:
    drawn = draws(12, 30, seed)
    run = simulate([rates(place, given_scores, numbers, overdone), middling()], drawn)
    for path in range(12):
        uniforms = plain.numbers(drawn, path)
        first, second, lived, alive = plain.alliance(
            given_scores, place.model_dump(), numbers, uniforms, overdone
        )
        assert run.npv[:, 0, path] == pytest.approx([first, second], rel=1e-9, abs=1e-9)
        assert (run.lived[0, path], run.alive[0, path]) == (lived, alive)


def test_where_nothing_happens_the_value_is_a_geometric_sum() -> None:
    """Normal margin 1 a quarter, halved; the recovery at the horizon."""
    alliance = calm()
    q = 1 / 1.02
    annuity = q * (1 - q**40) / (1 - q)
    run = simulate([alliance], draws(20, 40))
    assert run.npv == pytest.approx(np.full((2, 1, 20), annuity / 2 + q**40 * alliance.recovery))
    assert run.alive.all() and (run.lived == 40).all()


def test_growth_and_cost_alone_are_a_geometric_sum_too() -> None:
    alliance = calm(strategic=1.0, growth=0.01, complement=0.0, cost=0.04, recovery=0.0)
    q, ratio = 1 / 1.02, 1.01 / 1.02
    expected = q * (1 - ratio**40) / (1 - ratio) - 0.04 * q * (1 - q**40) / (1 - q)
    assert simulate([alliance], draws(4, 40)).joint == pytest.approx(np.full((1, 4), expected))


def test_specific_assets_earn_what_the_hold_up_formula_says() -> None:
    """With half of its return kept, a partner invests to three quarters of the full value (2b - b^2)."""
    alliance = calm(specific=1.0, bargain=0.5, protection=0.0, share=0.5, recovery=0.0)
    whole = calm(recovery=0.0)
    run = simulate([alliance, whole], draws(4, 40))
    assert run.joint[0] / run.joint[1] == pytest.approx(0.75)


def test_survival_under_a_constant_hazard_is_a_power() -> None:
    run = simulate([calm(ends=0.03, loyalty=0.0)], draws(20_000, 40))
    for quarters in (1, 10, 40):
        expected = 0.97**quarters
        stands = float((run.lived[0] > quarters).mean()) if quarters < 40 else float(run.alive.mean())
        assert abs(stands - expected) < 4 * np.sqrt(expected * (1 - expected) / 20_000)


def test_unresolved_issues_settle_where_inflow_and_outflow_meet() -> None:
    """Known issue flow, no trust: rate (1/seen - 1) hidden and rate (1/mended - 1) open after each quarter."""
    alliance = calm(issue_rate=2.0, issue_cost=0.01, seen=0.5, mended=0.25, repair=0.0, strategic=0.0,
                    recovery=0.0, discount=1e-12)  # fmt: skip
    run = simulate([alliance], draws(4000, 400))
    lost = 400 - run.joint.mean()
    steady = 0.01 * (2.0 * (1 / 0.5 - 1) + 2.0 * (1 / 0.25 - 1)) * 400
    assert lost == pytest.approx(steady, rel=0.02)


@given(environments, scores)
@settings(max_examples=20, deadline=None)
def test_partners_change_places_with_the_dependence(
    place: Environment, given_scores: dict[str, float]
) -> None:
    turned = place.model_copy(update={"dependence": -place.dependence})
    run = simulate([rates(p, given_scores, values()) for p in (place, turned)], draws(40, 20))
    assert run.npv[:, 0] == pytest.approx(run.npv[::-1, 1])


def test_partners_who_depend_alike_earn_alike() -> None:
    npv = simulate([middling()], draws(50, 40)).npv
    assert (npv[0] == npv[1]).all()


WORSE = {
    "issue_rate": 0.3, "issue_cost": 0.02, "shock_chance": 0.1, "shock_size": 0.1, "shock_issues": 1.0,
    "drift": 0.01, "ageing": 0.005, "erosion": 0.01, "cost": 0.02,
}  # fmt: skip
BETTER = {
    "seen": 0.2, "mended": 0.2, "repair": 0.2, "adapts": 0.2, "growth": 0.01, "bargain": 0.1, "protection": 0.1,
    "trust_goal": 0.2,
}  # fmt: skip


@pytest.mark.parametrize(
    "name, step, sign", [*((n, s, -1) for n, s in WORSE.items()), *((n, s, 1) for n, s in BETTER.items())]
)
def test_more_of_a_bad_thing_is_worse_and_of_a_good_one_better(name: str, step: float, sign: int) -> None:
    """Where no partner leaves by choice, on every path, as the random numbers are common."""
    base = replace(middling(), patience=10.0, ends=0.0)
    run = simulate([base, replace(base, **{name: getattr(base, name) + step})], draws(300, 40))
    gain = run.joint[1] - run.joint[0]
    assert (sign * gain >= -1e-12).all() and sign * gain.mean() > 0


def test_a_larger_hazard_and_less_patience_shorten_life_and_loyalty_lengthens_it() -> None:
    poor = replace(middling(), shock_size=0.5, ends=0.02)
    changes = ({"ends": 0.05}, {"patience": 0.0}, {"loyalty": 1.0})
    run = simulate([poor, *(replace(poor, **c) for c in changes)], draws(1000, 40))
    base, hazard, impatient, loyal = run.lived
    assert (hazard <= base).all() and hazard.sum() < base.sum()
    assert (impatient <= base).all() and impatient.sum() < base.sum()
    assert (loyal >= base).all() and loyal.sum() > base.sum()


def test_who_can_take_more_home_or_earn_more_elsewhere_leaves_sooner() -> None:
    poor = replace(middling(), shock_size=0.5)
    changes = ({"recovery": poor.recovery + 4}, {"elsewhere": poor.elsewhere + 0.1})
    run = simulate([poor, *(replace(poor, **c) for c in changes)], draws(2000, 40))
    assert (run.lived[1:] <= run.lived[0]).all() and (run.left[1:].sum(axis=1) > run.left[0].sum()).all()


def test_an_end_pays_the_recovery_and_then_what_is_earned_elsewhere() -> None:
    """The alliance ends for certain after its first quarter: half a margin, the recovery, 39 quarters elsewhere."""
    alliance = calm(ends=1.0, loyalty=0.0, elsewhere=0.2)
    later = sum(0.2 / 1.02**n for n in range(1, 40))
    run = simulate([alliance], draws(4, 40))
    assert (run.lived == 1).all() and not run.alive.any() and not run.left.any()
    assert run.npv == pytest.approx(np.full((2, 1, 4), (0.5 + alliance.recovery + later) / 1.02))


def test_what_is_overdone_costs_trust_adaptation_and_money() -> None:
    def at(*overdone: AccordName) -> Rates:
        return rates(Environment(), FULL_SCORES, values(), overdone)

    base, assumed_cost = at(), values()["overdone"]
    assert at("change").trust_goal == pytest.approx(base.trust_goal - values()["dampening"])
    assert at("foundation").adapts == pytest.approx(base.adapts * (1 - values()["freeze"]))
    counts = [round((at(accord).cost - base.cost) / assumed_cost, 9) for accord in ACCORDS]
    assert counts == [3, 4, 5]


def test_enforcing_what_is_not_measured_costs_trust_only_where_measuring_is_hard() -> None:
    def goal(difficulty: float, charter: float) -> float:
        place = Environment(difficulty=difficulty)
        return rates(
            place, FULL_SCORES | {"measurement_charter": charter}, values() | {"blur": 0.0}
        ).trust_goal

    lost = [goal(d, 4) - goal(d, 0) for d in (0.0, 0.5, 1.0)]
    assert np.diff(lost) == pytest.approx([values()["misfire"] / 2] * 2)


def test_a_seed_gives_the_same_runs_and_another_seed_others() -> None:
    first, again, other = (simulate([middling()], draws.__wrapped__(100, 40, seed)).npv for seed in (3, 3, 4))
    assert (first == again).all() and (first != other).any()


def test_one_alliance_is_the_same_alone_and_among_others() -> None:
    alone, among = (simulate(many, draws(60, 40)) for many in ([middling()], [calm(), middling(), calm()]))
    assert (alone.npv[:, 0] == among.npv[:, 1]).all() and (alone.lived[0] == among.lived[1]).all()


def test_every_element_works_and_every_source_is_in_the_bibliography() -> None:
    assert {key for keys in MECHANISMS.values() for key in keys} == set(ELEMENTS)
    assert set(MEASURED) < set(ELEMENTS)
    assert all(cite(item.sources) for item in ASSUMPTIONS.values() if item.sources)


def test_ranges_follow_the_two_rules_and_values_are_their_middle() -> None:
    for item in ASSUMPTIONS.values():
        effect = (item.low, item.high) == (0.2, 0.6)
        assert effect or item.high == pytest.approx(3 * item.low), item.key
        assert item.value == pytest.approx((item.low + item.high) / 2)


@pytest.mark.parametrize(
    "call, said",
    [
        (lambda: values({"discount": -0.02}), "outside its range"),
        (lambda: values({"discount": float("nan")}), "outside its range"),
        (lambda: values({"discont": 0.02}), "did you mean 'discount'"),
        (lambda: rates(Environment(), {"exit": 5}, values()), "score of 'exit' is 5"),
        (lambda: rates(Environment(), {"exits": 3}, values()), "did you mean 'exit'"),
        (lambda: draws(1, 40), "1 paths cannot be simulated"),
        (lambda: draws(100, 0), "0 quarters cannot be simulated"),
        (lambda: draws(100, 40, -1), "seed is -1"),
    ],
)
def test_impossible_inputs_are_told_with_what_to_do(call, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        call()


def test_all_faults_are_told_together() -> None:
    with pytest.raises(BadInput) as caught:
        values({"discount": 9.0, "issues": -1.0})
    assert len(caught.value.faults) == 2
