"""Payments: golden values, trails that add up, every clause seen to bind, and a second computation of each."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize, minimize_scalar

from alliance_analysis.agreement import Baseline, Gainshare, KpiCard, Thresholds
from alliance_analysis.agreement.terms import EarnBack, Industry, Tier
from alliance_analysis.errors import BadInput
from alliance_analysis.incentives.gainshare import gainshare, tiered, vested
from alliance_analysis.incentives.service_credits import earned_back, service_credit, severity
from alliance_analysis.incentives.strength import SCHEMES, share_paid, simulated_share, strength, surplus
from alliance_analysis.incentives.working import total
from alliance_analysis.measurement.baseline import industry_adjusted

PAST = Baseline(value=10.0, start=date(2024, 1, 1), end=date(2024, 12, 31), source="ledger")
THREE = [Tier(above=0, share=0.2), Tier(above=0.3, share=0.35), Tier(above=0.6, share=0.5)]
WEIGHTS = {"on_time": 0.4, "defects": 0.35, "uptime": 0.25}


def terms(**changed: object) -> Gainshare:
    plain = {"payee": "vendor", "kpi": "cost", "baseline": PAST, "endurance": 1, "both_benefit": False,
             "tiers": [Tier(above=0, share=0.5)]}  # fmt: skip
    return Gainshare.model_validate(plain | changed)


def test_the_golden_service_credit() -> None:
    found = service_credit(500_000, 0.10, WEIGHTS, {"on_time": 0.5, "defects": 0, "uptime": 1})
    assert found.amount == pytest.approx(22_500)
    assert [line.amount for line in found.lines] == pytest.approx([10_000, 0, 12_500])


def test_the_cap_binds_where_allocations_add_up_to_more() -> None:
    """Three KPIs with half of the at-risk amount each, all broken: 150% is due, 100% is paid, and the trail says so."""
    half = dict.fromkeys(WEIGHTS, 0.5)
    found = service_credit(500_000, 0.10, half, dict.fromkeys(WEIGHTS, 1.0))
    assert found.amount == pytest.approx(50_000)
    assert found.lines[-1].what == "cap" and found.lines[-1].amount == pytest.approx(-25_000)
    full = service_credit(500_000, 0.10, WEIGHTS, dict.fromkeys(WEIGHTS, 1.0))
    assert full.amount == pytest.approx(50_000) and full.lines[-1].what != "cap"


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3), st.integers(0, 2), st.floats(0, 1))
def test_a_worse_kpi_never_costs_less(severities: list[float], which: int, more: float) -> None:
    before = dict(zip(WEIGHTS, severities, strict=True))
    name = list(WEIGHTS)[which]
    after = before | {name: max(before[name], more)}
    one, two = (service_credit(100, 0.2, dict.fromkeys(WEIGHTS, 0.6), s).amount for s in (before, after))
    assert one <= two + 1e-9 <= 20 + 2e-9


@pytest.mark.parametrize("direction", ["higher", "lower"])
def test_severity_is_straight_between_watch_and_breach(direction: str) -> None:
    marks = (48, 56) if direction == "lower" else (56, 48)
    card = KpiCard(
        id="k", name="K", direction=direction, thresholds=Thresholds(watch=marks[0], breach=marks[1])
    )
    between = np.linspace(*marks, 5)
    assert [severity(card, x, graduated=True) for x in between] == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert [severity(card, x) for x in between] == [0, 0, 0, 0, 1]


def test_a_credit_is_earned_back_only_by_the_periods_that_follow() -> None:
    """By hand: the credit of period 1 needs two of periods 2 to 4; that of period 3 has no three periods left."""
    rule = EarnBack(met=2, periods=3)
    assert earned_back([8, 0, 5, 0, 0], [False, True, False, True, True], rule).tolist() == [0, 0, 0, 8, 0]
    assert not earned_back([8, 0, 5, 0, 0], [True, True, False, False, True], rule).any()


def test_the_golden_gainshare_and_its_trail() -> None:
    """Base 10.0, actual 9.2, deadband 0.2, half of it, cap 0.4: 0.30; and the cap binds one step further."""
    kept, capped = gainshare(terms(deadband=0.2, cap=0.4), [9.2, 8.0])
    assert (kept.counted, kept.amount) == pytest.approx((0.6, 0.3))
    assert (capped.counted, capped.amount) == pytest.approx((1.8, 0.4))
    assert capped.lines[-1].what == "cap" and capped.lines[-1].amount == pytest.approx(-0.5)


def test_the_golden_tiers() -> None:
    assert total(tiered(0.8, THREE)) == pytest.approx(0.265)
    rate = np.interp(0.8, [0, 0.3, 0.6, 1.6], np.cumsum([0, 0.3 * 0.2, 0.3 * 0.35, 1.0 * 0.5]))
    assert total(tiered(0.8, THREE)) == pytest.approx(float(rate))


@given(st.floats(0, 5), st.floats(0, 5))
def test_tiers_rise_and_are_continuous(gain: float, more: float) -> None:
    low, high = (total(tiered(x, THREE)) for x in (gain, gain + more))
    assert low - 1e-12 <= high <= low + 0.5 * more + 1e-9


def test_a_gain_counts_as_far_as_it_was_held() -> None:
    """One lucky quarter pays nothing; of two, the lesser counts."""
    assert [p.amount for p in gainshare(terms(endurance=2), [8, 10, 8, 9, 9])] == pytest.approx(
        [0, 0, 0, 0.5, 0.5]
    )


@given(st.lists(st.floats(5, 15), min_size=1, max_size=8), st.integers(1, 4), st.floats(0, 1), st.booleans())
def test_longer_endurance_and_a_deadband_never_pay_more(
    costs: list[float], wait: int, deadband: float, cap: bool
) -> None:
    free = gainshare(terms(), costs)
    bound = gainshare(terms(endurance=wait, deadband=deadband, cap=0.7 if cap else None), costs)
    for more, less in zip(free, bound, strict=True):
        assert less.amount <= more.amount + 1e-9
        assert less.counted >= -1e-9


def test_both_must_benefit() -> None:
    paid = gainshare(terms(both_benefit=True), [9, 9, 9], payee_gains=[0.2, 0.0, -0.1])
    assert [p.amount for p in paid] == pytest.approx([0.5, 0, 0])
    assert paid[2].basis[-1].what == "both-benefit"
    with pytest.raises(BadInput, match="own gain is not given for each of 1 quarters"):
        gainshare(terms(both_benefit=True), [9])


def test_the_baseline_moves_with_the_industry() -> None:
    """Second computation: the change of cost against the industry's, from the room of measurement."""
    paid = gainshare(terms(industry=Industry(name="wages", at_baseline=100)), [10.2], industry=[108])[0]
    against = industry_adjusted((10.0, 10.2), (100, 108)).ratio
    assert paid.counted == pytest.approx(-against * 10.0 * 1.08)
    assert gainshare(terms(), [10.2])[0].amount == 0


