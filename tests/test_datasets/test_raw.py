"""The publishers' files: fetched from a server on this machine, found, and refused if they are others."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from alliance_analysis import datasets
from alliance_analysis.datasets.raw import RawFile, fetch, find
from alliance_analysis.errors import BadInput, RunFailed


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_file_is_fetched_once_and_then_found(server: Any, cache: Path) -> None:
    file = server.file("good")
    assert fetch([file]) == fetch([file]) == find([file], None) == [cache / "set" / "good.csv"]
    assert (cache / "set" / "good.csv").read_bytes() == server.body
    assert server.asked == ["/good"]


def test_a_spoiled_file_is_fetched_again(server: Any, tmp_path: Path) -> None:
    file = server.file("good")
    (path,) = fetch([file], tmp_path)
    path.write_bytes(b"spoiled")
    with pytest.raises(BadInput, match="SHA-256 differs"):
        find([file], tmp_path)
    fetch([file], tmp_path)
    assert find([file], tmp_path) == [path]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("wrong", "its SHA-256 differs"),
        ("gone", "the server answered 404"),
        ("cut", "the connection failed or broke off"),
    ],
)
def test_each_failure_is_one_clear_error_and_leaves_nothing(
    path: str, why: str, server: Any, tmp_path: Path
) -> None:
    with pytest.raises(RunFailed, match=why) as error:
        fetch([server.file(path)], tmp_path)
    (fault,) = error.value.faults
    assert f"{server.address}/{path}" in fault.what
    assert f"--from as set/{path}.csv" in fault.remedy
    assert files_in(tmp_path) == []


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    nowhere = RawFile("set/x.csv", "0" * 64, "a file of these tests", "http://127.0.0.1:1/x")
    with pytest.raises(RunFailed, match="the connection failed"):
        fetch([nowhere], tmp_path)


def test_a_folder_that_cannot_be_made(server: Any, tmp_path: Path) -> None:
    (tmp_path / "set").write_text("a file where a folder should be")
    with pytest.raises(RunFailed, match="the file cannot be written"):
        fetch([server.file("good")], tmp_path)


def test_the_given_folder_comes_before_the_cache(cache: Path, tmp_path: Path) -> None:
    file = RawFile("set/x.csv", hashlib.sha256(b"x").hexdigest(), "a file of these tests")
    for folder in (cache, tmp_path / "given"):
        (folder / "set").mkdir(parents=True)
        (folder / file.path).write_bytes(b"x")
    assert find([file], tmp_path / "given") == [tmp_path / "given" / file.path]
    assert find([file], tmp_path / "empty") == [cache / file.path]


def test_every_missing_file_is_named_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        find(datasets.raw_files(), tmp_path)
    assert [fault.file for fault in error.value.faults] == [
        tmp_path / file.path for file in datasets.raw_files()
    ]
    for fault, file in zip(error.value.faults, datasets.raw_files(), strict=True):
        assert ("casebook data fetch" in fault.remedy) == bool(file.url)
        assert file.origin in fault.remedy
