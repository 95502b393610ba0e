"""A threshold held against a record: against second computations and published run lengths."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alliance_analysis.drafting.histories import histories, history
from alliance_analysis.measurement import what_if as module
from alliance_analysis.measurement.charts import chart
from alliance_analysis.measurement.rules import rule_set
from alliance_analysis.measurement.series import Series, series
from alliance_analysis.measurement.thresholds import Grace, due_probability
from alliance_analysis.measurement.what_if import (
    LADDER,
    SEEN_WITHIN,
    curve_of,
    periods_in_year,
    reached,
    signal_share,
    silence,
    what_if,
)


def months(count: int, start: str = "2020-01") -> list[str]:
    first = np.datetime64(start)
    return [str(first + i) for i in range(count)]


def normal(count: int = 48, seed: int = 3) -> Series:
    return series(months(count), np.random.default_rng(seed).normal(50, 2, count), unit="days")


@given(
    values=st.lists(st.floats(0, 1) | st.none(), min_size=4, max_size=40),
    threshold=st.floats(0, 1),
    window=st.integers(1, 6),
    data=st.data(),
)
def test_due_periods_are_counted_by_hand(values, threshold, window, data) -> None:
    needed = data.draw(st.integers(1, window))
    numbers = [0.5, 0.6, *(np.nan if v is None else v for v in values)]
    past = chart(series(months(len(numbers)), numbers), "XmR")
    found = what_if(past, threshold, "higher", grace=Grace(needed, window))
    below = [bool(v < threshold) for v in past.series.values]
    due = [b and sum(below[max(0, i - window + 1) : i + 1]) >= needed for i, b in enumerate(below)]
    assert found.breached.tolist() == below
    assert found.due.tolist() == due


def test_missed_shifts_are_the_normal_tail() -> None:
    """By hand: sigma and centre of the chart, the normal distribution, and independence of the periods."""
    past = chart(normal())
    assert past.false_alarm_rate is not None
    centre, sigma = past.limits.centre, past.limits.spread
    found = what_if(past, centre + 1.5 * sigma, "lower")
    assert found.quoted
    for missed in found.missed:
        assert missed.by_threshold == pytest.approx(stats.norm.cdf(1.5 - missed.shift) ** SEEN_WITHIN)
    assert found.false.expected == pytest.approx(12 * stats.norm.sf(1.5))


def test_a_p_chart_is_binomial_throughout() -> None:
    rng = np.random.default_rng(5)
    sizes = rng.integers(20, 60, 60)
    past = chart(
        series(months(60), numerator=rng.binomial(sizes, 0.9), denominator=sizes),
        "p",
        rules=rule_set("limits"),
    )
    assert past.false_alarm_rate is not None
    found = what_if(past, 0.85, "higher")
    rate = past.limits.centre
    lower = rate - np.sqrt(rate * (1 - rate) / sizes)
    breach = stats.binom.cdf(np.ceil(np.round(0.85 * sizes, 9)) - 1, sizes, lower).mean()
    assert found.missed[0].by_threshold == pytest.approx(1 - due_probability(float(breach), SEEN_WITHIN))
    assert found.rule_alarms == pytest.approx(12 * past.false_alarm_rate, rel=0.1)  # simulated against exact


@pytest.mark.parametrize("shift", [0.0, 1.0, 2.0])
def test_simulated_limits_agree_with_the_exact_chance(shift: float) -> None:
    past = chart(normal(), rules=rule_set("limits"))
    outside = stats.norm.sf(3 - shift) + stats.norm.cdf(-3 - shift)
    assert silence(past, shift) == pytest.approx((1 - outside) ** SEEN_WITHIN, abs=0.02)


def test_simulated_runs_agree_with_champ_and_woodall() -> None:
    """All four zone rules have an average run length of 91.75 without a shift, and 9.22 at one sigma [champ1987exact].

    From the start of a record the survival falls like that of a geometric wait of this mean, roughly.
    """
    past = chart(normal(), rules=rule_set("western electric"))
    assert silence(past, 0.0, 20) == pytest.approx((1 - 1 / 91.75) ** 20, abs=0.06)
    assert silence(past, 1.0, 20) == pytest.approx((1 - 1 / 9.22) ** 20, abs=0.06)


def test_more_rules_cry_wolf_more_often_and_see_more() -> None:
    past = [chart(normal(), rules=rule_set(name)) for name in ("limits", "routine", "nelson")]
    for few, many in itertools.pairwise(past):
        assert signal_share(few) < signal_share(many)
        assert silence(few, 1.0) > silence(many, 1.0)


def test_a_stricter_threshold_never_breaches_less() -> None:
    record = history("vendor:STRIDES ARCOLAB LIMITED").read()
    found = [what_if(chart(record, "p"), threshold, "higher") for threshold in (0.6, 0.7, 0.8, 0.9, 0.97)]
    for low, high in itertools.pairwise(found):
        assert set(np.flatnonzero(low.breached)) <= set(np.flatnonzero(high.breached))
        assert (low.false.expected or 0) <= (high.false.expected or 0)
        assert all(a.by_threshold >= b.by_threshold for a, b in zip(low.missed, high.missed, strict=True))


@pytest.mark.parametrize("key", histories())
def test_where_no_rate_is_quoted_there_is_a_reason(key: str) -> None:
    for kind in ("p", "p'", "XmR"):
        found = what_if(chart(history(key).read(), kind), 0.9, "higher", credit=2.0)
        assert found.quoted == bool(found.missed) == (found.rule_alarms is not None)
        assert found.quoted or found.false.reason
        assert found.paid == 2.0 * found.due.sum()


def test_escalations_by_hand() -> None:
    """Breaches in months 3, 4 and 9: the first case climbs by signal and clocks, the second never leaves watch."""
    values = [50.0, 51, 40, 40, 50, 51, 50, 51, 40, 50, 51, 50]
    past = chart(
        series(months(12), values, unit="days"), rules=rule_set("limits"), start="2020-05", end="2020-08"
    )
    first, second = what_if(past, 45, "higher").cases
    assert (str(first.opened), first.log[0].event, str(first.log[0].on)) == (
        "2020-03-31",
        "signal",
        "2020-04-30",
    )
    assert [entry.event for entry in first.log[1:-1]] == ["clock"] * 3
    assert first.log[-1].event == "resolved" and str(first.log[-1].on) == "2020-06-30"
    assert reached(first) == LADDER[-1]
    assert (str(second.opened), reached(second), second.state) == ("2020-09-30", "watch", "closed")


def test_a_gap_is_no_calm_period() -> None:
    values = [50.0, 51, 40, 40, np.nan, np.nan, 50, 51]
    past = chart(series(months(8), values, unit="days"), rules=rule_set("limits"))
    (case,) = what_if(past, 45, "higher").cases
    assert str(case.log[-1].on) == "2020-08-31"


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        (["2026-01", "2026-02"], 12), (["2026-01", "2026-04"], 4), (["2026Q1", "2026Q2"], 4), (["2025", "2026"], 1),
        (["2026-01-05", "2026-01-12"], 52), (["2026-01-05", "2026-01-06"], 260), (["2026-01-10", "2026-01-11"], 365),
    ],
)  # fmt: skip
def test_periods_in_a_year(periods: list[str], expected: int) -> None:
    assert periods_in_year(series(periods, [1, 2], unit="days")) == expected


def test_the_curve_passes_one_half_at_the_threshold_and_stands_for_a_constant_record() -> None:
    found = what_if(chart(normal()), 50.0, "higher")
    curve = curve_of(found)
    assert np.interp(50.0, curve.levels, curve.breach) == pytest.approx(0.5, abs=0.01)
    still = what_if(chart(series(months(12), [1.0] * 12)), 0.9, "higher")
    assert not still.quoted and np.ptp(curve_of(still).levels) > 0


def test_the_same_question_has_the_same_answer() -> None:
    past = chart(normal())
    first = silence(past, 1.0)
    module._signals.cache_clear()
    assert silence(past, 1.0) == first
