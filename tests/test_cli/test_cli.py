"""The command: what it writes, its exit codes, and one clear line instead of a traceback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from alliance_analysis import cli, content


@dataclass
class Run:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def casebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Run]:
    """Run the command in this process, in an empty folder."""

    def run(*arguments: str) -> Run:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("sys.argv", ["casebook", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Run(code, captured.out, captured.err)

    return run


def test_cases_lists_every_case(casebook: Callable[..., Run], tmp_path: Path) -> None:
    run = casebook("cases")
    assert run.returncode == 0
    for name in ("timex", "ibm_apple", "donnelly", "shorter_cases"):
        assert name in run.stdout


def test_a_report_of_every_format(casebook: Callable[..., Run], tmp_path: Path) -> None:
    run = casebook("report", "timex", "-o", "out", "-p", "reader=instructor")
    assert run.returncode == 0, run.stderr
    assert [Path(line).name for line in run.stdout.split()] == ["report.pdf", "report.html", "report.ipynb"]
    assert (tmp_path / "out" / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert "cell  1 of" in run.stderr
    assert "The case in brief" in run.stderr


def test_a_failing_cell_leaves_the_partial_notebook_and_exit_1(
    casebook: Callable[..., Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = [
        nbformat.v4.new_code_cell('case: str = "timex"', metadata={"tags": ["parameters"]}),
        nbformat.v4.new_markdown_cell("# The sum"),
        nbformat.v4.new_code_cell("1 / 0"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "broken.ipynb")
    monkeypatch.setattr("alliance_analysis.reports.run.notebook_path", lambda: tmp_path / "broken.ipynb")
    run = casebook("report", "timex", "-o", "out")
    assert run.returncode == 1
    assert "“The sum”) failed: ZeroDivisionError" in run.stderr
    assert "Traceback" not in run.stderr
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["report.failed.ipynb"]


def test_only_the_formats_asked_for(casebook: Callable[..., Run], tmp_path: Path) -> None:
    run = casebook("report", "donnelly", "-o", "out", "--format", "html")
    assert run.returncode == 0, run.stderr
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["report.html"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["report", "timxe"], "did you mean 'timex'"),
        (["report", "timex", "-p", "raeder=student"], "did you mean 'reader'"),
        (["report", "timex", "-p", "seed=x", "-p", "focus=y"], "seed=x"),
        (["report", "timex", "-p", "seed"], "NAME=VALUE"),
        (["report", "timex", "-p", "case=donnelly"], "given as the argument"),
        (["report", "timex", "--format", "docx"], "not a format"),
        (["report", "timex", "--format", ""], "not a format"),
        (["export", "missing.ipynb"], "no such notebook"),
        (["export", "bad.ipynb"], "not a readable notebook"),
        (["export", "plain.ipynb", "-o", "x.odt"], ".odt"),
        (["nonsense"], "nonsense"),
    ],
)
def test_bad_input_is_one_line_and_exit_2_and_writes_nothing(
    casebook: Callable[..., Run], tmp_path: Path, arguments: list[str], words: str
) -> None:
    (tmp_path / "bad.ipynb").write_text("{")
    nbformat.write(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# T")]), tmp_path / "plain.ipynb"
    )
    before = sorted(tmp_path.iterdir())
    run = casebook(*arguments)
    assert run.returncode == 2
    assert words in run.stderr
    assert "Traceback" not in run.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_an_unforeseen_error_has_no_traceback_and_exit_1(
    casebook: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[str]:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("alliance_analysis.cases.case_names", broken)
    run = casebook("cases")
    assert run.returncode == 1
    assert "oops" in run.stderr
    assert "Traceback" not in run.stderr


def test_the_installed_command_answers(tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("casebook.exe" if sys.platform == "win32" else "casebook")
    run = subprocess.run(
        [command, "report", "timxe"], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
    )
    assert run.returncode == 2
    assert run.stderr.strip() == "casebook: there is no case 'timxe'; did you mean 'timex'?"


def test_export_writes_each_kind_of_document(casebook: Callable[..., Run], tmp_path: Path) -> None:
    notebook = tmp_path / "start.ipynb"
    notebook.write_bytes((content.folder("notebooks") / "00_start_here.ipynb").read_bytes())
    for suffix in (".pdf", ".docx", ".html"):
        run = casebook("export", "start.ipynb", "-o", f"start{suffix}")
        assert run.returncode == 0, run.stderr
        assert (tmp_path / f"start{suffix}").stat().st_size > 1000


def test_lab_lays_the_notebooks(casebook: Callable[..., Run], tmp_path: Path) -> None:
    run = casebook("lab", "mine", "--prepare-only")
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "mine" / "00_start_here.ipynb").exists()
    again = casebook("lab", "mine", "--prepare-only")
    assert "new:" not in again.stdout


def test_version(casebook: Callable[..., Run], tmp_path: Path) -> None:
    assert casebook("--version").stdout.startswith("casebook 0.")


MALFORMED = {
    "wrong type": b"schema: 1\ntitle: T\nkpis:\n  - {id: a, name: A, target: high}\n",
    "unknown field": b"schema: 1\ntitel: T\n",
    "tab": b"schema: 1\ntitle: T\nmoney:\n\tcurrency: USD\n",
    "duplicate key": b"schema: 1\ntitle: T\ntitle: U\n",
    "not UTF-8": b"schema: 1\ntitle: Caf\xe9\n",
    "10 MB": b"a: 1\n" * 2_000_000,
    "tag": b"schema: 1\ntitle: !!python/object:os.system T\n",
    "alias": b"schema: 1\ntitle: &a T\nlabel: *a\n",
    "anchor bomb": b"a: &a [x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n",
    "empty": b"",
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_agreement_file_is_one_clear_error_and_exit_2(
    casebook: Callable[..., Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    essay = content.folder("notebooks") / "assignment" / "essay.ipynb"
    (tmp_path / "essay.ipynb").write_bytes(essay.read_bytes())
    (tmp_path / "agreement.yaml").write_bytes(MALFORMED[kind])
    monkeypatch.setenv("CASEBOOK_AGREEMENT", str(tmp_path / "agreement.yaml"))
    run = casebook("check", "essay.ipynb")
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    lines = run.stderr.strip().splitlines()
    assert len(lines) == (
        2 if kind == "unknown field" else 1
    )  # the wrong name, and the field that it leaves missing
    assert all(line.startswith("casebook: ") and "agreement.yaml" in line for line in lines)
