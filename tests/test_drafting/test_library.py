"""The starter library: complete as far as one can be without partners, paired, sourced, in every category."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alliance_analysis import cases, content
from alliance_analysis.drafting.library import CATEGORIES, Library, library, template
from alliance_analysis.drafting.lint import lint
from alliance_analysis.drafting.promise import period
from alliance_analysis.drafting.rules import Context
from alliance_analysis.errors import BadInput
from alliance_analysis.figures.lint import starter_library
from alliance_analysis.records import read_record
from alliance_analysis.references import entry

PATH = content.folder("casebook") / "kpi_library.yaml"
LEFT_OPEN = {"owners", "baseline", "target", "thresholds", "at_risk", "source_confirmed_by"}
"""Fields that only the partners can fill."""


def test_what_can_be_judged_without_partners_is_kept() -> None:
    """Only what the partners fill is missing; no warning; and notes only on what is not a joint outcome."""
    found = lint([entry.card() for entry in library()], Context(cap=len(library())))
    assert {j.rule.id for j in found.of("error")} == LEFT_OPEN
    assert len(found.of("error")) == len(LEFT_OPEN) * len(library())
    assert not found.of("warning")
    assert {j.rule.id for j in found.of("note")} == {"joint_outcome"}
    lagging = {entry.id for entry in library() if entry.indicator == "lagging"}
    assert {j.card.id for j in found.of("note") if j.card} == {entry.id for entry in library()} - lagging


def test_the_library_is_large_enough_and_covers_every_category_and_both_sectors() -> None:
    assert len(library()) >= 30
    assert {entry.category for entry in library()} == set(CATEGORIES)
    for sector in ("manufacturing", "service"):
        assert sum(sector in entry.sectors for entry in library()) >= 15
    assert list(dict.fromkeys(entry.category for entry in library())) == list(CATEGORIES)


def test_every_link_resolves_to_the_other_kind_and_shares_the_objective() -> None:
    kinds = {entry.id: entry.indicator for entry in library()}
    for one in library():
        other = template(one.pairs_with)
        assert {kinds[one.id], kinds[other.id]} == {"leading", "lagging"}
        assert one.strategic_goal == other.strategic_goal


def test_the_period_of_a_formula_is_the_period_of_the_card() -> None:
    """Where the formula names a period, a reader must not find another on the card."""
    for one in library():
        named = re.findall(r"\b(week|month|quarter|year)s?\b", one.formula)
        assert not named or one.period in named, one.id
        assert period(one.card()) == one.period


def test_sources_are_in_the_bibliography() -> None:
    assert all(entry(key) for one in library() for key in one.sources)
    assert any(one.sources for one in library())


def test_the_file_disturbs_no_case() -> None:
    assert PATH.parent.name == "casebook" and "kpi_library" not in cases.case_names()


def test_a_wrong_library_is_told_with_every_fault(tmp_path: Path) -> None:
    path = tmp_path / "kpi_library.yaml"
    text = PATH.read_text(encoding="utf-8")
    text = text.replace("pairs_with: defect_rate", "pairs_with: defct_rate")
    text = text.replace("pairs_with: on_time_in_full", "pairs_with: edi_errors")
    text = text.replace("name: Units right at the first pass", "name: Defective units received")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as told:
        read_record(Library, path)
    assert len(told.value.faults) == 3
    assert all(
        words in str(told.value)
        for words in ("stands twice", "did you mean 'defect_rate'", "are both leading")
    )


def test_an_unknown_template_is_told() -> None:
    with pytest.raises(BadInput, match="did you mean 'time_to_fill'"):
        template("time_to_fil")


def test_the_table_can_be_narrowed() -> None:
    assert starter_library().table is not None and len(starter_library().table) == len(library())
    shown = starter_library("hr_recruiting")
    assert "Time to fill a vacancy" in shown.alt and "Availability" not in shown.alt
