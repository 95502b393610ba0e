"""Frontier and solutions: a reference example, and brute force on small random domains with many ties."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alliance_analysis.errors import BadInput
from alliance_analysis.negotiation import (
    Frontier,
    Issue,
    NoZoneOfPossibleAgreement,
    Party,
    attribution,
    egalitarian,
    frontier,
    kalai_smorodinsky,
    nash,
    outcomes,
    utilitarian,
    utility,
    zone,
)
from alliance_analysis.negotiation.utility import EXAMPLE

OPTIONS = {
    "on_time": (92, 93, 94, 95, 96, 97, 98, 99),
    "at_risk": tuple(range(5, 16)),
    "gain_share": (20, 30, 40, 50, 60),
    "review": (1, 3, 6),
    "adjust": (0, 1),
}
ISSUES = tuple(Issue(name, name, "", options) for name, options in OPTIONS.items())


def party(name: str, weights: tuple[float, ...], curves, reserved: float) -> Party:
    values = {i.id: {o: curve(o) for o in i.options} for i, curve in zip(ISSUES, curves, strict=True)}
    return Party(name, name, dict(zip(OPTIONS, weights, strict=True)), values, reserved)


CUSTOMER = party(
    "customer",
    (0.40, 0.25, 0.20, 0.10, 0.05),
    (
        lambda v: ((v - 92) / 7) ** 0.7,
        lambda v: ((v - 5) / 10) ** 0.8,
        lambda v: 1 - (v - 20) / 40,
        {1: 0.9, 3: 1.0, 6: 0.0}.get,
        lambda v: 1 - 0.6 * v,
    ),
    0.50,
)
VENDOR = party(
    "vendor",
    (0.30, 0.15, 0.25, 0.05, 0.25),
    (
        lambda v: 1 - ((v - 92) / 7) ** 1.8,
        lambda v: 1 - ((v - 5) / 10) ** 1.3,
        lambda v: ((v - 20) / 40) ** 0.8,
        {1: 0.0, 3: 0.9, 6: 1.0}.get,
        float,
    ),
    0.45,
)
FOUND = frontier(ISSUES, (CUSTOMER, VENDOR))
MIDPOINT = (95, 10, 40, 3, 0)


def test_the_reference_example_has_its_published_sizes() -> None:
    """2,640 packages; one of them gives the customer exactly its reserved value, and counts."""
    assert len(outcomes(ISSUES, (CUSTOMER, VENDOR))) == 2640
    inside = zone(ISSUES, (CUSTOMER, VENDOR))
    assert len(inside) == 997
    assert inside.of((92, 15, 40, 3, 0))[0] == 0.5
    assert (len(FOUND), len(FOUND.in_zone())) == (80, 50)


@pytest.mark.parametrize(
    ("solution", "package"),
    [
        (nash(FOUND), (96, 15, 50, 3, 1)),
        (nash(FOUND, (0.7, 0.3)), (97, 15, 40, 3, 1)),
        (kalai_smorodinsky(FOUND), (96, 13, 40, 3, 1)),
        (egalitarian(FOUND), (95, 13, 30, 3, 1)),
        (utilitarian(FOUND), (96, 15, 60, 3, 1)),
    ],
)
def test_each_rule_gives_its_reference_answer(solution, package) -> None:
    assert solution.package == package
    assert solution.tied == (package,)


def test_the_working_of_the_nash_solution() -> None:
    found = nash(FOUND)
    assert [round(u, 4) for u in found.utilities] == [0.6904, 0.6840]
    assert round(found.score, 5) == 0.04455
    assert [round(g, 4) for g in found.ideal] == [0.3791, 0.4025]


def test_splitting_the_difference_is_dominated_by_334_packages() -> None:
    everything = outcomes(ISSUES, (CUSTOMER, VENDOR))
    here = everything.of(MIDPOINT)
    assert sum(dominates(tuple(row), here) for row in everything.utilities) == 334
    better = FOUND.improvement(MIDPOINT)
    assert better.better == (96, 15, 40, 3, 1) and not better.on_frontier
    assert math.prod(better.gains) == pytest.approx(0.0146639, abs=1e-6)
    assert FOUND.improvement((96, 15, 50, 3, 1)).on_frontier
    assert FOUND.improvement((96, 15, 50, 3, 1)).distance == 0


def test_attribution_adds_up_to_the_utility() -> None:
    parts = attribution(ISSUES, VENDOR, MIDPOINT)
    assert list(parts) == list(OPTIONS)
    assert math.fsum(parts.values()) == pytest.approx(utility(ISSUES, VENDOR, MIDPOINT), abs=1e-12)
    assert utility(ISSUES, VENDOR, MIDPOINT) == outcomes(ISSUES, (VENDOR,)).of(MIDPOINT)[0]


# small random domains: tenths for values and weights, so that ties abound


def dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(a >= b for a, b in zip(one, other, strict=True)) and one != other


def domain(parties: int) -> st.SearchStrategy:
    @st.composite
    def build(draw):
        sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
        issues = tuple(Issue(f"i{n}", "", "", tuple(range(size))) for n, size in enumerate(sizes))
        sides = []
        for number in range(parties):
            raw = draw(st.lists(st.integers(0, 4), min_size=len(sizes), max_size=len(sizes)))
            assume(sum(raw))
            values = {i.id: {o: draw(st.integers(0, 10)) / 10 for o in i.options} for i in issues}
            weights = {i.id: w / sum(raw) for i, w in zip(issues, raw, strict=True)}
            sides.append(Party(f"p{number}", "", weights, values, draw(st.integers(0, 7)) / 10))
        return issues, tuple(sides)

    return build()


def by_hand(issues, parties) -> dict[tuple, tuple[float, ...]]:
    """Every package with its utilities, computed one by one with exact sums."""
    return {
        package: tuple(
            round(
                math.fsum(p.weights[i.id] * p.values[i.id][o] for i, o in zip(issues, package, strict=True)),
                12,
            )
            for p in parties
        )
        for package in itertools.product(*(i.options for i in issues))
    }


@settings(max_examples=150, deadline=None)
@given(domain(2) | domain(3))
def test_the_frontier_is_what_brute_force_finds(drawn) -> None:
    issues, parties = drawn
    table = by_hand(issues, parties)
    expected = {k for k, u in table.items() if not any(dominates(v, u) for v in table.values())}
    assert set(frontier(issues, parties).packages) == expected


def gains(found: Frontier, table) -> dict[tuple, tuple[float, ...]]:
    inside = {
        k: tuple(round(x - p.reserved, 12) for x, p in zip(u, found.parties, strict=True))
        for k, u in table.items()
    }
    return {k: g for k, g in inside.items() if min(g) >= 0}


@settings(max_examples=150, deadline=None)
@given(domain(2))
def test_every_solution_is_the_best_that_brute_force_finds(drawn) -> None:
    """Over all packages of the zone, dominated ones included, nothing scores higher."""
    issues, parties = drawn
    found, table = frontier(issues, parties), by_hand(issues, parties)
    inside = gains(found, table)
    if not inside:
        with pytest.raises(NoZoneOfPossibleAgreement):
            nash(found)
        return
    ideal = [max(g[i] for g in inside.values()) for i in (0, 1)]
    shares = {
        k: sorted(1 if m == 0 else x / m for x, m in zip(g, ideal, strict=True)) for k, g in inside.items()
    }
    assert nash(found).score == pytest.approx(max(math.prod(g) for g in inside.values()), abs=1e-11)
    assert egalitarian(found).score == pytest.approx(max(min(g) for g in inside.values()), abs=1e-11)
    assert utilitarian(found).score == pytest.approx(max(sum(table[k]) for k in inside), abs=1e-11)
    best = shares[kalai_smorodinsky(found).package]
    smallest = max(s[0] for s in shares.values())
    assert best[0] == pytest.approx(smallest, abs=1e-8)
    assert best[1] == pytest.approx(max(s[1] for s in shares.values() if s[0] >= smallest - 1e-8), abs=1e-8)


@settings(max_examples=100, deadline=None)
@given(domain(2))
def test_solutions_do_not_depend_on_who_is_named_first(drawn) -> None:
    """Symmetry: with the sides exchanged, every rule has the same set of answers."""
    issues, (a, b) = drawn
    one, other = frontier(issues, (a, b)), frontier(issues, (b, a))
    assert set(one.packages) == set(other.packages)
    if not len(one.in_zone()):
        return
    for rule in (nash, kalai_smorodinsky, egalitarian, utilitarian):
        assert set(rule(one).tied) == set(rule(other).tied)


@settings(max_examples=100, deadline=None)
@given(domain(2), st.sampled_from([0.25, 0.5, 0.75]), st.sampled_from([0.0, 0.125, 0.25]))
def test_nash_and_kalai_smorodinsky_do_not_depend_on_the_scale(drawn, scale: float, shift: float) -> None:
    """Affine invariance: U -> scale U + shift for one side, its reserved value with it, changes no answer."""
    issues, (a, b) = drawn
    values = {i: {o: scale * v + shift for o, v in table.items()} for i, table in a.values.items()}
    moved = Party(a.id, a.name, a.weights, values, scale * a.reserved + shift)
    one, other = frontier(issues, (a, b)), frontier(issues, (moved, b))
    assume(len(one.in_zone()) and len(other.in_zone()))
    for rule in (nash, kalai_smorodinsky):
        assert set(rule(one).tied) == set(rule(other).tied)


def test_a_trillion_packages_have_a_frontier_but_no_list() -> None:
    """A package that maximises a mix of both utilities is on the frontier, and is found issue by issue."""
    issues = tuple(Issue(f"i{n}", "", "", tuple(range(10))) for n in range(12))
    curves = [(i, 0.5 + n / 12) for n, i in enumerate(issues)]
    up = {i.id: {o: (o / 9) ** power for o in i.options} for i, power in curves}
    down = {i.id: {o: ((9 - o) / 9) ** power for o in i.options} for i, power in curves}
    weights = {i.id: 1 / 12 for i in issues}
    sides = [Party("up", "Up", weights, up, 0.4), Party("down", "Down", weights, down, 0.4)]
    found = frontier(issues, sides)
    points = {tuple(u) for u in found.utilities}
    for share in (0.2, 0.5, 0.8):
        package = tuple(
            max(
                i.options,
                key=lambda o: share * sides[0].values[i.id][o] + (1 - share) * sides[1].values[i.id][o],
            )
            for i in issues
        )
        assert tuple(utility(issues, side, package) for side in sides) in points
    with pytest.raises(BadInput, match="too many to list"):
        outcomes(issues, sides)


def test_an_empty_zone_is_a_named_error_with_the_reserved_values() -> None:
    issues, (buyer, seller) = EXAMPLE
    greedy = Party("seller", "Seller", seller.weights, seller.values, 0.95)
    with pytest.raises(NoZoneOfPossibleAgreement, match=r"Buyer 0\.5, Seller 0\.95") as caught:
        kalai_smorodinsky(frontier(issues, (buyer, greedy)))
    assert caught.value.exit_code == 1
    assert len(zone(issues, (buyer, greedy))) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weights": {"price": 0.3, "wait": 0.6}}, r"sum to 0\.9 .*must sum to 1"),
        ({"weights": {"price": 1.0}}, "no weight to the issue 'wait'"),
        ({"weights": {"price": 0.3, "wate": 0.7}}, "did you mean 'wait'"),
        ({"weights": {"price": 1.5, "wait": -0.5}}, "weight of the issue 'wait' is -0.5"),
        ({"weights": {"price": math.nan, "wait": 0.7}}, "weight of the issue 'price' is nan"),
        ({"values": {"price": {1: 0.0, 2: 1.0}, "wait": {0: 0.0, 4: 1.0}}}, "no value for price = 3"),
        ({"values": {"price": {1: 0.0, 2: 2.0, 3: 1.0}, "wait": {0: 0.0, 4: 1.0}}}, "price = 2 is 2"),
        ({"reserved": 1.2}, "reserved value is 1.2"),
    ],
)
def test_preferences_at_fault_are_refused_by_issue(change: dict[str, object], words: str) -> None:
    issues, (buyer, seller) = EXAMPLE
    wrong = Party(**{**vars(buyer), **change})  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=words):
        frontier(issues, (wrong, seller))


def test_bargaining_weights_must_fit() -> None:
    with pytest.raises(BadInput, match="one per party"):
        nash(FOUND, (0.7, 0.4))
    with pytest.raises(BadInput, match="not an option of the issue 'on_time'"):
        FOUND.improvement((91, 10, 40, 3, 0))
