"""The counterparts: their concession curves, what they trade, how they answer, and a transcript from the file alone."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_analysis.agreement import Agreement, KpiCard, example_path, keep, open_agreement, read_agreement
from alliance_analysis.agreement.kpi import Baseline
from alliance_analysis.errors import BadInput
from alliance_analysis.figures import negotiation as show
from alliance_analysis.negotiation import (
    BARRIERS,
    CHARACTERS,
    LABELS,
    Negotiation,
    Setup,
    Transcript,
    after_delay,
    barriers_met,
    debrief,
    first_mover_share,
    outcomes,
    recorded,
    replay,
    setup_from,
    utility,
    zone,
)
from alliance_analysis.negotiation.characters import aim, answer_about
from alliance_analysis.negotiation.offers import demonstration, played
from alliance_analysis.negotiation.setups import (
    ACCEPT,
    ALTERNATIVES,
    THEIR_RESERVED,
    WALK_AWAY,
    Move,
    ask,
)
from alliance_analysis.negotiation.terms import INTERESTS, MONEY, targets_around
from alliance_analysis.records import as_plain

EXAMPLE = read_agreement(example_path()).agreement
SETUP = setup_from(EXAMPLE)
HARD, SOFT = (0.94, 0.15, 0.2, 1, "none", "system"), (0.82, 0.0, 0.6, 6, "industry_index", "result")
MIDDLE = (0.88, 0.08, 0.4, 3, "like_for_like", "records")
PACKAGES = list(itertools.product(*(issue.options for issue in SETUP.issues)))


def made(character: str, **choices: object) -> Setup:
    """Return the example's setup with this character, on the side that it needs."""
    asked = choices.pop("side", "customer")
    side = "vendor" if character == "price_only_buyer" else asked
    return setup_from(EXAMPLE, character=character, side=side, **choices)


SETUPS = st.builds(
    lambda character, rounds, seed, ranks, alternative, side: made(
        character, rounds=rounds, seed=seed, alternative=alternative, side=side,
        importance=dict(zip(LABELS, ranks, strict=True)),
    ),
    st.sampled_from(list(CHARACTERS)),
    st.integers(3, 10),
    st.integers(1, 500),
    st.tuples(*[st.integers(1, 5)] * 6),
    st.sampled_from(list(ALTERNATIVES)),
    st.sampled_from(["customer", "vendor"]),
)  # fmt: skip


def play(setup: Setup, *packages: tuple) -> Transcript:
    """Offer these packages in turn until it is over."""
    run = replay(setup, ())
    for package in packages:
        if not run.ended:
            run = played(run, setup.offer(package))
    return run


def test_the_concession_curve_is_the_published_one() -> None:
    """aim(t) = U_max - (U_max - r)(t / T)^(1 / e): from the top to the reserved value, later for the tough."""
    steps = range(1, 7)
    for character, found in CHARACTERS.items():
        if found.exponent is None:
            continue
        curve = [aim(character, t, 6, top=1.0, reserved=0.4) for t in steps]
        assert curve == pytest.approx([1 - 0.6 * (t / 6) ** (1 / found.exponent) for t in steps], abs=1e-12)
        assert curve[-1] == 0.4
    by_toughness = ("deadline_player", "hard_bargainer", "price_only_buyer", "even_handed", "conceder")
    curves = [[aim(c, t, 6, top=1.0, reserved=0.4) for t in (1, 3, 5)] for c in by_toughness]
    assert all(
        tougher > softer for a, b in itertools.pairwise(curves) for tougher, softer in zip(a, b, strict=True)
    )


def test_the_mirror_gives_what_it_gets_and_no_more() -> None:
    worths = (0.2, 0.35, 0.1, 0.3)
    curve = [aim("mirror", t, 9, top=1.0, reserved=0.4, worths=worths[:t]) for t in (1, 2, 3, 4)]
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
        run = replay(setup, (*run.moves, setup.offer(package)))
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
        assert all(worth < them.reserved for worth in offers[-CHARACTERS[setup.character].patience :])
    if run.ending == "out_of_rounds":
        assert len(offers) == setup.rounds
    assert replay(setup, run.moves) == run


