"""Trend, season and memory are seen; noise passes about as often as the level promises."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from alliance_analysis.measurement.stability import ALPHA, stability

RNG = np.random.default_rng(12)
NOISE = RNG.normal(size=(400, 36))


def test_noise_fails_about_as_often_as_the_level_says() -> None:
    failed = np.mean([not stability(row, 12).stable for row in NOISE])
    assert 0.01 < failed < ALPHA + 0.03


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (np.linspace(0, 3, 36), "rising trend"),
        (-np.linspace(0, 3, 36), "falling trend"),
        (np.tile(3 * np.sin(np.arange(12) / 12 * 2 * np.pi), 3), "season of 12 periods"),
        (np.tile([2, -2], 18), "lag-1 correlation -0."),
        (np.repeat([2, -2, 2, -2], 9), "lag-1 correlation +0."),
    ],
)
def test_a_pattern_under_noise_is_named(pattern: np.ndarray, said: str) -> None:
    found = [stability(row + pattern, 12) for row in NOISE[:20]]
    assert sum(said in f.reason and not f.stable for f in found) >= 17


def test_the_statistics_are_the_textbook_ones() -> None:
    row = NOISE[0]
    r, tau, h = (check.statistic for check in stability(row, 12).checks)
    assert r == pytest.approx(np.corrcoef(row[:-1], row[1:])[0, 1])
    pairs = [np.sign(row[j] - row[i]) for i in range(36) for j in range(i + 1, 36)]
    assert tau == pytest.approx(np.mean(pairs))  # Mann-Kendall S over its largest value
    ranks = stats.rankdata(row).reshape(3, 12).mean(axis=0)
    assert h == pytest.approx(12 / (36 * 37) * 3 * np.sum((ranks - 18.5) ** 2))


def test_what_cannot_be_tested_says_so_and_gaps_are_not_bridged() -> None:
    assert "too few" in stability(NOISE[0][:9], None).reason
    assert stability(np.full(12, 0.9), 12).reason == "the values do not vary at all"
    short = stability(NOISE[1][:20], 12)
    assert [check.name for check in short.checks] == ["lag-1 autocorrelation", "trend"]
    assert short.untested == ("season (fewer than two whole cycles)",)
    holed = NOISE[2].copy()
    holed[1::2] = np.nan
    assert stability(holed, None).untested == ("lag-1 autocorrelation (too few neighbouring values)",)
