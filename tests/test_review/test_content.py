"""The register of pitfalls and the short test: every link holds, and scores are what was answered."""

from __future__ import annotations

import pytest

from alliance_analysis import content
from alliance_analysis.cases import case_names
from alliance_analysis.cases.model import AREAS
from alliance_analysis.drafting.library import template
from alliance_analysis.errors import BadInput
from alliance_analysis.review.pitfalls import Register, heat_map, incidents, register, risk_by_area, tagged
from alliance_analysis.review.quiz import chance, form, gain, items, score


def test_every_pitfall_links_to_a_kpi_an_element_and_a_case() -> None:
    found = register()
    assert not list(found.problems())
    for entry in [*found.pitfalls, *found.conflicts.values()]:
        template(entry.kpi)
    assert {entry.area for entry in found.pitfalls} == set(AREAS)
    assert {entry.conflict for entry in found.pitfalls} >= set(found.conflicts)
    assert {entry.land_mine for entry in found.pitfalls} > {
        "alliances",
        "suppliers",
        "customers",
        "employees",
        "executives",
    }
    assert {entry.case for entry in found.pitfalls} == set(case_names())


def test_the_heat_map_counts_every_pitfall_once() -> None:
    table = heat_map(register().pitfalls)
    assert int(table.to_numpy().sum()) == len(register().pitfalls)
    assert table.loc["procedures", "accessibility"] == sum(
        entry.area == "procedures" and entry.conflict == "accessibility" for entry in register().pitfalls
    )


def test_a_register_with_broken_links_names_them() -> None:
    entry = register().pitfalls[0]
    broken = Register(
        schema=1, areas=register().areas, conflicts=register().conflicts,
        pitfalls=[entry, entry.model_copy(update={"element": "exits", "case": "timxe"})],
    )  # fmt: skip
    assert [where[-1] for where, _, _ in broken.problems()] == ["id", "element", "case"]


def test_the_shipped_reading_agrees_with_itself_and_a_constant_one_with_chance() -> None:
    every = [incident for name in case_names() for incident in incidents(name)]
    same = tagged({incident.key: incident.area for incident in every})
    assert same and same.shared == 1 and same.kappa and same.kappa.value == pytest.approx(1)
    flat = tagged({incident.key: "facts" for incident in every})
    assert flat and flat.kappa and flat.kappa.value == pytest.approx(0)
    assert flat.shared == sum(incident.area == "facts" for incident in every) / len(every)
    assert tagged({}) is None
    alone = tagged({every[0].key: every[0].area})
    assert alone and alone.kappa is None and alone.shared == 1
    with pytest.raises(BadInput) as told:
        tagged({"timex_99": "values", "timex_1": "value"})
    assert len(told.value.faults) == 2


def test_risk_is_ordered_and_checked() -> None:
    assert list(risk_by_area({"goals": (0.5, 8), "facts": (1, 9)}))[:2] == ["facts", "goals"]
    with pytest.raises(BadInput) as told:
        risk_by_area({"gaols": (0.1, 1), "facts": (1.1, 1)})
    assert [fault.field for fault in told.value.faults] == ["gaols", "facts"]


def test_both_forms_hold_the_same_items_and_every_option() -> None:
    for which in ("pretest", "posttest"):
        shown = form(which)
        assert {item.id for item, _ in shown} == {item.id for item in items()}
        assert all(sorted(order) == list(range(len(item.options))) for item, order in shown)
    notebooks = content.folder("notebooks")
    assert all(
        (notebooks / f"{item.taught}.ipynb").is_file()
        for item in items()
        if not item.taught.startswith(("01", "08"))
    )


def test_the_score_counts_right_wrong_and_open() -> None:
    first, second, *_ = items()
    found = score({first.id: first.right, second.id: (second.right + 1) % len(second.options)})
    assert (found.right, found.wrong, len(found.open)) == ((first.id,), (second.id,), len(items()) - 2)
    assert gain(found, score({item.id: item.right for item in items()})) == 1
    assert gain(score({item.id: item.right for item in items()}), found) is None
    assert 0.2 < chance(items()) < 0.4
    with pytest.raises(BadInput) as told:
        score({"unknown": 0, first.id: 9})
    assert {fault.field for fault in told.value.faults} == {"unknown", first.id}
