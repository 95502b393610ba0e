"""What stands in a `case.yaml`: parties, timeline, graded evidence, contradictions and accord findings.

A case that has no data for one of the quantitative exhibits (`MEASURES`) says why in `absent`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from alliance_analysis.agreement import ELEMENTS
from alliance_analysis.agreement.accords import AccordName
from alliance_analysis.agreement.files import Basis, Party
from alliance_analysis.agreement.kpi import Identifier, Number, Text
from alliance_analysis.cases.measures import (
    MEASURES,
    Forgone,
    GrowthExhibit,
    Initiatives,
    Measure,
    Outcomes,
    Volumes,
)
from alliance_analysis.errors import nearest
from alliance_analysis.records import Problem, Record, Where

Grade = Literal["P", "N", "S", "W", "X"]
GRADES: dict[str, str] = {
    "P": "primary document",
    "N": "press of the time",
    "S": "secondary profile or publisher page",
    "W": "Wikipedia or a mirror",
    "X": "the teaching text only",
}
"""What each evidence grade means, best first."""

Verdict = Literal["confirmed", "sharpened", "imprecise", "contradicted", "unverified", "wrong", "new"]
Area = Literal["values", "goals", "facts", "procedures", "misinformation"]
AREAS: tuple[Area, ...] = ("values", "goals", "facts", "procedures", "misinformation")
Finding = Literal["existed", "missing", "failed", "not documented"]


class Relationship(Record):
    """One alliance, venture or contract inside a case; no `start` means that the record gives no date."""

    id: Identifier
    label: Text
    start: date | None = None
    end: date | None = None
    kind: Text


class Event(Record):
    """A dated event; `precision` says how much of the date the sources give."""

    date: date
    precision: Literal["day", "month", "year"] = "day"
    relationship: Identifier
    kind: Literal["formation", "operation", "conflict", "change", "exit", "outcome"]
    text: Text
    evidence: list[Text]

    @property
    def when(self) -> str:
        """Return the date as precisely as it is known."""
        return self.date.strftime({"day": "%d %b %Y", "month": "%b %Y", "year": "%Y"}[self.precision])


class Evidence(Record):
    """One evidence card: a fact, its sources (keys in references.bib), its grades and how it bears on a claim."""

    id: Annotated[str, Field(pattern=r"^[A-Z]\d{2}$")]
    fact: Text
    sources: list[Text]
    grades: Annotated[list[Grade], Field(min_length=1)]
    derived: bool = False
    note: Text | None = None


class Reading(Record):
    """What one source says where sources differ; `value` in the contradiction's unit, where it is a number."""

    says: Text
    value: Number | None = None
    sources: list[Text] = Field(default_factory=list)
    grade: Grade


class Contradiction(Record):
    """A point on which sources disagree; every reading stands, none is averaged away."""

    id: Identifier
    point: Text
    unit: Text | None = None
    readings: Annotated[list[Reading], Field(min_length=2)]
    evidence: list[Text]
    lesson: Text


class Claim(Record):
    """A claim of the teaching text beside what the record shows; `ideas` are rows of docs/reference/source_ledger.csv."""

    ideas: list[Text] = Field(default_factory=list)
    claim: Text
    verdict: Verdict
    record: Text
    evidence: list[Text] = Field(default_factory=list)


class AccordFinding(Record):
    """Whether one accord element existed, was missing or failed in one relationship, and when."""

    relationship: Identifier
    element: Identifier
    finding: Finding
    basis: Basis
    when: Text | None = None
    what: Text
    could_have: Text | None = None
    evidence: list[Text] = Field(default_factory=list)

    @property
    def accord(self) -> AccordName:
        """Return the accord to which the element belongs."""
        return ELEMENTS[self.element].accord


class Pitfall(Record):
    """A pitfall seen in the case, in one of the five areas, with the KPI that would have warned of it."""

    area: Area
    pitfall: Text
    reading: Text
    early_warning: Text
    element: Identifier
    evidence: list[Text]


class Question(Record):
    """A discussion question, the accord it bears on, and what an instructor listens for."""

    text: Text
    focus: AccordName | Literal["all"] = "all"
    listen_for: Text


class Counterfactual(Record):
    """A counterfactual exercise: what to write, which accord, and from which facts."""

    title: Text
    focus: AccordName
    task: Text
    check: Text
    evidence: list[Text]


class CaseFile(Record):
    """The content of a `case.yaml`."""

    schema_: Literal[1] = Field(alias="schema")
    id: Identifier
    order: Annotated[int, Field(gt=0)]
    title: Text
    short: Text
    industry: Text
    question: Text
    brief: list[Text]
    parties: list[Party]
    relationships: Annotated[list[Relationship], Field(min_length=1)]
    timeline: list[Event]
    evidence: list[Evidence]
    contradictions: list[Contradiction]
    claims: list[Claim]
    findings: list[AccordFinding]
    pitfalls: list[Pitfall]
    counterfactuals: list[Counterfactual]
    questions: list[Question]
    limits: list[Text]
    volumes: Volumes | None = None
    forgone: Forgone | None = None
    initiatives: Initiatives | None = None
    growth: GrowthExhibit | None = None
    outcomes: Outcomes | None = None
    absent: dict[Measure, Text] = Field(default_factory=dict)

    def problems(self) -> Iterator[Problem]:
        """Yield names of evidence, relationships and elements that do not exist, and other slips of the pen."""
        known = {card.id for card in self.evidence}
        ties = {r.id for r in self.relationships}
        for where, item in named_records(self, ()):
            for card in getattr(item, "evidence", []):
                if isinstance(card, str) and card not in known:
                    yield (*where, "evidence"), f"there is no evidence card '{card}'", nearest(card, known)
            tie = getattr(item, "relationship", None)
            if tie is not None and tie not in ties:
                yield (*where, "relationship"), f"there is no relationship '{tie}'", nearest(tie, ties)
            element = getattr(item, "element", None)
            if element is not None and element not in ELEMENTS:
                yield (*where, "element"), f"there is no element '{element}'", nearest(element, ELEMENTS)
        for measure in MEASURES:
            if (getattr(self, measure) is None) != (measure in self.absent):
                yield (
                    ("absent",),
                    f"'{measure}' must stand either as data or, with the reason, here",
                    "add one of the two",
                )
        for index, (earlier, later) in enumerate(itertools.pairwise(self.timeline)):
            if later.date < earlier.date:
                yield ("timeline", index + 1), f"{later.date} stands after {earlier.date}", "order by date"
        pairs = [(f.relationship, f.element) for f in self.findings]
        for index, pair in enumerate(pairs):
            if pair in pairs[:index]:
                yield ("findings", index), f"the finding {' / '.join(pair)} stands twice", "keep one"


def named_records(value: object, where: Where) -> Iterator[tuple[Where, Record]]:
    """Yield every record inside `value`, with the way to it."""
    if isinstance(value, Record):
        if where:
            yield where, value
        for name in type(value).model_fields:
            yield from named_records(getattr(value, name), (*where, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from named_records(item, (*where, index))
