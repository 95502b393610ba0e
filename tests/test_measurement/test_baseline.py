"""Baselines, like for like (Donnelly), and change against the industry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_analysis.cases import load_case
from alliance_analysis.drafting import track_record
from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.baseline import baseline_of, industry_adjusted, like_for_like
from alliance_analysis.measurement.series import series


def test_donnelly_half_of_the_growth_was_accounting() -> None:
    """FY1998 +13.7 % headline, +7.1 % like for like, from the case and from the scope."""
    case = load_case("donnelly").file.growth
    assert case is not None
    (known,) = (item for item in case.comparisons if item.label == "FY1998")
    found = like_for_like(
        {"without the first quarter of Hohe": known.previous},
        {"without the first quarter of Hohe": known.current - known.excluded_current,
         "Hohe, first quarter": known.excluded_current},
        "FY1998",
    )  # fmt: skip
    assert (round(found.growth.headline, 3), round(found.growth.like_for_like, 3)) == (0.137, 0.071)
    assert found.growth.headline == pytest.approx(known.headline)
    assert found.growth.like_for_like == pytest.approx(known.like_for_like)
    assert found.joined == ("Hohe, first quarter",) and "only in the current" in found.growth.why
    assert "= +13.66%" in found.working[0] and found.working[1].endswith("718.9 / 671.3 - 1 = +7.09%")


@given(st.dictionaries(st.sampled_from("abcdef"), st.floats(1, 1e6), min_size=1), st.floats(0.1, 10))
def test_scope_that_comes_or_goes_does_not_touch_like_for_like(parts: dict[str, float], times: float) -> None:
    now = {name: amount * times for name, amount in parts.items()}
    found = like_for_like(parts | {"sold": 7.0}, now | {"bought": 1e5})
    assert found.growth.like_for_like == pytest.approx(times - 1, abs=1e-5)
    assert (found.joined, found.left) == (("bought",), ("sold",))
    same = like_for_like(parts, now).growth
    assert same.headline == pytest.approx(same.like_for_like)


def test_without_common_scope_there_is_no_growth() -> None:
    with pytest.raises(BadInput, match="common to both"):
        like_for_like({"a": 1}, {"b": 2})


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
