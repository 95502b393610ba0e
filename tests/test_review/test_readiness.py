"""Readiness and the choice of a partner: the weakest decides, the gate, and ranks that turn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_analysis.errors import BadInput
from alliance_analysis.review.partner import choose
from alliance_analysis.review.readiness import (
    STARTING,
    Readiness,
    commitment,
    pentad,
    readiness,
    switch,
    views_apart,
)


@given(st.lists(st.integers(1, 4), min_size=5, max_size=5))
def test_the_pentad_is_as_ready_as_its_weakest_area(grades: list[int]) -> None:
    found = pentad(dict(zip(STARTING, grades, strict=True)))
    assert found.ready == all(grade >= 3 for grade in grades)
    assert {found.grades[area.id] for area in found.weakest} == {min(grades)}
    assert found.top == (grades[-1] < 3)


def test_a_pentad_without_an_area_names_every_fault() -> None:
    with pytest.raises(BadInput) as told:
        pentad({"alliances": 5, "suppliers": 1, "customers": 1, "employees": 1, "owners": 3})
    assert {fault.field for fault in told.value.faults} == {"owners", "alliances", "executives"}


def test_the_file_covers_the_lists_of_its_sources() -> None:
    found = readiness()
    assert not list(found.problems())
    assert [
        len(found.areas),
        len(found.keys),
        len(found.steps),
        len(found.educate),
        len(found.expectations),
    ] == [5, 7, 7, 8, 5]
    assert len({stage for step in found.steps for stage in step.iso}) == 8
    assert len({stage for step in found.steps for stage in step.stage}) == 4
    assert (len(found.respondents), len(found.management), len(found.spectrum), len(found.activities)) == (
        4,
        5,
        3,
        7,
    )
    broken = Readiness.model_validate(
        found.model_dump(by_alias=True) | {"criteria": found.model_dump()["criteria"][1:]}
    )
    assert {where[0] for where, _, _ in broken.problems()} == {"candidates", "criteria"}


def test_the_weakest_level_and_the_widest_gap_are_found() -> None:
    table = np.random.default_rng(2).integers(1, 6, (4, 3))
    found = commitment({f"l{i}": {f"p{j}": int(table[i, j]) for j in range(3)} for i in range(4)})
    assert (found.weakest, found.mean) == (table.min(), pytest.approx(table.mean()))
    assert len(found.where) == (table == table.min()).sum()
    assert views_apart({"a": {"x": 1, "y": 5}, "b": {"x": 3, "y": 4}, "c": {"x": 2, "y": 1}}) == (
        "y",
        "a",
        "c",
        4,
    )
    for call in (
        lambda: commitment({}),
        lambda: views_apart({"a": {"x": 1}}),
        lambda: views_apart({"a": {"x": 1}, "b": {}}),
    ):
        with pytest.raises(BadInput):
            call()


@given(st.floats(0, 100), st.floats(0.1, 100), st.floats(0, 20), st.floats(1, 3))
def test_fear_holds_back_exactly_between_paying_and_tipping(
    staying: float, alliance: float, servicing: float, dread: float
) -> None:
    found = switch(staying, alliance, servicing, dread)
    assert found.moves <= found.pays
    if abs(dread - found.tipping) > 1e-9:
        assert found.moves == (dread < found.tipping)
    with pytest.raises(BadInput):
        switch(-1, alliance, servicing)


def test_ranking_first_does_not_pass_the_gate() -> None:
    found = choose(readiness().candidates)
    by_hand = {
        name: sum(c.weight * (grades[c.id] - 1) / 4 for c in readiness().criteria)
        for name, grades in readiness().candidates.items()
    }
    assert found.ranking.scores.to_dict() == pytest.approx(by_hand)
    assert max(by_hand, key=lambda name: by_hand[name]) == "Assembler" and found.turned_away == ("Assembler",)
    assert found.first == "Retail chain" and not found.reversals
    assert choose(readiness().candidates, floor=0.95).first is None


def test_topsis_turns_ranks_round_when_the_candidate_at_the_gate_leaves() -> None:
    with_it = choose(readiness().candidates, "topsis")
    (turned,) = [r for r in with_it.reversals if r.removed == "Assembler"]
    without = choose({name: g for name, g in readiness().candidates.items() if name != "Assembler"}, "topsis")
    assert with_it.ranking.ranks[turned.ahead] < with_it.ranking.ranks[turned.behind]
    assert without.ranking.ranks[turned.ahead] > without.ranking.ranks[turned.behind]


def test_a_missing_grade_and_a_floor_that_cannot_be_are_refused() -> None:
    one = dict(readiness().candidates["Assembler"])
    del one["daily"]
    with pytest.raises(BadInput, match="grade from 1 to 5"):
        choose({"Assembler": one})
    with pytest.raises(BadInput, match="floor"):
        choose(readiness().candidates, floor=2)
