"""The statements that could not be verified: each card exists, is as weak as it is said to be, and stands in its case."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_analysis.cases import load_case
from alliance_analysis.cases.unverified import FILE_NAME, Statement, Unverified, unverified
from alliance_analysis.content import folder
from alliance_analysis.errors import BadInput
from alliance_analysis.records import read_record
from alliance_analysis.references import entry, to_check


@pytest.mark.parametrize("item", unverified(), ids=lambda item: item.id)
def test_a_statement_stands_on_a_card_or_on_a_reference_that_was_not_seen(item: Statement) -> None:
    for key in item.sources:
        assert entry(key)
    if item.card and item.case:
        grades = load_case(item.case).card(item.card).grades
        assert item.verdict == "contradicted" or "X" in grades, "an unverified statement has no better source"
    else:
        assert any(to_check(key) for key in item.sources)


def test_claims_of_the_cases_have_the_same_verdicts() -> None:
    """A second account of the same statements: the cases' own claims that rest on the same card."""
    compared = 0
    for item in unverified():
        if item.case is None:
            continue
        for claim in load_case(item.case).file.claims:
            if claim.evidence[:1] == [item.card]:
                assert claim.verdict == item.verdict, item.id
                compared += 1
    assert compared == sum(item.card is not None for item in unverified())


def test_faults_of_the_file_are_named(tmp_path: Path) -> None:
    text = (folder("casebook") / FILE_NAME).read_text(encoding="utf-8")
    broken = tmp_path / FILE_NAME
    broken.write_text(
        text.replace("id: copernicus", "id: ten_times").replace("    card: S03\n", ""), encoding="utf-8"
    )
    with pytest.raises(BadInput) as caught:
        read_record(Unverified, broken)
    told = "; ".join(str(fault) for fault in caught.value.faults)
    assert "'ten_times' stands twice" in told and "a card needs its case" in told
