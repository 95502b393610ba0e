"""Answers are read as a person would read them; what cannot be read is named, and nothing is guessed."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode

from alliance_analysis.grading import own_copy
from alliance_analysis.grading.answers import (
    BOX,
    FORMS,
    MARK,
    forms,
    grade_id,
    has_program,
    readings,
    written,
)
from alliance_analysis.grading.course import shipped
from alliance_analysis.grading.questions import variant

TYPED: list[tuple[str, str, object]] = [
    ("growth", "12,5 %", 0.125),
    ("growth", "12.5 per cent", 0.125),
    ("growth", "\u22120,05", -0.05),
    ("growth", "'0.052'", 0.052),
    ("growth", "... 0.052", 0.052),
    ("growth", "1/8", 0.125),
    ("growth", "0,052,1", None),
    ("growth", "(1, 2)", None),
    ("growth", "1/0", None),
    ("growth", "about 5", None),
    ("growth", "1e999", None),
    ("credit", "12,500", 12500.0),
    ("credit", "12.500", 12.5),
    ("credit", "1,012,500.50 dollars", 1012500.5),
    ("credit", "12\u00a0500", 12500.0),
    ("credit", "12 5000", None),
    ("credit", "12 %", None),
    ("dominated", " b ", "B"),
    ("dominated", '"B"', "B"),
    ("dominated", "(Package c)", "C"),
    ("dominated", "F", None),
    ("dominated", "A or B", None),
]


@pytest.fixture
def source() -> NotebookNode:
    return nbformat.read(shipped() / "measures.ipynb", as_version=4)


def cell(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(c for c in notebook.cells if grade_id(c) == name)


@pytest.mark.parametrize(("name", "typed", "value"), TYPED)
def test_an_answer_means_what_a_person_reads(
    name: str, typed: str, value: object, source: NotebookNode
) -> None:
    cell(source, name).source += typed
    reading = readings(source, forms(source))[name]
    assert reading.value == value, reading
    assert (reading.state == "read") == (value is not None)
    assert not has_program(source, nbformat.read(shipped() / "measures.ipynb", as_version=4))
    if value is None:
        assert FORMS[name].wanted in reading.said


@given(value=st.floats(-9.999, 9.999).map(lambda x: round(x, 4)))
def test_a_fraction_is_the_same_with_a_comma_a_point_or_a_percent_sign(value: float) -> None:
    form, plain = FORMS["growth"], f"{value:.4f}"
    assert form.value(plain) == form.value(plain.replace(".", ",")) == value
    assert form.value(f"{100 * value:.2f} %") == pytest.approx(value, abs=1e-12)


@given(cents=st.integers(0, 10**11))
def test_an_amount_is_the_same_however_its_thousands_are_parted(cents: int) -> None:
    form, english = FORMS["credit"], f"{cents / 100:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    spaced = english.replace(",", " ")
    assert {form.value(said) for said in (english, german, spaced, f"${english}")} == {cents / 100}


PROGRAMS = ["sum([0.5, 0.15])", "mean - 2.66 * 0.1", "(\n 0.2\n + 0.3)", "0.5\nprint('mine')"]


@pytest.mark.parametrize("typed", PROGRAMS)
def test_what_is_python_is_left_to_be_run(typed: str, source: NotebookNode) -> None:
    template = nbformat.read(shipped() / "measures.ipynb", as_version=4)
    answer = cell(source, "growth")
    answer.source = answer.source.replace("...", typed)
    source.cells.insert(2, nbformat.v4.new_code_cell("mean = 0.9"))
    assert has_program(source, template)
    assert readings(source, forms(source))["growth"].state in ("program", "read")


def test_the_shipped_copy_asks_for_the_shipped_forms_and_is_all_empty(source: NotebookNode) -> None:
    assert forms(source) == FORMS
    assert set(FORMS) == set(variant(1))
    for name, question in variant(1).items():
        assert FORMS[name].options == question.options
    assert {reading.state for reading in readings(source, FORMS).values()} == {"empty"}
    assert not has_program(source, source)
    texts = [c for c in source.cells if c.cell_type == "markdown" and grade_id(c)]
    assert [c.source for c in texts] == [BOX, BOX] and not any(written(c) for c in texts)


def test_the_copy_names_each_empty_and_each_unreadable_answer(source: NotebookNode) -> None:
    cell(source, "limits").source += "0,712"
    cell(source, "credit").source += "much"
    source.cells.remove(cell(source, "growth"))
    cell(source, "essay-alignment").source += "\n\nMy own words."
    said = {title: (good, what) for title, good, what in own_copy.standing(source)}
    assert len(said) == 7
    assert said["Signal or noise"] == (True, "read as 0.712, that is 71.2 %")
    assert not said["What a broken promise costs"][0] and "'much'" in said["What a broken promise costs"][1]
    assert said["Like for like"][1].startswith("no answer yet")
    assert said["What the overlap cannot tell"] == (True, "3 words")
    assert said["A threshold that punishes neither noise nor honesty"] == (False, "no text yet")


def test_an_answer_that_was_run_and_not_saved_is_said(source: NotebookNode) -> None:
    run = {"credit": "credit = 5"}
    unsaved = [title for title, _, said in own_copy.standing(source, run) if "not saved" in said]
    assert unsaved == ["What a broken promise costs"]


def test_a_box_that_is_run_says_how_it_is_read_also_where_it_is_no_python(
    source: NotebookNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell, shown = InteractiveShell(), list[str]()
    monkeypatch.setattr(own_copy, "display", lambda html: shown.append(html.data))
    monkeypatch.setattr(own_copy, "get_ipython", lambda: shell)
    monkeypatch.chdir(tmp_path)
    source.metadata[MARK] = "mine"
    nbformat.write(source, tmp_path / "renamed.ipynb")
    for code in ("listen()", "listen()"):
        assert shell.run_cell(f"from alliance_analysis.grading.own_copy import *\n{code}").success
    for typed, value in (("12,5 %", 0.125), ("about 5", None), ("2 ** 3", 8)):
        shown.clear()
        assert shell.run_cell(f"# a number\ngrowth = {typed}", store_history=True).success
        assert shell.user_ns["growth"] == value
        assert ["cannot be read" in said for said in shown] == ([] if value == 8 else [value is None])
    shown.clear()
    assert shell.run_cell("table()").success
    (table,) = shown
    assert "renamed.ipynb" in table and "not saved" in table
