"""Scores and clause fields: they survive a Keep, name only what is listed, and older files still open."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_analysis.agreement import ELEMENTS, example_path, keep, open_agreement, read_agreement
from alliance_analysis.agreement.clauses import CLAUSES, Clauses, Contingency, Risk, Strategy
from alliance_analysis.agreement.names import named, twice
from alliance_analysis.errors import BadInput
from alliance_analysis.records import MAX_BYTES

ROOT = Path(__file__).parents[2]


def test_the_example_fills_every_clause_and_scores_every_element() -> None:
    agreement = read_agreement(example_path()).agreement
    empty = [name for name in Clauses.model_fields if getattr(agreement.clauses, name) in (None, [])]
    assert empty == []
    assert all(score is not None for score in agreement.scores().values())
    assert list(agreement.scores()) == list(ELEMENTS)
    assert agreement.strategy is not None and agreement.strategy.objectives


def test_every_clause_field_belongs_to_one_element() -> None:
    fields = [name for names in CLAUSES.values() for name in names]
    assert sorted(fields) == sorted(Clauses.model_fields)
    assert list(CLAUSES) == list(ELEMENTS)


def test_a_file_without_scores_and_clauses_still_opens() -> None:
    """The exemplar was written before there were any."""
    agreement = read_agreement(ROOT / "tests" / "data" / "exemplar_agreement.yaml").agreement
    assert set(agreement.scores().values()) == {None}
    assert agreement.clauses == Clauses()


WRONG = [
    ("kpis: [shortlist_on_time, time_to_fill]", "kpis: [time_to_fil]", "strategy.objectives[0].kpis[0]"),
    ("elements: [innovation_plan,", "elements: [inovation_plan,", "strategy.objectives[2].elements[0]"),
    (
        "        finance_controller: fin",
        "        finance_controler: fin",
        "clauses.committees[0].seats.finance_controler",
    ),
    ("exposure: {customer: 0.2", "exposure: {custommer: 0.2", "clauses.risks[0].exposure.custommer"),
    ("level_2: hr_process_owner", "level_2: hr_proces_owner", "clauses.escalation.level_2"),
    ("duties: {it_data_owner: acc", "duties: {it_dat_owner: acc", "clauses.processes[3].duties.it_dat_owner"),
    ("      customer: operations_lead", "      custommer: operations_lead", "kpis[0].owners.custommer"),
]
"""What stands in the example, the same with a slip, and the field that is told."""


@pytest.mark.parametrize(("old", "new", "field"), WRONG)
def test_a_name_that_is_not_listed_is_told_with_line_field_and_the_nearest_name(
    tmp_path: Path, old: str, new: str, field: str
) -> None:
    text = example_path().read_text(encoding="utf-8")
    assert old in text
    wrong = text.replace(old, new, 1)
    path = tmp_path / "agreement.yaml"
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_agreement(path)
    (fault,) = caught.value.faults
    assert fault.field == field
    assert fault.remedy.startswith("did you mean")
    assert fault.line is not None and new.strip() in wrong.splitlines()[fault.line - 1]


def test_an_id_that_stands_twice_inside_the_clauses_is_told(tmp_path: Path) -> None:
    path = tmp_path / "agreement.yaml"
    text = example_path().read_text(encoding="utf-8")
    path.write_text(text.replace("- id: half_way", "- id: line_staffed"), encoding="utf-8")
    with pytest.raises(BadInput, match="the id 'line_staffed' stands twice"):
        read_agreement(path)


def test_keeping_clauses_leaves_the_rest_and_its_comments(tmp_path: Path) -> None:
    path = tmp_path / "agreement.yaml"
    before = example_path().read_text(encoding="utf-8")
    path.write_text(before, encoding="utf-8")
    opened = open_agreement(path)
    changed = opened.agreement.clauses.model_copy(update={"term_months": 48})
    kept = keep(opened, ("clauses", changed), ("strategy", Strategy(text="Something else", aim="strategic")))
    assert kept.agreement.clauses.term_months == 48
    assert kept.agreement.accords == opened.agreement.accords
    after = path.read_text(encoding="utf-8")
    assert "# Governance. The roles above say who decides" in after
    assert after.count("\n") > before.count("\n") - 20


def test_the_example_is_small_beside_what_a_file_may_hold() -> None:
    assert example_path().stat().st_size < MAX_BYTES / 10


def test_names_are_found_wherever_they_stand() -> None:
    """Counted a second way: by hand, over the fields that hold the names of parties."""
    clauses = read_agreement(example_path()).agreement.clauses
    found = [where for where, names, _ in named(clauses) if names.section == "parties"]
    shares = [s for risk in clauses.risks for s in (risk.exposure, risk.control, risk.bears)]
    assert len(found) == len(clauses.gives) + len(clauses.warranties) + sum(map(len, shares))
    assert ("risks", 0, "bears", "vendor") in found
    assert list(twice(clauses)) == []


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1], [0, 2], [], [3, 0, 1, 2], [0, 3, 2]])
def test_a_list_holds_what_was_kept_whatever_was_added_removed_or_moved(
    tmp_path: Path, order: list[int]
) -> None:
    risks = [Risk(id=f"r{n}", text=f"Risk {n}") for n in range(4)]
    events = [Contingency(event="price", trigger=f"Event {n}", response="We talk") for n in range(4)]
    path = tmp_path / "agreement.yaml"
    path.write_text("schema: 1\ntitle: Draft\n", encoding="utf-8")
    first = keep(read_agreement(path), ("clauses", Clauses(risks=risks[:3], contingencies=events[:3])))
    before = path.read_bytes()
    wanted = Clauses(risks=[risks[n] for n in order], contingencies=[events[n] for n in order])
    assert keep(first, ("clauses", wanted)).agreement.clauses == wanted
    assert read_agreement(path).agreement.clauses == wanted
    assert (path.read_bytes() == before) == (order == [0, 1, 2])


def test_one_changed_entry_leaves_the_others_and_their_comments(tmp_path: Path) -> None:
    path = tmp_path / "agreement.yaml"
    text = (
        "schema: 1\ntitle: Draft\nclauses:\n  milestones:\n    - id: live\n      kind: goal\n"
        "      text: It runs  # at last\n      month: 2\n"
        "    # The second half\n    - {id: half, kind: turning_point, text: Go on, month: 18}\n"
    )
    path.write_text(text, encoding="utf-8")
    opened = read_agreement(path)
    first, second = opened.agreement.clauses.milestones
    keep(opened, ("clauses", Clauses(milestones=[first, second.model_copy(update={"month": 20.5})])))
    assert path.read_text(encoding="utf-8") == text.replace("month: 18", "month: 20.5")
