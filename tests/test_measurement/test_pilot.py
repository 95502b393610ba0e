"""Pilots: size against exact power and simulation, and decisions that follow the card."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import stats

from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.pilot import EXAMPLE, PilotCard, decide, site_result
from alliance_analysis.records import as_plain


def card(**changes: Any) -> PilotCard:
    return PilotCard.model_validate(as_plain(EXAMPLE) | changes)


def exact_power(effect: float, n: int, alpha: float = 0.05) -> float:
    """Power of the two-sided two-sample t test, from the noncentral t distribution."""
    shift, free = effect * np.sqrt(n / 2), 2 * n - 2
    edge = stats.t.isf(alpha / 2, free)
    return float(stats.nct.sf(edge, free, shift) + stats.nct.cdf(-edge, free, shift))


@pytest.mark.parametrize(("effect", "n"), [(0.2, 393), (0.5, 63), (0.8, 25)])
def test_sizes_of_small_medium_and_large_effects(effect: float, n: int) -> None:
    """One fewer than Cohen's tables (394, 64, 26), which use the t distribution where the formula uses the normal."""
    assert card(smallest_effect=effect, standard_deviation=1).per_arm == n
    assert exact_power(effect, n + 1) >= 0.8 > exact_power(effect, n - 1)


def test_the_size_scales_with_spread_and_effect() -> None:
    assert card(smallest_effect=2, standard_deviation=4).per_arm == EXAMPLE.per_arm
    assert card(smallest_effect=0.5).per_arm == pytest.approx(4 * EXAMPLE.per_arm, abs=3)
    assert card(smallest_effect=50).per_arm == 2


def test_power_and_false_alarms_in_a_simulation() -> None:
    rng = np.random.default_rng(4)
    n, runs = EXAMPLE.per_arm, 1500
    for effect, expected in ((EXAMPLE.smallest_effect, exact_power(0.5, n)), (0.0, EXAMPLE.alpha)):
        findings = [
            site_result(EXAMPLE, rng.normal(10, 2, n), rng.normal(10 - effect, 2, n)).finding
            for _ in range(runs)
        ]
        shown = np.mean([f != "no difference shown" for f in findings])
        assert shown == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / runs))


def test_the_chances_of_replication() -> None:
    assert EXAMPLE.chances == pytest.approx((0.8**3, 0.025**3))


RNG = np.random.default_rng(12)
BETTER = (RNG.normal(10, 2, 63), RNG.normal(7.5, 2, 63))
SAME = (BETTER[0], BETTER[0] + 0.01)
WORSE = (BETTER[1], BETTER[0])
SHORT = (BETTER[0][:20], BETTER[1][:20])


@pytest.mark.parametrize(
    ("sites", "decision"),
    [([BETTER] * 3, "roll out"), ([BETTER] * 2, "go on"), ([BETTER, BETTER, SHORT], "go on"), ([], "go on"),
     ([BETTER, SAME], "do not roll out"), ([BETTER, SAME, WORSE], "stop"), ([WORSE], "stop")],
)  # fmt: skip
def test_decisions_follow_the_card(sites: list[Any], decision: str) -> None:
    assert decide(EXAMPLE, sites).decision == decision


def test_harm_stops_from_half_of_an_arm_on_and_nothing_else_is_concluded_early() -> None:
    early, half = (tuple(arm[:n] for arm in WORSE) for n in (20, 32))
    assert site_result(EXAMPLE, *early).finding == "not finished"
    assert site_result(EXAMPLE, *half).finding == "stopped for harm"
    assert site_result(EXAMPLE, *(arm[:62] for arm in BETTER)).finding == "not finished"
    assert site_result(card(stop_for_harm=9), *WORSE).finding == "worse"


def test_the_site_agrees_with_welch_by_hand_and_with_its_direction() -> None:
    control, pilot = BETTER
    found = site_result(EXAMPLE, control, pilot)
    a, b = (arm.var(ddof=1) / arm.size for arm in (control, pilot))
    free = (a + b) ** 2 / (a**2 / 62 + b**2 / 62)
    better = control.mean() - pilot.mean()
    half = stats.t.isf(0.025, free) * np.sqrt(a + b)
    assert found.improvement == pytest.approx(better)
    assert found.interval == pytest.approx((better - half, better + half))
    assert found.p_value == pytest.approx(2 * stats.t.sf(better / np.sqrt(a + b), free))
    turned = site_result(card(direction="higher"), -control, -pilot)
    assert (turned.improvement, turned.p_value) == pytest.approx((found.improvement, found.p_value))


def test_what_was_not_registered_is_refused() -> None:
    with pytest.raises(ValidationError, match="before it is registered"):
        card(starts="2025-01-05")
    with pytest.raises(BadInput, match="4 sites, 3 were registered"):
        decide(EXAMPLE, [BETTER] * 4)
    for broken in ([1.0], [1.0, float("nan")]):
        with pytest.raises(BadInput, match="fewer than two"):
            site_result(EXAMPLE, broken, [1.0, 2.0])
