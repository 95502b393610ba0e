"""The agreement file: read it, open it (or the labelled example), and keep one section of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin

from pydantic import Field, JsonValue
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from alliance_analysis import content
from alliance_analysis.agreement.accords import ELEMENTS, Accords, Element, Exit
from alliance_analysis.agreement.clauses import Clauses, Strategy
from alliance_analysis.agreement.kpi import Identifier, KpiCard, Number, Text
from alliance_analysis.agreement.names import PartyId, named, twice
from alliance_analysis.agreement.review import ReviewRecord
from alliance_analysis.agreement.terms import Incentives, Investment
from alliance_analysis.errors import BadInput, FileChanged, nearest
from alliance_analysis.records import (
    MAX_BYTES,
    Document,
    Problem,
    Record,
    as_plain,
    parse,
    read_bytes,
    render,
    validate,
    write_atomic,
)

SCHEMA = 1
FILE_NAME = "agreement.yaml"
BEGUN = "Begun from the fictional example; what you have not changed is still the example's."
"""The label of a student's file that was made from the labelled example."""

Basis = Literal["documented", "inferred", "invented"]


class Party(Record):
    """One side of the alliance."""

    id: Identifier
    name: Text
    side: Literal["customer", "vendor", "partner"] = "partner"
    note: Text | None = None


class Role(Record):
    """A role that holds a duty in the agreement; never a person's name."""

    id: Identifier
    party: PartyId
    title: Text
    decides: list[Literal["scope", "budget", "timeline"]] = Field(default_factory=list)


class Money(Record):
    """The one currency and scale of every amount in the file."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    scale: Literal["unit", "thousand", "million"] = "million"


class Amount(Record):
    """A sum of money that the agreement names, in the file's currency and scale."""

    id: Identifier
    label: Text
    value: Number
    per: Literal["once", "month", "quarter", "year"] = "once"


class Provenance(Record):
    """How well a field is known: documented in a source, inferred from one, or invented for teaching."""

    basis: Basis
    evidence: list[Text] = Field(default_factory=list)
    note: Text | None = None


class Agreement(Record):
    """Everything that stands in an agreement file.

    `choices` holds what was chosen in each widget, by widget; `provenance` maps a field's dotted path (or a
    parent of it) to how well it is known.

    >>> Agreement(schema=1, title="Draft").kpis
    []
    """

    schema_: Literal[1] = Field(alias="schema")
    title: Text
    label: Text | None = None
    money: Money = Field(default_factory=Money)
    parties: list[Party] = Field(default_factory=list)
    roles: list[Role] = Field(default_factory=list)
    amounts: list[Amount] = Field(default_factory=list)
    strategy: Strategy | None = None
    kpis: list[KpiCard] = Field(default_factory=list)
    accords: Accords = Field(default_factory=Accords)
    exit: Exit | None = None
    clauses: Clauses = Field(default_factory=Clauses)
    incentives: Incentives | None = None
    investment: Investment | None = None
    review: ReviewRecord | None = None
    choices: dict[Identifier, dict[Identifier, JsonValue]] = Field(default_factory=dict)
    provenance: dict[Text, Provenance] = Field(default_factory=dict)

    def problems(self) -> Iterator[Problem]:
        """Yield ids that stand twice in a list, and parties, roles, KPIs and elements that are named but not listed."""
        for where, name in twice(self):
            yield where, f"the id '{name}' stands twice", "give each entry its own"
        listed = {
            "parties": {p.id for p in self.parties},
            "roles": {r.id for r in self.roles},
            "kpis": {k.id for k in self.kpis},
            "accords": set(ELEMENTS),
            "clauses.milestones": {m.id for m in self.clauses.milestones},
        }
        for where, names, name in named(self):
            valid = listed[names.section]
            if name not in valid:
                remedy = nearest(name, valid) if valid else "list it there"
                yield where, f"the {names.what} '{name}' is not listed under '{names.section}'", remedy

    def basis_of(self, path: str) -> Provenance | None:
        """Return the provenance of a field: its own entry, or that of its nearest parent ("*" is the file)."""
        while path:
            if path in self.provenance:
                return self.provenance[path]
            path = path.rpartition(".")[0]
        return self.provenance.get("*")

    def fields(self) -> dict[str, Any]:
        """Return every filled field by its dotted path (lists are keyed by id), without provenance and choices."""
        data = as_plain(self)
        for key in ("schema_", "provenance", "choices", "title", "label"):
            data.pop(key, None)
        return dict(leaves(data))

    def element(self, key: str) -> str | None:
        """Return the text agreed for one of ELEMENTS, or None."""
        found = self.part(key)
        if isinstance(found, Exit):
            return "; ".join(found.triggers)
        return found.text if found else None

    def part(self, key: str) -> Element | Exit | None:
        """Return what stands in the file for one of ELEMENTS, or None."""
        found: Element | Exit | None = (
            self.exit if key == "exit" else getattr(getattr(self.accords, ELEMENTS[key].accord), key)
        )
        return found

    def scores(self) -> dict[str, int | None]:
        """Return each element's score (0 to 4), by key in the order of ELEMENTS; None where none is given yet.

        >>> read_agreement(example_path()).agreement.scores()["exit"]
        3
        """
        found = {key: self.part(key) for key in ELEMENTS}
        return {key: part.score if part else None for key, part in found.items()}


