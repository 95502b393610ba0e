"""Parameters are checked, converted and explained before anything runs."""

from __future__ import annotations

import nbformat
import pytest

from alliance_analysis.errors import BadInput
from alliance_analysis.reports.notebook import read_notebook
from alliance_analysis.reports.parameters import check, declared, parse_assignments
from alliance_analysis.reports.run import notebook_path


def notebook(source: str) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]})
    return nbformat.v4.new_notebook(cells=[cell])


REPORT = read_notebook(notebook_path())


def test_the_case_report_declares_its_parameters() -> None:
    assert list(declared(REPORT)) == [
        "case",
        "reader",
        "prepared_for",
        "date",
        "focus",
        "margin",
        "seed",
        "threshold",
        "exit_notice",
    ]
    assert all(check(REPORT, {})[name] == p.default for name, p in declared(REPORT).items())


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("case", "donnelly", "donnelly"),
        ("margin", "0.05,0.3", [0.05, 0.3]),
        ("margin", "[0, 1]", [0.0, 1.0]),
        ("seed", "7", 7),
        ("prepared_for", "7", "7"),
        ("date", "2026-02-28", "2026-02-28"),
    ],
)
def test_text_becomes_the_declared_type(name: str, text: str, value: object) -> None:
    assert check(REPORT, {name: text})[name] == value


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("raeder", "student", "did you mean 'reader'"),
        ("reader", "studnt", "did you mean 'student'"),
        ("case", "timxe", "did you mean 'timex'"),
        ("focus", "changes", "did you mean 'change'"),
        ("seed", "many", "integer"),
        ("seed", "-1", "greater than or equal to 0"),
        ("seed", "1.5", "integer"),
        ("seed", True, "number"),
        ("date", "15/01/2026", "YYYY-MM-DD"),
        ("date", "2026-02-30", "YYYY-MM-DD"),
        ("margin", "0.05", "give two fractions"),
        ("margin", "0.5,0.1", "starts at"),
        ("margin", "5,25", "less than or equal to 1"),
        ("margin", "low,high", "number"),
        ("prepared_for", 5, "string"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_remedy(name: str, value: object, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        check(REPORT, {name: value})
    assert len(caught.value.faults) == 1
    assert "Error" not in str(caught.value)


def test_all_faults_come_together() -> None:
    with pytest.raises(BadInput) as caught:
        check(REPORT, {"raeder": "x", "seed": "y", "date": "z"})
    assert len(caught.value.faults) == 3


def test_unions_are_declared_parameters_too() -> None:
    """Papermill itself does not see `int | None` as declared."""
    found = check(notebook("seed: int | None = None\nrate = 0.5"), {"seed": "3", "rate": "0.25"})
    assert found == {"seed": 3, "rate": 0.25}


@pytest.mark.parametrize("source", ["seed = 1 + 1\nfor i in []: pass", "print(1)"])
def test_a_cell_that_is_not_plain_assignments_is_refused(source: str) -> None:
    with pytest.raises(BadInput):
        declared(notebook(source))


def test_a_notebook_without_parameters_takes_none() -> None:
    assert check(nbformat.v4.new_notebook(), {}) == {}
    with pytest.raises(BadInput, match="tag one cell"):
        check(nbformat.v4.new_notebook(), {"seed": 1})


def test_an_unknown_type_suggests_the_nearest() -> None:
    with pytest.raises(BadInput, match="did you mean 'Fraction'"):
        declared(notebook("rate: Fractoin = 0.1"))


def test_assignments_of_the_command_line() -> None:
    assert parse_assignments(["a=1=2", "b="]) == {"a": "1=2", "b": ""}
    with pytest.raises(BadInput) as caught:
        parse_assignments(["a", "b=1", "b=2"])
    assert len(caught.value.faults) == 2
