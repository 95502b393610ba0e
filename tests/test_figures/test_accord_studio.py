"""Figures of the accord studio: they say in words what they draw, for full, old and empty agreements."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_analysis.agreement import ELEMENTS, Agreement, Strategy, example_path, read_agreement
from alliance_analysis.agreement.changes import changes
from alliance_analysis.drafting import contracts
from alliance_analysis.figures import accord_studio as show
from alliance_analysis.figures import agreement as paper
from alliance_analysis.figures import contracts as filed

ROOT = Path(__file__).parents[2]
EXAMPLE = read_agreement(example_path()).agreement
OLD = read_agreement(ROOT / "tests" / "data" / "exemplar_agreement.yaml").agreement
EMPTY = Agreement(schema=1, title="Draft")


@pytest.mark.parametrize("agreement", [EXAMPLE, OLD, EMPTY], ids=["example", "older file", "empty"])
@pytest.mark.parametrize(
    "name", ["scores", "strategy_map", "contradictions", "coverage", "pairs", "observed"]
)
def test_every_view_stands_for_every_agreement(agreement: Agreement, name: str) -> None:
    exhibit = getattr(filed if name in ("coverage", "pairs", "observed") else show, name)(agreement)
    assert exhibit.alt and exhibit.caption
    if exhibit.draw:
        assert exhibit.png.startswith(b"\x89PNG")
    else:
        assert len(exhibit.table)


def test_the_scores_are_badged_while_the_agreement_is_fictional() -> None:
    assert show.scores(EXAMPLE).synthetic
    assert not show.scores(EXAMPLE.model_copy(update={"label": None})).synthetic
    assert not filed.coverage(EXAMPLE).synthetic  # the contracts are real


def test_the_alternative_text_names_every_score_and_the_whole() -> None:
    alt = show.scores(EXAMPLE).alt
    for key, score in EXAMPLE.scores().items():
        assert f"{ELEMENTS[key].title} {score}" in alt
    assert "for an operational aim the weighted whole is 69%" in alt.lower()
    assert "not scored" in show.scores(OLD).alt


def test_the_map_follows_an_objective_to_its_elements() -> None:
    alt = show.strategy_map(EXAMPLE).alt
    assert "“Search and decision take fewer days every year” is shown by Time to fill a vacancy" in alt
    assert "carried by innovation plan, feedback plan" in alt
    bare = EXAMPLE.model_copy(update={"strategy": Strategy(text="Grow together")})
    assert "No objective is linked yet" in show.strategy_map(bare).alt


@pytest.mark.parametrize("kind", contracts.types())
def test_every_type_of_contract_can_stand_beside_it(kind: str) -> None:
    coverage = filed.coverage(EXAMPLE, kind)
    assert kind in coverage.caption and "lower bound" in coverage.note
    assert filed.wording(kind).table is not None
    assert filed.pairs(EXAMPLE, kind).caption


def test_elements_without_a_label_are_not_observable() -> None:
    table = filed.observed(EXAMPLE).table
    assert table is not None
    blind = table[table["In real contracts"].str.contains("not observable")]["Element"].tolist()
    assert len(blind) == len(ELEMENTS) - len(contracts.OBSERVED) == 5


def test_the_boilerplate_hit_is_printed_with_its_place() -> None:
    table = filed.wording("Strategic Alliance").table
    assert table is not None
    hits = table.set_index("Searched for")["Hits: text, words, times, place"]
    assert hits.iloc[0] == "none"
    assert "C469: performance standards ×1 (46%)" in hits.iloc[1]


def test_versions_counts_what_changed() -> None:
    later = EXAMPLE.model_copy(update={"title": "Signed", "exit": None})
    exhibit = paper.versions(EXAMPLE, later)
    found = changes(EXAMPLE, later)
    assert exhibit.table is not None and len(exhibit.table) == len(found)
    assert f"0 added, {len(found) - 1} removed, 1 changed" in exhibit.alt
    assert len(paper.versions(EXAMPLE, EXAMPLE).table) == 1  # "nothing"
