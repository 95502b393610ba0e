"""Ready for a partner? The pentad, commitment on every level, the seven steps, and when change begins to pay."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from alliance_analysis import content
from alliance_analysis.agreement import Agreement
from alliance_analysis.agreement.choices import choice_in
from alliance_analysis.agreement.kpi import Identifier, Text
from alliance_analysis.errors import BadInput, Fault, nearest
from alliance_analysis.records import Problem, Record, read_record

NAME = "pentad"
"""Where the grades of the pentad stand in `choices`."""

Grade = Annotated[int, Field(ge=1, le=5)]


class AreaOfPentad(Record):
    """One of the five areas: what it is about, its land mine, and its grades in words, worst first."""

    id: Identifier
    name: Text
    about: Text
    land_mine: Text
    anchors: Annotated[list[Text], Field(min_length=4, max_length=4)]


class Key(Record):
    """One of the seven keys, as a question to oneself."""

    id: Identifier
    name: Text
    question: Text


class Expectation(Record):
    """What is expected of a partner, what to ask for, and what counts as evidence."""

    id: Identifier
    name: Text
    ask: Text
    evidence: Text


class Form(Record):
    """A form of working together on the spectrum of partnering."""

    name: Text
    binds: Text
    fits: Text
    ends: Text


class Step(Record):
    """One of the seven steps: what it does, its artefact, the question at its gate, and the stages beside it."""

    id: Identifier
    name: Text
    does: Text
    artefact: Text
    gate: Text
    iso: list[Text]
    stage: list[Text]


class Criterion(Record):
    """A criterion for choosing a partner, the level of fit on which it counts, and its weight."""

    id: Identifier
    name: Text
    fit: Literal["strategic", "operational"]
    weight: Annotated[float, Field(gt=0, le=1)]


class Readiness(Record):
    """Everything that stands in `casebook/readiness.yaml`."""

    schema_: Literal[1] = Field(alias="schema")
    areas: Annotated[list[AreaOfPentad], Field(min_length=5, max_length=5)]
    keys: Annotated[list[Key], Field(min_length=7, max_length=7)]
    respondents: list[Text]
    management: list[Text]
    expectations: list[Expectation]
    spectrum: list[Form]
    activities: list[Text]
    steps: Annotated[list[Step], Field(min_length=7, max_length=7)]
    educate: Annotated[list[Text], Field(min_length=8, max_length=8)]
    criteria: list[Criterion]
    candidates: dict[Text, dict[Identifier, Grade]]

    def problems(self) -> Iterator[Problem]:
        """Yield candidates without a grade on every criterion, and weights that do not sum to 1."""
        known = {criterion.id for criterion in self.criteria}
        for name, grades in self.candidates.items():
            for unknown in sorted(set(grades) ^ known):
                yield (
                    ("candidates", name),
                    f"'{unknown}' is not graded, or no criterion",
                    nearest(unknown, known),
                )
        if not math.isclose(math.fsum(c.weight for c in self.criteria), 1):
            yield ("criteria",), "the weights do not sum to 1", "change them until they do"


@functools.cache
def readiness() -> Readiness:
    """Return what stands in the file; raises BadInput with every fault of it.

    >>> [area.id for area in readiness().areas]
    ['alliances', 'suppliers', 'customers', 'employees', 'executives']
    """
    return read_record(Readiness, content.folder("casebook") / "readiness.yaml")


@dataclass(frozen=True)
class Pentad:
    """The five grades (1 to 4), the weakest areas, and the land mines that lie there.

    `ready` needs a grade of 3 or more in every area: a strong area does not make up for a weak one. `top` says that
    the executives' area is below that, which holds the others back.
    """

    grades: Mapping[str, int]

    @property
    def weakest(self) -> tuple[AreaOfPentad, ...]:
        """The areas with the lowest grade."""
        low = min(self.grades.values())
        return tuple(area for area in readiness().areas if self.grades[area.id] == low)

    @property
    def ready(self) -> bool:
        """Every area has a grade of 3 or more."""
        return min(self.grades.values()) >= 3

    @property
    def top(self) -> bool:
        """The executives' area holds the others back."""
        return self.grades["executives"] < 3


def pentad(grades: Mapping[str, int]) -> Pentad:
    """Return the pentad of five grades; raises BadInput with every area that is missing, unknown or ungraded.

    >>> found = pentad({"alliances": 3, "suppliers": 2, "customers": 4, "employees": 3, "executives": 3})
    >>> [area.name for area in found.weakest], found.ready
    (['Suppliers'], False)
    """
    known = [area.id for area in readiness().areas]
    faults = [
        Fault(f"there is no area '{name}'", nearest(name, known), field=name)
        for name in grades
        if name not in known
    ]
    faults += [
        Fault(f"{grades.get(name, 'nothing')} is not a grade", "use 1 to 4", field=name)
        for name in known
        if grades.get(name) not in (1, 2, 3, 4)
    ]
    if faults:
        raise BadInput(faults)
    return Pentad({name: grades[name] for name in known})


class Counted(Record):
    """What is counted on in a partner, and what was seen of it."""

    expected: Text | None = None
    seen: Text | None = None


