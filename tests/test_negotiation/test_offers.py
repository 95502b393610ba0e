"""The counterpart: its concession curve, its reasons, and a transcript that the file alone gives back."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_analysis.agreement import Agreement, KpiCard, example_path, keep, open_agreement, read_agreement
from alliance_analysis.agreement.kpi import Baseline
from alliance_analysis.errors import BadInput
from alliance_analysis.figures import negotiation as show
from alliance_analysis.negotiation import (
    Negotiation,
    Setup,
    debrief,
    outcomes,
    recorded,
    replay,
    setup_from,
    utility,
    zone,
)
from alliance_analysis.negotiation.offers import CHARACTERS, PATIENCE, aim, demonstration
from alliance_analysis.negotiation.setups import (
    ACCEPT,
    ALTERNATIVES,
    THEIR_RESERVED,
    WALK_AWAY,
    Move,
    offer,
    targets_around,
)
from alliance_analysis.records import as_plain

EXAMPLE = read_agreement(example_path()).agreement
SETUP = setup_from(EXAMPLE)
HARD, SOFT = (0.94, 0.15, 1), (0.82, 0.0, 6)
PACKAGES = list(itertools.product(SETUP.targets, SETUP.at_risks, SETUP.reviews))
SETUPS = st.builds(
    lambda character, rounds, seed, ranks, alternative: setup_from(
        EXAMPLE, character=character, rounds=rounds, seed=seed, alternative=alternative,
        importance=dict(zip(("target", "at_risk", "review_months"), ranks, strict=True)),
    ),
    st.sampled_from(list(CHARACTERS)),
    st.integers(3, 10),
    st.integers(1, 500),
    st.tuples(*[st.integers(1, 5)] * 3),
    st.sampled_from(list(ALTERNATIVES)),
)  # fmt: skip


def test_the_concession_curve_is_the_published_one() -> None:
    """aim(t) = U_max - (U_max - r)(t / T)^(1 / e): from the top to the reserved value, later for the tough."""
    steps = range(1, 7)
    for character, (exponent, *_) in CHARACTERS.items():
        if exponent is None:
            continue
        curve = [aim(character, t, 6, top=1.0, reserved=0.4) for t in steps]
        assert curve == pytest.approx([1 - 0.6 * (t / 6) ** (1 / exponent) for t in steps], abs=1e-12)
        assert curve[-1] == 0.4
    three = ("tough", "even_handed", "conceding")
    tough, even, soft = ([aim(c, t, 6, top=1.0, reserved=0.4) for t in (1, 3, 5)] for c in three)
    assert all(a > b > c for a, b, c in zip(tough, even, soft, strict=True))


def test_the_mirror_gives_what_it_gets_and_no_more() -> None:
    worths = (0.2, 0.35, 0.1, 0.3)
    curve = [aim("mirrors_you", t, 9, top=1.0, reserved=0.4, worths=worths[:t]) for t in (1, 2, 3, 4)]
    assert curve == pytest.approx([1.0, 0.85, 0.85, 0.85])  # taking back and giving again earns nothing


@settings(max_examples=60, deadline=None)
@given(SETUPS, st.lists(st.sampled_from(PACKAGES), min_size=1, max_size=12))
def test_the_counterpart_keeps_its_own_rules(setup: Setup, packages: list[tuple]) -> None:
    """It accepts exactly what reaches its aim, never offers less than its aim, and ends when it said it would."""
    run = replay(setup, ())
    them = setup.parties[1]
    for package in packages:
        if run.ended:
            break
        run = replay(setup, (*run.moves, offer(package)))
        yours, theirs = run.turns[-2:]
        worth = utility(setup.issues, them, package)
        assert theirs.aim is not None and theirs.aim >= them.reserved
        assert (theirs.act == "accept") == (worth >= theirs.aim)
        assert yours.utilities == (utility(setup.issues, setup.parties[0], package), worth)
        if theirs.act == "offer":
            assert theirs.utilities[1] >= theirs.aim > worth
            assert theirs.reason
    offers = [t.utilities[1] for t in run.turns if t.who == "you" and t.act == "offer"]
    assert len(offers) <= setup.rounds
    if run.ending == "they_walked_away":
        assert all(worth < them.reserved for worth in offers[-PATIENCE:])
    if run.ending == "out_of_rounds":
        assert len(offers) == setup.rounds
    assert replay(setup, run.moves) == run


def test_its_answer_is_the_nearest_package_at_its_aim() -> None:
    """Computed again over all packages: fewest steps from the student's, then best for the counterpart."""
    run = replay(SETUP, [offer(HARD)])
    answer = run.turns[-1]
    scales = [list(issue.options) for issue in SETUP.issues]

    def steps(package: tuple) -> float:
        pairs = zip(scales, package, HARD, strict=True)
        return round(sum(abs(s.index(a) - s.index(b)) / (len(s) - 1) for s, a, b in pairs), 9)

    worth = {p: utility(SETUP.issues, SETUP.parties[1], p) for p in PACKAGES}
    reach = [p for p in PACKAGES if worth[p] >= (answer.aim or 0)]
    assert answer.terms == min(reach, key=lambda p: (steps(p), -worth[p]))


