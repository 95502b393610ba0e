"""`casebook data`: what it prints, its exit codes, and one clear line for each fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alliance_analysis import datasets
from alliance_analysis.datasets.raw import RawFile

Casebook = Callable[..., tuple[int, str, str]]


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_fetch_gets_what_it_can_and_names_the_rest(
    server: Any, casebook: Casebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = RawFile("set/given.csv", "", "a file on paper")

    def run(*chosen: RawFile) -> tuple[int, str, str]:
        table = datasets.Table("small", chosen, "usaid2016scms", datasets.scms.channels)
        monkeypatch.setattr(datasets, "TABLES", {"small": table})
        return casebook("fetch", "small", "--to", "to")

    code, _, err = run(server.file("good"), server.file("gone"), server.file("cut"), given)
    assert code == 1
    assert [line.partition(":")[0] for line in err.splitlines()] == ["casebook", "casebook"]
    assert files_in(tmp_path) == ["to/set/good.csv"]
    code, out, err = run(server.file("good"), given)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        str(tmp_path / "to" / "set" / "good.csv"),
        "set/given.csv: no address; give it with --from. It is a file on paper.",
    ]


def test_list_names_every_table_and_every_publishers_file(casebook: Casebook) -> None:
    code, out, _ = casebook("list")
    assert code == 0
    assert all(name in out for name in datasets.TABLES)
    assert all(file.path in out for file in datasets.raw_files())


@pytest.mark.parametrize("command", ["build", "verify", "fetch"])
def test_a_bad_name_stops_the_command(command: str, casebook: Casebook, tmp_path: Path) -> None:
    code, out, err = casebook(command, "incidents_sla")
    assert (code, out) == (2, "")
    assert err == "casebook: there is no table 'incidents_sla'; did you mean 'incident_sla'?\n"
    assert files_in(tmp_path) == []


def test_verify_says_which_table_and_where(
    casebook: Casebook, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (
        casebook("build", "experiment_treatments", "delivery_channels", "--from", str(raw), "-o", "data")[0]
        == 0
    )
    monkeypatch.setattr(datasets.content, "folder", lambda name: tmp_path / name)
    arguments = ("verify", "delivery_channels", "experiment_treatments", "--from", str(raw))
    assert casebook(*arguments) == (0, "delivery_channels: the same\nexperiment_treatments: the same\n", "")
    path = tmp_path / "data" / "experiment_treatments.csv"
    path.write_bytes(path.read_bytes().replace(b"high,3,True,104", b"high,3,True,105"))
    code, out, _ = casebook(*arguments)
    assert code == 1
    first, second = out.splitlines()
    assert first == "delivery_channels: the same"
    assert second.startswith("experiment_treatments: line 5: shipped 'high,3,True,105,")
