"""Control charts: reference values, a peer library, frozen baselines, and real months that are not only noise."""

from __future__ import annotations

import math
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.charts import D2, D4, E2, ControlChart, chart, fit, judge
from alliance_analysis.measurement.rules import NELSON
from alliance_analysis.measurement.series import Series, series

RAW = os.environ.get("CASEBOOK_RAW")
ZIGZAG = [96.2, 95.1, 97.0, 94.8, 96.5, 95.9, 96.8, 95.3, 96.1, 94.9, 96.4, 95.7]
"""Twelve invented values, in percent. They test the formula only: they go up and down in turn."""


def months(count: int, first: int = 2020) -> list[str]:
    return [f"{first + at // 12}-{at % 12 + 1:02}" for at in range(count)]


def steady(count: int = 36, seed: int = 0, start: int = 2020) -> Series:
    values = np.random.default_rng(seed).normal(50, 2, count)
    return series(months(count, start), values, unit="days", name="Days to ship")


def counted(count: int = 36, rate: float = 0.95, size: int = 400, seed: int = 2) -> Series:
    rng = np.random.default_rng(seed)
    of = rng.integers(size // 2, size, count)
    return series(months(count), numerator=rng.binomial(of, rate), denominator=of)


def test_constants_from_the_range_of_two_normal_values() -> None:
    mean, _ = integrate.quad(lambda r: r * 2 * stats.norm.pdf(r, scale=math.sqrt(2)), 0, 20)
    square, _ = integrate.quad(lambda r: r**2 * 2 * stats.norm.pdf(r, scale=math.sqrt(2)), 0, 20)
    assert pytest.approx(mean) == D2
    assert 1 + 3 * math.sqrt(square - mean**2) / mean == pytest.approx(D4)
    assert (round(E2, 4), round(D4, 4)) == (2.6587, 3.2665)


def test_reference_values_of_an_xmr_chart() -> None:
    """Mean 95.89, limits 92.48 to 99.30 with the rounded 2.66: the formula only (see ZIGZAG)."""
    found = chart(series(months(12), ZIGZAG, unit="percent points"))
    rounded = 2.66 * found.limits.mean_range
    assert round(found.limits.centre, 2) == 95.89
    assert (round(found.limits.centre - rounded, 2), round(found.limits.centre + rounded, 2)) == (
        92.48,
        99.30,
    )
    assert found.lower[0] == pytest.approx(found.limits.centre - E2 * found.limits.mean_range)
    assert found.limits.range_limit == pytest.approx(D4 * np.abs(np.diff(ZIGZAG)).mean())
    assert found.false_alarm_rate is None and "lag-1 correlation -0.7" in found.reason


def test_reference_values_of_a_p_chart() -> None:
    """Centre .03 and 400 cases: limits .00441 and .05559."""
    found = chart(series(months(12), numerator=[12] * 12, denominator=[400] * 12), "p")
    assert (found.lower[0], found.upper[0]) == (
        pytest.approx(0.00441, abs=1e-5),
        pytest.approx(0.05559, abs=1e-5),
    )


@given(st.floats(0.01, 100), st.floats(-1000, 1000))
def test_limits_follow_a_change_of_unit(scale: float, shift: float) -> None:
    one = fit(steady())
    other = fit(series(months(36), steady().values * scale + shift, unit="x"))
    assert other.centre == pytest.approx(one.centre * scale + shift)
    assert other.spread == pytest.approx(one.spread * scale)


def test_limits_and_flags_are_those_of_a_peer() -> None:
    peer = pytest.importorskip("shewhart")
    rng = np.random.default_rng(8)
    for seed in range(25):
        values = rng.normal(0.9, 0.02, 40) + 0.03 * (np.arange(40) > 30) * (seed % 2)
        ours, theirs = chart(series(months(40), values), rules=NELSON), peer.imr(values, rules="nelson")
        assert ours.lower[0] == pytest.approx(theirs.stats["i_lcl"], rel=1e-9)
        assert ours.upper[0] == pytest.approx(theirs.stats["i_ucl"], rel=1e-9)
        assert ours.limits.range_limit == pytest.approx(theirs.stats["mr_ucl"], rel=1e-9)
        assert set(ours.flagged) == {p for s in theirs.signals if s.chart == "i" for p in s.points}
        assert ours.wide_ranges.tolist() == theirs.table["mr_signal"].tolist()

        of = rng.integers(100, 5000, 30)
        of[3] = 8  # so few that a limit meets 1
        hits = rng.binomial(of, np.clip(rng.normal(0.9, 0.03, 30), 0, 1))
        data = series(months(30), numerator=hits, denominator=of)
        for kind, method in (("p", peer.p_chart), ("p'", peer.laney_p)):
            ours, theirs = chart(data, kind), method(hits, size=of, rules="none")
            assert ours.lower == pytest.approx(theirs.table["lcl"].to_numpy(), rel=1e-9)
            assert ours.upper == pytest.approx(theirs.table["ucl"].to_numpy(), rel=1e-9)
            assert ours.upper[3] == 1
        assert ours.limits.spread == pytest.approx(theirs.stats["sigma_z"], rel=1e-9)


def test_a_frozen_baseline_does_not_move_when_later_periods_do() -> None:
    past, later = steady(24), steady(12, seed=1, start=2022).values + 9
    frozen = fit(past)
    both = series(months(36), np.r_[past.values, later], unit="days")
    whole = chart(both, start="2020-01", end="2021-12")
    apart = judge(series(months(12, 2022), later, unit="days"), frozen)
    assert whole.limits == frozen and whole.baseline.sum() == 24 and not apart.baseline.any()
    assert whole.z[24:] == pytest.approx(apart.z)
    assert apart.outside.all() and chart(both).limits.centre > frozen.centre + 2


def test_a_gap_is_never_bridged() -> None:
    values = [1.0, 2.0, 3.0, 50.0, 51.0, 52.0]
    found = fit(series([f"2026-{m:02}" for m in (1, 2, 3, 5, 6, 7)], values, unit="days"))
    assert found.mean_range == 1.0
    with pytest.raises(BadInput, match="no two neighbouring values"):
        fit(series(["2026-01", "2026-03", "2026-04", "2026-06"], [1, 2, 3, 4]), end="2026-03")
    with pytest.raises(BadInput, match="no two neighbouring values"):
        fit(series(["2026-01"], [1]))


def test_two_values_and_a_constant_series_give_no_false_alarm_rate() -> None:
    two = chart(series(["2026-01", "2026-02"], [0.9, 0.8]))
    assert (
        two.limits.centre == pytest.approx(0.85) and two.false_alarm_rate is None and "too few" in two.reason
    )
    same = chart(series(months(13), [0.9] * 12 + [0.91]), end="2020-12")
    assert same.limits.spread == 0 and same.flagged == (12,) and same.outside[12]
    assert same.false_alarm_rate is None and "do not vary" in same.reason
    full = chart(series(months(12), numerator=[7] * 12, denominator=[7] * 12), "p")
    assert full.flagged == () and full.false_alarm_rate is None
    with pytest.raises(BadInput, match="no counts"):
        chart(steady(), "p")


def simulated(found: ControlChart, draws: int = 4000) -> float:
    """Return the share of periods outside the limits when only chance is at work."""
    rng, limits = np.random.default_rng(4), found.limits
    if limits.kind == "XmR":
        values = rng.normal(limits.centre, limits.spread, (draws, len(found.lower)))
    else:
        of = found.series.denominator.astype(int)
        values = rng.binomial(of, limits.centre, (draws, len(of))) / of
    return float(((values < found.lower) | (values > found.upper)).mean())


@pytest.mark.parametrize("found", [chart(steady()), chart(counted(), "p")])
def test_the_false_alarm_rate_is_what_a_simulation_finds(found: ControlChart) -> None:
    assert found.false_alarm_rate is not None
    assert simulated(found) == pytest.approx(found.false_alarm_rate, abs=0.0006)


def test_few_periods_make_the_rate_provisional() -> None:
    assert chart(steady(36)).reason == ""
    assert chart(steady(12)).reason.startswith("provisional")


def test_over_dispersed_counts_ask_for_laney() -> None:
    rng = np.random.default_rng(6)
    of = np.full(36, 20_000)
    data = series(months(36), numerator=rng.binomial(of, rng.normal(0.9, 0.02, 36)), denominator=of)
    ordinary, prime = chart(data, "p"), chart(data, "p'")
    assert ordinary.outside.mean() > 0.5 and ordinary.false_alarm_rate is None
    assert "use p'" in ordinary.reason
    assert prime.outside.sum() == 0 and prime.false_alarm_rate == pytest.approx(0.0027, abs=1e-4)
    # with counts of one size, p' is an XmR chart of the rates
    assert prime.limits.sigma(data) == pytest.approx(np.full(36, fit(data).spread))
    assert chart(counted(400), "p'").limits.spread == pytest.approx(1, abs=0.12)


@pytest.fixture(scope="module")
def trusts() -> list[Series]:
    """Return attendances within four hours by month, one series for each type-1 trust."""
    if not RAW:
        pytest.skip("CASEBOOK_RAW is not set")
    import pandas as pd
    import rdata

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # R classes that the reader does not know
        table = rdata.read_rda(Path(RAW) / "nhs_ae" / "ae_attendances.rda")["ae_attendances"]
    table = table[table["type"].astype(str) == "1"]
    month = pd.to_datetime(table["period"], unit="D").dt.strftime("%Y-%m")
    table = table.assign(month=month, met=table["attendances"] - table["breaches"])
    return [
        series(list(part["month"]), numerator=part["met"], denominator=part["attendances"], name=str(code))
        for code, part in table.groupby("org_code", observed=True)
    ]


def test_binomial_limits_flag_most_months_of_large_hospitals(trusts: list[Series]) -> None:
    """4,932 trust-months: 82 % outside binomial limits, 9 % outside p', 1 % where the past is only noise."""
    found = {kind: [chart(trust, kind) for trust in trusts] for kind in ("p", "p'")}
    total = sum(trust.count for trust in trusts)
    share = {kind: sum(c.outside.sum() for c in charts) / total for kind, charts in found.items()}
    assert total == 4932
    assert share["p"] == pytest.approx(0.82, abs=0.005) and share["p'"] == pytest.approx(0.094, abs=0.005)
    assert all(c.false_alarm_rate is None for c in found["p"])
    stable = [c for c in found["p'"] if c.false_alarm_rate is not None]
    assert len(stable) < 0.1 * len(trusts)
    assert sum(c.outside.sum() for c in stable) / sum(c.series.count for c in stable) < 0.02


def test_no_chance_is_quoted_where_the_values_are_not_normal() -> None:
    """A vendor near 100 % misses seldom and by much: the normal curve would promise misses that never came."""
    generator = np.random.default_rng(7)
    months = [f"{2020 + n // 12}-{n % 12 + 1:02}" for n in range(60)]
    near_ceiling = np.where(generator.random(60) < 0.1, 0.7, 1.0)
    assert "far from normal" in chart(series(months, near_ceiling)).reason
    assert chart(series(months, near_ceiling)).false_alarm_rate is None
    quoted = [
        chart(series(months, generator.normal(0.95, 0.01, 60))).false_alarm_rate is not None
        for _ in range(100)
    ]
    assert np.mean(quoted) > 0.8, (
        "of truly normal noise about one in ten is refused, for one reason or another"
    )
