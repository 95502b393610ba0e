"""Where utilities come from and what they say: elicitation, alternatives, explanation, dependence, the meaning test."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_analysis.errors import BadInput
from alliance_analysis.negotiation import (
    Alternative,
    Clause,
    Stake,
    compared,
    dependence,
    explain,
    frontier,
    meaning_test,
    nash,
    rated,
    reserved_value,
    utility,
    worked_example,
)
from alliance_analysis.negotiation.utility import EXAMPLE

# pairwise comparison

HOUSE = ("size", "transport", "neighbourhood", "age", "yard", "facilities", "condition", "financing")
SAATY = """
5 3 7 6 6 1/3 1/4
1/3 5 3 3 1/5 1/7
6 3 4 6 1/5
1/3 1/4 1/7 1/8
1/2 1/5 1/6
1/5 1/6
1/2
"""
"""Saaty (1990), the family that buys a house: the upper triangle of the published matrix."""


def judgements(items=HOUSE, text=SAATY) -> dict[tuple[str, str], float]:
    rows = [[float(Fraction(cell)) for cell in line.split()] for line in text.split("\n") if line]
    return {(items[r], items[r + 1 + c]): ratio for r, row in enumerate(rows) for c, ratio in enumerate(row)}


def test_saatys_house_has_its_published_weights_and_ratio() -> None:
    found = compared(HOUSE, judgements())
    published = (0.173, 0.054, 0.188, 0.018, 0.031, 0.036, 0.167, 0.333)
    assert tuple(round(w, 3) for w in found.weights.values()) == published
    assert round(found.largest_eigenvalue, 3) == 9.669
    assert round(found.consistency_ratio, 3) == 0.169
    assert found.worst == ("size", "neighbourhood", "condition")  # 3 x 6 = 18 on the way round, 1/3 directly


def test_equal_to_pymcdm() -> None:
    pytest.importorskip("pymcdm")
    from pymcdm.weights.subjective import AHP

    found = compared(HOUSE, judgements())
    peer = AHP(matrix=found.matrix)
    assert np.allclose(list(found.weights.values()), peer(), atol=1e-12)
    assert found.consistency_ratio == pytest.approx(
        peer.get_cr(), rel=0.012
    )  # another table of random indices


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=8))
def test_judgements_that_agree_give_the_weights_back(raw: list[int]) -> None:
    items = [f"i{n}" for n in range(len(raw))]
    ratios = {(a, b): raw[i] / raw[j] for i, a in enumerate(items) for j, b in enumerate(items) if i < j}
    found = compared(items, ratios)
    assert list(found.weights.values()) == pytest.approx([r / sum(raw) for r in raw], abs=1e-9)
    assert found.consistency_ratio == pytest.approx(0, abs=1e-9) and found.worst == ()
    turned = compared(items, {(b, a): 1 / ratio for (a, b), ratio in ratios.items()})
    assert list(turned.weights.values()) == pytest.approx(list(found.weights.values()))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({("a", "b"): 12}, "'a' is said to be 12 times as important as 'b'"),
        ({("b", "a"): 2}, "'a' and 'b' are compared 2 times"),
        ({("a", "d"): 2}, "'d' is not an item"),
        ({("a", "b"): math.nan}, "'a' is said to be nan times"),
    ],
)
def test_a_judgement_at_fault_is_named(change, words: str) -> None:
    good = {("a", "b"): 2.0, ("a", "c"): 4.0, ("b", "c"): 2.0}
    with pytest.raises(BadInput, match=words):
        compared(("a", "b", "c"), {**good, **change})
    with pytest.raises(BadInput, match="'b' and 'c' are compared 0 times"):
        compared(("a", "b", "c"), {("a", "b"): 2.0, ("a", "c"): 4.0})


def test_direct_rating_at_fault_is_named() -> None:
    for act, words in (
        (lambda: rated({"a": -1, "b": 2}), "'a' has -1 points"),
        (lambda: rated({"a": 0, "b": 0}), "no points were given"),
    ):
        with pytest.raises(BadInput, match=words):
            act()


# alternatives


def test_the_reserved_value_is_the_expected_utility_of_the_best_alternative() -> None:
    """Played 200,000 times: the mean of what the alternative turns out to be worth."""
    issues, vendor = worked_example.ISSUES, worked_example.VENDOR
    rival = Alternative("rival", "A rival's offer", worked_example.SPLIT_AND_ADJUST, probability=0.7, otherwise=0.1,
                        cost=0.05)  # fmt: skip
    found = reserved_value(issues, vendor, [Alternative("none", "Nothing", rating=0.2), rival])
    comes = np.random.default_rng(3).random(200_000) < 0.7
    worth = utility(issues, vendor, worked_example.SPLIT_AND_ADJUST)
    assert found.value == pytest.approx(np.where(comes, worth, 0.1).mean() - 0.05, abs=0.003)
    assert found.best == rival and [v.alternative.id for v in found.valued] == ["rival", "none"]
    assert found.valued[0].working.endswith(f"- 0.05 = {found.value:.3f}")


def test_a_better_alternative_never_lowers_the_reserved_value() -> None:
    issues, (buyer, _) = EXAMPLE
    for rating in (0.0, 0.3, 0.9):
        two = [Alternative("a", "A", rating=0.3, probability=0.5), Alternative("b", "B", rating=rating)]
        assert reserved_value(issues, buyer, two).value == max(0.15, rating)
    assert reserved_value(issues, buyer, [Alternative("c", "C", rating=0.1, cost=0.4)]).value == 0


@pytest.mark.parametrize(
    ("alternatives", "words"),
    [
        ([], "Buyer has no alternative"),
        ([Alternative("a", "A")], "Buyer's alternative 'a' needs a package or a rating"),
        ([Alternative("a", "A", rating=0.2, probability=1.5)], "alternative 'a': probability is 1.5"),
        ([Alternative("a", "A", package=(9, 0))], "9 is not an option of the issue 'price'"),
    ],
)
def test_an_alternative_at_fault_is_named(alternatives, words: str) -> None:
    issues, (buyer, _) = EXAMPLE
    with pytest.raises(BadInput, match=words):
        reserved_value(issues, buyer, alternatives)


# explanation


def test_an_explanation_adds_up_and_says_who_gains() -> None:
    table, split = worked_example.TABLE, worked_example.SPLIT_THE_DIFFERENCE
    better = frontier(*table).improvement(split).better
    found = explain(*table, better, split, printed=worked_example.printed)
    for party in table[1]:
        gain = utility(table[0], party, better) - utility(table[0], party, split)
        assert found.gains[party.id] == pytest.approx(gain, abs=1e-12)
        assert math.fsum(found.changes[party.id].values()) == pytest.approx(gain, abs=1e-12)
    assert (
        "Baseline adjustment yes instead of no: the customer loses 0.03, the vendor gains 0.25." in found.text
    )
    assert "Review" not in found.text and found.text.endswith("better for both.")
    assert explain(*table, split, better).text.endswith("worse for both.")
    assert explain(*table, split, split).text == "The two packages are the same."


def test_an_explanation_tells_of_clauses() -> None:
    clause = Clause("rush", {"price": (3,), "wait": (0,)}, {"buyer": 0.1, "seller": -0.2})
    found = explain(*EXAMPLE, (3, 0), (2, 0), clauses=[clause])
    assert "The clause 'rush': the buyer gains 0.10, the seller loses 0.20." in found.text
    assert found.gains == {"buyer": -0.05, "seller": 0.2}
    assert found.text.endswith("better for one at the other's expense.")


# dependence


def stakes(own: float, theirs: float) -> tuple[Stake, Stake]:
    sides = ((own, "small", "The small supplier"), (theirs, "large", "The large customer"))
    one, other = (
        Stake(i, name, {"partner": 100 * d, "others": 100 * (1 - d)}, "partner") for d, i, name in sides
    )
    return one, other


def test_the_more_dependent_side_has_less_weight_and_gets_less() -> None:
    """In the worked example the weighted Nash package moves against the side that depends more."""
    found = frontier(*worked_example.TABLE)
    alone = [nash(found, dependence(*stakes(own, 0.4)).weights).utilities[0] for own in (0.1, 0.4, 0.9)]
    assert alone[0] > alone[1] > alone[2]
    assert dependence(*stakes(0.4, 0.4)).weights == (0.5, 0.5)


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1))
def test_asymmetry_and_weights_turn_round_with_the_sides(own: float, theirs: float) -> None:
    one, other = stakes(own, theirs)
    there, back = dependence(one, other), dependence(other, one)
    assert there.asymmetry == -back.asymmetry and there.weights == pytest.approx(back.weights[::-1])
    assert sum(there.weights) == pytest.approx(1)
    assert there.warnings == back.warnings


def test_concentration_is_the_herfindahl_index() -> None:
    shares = {"partner": 5, "second": 3, "third": 2}
    one = Stake("a", "A", shares, "partner")
    assert one.concentration == pytest.approx(0.25 + 0.09 + 0.04)
    assert Stake("b", "B", {"partner": 7}, "partner").concentration == 1
    costly = Stake("c", "C", shares, "partner", replaceable=0.5, switching_cost=1)
    assert costly.dependence == pytest.approx((5 * 0.5 + 1) / 10)


def test_who_is_left_holding_the_bag() -> None:
    found = dependence(*stakes(0.8, 0.05))
    assert found.warnings == (
        "The small supplier would lose 80% of its value without the partner, the partner 5%: it may be left holding "
        "the bag.",
    )
    assert not dependence(*stakes(0.8, 0.75)).warnings
    for stake, words in (
        (Stake("a", "A", {"x": 1}, "partner"), "A gets no value from 'partner'"),
        (Stake("a", "A", {"partner": -1}, "partner"), "A's value from 'partner' is -1"),
        (Stake("a", "A", {"partner": 0}, "partner"), "A has no value to lose"),
        (Stake("a", "A", {"partner": 1}, "partner", replaceable=2), "A's replaceable share is 2"),
    ):
        with pytest.raises(BadInput, match=words):
            dependence(stake, stakes(0.1, 0.1)[1])


# meaning


def test_one_day_against_one_month_fails() -> None:
    found = meaning_test("quick delivery", "days", {"customer": 1, "vendor": 30})
    assert found.ratio == 30 and not found.passed
    assert meaning_test("month", "days", {"a": 30, "b": 31}).passed
    assert meaning_test("defects", "a month", {"a": 0, "b": 0}).ratio == 1
    assert meaning_test("defects", "a month", {"a": 0, "b": 1}).ratio == math.inf


def test_a_meaning_at_fault_is_named() -> None:
    for given_, words in (({"a": 1}, "has 1 definition"), ({"a": -1, "b": 2}, "a says that 'x' is -1 days")):
        with pytest.raises(BadInput, match=words):
            meaning_test("x", "days", given_)
    with pytest.raises(BadInput, match=r"tolerance is 0\.5"):
        meaning_test("x", "days", {"a": 1, "b": 2}, 0.5)
