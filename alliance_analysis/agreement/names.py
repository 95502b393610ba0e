"""Names that stand in one part of the agreement file and must exist in another: their types, and how they are found."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import Field

from alliance_analysis.records import Record, Where

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


@dataclass(frozen=True)
class Names:
    """Marks an id as the name of a `what` that must be listed under `section`."""

    what: str
    section: str


PartyId = Annotated[Identifier, Names("party", "parties")]
RoleId = Annotated[Identifier, Names("role", "roles")]
KpiId = Annotated[Identifier, Names("KPI card", "kpis")]
MilestoneId = Annotated[Identifier, Names("milestone", "clauses.milestones")]
ElementKey = Annotated[Identifier, Names("accord element", "accords")]

Named = tuple[Where, Names, str]
"""Where a name stands, what it names, and the name."""


def named(record: Record, where: Where = ()) -> Iterator[Named]:
    """Yield every name in a record that must exist elsewhere in the file, with the way to it.

    >>> from alliance_analysis.agreement import Element
    >>> [(where, names.section, name) for where, names, name in named(Element(text="We meet.", owner="chair"))]
    [(('owner',), 'roles', 'chair')]
    """
    for field, info in type(record).model_fields.items():
        value: Any = getattr(record, field)
        for mark in info.metadata:
            if isinstance(mark, Names) and value is not None:
                yield (*where, field), mark, value
        yield from _inside(info.annotation, value, (*where, field))


def _inside(annotation: Any, value: Any, where: Where) -> Iterator[Named]:
    kind, parts = get_origin(annotation), get_args(annotation)
    if value is None:
        return
    if isinstance(value, Record):
        yield from named(value, where)
    elif kind is Annotated:
        for mark in annotation.__metadata__:
            if isinstance(mark, Names):
                yield where, mark, value
        yield from _inside(parts[0], value, where)
    elif kind in (Union, types.UnionType):
        for part in parts:
            yield from _inside(part, value, where)
    elif isinstance(value, Mapping) and len(parts) == 2:
        for key, item in value.items():
            yield from _inside(parts[0], key, (*where, key))
            yield from _inside(parts[1], item, (*where, key))
    elif isinstance(value, list) and parts:
        for index, item in enumerate(value):
            yield from _inside(parts[0], item, (*where, index))


def twice(value: Any, where: Where = ()) -> Iterator[tuple[Where, str]]:
    """Yield every id that an earlier entry of the same list has, with the way to it."""
    if isinstance(value, Record):
        for field in type(value).model_fields:
            yield from twice(getattr(value, field), (*where, field))
    elif isinstance(value, list):
        ids = [getattr(item, "id", None) for item in value]
        for index, item in enumerate(value):
            if ids[index] is not None and ids[index] in ids[:index]:
                yield (*where, index, "id"), str(ids[index])
            yield from twice(item, (*where, index))
