"""A run: progress, parameters, a failing cell that leaves its notebook, and nothing that differs by run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest

from alliance_analysis.agreement import example_path, read_agreement
from alliance_analysis.errors import BadInput, RunFailed
from alliance_analysis.reports.execute import execute
from alliance_analysis.reports.notebook import read_notebook


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    def cell(source: str, *tags: str) -> nbformat.NotebookNode:
        return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})

    cells = [
        cell("rate: float = 0.5\nmode: str = 'ok'", "parameters"),
        nbformat.v4.new_markdown_cell("# The rate"),
        cell("print(rate)"),
        nbformat.v4.new_markdown_cell("## What may fail"),
        cell("import os, signal\nif mode == 'fail': raise RuntimeError('as asked')\n"
             "if mode == 'die': os.kill(os.getpid(), signal.SIGKILL)"),
    ]  # fmt: skip
    path = tmp_path / "in" / "small.ipynb"
    path.parent.mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_a_run_uses_its_parameters_and_tells_of_its_progress(notebook: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    out = tmp_path / "out" / "done.ipynb"
    done = execute(notebook, {"rate": "0.75"}, out, progress=lambda *step: seen.append(step))
    assert done.parameters["rate"] == 0.75
    text = json.loads(out.read_text(encoding="utf-8"))
    assert "0.75" in str([c.get("outputs") for c in text["cells"]])
    assert [step[2] for step in seen if step[2] != "Setup"] == ["The rate", "What may fail"]
    assert [(number, total) for number, total, _ in seen] == [(n, 4) for n in range(1, 5)]
    phases = ("kernel start", "cells", "shutdown")
    assert 0 < sum(done.seconds[phase] for phase in phases) <= done.seconds["run"]
    assert 0 <= done.seconds["cells, processor"] <= done.seconds["run"]


def test_two_runs_write_the_same_bytes(notebook: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.ipynb", tmp_path / "b.ipynb"
    execute(notebook, {"rate": 0.1}, first)
    execute(notebook, {"rate": 0.1}, second)
    assert first.read_bytes() == second.read_bytes()


def test_a_failing_cell_leaves_the_partial_notebook(notebook: Path, tmp_path: Path) -> None:
    out = tmp_path / "done.ipynb"
    with pytest.raises(
        RunFailed, match=r"code cell 4 of 4 \(“What may fail”\) failed: RuntimeError: as asked"
    ):
        execute(notebook, {"mode": "fail"}, out)
    assert not out.exists()
    partial = read_notebook(tmp_path / "done.failed.ipynb")
    assert any(o.output_type == "error" for c in partial.cells for o in c.get("outputs", []))
    assert any("0.5" in str(o.get("text", "")) for c in partial.cells for o in c.get("outputs", []))


def test_a_kernel_that_dies_is_a_failure(notebook: Path, tmp_path: Path) -> None:
    out = tmp_path / "done.ipynb"
    with pytest.raises(RunFailed, match="kernel"):
        execute(notebook, {"mode": "die"}, out)
    assert not out.exists()
    assert (tmp_path / "done.failed.ipynb").exists()


def test_bad_parameters_stop_the_run_before_it_starts(notebook: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="did you mean 'rate'"):
        execute(
            notebook, {"rat": 1}, tmp_path / "out" / "done.ipynb", progress=lambda *_: pytest.fail("it ran")
        )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["", "{}", "not json", '{"cells": 3}'])
def test_what_is_no_notebook_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text(text)
    with pytest.raises(BadInput, match="not a readable notebook"):
        read_notebook(path)


def test_a_missing_notebook_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such notebook"):
        read_notebook(tmp_path / "x.ipynb")


MISTAKE = """from pathlib import Path
from alliance_analysis.agreement import read_agreement

read_agreement(Path({path!r}))"""


def test_a_mistake_in_the_agreement_file_is_one_sentence_in_the_notebook(tmp_path: Path) -> None:
    """The cell shows what is wrong and how to mend it, no way through our code; a run still fails, and says so."""
    file = tmp_path / "agreement.yaml"
    before = example_path().read_text(encoding="utf-8")
    file.write_text(re.sub(r"target: 0\.\d+", "target: 88,5", before, count=1), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_agreement(file)
    sentence = str(caught.value)
    assert sentence.endswith("'88,5' is not a number; write it with a point: 88.5")
    path = tmp_path / "reads.ipynb"
    cells = [nbformat.v4.new_code_cell(MISTAKE.format(path=str(file)))]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    with pytest.raises(RunFailed, match=re.escape(sentence)):
        execute(path, {}, tmp_path / "done.ipynb")
    partial = read_notebook(tmp_path / "done.failed.ipynb")
    shown = [o for cell in partial.cells for o in cell.get("outputs", []) if o.output_type == "error"]
    assert [(error.ename, error.evalue, error.traceback) for error in shown] == [
        ("BadInput", sentence, [sentence])
    ]
