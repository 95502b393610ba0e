"""One strict way from a YAML file to a record, and back without losing a comment.

Every file is checked before it is parsed (size, encoding, aliases, tags), and all faults of its content are
reported together, each with its line, its field and the nearest valid name.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scanner import RoundTripScanner

from alliance_analysis.errors import BadInput, Fault, nearest

MAX_BYTES = 256_000
"""Largest file that is parsed, in bytes."""

MAX_DEPTH = 20
"""Deepest nesting of brackets that is parsed."""

_TIME = re.compile(r"\d{4}-\d\d?-\d\d?([Tt]\S*)?")
_DAY, _AT = "2026-03-06", "T23:59:00+01:00"
_PATTERNS = {
    r"^[a-z][a-z0-9_]*$": "write small letters, digits and _, a letter first, such as {}",
    r"^[A-Z]{3}$": "write three capital letters, such as EUR",
}

Where = tuple[str | int, ...]
"""The way to a field: names of fields and positions in lists."""

Problem = tuple[Where, str, str]


class Record(BaseModel):
    """Base of everything that stands in a file: frozen, and every field name is checked."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    def problems(self) -> Iterable[Problem]:
        """Yield (where, what, remedy) for names that stand in one part of the file and must exist in another."""
        return ()


R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Document:
    """A YAML file as read: its path, the SHA-256 of its bytes, and its content with lines and comments."""

    path: Path
    digest: str
    content: CommentedMap


class _PlainScanner(RoundTripScanner):
    """Reads plain YAML only: whatever names, repeats or types a value, or nests without end, is refused where it stands."""

    def fetch_flow_collection_start(self, TokenClass: Any, to_push: str) -> None:  # noqa: N803
        if self.flow_level == MAX_DEPTH:
            self._refuse(f"brackets are nested more than {MAX_DEPTH} deep", "write lists line by line")
        super().fetch_flow_collection_start(TokenClass, to_push)

    def fetch_alias(self) -> None:
        self._refuse("aliases and anchors (& and *) are not allowed", "write the value out")

    fetch_anchor = fetch_alias

    def fetch_tag(self) -> None:
        self._refuse("YAML tags (!) are not allowed", "put the text in quotes")

    def _refuse(self, what: str, remedy: str) -> None:
        raise BadInput(what, remedy, line=self.reader.line + 1)


