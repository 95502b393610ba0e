"""The derived tables: their descriptor, their README, and the derivation itself."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from alliance_analysis import content, datasets
from alliance_analysis.errors import BadInput
from alliance_analysis.references import entry

DATA = content.folder("data")
RESOURCES = json.loads((DATA / datasets.DESCRIPTOR).read_text(encoding="utf-8"))["resources"]
README = (DATA / "README.md").read_text(encoding="utf-8")


def test_every_table_is_described_and_nothing_else() -> None:
    assert [resource["name"] for resource in RESOURCES] == list(datasets.TABLES)
    assert {path.stem for path in DATA.glob("*.csv")} == set(datasets.TABLES)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: str(resource["name"]))
def test_the_descriptor_fits_the_table(resource: dict) -> None:
    name, fields = resource["name"], resource["schema"]["fields"]
    data = (DATA / resource["path"]).read_bytes()
    assert resource["bytes"] == len(data) < 150_000
    assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
    table = datasets.load(name)
    assert [field["name"] for field in fields] == list(table.columns)
    holds = {
        "string": pd.api.types.is_string_dtype,
        "integer": pd.api.types.is_integer_dtype,
        "number": pd.api.types.is_float_dtype,
        "boolean": pd.api.types.is_bool_dtype,
    }
    assert all(holds[field["type"]](table[field["name"]]) for field in fields)
    key = resource["schema"]["primaryKey"]
    assert not table.isna().any(axis=None) and not table.duplicated(key).any()
    assert list(map(tuple, table[key].values)) == sorted(map(tuple, table[key].values))
    assert entry(datasets.TABLES[name].source)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: str(resource["name"]))
def test_the_readme_says_what_each_column_holds(resource: dict) -> None:
    section = README.partition(f"### {resource['name']}.csv\n")[2].partition("\n#")[0]
    rows = [f"| `{field['name']}` | {field['description']} |" for field in resource["schema"]["fields"]]
    assert [line for line in section.splitlines() if line.startswith("| `")] == rows


def test_the_readme_names_every_publishers_file_with_its_hash() -> None:
    for file in datasets.raw_files():
        assert f"`{file.path}`" in README and f"`{file.sha256}`" in README
        if file.url:
            assert file.url.split("/")[5] in README  # the commit


def test_every_rate_is_a_fraction_and_every_part_at_most_its_whole() -> None:
    parts = {
        "vendor_delivery": ("lines", ["on_time", "in_window"]),
        "delivery_channels": ("lines", ["on_time", "in_window", "on_the_day"]),
        "incident_sla": ("incidents", ["met"]),
        "emergency_months": ("attendances", ["breaches"]),
        "emergency_trust_years": ("attendances", ["breaches"]),
        "emergency_trust_months": ("attendances", ["breaches"]),
        "contract_clauses": ("contracts", ["with_clause"]),
        "contract_pairs": ("contracts", ["both", "first_only", "second_only", "neither"]),
        "contract_metric_words": ("contracts", ["with_wording"]),
        "experiment_periods": ("at_risk", ["ended", "completed"]),
        "experiment_treatments": ("alliances", ["ended", "always_contributed"]),
    }
    for name, (whole, columns) in parts.items():
        table = datasets.load(name)
        for column in columns:
            assert table[column].between(0, table[whole]).all(), (name, column)
    spread = datasets.load("emergency_months")[["p10", "p25", "median", "p75", "p90"]]
    assert spread.min(axis=None) >= 0 and spread.max(axis=None) <= 1
    assert (spread.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


def test_a_loaded_table_can_be_changed_without_harm() -> None:
    table = datasets.load("vendor_delivery")
    table["lines"] = 0
    assert datasets.load("vendor_delivery")["lines"].min() > 0


def test_an_unknown_table_suggests_the_right_one() -> None:
    with pytest.raises(BadInput, match="did you mean 'vendor_delivery'"):
        datasets.load("vendor_deliveries")
    with pytest.raises(BadInput) as error:
        datasets.tables(["incident_sls", "vendor_delivery", "contract_clause"])
    assert [fault.remedy for fault in error.value.faults] == [
        "did you mean 'incident_sla'?",
        "did you mean 'contract_clauses'?",
    ]


def test_the_room_is_light_to_import() -> None:
    code = "import sys, alliance_analysis.datasets; print({'pooch', 'rdata', 'requests'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert run.stdout.strip() == "set()"


@pytest.mark.parametrize("name", sorted(datasets.TABLES))
def test_the_table_is_derived_again_byte_for_byte(name: str, raw: Path) -> None:
    assert datasets.derive(name, raw) == (DATA / f"{name}.csv").read_bytes()


def test_building_renews_the_descriptor_beside_the_tables(raw: Path, tmp_path: Path) -> None:
    stale = {
        "resources": [
            {"name": "vendor_delivery", "bytes": 0, "hash": ""},
            {"name": "incident_sla", "bytes": 0},
        ]
    }
    (tmp_path / datasets.DESCRIPTOR).write_text(json.dumps(stale), encoding="utf-8")
    assert datasets.build(["vendor_delivery"], tmp_path, raw) == [tmp_path / "vendor_delivery.csv"]
    renewed = json.loads((tmp_path / datasets.DESCRIPTOR).read_text(encoding="utf-8"))["resources"]
    assert [renewed[0][key] for key in ("bytes", "hash")] == [RESOURCES[0][key] for key in ("bytes", "hash")]
    assert renewed[1] == {"name": "incident_sla", "bytes": 0}


def test_nothing_is_built_if_one_file_is_missing(raw: Path, tmp_path: Path) -> None:
    some = tmp_path / "some" / datasets.scms.LINES.path
    some.parent.mkdir(parents=True)
    shutil.copyfile(raw / datasets.scms.LINES.path, some)
    with pytest.raises(BadInput) as error:
        datasets.build(["vendor_delivery", "contract_clauses"], tmp_path / "out", tmp_path / "some")
    assert len(error.value.faults) == 2
    assert not (tmp_path / "out").exists()


def test_a_difference_in_line_ends_alone_is_seen() -> None:
    assert datasets.difference(b"a\n1\n", b"a\n1\n") is None
    assert datasets.difference(b"a\n1\n", b"a\r\n1\n") == r"line 1: shipped 'a\n', derived 'a\r\n'"
    assert datasets.difference(b"a\n", b"a\n1\n") == r"line 2: shipped nothing, derived '1\n'"
