"""An essay notebook is printed only if it shows the paper that stands in its agreement file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest
from nbformat import NotebookNode
from nbformat import write as nbformat_write

from alliance_analysis.agreement import keep, read_agreement
from alliance_analysis.cli import main
from alliance_analysis.errors import RunFailed
from alliance_analysis.reports.assignment import read_assignment
from alliance_analysis.reports.essay import Essay, model_path
from alliance_analysis.reports.essay_check import check_essay, check_file
from alliance_analysis.reports.essay_page import agreement_of
from alliance_analysis.reports.essay_text import Draft
from alliance_analysis.reports.export import export
from alliance_analysis.reports.jupyter import CasebookPdfExporter
from alliance_analysis.reports.notebook import read_notebook

NEW = "This sentence was kept after the page had been run."


@pytest.fixture(scope="module")
def saved() -> NotebookNode:
    """The exemplary paper as a notebook whose cells make its parts."""
    essay = Essay.of(read_agreement(model_path()))
    notebook = essay.paper()
    calls = [f'essay.slot("{spec.id}")' for spec in essay.assignment.slots]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, source in zip(code, ["essay.front()", *calls, "essay.appendix()"], strict=True):
        cell.source = source
    return notebook


@pytest.fixture
def page(saved: NotebookNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That notebook as it lies in a working copy: in a folder, with the agreement file above it."""
    monkeypatch.delenv("CASEBOOK_AGREEMENT", raising=False)
    shutil.copy(model_path(), tmp_path / "agreement.yaml")
    (tmp_path / "assignment").mkdir()
    path = tmp_path / "assignment" / "essay.ipynb"
    nbformat_write(saved, path)
    return path


def rewrite(page: Path, change: Callable[[Draft], Draft]) -> None:
    opened = read_agreement(page.parent.parent / "agreement.yaml")
    keep(opened, ("choices", {"essay": change(Draft.of(opened)).kept()}))


def add_a_sentence(draft: Draft) -> Draft:
    slots = {**draft.slots, "conclusion": f"{draft.slots['conclusion']} {NEW}"}
    return draft.model_copy(update={"slots": slots})


def without(page: Path, slot: str) -> None:
    notebook = read_notebook(page)
    notebook.cells = [cell for cell in notebook.cells if slot not in cell.source]
    nbformat_write(notebook, page)


def faults(page: Path) -> list[tuple[str | None, str, str]]:
    with pytest.raises(RunFailed) as caught:
        export(page, page.with_suffix(".pdf"))
    assert not page.with_suffix(".pdf").exists()
    assert all(fault.file == page for fault in caught.value.faults)
    return [(fault.field, fault.what, fault.remedy) for fault in caught.value.faults]


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".html"])
def test_a_page_that_shows_what_is_kept_is_printed(page: Path, suffix: str) -> None:
    assert export(page, page.with_suffix(suffix)).stat().st_size > 10_000


def test_a_text_kept_after_the_page_was_run(page: Path) -> None:
    rewrite(page, add_a_sentence)
    assert faults(page) == [
        (
            "cell 11, part 'Conclusion'",
            "the notebook shows an older text than the agreement file",
            "run all cells and save it, then export again",
        )
    ]


def test_a_title_page_kept_after_the_page_was_run(page: Path) -> None:
    def sign(draft: Draft) -> Draft:
        return draft.model_copy(update={"title_page": draft.title_page.model_copy(update={"student": "B 7"})})

    rewrite(page, sign)
    assert [where for where, *_ in faults(page)] == ["cell 1, part 'title page'"]


def test_a_number_that_changed_below_the_same_text(page: Path) -> None:
    """The essay says {{number:watch}}: the student's text stays the same, what the paper says does not."""
    file = page.parent.parent / "agreement.yaml"
    before = file.read_text(encoding="utf-8")
    texts = Draft.of(read_agreement(file)).slots
    (slot,) = [name for name, text in texts.items() if "{{number:watch}}" in text]
    file.write_text(before.replace("watch: 0.9\n", "watch: 0.91\n"), encoding="utf-8")
    assert file.read_text(encoding="utf-8") != before
    assert f"part '{read_assignment().names()[slot]}'" in " ".join(str(where) for where, *_ in faults(page))


def test_a_part_whose_cell_was_deleted(page: Path) -> None:
    without(page, '"strategy"')
    ((where, what, remedy),) = faults(page)
    assert where == "part 'Strategy drives the accords'" and what == "the notebook has no cell for this part"
    assert "below the cell of 'How barriers are removed'" in remedy and 'essay.slot("strategy")' in remedy
    found = check_file(page, run=False)
    assert not found.ready and [f.remedy for f in found.findings if f.slot == "strategy"] == [
        remedy.removesuffix(", then export again")
    ]


def test_the_remedy_for_a_lost_cell_works(page: Path, saved: NotebookNode) -> None:
    without(page, '"strategy"')
    notebook = read_notebook(page)
    at = next(n for n, cell in enumerate(notebook.cells) if '"removal"' in cell.source)
    notebook.cells.insert(at + 1, next(c for c in saved.cells if c.source == 'essay.slot("strategy")'))
    nbformat_write(notebook, page)
    assert export(page, page.with_suffix(".pdf")).exists()


def in_one_cell(page: Path) -> None:
    """Put all parts into the one cell that shows them, as the shipped page does."""
    notebook = read_notebook(page)
    slots = [cell for cell in notebook.cells if "essay.slot" in cell.source]
    slots[0].update(source="essay.show()", outputs=[output for cell in slots for output in cell.outputs])
    notebook.cells = [cell for cell in notebook.cells if cell not in slots[1:]]
    nbformat_write(notebook, page)


