"""The scorecard: peers, hand computation, the public ratings at their edges, and the right to dispute."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.disputes import Dispute
from alliance_analysis.measurement.scorecard import (
    EXAMPLE,
    Bands,
    Measure,
    Scorecard,
    composite,
    public_rating,
)
from alliance_analysis.records import as_plain, parse, render, validate

ACTUALS = {"on_time": 0.93, "cost": 10.5, "energy": 7.0}
DISPUTE: dict[str, Any] = {
    "id": "d1", "measure": "energy", "period": "2025Q1", "raised_by": "vendor", "raised": date(2025, 4, 7),
    "reported": 7.0, "claimed": 5.0, "reason": "the meter of the other plant was read",
}  # fmt: skip
SETTLED = {
    "outcome": "value corrected",
    "settled": date(2025, 4, 21),
    "settled_value": 5.0,
    "grounds": "read again",
}


def measure(**changes: Any) -> Measure:
    return Measure.model_validate(as_plain(EXAMPLE.measures[0]) | changes)


def test_composites_by_hand() -> None:
    plain, partial = composite(EXAMPLE, ACTUALS), composite(EXAMPLE, ACTUALS, "geometric")
    scores = (0.08 / 0.10, 1.5 / 2, 1 / 4)
    assert [line.score for line in plain.lines] == pytest.approx(scores)
    assert plain.score == pytest.approx(0.5 * scores[0] + 0.3 * scores[1] + 0.2 * scores[2])
    assert math.fsum(line.contribution for line in plain.lines) == plain.score
    assert partial.score == pytest.approx(math.exp(np.dot([0.5, 0.3, 0.2], np.log(scores))))
    assert math.prod(line.contribution for line in partial.lines) == partial.score
    assert plain.normalisation == "floor to target"


@pytest.mark.filterwarnings("ignore:Alternatives with indices:UserWarning")
def test_both_means_agree_with_a_peer() -> None:
    pytest.importorskip("pymcdm")
    from pymcdm.methods import WPM, WSM
    from pymcdm.normalizations import max_normalization

    weights, ones = np.array([m.weight for m in EXAMPLE.measures]), np.ones(3)
    rng = np.random.default_rng(2)
    for _ in range(20):
        scores = rng.uniform(0.05, 1, 3)
        actuals = {
            m.id: m.floor + s * (m.target - m.floor) for m, s in zip(EXAMPLE.measures, scores, strict=True)
        }
        table = np.array([scores, ones])  # a row of ones: the peer divides each column by its best value
        assert composite(EXAMPLE, actuals).score == pytest.approx(
            WSM(max_normalization)(table, weights, ones)[0]
        )
        assert composite(EXAMPLE, actuals, "geometric").score == pytest.approx(
            WPM(max_normalization)(table, weights, ones)[0]
        )


@given(st.tuples(*[st.floats(0, 1)] * 3))
def test_the_geometric_mean_never_exceeds_the_arithmetic_one(scores: tuple[float, ...]) -> None:
    actuals = {
        m.id: m.floor + s * (m.target - m.floor) for m, s in zip(EXAMPLE.measures, scores, strict=True)
    }
    low, high = composite(EXAMPLE, actuals, "geometric").score, composite(EXAMPLE, actuals).score
    assert 0 <= low <= high + 1e-12 <= 1 + 2e-12


def test_a_score_stays_in_range_beyond_floor_and_target() -> None:
    found = composite(EXAMPLE, {"on_time": 0.99, "cost": 20, "energy": 4})
    assert [line.score for line in found.lines] == [1, 0, 1]
    assert composite(EXAMPLE, {"on_time": 0.99, "cost": 20, "energy": 4}, "geometric").score == 0


def test_missing_and_unknown_values_are_errors_named_together() -> None:
    with pytest.raises(BadInput) as caught:
        composite(EXAMPLE, {"on_time": math.nan, "cots": 10.5, "energy": 7})
    text = str(caught.value)
    assert "on_time: the value is missing" in text and "cost: the value is missing" in text
    assert "cots: no such measure" in text and "did you mean 'cost'" in text


def test_a_definition_whose_weights_do_not_sum_to_one_cannot_be_read() -> None:
    content = as_plain(EXAMPLE)
    content["measures"][0]["weight"] = 0.6
    content["measures"][1]["id"] = "on_time"
    with pytest.raises(BadInput, match="the id 'on_time' stands twice"):
        validate(Scorecard, parse(render(content), Path("card.yaml")))
    content["measures"][1]["id"] = "cost"
    with pytest.raises(BadInput, match=r"weights sum to 1.1, not to 1"):
        validate(Scorecard, parse(render(content), Path("card.yaml")))


def test_a_definition_comes_back_from_a_file() -> None:
    assert validate(Scorecard, parse(render(as_plain(EXAMPLE)), Path("card.yaml"))) == EXAMPLE


def test_a_balanced_scorecard_has_four_perspectives_and_the_three_demanded_rows() -> None:
    full = Scorecard(
        title="Full",
        bands=EXAMPLE.bands,
        measures=[
            measure(id="a", perspective="financial", demand="product_development_milestones", weight=0.25),
            measure(id="b", perspective="customer", demand="sustainability", weight=0.25),
            measure(id="c", perspective="process", demand="process_improvement", weight=0.25),
            measure(id="d", perspective="learning", weight=0.25),
        ],
    )
    assert full.missing() == ()
    assert composite(EXAMPLE, ACTUALS).missing == EXAMPLE.missing() != ()


@pytest.mark.parametrize(("floor", "direction"), [(0.95, "higher"), (0.99, "higher"), (0.85, "lower")])
def test_the_floor_lies_on_the_worse_side(floor: float, direction: str) -> None:
    with pytest.raises(ValidationError, match="must lie"):
        measure(floor=floor, direction=direction)


def test_public_ratings_at_their_edges() -> None:
    bands = Bands(approaching_target=0.05, requires_improvement=0.15)
    lower = measure(direction="lower", floor=60, target=40)
    words = {40: "Good", 39: "Good", 40.01: "Approaching target", 42: "Approaching target"}
    words |= {42.01: "Requires improvement", 46: "Requires improvement", 46.01: "Inadequate"}
    for actual, word in words.items():
        assert public_rating(lower, actual, bands) == word
    zero = measure(direction="lower", floor=5, target=0)
    assert public_rating(zero, 0, bands) == "Good"
    assert public_rating(zero, 1, bands) == "Other"
    with pytest.raises(ValidationError, match="larger shortfall"):
        Bands(approaching_target=0.15, requires_improvement=0.15)


@given(st.floats(0.5, 1), st.floats(0, 0.2))
def test_a_worse_value_never_has_a_better_public_rating(actual: float, worse: float) -> None:
    order = ["Good", "Approaching target", "Requires improvement", "Inadequate"]
    one, other = (public_rating(EXAMPLE.measures[0], x, EXAMPLE.bands) for x in (actual, actual - worse))
    assert order.index(one) <= order.index(other)


def test_an_open_dispute_is_shown_and_a_settled_correction_counts() -> None:
    opened = Dispute.model_validate(DISPUTE)
    before = composite(EXAMPLE, ACTUALS, disputes=[opened])
    assert [line.disputed for line in before.lines] == [False, False, True]
    assert before.score == composite(EXAMPLE, ACTUALS).score
    settled = Dispute.model_validate(DISPUTE | SETTLED)
    after = composite(EXAMPLE, ACTUALS, disputes=[settled])
    assert after.score == composite(EXAMPLE, ACTUALS | {"energy": 5.0}).score > before.score
    assert not any(line.disputed for line in after.lines)
    stands = Dispute.model_validate(DISPUTE | SETTLED | {"outcome": "value stands", "settled_value": None})
    assert composite(EXAMPLE, ACTUALS, disputes=[stands]).score == before.score
    with pytest.raises(BadInput, match="d1: the dispute is not about a reported value"):
        composite(EXAMPLE, ACTUALS | {"energy": 6.0}, disputes=[opened])


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": ""},
        {"outcome": "withdrawn"},
        {"settled": date(2025, 4, 21)},
        SETTLED | {"settled_value": None},
        SETTLED | {"outcome": "value stands"},
        SETTLED | {"grounds": None},
        SETTLED | {"settled": date(2025, 4, 1)},
    ],
)
def test_a_dispute_is_logged_whole_or_not_at_all(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Dispute.model_validate(DISPUTE | changes)
