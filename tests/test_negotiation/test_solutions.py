"""Frontier and solutions: a reference example, and brute force on small random domains with many ties."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alliance_analysis.errors import BadInput
from alliance_analysis.negotiation import (
    Clause,
    Frontier,
    Issue,
    NoZoneOfPossibleAgreement,
    Party,
    among,
    attribution,
    dominating,
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
from alliance_analysis.negotiation.worked_example import (
    CUSTOMER,
    ISSUES,
    SPLIT_AND_ADJUST,
    SPLIT_THE_DIFFERENCE,
    TABLE,
    VENDOR,
    printed,
)

FOUND = frontier(ISSUES, (CUSTOMER, VENDOR))
MIDPOINT = SPLIT_THE_DIFFERENCE


def test_the_reference_example_has_its_published_sizes() -> None:
    """2,640 packages; one of them gives the customer exactly its reserved value, and counts."""
    assert len(outcomes(ISSUES, (CUSTOMER, VENDOR))) == 2640
    inside = zone(ISSUES, (CUSTOMER, VENDOR))
    assert len(inside) == 997
    assert inside.of((0.92, 0.15, 0.4, 3, 0))[0] == 0.5
    assert (len(FOUND), len(FOUND.in_zone())) == (80, 50)


@pytest.mark.parametrize(
    ("solution", "package"),
    [
        (nash(FOUND), (0.96, 0.15, 0.5, 3, 1)),
        (nash(FOUND, (0.7, 0.3)), (0.97, 0.15, 0.4, 3, 1)),
        (kalai_smorodinsky(FOUND), (0.96, 0.13, 0.4, 3, 1)),
        (egalitarian(FOUND), (0.95, 0.13, 0.3, 3, 1)),
        (utilitarian(FOUND), (0.96, 0.15, 0.6, 3, 1)),
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
    assert better.better == (0.96, 0.15, 0.4, 3, 1) and not better.on_frontier
    assert math.prod(better.gains) == pytest.approx(0.0146639, abs=1e-6)
    adjusted = dominating(*TABLE, SPLIT_AND_ADJUST)
    assert (len(dominating(*TABLE, MIDPOINT)), len(adjusted)) == (334, 3)
    assert [printed(i.id, o) for i, o in zip(ISSUES, better.better, strict=True)][:2] == ["96%", "15%"]
    assert FOUND.improvement((0.96, 0.15, 0.5, 3, 1)).on_frontier
    assert FOUND.improvement((0.96, 0.15, 0.5, 3, 1)).distance == 0


def test_attribution_adds_up_to_the_utility() -> None:
    parts = attribution(ISSUES, VENDOR, MIDPOINT)
    assert list(parts) == [issue.id for issue in ISSUES]
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


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_ties_are_those_of_integers(data) -> None:
    """Two to eight issues with whole-number weights and values: frontier and zone in exact arithmetic, ties included."""
    count = data.draw(st.integers(2, 8))
    size = {2: 6, 3: 5, 4: 4, 5: 3}.get(count, 2)
    whole = st.lists(st.integers(0, 3), min_size=count, max_size=count).filter(any)
    weights = [data.draw(whole) for _ in "ab"]
    values = [[[data.draw(st.integers(0, 7)) for _ in range(size)] for _ in range(count)] for _ in "ab"]
    reserved = [data.draw(st.integers(0, 4)) for _ in "ab"]
    issues = tuple(Issue(f"i{n}", "", "", tuple(range(size))) for n in range(count))
    sides = [
        Party(
            str(p), "", {f"i{n}": w / sum(weights[p]) for n, w in enumerate(weights[p])},
            {f"i{n}": {o: v / 7 for o, v in enumerate(values[p][n])} for n in range(count)}, reserved[p] / 7,
        )
        for p in (0, 1)
    ]  # fmt: skip
    exact = {
        x: tuple(sum(weights[p][n] * values[p][n][o] for n, o in enumerate(x)) for p in (0, 1))
        for x in itertools.product(range(size), repeat=count)
    }
    points = set(exact.values())
    best = {u for u in points if not any(dominates(v, u) for v in points)}
    assert set(frontier(issues, sides).packages) == {x for x, u in exact.items() if u in best}
    inside = {x for x, u in exact.items() if all(u[p] >= reserved[p] * sum(weights[p]) for p in (0, 1))}
    assert set(zone(issues, sides).packages) == inside


@settings(max_examples=60, deadline=None)
@given(domain(2) | domain(3), st.randoms(use_true_random=False))
def test_the_order_of_issues_options_and_parties_changes_nothing(drawn, random) -> None:
    issues, parties = drawn
    order = random.sample(range(len(issues)), len(issues))
    shuffled = [
        Issue(issues[n].id, "", "", tuple(random.sample(issues[n].options, len(issues[n].options))))
        for n in order
    ]
    back = {tuple(dict(zip(order, x, strict=True))[n] for n in range(len(issues)))
            for x in frontier(shuffled, random.sample(parties, len(parties))).packages}  # fmt: skip
    assert back == set(frontier(issues, parties).packages)


@settings(max_examples=80, deadline=None)
@given(domain(3), st.data())
def test_with_three_parties_distance_and_improvement_are_those_of_brute_force(drawn, data) -> None:
    issues, parties = drawn
    table = by_hand(issues, parties)
    package = data.draw(st.sampled_from(list(table)))
    found, here = frontier(issues, parties).improvement(package), table[package]
    better = {k: u for k, u in table.items() if dominates(u, here)}
    assert set(dominating(issues, parties, package).packages) == set(better)
    on_it = [u for u in table.values() if not any(dominates(v, u) for v in table.values())]
    assert found.distance == pytest.approx(min(math.dist(u, here) for u in on_it), abs=1e-9)
    assert found.on_frontier == (not better)
    product = lambda u: math.prod(a - b for a, b in zip(u, here, strict=True))  # noqa: E731
    if better:
        assert math.prod(found.gains) == pytest.approx(max(map(product, better.values())), abs=1e-9)


@settings(max_examples=80, deadline=None)
@given(domain(2) | domain(3), st.data())
def test_clauses_are_counted_as_by_hand(drawn, data) -> None:
    """A clause changes utilities only where all its terms coincide; frontier, zone and improvement follow."""
    issues, parties = drawn
    clauses = [
        Clause(
            f"c{n}",
            {i.id: data.draw(st.sets(st.sampled_from(i.options), min_size=1)) for i in issues if data.draw(st.booleans())},
            {p.id: data.draw(st.integers(-5, 5)) / 10 for p in parties},
        )
        for n in range(2)
    ]  # fmt: skip
    table = by_hand(issues, parties)
    for clause in clauses:
        for package, worth in table.items():
            terms = {i.id: o for i, o in zip(issues, package, strict=True)}
            if all(terms[name] in wanted for name, wanted in clause.when.items()):
                pairs = zip(worth, parties, strict=True)
                table[package] = tuple(round(u + clause.effects[p.id], 12) for u, p in pairs)
    expected = {k for k, u in table.items() if not any(dominates(v, u) for v in table.values())}
    found = frontier(issues, parties, clauses)
    assert set(found.packages) == expected
    package = data.draw(st.sampled_from(list(table)))
    assert found.improvement(package).utilities == pytest.approx(table[package], abs=1e-12)
    parts = attribution(issues, parties[0], package, clauses)
    assert math.fsum(parts.values()) == pytest.approx(table[package][0], abs=1e-9)
    inside = {k for k, u in table.items() if all(a >= p.reserved for a, p in zip(u, parties, strict=True))}
    assert set(zone(issues, parties, clauses).packages) == inside


def test_a_clause_can_make_splitting_the_difference_worse() -> None:
    """An at-risk amount above 8% without a baseline adjustment costs the vendor extra, and only there."""
    risky = Clause("unadjusted", {"at_risk": [o for o in ISSUES[1].options if o > 0.08], "baseline_adjustment": [0]},
                   {"vendor": -0.1})  # fmt: skip
    plain, charged = (utility(ISSUES, VENDOR, MIDPOINT, c) for c in ((), (risky,)))
    assert charged == pytest.approx(plain - 0.1, abs=1e-12)
    assert len(dominating(*TABLE, MIDPOINT, [risky])) > 334
    assert len(dominating(*TABLE, SPLIT_AND_ADJUST, [risky])) == 3


def test_a_clause_over_too_many_packages_is_refused_with_the_limit() -> None:
    issues = [Issue(f"i{n}", "", "", tuple(range(10))) for n in range(7)]
    side = Party(
        "a", "A", {i.id: 1 / 7 for i in issues}, {i.id: dict.fromkeys(range(10), 0.5) for i in issues}, 0
    )
    clause = Clause("both", {"i0": (1,), "i1": (1,)}, {"a": 0.1})
    with pytest.raises(BadInput, match=r"10,000,000 packages .*at most 2,000,000.*clause 'both'"):
        frontier(issues, [side, replace(side, id="b")], [clause])


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        (Clause("c", {"prize": (1,)}, {"buyer": 0.1}), "'c' names 'prize', which is no issue; did you mean 'price'"),
        (Clause("c", {"price": (1, 9)}, {"buyer": 0.1}), "names price = 9, which is no option; use some of 1, 2, 3"),
        (Clause("c", {"price": (1,)}, {"byer": 0.1}), "names 'byer', which is no party; did you mean 'buyer'"),
        (Clause("c", {"price": (1,)}, {"buyer": math.nan}), "changes buyer's utility by nan"),
    ],
)  # fmt: skip
def test_a_clause_at_fault_is_named(clause: Clause, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        frontier(*EXAMPLE, [clause])


def test_an_unknown_variant_is_refused() -> None:
    with pytest.raises(BadInput, match="did you mean 'equal_shares'"):
        kalai_smorodinsky(FOUND, "equal_share")  # type: ignore[arg-type]


def test_among_some_packages_the_frontier_is_theirs() -> None:
    """Without the packages that adjust the baseline, brute force over the rest finds the same."""
    mask = np.ones([len(i.options) for i in ISSUES], dtype=bool)
    mask[..., 1] = False
    table = {k: u for k, u in by_hand(ISSUES, (CUSTOMER, VENDOR)).items() if not k[-1]}
    expected = {k for k, u in table.items() if not any(dominates(v, u) for v in table.values())}
    assert set(among(*TABLE, mask).packages) == expected


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
        (
            {"values": {"price": {1: 0.0, 2: 1.0, 3: 0.0, 4: 1.0}, "wait": {0: 0.0, 4: 1.0}}},
            "price = 4, which is no opt",
        ),
        ({"values": {"wait": {0: 0.0, 4: 1.0}}}, "table for the issue 'price' has 0 values"),
        ({"values": {"price": {1: math.nan, 2: 1.0, 3: 1.0}, "wait": {0: 0.0, 4: 1.0}}}, "price = 1 is nan"),
        (
            {"values": {**EXAMPLE[1][0].values, "colour": {1: 0.0}}},
            "Buyer values 'colour', which is no issue",
        ),
        ({"reserved": 1.2}, "Buyer's reserved value is 1.2"),
        ({"reserved": math.nan}, "Buyer's reserved value is nan"),
    ],
)
def test_preferences_at_fault_are_refused_by_issue(change: dict[str, object], words: str) -> None:
    issues, (buyer, seller) = EXAMPLE
    wrong = Party(**{**vars(buyer), **change})  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=words):
        frontier(issues, (wrong, seller))


def test_issues_and_parties_at_fault_are_named() -> None:
    issues, (buyer, seller) = EXAMPLE
    empty = replace(issues[0], options=())
    for table, words in (
        (((empty, issues[1]), (buyer, seller)), "the issue 'price' has no options"),
        (
            ((replace(issues[0], options=(1, 2, 3, 3)), issues[1]), (buyer, seller)),
            "of the issue 'price' repeat",
        ),
        (((*issues, issues[0]), (buyer, seller)), "the issue 'price' stands twice"),
        ((issues, (buyer, buyer)), "the party 'buyer' stands twice"),
        (((), ()), "nothing to negotiate"),
    ):
        with pytest.raises(BadInput, match=words):
            frontier(*table)


def test_all_faults_are_told_at_once() -> None:
    issues, (buyer, seller) = EXAMPLE
    wrong = (replace(buyer, reserved=-1), replace(seller, weights={"price": 0.5, "wait": 0.6}))
    with pytest.raises(BadInput) as caught:
        frontier(issues, wrong)
    told = [str(fault) for fault in caught.value.faults]
    assert len(told) == 2 and told[0].startswith("Buyer's") and told[1].startswith("Seller's")


def test_bargaining_weights_must_fit() -> None:
    with pytest.raises(BadInput, match="one per party"):
        nash(FOUND, (0.7, 0.4))
    with pytest.raises(BadInput, match="not an option of the issue 'target'"):
        FOUND.improvement((0.91, 0.10, 0.4, 3, 0))