def test_one_cell_that_shows_all_parts(page: Path) -> None:
    in_one_cell(page)
    assert export(page, page.with_suffix(".pdf")).exists()
    page.with_suffix(".pdf").unlink()
    rewrite(page, add_a_sentence)
    assert [where for where, *_ in faults(page)] == ["cell 2, part 'Conclusion'"]
    without(page, "essay.show()")
    ((where, what, remedy),) = [fault for fault in faults(page) if "show()" in fault[2]]
    assert "part 'The HR task'" in str(where) and what == "the notebook has no cell for this part"
    assert "below the cell of 'title page'" in remedy


@pytest.mark.parametrize("lost", ["essay.front()", "essay.appendix()"])
def test_a_lost_title_page_or_appendix(page: Path, lost: str) -> None:
    without(page, lost)
    ((_, what, remedy),) = faults(page)
    assert what == "the notebook has no cell for this part" and lost in remedy


def test_a_page_whose_outputs_were_cleared(page: Path) -> None:
    notebook = read_notebook(page)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    nbformat_write(notebook, page)
    assert [what for _, what, _ in faults(page)] == ["the cell of this part shows nothing"]


def test_the_checks_own_list_says_that_a_cell_is_gone(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JupyterLab tells a kernel which notebook it serves."""
    essay = Essay.of(read_agreement(model_path()))
    monkeypatch.setenv("JPY_SESSION_NAME", str(page))
    assert not [f for f in check_essay(essay).findings if "no cell" in f.what]
    without(page, '"strategy"')
    assert [f.slot for f in check_essay(essay).findings if "no cell" in f.what] == ["strategy"]
    monkeypatch.setenv("JPY_SESSION_NAME", str(page.with_name("gone.ipynb")))
    assert not [f for f in check_essay(essay).findings if "no cell" in f.what]


def test_a_submission_without_its_agreement_file_is_printed(page: Path, tmp_path: Path) -> None:
    without(page, '"strategy"')
    (tmp_path / "agreement.yaml").unlink()
    assert export(page, page.with_suffix(".pdf")).exists()


def lay_aside(page: Path, folder: Path, *, agreement: bool) -> Path:
    """Return a student's essay that was handed in to `folder`, and behind it another agreement than the reader's."""
    rewrite(page, add_a_sentence)  # so that the reader's own file no longer fits the essay
    folder.mkdir(parents=True)
    if agreement:
        shutil.copy(model_path(), folder / "agreement.yaml")
    return Path(shutil.copy(page, folder / "essay.ipynb"))


@pytest.mark.parametrize("inside", [True, False], ids=["in the reader's folder", "elsewhere"])
def test_a_students_essay_is_not_held_against_the_agreement_of_its_reader(
    page: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, inside: bool
) -> None:
    """`casebook lab` names the reader's own file in the environment of every kernel, terminal and export."""
    mine = page.parent.parent / "agreement.yaml"
    monkeypatch.setenv("CASEBOOK_AGREEMENT", str(mine))
    base = page.parent.parent if inside else tmp_path_factory.mktemp("received")
    essay = lay_aside(page, base / "class" / "s01", agreement=True)
    assert agreement_of(read_notebook(essay), essay.parent) == essay.parent / "agreement.yaml"
    assert export(essay, essay.with_suffix(".pdf")).exists()
    assert agreement_of(read_notebook(page), page.parent) == mine and faults(page)  # the reader's own


def test_a_students_essay_from_elsewhere_without_its_agreement_stands_for_itself(
    page: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASEBOOK_AGREEMENT", str(page.parent.parent / "agreement.yaml"))
    essay = lay_aside(page, tmp_path_factory.mktemp("received") / "s01", agreement=False)
    assert agreement_of(read_notebook(essay), essay.parent) is None
    assert export(essay, essay.with_suffix(".pdf")).exists()


def test_an_essay_deep_in_the_working_copy_is_held_against_the_file_that_the_environment_names(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = page.parent.parent / "agreement.yaml"
    monkeypatch.setenv("CASEBOOK_AGREEMENT", str(mine))
    essay = lay_aside(page, page.parent / "second" / "try", agreement=False)
    assert agreement_of(read_notebook(essay), essay.parent) == mine
    assert [where for where, *_ in faults(essay)] == ["cell 11, part 'Conclusion'"]


def test_the_command_says_it_in_one_line_and_can_be_overruled(
    page: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def casebook(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["casebook", "export", str(page), *arguments])
        try:
            main()
        except SystemExit as stop:
            return int(stop.code or 0)
        return 0

    rewrite(page, add_a_sentence)
    assert casebook() == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "cell 11, part 'Conclusion'" in said and "Traceback" not in said
    assert casebook("--as-is") == 0
    text = " ".join(sheet.extract_text() for sheet in pypdf.PdfReader(page.with_suffix(".pdf")).pages)
    assert NEW not in " ".join(text.split())


def test_jupyterlabs_menu_refuses_too(page: Path) -> None:
    rewrite(page, add_a_sentence)
    with pytest.raises(RunFailed, match="older text") as caught:
        CasebookPdfExporter().from_filename(str(page))
    said = str(caught.value).splitlines()  # JupyterLab's page of errors breaks no line
    assert "cell 11, part 'Conclusion':" in said and max(map(len, said)) <= 90
