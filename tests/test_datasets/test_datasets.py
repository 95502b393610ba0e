"""The derived tables: their published headline figures, their descriptor, and the derivation itself."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from alliance_analysis import content, datasets
from alliance_analysis.errors import BadInput
from alliance_analysis.references import entry

RAW = os.environ.get("CASEBOOK_RAW")


def rates() -> pd.DataFrame:
    total = datasets.load("vendor_delivery").groupby("vendor")[["lines", "on_time", "in_window"]].sum()
    return total[["on_time", "in_window"]].div(total["lines"], axis=0)


def test_sixteen_vendors_and_who_meets_95_percent() -> None:
    found = rates()
    assert len(found) == 16
    assert (found["on_time"] >= 0.95).sum() == 13
    assert (found["in_window"] >= 0.95).sum() == 10
    below = found["on_time"].sort_values().head(3)
    assert [name.split()[0].rstrip(",") for name in below.index] == ["Aurobindo", "CIPLA", "Orgenics"]
    assert list((100 * below).round(1)) == [85.9, 86.9, 87.0]


def test_one_vendor_over_the_years() -> None:
    table = datasets.load("vendor_delivery")
    table = table[table["vendor"].str.startswith("Aurobindo")]
    years = table.groupby(table["quarter"].str[:4])[["lines", "on_time"]].sum()
    rate = (100 * years["on_time"] / years["lines"]).round(1)
    assert (rate["2010"], rate["2011"], rate["2014"]) == (73.5, 73.6, 97.7)


def test_counts_are_counts() -> None:
    table = datasets.load("vendor_delivery")
    assert (table["in_window"] <= table["on_time"]).all() and (table["on_time"] <= table["lines"]).all()
    assert not table.duplicated(["vendor", "quarter"]).any()


def test_the_descriptor_describes_every_table() -> None:
    descriptor = json.loads((content.folder("data") / "datapackage.json").read_text(encoding="utf-8"))
    assert {r["name"] for r in descriptor["resources"]} == set(datasets.TABLES)
    for resource in descriptor["resources"]:
        table = datasets.load(resource["name"])
        assert [f["name"] for f in resource["schema"]["fields"]] == list(table.columns)
        assert entry(datasets.TABLES[resource["name"]].source)


def test_an_unknown_table_suggests_the_right_one() -> None:
    with pytest.raises(BadInput, match="did you mean 'vendor_delivery'"):
        datasets.load("vendor_deliveries")


def test_a_missing_publishers_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="below this folder"):
        datasets.derive("vendor_delivery", tmp_path)


def test_another_file_under_its_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / datasets.TABLES["vendor_delivery"].raw
    path.parent.mkdir()
    path.write_text("Vendor\n")
    with pytest.raises(BadInput, match="SHA-256"):
        datasets.derive("vendor_delivery", tmp_path)


@pytest.mark.skipif(not RAW, reason="CASEBOOK_RAW names no folder of publishers' files")
@pytest.mark.parametrize("name", sorted(datasets.TABLES))
def test_the_table_is_derived_again_byte_for_byte(name: str) -> None:
    assert RAW
    assert datasets.derive(name, Path(RAW)) == (content.folder("data") / f"{name}.csv").read_bytes()