class Graded(Record):
    """What a student kept: a grade (1 to 4) of each area, ratings (1 to 5) of keys, and what is expected of a partner."""

    grades: dict[Identifier, int]
    keys: dict[Identifier, Grade] = Field(default_factory=dict)
    expectations: dict[Identifier, Counted] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> Graded:
        for given, listed in ((self.keys, readiness().keys), (self.expectations, readiness().expectations)):
            known = [item.id for item in listed]
            for name in set(given) - set(known):
                raise ValueError(f"'{name}' is not listed: {nearest(name, known)}")
        return self


STARTING = {"alliances": 3, "suppliers": 2, "customers": 4, "employees": 3, "executives": 3}
"""Where the panel starts (synthetic)."""


def pentad_in(agreement: Agreement) -> Pentad:
    """Return the pentad that stands in the agreement file, or the starting one; raises BadInput with every fault.

    >>> pentad_in(Agreement(schema=1, title="Draft")).ready
    False
    """
    return pentad(graded_in(agreement).grades)


def graded_in(agreement: Agreement) -> Graded:
    """Return what was kept, or where a student starts; raises BadInput with every fault."""
    return choice_in(agreement, NAME, Graded) or Graded(grades=STARTING)


@dataclass(frozen=True)
class Commitment:
    """Commitment by level and place: the weakest grade, where it is, and the mean that would hide it."""

    weakest: int
    where: tuple[tuple[str, str], ...]
    mean: float


def commitment(grades: Mapping[str, Mapping[str, int]]) -> Commitment:
    """Return where commitment is weakest; `grades` maps level to place to grade (1 to 5).

    >>> found = commitment({"Executives": {"North": 5, "South": 5}, "Supervisors": {"North": 4, "South": 1}})
    >>> found.weakest, found.where, found.mean
    (1, (('Supervisors', 'South'),), 3.75)
    """
    cells = [(level, place, grade) for level, row in grades.items() for place, grade in row.items()]
    if not cells or any(grade not in range(1, 6) for *_, grade in cells):
        raise BadInput("commitment needs a grade from 1 to 5 on every level", "ask there", field="commitment")
    low = min(grade for *_, grade in cells)
    where = tuple((level, place) for level, place, grade in cells if grade == low)
    return Commitment(low, where, sum(grade for *_, grade in cells) / len(cells))


def views_apart(ratings: Mapping[str, Mapping[str, int]]) -> tuple[str, str, str, int]:
    """Return the widest gap of an evaluation from all sides: item, who rates it highest and lowest, and the grades between.

    `ratings` maps a group of respondents to its grade (1 to 5) of each item; every group rates the same items.

    >>> views_apart({"customers": {"delivery": 2}, "management": {"delivery": 5}})
    ('delivery', 'management', 'customers', 3)
    """
    items = {frozenset(given) for given in ratings.values()}
    if len(ratings) < 2 or len(items) != 1 or not next(iter(items)):
        raise BadInput(
            "two or more groups must rate the same items", "let every group rate all", field="ratings"
        )
    pairs = itertools.permutations(ratings, 2)
    gaps = [(item, a, b, ratings[a][item] - ratings[b][item]) for a, b in pairs for item in ratings[a]]
    return max(gaps, key=lambda gap: gap[3])


@dataclass(frozen=True)
class Switch:
    """The cost of staying as it is, that of the alliance as expected and as felt, and what each says, over one horizon."""

    staying: float
    expected: float
    felt: float

    @property
    def pays(self) -> bool:
        """Staying costs more than the alliance is expected to cost."""
        return self.staying > self.expected

    @property
    def moves(self) -> bool:
        """Staying costs more than the alliance feels like; only then does anyone move."""
        return self.staying > self.felt

    @property
    def kept_back(self) -> bool:
        """It would pay, and fear of the unknown keeps it from happening."""
        return self.pays and not self.moves

    @property
    def tipping(self) -> float:
        """Dread of the unknown at which feeling and staying balance: how many times its cost the unknown may weigh."""
        return self.staying / self.expected if self.expected else math.inf


def switch(staying: float, alliance: float, servicing: float, dread: float = 1.0) -> Switch:
    """Return whether it is time to partner: the pain of staying against the perceived pain of the unknown.

    Costs over one horizon, in one currency and scale: of staying as it is, of the alliance, and of servicing it
    (meetings, travel, reporting). `dread` is how many times its cost the unknown weighs in the mind; 1 is no fear.

    >>> found = switch(staying=100, alliance=55, servicing=15, dread=1.6)
    >>> found.pays, found.moves, round(found.tipping, 2)
    (True, False, 1.43)
    """
    faults = [
        Fault(f"{value} is not a number of 0 or more", "estimate it", field=name)
        for name, value in (
            ("staying", staying),
            ("alliance", alliance),
            ("servicing", servicing),
            ("dread", dread),
        )
        if not (math.isfinite(value) and value >= 0)
    ]
    if faults:
        raise BadInput(faults)
    expected = alliance + servicing
    return Switch(staying, expected, expected * dread)
