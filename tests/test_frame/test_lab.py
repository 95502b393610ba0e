"""The working copy: newer notebooks arrive, and not a byte of a student's work is lost."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jupyterlab.commands import get_app_dir

from alliance_analysis import lab
from alliance_analysis.errors import BadInput, RunFailed

ONE = "00_start_here.ipynb"
TWO = "cases/timex.ipynb"


def ship(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and p.name != lab.MANIFEST
    }


def paths(*names: str) -> tuple[Path, ...]:
    return tuple(Path(name) for name in names)


@pytest.fixture
def first(tmp_path: Path) -> Path:
    return ship(tmp_path / "first", {ONE: "one", TWO: "two"})


@pytest.fixture
def second(tmp_path: Path) -> Path:
    return ship(tmp_path / "second", {ONE: "ONE", TWO: "TWO", "new.ipynb": "three"})


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return tmp_path / "with a space" / "mine"


def test_an_empty_folder_gets_every_notebook(first: Path, mine: Path) -> None:
    (first / ".ipynb_checkpoints").mkdir()
    (first / ".ipynb_checkpoints" / "x.ipynb").write_text("no")
    done = lab.prepare(mine, source=first)
    assert done == lab.Prepared(mine.resolve(), copied=paths(ONE, TWO))
    assert tree(mine) == {ONE: b"one", TWO: b"two"}


def test_a_second_time_changes_nothing(first: Path, mine: Path) -> None:
    lab.prepare(mine, source=first)
    stamps = {p: p.stat().st_mtime_ns for p in mine.rglob("*")}
    assert lab.prepare(mine, source=first) == lab.Prepared(mine.resolve())
    assert {p: p.stat().st_mtime_ns for p in mine.rglob("*")} == stamps


def test_the_agreement_is_left_to_the_first_keep(first: Path, mine: Path) -> None:
    lab.prepare(mine, source=first)
    assert not (mine / lab.AGREEMENT).exists()


def test_an_untouched_notebook_is_replaced_by_a_newer_one(first: Path, second: Path, mine: Path) -> None:
    lab.prepare(mine, source=first)
    done = lab.prepare(mine, source=second)
    assert (done.updated, done.copied) == (paths(ONE, TWO), paths("new.ipynb"))
    assert (mine / ONE).read_bytes() == b"ONE"


def test_a_changed_notebook_stays_and_the_newer_stands_beside_it(
    first: Path, second: Path, mine: Path
) -> None:
    lab.prepare(mine, source=first)
    (mine / TWO).write_bytes(b"my work")
    assert lab.prepare(mine, source=first).kept == paths(TWO)
    done = lab.prepare(mine, source=second, version="0.2.0")
    assert (done.kept, done.beside) == (paths(TWO), paths("cases/timex.new-0.2.0.ipynb"))
    assert (mine / TWO).read_bytes() == b"my work"
    assert (mine / "cases" / "timex.new-0.2.0.ipynb").read_bytes() == b"TWO"


def test_the_newer_is_delivered_once_even_if_it_was_edited_or_deleted(
    first: Path, second: Path, mine: Path
) -> None:
    lab.prepare(mine, source=first)
    (mine / TWO).write_bytes(b"my work")
    lab.prepare(mine, source=second, version="0.2.0")
    beside = mine / "cases" / "timex.new-0.2.0.ipynb"
    beside.write_bytes(b"my work in the newer one")
    assert lab.prepare(mine, source=second, version="0.2.0").beside == ()
    beside.unlink()
    assert lab.prepare(mine, source=second, version="0.2.0").beside == ()


def test_a_taken_name_gets_a_number_and_the_same_content_is_not_written_twice(
    first: Path, second: Path, mine: Path
) -> None:
    lab.prepare(mine, source=first)
    (mine / ONE).write_bytes(b"my work")
    (mine / "00_start_here.new-0.2.0.ipynb").write_bytes(b"also mine")
    done = lab.prepare(mine, source=second, version="0.2.0")
    assert done.beside == paths("00_start_here.new-0.2.0-2.ipynb")
    (mine / lab.MANIFEST).unlink()
    assert lab.prepare(mine, source=second, version="0.2.0").beside == ()


def test_a_deleted_notebook_comes_back_fresh(first: Path, mine: Path) -> None:
    lab.prepare(mine, source=first)
    (mine / ONE).unlink()
    assert lab.prepare(mine, source=first).copied == paths(ONE)


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"delivered": 3}', '{"delivered": {"x": 1}}', "\udc00"])
def test_without_a_readable_manifest_all_is_the_students_own(
    first: Path, second: Path, mine: Path, broken: str
) -> None:
    lab.prepare(mine, source=first)
    (mine / lab.MANIFEST).write_bytes(broken.encode(errors="surrogatepass"))
    done = lab.prepare(mine, source=second, version="0.2.0")
    assert "your own work" in done.note
    assert done.kept == paths(ONE, TWO)
    assert len(done.beside) == 2
    assert (mine / ONE).read_bytes() == b"one"
    assert lab.prepare(mine, source=second, version="0.2.0").note == ""


def test_a_notebook_of_their_own_under_a_newly_shipped_name_stays(
    first: Path, second: Path, mine: Path
) -> None:
    lab.prepare(mine, source=first)
    (mine / "new.ipynb").write_bytes(b"my idea")
    done = lab.prepare(mine, source=second, version="0.2.0")
    assert (mine / "new.ipynb").read_bytes() == b"my idea"
    assert done.beside == paths("new.new-0.2.0.ipynb")


step = st.one_of(
    st.tuples(st.just("edit"), st.sampled_from([ONE, TWO, "new.ipynb"]), st.binary(min_size=1, max_size=3)),
    st.tuples(st.just("delete"), st.sampled_from([ONE, TWO, "new.ipynb"]), st.none()),
    st.tuples(st.just("prepare"), st.integers(0, 3), st.none()),
    st.tuples(st.just("spoil"), st.none(), st.sampled_from([b"", b"{}", b"null", None])),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(step, max_size=10))
def test_no_byte_of_a_students_work_is_ever_lost(steps: list[tuple[str, object, bytes | None]]) -> None:
    """Whatever is edited, deleted, shipped or spoilt in between: `prepare` removes no student's bytes."""
    with tempfile.TemporaryDirectory() as place:
        mine = Path(place, "mine")
        releases = [
            ship(Path(place, str(n)), {ONE: f"one {n}", TWO: f"two {n}", "new.ipynb": "same"})
            for n in range(4)
        ]
        shipped = {data for release in releases for data in tree(release).values()}
        for kind, what, data in [*steps, ("prepare", 3, None)]:
            if kind == "prepare":
                before = tree(mine)
                lab.prepare(mine, source=releases[int(str(what))], version=f"0.{what}")
                after = tree(mine)
                assert all(after[name] == data for name, data in before.items() if data not in shipped)
                assert all((mine / name).is_file() for name in tree(releases[int(str(what))]))
                assert lab.prepare(mine, source=releases[int(str(what))], version=f"0.{what}").beside == ()
                assert tree(mine) == after
            elif kind == "spoil":
                if data is None:
                    (mine / lab.MANIFEST).unlink(missing_ok=True)
                elif mine.is_dir():
                    (mine / lab.MANIFEST).write_bytes(data)
            elif kind == "edit" and data is not None:
                ship(mine, {str(what): ""})
                (mine / str(what)).write_bytes(data)
            elif kind == "delete":
                (mine / str(what)).unlink(missing_ok=True)


