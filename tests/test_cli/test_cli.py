"""The command: what it writes, its exit codes, and one clear line instead of a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from alliance_analysis import content


def casebook(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from alliance_analysis.cli import main; main()", *arguments],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "120"},
        check=False,
    )


def test_cases_lists_every_case(tmp_path: Path) -> None:
    run = casebook("cases", cwd=tmp_path)
    assert run.returncode == 0
    for name in ("timex", "ibm_apple", "donnelly", "shorter_cases"):
        assert name in run.stdout


def test_a_report_of_every_format(tmp_path: Path) -> None:
    run = casebook("report", "timex", "-o", "out", "-p", "reader=instructor", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert [Path(line).name for line in run.stdout.split()] == ["report.pdf", "report.html", "report.ipynb"]
    assert (tmp_path / "out" / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert "cell  1 of" in run.stderr
    assert "The case in brief" in run.stderr


def test_only_the_formats_asked_for(tmp_path: Path) -> None:
    run = casebook("report", "donnelly", "-o", "out", "--format", "html", cwd=tmp_path)
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
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    (tmp_path / "bad.ipynb").write_text("{")
    nbformat.write(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# T")]), tmp_path / "plain.ipynb"
    )
    before = sorted(tmp_path.iterdir())
    run = casebook(*arguments, cwd=tmp_path)
    assert run.returncode == 2
    assert words in run.stderr
    assert "Traceback" not in run.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_an_unforeseen_error_has_no_traceback_and_exit_1(tmp_path: Path) -> None:
    code = (
        "import alliance_analysis.cases as c\n"
        "def broken(): raise ZeroDivisionError('oops')\n"
        "c.case_names = broken\n"
        "from alliance_analysis.cli import main; main()"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, "cases"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 1
    assert "oops" in run.stderr
    assert "Traceback" not in run.stderr


def test_export_writes_each_kind_of_document(tmp_path: Path) -> None:
    notebook = tmp_path / "start.ipynb"
    notebook.write_bytes((content.folder("notebooks") / "00_start_here.ipynb").read_bytes())
    for suffix in (".pdf", ".docx", ".html"):
        run = casebook("export", "start.ipynb", "-o", f"start{suffix}", cwd=tmp_path)
        assert run.returncode == 0, run.stderr
        assert (tmp_path / f"start{suffix}").stat().st_size > 1000


def test_lab_lays_the_notebooks(tmp_path: Path) -> None:
    run = casebook("lab", "mine", "--prepare-only", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "mine" / "00_start_here.ipynb").exists()
    again = casebook("lab", "mine", "--prepare-only", cwd=tmp_path)
    assert "new:" not in again.stdout


def test_version(tmp_path: Path) -> None:
    assert casebook("--version", cwd=tmp_path).stdout.startswith("casebook 0.")
