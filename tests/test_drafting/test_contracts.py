"""The agreement beside real contracts: intervals against their closed form, ticks that count, and what no label shows."""

from __future__ import annotations

import math

import pytest

from alliance_analysis import datasets
from alliance_analysis.agreement import ELEMENTS, Agreement, example_path, read_agreement
from alliance_analysis.agreement.clauses import Clauses, LegalClause
from alliance_analysis.drafting import contracts
from alliance_analysis.errors import BadInput

EXAMPLE = read_agreement(example_path()).agreement


@pytest.mark.parametrize(("k", "n"), [(10, 18), (0, 32), (32, 32), (14, 32)])
def test_the_interval_is_wilsons_closed_form(k: int, n: int) -> None:
    """A second computation: centre and half width from Wilson (1927) with z = 1.959964."""
    z, p = 1.959963984540054, k / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert contracts.Share(k, n).interval == pytest.approx(
        (max(0, centre - half), min(1, centre + half)), abs=1e-9
    )


@pytest.mark.parametrize(
    ("kind", "clause", "percent"),
    [("Strategic Alliance", "Audit Rights", 44), ("Strategic Alliance", "Termination for Convenience", 56),
     ("Outsourcing", "Change of Control", 28), ("Outsourcing", "Liquidated Damages", 39)],
)  # fmt: skip
def test_shares_are_those_of_the_table(kind: str, clause: str, percent: int) -> None:
    (found,) = [c for c in contracts.compare(EXAMPLE, kind) if c.name == clause]
    assert round(100 * found.share.value) == percent


def test_every_legal_clause_has_the_name_of_a_label_in_the_data() -> None:
    labels = set(datasets.load("contract_clauses")["clause"])
    assert set(contracts.LEGAL) == set(LegalClause.__args__)
    assert {*contracts.LEGAL.values(), *contracts.FIELDS} <= labels
    named = {name for names in contracts.OBSERVED.values() for name in names}
    assert named <= {*contracts.LEGAL.values(), *contracts.FIELDS}
    assert set(contracts.OBSERVED) < set(ELEMENTS)


def test_a_tick_makes_a_usual_clause_the_agreements_own() -> None:
    before = {clause.name for clause in contracts.usual_missing(EXAMPLE, "Strategic Alliance")}
    assert before == {"Termination for Convenience"}
    clauses = EXAMPLE.clauses.model_copy(
        update={"legal": [*EXAMPLE.clauses.legal, "termination_for_convenience"]}
    )
    ticked = EXAMPLE.model_copy(update={"clauses": clauses})
    assert contracts.usual_missing(ticked, "Strategic Alliance") == ()


def test_leaving_for_convenience_without_a_transition_is_a_broken_pair() -> None:
    draft = Agreement(schema=1, title="Draft", clauses=Clauses(legal=["termination_for_convenience"]))
    broken = [pair for pair in contracts.pairs(draft, "Strategic Alliance") if pair.broken]
    assert [pair.second for pair in broken] == ["Post-Termination Services"]
    assert (broken[0].share.found, broken[0].share.contracts) == (8, 18)
    whole = draft.model_copy(update={"exit": EXAMPLE.exit})
    assert not [pair for pair in contracts.pairs(whole, "Strategic Alliance") if pair.broken]


def test_wording_is_counted_strictly_and_broadly_with_its_hits() -> None:
    found = contracts.wording("Strategic Alliance")
    assert {name: share.found for name, share in found.items()} == {
        "strict": 0,
        "broad": 1,
        "service_level": 2,
        "quantity": 12,
    }
    assert contracts.hits("Strategic Alliance", "broad")["words"].tolist() == ["performance standards"]
    assert contracts.wording("Service") == {}  # no texts of this type are at hand


def test_an_unknown_type_in_the_file_is_told_with_the_nearest() -> None:
    odd = EXAMPLE.model_copy(update={"choices": {contracts.CHOICES: {"contract_type": "Strategic Aliance"}}})
    with pytest.raises(BadInput, match="did you mean 'Strategic Alliance'"):
        contracts.chosen_type(odd)