def test_its_answer_is_the_nearest_package_at_its_aim() -> None:
    """Computed again over all packages: fewest steps from the student's, then best for the counterpart."""
    run = replay(SETUP, [SETUP.offer(HARD)])
    answer = run.turns[-1]
    scales = [list(issue.options) for issue in SETUP.issues]

    def steps(package: tuple) -> float:
        pairs = zip(scales, package, HARD, strict=True)
        return round(sum(abs(s.index(a) - s.index(b)) / (len(s) - 1) for s, a, b in pairs), 9)

    worth = {p: utility(SETUP.issues, SETUP.parties[1], p) for p in PACKAGES}
    reach = [p for p in PACKAGES if worth[p] >= (answer.aim or 0)]
    assert answer.terms == min(reach, key=lambda p: (steps(p), -worth[p]))


def test_the_reason_names_the_term_that_hurts_most_and_what_it_takes() -> None:
    them = SETUP.parties[1]
    heavy = max(LABELS, key=lambda n: them.weights[n])  # each term of HARD is worth nothing to them
    answer = replay(SETUP, [SETUP.offer(HARD)]).turns[-1]
    assert answer.about == heavy and "costs us most; we need" in answer.reason
    light = play(SETUP, (0.94, *SOFT[1:])).turns[-1]
    assert light.about == "target" and "A target of 94% costs us most" in light.reason
    assert light.reason.endswith("The rest we take as it stands.")


def test_offers_below_its_reserved_value_end_it() -> None:
    for character, found in CHARACTERS.items():
        setup = made(character, rounds=10)
        hard = HARD if setup.side == "customer" else SOFT
        run = play(setup, *[hard] * 10)
        assert run.ending == "they_walked_away" and run.round - 1 == found.patience
        assert "One more offer like this" in run.turns[-3].reason
    assert CHARACTERS["relationship_builder"].patience > CHARACTERS["hard_bargainer"].patience


def test_the_best_for_it_is_accepted_at_once_and_the_warning_stands() -> None:
    run = replay(SETUP, [SETUP.offer(SOFT)])
    assert run.ending == "agreement" and run.agreed == SOFT
    found = debrief(run)
    assert found.below == ("you",) and "less than your alternative" in show.terms(run).full_note


def test_walking_away_gives_both_sides_their_reserved_values() -> None:
    run = replay(SETUP, [SETUP.offer(HARD), WALK_AWAY])
    assert run.ending == "you_walked_away" and run.agreed is None
    assert debrief(run).reached == tuple(p.reserved for p in SETUP.parties)


