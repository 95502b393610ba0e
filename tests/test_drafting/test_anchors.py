"""Anchors and weights: every element is worded, weights add up, and the aim moves them the way the surveys say."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_analysis.agreement import ACCORDS, ELEMENTS
from alliance_analysis.drafting.anchors import LEVELS, anchors, standing, weights
from alliance_analysis.errors import BadInput

SCORES = st.fixed_dictionaries({key: st.none() | st.integers(0, 4) for key in ELEMENTS})


def test_every_element_has_five_anchors_and_no_wording_stands_twice() -> None:
    texts = list(itertools.chain.from_iterable(anchors().elements.values()))
    assert list(anchors().elements) == list(ELEMENTS)
    assert len(texts) == len(set(texts)) == len(LEVELS) * len(ELEMENTS)
    assert list(anchors().accords) == list(ACCORDS)


@pytest.mark.parametrize(("aim", "most"), [("operational", "foundation"), ("strategic", "change")])
def test_the_aim_leans_the_way_the_surveys_say(aim: str, most: str) -> None:
    found = weights(aim)  # type: ignore[arg-type]
    assert max(found, key=lambda name: found[name]) == most
    assert sum(found.values()) == pytest.approx(1)
    assert found["governance"] == pytest.approx(1 / 3)
    with pytest.raises(BadInput, match="0 to 2/3"):
        weights(aim, 0.7)  # type: ignore[arg-type]


@given(SCORES, st.sampled_from([None, "operational", "strategic"]), st.floats(0, 2 / 3))
def test_a_higher_score_never_lowers_the_whole(
    scores: dict[str, int | None], aim: str | None, lean: float
) -> None:
    """Property: monotone in each score, within 0 and 1; turning the aim round mirrors foundation and change."""
    whole = standing(scores, aim, lean)  # type: ignore[arg-type]
    assert -1e-12 <= whole.total <= 1 + 1e-12
    for key in ELEMENTS:
        better = standing({**scores, key: 4}, aim, lean)  # type: ignore[arg-type]
        assert better.total >= whole.total - 1e-12
    assert set(whole.open) == {key for key, score in scores.items() if score is None}