def test_vesting_pays_all_of_it_or_only_while_the_gain_stands() -> None:
    paid = vested([100, 40], [0.5, 0.3, 0.2])
    assert paid.sum() == pytest.approx(140)
    assert np.convolve([100, 40], [0.5, 0.3, 0.2]) == pytest.approx(paid.sum(axis=0))
    lost = vested([100, 40], [0.5, 0.3, 0.2], [True, True, False, True])
    assert lost.sum(axis=0).tolist() == [50, 50, 0, 8]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: service_credit(-1, 0.1, {}, {}), "the fee is -1"),
        (lambda: service_credit(1, 1.1, {}, {}), "from 0 to 1"),
        (lambda: service_credit(1, 0.1, {"a": 0.5}, {}), "severity of 'a' is missing"),
        (lambda: service_credit(1, 0.1, {"a": 0.5}, {"a": float("nan")}), "severity of 'a' is nan"),
        (lambda: tiered(1, THREE[::-1]), "tiers out of order"),
        (lambda: gainshare(terms(industry=Industry(name="w", at_baseline=1)), [9]), "industry's index"),
        (lambda: vested([1], [0.5, 0.4]), "do not add up to 1"),
        (lambda: severity(KpiCard(id="a", name="A"), 1), "no direction"),
        (lambda: share_paid("annual", 1, 1, 0, 3), "sigma"),
        (lambda: strength(2, 1.5, -1), "variance"),
    ],
)  # fmt: skip
def test_impossible_inputs_are_named(call: object, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        call()  # type: ignore[operator]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("level", [94.0, 95.0, 96.0])
def test_pay_under_noise_agrees_with_simulation(scheme: str, level: float) -> None:
    share, error = simulated_share(
        scheme, level, 95, 1.2, 3, runs=20_000, rng=np.random.default_rng(20_260_101)
    )
    assert abs(share - share_paid(scheme, level, 95, 1.2, 3)) < 4 * error


def test_averaging_pays_less_for_luck_and_more_for_skill() -> None:
    below, above = ([share_paid("average", x, 95, 1, years) for years in (1, 3, 5, 9)] for x in (94.5, 95.5))
    assert below == sorted(below, reverse=True) and above == sorted(above)
    assert share_paid("endurance", 95.5, 95, 1, 3) < share_paid("annual", 95.5, 95, 1, 3)


def test_the_golden_strength() -> None:
    assert strength(2, 1.5, 0.25).rate == pytest.approx(0.5714, abs=5e-5)


@pytest.mark.parametrize(("crowding", "worth"), [(0.0, 0.0), (0.5, 0.8), (0.9, 1.0)])
def test_the_best_rate_has_the_largest_surplus(crowding: float, worth: float) -> None:
    second = {"crowding": crowding, "unmeasured_value": worth}
    best = minimize_scalar(lambda b: -surplus(b, 2, 1.5, 0.25, **second), bounds=(0, 2), method="bounded")
    found = strength(2, 1.5, 0.25, **second)
    assert found.rate == pytest.approx(best.x, abs=1e-4)
    assert found.gain == pytest.approx(-best.fun)


def test_effort_is_what_the_payee_would_choose() -> None:
    """Second computation: the payee's own problem, max b e1 - cost, solved as numbers."""
    found, c, k = strength(2, 1.5, 0.25, crowding=0.5, unmeasured_value=0.8), 1.5, 0.5
    chosen = minimize(
        lambda e: -found.rate * e[0] + c / 2 * (e[0] ** 2 + e[1] ** 2 + 2 * k * e[0] * e[1]),
        [0, 0],
        tol=1e-12,
    )
    assert chosen.x == pytest.approx([found.measured, found.unmeasured], abs=1e-5)


def test_noise_and_gaming_weaken_the_best_incentive() -> None:
    rates = [strength(2, 1.5, v).rate for v in (0, 0.25, 1, 4)]
    assert rates == sorted(rates, reverse=True) and rates[0] == 1
    worths = [strength(2, 1.5, 0.25, crowding=0.5, unmeasured_value=v).rate for v in (0, 1, 2, 3)]
    assert worths == sorted(worths, reverse=True) and worths[-1] == 0
