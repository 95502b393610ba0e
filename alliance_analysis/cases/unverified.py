"""What could not be verified: statements with what was looked for, what was found, and what would settle them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from alliance_analysis import content
from alliance_analysis.agreement.kpi import Identifier, Text
from alliance_analysis.cases.model import Verdict
from alliance_analysis.records import Problem, Record, read_record

FILE_NAME = "unverified.yaml"


class Statement(Record):
    """One statement, where it comes from, and how far the search for it got."""

    id: Identifier
    statement: Text
    origin: Text
    verdict: Verdict
    looked: Text
    found: Text
    settle: Text
    card: Text | None = None
    case: Identifier | None = None
    sources: Annotated[list[Text], Field(min_length=1)]


class Unverified(Record):
    """The file of statements."""

    schema_: Literal[1] = Field(alias="schema")
    statements: Annotated[list[Statement], Field(min_length=1)]

    def problems(self) -> Iterator[Problem]:
        """Yield ids that stand twice, and evidence cards without their case."""
        ids = [item.id for item in self.statements]
        for at, item in enumerate(self.statements):
            if item.id in ids[:at]:
                yield ("statements", at, "id"), f"the id '{item.id}' stands twice", "give each its own"
            if (item.card is None) != (item.case is None):
                yield ("statements", at, "card"), "a card needs its case, and a case its card", "name both"


def unverified() -> tuple[Statement, ...]:
    """Return the statements; raises BadInput with every fault of the file.

    >>> unverified()[0].verdict
    'unverified'
    """
    return tuple(read_record(Unverified, content.folder("casebook") / FILE_NAME).statements)
