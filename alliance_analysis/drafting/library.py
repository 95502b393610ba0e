"""The starter library: KPI cards to begin from, near complete, for manufacturing and service alliances."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from alliance_analysis import content
from alliance_analysis.agreement import KpiCard
from alliance_analysis.agreement.kpi import Identifier, Text
from alliance_analysis.errors import BadInput, nearest
from alliance_analysis.records import Problem, Record, read_record

Category = Literal[
    "quality", "delivery", "uptime", "throughput", "turnaround", "satisfaction", "innovation_velocity", "total_cost",
    "sustainability", "collaboration", "knowledge_transfer", "learning", "hr_recruiting",
]  # fmt: skip

CATEGORIES: dict[str, str] = {
    "quality": "Quality",
    "delivery": "Delivery",
    "uptime": "Uptime",
    "throughput": "Throughput",
    "turnaround": "Turnaround",
    "satisfaction": "Satisfaction",
    "innovation_velocity": "Innovation velocity",
    "total_cost": "Total cost of ownership",
    "sustainability": "Sustainability",
    "collaboration": "Collaboration",
    "knowledge_transfer": "Knowledge transfer",
    "learning": "Learning and replication",
    "hr_recruiting": "HR and recruiting",
}
"""Every category by its id, as printed, in the order of the library."""


class Template(Record):
    """One KPI of the library: everything that can be said before two partners meet.

    `formula` and `counting` (what counts and what does not) together become the card's measurement method;
    `strategic_goal` is the objective that a leading and lagging pair shares. `sources` are keys in references.bib.
    """

    id: Identifier
    name: Text
    category: Category
    sectors: list[Literal["manufacturing", "service"]] = Field(min_length=1)
    definition: Text
    formula: Text
    counting: Text
    unit: Text
    direction: Literal["higher", "lower"]
    perspective: Literal["financial", "customer", "process", "learning"]
    indicator: Literal["leading", "lagging"]
    pairs_with: Identifier
    measures: Literal["activity", "output", "outcome"]
    benefits: Literal["both", "one_side", "department"]
    operational_goal: Text
    strategic_goal: Text
    rationale: Text
    gaming_note: Text
    data_source: Text
    period: Literal["week", "month", "quarter", "year"]
    transparency_rule: Text
    pitfalls: list[Text] = Field(min_length=1)
    sources: list[Text] = Field(default_factory=list)

    def card(self) -> KpiCard:
        """Return the template as a draft card, without what only the partners can fill."""
        shared = {
            name: getattr(self, name) for name in KpiCard.model_fields if name in type(self).model_fields
        }
        return KpiCard(**shared, measurement_method=f"{self.formula}. {self.counting}")


class Library(Record):
    """The templates as they stand in `casebook/kpi_library.yaml`."""

    schema_: Literal[1] = Field(alias="schema")
    kpis: list[Template]

    def problems(self) -> Iterator[Problem]:
        """Yield ids and names that stand twice, and partners that are missing or of the same kind."""
        known = {template.id: template for template in self.kpis}
        for name in ("id", "name"):
            seen: set[str] = set()
            for index, template in enumerate(self.kpis):
                value = getattr(template, name)
                if value.casefold() in seen:
                    yield ("kpis", index, name), f"'{value}' stands twice", "give each template its own"
                seen.add(value.casefold())
        for index, template in enumerate(self.kpis):
            other, where = known.get(template.pairs_with), ("kpis", index, "pairs_with")
            if other is None:
                yield (
                    where,
                    f"there is no template '{template.pairs_with}'",
                    nearest(template.pairs_with, known),
                )
            elif other.indicator == template.indicator:
                yield (
                    where,
                    f"'{template.id}' and '{other.id}' are both {other.indicator}",
                    "pair a leading with a lagging",
                )


@functools.cache
def library() -> tuple[Template, ...]:
    """Return every template of the starter library, in the file's order.

    Raises BadInput, with every fault of the file, if it does not fit the schema.

    >>> len(library()) >= 30
    True
    """
    return tuple(read_record(Library, content.folder("casebook") / "kpi_library.yaml").kpis)


def template(id: str) -> Template:
    """Return one template by id; raises BadInput with the nearest id.

    >>> template("time_to_fill").pairs_with
    'shortlist_on_time'
    """
    found = {entry.id: entry for entry in library()}
    if id not in found:
        raise BadInput(f"the library has no KPI '{id}'", nearest(id, found))
    return found[id]
