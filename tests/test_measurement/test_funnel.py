"""Funnel limits: exact tails, over-dispersion recovered, a second computation of phi and tau."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.funnel import funnel

RNG = np.random.default_rng(21)
SIZES = RNG.integers(40, 3000, 400)


def units(rates: np.ndarray | float, sizes: np.ndarray = SIZES) -> tuple[list[str], np.ndarray, np.ndarray]:
    return [str(at) for at in range(len(sizes))], RNG.binomial(sizes, rates), sizes


@pytest.mark.parametrize("level", [0.95, 0.998])
def test_exact_limits_leave_out_no_more_than_their_tails(level: float) -> None:
    found = funnel(*units(0.9), centre=0.9, dispersion="none")
    lower, upper = found.limits(SIZES, level)
    low, high = np.round(lower * SIZES), np.round(upper * SIZES)
    tail = (1 - level) / 2
    assert (stats.binom.cdf(low - 1, SIZES, 0.9) <= tail).all() and (
        stats.binom.sf(high, SIZES, 0.9) <= tail
    ).all()
    assert (stats.binom.cdf(low, SIZES, 0.9) > tail).all() and (
        stats.binom.sf(high - 1, SIZES, 0.9) > tail
    ).all()
    assert found.outside(level).mean() <= 1 - level + 0.02


def test_all_hits_of_a_small_unit_are_not_outside() -> None:
    found = funnel(["small", "large"], [67, 4700], [67, 5000], centre=0.945, dispersion="none")
    assert stats.binom.pmf(67, 67, 0.945) > 0.01
    assert found.outside().tolist() == [False, False]


def test_over_dispersion_is_recovered_and_outliers_do_not_hide() -> None:
    noise = units(0.9)
    assert funnel(*noise, winsorised=0).phi == pytest.approx(1, abs=0.2)
    edge = stats.norm.isf(0.1)
    pulled_in = stats.norm.expect(lambda z: min(abs(z), edge) ** 2)
    assert pulled_in < 0.7 and funnel(*noise).phi == pytest.approx(pulled_in, abs=0.12)
    assert funnel(*noise).z == pytest.approx(funnel(*noise, dispersion="none").z)
    rates = np.clip(RNG.normal(0.9, 0.02, 400), 0, 1)
    names, over, of = units(rates)
    additive = funnel(names, over, of, dispersion="additive", winsorised=0)
    assert additive.tau == pytest.approx(0.02, abs=0.003)
    ordinary = funnel(names, over, of, dispersion="none")
    assert ordinary.outside().mean() > 0.1 > 0.02 > additive.outside().mean()
    over = over.copy()
    over[:8] = of[:8] * 0.6
    assert (
        funnel(names, over, of, dispersion="multiplicative").phi < funnel(names, over, of, winsorised=0).phi
    )
    assert funnel(names, over, of, dispersion="additive").outside()[:8].sum() >= 7


def test_phi_and_tau_in_a_loop() -> None:
    """The formulas of spiegelhalter2005handling, written out; tau is DerSimonian and Laird's."""
    names, over, of = units(0.8 + 0.1 * RNG.random(30), RNG.integers(100, 900, 30))
    found = funnel(names, over, of, dispersion="additive", winsorised=0.1)
    centre = over.sum() / of.sum()
    z = sorted((x / n - centre) / (centre * (1 - centre) / n) ** 0.5 for x, n in zip(over, of, strict=True))
    low, high = np.quantile(z, 0.1), np.quantile(z, 0.9)
    phi = sum(min(max(value, low), high) ** 2 for value in z) / 30
    w = [n / (centre * (1 - centre)) for n in of]
    tau2 = (30 * phi - 29) / (sum(w) - sum(v * v for v in w) / sum(w))
    assert (found.phi, found.tau) == (pytest.approx(phi), pytest.approx(tau2**0.5))
    lower, upper = found.limits(of)
    assert (found.outside() == (np.abs(found.z) > stats.norm.isf(0.001))).all()
    assert (lower < centre).all() and (upper > centre).all()


@pytest.mark.parametrize(
    ("over", "of", "said"),
    [
        ([1, 2], [0, 4], "no cases"),
        ([5, 2], [4, 4], "more hits"),
        ([4, 4], [4, 4], "between 0 and 1"),
        ([1], [2], "two"),
    ],
)
def test_what_cannot_be_compared(over: list[int], of: list[int], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        funnel([str(at) for at in over], over, of)
