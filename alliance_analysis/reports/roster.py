"""From a roster or a grid to the checked rows of a batch run, one report each.

A roster is a table, CSV or Excel: a column of ids, which name the files, and a column for each parameter that
differs from row to row. A grid is every combination of some values. Everything is checked before anything runs.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from pydantic_core import to_jsonable_python

from alliance_analysis.errors import BadInput, Fault, nearest
from alliance_analysis.reports.parameters import Parameter, expected, parse_assignments
from alliance_analysis.reports.roster_ids import check_ids
from alliance_analysis.reports.roster_sheet import MAX_ROWS, Sheet, read_sheet

MAX_PRINTED = 50
"""Most faults that one error lists; it says how many more there are."""

MAX_LABEL = 24
"""Longest value that stands in an id of a grid, in characters."""


@dataclass(frozen=True)
class Row:
    """One report of a batch: its id (safe as a file name), every declared parameter, and where it stands.

    `parameters` are plain values as JSON has them. `line` is the line of the file or the row of the spreadsheet;
    in a grid, the number of the combination from 1.
    """

    id: str
    parameters: dict[str, Any]
    line: int


def read_roster(
    path: Path, notebook: NotebookNode, *, id_column: str = "id", notebook_file: Path | None = None
) -> tuple[Row, ...]:
    """Read a roster (CSV or .xlsx) for a notebook; the parameters that have no column keep their default.

    Text is converted as the declared type says; blanks around a value count only in a `str`. Rows without any
    value are skipped. Raises one BadInput with every fault of the file by line and column: columns that are no
    parameter, values that do not fit, empty cells, and ids that are unsafe, repeated or easily confused.

    >>> import tempfile
    >>> from alliance_analysis.reports.notebook import read_notebook
    >>> from alliance_analysis.reports.run import notebook_path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "section.csv"
    ...     _ = path.write_text("id,case,seed\\na-1,timex,7\\na-2,donnelly,8\\n")
    ...     rows = read_roster(path, read_notebook(notebook_path()))
    >>> [(row.id, row.line, row.parameters["seed"]) for row in rows]
    [('a-1', 2, 7), ('a-2', 3, 8)]
    """
    known = expected(notebook, notebook_file)
    sheet = read_sheet(path, {id_column, *known})
    empty = {
        name for name in sheet.columns if sheet.rows and all(cells[name] == "" for _, cells in sheet.rows)
    }
    faults = [*_columns(sheet, empty, id_column, known), *sheet.faults]
    names = [name for name in sheet.columns if name in {id_column, *known} - empty]
    ids: list[tuple[int, str]] = []
    values: list[dict[str, Any]] = []
    for line, cells in sheet.rows:
        row: dict[str, Any] = {}
        for name in names:
            text = cells[name]
            if text == "":
                remedy = "write the value, the default too" if name in known else "give the row an id"
                faults.append(Fault("the cell is empty", remedy, line=line, field=name))
            if not text:
                continue
            if name == id_column:
                ids.append((line, text))
            if name in known:
                try:
                    row[name] = _converted(known[name], text)
                except BadInput as error:
                    faults += [replace(fault, line=line, field=name) for fault in error.faults]
        values.append(row)
    faults += [replace(fault, field=id_column) for fault in check_ids(ids)]
    _refuse(replace(fault, file=path) for fault in sorted(faults, key=lambda fault: fault.line or 0))
    rows = zip(ids, values, strict=True)
    return tuple(Row(identifier, _complete(known, row), line) for (line, identifier), row in rows)


def expand_grid(
    assignments: Sequence[str], notebook: NotebookNode, *, notebook_file: Path | None = None
) -> tuple[Row, ...]:
    """Return a row for every combination of `NAME=VALUE,VALUE...`, the last name varying fastest.

    A semicolon anywhere in the values makes semicolons the separator, so that a value may hold a comma:
    `margin=0.05,0.25;0.10,0.30`; one at the end does it for a single value. An id is made of the values that
    vary; a name whose values are long or unsafe shows their numbers instead (`prepared_for2`), and where ids
    would still clash all are numbered. Raises one BadInput with every fault.

    >>> from alliance_analysis.reports.notebook import read_notebook
    >>> from alliance_analysis.reports.run import notebook_path
    >>> report = read_notebook(notebook_path())
    >>> [row.id for row in expand_grid(["case=timex,donnelly", "margin=0.05,0.25;0.1,0.3", "seed=7"], report)]
    ['timex-0.05_0.25', 'timex-0.1_0.3', 'donnelly-0.05_0.25', 'donnelly-0.1_0.3']
    """
    known = expected(notebook, notebook_file)
    if not assignments:
        raise BadInput("the grid is empty", "write NAME=VALUE,VALUE for each parameter that varies")
    faults: list[Fault] = []
    axes: dict[str, list[Any]] = {}
    for name, text in parse_assignments(list(assignments)).items():
        if name not in known:
            faults.append(Fault(f"'{name}' is not a parameter", nearest(name, known)))
            continue
        try:
            axes[name] = _alternatives(known[name], text)
        except BadInput as error:
            faults += [replace(fault, field=name) for fault in error.faults]
    size = math.prod(len(values) for values in axes.values())
    if size > MAX_ROWS:
        faults.append(
            Fault(f"the grid has {size:,} combinations, over the limit of {MAX_ROWS:,}", "split it")
        )
    _refuse(faults)
    grid = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    rows = zip(_grid_ids(axes), grid, strict=True)
    return tuple(Row(name, _complete(known, row), line) for line, (name, row) in enumerate(rows, start=1))


def _columns(
    sheet: Sheet, empty: set[str], id_column: str, known: Mapping[str, Parameter]
) -> Iterator[Fault]:
    top = sheet.top
    if id_column not in sheet.columns:
        yield Fault(f"there is no column '{id_column}'", "add it: it names the file of each report", line=top)
    for name in sheet.columns:
        if name not in known and name != id_column:
            remedy = nearest(name, {id_column, *known})
            yield Fault("the column is not a parameter", remedy, line=top, field=name)
        elif name in empty:
            remedy = (
                "fill it, or take it out to keep the default" if name in known else "give every row an id"
            )
            yield Fault("the column is empty", remedy, line=top, field=name)


def _converted(parameter: Parameter, text: str) -> Any:
    """Return the value that a text stands for; its fault quotes the text."""
    try:
        return to_jsonable_python(parameter.convert(text if parameter.type is str else text.strip()))
    except BadInput as error:
        shown = f"'{text}'" if len(text) <= 60 else f"'{text[:60]}…'"
        raise BadInput(
            fault if shown in fault.what else replace(fault, what=f"{shown}: {fault.what}")
            for fault in error.faults
        ) from None


def _complete(known: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return every parameter in the declared order; no two rows share a value that can be changed."""
    return {name: to_jsonable_python(given.get(name, parameter.default)) for name, parameter in known.items()}