def test_the_reason_names_the_issue_that_hurts_most() -> None:
    them = SETUP.parties[1]
    heavy = max(("target", "at_risk"), key=lambda n: them.weights[n])
    words = {"target": "A target of 94% costs us most", "at_risk": "An at-risk amount of 15% costs us most"}
    assert words[heavy] in replay(SETUP, [offer(HARD)]).turns[-1].reason
    light = replay(SETUP, [offer((0.82, 0.15, 6))]).turns[-1].reason
    assert "An at-risk amount of 15% costs us most; we need" in light
    assert "In return we take a target of 82% and a review every 6 months." in light


def test_three_offers_below_its_reserved_value_end_it() -> None:
    run = replay(SETUP, [offer(HARD)] * PATIENCE)
    assert run.ending == "they_walked_away" and "One more offer like this" in run.turns[-3].reason
    assert show.terms(run).alt.startswith("No agreement: 0.40 for you")


def test_the_best_for_it_is_accepted_at_once_and_the_warning_stands() -> None:
    run = replay(SETUP, [offer(SOFT)])
    assert run.ending == "agreement" and run.agreed == SOFT
    found = debrief(run)
    assert found.below == ("you",) and "less than your alternative" in show.terms(run).full_note


def test_walking_away_gives_both_sides_their_reserved_values() -> None:
    run = replay(SETUP, [offer(HARD), WALK_AWAY])
    assert run.ending == "you_walked_away" and run.agreed is None
    assert debrief(run).reached == tuple(p.reserved for p in SETUP.parties)


@pytest.mark.parametrize(
    ("moves", "words"),
    [
        ([ACCEPT], "move 1: there is no offer to accept"),
        ([WALK_AWAY, offer(HARD)], "move 2: the negotiation has ended"),
        ([offer((0.93, 0.0, 1))], "move 1: 0.93 is not an option of the issue 'target'"),
    ],
)
def test_a_move_that_cannot_be_is_named(moves: list[Move], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        replay(SETUP, moves)


def test_an_open_negotiation_gives_nothing_away() -> None:
    run = replay(SETUP, [offer(HARD)])
    with pytest.raises(BadInput, match="not ended"):
        debrief(run)
    hidden = f"{run.turns[-1].utilities[1]:.2f}"
    assert not any(hidden in e.to_html() for e in (show.transcript(run), show.debrief(run), show.terms(run)))


@settings(max_examples=100, deadline=None)
@given(SETUPS)
def test_the_counterpart_is_drawn_within_its_ranges_and_a_deal_is_possible(setup: Setup) -> None:
    them = setup.parties[1]
    assert sum(them.weights.values()) == pytest.approx(1)
    assert THEIR_RESERVED[0] <= them.reserved <= THEIR_RESERVED[1]
    assert len(zone(setup.issues, setup.parties)) > 0


def test_classmates_with_other_numbers_meet_other_counterparts() -> None:
    drawn = {tuple(setup_from(EXAMPLE, seed=n).parties[1].weights.values()) for n in range(1, 31)}
    assert len(drawn) == 30


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 100), st.integers(0, 100), st.booleans())
def test_targets_surround_the_cards_target(base: int, target: int, higher: bool) -> None:
    for unit in (1.0, 0.01):
        baseline, goal = base * unit, target * unit
        found = targets_around(baseline, goal, higher=higher)
        assert goal in found and found == sorted(set(found), reverse=not higher)
        if unit < 1:
            assert all(0 <= x <= 1 for x in found)
        if (goal > baseline) == higher and goal != baseline:
            assert 5 <= len(found) <= 7
            assert abs(found[0] - baseline) <= 0.3 * abs(goal - baseline) / 4 + 1e-9


