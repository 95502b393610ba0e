"""Exit and survival: the golden tree, parity, the Black-Scholes limit, and curves against simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm

from alliance_analysis.errors import BadInput
from alliance_analysis.incentives.exit import exit_right, staged_right, tree_value
from alliance_analysis.incentives.survival import Survival


def black_scholes(
    kind: str, value: float, strike: float, *, volatility: float, rate: float, years: float, payout: float = 0
) -> float:
    """The closed form of a right that can be used at the end only."""
    width = volatility * years**0.5
    high = (np.log(value / strike) + (rate - payout) * years) / width + width / 2
    sign = 1 if kind == "call" else -1
    held, paid = value * np.exp(-payout * years), strike * np.exp(-rate * years)
    return float(sign * (held * norm.cdf(sign * high) - paid * norm.cdf(sign * (high - width))))


TERMS = {"volatility": 0.4, "rate": 0.05, "years": 3.0}


def test_the_golden_trees() -> None:
    for steps, put, call in ((3, 5.7921, 14.9811), (200, 5.6023, 14.6972)):
        assert tree_value("put", 60, 45, steps=steps, **TERMS) == pytest.approx(put, abs=5e-5)
        assert tree_value("call", 60, 75, steps=steps, **TERMS) == pytest.approx(call, abs=5e-5)


@pytest.mark.parametrize("payout", [0.0, 0.03])
def test_put_call_parity_on_the_tree(payout: float) -> None:
    """European: C - P = V exp(-payout T) - K exp(-r T), on every tree exactly."""
    value = np.array([20.0, 45.0, 60.0, 90.0])
    call, put = (
        tree_value(kind, value, 50, american=False, payout=payout, **TERMS) for kind in ("call", "put")
    )
    assert call - put == pytest.approx(value * np.exp(-payout * 3) - 50 * np.exp(-0.15))


@pytest.mark.parametrize("kind", ["put", "call"])
def test_the_tree_tends_to_black_scholes(kind: str) -> None:
    closed = black_scholes(kind, 60, 50, payout=0.02, **TERMS)
    for steps in (25, 100, 400, 1600):  # the error of the tree falls as 1 / steps, not smoothly
        gap = tree_value(kind, 60, 50, steps=steps, american=False, payout=0.02, **TERMS) - closed
        assert abs(gap) < 3 / steps


def test_leaving_early_is_worth_something_and_buying_early_is_not() -> None:
    """Without payouts a call is never used early; a put is."""
    early, late = (tree_value("put", 40, 45, american=a, **TERMS) for a in (True, False))
    assert early > late + 0.1
    calls = [tree_value("call", 60, 75, american=a, **TERMS) for a in (True, False)]
    assert calls[0] == pytest.approx(calls[1], abs=1e-12)


@given(
    value=st.floats(5, 150),
    strike=st.floats(5, 100),
    volatility=st.floats(0.15, 0.8),
    years=st.floats(0.5, 5),
)
def test_bounds_and_monotone_effects(value: float, strike: float, volatility: float, years: float) -> None:
    def put(v: float = value, k: float = strike, s: float = volatility, t: float = years) -> float:
        return float(tree_value("put", v, k, volatility=s, rate=0.05, years=t, steps=40))

    worth = put()
    assert max(strike - value, 0) - 1e-9 <= worth <= strike + 1e-9
    assert put(v=value + 5) <= worth + 1e-9
    assert put(k=strike + 5) >= worth - 1e-9
    assert put(s=volatility + 0.2) >= worth - 0.02 * strike  # a coarse tree wobbles a little around its limit


def test_notice_wears_the_exit_right_away() -> None:
    months = [0, 3, 6, 12, 24, 36, 48]
    worth = [float(exit_right(60, 60, notice_months=m, **TERMS)) for m in months]
    assert worth == sorted(worth, reverse=True)
    assert worth[0] == pytest.approx(float(tree_value("put", 60, 60, **TERMS)))
    assert worth[-2:] == [0, 0]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"volatility": 0.0}, "volatility"), ({"rate": -0.05}, "interest rate"), ({"years": -1.0}, "years"),
        ({"volatility": 0.001}, "use more steps"), ({"rate": float("nan")}, "interest rate"),
    ],
)  # fmt: skip
def test_impossible_terms_are_named(changed: dict[str, float], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        tree_value("put", 60, 45, **(TERMS | changed))


def test_the_golden_survival() -> None:
    base = Survival(1.4, 5, {"alignment": 0.7, "change": 1.5})
    assert base.at([3, 5, 7]) == pytest.approx([0.7125, 0.5, 0.3295], abs=5e-5)
    assert base.at(5, {"change": 1}) == pytest.approx(0.3536, abs=5e-5)
    assert base.at(5, {"change": 1}) == pytest.approx(0.5**1.5)


def test_hazard_and_time_say_the_same() -> None:
    """S(t | x) by hazards equals S(t / time ratio | 0)."""
    base, x = Survival(1.4, 5, {"alignment": 0.7, "change": 1.5}), {"alignment": 2, "change": 1}
    years = np.linspace(0.1, 12, 30)
    assert base.at(years, x) == pytest.approx(base.at(years / base.time_ratio(x)))


def test_a_higher_hazard_shortens_life() -> None:
    lives = [float(Survival(1.4, 5, {"x": r}).at(4, {"x": 1})) for r in (0.5, 1, 2)]
    assert lives == sorted(lives, reverse=True)
    with pytest.raises(BadInput, match="median life"):
        Survival(1.4, 0)


def geske(s: float, pilot: float, scale: float, vol: float, r: float, t1: float, t2: float) -> float:
    """The closed form of an option on an option."""
    terms = {"volatility": vol, "rate": r, "years": t2 - t1}
    edge = brentq(lambda v: black_scholes("call", v, scale, **terms) - pilot, 1e-6, 1e5)
    a = (np.log(s / edge) + (r + vol**2 / 2) * t1) / (vol * t1**0.5)
    b = (np.log(s / scale) + (r + vol**2 / 2) * t2) / (vol * t2**0.5)
    tie = (t1 / t2) ** 0.5
    both = [multivariate_normal.cdf(p, cov=[[1, tie], [tie, 1]]) for p in
            ((a, b), (a - vol * t1**0.5, b - vol * t2**0.5))]  # fmt: skip
    paid = np.exp(-r * t1) * pilot * norm.cdf(a - vol * t1**0.5)
    return float(s * both[0] - scale * np.exp(-r * t2) * both[1] - paid)


@pytest.mark.parametrize("case", [(100, 5, 110, 0.4, 0.05, 1, 3), (60, 10, 75, 0.3, 0.03, 0.5, 2)])
def test_a_pilot_first_is_worth_what_the_closed_form_says(case: tuple[float, ...]) -> None:
    s, pilot, scale, vol, r, t1, t2 = case
    found = staged_right(s, pilot, scale, volatility=vol, rate=r, pilot_years=t1, years=t2)
    assert found == pytest.approx(geske(*case), abs=0.01)


def test_a_pilot_without_cost_is_the_plain_right_and_a_dear_one_is_worth_less() -> None:
    terms = {"volatility": 0.4, "rate": 0.05, "years": 3.0}
    worth = [staged_right(100, pilot, 110, pilot_years=1, **terms) for pilot in (0, 5, 20)]
    assert worth[0] == pytest.approx(black_scholes("call", 100, 110, **terms), abs=0.01)
    assert worth == sorted(worth, reverse=True)
    with pytest.raises(BadInput, match="pilot must end before"):
        staged_right(100, 5, 110, pilot_years=3, **terms)
