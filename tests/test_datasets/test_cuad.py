"""Clauses in real contracts: the headline figures, and what is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alliance_analysis import datasets


def has(kind: str, clause: str) -> tuple[int, int]:
    table = datasets.load("contract_clauses").set_index(["agreement_type", "clause"])
    row = table.loc[(kind, clause)]
    return int(row["with_clause"]), int(row["contracts"])


def test_contracts_of_each_type() -> None:
    table = datasets.load("contract_clauses")
    assert table["clause"].nunique() == 41
    sizes = table.groupby("agreement_type")["contracts"].agg(["min", "max"])
    assert (sizes["min"] == sizes["max"]).all()
    assert sizes["min"].sum() == 510 - 13
    wanted = ["Strategic Alliance", "Collaboration", "Outsourcing", "Service", "Joint Venture"]
    assert list(sizes.loc[wanted, "min"]) == [32, 26, 18, 28, 10]


@pytest.mark.parametrize(
    ("clause", "alliances", "outsourcing"),
    [
        ("Audit Rights", 44, 67),
        ("Termination for Convenience", 56, 61),
        ("Change of Control", 19, 28),
        ("Post-Termination Services", 31, 50),
        ("Liquidated Damages", 3, 39),
    ],
)
def test_clauses_of_alliances_and_outsourcing(clause: str, alliances: int, outsourcing: int) -> None:
    for kind, percent in (("Strategic Alliance", alliances), ("Outsourcing", outsourcing)):
        found, contracts = has(kind, clause)
        assert round(100 * found / contracts) == percent


def test_ten_of_eighteen_alliances_that_can_be_left_owe_nothing_afterwards() -> None:
    table = datasets.load("contract_pairs").set_index(["agreement_type", "first"])
    row = table.loc[("Strategic Alliance", "Termination for Convenience")]
    assert row["second"] == "Post-Termination Services"
    assert row["first_only"] == 10
    assert row["first_only"] + row["both"] == 18


def test_pairs_agree_with_the_clauses() -> None:
    table = datasets.load("contract_pairs")
    assert table[["both", "first_only", "second_only", "neither"]].sum(axis=1).equals(table["contracts"])
    for row in table.itertuples():
        assert has(row.agreement_type, row.first)[0] == row.both + row.first_only
        assert has(row.agreement_type, row.second)[0] == row.both + row.second_only


def test_wording_about_metrics() -> None:
    table = datasets.load("contract_metric_words").set_index(["agreement_type", "wording"])
    assert table["contracts"].unstack().loc[:, "broad"].sum() == 86
    found = table["with_wording"].unstack()
    assert (found.loc["Strategic Alliance", "broad"], found.loc["Outsourcing", "broad"]) == (1, 3)
    assert found["strict"].sum() == 0
    assert found.loc["Strategic Alliance", "quantity"] == 12
    for kind, row in table.reset_index().groupby("agreement_type"):
        assert set(row["contracts"]) == {has(kind, "Parties")[1]}


def test_hits_are_those_texts_that_have_the_wording() -> None:
    hits = datasets.load("contract_metric_hits")
    texts = hits.groupby(["agreement_type", "wording"])["contract"].nunique()
    words = datasets.load("contract_metric_words").set_index(["agreement_type", "wording"])["with_wording"]
    assert words[words > 0].to_dict() == texts.to_dict()
    assert hits["place"].between(0, 1).all()
    assert hits["words"].str.split().str.len().max() <= 4  # a label, not a sentence of a contract
    (broad,) = hits[hits["wording"].eq("broad") & hits["agreement_type"].eq("Strategic Alliance")]["words"]
    assert broad == "performance standards"


@pytest.mark.parametrize(
    ("text", "wordings"),
    [
        ("Key performance indicators are in Annex A.", {"strict", "broad"}),
        ("each KPI", {"strict", "broad"}),
        ("the Performance Standards", {"broad"}),
        ("service-level reports", {"service_level", "quantity"}),
        ("a Minimum Annual Payment", {"quantity"}),
        ("the minimum limits of cover", set()),
        ("the performance of this agreement, up to industry standards", set()),
    ],
)
def test_what_counts_as_wording(text: str, wordings: set[str]) -> None:
    found = {name for name, pattern in datasets.cuad.WORDS.items() if re.search(pattern, text, re.IGNORECASE)}
    assert found == wordings


def test_a_statement_of_joint_filing_is_no_venture(tmp_path: Path) -> None:
    """Synthetic: a venture and a filing in one folder, and a file whose name is longer in its folder."""
    folders, marks = tmp_path / "folders.txt", tmp_path / "marks.csv"
    lines = [
        "Joint Venture _ Filing/a.pdf",
        "Joint Venture _ Filing/b.pdf",
        "Agency Agreements/c_Long Name.pdf",
    ]
    folders.write_text("\n".join(["README.md", *lines]), encoding="utf-8")
    marks.write_text(
        "Filename,Document Name,Document Name-Answer,Audit Rights,Audit Rights-Answer\n"
        "A.PDF,['x'],Joint Venture Agreement,['y'],Yes\n"
        "b.pdf,['x'],JOINT FILING STATEMENT,[],No\n"
        "c.pdf,[],Agency,[],No\n",
        encoding="utf-8",
    )
    found = datasets.cuad.clauses(marks, folders)
    assert list(found.itertuples(index=False, name=None)) == [
        ("Agency", "Audit Rights", 1, 0),
        ("Agency", "Document Name", 1, 0),
        ("Joint Venture", "Audit Rights", 1, 1),
        ("Joint Venture", "Document Name", 1, 1),
    ]
