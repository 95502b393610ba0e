"""Run rules: their definitions, a peer library, and the published average run lengths."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse, stats

from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.rules import NELSON, RULE_SETS, WESTERN_ELECTRIC, apply, rule_set

Zs = st.lists(st.floats(-4, 4, allow_nan=False).map(lambda z: round(z, 1)), min_size=1, max_size=60)


@given(Zs)
def test_a_mirror_changes_nothing(z: list[float]) -> None:
    for rule in NELSON:
        assert (rule.flags(z) == rule.flags([-value for value in z])).all()
        assert rule.signals(z).any() == rule.flags(z).any()
        assert (rule.signals(z) <= rule.flags(z)).all() or rule.least < rule.window


def runs(marks: list[bool], least: int) -> list[int]:
    """Return the points of every unbroken run of marks of at least this length."""
    found, at = [], 0
    for set_, group in groupby(marks):
        length = len(list(group))
        found += list(range(at, at + length)) if set_ and length >= least else []
        at += length
    return found


@given(Zs)
def test_runs_are_runs_of_their_length(z: list[float]) -> None:
    one_side = sorted(runs([v > 0 for v in z], 9) + runs([v < 0 for v in z], 9))
    assert np.flatnonzero(NELSON[1].flags(z)).tolist() == one_side
    assert np.flatnonzero(NELSON[6].flags(z)).tolist() == runs([abs(v) < 1 for v in z], 15)
    assert np.flatnonzero(NELSON[7].flags(z)).tolist() == runs([abs(v) > 1 for v in z], 8)


def test_trend_and_zigzag_need_their_full_number_of_points() -> None:
    assert not NELSON[2].flags([0, 0.1, 0.2, 0.3, 0.4]).any()
    assert NELSON[2].flags([9, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.1]).tolist() == [False] + [True] * 6 + [False]
    zigzag = [0.5 * (-1) ** i for i in range(14)]
    assert NELSON[3].flags(zigzag).all() and not NELSON[3].flags(zigzag[:13]).any()


def test_a_gap_ends_a_run_but_not_two_of_three() -> None:
    assert not NELSON[1].flags([1.0] * 8 + [np.nan] + [1.0] * 8).any()
    assert not NELSON[2].flags([0, 1, 2, np.nan, 3, 4, 5]).any()
    assert NELSON[4].flags([2.5, np.nan, 2.5]).tolist() == [True, False, True]


def test_a_finding_names_its_rule_and_a_wrong_set_the_right_one() -> None:
    (found,) = apply(WESTERN_ELECTRIC[3:], [0.5] * 9)
    assert found.rule.name == "Western Electric 4" and "eight points" in found.rule.definition
    assert found.points == tuple(range(9)) and found.signals == (7, 8)
    assert [rule.number for rule in rule_set("nelson")] == list(range(1, 9))
    with pytest.raises(BadInput, match="did you mean 'nelson'"):
        rule_set("nelsen")
    assert all(len(rules) for rules in RULE_SETS.values())


@pytest.mark.parametrize(("family", "rules"), [("nelson", NELSON), ("western_electric", WESTERN_ELECTRIC)])
def test_the_rules_flag_what_a_peer_flags(family: str, rules: tuple) -> None:
    pytest.importorskip("shewhart")
    from shewhart._rules import RULESETS, apply_rules

    rng = np.random.default_rng(5)
    for kind in range(120):
        z = rng.normal(0, (0.6, 1.0, 1.6)[kind % 3], 80)
        z += np.linspace(-2, 2, 80) * (kind % 4 == 0)
        peer = defaultdict(set)
        for key, _, points in apply_rules(z, RULESETS[family]):
            peer[int(key[-1])] |= set(points)
        assert {f.rule.number: set(f.points) for f in apply(rules, z)} == peer


def western_electric_arl(shift: float) -> tuple[float, dict]:
    """Return the exact average run length of the four rules, from the zones' Markov chain.

    A state is what the rules remember: for each side the last two marks beyond 2 sigma and the last four
    beyond 1 sigma, and the length of the run on one side.
    """
    edges = [-np.inf, -3, -2, -1, 0, 1, 2, 3, np.inf]
    chance = np.diff(stats.norm.cdf(edges, loc=shift))
    middle = [-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5]

    def step(state: tuple, z: float) -> tuple | None:
        two, one, run = state
        two = tuple(((old << 1) | (side * z > 2)) & 7 for old, side in zip(two, (1, -1), strict=True))
        one = tuple(((old << 1) | (side * z > 1)) & 31 for old, side in zip(one, (1, -1), strict=True))
        run = run + np.sign(z) if run * z > 0 else np.sign(z)
        alarm = (
            abs(z) > 3
            or max(map(int.bit_count, two)) >= 2
            or max(map(int.bit_count, one)) >= 4
            or abs(run) >= 8
        )
        return None if alarm else (tuple(v & 3 for v in two), tuple(v & 15 for v in one), int(run))

    start = ((0, 0), (0, 0), 0)
    index, queue, moves = {start: 0}, [start], []
    for state in queue:
        for z, p in zip(middle, chance, strict=True):
            after = step(state, z)
            if after is not None:
                if after not in index:
                    index[after] = len(index)
                    queue.append(after)
                moves.append((index[state], index[after], p))
    rows, columns, weights = zip(*moves, strict=True)
    size = len(index)
    chain = sparse.coo_array((weights, (rows, columns)), shape=(size, size))
    solved = sparse.linalg.spsolve((sparse.eye_array(size) - chain).tocsc(), np.ones(size))
    return float(solved[0]), {"start": start, "step": step}


def test_average_run_lengths_as_published() -> None:
    """370.4 for the limits alone; 91.75 for the four Western Electric rules (champ1987exact)."""
    assert 1 / (2 * stats.norm.sf(3)) == pytest.approx(370.4, abs=0.05)
    exact, chain = western_electric_arl(0)
    assert exact == pytest.approx(91.75, abs=0.005)
    # the chain and the rules signal first at the same point of the same series
    rng = np.random.default_rng(3)
    for _ in range(60):
        z = rng.normal(0.4, 1.1, 120).tolist()
        state, first = chain["start"], None
        for at, value in enumerate(z):
            state = chain["step"](state, value)
            if state is None:
                first = at
                break
        ours = np.flatnonzero(np.any([rule.signals(z) for rule in WESTERN_ELECTRIC], axis=0))
        assert (int(ours[0]) if len(ours) else None) == first


def test_the_rules_run_along_the_last_axis_of_many_series() -> None:
    """A second computation of 91.75, by simulation (standard error about 1.3)."""
    z = np.random.default_rng(11).normal(size=(5000, 900))
    alarm = np.any([rule.signals(z) for rule in WESTERN_ELECTRIC], axis=0)
    first = alarm.argmax(axis=1)[alarm.any(axis=1)] + 1
    assert alarm.any(axis=1).mean() > 0.999
    assert first.mean() == pytest.approx(91.75, abs=4)
