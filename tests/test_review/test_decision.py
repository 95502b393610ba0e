"""Grow, maintain, downgrade or close: the whole table of conditions, and the reasons told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_analysis.agreement import Agreement, example_path, read_agreement
from alliance_analysis.agreement.clauses import Milestone
from alliance_analysis.agreement.review import Outlook, ReviewRecord
from alliance_analysis.errors import BadInput
from alliance_analysis.review.decision import HIGH, LOW, decide, decided, milestones_due

GOOD = Outlook(party="a", planned=10, actual=10, cost=4, expansion=2, continuation=30, recovery=12)


def other(**changes: float | str) -> Outlook:
    return GOOD.model_copy(update={"party": "b", **changes})


@given(st.integers(0, 20), *[st.integers(-5, 25)] * 4, st.integers(0, 20), st.integers(0, 20))
def test_the_verdict_is_that_of_the_rule_read_the_other_way_round(
    met: int, actual: int, cost: int, expansion: int, continuation: int, recovery: int, extra: int
) -> None:
    """The rule as one expression over both partners, worst case first."""
    second = other(
        actual=actual, cost=max(cost, 0), expansion=expansion, continuation=continuation, recovery=recovery
    )
    found = decide(met, 20, [GOOD, second])
    both = (GOOD, second)
    done, gained = met / 20, min(o.actual / o.planned for o in both)
    expected = (
        "close" if any(o.recovery > o.continuation for o in both)
        else "downgrade" if min(done, gained) < LOW or any(o.actual < o.cost for o in both)
        else "grow" if min(done, gained) >= HIGH and all(o.actual > o.cost and o.expansion > 0 for o in both)
        else "maintain"
    )  # fmt: skip
    assert found.verdict == expected
    assert found.reasons
    assert found.surplus == pytest.approx(sum(o.continuation - o.recovery for o in both))


def test_before_closing_a_split_that_keeps_both_is_named() -> None:
    found = decide(9, 10, [GOOD, other(continuation=10, recovery=14)])
    assert found.verdict == "close" and found.surplus == 14
    assert "at least 4 to b" in found.reasons[-1]
    assert "no split" in decide(9, 10, [GOOD, other(continuation=10, recovery=40)]).reasons[-1]


def test_what_stands_against_growth_is_told_partner_by_partner() -> None:
    found = decide(8, 10, [GOOD, other(actual=8, expansion=-1)])
    assert found.verdict == "maintain"
    assert [reason.split()[0] for reason in found.reasons] == ["8", "b", "growing"]
    assert "question the plan" in decide(10, 10, [GOOD, other(actual=6)]).reading


def test_a_milestone_counts_once_due_or_met() -> None:
    months = {"late": 1, "open": 2, "early": 12, "future": 12, "no_month": None}
    listed = [Milestone(id=name, text=name, month=month) for name, month in months.items()]
    met = {"late": 3, "early": 2}
    assert [milestones_due(listed, met, month) for month in (0.5, 1, 2, 3, 12)] == [
        (0, 0), (0, 1), (1, 3), (2, 3), (2, 4),
    ]  # fmt: skip


def test_the_review_is_read_from_the_agreement() -> None:
    example = read_agreement(example_path()).agreement
    found = decided(example)
    assert (found.met, found.due) == (2, 2)
    assert found.realisation == pytest.approx(330 / 400)


def test_a_review_names_what_is_not_listed() -> None:
    review = ReviewRecord(month=3, met={"gone": 1}, outlook=[GOOD])
    agreement = Agreement(schema=1, title="Draft", review=review)
    told = {what for _, what, _ in agreement.problems()}
    assert {"'gone'" in line or "'a'" in line for line in told} == {True} and len(told) == 2


def test_a_review_that_says_too_little_is_refused() -> None:
    with pytest.raises(BadInput, match="no review"):
        decided(Agreement(schema=1, title="Draft"))
    with pytest.raises(BadInput) as told:
        decide(0, 0, [GOOD], high=0.5, low=0.6)
    assert {fault.field for fault in told.value.faults} == {"milestones", "outlook", "low, high"}


def test_the_exercise_of_the_page_holds() -> None:
    """What the solution says of the labelled example: 360 of the customer's plan, and more than 300 for the vendor."""
    example = read_agreement(example_path()).agreement
    assert example.review
    customer, vendor = example.review.outlook

    def verdict(*outlooks: Outlook) -> str:
        review = example.review.model_copy(update={"outlook": list(outlooks)})  # type: ignore[union-attr]
        return decided(example.model_copy(update={"review": review})).verdict

    assert [verdict(customer.model_copy(update={"actual": x}), vendor) for x in (359, 360)] == [
        "maintain",
        "grow",
    ]
    assert [verdict(customer, vendor.model_copy(update={"recovery": x})) for x in (300, 301)] == [
        "maintain",
        "close",
    ]
