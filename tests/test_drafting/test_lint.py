"""KPI lint: a truth table made by hand, each rule broken by one change alone, and the set of an agreement."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_analysis.agreement import Agreement, KpiCard, Thresholds
from alliance_analysis.agreement.files import example_path, read_agreement
from alliance_analysis.drafting.fields import FIELDS
from alliance_analysis.drafting.lint import SEVERITIES, lint, lint_card
from alliance_analysis.drafting.promise import steps
from alliance_analysis.drafting.rules import CARD_RULES, SET_RULES, Context, Past
from alliance_analysis.figures import lint as figures
from alliance_analysis.references import entry

AGREEMENT = read_agreement(example_path()).agreement
WARNS, CONFIRMS = AGREEMENT.kpis
PARTIES = ("customer", "vendor")
STEADY = Past((0.80, 0.83, 0.81, 0.84), (0.74, 0.89))
"""Made up: four periods of a process that moves between 0.74 and 0.89; the target of 0.90 lies outside."""


def changed(**update: Any) -> KpiCard:
    return WARNS.model_copy(update=update)


def context(card: KpiCard, past: Past | None = None) -> Context:
    return Context((card, CONFIRMS), {card.id: past} if past else {}, PARTIES)


CARDS = {
    "whole": changed(),
    "empty": KpiCard(id="shortlist_on_time", name="On time"),
    "busy": changed(measures="activity", benefits="department", gaming_note=None),
    "one_sided": changed(owners={"vendor": "vendor_delivery_lead"}, pairs_with="nobody", benefits="one_side"),
    "twin": changed(indicator="lagging", thresholds=Thresholds(watch=0.95)),
    "luck": changed(target=0.82, thresholds=Thresholds(watch=0.82, breach=0.83)),
    "percent": changed(target=90, thresholds=Thresholds(watch=87, breach=80)),
}
LAST = (
    "two_owners", "both_thresholds", "rate", "alarm", "partner", "pair", "not_activity", "not_department",
    "joint_outcome", "noise", "capable", "asks_more", "breach_in_past",
)  # fmt: skip
TABLE = {
    # k kept, b broken, - cannot be judged; columns as in LAST. Written down from the meaning of the rules.
    "whole":     "k k k k k k k k b k b k k",
    "empty":     "- - - - - - - - - - - - -",
    "busy":      "k k k k k k b b b k b k k",
    "one_sided": "b k k k b k k k b k b k k",
    "twin":      "k b k b b b k k b k b k -",
    "luck":      "k k k k k k k k b b k b b",
    "percent":   "k k b k k k k k b k b k b",
}  # fmt: skip
BLANK = {"empty": set(FIELDS) - {"name", "pairs_with"}, "busy": {"gaming_note"}}
"""Fields that a card of the table does not state."""


@pytest.mark.parametrize("name", TABLE)
def test_the_truth_table_made_by_hand(name: str) -> None:
    card = CARDS[name]
    found = {j.rule.id: j.verdict for j in lint_card(card, context(card, STEADY)).judgements}
    letters = {"k": "kept", "b": "broken", "-": "open"}
    wanted = dict(zip(LAST, (letters[c] for c in TABLE[name].split()), strict=True))
    assert {rule: found[rule] for rule in LAST} == wanted
    stated = set(found) - set(LAST)
    assert stated == set(FIELDS) - {"pairs_with"}
    assert {rule for rule in stated if found[rule] == "broken"} == BLANK.get(name, set())


BREAKS: dict[str, tuple[dict[str, Any], Past | None]] = {
    **{field: ({field: {} if field == "owners" else None}, None) for field in FIELDS if field != "pairs_with"},
    "name": ({"name": ""}, None),
    "period": ({"period": None, "measurement_method": "Those on time, of all"}, None),
    "two_owners": ({"owners": {"customer": "operations_lead", "broker": "x"}}, None),
    "both_thresholds": ({"thresholds": Thresholds(breach=0.8)}, None),
    "rate": ({"target": 1.2}, None),
    "alarm": ({"thresholds": Thresholds(watch=0.91, breach=0.8)}, None),
    "partner": ({"pairs_with": "shortlist_on_time"}, None),
    "pair": ({"indicator": "lagging", "pairs_with": None}, None),
    "not_activity": ({"measures": "activity"}, None),
    "not_department": ({"benefits": "department"}, None),
    "noise": ({}, Past((0.8, 0.95), (0.7, 1.0))),
    "capable": ({}, Past((0.8, 0.85), None)),
    "asks_more": ({"target": 0.82, "thresholds": Thresholds(watch=0.82, breach=0.8)}, None),
    "breach_in_past": ({"thresholds": Thresholds(watch=0.87, breach=0.83)}, None),
}  # fmt: skip


@pytest.mark.parametrize("rule", [rule.id for rule in CARD_RULES if rule.id != "joint_outcome"])
def test_one_change_breaks_one_rule_and_no_other(rule: str) -> None:
    """An outcome for both sides breaks nothing; each change breaks the rule of its name alone."""
    update, past = BREAKS[rule]
    sound = {"measures": "outcome"}
    whole = changed(**sound)
    assert lint_card(whole, context(whole)).findings == ()
    card = changed(**{**sound, **update})
    found = {j.rule.id for j in lint_card(card, context(card, past)).findings}
    assert found - {"joint_outcome"} == {rule}


@given(st.sets(st.sampled_from([name for name in FIELDS if name != "name"])), st.sampled_from(sorted(FIELDS)))
def test_stating_more_never_adds_an_error_about_a_blank(blank: set[str], more: str) -> None:
    def blanked(names: set[str]) -> set[str]:
        card = changed(**{name: {} if name == "owners" else None for name in names})
        return {j.rule.id for j in lint_card(card).of("error") if j.rule.id in FIELDS}

    assert blanked(blank - {more}) <= blanked(blank)


def test_every_rule_says_why_and_what_to_do_and_whose_practice_it_is() -> None:
    rules = (*CARD_RULES, *SET_RULES)
    assert len({rule.id for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.why.endswith(".") and rule.remedy.endswith(".") and rule.severity in SEVERITIES
        assert all(entry(key) for key in rule.sources)


def test_what_needs_the_set_the_past_or_a_number_stays_open_without_them() -> None:
    found = {j.rule.id: j.verdict for j in lint_card(WARNS).judgements}
    assert {rule for rule, verdict in found.items() if verdict == "open"} == {
        "partner",
        "pair",
        "noise",
        "capable",
    }


def test_a_lower_is_better_card_is_judged_the_other_way_round() -> None:
    days = Past((50, 44, 58, 52), (30.0, 75.0))
    found = lint_card(CONFIRMS, Context(past={CONFIRMS.id: days}))
    assert found.breaks("noise") and not found.breaks("capable")
    strict = CONFIRMS.model_copy(update={"target": 25, "thresholds": Thresholds(watch=26, breach=56)})
    found = lint_card(strict, Context(past={CONFIRMS.id: days}))
    assert found.breaks("capable") and not found.breaks("noise")
    (said,) = [j.said for j in found.findings if j.rule.id == "capable"]
    assert said == "None of 4 earlier periods met it; the best was 44 days."


def test_two_cards_of_one_name_are_an_error_that_names_both() -> None:
    own = changed(id="on_time_delivery", name="shortlists  delivered on TIME")
    found = lint([WARNS, CONFIRMS, own])
    (said,) = [j.said for j in found.of("error") if j.rule.id == "unique_names"]
    assert said and "shortlist_on_time, on_time_delivery" in said and not found.ready
    assert not lint([WARNS, CONFIRMS]).breaks("unique_names")


def test_the_cap_the_perspectives_and_the_joint_outcomes_of_a_set() -> None:
    many = [changed(id=f"card_{i}", name=f"Card {i}") for i in range(8)]
    assert {"few", "some_joint", "perspectives"} <= {j.rule.id for j in lint(many).findings}
    assert not lint(many, Context(cap=8)).breaks("few")
    assert not lint(AGREEMENT.kpis).breaks("some_joint") and not lint(AGREEMENT.kpis).breaks("perspectives")
    assert lint(AGREEMENT.kpis).joint_share == 0.5 and lint(many).joint_share == 0
    assert lint([]).joint_share is None and lint([]).findings == ()


def test_a_pair_may_be_named_or_share_the_goal() -> None:
    alone = changed(pairs_with=None, strategic_goal="Another aim")
    other = CONFIRMS.model_copy(update={"pairs_with": None})
    assert lint_card(alone, Context((alone, other))).breaks("pair")
    for linked in (alone.model_copy(update={"strategic_goal": f" {other.strategic_goal}. "}),
                   alone.model_copy(update={"pairs_with": other.id})):  # fmt: skip
        assert not lint_card(linked, Context((linked, other))).breaks("pair")
    assert not lint_card(alone, Context((alone, CONFIRMS))).breaks("pair")  # it is named by the other


def test_the_exercise_on_calls_made_has_three_warnings() -> None:
    calls = changed(
        name="Calls made to candidates", unit="calls", measures="activity", benefits="department", pairs_with=None,
        target=200, thresholds=Thresholds(watch=190, breach=150), baseline=None, strategic_goal="Busy teams",
    )  # fmt: skip
    found = lint_card(calls, Context((calls,)))
    assert {j.rule.id for j in found.of("warning")} == {"not_activity", "not_department", "pair"}


def test_each_form_of_the_promise_keeps_more_rules_than_the_one_before() -> None:
    beside = context(WARNS)
    kept = [
        {j.rule.id for j in lint_card(form.stated(WARNS), beside).judgements if j.verdict == "kept"}
        for form in steps(WARNS, AGREEMENT)
    ]
    assert kept[0] == {"name", "strategic_goal"}
    assert {"target", "unit", "data_source", "rate"} <= kept[1] and "baseline" not in kept[1]
    assert kept[0] | kept[1] < kept[2]
    exhibit = figures.stages(WARNS, beside, AGREEMENT)
    assert all(f" {len(rules)}" in exhibit.alt for rules in kept)


def test_exhibits_tell_findings_in_words_and_cannot_be_broken_by_text() -> None:
    evil = changed(name="<script>R&D", pairs_with="nobody")
    draft = Agreement(schema=1, title="Draft", kpis=[evil, CONFIRMS])
    shown = figures.findings(evil, context(evil), draft)
    assert "✗ Error" in shown.to_html() and "<script" not in shown.to_html()
    assert not shown.synthetic and figures.findings(WARNS, context(WARNS), AGREEMENT).synthetic
    whole = figures.agreed_set(draft, Context())
    assert "Joint outcomes: 50%" in whole.alt and "<script" not in whole.to_html()
    sound = changed(measures="outcome")
    assert "Nothing" in figures.findings(sound, context(sound), draft).to_html()
    assert "none yet" in figures.agreed_set(Agreement(schema=1, title="Draft"), Context()).to_html()
