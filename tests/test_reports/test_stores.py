"""Where reports go: folders, addresses, and a batch to an S3 server on this machine."""

from __future__ import annotations

import csv
import io
import logging
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import nbformat
import pytest

from alliance_analysis.errors import BadInput
from alliance_analysis.reports.stores import FolderStore, ObjectStore, open_store


@pytest.mark.parametrize("kind", ["folder", "file", "memory"])
def test_a_store_keeps_lists_and_deletes(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind == "memory":
        pytest.importorskip("fsspec")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    place = tmp_path / "a class"
    address = {"folder": str(place), "file": place.as_uri(), "memory": f"memory://{tmp_path.name}/class"}[
        kind
    ]
    store = open_store(address, ledger_name="ledger.sqlite")
    store.check()
    assert store.sizes() == {}, "what was written to see whether it can be is deleted again"
    store.put("reports/a.pdf", b"12345")
    store.put("reports/a.pdf", b"123")
    store.put("summary.csv", b"1")
    assert open_store(address, ledger_name="ledger.sqlite").sizes() == {"reports/a.pdf": 3, "summary.csv": 1}
    store.delete("reports/a.pdf")
    store.delete("reports/a.pdf")
    assert store.sizes() == {"summary.csv": 1}
    assert store.ledger().parent.is_dir()
    assert isinstance(store, ObjectStore if kind == "memory" else FolderStore)


def test_the_ledger_of_an_address_is_local_and_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    one, same, other = (
        open_store(f"memory://{name}", ledger_name="x").ledger() for name in ("a/b", "a/b/", "a/c")
    )
    assert one == same != other
    if sys.platform.startswith("linux"):
        assert one.is_relative_to(tmp_path)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("s4://bucket/class", "'s4' is no known protocol"),
        ("s3://", "'s3://' names no place; write s3://bucket/class"),
        ("file://host/class", "names another machine"),
    ],
)
def test_an_address_that_leads_nowhere_is_named(address: str, said: str) -> None:
    pytest.importorskip("fsspec")
    with pytest.raises(BadInput, match=said):
        open_store(address, ledger_name="x")


def test_the_extra_is_named_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fsspec")
    from fsspec.registry import _registry

    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(_registry, "s3", raising=False)
    with pytest.raises(BadInput, match=r"pip install 'alliance-casebook\[s3\]'"):
        open_store("s3://bucket/class", ledger_name="x")
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(BadInput, match=r"pip install 'alliance-casebook\[s3\]'"):
        open_store("s3://bucket/class", ledger_name="x")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"file: nothing can be written here .*; choose another output"):
        FolderStore(tmp_path / "file", "x").check()


class S3:
    """A server of objects on this machine, with one bucket, and what was asked of it."""

    def __init__(self, state: Path) -> None:
        from moto.server import ThreadedMotoServer

        self._server = ThreadedMotoServer("127.0.0.1", 0)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.environment = {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "someone",
            "AWS_SECRET_ACCESS_KEY": "something",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "XDG_STATE_HOME": str(state),
        }
        self.asked: list[tuple[str, str]] = []
        self._log = logging.getLogger("werkzeug")
        self._log.setLevel(logging.INFO)
        self._log.addFilter(self._hear)

    def _hear(self, record: logging.LogRecord) -> bool:
        if found := re.search(r"(GET|HEAD|PUT|POST|DELETE) (/\S*) HTTP", record.getMessage()):
            self.asked.append((found[1], found[2]))
        return False

    def puts(self) -> Counter[str]:
        """Return how often each object was put since this was last asked; by no other way than a plain PUT."""
        assert not [path for verb, path in self.asked if verb == "POST" or ("?" in path and verb != "GET")]
        found = Counter(path.removeprefix("/bucket/") for verb, path in self.asked if verb == "PUT")
        self.asked.clear()
        return found

    def stop(self) -> None:
        self._log.removeFilter(self._hear)
        address = self.environment["AWS_ENDPOINT_URL"]
        urlopen(
            Request(f"{address}/moto-api/reset", method="POST")
        ).close()  # servers of one process share objects
        self._server.stop()


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    for name in ("moto.server", "s3fs", "boto3"):
        pytest.importorskip(name)
    import s3fs

    server = S3(tmp_path / "state")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    bucket().create_bucket(Bucket="bucket")
    server.asked.clear()
    yield server
    server.stop()
    s3fs.S3FileSystem.clear_instance_cache()