def leaves(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted path, value) of every leaf; items of a list of records are keyed by their id.

    >>> list(leaves({"kpis": [{"id": "otd", "target": 0.9}]}))
    [('kpis.otd.target', 0.9)]
    """
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(value, list) and value and all(isinstance(i, dict) and "id" in i for i in value):
        for item in value:
            rest = {k: v for k, v in item.items() if k != "id"}
            yield from leaves(rest, f"{prefix}.{item['id']}")
    else:
        yield prefix, value


@dataclass(frozen=True)
class AgreementFile:
    """An agreement as read from disk: the record, the file, and the digest that guards the next write.

    `is_example` is true where the student has no file yet and the labelled example stands in.
    """

    agreement: Agreement
    path: Path
    digest: str | None
    is_example: bool = False


MIGRATIONS: dict[int, Callable[[CommentedMap], None]] = {}
"""For each older schema, the function that turns its document into the next one."""


def _record(document: Document) -> Agreement:
    version = document.content.get("schema")
    if version is None:
        raise BadInput(
            "'schema' is missing", f"write 'schema: {SCHEMA}' at the top", file=document.path, line=1
        )
    if isinstance(version, int) and version > SCHEMA:
        raise BadInput(
            f"the file has schema {version}, this version reads up to {SCHEMA}",
            "install a newer version of the casebook",
            file=document.path,
            field="schema",
        )
    while isinstance(version, int) and version in MIGRATIONS:
        MIGRATIONS[version](document.content)
        version += 1
        document.content["schema"] = version
    return validate(Agreement, document)


def read_agreement(path: Path) -> AgreementFile:
    """Read an agreement file.

    Raises BadInput, with every fault of the file, if it is missing, malformed or does not fit the schema.

    >>> read_agreement(example_path()).agreement.label is not None
    True
    """
    document = parse(read_bytes(path), path)
    return AgreementFile(_record(document), path, document.digest)


def example_path() -> Path:
    """Return the path of the labelled example that stands in for a student's missing file."""
    return content.folder("casebook") / "example" / FILE_NAME


def student_path() -> Path:
    """Return where this student's agreement file is: `$CASEBOOK_AGREEMENT`, else `agreement.yaml` here."""
    return Path(os.environ.get("CASEBOOK_AGREEMENT") or FILE_NAME)


def open_agreement(path: Path | None = None) -> AgreementFile:
    """Open the student's agreement file, or the labelled example where there is none yet."""
    path = path or student_path()
    if path.exists():
        return read_agreement(path)
    return AgreementFile(read_agreement(example_path()).agreement, path, None, is_example=True)


Part = tuple[str, Record | list[Record] | dict[str, Any]]
"""A section of the agreement file and what to write into it."""


