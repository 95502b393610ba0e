"""What a report depends on is the same in a clone and in a wheel, and a difference is named once."""

from __future__ import annotations

import importlib.metadata
import shutil
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import alliance_analysis
from alliance_analysis import content
from alliance_analysis.reports import batch
from alliance_analysis.reports.installation import differing, installation


def test_each_difference_is_said_once_with_a_worker_that_has_it() -> None:
    here = installation()
    old = {**here, "typst": "0.1"}
    bare = {name: version for name, version in here.items() if name != "matplotlib"}
    there = {
        "tcp://a:1": here,
        "tcp://b:1": old,
        "tcp://c:1": old,
        "tcp://d:1": {**here, "Python": "3.9", "content": "other"},
        "tcp://e:1": {**here, "content": "other"},
        "tcp://f:1": bare,
        "tcp://g:1": ModuleNotFoundError("No module named\n'alliance_analysis'"),
    }
    said = [str(fault) for fault in differing(here, there)]
    assert len(said) == 5
    assert said[0].startswith(f"tcp://b:1 and 1 more: typst is 0.1 there and {here['typst']} here; install")
    assert said[1].startswith(f"tcp://d:1: Python is 3.9 there and {here['Python']} here;")
    assert said[2].startswith("tcp://e:1: the code, the casebook or the tables are others than here;")
    assert said[3].startswith("tcp://f:1: matplotlib is not known there")
    assert "cannot be used there (ModuleNotFoundError: No module named 'alliance_analysis')" in said[4]
    assert differing(here, {"tcp://a:1": dict(here)}) == []


def test_python_is_compared_by_its_minor_version() -> None:
    assert installation()["Python"] == ".".join(map(str, sys.version_info[:2]))


def test_every_library_of_the_package_counts_unless_it_cannot_change_a_report() -> None:
    without = {
        "jupyterlab", "nbconvert",  # for people
        "typer", "rich", "packaging", "platformdirs", "psutil", "cloudpickle",  # for the command
        "openpyxl", "pooch", "rdata",  # for rosters and for making the tables, which count themselves
    }  # fmt: skip
    needed = [Requirement(text) for text in importlib.metadata.requires("alliance-casebook") or ()]
    names = {canonicalize_name(each.name) for each in needed if "extra ==" not in str(each.marker)}
    names.discard("editables")  # which an editable installation adds
    assert names - set(map(canonicalize_name, batch.LIBRARIES)) == without


def test_a_wheel_and_the_clone_it_was_built_from_have_one_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = Path(alliance_analysis.__file__).parent
    wheel = tmp_path / "site-packages" / "alliance_analysis"
    shutil.copytree(package, wheel, ignore=shutil.ignore_patterns("__pycache__", "content"))
    for name in content.FOLDERS:
        shutil.copytree(content.folder(name), wheel / "content" / name)

    monkeypatch.setattr(batch, "__file__", str(wheel / "reports" / "batch.py"))
    monkeypatch.setattr(content, "_PACKAGE", wheel)
    in_wheel = batch.surroundings.__wrapped__()
    monkeypatch.undo()
    assert in_wheel == batch.surroundings.__wrapped__()

    (wheel / "content" / "data" / "more.csv").write_text("a\n1\n", encoding="utf-8")
    monkeypatch.setattr(batch, "__file__", str(wheel / "reports" / "batch.py"))
    monkeypatch.setattr(content, "_PACKAGE", wheel)
    assert batch.surroundings.__wrapped__() != in_wheel