def bucket() -> Any:
    import boto3

    return boto3.client("s3")


def objects() -> dict[str, int]:
    found = bucket().list_objects_v2(Bucket="bucket").get("Contents", [])
    return {item["Key"]: item["Size"] for item in found}


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    line = [str(Path(sys.executable).parent / "casebook"), "batch", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, encoding="utf-8", check=False, timeout=120)


@pytest.mark.slow
def test_a_batch_to_s3_puts_each_report_once_and_again_only_what_is_gone(s3: S3, tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    cells = [
        nbformat.v4.new_markdown_cell("# A report"),
        nbformat.v4.new_code_cell("n: int = 0", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("print(n ** 2)"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    out = "s3://bucket/class"
    run = ("--grid", "n=1,2,3", "--notebook", path, "--format", "html,ipynb", "--workers", 2, "-o", out)

    first = command(*run)
    assert first.returncode == 0, first.stderr
    assert first.stdout.strip() == "s3://bucket/class/index.html"
    reports = [f"class/reports/{n}.{kind}" for n in (1, 2, 3) for kind in ("html", "ipynb")]
    summary = ["class/summary.csv", "class/index.html"]
    assert s3.puts() == Counter([*reports, *summary, "class/.writable"])
    assert set(objects()) == {*reports, *summary}
    text = bucket().get_object(Bucket="bucket", Key="class/summary.csv")["Body"].read().decode()
    assert [row["state"] for row in csv.DictReader(io.StringIO(text))] == ["done"] * 3
    page = bucket().get_object(Bucket="bucket", Key="class/index.html")["Body"].read().decode()
    assert "3 of 3 reports made" in page and "href='reports/1.html'" in page

    second = command(*run)
    assert second.returncode == 0 and "0 made, 3 already there" in second.stderr
    assert s3.puts() == Counter([*summary, "class/.writable"])

    bucket().delete_object(Bucket="bucket", Key="class/reports/2.html")
    s3.asked.clear()
    third = command(*run)
    assert "1 made, 2 already there" in third.stderr
    assert s3.puts() == Counter([*reports[2:4], *summary, "class/.writable"])
    assert set(objects()) == {*reports, *summary}

    status = command("--status", "-o", out)
    assert (status.returncode, status.stdout.strip()) == (0, "3 rows: 3 done, 0 failed, 0 not finished")
    elsewhere = command("--status", "-o", "s3://bucket/elsewhere")
    assert elsewhere.returncode == 2 and "there is no batch here" in elsewhere.stderr


@pytest.mark.slow
def test_an_object_of_the_largest_output_is_one_put(s3: S3) -> None:
    from alliance_analysis.reports.batch import LIMITS

    assert LIMITS.output_bytes
    store = open_store("s3://bucket/class", ledger_name="x")
    store.put("failed/a.ipynb", bytes(LIMITS.output_bytes))
    assert s3.puts() == {"class/failed/a.ipynb": 1}
    assert store.sizes() == {"failed/a.ipynb": LIMITS.output_bytes}


@pytest.mark.slow
def test_a_store_that_cannot_be_used_is_refused_before_anything_runs(
    s3: S3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import s3fs
    from moto.core import set_initial_no_auth_action_count

    def refused(address: str = "s3://bucket/class") -> str:
        s3fs.S3FileSystem.clear_instance_cache()
        with pytest.raises(BadInput) as raised:
            open_store(address, ledger_name="x").check()
        return str(raised.value)

    assert refused("s3://none/class") == (
        "s3://none/class: nothing can be written here (The specified bucket does not exist); "
        "make the bucket first, or mend its name"
    )
    forbidden = set_initial_no_auth_action_count(0)(refused)()
    assert "use credentials that may write, list and delete objects there" in forbidden
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert "Unable to locate credentials); set AWS_ACCESS_KEY_ID" in refused()
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "(nobody) could not be found); set AWS_ACCESS_KEY_ID" in refused()
    assert not (tmp_path / "state").exists()


@pytest.mark.slow
def test_an_endpoint_that_is_not_there_is_named(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    import s3fs

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(BadInput, match=r"Could not connect .*see whether the network is up"):
        open_store("s3://bucket/class", ledger_name="x").check()