def _alternatives(parameter: Parameter, text: str) -> list[Any]:
    """Return the values that one name of a grid takes, checked and in order."""
    separator = ";" if ";" in text else ","
    faults: list[Fault] = []
    found: dict[str, Any] = {}
    for part in map(str.strip, text.removesuffix(";").split(separator)):
        try:
            if not part:
                raise BadInput("a value is empty", "take out the separator, or write the value")
            value = _converted(parameter, part)
        except BadInput as error:
            faults += error.faults
            continue
        key = json.dumps(value, sort_keys=True)
        if key in found:
            faults.append(Fault(f"the value '{part}' stands twice", "keep one of the two"))
        found[key] = value
    if faults and separator == "," and "," in text and _is_one_value(parameter, text):
        what = f"'{text}' is one value, but the comma makes alternatives of its parts"
        remedy = f"put ';' between alternatives, or at the end of a single one: '{parameter.name}={text};'"
        raise BadInput(what, remedy)
    if faults:
        raise BadInput(faults)
    return list(found.values())


def _is_one_value(parameter: Parameter, text: str) -> bool:
    try:
        parameter.convert(text)
    except BadInput:
        return False
    return True


def _grid_ids(axes: Mapping[str, Sequence[Any]]) -> list[str]:
    varying = {name: values for name, values in axes.items() if len(values) > 1} or axes
    labels = [_labels(name, values) for name, values in varying.items()]
    ids = ["-".join(parts) for parts in itertools.product(*labels)]
    if check_ids(enumerate(ids)):
        ids = [f"{number:0{len(str(len(ids)))}d}" for number in range(1, len(ids) + 1)]
    return ids


def _labels(name: str, values: Sequence[Any]) -> list[str]:
    """Return a short text for each value, or their numbers where a text cannot stand in the name of a file."""
    texts = ["_".join(map(str, value)) if isinstance(value, list) else str(value) for value in values]
    unfit = max(map(len, texts)) > MAX_LABEL or check_ids(enumerate(texts))
    return [f"{name}{number}" for number in range(1, len(texts) + 1)] if unfit else texts


def _refuse(faults: Iterable[Fault]) -> None:
    """Raise one BadInput with the faults, the first of them in full and the rest as a number."""
    every = list(faults)
    if len(every) > MAX_PRINTED:
        more = len(every) - MAX_PRINTED
        every = [*every[:MAX_PRINTED], Fault(f"and {more:,} more fault{'s' * (more > 1)}")]
    if every:
        raise BadInput(every)
