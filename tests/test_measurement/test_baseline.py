"""Baselines, and change against the industry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_analysis.drafting import track_record
from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.baseline import baseline_of, industry_adjusted
from alliance_analysis.measurement.series import series


def test_industry_adjustment() -> None:
    """112 against 108 from 100: +3.70 % by ratio, 4 points by difference."""
    found = industry_adjusted((100, 112), (100, 108))
    assert (round(found.ratio, 4), found.difference) == (0.0370, 4)
    assert found.working[0].endswith("= +3.70%") and found.working[1].endswith("= +4")
    with pytest.raises(BadInput, match="above zero"):
        industry_adjusted((100, 112), (0, 108))


@given(st.floats(1, 1e4), st.floats(1, 1e4), st.floats(1, 1e4), st.floats(0.01, 100))
def test_the_ratio_does_not_depend_on_the_base(a: float, b: float, c: float, scale: float) -> None:
    one, other = industry_adjusted((a, b), (c, a)), industry_adjusted((a * scale, b * scale), (c, a))
    assert one.ratio == pytest.approx(other.ratio)
    assert industry_adjusted((a, b), (a, b)).ratio == pytest.approx(0)


def test_a_baseline_pools_counts_like_the_vendors_record() -> None:
    vendor = "CIPLA LIMITED"
    table = track_record.deliveries(vendor)
    past = series(list(table.index), numerator=table["on_time"], denominator=table["lines"], name=vendor)
    start, end = past.labels[3], past.labels[-2]
    ours, theirs = baseline_of(past, start, end), track_record.baseline(vendor, start, end)
    assert round(ours.value, 4) == theirs.value
    assert (ours.start, ours.end, ours.observations) == (theirs.start, theirs.end, theirs.observations)
    plain = baseline_of(series(["2026-01", "2026-02", "2026-04"], [1, 2, 6], unit="days"))
    assert (plain.value, plain.observations, str(plain.end)) == (3, 3, "2026-04-30")
