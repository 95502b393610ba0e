"""The data-sharing matrix: complete, and honest about what cannot be verified."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from pydantic import ValidationError

from alliance_analysis.measurement.sharing import DataItem, SharingMatrix, check


def item(name: str, access: dict[str, str], **more: Any) -> DataItem:
    return DataItem.model_validate({"id": name, "name": name, "held_by": "vendor", "access": access} | more)


LEVELS = list(itertools.product(("share", "aggregate", "withhold"), repeat=2))


@pytest.mark.parametrize(("customer", "bank"), LEVELS)
def test_a_kpi_is_sound_only_if_every_partner_sees_its_records(customer: str, bank: str) -> None:
    one = item("orders", {"customer": customer, "bank": bank}, kpis=["on_time"], reason="personal data")
    found = check(SharingMatrix(items=[one]), ["on_time"])
    levels = (customer, bank)
    assert [f.finding for f in found].count("cannot be verified") == levels.count("withhold")
    assert [f.finding for f in found].count("cannot be audited by sample") == levels.count("aggregate")
    assert all(f.kpi == "on_time" and f.remedy for f in found)


def test_a_kpi_needs_all_its_sources_and_at_least_one() -> None:
    matrix = SharingMatrix(
        items=[
            item("orders", {"customer": "share"}, kpis=["on_time"]),
            item("wages", {"customer": "withhold"}, kpis=["cost", "on_time"], reason="personal data"),
        ]
    )
    found = check(matrix, ["on_time", "cost", "energy"])
    assert [(f.kpi, f.finding) for f in found] == [
        ("on_time", "cannot be verified"), ("cost", "cannot be verified"), ("energy", "has no data source"),
    ]  # fmt: skip
    assert "customer sees nothing of wages" in found[0].why


@pytest.mark.parametrize(
    ("access", "more", "says"),
    [({"vendor": "share"}, {}, "holds the data"), ({"customer": "withhold"}, {}, "needs a 'reason'"),
     ({}, {}, "at least 1"), ({"customer": "some"}, {}, "'share', 'aggregate' or 'withhold'")],
)  # fmt: skip
def test_an_item_that_leaves_a_question_open_is_refused(
    access: dict[str, str], more: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        item("orders", access, **more)


def test_the_matrix_has_no_empty_cell() -> None:
    with pytest.raises(ValidationError, match="'wages' does not say what bank may see"):
        SharingMatrix(
            items=[
                item("orders", {"customer": "share", "bank": "aggregate"}),
                item("wages", {"customer": "share"}),
            ]
        )
    with pytest.raises(ValidationError, match="the id 'orders' stands twice"):
        SharingMatrix(items=[item("orders", {"customer": "share"}), item("orders", {"customer": "share"})])
