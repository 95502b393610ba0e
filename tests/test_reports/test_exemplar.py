"""What the model essay says in words, not in numbers, holds in the runs behind it."""

from __future__ import annotations

from collections import Counter

import pytest

from alliance_analysis.agreement import ELEMENTS, Agreement, read_agreement
from alliance_analysis.cases import load_case
from alliance_analysis.negotiation import debrief, sitting
from alliance_analysis.negotiation.offers import recorded
from alliance_analysis.negotiation.stakeholders import size
from alliance_analysis.reports.essay import Essay, model_path
from alliance_analysis.simulation.contribution import study_in
from alliance_analysis.simulation.sensitivity import environment_wins


@pytest.fixture(scope="module")
def essay() -> Essay:
    return Essay.of(read_agreement(model_path()))


@pytest.fixture(scope="module")
def agreement() -> Agreement:
    return read_agreement(model_path()).agreement


def says(essay: Essay, part: str, words: str) -> None:
    """The sentence still stands there; without it the test below it would guard nothing."""
    assert words in essay.draft.slots[part]


def test_what_it_says_of_its_negotiation(essay: Essay, agreement: Agreement) -> None:
    run = recorded(agreement)
    me, them = run.setup.parties
    issues = [issue.id for issue in run.setup.issues]
    first, second, *_ = run.offers("you")
    assert first.terms
    assert second.terms

    says(essay, "barriers", "my opening offer was worth less to it")
    assert first.utilities[1] < them.reserved

    says(
        essay,
        "barriers",
        "it named the at-risk amount as its main cost, and once my next offer gave nothing on it",
    )
    gave = []
    for answer, before, after in zip(
        run.offers("them"), run.offers("you"), run.offers("you")[1:], strict=False
    ):
        if answer.about == "at_risk" and before.terms and after.terms:
            at = issues.index("at_risk")
            gave.append(them.values["at_risk"][after.terms[at]] > them.values["at_risk"][before.terms[at]])
    assert gave.count(False) == 1

    says(essay, "removal", "I gave up an unadjusted baseline and access to the provider’s system")
    assert run.agreed
    for issue, option in (("baseline_adjustment", "none"), ("transparency", "system")):
        opening, agreed = (terms[issues.index(issue)] for terms in (first.terms, run.agreed))
        assert opening == option
        assert me.values[issue][agreed] < me.values[issue][opening]

    says(
        essay,
        "removal",
        "more than the {{number:reserved_own}} and {{number:reserved_other}} of our alternatives",
    )
    reached = debrief(run).reached
    assert reached[0] > me.reserved
    assert reached[1] > them.reserved

    says(essay, "removal", "I asked about {{number:questions}} terms before my first offer")
    acts = [turn.act for turn in run.turns if turn.who == "you"]
    assert acts.index("offer") == len(run.asked)


def test_what_it_says_of_its_own_organisation(essay: Essay, agreement: Agreement) -> None:
    choice, _ = sitting.chosen(agreement)
    says(essay, "removal", "no single remedy did what several did together")
    assert max(alone for alone, _ in sitting.effects(choice).values()) < size(choice.after)


def test_what_it_says_of_its_accords(essay: Essay, agreement: Agreement) -> None:
    says(
        essay,
        "strategy",
        "its plans for innovation and for anticipated change are among its weakest elements",
    )
    scores = agreement.scores()
    weakest = min(score for score in scores.values() if score is not None)
    assert scores["innovation_plan"] == scores["anticipated_change_plan"] == weakest
    assert Counter(scores.values())[weakest] < len(ELEMENTS) / 2
    says(essay, "strategy", "Our aim is strategic")
    assert agreement.strategy is not None
    assert agreement.strategy.aim == "strategic"


def test_what_it_says_of_timex(essay: Essay) -> None:
    says(essay, "problems", "most of the accord elements on which the record speaks were missing or failed")
    found = Counter(item.finding for item in load_case("timex").file.findings)
    assert found["missing"] + found["failed"] > found["existed"]


def test_what_it_says_of_the_simulation(essay: Essay, agreement: Agreement) -> None:
    study = study_in(agreement)
    assert study
    says(essay, "important", "of our volatile, strategic setting")
    assert study.environment.volatility > 0.5
    assert study.environment.strategy > 0.5
    says(essay, "important", "the change accord adds {{number:share_change}} of joint margin, governance")
    assert essay.evidence["number:accord_first"].text == "change"
    says(essay, "important", "Where little changes and the aim is operational, governance leads")
    found = environment_wins(study)
    quiet = [
        first
        for run, first in zip(found.studies, found.first, strict=True)
        if run.environment.volatility == run.environment.strategy == 0
    ]
    assert Counter(quiet)["governance"] > len(quiet) / 2