@pytest.mark.parametrize(
    ("moves", "words"),
    [
        ([ACCEPT], "move 1: there is no offer to accept"),
        ([WALK_AWAY, SETUP.offer(HARD)], "move 2: the negotiation has ended"),
        ([SETUP.offer((0.93, *HARD[1:]))], "move 1: 0.93 is not an option of the issue 'target'"),
        ([ask("target"), ask("target")], "move 2: 'target' was asked about already"),
        ([ask("price")], "move 1: 'price' is not on the table"),
    ],
)
def test_a_move_that_cannot_be_is_named(moves: list[Move], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        replay(SETUP, moves)


# the characters

MOVES = ((0.94, 0.12, 0.3, 1, "none", "system"), (0.92, 0.12, 0.3, 3, "like_for_like", "system"),
         (0.9, 0.1, 0.4, 3, "like_for_like", "records"), (0.88, 0.1, 0.4, 3, "like_for_like", "records"),
         (0.88, 0.08, 0.4, 3, "like_for_like", "records"))  # fmt: skip


def given_up(character: str, seed: int = 1) -> list[float]:
    """Return how far the counterpart's aim has come down from its best, as a share of the way, round by round."""
    setup = made(character, seed=seed, rounds=6)
    moves = (
        MOVES
        if setup.side == "customer"
        else [(t, 0.03, 0.5, 6, "industry_index", "result") for t in SETUP.targets]
    )
    run = replay(setup, ())
    top, reserved = (
        float(outcomes(setup.issues, setup.parties).utilities[:, 1].max()),
        setup.parties[1].reserved,
    )
    aims = []
    for move in moves:
        run = played(run, setup.offer(move))
        aims.append(run.turns[-1].aim or 0.0)
        if run.ended:
            break
    return [(top - aim) / (top - reserved) for aim in aims]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_character_concedes_in_its_own_way(seed: int) -> None:
    ways = {character: given_up(character, seed) for character in CHARACTERS}
    assert (
        ways["conceder"][0] > 0.4 and ways["hard_bargainer"][2] < 0.15
        if len(ways["hard_bargainer"]) > 2
        else True
    )
    assert all(share < 0.01 for share in ways["deadline_player"][:3])
    assert ways["even_handed"] == pytest.approx([(n + 1) / 6 for n in range(len(ways["even_handed"]))])
    assert ways["mirror"][0] == 0  # it has got nothing yet
    assert len({tuple(round(x, 3) for x in way) for way in ways.values()}) == len(CHARACTERS)


def test_the_mirror_stands_still_while_you_do_and_says_so() -> None:
    setup = made("mirror")
    run = play(setup, MOVES[1], MOVES[1], MOVES[3])
    first, still, moved = run.offers("them")
    assert still.aim == first.aim and "You have not moved" in still.reason
    assert (moved.aim or 0) < (still.aim or 0) and "You came towards us" in moved.reason


def test_the_deadline_player_looks_at_the_clock() -> None:
    run = play(made("deadline_player", rounds=3), MOVES[1], MOVES[3])
    assert (
        "no reason to hurry" in run.offers("them")[0].reason
        and "Time is short" in run.offers("them")[1].reason
    )


@pytest.mark.parametrize("seed", range(1, 9))
def test_the_price_only_buyer_speaks_of_quality_and_gives_it_away(seed: int) -> None:
    """Offered everything it could want but money, it still asks for money; and money carries most of its weight."""
    setup = made("price_only_buyer", seed=seed)
    weights = setup.parties[1].weights
    assert sum(weights[name] for name in MONEY) > 0.75
    run = play(setup, (0.94, 0.0, 0.6, 1, "none", "system"), (0.82, 0.0, 0.6, 6, "industry_index", "result"))
    first, second = run.offers("them")
    assert first.about in MONEY and "Quality comes first" in first.reason
    assert second.terms and second.terms[3:] == (6, "industry_index", "result")  # what is no money it takes
    assert second.terms[1:3] == (0.15, 0.2)  # and asks for all the money
    with pytest.raises(ValueError, match="take the provider's side"):
        setup_from(EXAMPLE, character="price_only_buyer")


def test_the_relationship_builder_spares_what_you_hold_firm_on_and_says_why() -> None:
    """The same moves and the same interests: the one that listens asks less of the term that never moved."""
    firm = [
        (0.94, a, g, 3, "like_for_like", "records")
        for a, g in ((0.12, 0.2), (0.1, 0.3), (0.08, 0.4), (0.05, 0.5))
    ]
    answers, target = [], []
    for seed in range(1, 21):
        setup = made("relationship_builder", seed=seed, rounds=8)
        run = play(setup, *firm)
        answers += run.offers("them")
        deaf = play(made("even_handed", seed=seed, rounds=8), *firm)
        target.append([r.offers("them")[-1].terms[0] for r in (run, deaf)])  # type: ignore[index]
    kept, other = np.mean(target, axis=0)
    assert kept > other
    assert all(any(why in turn.reason for why in INTERESTS["vendor"].values()) for turn in answers)


@pytest.mark.parametrize("character", CHARACTERS)
@pytest.mark.parametrize("seed", [1, 5])
def test_what_it_answers_is_true_and_not_the_whole_truth(character: str, seed: int) -> None:
    setup = made(character, seed=seed)
    weights = setup.parties[1].weights
    for name in LABELS:
        said = answer_about(setup, name)
        assert said.startswith(INTERESTS[setup.their_side][name])
        for other, label in LABELS.items():
            if f"more to us than the {label.lower()}" in said:
                assert weights[name] > weights[other]
            if f"less to us than the {label.lower()}" in said:
                assert weights[name] <= weights[other]
        if "it is number" in said:
            assert f"number {sorted(weights.values(), reverse=True).index(weights[name]) + 1} " in said
        assert not any(f"{x:.2f}" in said for x in (*weights.values(), setup.parties[1].reserved))
    assert all(turn.reason for turn in play(setup, MIDDLE).turns if turn.who == "them")


def test_a_question_costs_no_round_and_leaves_their_offer_on_the_table() -> None:
    run = replay(SETUP, [SETUP.offer(HARD), ask("at_risk"), ACCEPT])
    assert run.ending == "agreement" and run.agreed == run.offers("them")[0].terms
    assert run.asked == ("at_risk",) and "at_risk" not in debrief(run).never_asked


# delay


def test_the_first_movers_share() -> None:
    """The closed form against backward induction over many rounds, and its known limits."""
    assert round(first_mover_share(0.95, 0.90), 4) == 0.6897
    for first, second in ((0.95, 0.90), (0.5, 0.8), (0.0, 0.7), (0.9, 0.0)):
        share = 1.0
        for _ in range(400):  # the last mover takes all; each earlier mover offers what waiting is worth
            share = 1 - second * (1 - first * share)
        assert first_mover_share(first, second) == pytest.approx(share, abs=1e-9)
    with pytest.raises(BadInput, match="discount factor"):
        first_mover_share(1.0, 0.9)


def test_each_round_costs_both_sides_and_the_debrief_says_so() -> None:
    setup = made("even_handed", delay_cost=0.05)
    run = play(setup, *MOVES)
    run = run if run.ended else played(run, ACCEPT)
    found = debrief(run)
    rounds = run.turns[-1].round
    assert found.after_delay == pytest.approx([u * 0.95 ** (rounds - 1) for u in found.reached])
    assert after_delay(0.5, 0.05, 1) == 0.5
    assert "After the cost of delay" in show.terms(run).to_html()


# the debrief


def test_concessions_are_differences_of_utility() -> None:
    found = debrief(replay(SETUP, [*map(SETUP.offer, MOVES[:2]), WALK_AWAY]))
    you, them = SETUP.parties
    before = (0.0, 0.0)
    for at, package in enumerate(MOVES[:2]):
        now = utility(SETUP.issues, you, package), utility(SETUP.issues, them, package)
        concession = [c for c in found.concessions if c.turn.who == "you"][at]
        if at:
            assert (concession.gave, concession.got) == pytest.approx(
                (before[0] - now[0], now[1] - before[1])
            )
        else:
            assert (concession.gave, concession.got) == (0, 0)
        before = now


@settings(max_examples=30, deadline=None)
@given(SETUPS, st.lists(st.sampled_from(PACKAGES), min_size=1, max_size=4), st.booleans())
def test_the_debrief_says_one_true_plain_sentence(setup: Setup, packages: list[tuple], accepts: bool) -> None:
    run = play(setup, *packages)
    if not run.ended:
        run = played(run, ACCEPT if accepts else WALK_AWAY)
    found = debrief(run)
    said = found.in_a_sentence()
    assert said.count(".") == said.count("0.") + said.count("1.0") - said.count("10.0") + 1 or said.endswith(
        "."
    )
    if run.agreed:
        utilities = outcomes(setup.issues, setup.parties).utilities
        better = [(u >= found.reached).all() and (u > found.reached).any() for u in utilities]
        assert ("less than the" in said) == ("you" in found.below)
        if "you" not in found.below and any(better):
            assert f"{sum(better):,} package" in said
        regret = [n - r for n, r in zip(found.solutions[0].utilities, found.reached, strict=True)]
        assert found.regret == pytest.approx(regret)
    else:
        assert "did not agree" in said


# the barriers


def barriers(run: Transcript, card: KpiCard | None = None) -> dict[str, int | None]:
    return {met.barrier.id: met.round for met in barriers_met(debrief(run), card)}


def test_the_barriers_are_seen_where_they_are() -> None:
    repeated = barriers(replay(SETUP, [SETUP.offer(MOVES[2])] * 2 + [WALK_AWAY]))
    assert repeated["position_repeated"] == 2 and repeated["constraint_unheard"] == 2
    assert barriers(play(SETUP, *[HARD] * 3))["opening_out_of_reach"] == 1
    assert "own_alternative_forgotten" in barriers(play(SETUP, SOFT))
    late = barriers(play(made("hard_bargainer", rounds=3), MOVES[2], MOVES[2], HARD))
    assert late["time_ran_out"] == 3
    buyer = made("price_only_buyer")
    assert "price_only" in barriers(play(buyer, *[SOFT] * 3))
    asked = replay(SETUP, [*map(ask, LABELS), SETUP.offer(SOFT)])
    assert "unspoken_expectations" not in barriers(asked)
    assert "unspoken_expectations" in barriers(play(SETUP, SOFT))


def test_the_card_tells_of_barriers_too() -> None:
    empty = KpiCard(id="empty", name="Empty")
    assert {"data_unconfirmed", "no_baseline", "same_words"} <= set(barriers(play(SETUP, SOFT), empty))
    assert not {"data_unconfirmed", "no_baseline", "same_words"} & set(
        barriers(play(SETUP, SOFT), EXAMPLE.kpis[0])
    )


def test_a_split_difference_is_one_that_a_trade_would_beat() -> None:
    """Property: the barrier is named exactly where some package gives both sides together more than a trifle."""
    for package in PACKAGES[::997]:
        run = play(SETUP, package)
        run = run if run.ended else played(run, ACCEPT)
        gains = debrief(run).improvement.gains  # type: ignore[union-attr]
        assert ("difference_split" in barriers(run)) == (sum(gains) > 0.02)


def test_every_barrier_has_a_remedy_and_its_sources_exist() -> None:
    from alliance_analysis.references import short

    for id, barrier in BARRIERS.items():
        assert barrier.id == id and barrier.remedy and barrier.label
        assert all(short(key) for key in barrier.sources)


# what older files hold

OLD = Path(__file__).parents[1] / "data" / "exemplar_agreement.yaml"


def test_a_negotiation_over_three_terms_still_opens_and_comes_to_the_same() -> None:
    agreement = read_agreement(OLD).agreement
    run = recorded(agreement)
    kept = agreement.choices["kpi_negotiation"]["agreed"]
    assert run.kept and run.setup.character == "hard_bargainer" and len(run.setup.issues) == 3
    assert run.agreed == (kept["target"], kept["at_risk"], kept["review_months"])
    assert (run.setup.before.target, run.setup.before.gainshare) == (0.93, None)
    again = setup_from(agreement)
    assert len(again.issues) == 6 and again.targets == run.setup.targets


def test_an_open_negotiation_gives_nothing_away() -> None:
    run = replay(SETUP, [SETUP.offer(HARD)])
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
    assert days.printed("target", days.before.target) == "45 days" and days.targets[0] > days.targets[-1]


def test_the_file_alone_gives_the_transcript_back(tmp_path: Path) -> None:
    opened = open_agreement(tmp_path / "agreement.yaml")
    run = replay(
        SETUP, [ask("target"), SETUP.offer(MIDDLE[:1] + HARD[1:]), SETUP.offer((0.9, *MIDDLE[1:])), ACCEPT]
    )
    kept = Negotiation(setup=run.setup, moves=list(run.moves))
    keep(opened, ("choices", {"kpi_negotiation": as_plain(kept)}))
    again = recorded(open_agreement(opened.path).agreement)
    assert again == run
    assert show.debrief(again).png == show.debrief(run).png


def test_a_badly_edited_negotiation_is_named_by_its_field() -> None:
    kept = as_plain(Negotiation(setup=SETUP, moves=[SETUP.offer(HARD)]))
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
    assert all(demonstration(made(c, seed=n)).ended for n in range(1, 5) for c in CHARACTERS)


def test_the_demonstration_does_not_use_the_students_numbers() -> None:
    mine = EXAMPLE.kpis[0].model_copy(update={"name": "My own", "target": 0.91})
    shown = recorded(EXAMPLE.model_copy(update={"kpis": [mine]}))
    assert shown == recorded(EXAMPLE) and shown.setup.name != "My own"


def test_what_was_left_on_the_table_is_the_best_joint_improvement() -> None:
    """Computed again over all packages, not only those on the frontier."""
    run = recorded(EXAMPLE)
    found, everything = debrief(run), outcomes(run.setup.issues, run.setup.parties)
    you, them = found.reached
    better = [(u[0] - you) * (u[1] - them) for u in everything.utilities if u[0] >= you and u[1] >= them]
    assert found.improvement is not None and not found.improvement.on_frontier
    assert max(better) == pytest.approx(found.improvement.gains[0] * found.improvement.gains[1], abs=1e-11)


def test_the_card_that_was_kept_last_is_the_one_at_the_table() -> None:
    agreement = read_agreement(example_path()).agreement
    ready = [card for card in agreement.kpis if card.target is not None and card.baseline is not None]
    mine = ready[0].model_copy(update={"id": "my_own_card", "name": "My own card"})
    with_mine = agreement.model_copy(
        update={"kpis": [*agreement.kpis, mine], "choices": {"kpi_design": {"card": "my_own_card"}}}
    )
    assert setup_from(with_mine).card == "my_own_card"
    assert setup_from(agreement).card != "my_own_card"