def agreement(*cards: KpiCard) -> Agreement:
    return Agreement(schema=1, title="Draft", kpis=list(cards))


def test_the_students_card_is_negotiated_and_the_example_stands_in() -> None:
    base = Baseline(value=0.86, start="2012-01-01", end="2012-12-31", source="deliveries")
    mine = KpiCard(
        id="on_time_delivery", name="On time", unit="fraction of lines", baseline=base, target=0.95
    )
    other = mine.model_copy(update={"id": "other"})
    assert setup_from(agreement(other, mine)).card == "on_time_delivery"
    assert setup_from(agreement(other)).card == "other"
    assert setup_from(agreement(KpiCard(id="on_time_delivery", name="x"))).card == SETUP.card
    days = setup_from(agreement(*[c for c in EXAMPLE.kpis if c.id == "time_to_fill"]))
    assert days.printed("target", days.proposed) == "45 days" and days.targets[0] > days.targets[-1]


def test_the_file_alone_gives_the_transcript_back(tmp_path: Path) -> None:
    opened = open_agreement(tmp_path / "agreement.yaml")
    run = replay(SETUP, [offer((0.92, 0.12, 1)), offer((0.9, 0.08, 3)), ACCEPT])
    kept = Negotiation(setup=run.setup, moves=list(run.moves))
    keep(opened, ("choices", {"kpi_negotiation": as_plain(kept)}))
    again = recorded(open_agreement(opened.path).agreement)
    assert again == run
    assert show.debrief(again).png == show.debrief(run).png


def test_a_badly_edited_negotiation_is_named_by_its_field() -> None:
    kept = as_plain(Negotiation(setup=SETUP, moves=[offer(HARD)]))
    kept["moves"][0].pop("target")
    kept["setup"]["rounds"] = 99
    edited = EXAMPLE.model_copy(update={"choices": {"kpi_negotiation": kept}})
    with pytest.raises(BadInput) as caught:
        recorded(edited)
    assert {f.field for f in caught.value.faults} == {
        "choices.kpi_negotiation.moves[0]",
        "choices.kpi_negotiation.setup.rounds",
    }


def test_without_a_kept_negotiation_the_demonstration_says_so() -> None:
    run = recorded(EXAMPLE)
    assert not run.kept and run.ended
    for exhibit in (show.transcript(run), show.debrief(run), show.terms(run)):
        assert (
            exhibit.synthetic
            and "Demonstration" in exhibit.caption
            and "fixed in advance" in exhibit.full_note
        )
    assert all(
        demonstration(setup_from(EXAMPLE, seed=n, character=c)).ended for n in range(1, 9) for c in CHARACTERS
    )


def test_what_was_left_on_the_table_is_the_best_joint_improvement() -> None:
    """Computed again over all packages, not only those on the frontier."""
    run = recorded(EXAMPLE)
    found, everything = debrief(run), outcomes(run.setup.issues, run.setup.parties)
    you, them = found.reached
    better = [(u[0] - you) * (u[1] - them) for u in everything.utilities if u[0] >= you and u[1] >= them]
    assert found.improvement is not None and not found.improvement.on_frontier
    assert max(better) == pytest.approx(found.improvement.gains[0] * found.improvement.gains[1], abs=1e-11)


def test_the_card_that_was_kept_last_is_the_one_at_the_table() -> None:
    from alliance_analysis.agreement.files import example_path, read_agreement
    from alliance_analysis.negotiation.setups import setup_from

    agreement = read_agreement(example_path()).agreement
    ready = [card for card in agreement.kpis if card.target is not None and card.baseline is not None]
    mine = ready[0].model_copy(update={"id": "my_own_card", "name": "My own card"})
    with_mine = agreement.model_copy(
        update={"kpis": [*agreement.kpis, mine], "choices": {"kpi_design": {"card": "my_own_card"}}}
    )
    assert setup_from(with_mine).card == "my_own_card"
    assert setup_from(agreement).card != "my_own_card"