def test_a_failed_write_leaves_the_old_file_and_no_rest(
    first: Path, second: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.prepare(mine, source=first)

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device", str(self))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(RunFailed, match="No space left"):
            lab.prepare(mine, source=second)
    assert tree(mine) == {ONE: b"one", TWO: b"two"}
    assert lab.prepare(mine, source=second).updated == paths(ONE, TWO)


def test_a_run_that_broke_off_is_completed_by_the_next(
    first: Path, second: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.prepare(mine, source=first)
    (mine / TWO).write_bytes(b"my work")
    with monkeypatch.context() as patch:
        patch.setattr(lab, "_write_manifest", lambda *_: (_ for _ in ()).throw(OSError(5, "I/O error")))
        with pytest.raises(RunFailed):
            lab.prepare(mine, source=second, version="0.2.0")
    done = lab.prepare(mine, source=second, version="0.2.0")
    assert (done.beside, done.kept) == ((), paths(TWO))
    assert sorted(tree(mine)) == [ONE, "cases/timex.ipynb", "cases/timex.new-0.2.0.ipynb", "new.ipynb"]


def test_a_file_is_not_a_folder(first: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(BadInput):
            lab.prepare(place, source=first)


def test_a_folder_that_cannot_be_written_is_refused(
    first: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(BadInput, match="cannot be written: Permission denied"):
        lab.prepare(mine, source=first)


def test_the_shipped_notebooks_are_no_working_copy(first: Path) -> None:
    for place in (first, first / "cases"):
        with pytest.raises(BadInput, match="shipped"):
            lab.prepare(place, source=first)


def test_something_else_in_a_notebooks_place_is_refused_before_anything_is_written(
    first: Path, mine: Path
) -> None:
    (mine / TWO).mkdir(parents=True)
    with pytest.raises(BadInput, match="folder stands"):
        lab.prepare(mine, source=first)
    (mine / TWO).rmdir()
    (mine / "cases").rmdir()
    (mine / "cases").write_text("mine")
    with pytest.raises(BadInput, match="file stands"):
        lab.prepare(mine, source=first)
    assert sorted(tree(mine)) == ["cases"]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_link_out_of_the_folder_is_refused(first: Path, mine: Path, tmp_path: Path) -> None:
    outside = ship(tmp_path / "outside", {"kept.ipynb": "precious"})
    mine.mkdir(parents=True)
    links = {mine / ONE: outside / "kept.ipynb", mine / "cases": outside, mine / lab.MANIFEST: outside / "m"}
    for link, target in links.items():
        link.symlink_to(target)
        with pytest.raises(BadInput, match="leads out"):
            lab.prepare(mine, source=first)
        link.unlink()
    assert tree(outside) == {"kept.ipynb": b"precious"}


def test_the_command_is_this_environments_jupyterlab(first: Path, mine: Path) -> None:
    folder = lab.prepare(mine, source=first).folder
    command = lab.lab_command(folder)
    assert command[1:3] == ["-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={folder}" in command
    assert f"--LabApp.default_url=/lab/tree/{ONE}" in command
    other = lab.lab_command(folder, browser=False, notebook=TWO)
    assert f"--LabApp.default_url=/lab/tree/{TWO}" in other and "--no-browser" in other
    with pytest.raises(BadInput, match="did you mean 'cases/timex"):
        lab.lab_command(folder, notebook="cases/timxe.ipynb")


class Server:
    """Stands in for the JupyterLab process; is interrupted as often as told before it ends."""

    interrupts = 0
    code = 0
    seen: dict[str, object]

    def __init__(self, command: list[str], **options: object) -> None:
        Server.seen = {"command": command, **options}
        self.left = self.interrupts

    def wait(self) -> int:
        if self.left:
            self.left -= 1
            raise KeyboardInterrupt
        return self.code


def test_launch_hands_the_agreement_over_and_returns_the_code(
    first: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "Popen", Server)
    folder = lab.prepare(mine, source=first).folder
    monkeypatch.setattr(Server, "code", 3)
    assert lab.launch(folder, browser=False) == 3
    environment = Server.seen["env"]
    assert isinstance(environment, dict)
    assert environment["CASEBOOK_AGREEMENT"] == str(folder / "agreement.yaml")
    assert Server.seen["cwd"] == folder
    assert Server.seen.get("shell") is None


def test_control_c_ends_without_a_traceback(first: Path, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", Server)
    monkeypatch.setattr(Server, "interrupts", 2)
    monkeypatch.setattr(Server, "code", -2)
    assert lab.launch(lab.prepare(mine, source=first).folder) == 0


def test_a_lab_that_already_runs_on_the_folder_is_found(
    first: Path, mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lab.prepare(mine, source=first).folder
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    assert lab.running(folder) == ""
    said = {"pid": os.getpid(), "root_dir": str(folder), "url": "http://localhost:8888/", "token": "abc"}
    (tmp_path / "jpserver-1.json").write_text(json.dumps(said))
    assert lab.running(folder) == f"http://localhost:8888/lab/tree/{ONE}?token=abc"
    assert lab.running(tmp_path) == ""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
def test_a_lab_says_where_it_is_and_ends_with_its_command(
    first: Path, mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started for real: the address is the page's, a second start names it, and SIGTERM leaves nothing behind."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    allowed = json.dumps({"ServerApp": {"allow_root": True}})
    ship(tmp_path / "config", {"jupyter_server_config.json": allowed})
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    folder = lab.prepare(mine, source=first).folder
    start = "import sys, pathlib, alliance_analysis.lab as lab; lab.launch(pathlib.Path(sys.argv[1]), browser=False)"
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-c", start, str(folder)], stdout=out, stderr=out)
        try:
            deadline = time.monotonic() + 120
            while not (address := lab.running(folder)) and time.monotonic() < deadline:
                time.sleep(0.5)
            while address not in log.read_text() and time.monotonic() < deadline:
                time.sleep(0.5)
            assert f"/lab/tree/{ONE}?token=" in address and address in log.read_text(), log.read_text()
            (server,) = psutil.Process(process.pid).children()
            process.terminate()
            process.wait(timeout=60)
            assert not server.is_running() and lab.running(folder) == ""
        finally:
            process.kill()


def test_launch_wants_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        lab.launch(tmp_path / "nowhere")


def test_the_manifest_lists_what_was_delivered(first: Path, second: Path, mine: Path) -> None:
    lab.prepare(mine, source=first)
    lab.prepare(mine, source=second)
    delivered = json.loads((mine / lab.MANIFEST).read_text(encoding="utf-8"))["delivered"]
    assert {name: len(digests) for name, digests in delivered.items()} == {ONE: 2, TWO: 2, "new.ipynb": 1}


def test_no_single_key_of_jupyterlab_reaches_a_page_from_inside_a_panel() -> None:
    """Whatever JupyterLab's installed version binds to a key without Ctrl or Alt is bound anew, panels excepted."""
    schemas = (
        Path(get_app_dir()) / "schemas" / "@jupyterlab"
    )  # beside them may lie those of the other application
    written = json.loads((lab.SETTINGS / "overrides.json").read_text(encoding="utf-8"))
    rules = written["@jupyterlab/shortcuts-extension:shortcuts"]["shortcuts"]
    given = {
        (rule["command"], *rule["keys"], rule["selector"], rule.get("disabled", False)) for rule in rules
    }
    found = [
        (rule["command"], *keys, rule["selector"])
        for path in schemas.rglob("*.json")
        for rule in json.loads(path.read_text(encoding="utf-8")).get("jupyter.lab.shortcuts", [])
        if (keys := rule["keys"]) and keys[0] and not re.search(r"Ctrl|Alt|Accel", keys[0])
        if re.search(r"Notebook.*commandMode.* :focus$|kernel-user.* :focus", rule["selector"])
    ]
    assert len(found) >= 25
    for *bound, selector in found:
        assert (*bound, selector, True) in given
        assert (*bound, selector.replace(":focus", ":focus:not(.cb-panel *)"), False) in given
