"""One job: whatever a notebook shows or does becomes an outcome with its kind, and the notebook as far as it came."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from alliance_analysis.reports import convert
from alliance_analysis.reports.execute import Limits
from alliance_analysis.reports.jobs import PARTIAL, Job, Outcome, Task, do
from alliance_analysis.reports.kernels import forked_kernels


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    with forked_kernels():
        yield


def outcome(*cells: str, output_bytes: int | None = None) -> Outcome:
    """Do a job whose notebook has these code cells, under a heading each."""
    made = [nbformat.v4.new_code_cell("n: int = 0", metadata={"tags": ["parameters"]})]
    for number, cell in enumerate(cells, start=1):
        made += [nbformat.v4.new_markdown_cell(f"# Part {number}"), nbformat.v4.new_code_cell(cell)]
    text = nbformat.writes(nbformat.v4.new_notebook(cells=made))
    return do(Job("a", {"n": 1}), Task(text, ("pdf",), Limits(output_bytes=output_bytes), ""))


def shows(data: str) -> str:
    return f"from IPython.display import display\ndisplay({data}, raw=True)"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (shows("{'image/png': 'none!'}"), "cell 4: a picture is no PNG file"),
        (shows("{'image/png': 'aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ='}"), "cell 4: a picture is no PNG file"),
        (shows("{'text/markdown': '[@nobody]'}"), "there is no reference 'nobody'"),
        (shows(r"{'text/markdown': '`#panic()`{=typst}'}"), "typst could not set the PDF"),
        (
            shows("{'application/vnd.casebook.exhibit+json': 'text'}"),
            "what the notebook shows (AttributeError",
        ),
    ],
)
def test_a_report_that_cannot_be_made_is_the_notebooks_doing(cell: str, said: str) -> None:
    found = outcome(cell)
    assert (found.kind, said in found.what) == ("notebook error", True), found.what
    assert len(json.loads(found.files[PARTIAL])["cells"]) == 4, (
        "the notebook that ran, its parameters injected"
    )


def test_a_batch_sets_each_report_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Full pages cost several layouts, each as long as the report itself."""
    monkeypatch.setattr(convert.placing, "settle", lambda *_: pytest.fail("the pages were set again"))
    assert outcome(shows("{'text/markdown': 'One line.'}")).files["pdf"].startswith(b"%PDF")


def test_a_converter_that_is_ended_from_outside_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = tmp_path / "pandoc"
    killed.write_text("#!/bin/sh\nkill -9 $$\n")
    killed.chmod(0o755)
    monkeypatch.setattr(convert, "_binary", lambda: str(killed))
    found = outcome("1")
    assert (found.kind, found.what) == (
        "infrastructure",
        "pandoc was ended by signal 9; is there enough memory?",
    )


@pytest.mark.parametrize(
    "cell",
    [
        "print('x' * 1_000_000)",
        "for _ in range(100):\n    print('x' * 10_000, flush=True)",
        shows("{'application/json': ['x' * 1000] * 1000}"),
        shows("{'application/json': list(range(1_000_000))}"),
        "from ipykernel.comm import Comm\nComm(target_name='none', buffers=[bytes(1_000_000)])",
    ],
)
def test_output_of_every_form_counts(cell: str) -> None:
    found = outcome(cell, "2", output_bytes=500_000)
    assert found.kind == "too much output", found
    assert "code cell 3 of 4 (“Part 1”)" in found.what, "the cell that put it out"
    assert outcome(cell, "2", output_bytes=20_000_000).kind is None


def test_what_a_notebook_records_and_is_no_finite_number_is_left_out() -> None:
    mime = "application/vnd.casebook.outcomes+json"
    found = outcome(shows(f"{{'{mime}': {{'a': 1, 'b': 'text', 'c': None, 'd': float('nan'), 'e': [1]}}}}"))
    assert (found.kind, found.outcomes) == (None, {"a": 1.0})
