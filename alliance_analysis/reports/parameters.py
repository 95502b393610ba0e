"""A notebook's declared parameters: their names, types and defaults, checked before anything runs.

A notebook declares them in the cell tagged `parameters`, one annotated assignment a line, with the types below or
Python's own. Papermill itself only warns of a misspelt name and lets any type pass.
"""

from __future__ import annotations

import ast
import datetime
import functools
import typing
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from nbformat import NotebookNode
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from alliance_analysis.cases import known as known_case
from alliance_analysis.errors import BadInput, Fault, nearest


def _case(value: str) -> str:
    try:
        return known_case(value)
    except BadInput as error:
        raise ValueError(str(error)) from None


def _iso(value: Any) -> str:
    if value == "":
        return ""
    try:
        return datetime.date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ValueError(f"'{value}' is not a date; write it as YYYY-MM-DD") from None


def _pair(value: Any) -> Any:
    if isinstance(value, str):
        value = [part.strip() for part in value.strip("[]() ").split(",")]
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError("give two fractions, low and high, such as 0.05,0.25")
    return list(value)


def _ordered(value: list[float]) -> list[float]:
    if value[0] > value[1]:
        raise ValueError(f"the range starts at {value[0]:g}, above its end {value[1]:g}")
    return value


def _no_text_as_number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError(f"expected a number, got {value}")
    return value


CaseName = Annotated[str, AfterValidator(_case)]
"""The name of a case."""

Reader = Literal["student", "instructor"]
"""Who reads the report: an instructor sees what to listen for and the teaching note."""

Focus = Literal["all", "foundation", "governance", "change"]
"""The accord that the report looks at."""

IsoDate = Annotated[str, BeforeValidator(_iso)]
"""A date as YYYY-MM-DD, or nothing."""

Fraction = Annotated[float, BeforeValidator(_no_text_as_number), Field(ge=0, le=1)]
"""A fraction from 0 to 1."""

Range = Annotated[
    list[Fraction], Field(min_length=2, max_length=2), BeforeValidator(_pair), AfterValidator(_ordered)
]
"""Two fractions, low and high; on the command line `0.05,0.25`."""

Seed = Annotated[int, BeforeValidator(_no_text_as_number), Field(ge=0, lt=2**32)]
"""The seed of whatever is drawn at random."""

Months = Annotated[float, BeforeValidator(_no_text_as_number), Field(ge=0, le=120)]
"""A number of months, up to ten years."""

_TYPES: dict[str, Any] = {
    **{name: getattr(typing, name) for name in ("Annotated", "Any", "Literal", "Optional", "Union")},
    **{kind.__name__: kind for kind in (bool, dict, float, int, list, str, tuple)},
    "CaseName": CaseName, "Reader": Reader, "Focus": Focus, "IsoDate": IsoDate,
    "Fraction": Fraction, "Range": Range, "Seed": Seed, "Months": Months,
}  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    """One declared parameter: its name, type, default, and the comment that explains it."""

    name: str
    type: Any
    default: Any
    help: str = ""

    @functools.cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.type, config=ConfigDict(allow_inf_nan=False))

    def convert(self, value: Any) -> Any:
        """Return `value` checked and converted to the declared type; raises BadInput that says what is wrong.

        >>> Parameter("margin", Range, [0.05, 0.25]).convert("0.1,0.3")
        [0.1, 0.3]
        """
        try:
            return self._validated(value)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
            problem = problem.replace("Input should be ", "expected ").split(", unable to parse")[0]
            options = typing.get_args(self.type) if typing.get_origin(self.type) is Literal else ()
            problem = "this is not one of the choices" if options else problem
            raise BadInput(problem, nearest(str(value), map(str, options)) if options else "") from None

    def _validated(self, value: Any) -> Any:
        if not isinstance(value, str):
            return self._adapter.validate_python(value, strict=self.type in (str, bool, int))
        try:
            return self._adapter.validate_python(value)
        except ValidationError:
            try:
                literal = ast.literal_eval(value)
            except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
                literal = value
            if not isinstance(literal, list | tuple | dict):
                raise
            return self._adapter.validate_python(literal)


def declared(notebook: NotebookNode, file: Path | None = None) -> dict[str, Parameter]:
    """Return the parameters that a notebook declares, by name.

    A notebook without a cell tagged `parameters` declares none. Raises BadInput where that cell is not plain
    assignments.
    """
    cells = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if not cells:
        return {}
    source = cells[0].source
    lines = source.splitlines()
    found: dict[str, Parameter] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            name, annotation = node.target.id, ast.unparse(node.annotation)
        elif (
            isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
        ):
            name, annotation = node.targets[0].id, ""
        else:
            raise BadInput(
                f"line {node.lineno} of the parameters cell is not a plain assignment", "write name: type = value",
                file=file,
            )  # fmt: skip
        try:
            default = ast.literal_eval(node.value)
        except ValueError:
            what = f"the default of '{name}' is computed, not a plain value"
            raise BadInput(what, "write the value itself", file=file) from None
        kind = _resolve(annotation, file) if annotation else type(default)
        comment = lines[node.lineno - 1].partition("#")[2].strip()
        found[name] = Parameter(name, kind, default, comment)
    return found


def expected(notebook: NotebookNode, file: Path | None = None) -> dict[str, Parameter]:
    """Return the declared parameters of a notebook that must have some; raises BadInput where it has none."""
    known = declared(notebook, file)
    if not known:
        raise BadInput("the notebook declares no parameters", "tag one cell 'parameters'", file=file)
    return known


def _resolve(annotation: str, file: Path | None) -> Any:
    names = {node.id for node in ast.walk(ast.parse(annotation)) if isinstance(node, ast.Name)}
    for name in sorted(names - set(_TYPES)):
        raise BadInput(f"'{name}' is not a parameter type", nearest(name, _TYPES), file=file)
    return eval(annotation, {"__builtins__": {}}, dict(_TYPES))  # names were checked above


def check(notebook: NotebookNode, given: Mapping[str, Any], file: Path | None = None) -> dict[str, Any]:
    """Return every parameter's value: the given ones checked and converted, the others at their default.

    Text is converted as the declared type says ("7" for an int, "0.05,0.25" for a range). Raises one BadInput
    with every unknown name and every value that does not fit.
    """
    known = expected(notebook, file) if given else declared(notebook, file)
    faults = [
        Fault(f"'{name}' is not a parameter", nearest(name, known)) for name in given if name not in known
    ]
    values: dict[str, Any] = {}
    for name, parameter in known.items():
        try:
            values[name] = parameter.convert(given[name]) if name in given else parameter.default
        except BadInput as error:
            faults += [replace(fault, what=f"{name}={given[name]!s}: {fault.what}") for fault in error.faults]
    if faults:
        raise BadInput(faults)
    return values


def parse_assignments(pairs: list[str]) -> dict[str, str]:
    """Split `NAME=VALUE` arguments of a command line.

    >>> parse_assignments(["reader=student", "seed=7"])
    {'reader': 'student', 'seed': '7'}
    """
    faults, values = [], {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            faults.append(Fault(f"'{pair}' has no value", "write it as NAME=VALUE"))
        elif name.strip() in values:
            faults.append(Fault(f"the parameter '{name.strip()}' is given twice", "give it once"))
        else:
            values[name.strip()] = value.strip()
    if faults:
        raise BadInput(faults)
    return values
