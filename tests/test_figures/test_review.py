"""Exhibits of readiness, pitfalls and review: what stands in them is what was computed."""

from __future__ import annotations

import pytest

from alliance_analysis.agreement import Agreement, example_path, read_agreement
from alliance_analysis.figures import alignment, cadence, pitfalls, readiness, review
from alliance_analysis.review.alignment import STARTING as GOALS
from alliance_analysis.review.cadence import EXAMPLE
from alliance_analysis.review.decision import AGENDA, decided
from alliance_analysis.review.diligence import ASSOCIATES, PAPERS, PRIOR, SIGNING
from alliance_analysis.review.partner import choose
from alliance_analysis.review.pitfalls import incidents, register, tagged
from alliance_analysis.review.readiness import STARTING, Graded, pentad
from alliance_analysis.review.readiness import readiness as content

AGREEMENT = read_agreement(example_path()).agreement
TAGS = {incident.key: "facts" for incident in incidents("timex")}


def exhibits() -> list:
    tags = tagged(TAGS)
    assert tags
    return [
        alignment.alignment(GOALS.alignment("later"), ("One & co", "Two"), synthetic=True),
        cadence.cadence(EXAMPLE, "thousand USD", 6),
        cadence.cadences((1, 12), (2, 8), 9),
        review.quadrant(decided(AGREEMENT), AGREEMENT, synthetic=True),
        review.decision(decided(AGREEMENT), AGREEMENT, synthetic=True),
        review.updates(AGREEMENT, synthetic=True),
        review.agenda(AGREEMENT, synthetic=True),
        review.lessons(AGREEMENT, synthetic=True),
        readiness.pentad_radar(pentad(STARTING), synthetic=True),
        readiness.partner_fits(choose(content().candidates), synthetic=True),
        readiness.steps(), readiness.spectrum(), readiness.expectations(Graded(grades=STARTING)),
        readiness.keys(Graded(grades=STARTING, keys={"poise": 2, "purpose": 4})),
        readiness.diligence([PAPERS, ASSOCIATES], PRIOR, SIGNING, "million"),
        pitfalls.pitfall_map(), pitfalls.early_warnings(), pitfalls.tags(tags), pitfalls.apart(tags),
    ]  # fmt: skip


@pytest.mark.parametrize("exhibit", exhibits(), ids=lambda e: e.label)
def test_each_is_drawn_and_tells_its_numbers(exhibit) -> None:  # type: ignore[no-untyped-def]
    assert exhibit.png.startswith(b"\x89PNG") if exhibit.kind == "figure" else len(exhibit.table)
    assert any(character.isdigit() for character in exhibit.alt)


def test_the_register_prints_every_pitfall_with_its_links() -> None:
    whole = pitfalls.early_warnings()
    assert whole.table is not None and len(whole.table) == len(register().pitfalls)
    parts = [pitfalls.early_warnings(area).table for area in register().areas]
    assert sum(len(part) for part in parts if part is not None) == len(whole.table)


def test_an_agreement_without_a_review_shows_what_is_missing() -> None:
    draft = Agreement(schema=1, title="Draft")
    for exhibit in (review.updates(draft, synthetic=True), review.lessons(draft, synthetic=True)):
        assert exhibit.table is not None and len(exhibit.table) == 1
    agenda = review.agenda(draft, synthetic=True).table
    assert agenda is not None and len(agenda) == len(AGENDA) == 4


def test_cadences_run_from_a_month_and_a_half_to_ten() -> None:
    assert "between 1.5 and 10.4 months" in cadence.cadences((1, 3, 6, 12), (2, 4, 8), 9).alt