def _yaml() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.Scanner = _PlainScanner
    yaml.preserve_quotes = True
    yaml.width = 110
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def read_bytes(path: Path) -> bytes:
    """Return the bytes of `path`; raises BadInput if it is missing, a folder, unreadable or too large."""
    if path.is_dir():
        raise BadInput("this is a folder, not a file", "name the YAML file inside it", file=path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            limit = f"{size:,} bytes, over the limit of {MAX_BYTES:,}"
            raise BadInput(
                f"the file is too large to read ({limit})", "keep only the agreement in it", file=path
            )
        return path.read_bytes()
    except FileNotFoundError:
        siblings = [p.name for p in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        hint = nearest(path.name, siblings) if siblings else "check the path"
        raise BadInput("there is no such file", hint, file=path) from None
    except OSError as error:
        raise BadInput(
            f"the file cannot be read ({error.strerror})", "check its permissions", file=path
        ) from None


def parse(raw: bytes, path: Path) -> Document:
    """Parse YAML bytes into a document; raises BadInput with the line for anything that is not plain YAML.

    >>> parse(b"schema: 1", Path("agreement.yaml")).content["schema"]
    1
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise BadInput(
            f"byte {raw[error.start]:#04x} is not UTF-8 text", "save the file as UTF-8", file=path, line=line
        ) from None
    for number, line_text in enumerate(text.splitlines(), start=1):
        if "\t" in line_text[: len(line_text) - len(line_text.lstrip())]:
            raise BadInput("the line is indented with a tab", "use spaces", file=path, line=number)
    try:
        content = _yaml().load(io.StringIO(text))
    except BadInput as error:
        raise BadInput(replace(fault, file=path) for fault in error.faults) from None
    except DuplicateKeyError as error:
        twice = error.problem_mark.line + 1 if error.problem_mark else None
        key = str(error.problem).split('"')[1] if '"' in str(error.problem) else "a key"
        raise BadInput(f"'{key}' stands twice", "keep one of the two", file=path, line=twice) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(str(error.problem or error.context or "it does not parse").split())
        raise BadInput(
            f"this is not valid YAML: {problem}",
            "check the indentation and the quotes near this line",
            file=path,
            line=mark.line + 1 if mark else None,
        ) from None
    except (YAMLError, ValueError, RecursionError) as error:
        for number, line_text in enumerate(text.splitlines(), start=1):
            if (found := _TIME.search(line_text)) and not _is_time(found[0]):
                what = f"'{found[0]}' is no day or time of the calendar"
                remedy = f"write it as {_DAY} or {_DAY}{_AT}"
                raise BadInput(what, remedy, file=path, line=number) from None
        raise BadInput(
            f"this is not valid YAML: {' '.join(str(error).split()) or type(error).__name__}",
            "check the file in an editor",
            file=path,
        ) from None
    if not isinstance(content, CommentedMap):
        raise BadInput("the file holds no fields", "it must start with 'schema: 1'", file=path, line=1)
    return Document(path, hashlib.sha256(raw).hexdigest(), content)


def _is_time(text: str) -> bool:
    try:
        _yaml().load(text)
    except ValueError:
        return False
    return True


def read_document(path: Path) -> Document:
    """Read and parse one YAML file (see `parse`)."""
    return parse(read_bytes(path), path)


def plain(value: Any) -> Any:
    """Return a YAML value as ordinary dicts, lists and scalars.

    >>> plain(parse(b"a: [1, x]", Path("f.yaml")).content)
    {'a': [1, 'x']}
    """
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, datetime):  # before date: a datetime is one
        return value.date() if value.time() == datetime.min.time() and value.tzinfo is None else value
    return value


def validate(model: type[R], document: Document) -> R:
    """Return the document as a record; raises one BadInput that carries every fault of the file."""
    try:
        record = model.model_validate(plain(document.content))
    except ValidationError as error:
        raise BadInput(_faults(model, document, error)) from None
    faults = [
        Fault(what, remedy, document.path, line_of(document.content, where), dotted(where))
        for where, what, remedy in record.problems()
    ]
    if faults:
        raise BadInput(faults)
    return record


def read_record(model: type[R], path: Path) -> R:
    """Read one YAML file as a record of class `model`."""
    return validate(model, read_document(path))


def _faults(model: type[Record], document: Document, error: ValidationError) -> Iterable[Fault]:
    seen: dict[tuple[str, str], Fault] = {}
    for item in error.errors(include_url=False):
        where = tuple(p for p in item["loc"] if not (isinstance(p, str) and p.startswith(("function-", "["))))
        where = _existing(document.content, where)
        kind, name = item["type"], str(where[-1]) if where else ""
        remedy = ""
        if kind == "extra_forbidden":
            what = f"'{name}' is not a field here"
            remedy = nearest(name, fields_at(model, where[:-1]))
        elif kind == "missing":
            what, remedy = f"'{name}' is missing", "add it"
        else:
            what, remedy = _said(kind, name, item["msg"], given := item["input"], item.get("ctx", {}))
            expected = str(item.get("ctx", {}).get("expected", ""))
            if kind in ("literal_error", "enum") and isinstance(given, str):
                options = expected.split("'")[1::2]
                remedy = nearest(given, options) if options else ""
        fault = Fault(what, remedy, document.path, line_of(document.content, where), dotted(where) or None)
        seen.setdefault((fault.field or "", fault.what), fault)
    return seen.values()


def _said(kind: str, name: str, message: str, given: Any, about: Mapping[str, Any]) -> tuple[str, str]:
    """Return what is wrong with a value, and how to write it: in our own words where the library's say little."""
    shown, pattern = _short(given), str(about.get("pattern", ""))
    what, remedy = f"expected {message.removeprefix('Input should be ')}, got {shown}", ""
    if message.startswith("Value error, "):
        what = message.removeprefix("Value error, ")
    elif given is None or given == "":
        what, remedy = f"'{name}' is empty", "fill it in"
    elif kind in ("float_parsing", "int_parsing"):
        what, remedy = f"{shown} is not a number", _as_number(str(given))
    elif kind == "int_from_float":
        what, remedy = f"{shown} is not a whole number", "write digits only"
    elif kind.startswith("date_"):
        what, remedy = f"{shown} is not a date", f"write it as {_DAY}"
    elif kind.startswith(("datetime_", "timezone_")):
        day = f"{given:%Y-%m-%d}" if isinstance(given, date) else _DAY
        what = f"{shown} is not a date with a time and its zone"
        remedy = f"write it as {day}{_AT}, with your own zone"
    elif kind in ("model_type", "dict_type"):
        what, remedy = f"expected a group of fields, got {shown}", "write each on a line below it, indented"
    elif kind == "string_type":
        what, remedy = f"expected a text, got {shown}", "put it in quotes"
    elif kind == "string_pattern_mismatch" and pattern in _PATTERNS:
        example = re.sub(r"[^a-z0-9]+", "_", str(given).casefold()).strip("_0123456789") or "first_name"
        what, remedy = f"{shown} cannot stand here", _PATTERNS[pattern].format(example)
    return what, remedy


def _as_number(text: str) -> str:
    """Return how to write what was meant as a number.

    >>> _as_number("88,5"), _as_number("88,5 %"), _as_number("many")
    ('write it with a point: 88.5', 'write it as a fraction: 0.885', 'write digits, with a point before the decimals')
    """
    found = re.fullmatch(r"([+-]?\d+)(?:([.,])(\d+))?\s*(%?)", text.strip())
    if not found:
        return "write digits, with a point before the decimals"
    whole, mark, rest, percent = found.groups(default="")
    if mark == "," and len(rest) == 3 and not percent:
        return f"write it without a comma: {whole}{rest}, or with a point: {whole}.{rest}"
    number = Decimal(f"{whole}.{rest or 0}")
    return f"write it as a fraction: {number / 100:f}" if percent else f"write it with a point: {number}"


def _short(value: Any) -> str:
    text = f"'{value.isoformat()}'" if isinstance(value, date) else repr(plain(value))
    return text if len(text) <= 60 else text[:57] + "..."


def _existing(content: Any, where: Where) -> Where:
    """Drop the parts of a pydantic location that name a union branch instead of a field."""
    kept: list[str | int] = []
    for index, part in enumerate(where):
        inside = (isinstance(content, Mapping) and part in content) or (
            isinstance(content, list) and isinstance(part, int) and part < len(content)
        )
        if inside:
            kept.append(part)
            content = content[part]
        elif index == len(where) - 1 and isinstance(content, Mapping):
            kept.append(part)
    return tuple(kept)


def dotted(where: Where) -> str:
    """Return a field path as text.

    >>> dotted(("kpis", 0, "target"))
    'kpis[0].target'
    """
    text = ""
    for part in where:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def line_of(content: Any, where: Where) -> int | None:
    """Return the line (from 1) on which the field at `where`, or its nearest parent, stands."""
    line: int | None = None
    for part in where:
        if isinstance(content, CommentedMap) and part in content:
            line = content.lc.key(part)[0] + 1
        elif isinstance(content, CommentedSeq) and isinstance(part, int) and part < len(content):
            line = content.lc.item(part)[0] + 1
        else:
            break
        content = content[part]
    if line is None and isinstance(content, CommentedMap | CommentedSeq):
        line = content.lc.line + 1
    return line


def fields_at(model: type[BaseModel], where: Where) -> list[str]:
    """Return the field names that are valid inside the part of `model` that `where` leads to.

    >>> from alliance_analysis.agreement import Agreement
    >>> fields_at(Agreement, ("kpis", 0, "thresholds"))
    ['breach', 'watch']
    """
    current: Any = model
    for part in where:
        models = list(_models(current))
        current = None
        for candidate in models:
            if isinstance(part, str) and part in candidate.model_fields:
                current = candidate.model_fields[part].annotation
        if current is None:  # a position in a list or a key of a mapping: stay with the models inside it
            current = Union[tuple(models)] if models else None  # noqa: UP007
    inside = _models(current)
    names = {field.alias or name for candidate in inside for name, field in candidate.model_fields.items()}
    return sorted(names)


def _models(annotation: Any) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    if get_origin(annotation) is not None:
        for argument in get_args(annotation):
            yield from _models(argument)


def as_plain(record: Record) -> dict[str, Any]:
    """Return a record as plain YAML values: empty fields left out, dates kept as dates."""
    return {name: _tidy(v) for name, v in record.model_dump(exclude_none=True).items() if not _empty(v)}


def _empty(value: Any) -> bool:
    return isinstance(value, list | tuple | dict) and not value


def _tidy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            str(k): _tidy(v) for k, v in value.items() if not (isinstance(v, list | tuple | dict) and not v)
        }
    if isinstance(value, list | tuple):
        return [_tidy(item) for item in value]
    if isinstance(value, bool | int | float | str | date):
        return value
    return str(value)


def render(content: Mapping[str, Any]) -> bytes:
    """Return YAML text of a document's content as UTF-8 bytes, comments included.

    >>> render({"schema": 1})
    b'schema: 1\\n'
    """
    stream, yaml = io.StringIO(), _yaml()
    # Two equal dates are one object, and would become an alias.
    yaml.representer.ignore_aliases = lambda _: True
    yaml.dump(content, stream)
    return stream.getvalue().encode("utf-8")


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader sees the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with beside.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
