"""The fields of records as a form needs them: label, unit, explanation, and how what is typed becomes plain data."""

from __future__ import annotations

import re
import types
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic_core import ErrorDetails

from alliance_analysis.agreement.clauses import Days, Months
from alliance_analysis.agreement.kpi import Fraction, Text
from alliance_analysis.agreement.names import Names
from alliance_analysis.records import Record
from alliance_analysis.widgets.kpi_controls import number

UNITS = ((Fraction, "%"), (Months, "months"), (Days, "working days"))
"""The unit in which a kind of number is typed and printed."""


@dataclass(frozen=True)
class Spec:
    """One field of a form: what it may hold, how it is called (unit included) and explained, and what stands unsaid."""

    name: str
    hint: Any
    label: str
    help: str = ""
    default: str = ""
    required: bool = False

    @property
    def kind(self) -> Any:
        """What the field holds, without its limits."""
        return base(self.hint)

    @property
    def parts(self) -> tuple[Any, ...]:
        """What a list or a mapping holds."""
        return get_args(self.kind) if get_origin(self.kind) in (list, dict) else ()


@dataclass(frozen=True)
class Place:
    """Where a value stands in plain data: how it is read and written there."""

    get: Callable[[], Any]
    put: Callable[[Any], None]

    def at(self, key: str) -> Place:
        """Return the place of one field; a field that is left empty goes."""

        def put(value: Any) -> None:
            held = dict(self.get() or {})
            if value in (None, "", [], {}):
                held.pop(key, None)
            else:
                held[key] = value
            self.put(held)

        return Place(lambda: (self.get() or {}).get(key), put)


@cache
def specs(model: type[Record]) -> Mapping[str, Spec]:
    """Return the fields of a record by name.

    >>> from alliance_analysis.agreement.clauses import Forecast
    >>> [spec.label for spec in specs(Forecast).values()]
    ['Looks ahead (months)', 'Shared every (months)', 'Band, plus or minus (%)', 'Outside the band']
    """
    found, hints = {}, get_type_hints(model, include_extras=True)
    for name, info in model.model_fields.items():
        hint = _bare(hints[name])
        values = get_args(hint)[1] if get_origin(hint) is dict else hint
        unit = "".join(f" ({unit})" for kind, unit in UNITS if values == kind)
        label = (info.title or spaced(name).capitalize()) + unit
        default = info.default if isinstance(info.default, str) else ""
        found[name] = Spec(name, hint, label, info.description or "", default, info.is_required())
    return found


def base(hint: Any) -> Any:
    """Return a type without its limits."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def record_of(hint: Any) -> type[Record] | None:
    """Return the record that a field holds, None if it holds something else."""
    kind = base(hint)
    return kind if isinstance(kind, type) and not get_args(kind) and issubclass(kind, Record) else None


def section_of(hint: Any) -> str | None:
    """Return the section of the agreement that lists what may stand here, None if it is no name.

    >>> from alliance_analysis.agreement.names import RoleId
    >>> section_of(RoleId), section_of(str)
    ('roles', None)
    """
    marks = getattr(hint, "__metadata__", ())
    return next((mark.section for mark in marks if isinstance(mark, Names)), None)


def choices(spec: Spec, names: Mapping[str, Mapping[str, str]]) -> dict[str, str] | None:
    """Return what may be chosen in a field, in words by value; None where it is typed freely."""
    section = section_of(spec.hint)
    if get_origin(spec.hint) is Literal:
        listed = {value: spaced(value) for value in get_args(spec.hint)}
    elif section:
        listed = dict(names[section])
    else:
        return None
    return listed if spec.default else {"": "choose" if spec.required else "none", **listed}


def summary(model: type[Record], item: Mapping[str, Any]) -> str:
    """Return an entry on one line: its name or kind, and its first text."""
    first = next(iter(specs(model)))
    texts = [name for name, spec in specs(model).items() if spec.hint == Text]
    return ": ".join(
        [spaced(item.get(first, "new")), *(flat(item.get(name, "still empty")) for name in texts[:1])]
    )


def refused(error: ErrorDetails, fields: Mapping[str, Spec], names: Mapping[str, Mapping[str, str]]) -> str:
    """Return in one sentence which field cannot stand and why, each part of the way called as the form calls it."""
    told: list[str] = []
    spec: Spec | None = None
    hint: Any = None
    listed = {id: title for section in names.values() for id, title in section.items()}
    for part in error["loc"]:
        if isinstance(part, int):
            told[-1] += f" {part + 1}"
            hint = spec.parts[0] if spec and spec.parts else None
        elif part in fields:
            spec = fields[part]
            told.append(spec.label)
            hint = spec.hint
        else:
            told.append(listed.get(part, spaced(part)))
            hint = spec.parts[1] if spec and len(spec.parts) == 2 else None
        inner = record_of(hint)
        fields = specs(inner) if inner else {}
    given, kind, rate = error["input"], error["type"], hint == Fraction
    limits = "a number from 0 to 100" if rate else "a number above 0"
    why = {
        "missing": "still to be filled in",
        "literal_error": f"“{given}” is not in the list",
        "string_pattern_mismatch": "begin with a letter, then letters, digits and blanks",
        "int_from_float": "write a whole number",
        "greater_than": f"write {limits}",
        "less_than_equal": f"write {limits}",
        "greater_than_equal": "write a number that is not below 0",
        "extra_forbidden": "there is no such field here",
    }
    if kind.endswith("_parsing"):
        why[kind] = f"“{given}” is not a number"
    return f"{', '.join(told)}: {why.get(kind, error['msg'])}"


def spaced(value: Any) -> str:
    """Return an id in words."""
    return str(value or "").replace("_", " ")


def short(text: str) -> str:
    """Return a short name as an id of the agreement file.

    >>> short("Wrong forecast (Müller)")
    'wrong_forecast_muller'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def flat(text: Any) -> str:
    """Return a text on one line."""
    return " ".join(str(text).split())


def lines(text: str, before: list[Any]) -> list[Any]:
    """Return the lines that are not empty; those that stood there before as they stood."""
    kept = {flat(line): line for line in before}
    return [kept.get(flat(line), line.strip()) for line in text.splitlines() if line.strip()]


def shown(value: Any, rate: bool) -> str:
    """Return a number as it is typed, a rate in percent.

    >>> shown(0.07, True), shown(36.0, False), shown(None, False)
    ('7', '36', '')
    """
    if value is None or isinstance(value, str):
        return value or ""
    return f"{100 * value if rate else value:.10g}"


def typed(text: str, rate: bool) -> Any:
    """Return a number as it was meant, percent as a fraction; what is no number stays as typed, to be refused.

    >>> typed("12,5 %", True), typed("36", False), typed("a year", False)
    (0.125, 36, 'a year')
    """
    try:
        value = number(text.replace("%", "") if rate else text, "")
    except ValueError:
        return text.strip()
    if value is None:
        return None
    value = round(value / 100, 10) if rate else value
    return int(value) if value.is_integer() else value


def _bare(hint: Any) -> Any:
    """Return what a field holds if it holds something."""
    if get_origin(hint) in (Union, types.UnionType):
        return next(part for part in get_args(hint) if part is not type(None))
    return hint