def keep(opened: AgreementFile, *parts: Part) -> AgreementFile:
    """Write some sections of the agreement file, all or none of them, and nothing else in it.

    A record with an `id` inside a list section replaces the entry of that id, so that keeping twice adds
    nothing. Comments and the other sections stay as they are on disk, also where another page or panel wrote them
    since this one read the file. Where no file exists yet, one is made from the labelled example. Raises FileChanged
    if one of the parts changed on disk since it was read or the file is gone, BadInput if the result would not be a
    valid agreement; in all these cases nothing is written.
    """
    for section, _ in parts:
        if section not in _SECTIONS:
            what = f"'{section}' is not a section of the agreement file"
            raise BadInput(what, nearest(section, _SECTIONS))
    now = read_bytes(opened.path) if opened.path.exists() else None
    if now is None and opened.digest is not None:
        raise FileChanged(
            "the file is gone since this page read it, so nothing was written",
            "put it back, or run the page again to begin a new one, then press Keep",
            file=opened.path,
        )
    document = parse(now if now is not None else example_path().read_bytes(), opened.path)
    if now is None:
        document.content["label"] = BEGUN
    there = _record(document)  # an older schema is brought up to date first
    for part in parts:
        for name, held in _held(there, part).items():
            if held != _held(opened.agreement, part)[name]:
                raise FileChanged(
                    f"'{name}' changed on disk since this page read it, so nothing was written",
                    "run the page again from the top to see the change, then press Keep",
                    file=opened.path,
                )
    for section, value in parts:
        _put(document.content, section, value)
    raw = render(document.content)
    if len(raw) > MAX_BYTES:
        what = f"the file would grow to {len(raw):,} bytes, over the limit of {MAX_BYTES:,}"
        raise BadInput(what, "keep shorter texts", file=opened.path)
    checked = parse(raw, opened.path)
    agreement = _record(checked)
    write_atomic(opened.path, raw)
    return AgreementFile(agreement, opened.path, checked.digest)


_SECTIONS = [name for name in Agreement.model_fields if name != "schema_"]
_LISTS = {name for name in _SECTIONS if get_origin(Agreement.model_fields[name].annotation) is list}


def _held(agreement: Agreement, part: Part) -> dict[str, Any]:
    """Return by name what stands where a part is to be written: an entry of a list, chosen values, or a section."""
    section, value = part
    held = as_plain(agreement).get(section)
    if isinstance(value, Record) and section in _LISTS:
        id = as_plain(value).get("id")
        return {f"{section}.{id}": [entry for entry in held or () if entry.get("id") == id]}
    if section == "choices" and isinstance(value, dict):
        return {f"choices.{widget}": (held or {}).get(widget) for widget in value}
    return {section: held}


def _put(document: CommentedMap, section: str, value: Record | list[Record] | dict[str, Any]) -> None:
    if isinstance(value, Record) and section in _LISTS:
        entries = document.setdefault(section, CommentedSeq())
        new = as_plain(value)
        for entry in entries:
            if entry.get("id") == new.get("id"):
                _merge(entry, new)
                return
        entries.append(CommentedMap(new))
    elif isinstance(value, list):
        document[section] = CommentedSeq(as_plain(item) for item in value)
    else:
        new = as_plain(value) if isinstance(value, Record) else value
        target = document.setdefault(section, CommentedMap())
        if section == "choices":
            for widget, chosen in new.items():
                target[widget] = chosen
        else:
            _merge(target, new)


def _merge(old: CommentedMap, new: dict[str, Any]) -> None:
    """Bring `old` to the values of `new` in place, so that the comments of unchanged fields survive."""
    for key in [k for k in old if k not in new]:
        del old[key]
    for key, item in new.items():
        held = old.get(key)
        if isinstance(item, dict) and isinstance(held, CommentedMap):
            _merge(held, item)
        elif _entries(held) and _entries(item):
            _merge_entries(held, item)
        elif key not in old or held != item:
            old[key] = item


def _entries(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)


def _merge_entries(old: CommentedSeq, new: list[dict[str, Any]]) -> None:
    """Bring a list of entries to `new` in place; an entry is known by its id, one without an id by its position."""
    ids = [entry.get("id") for entry in new]
    for at in reversed(range(len(old))):
        if old[at].get("id") not in ids:
            del old[at]
    for at, item in enumerate(new):
        if at < len(old) and old[at].get("id") == ids[at]:
            _merge(old[at], item)
        else:
            old.insert(at, CommentedMap(item))
    while len(old) > len(new):
        del old[-1]
