"""The register of pitfalls in five areas, and incidents of a case tagged by a student beside the shipped reading."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd
from pydantic import Field

from alliance_analysis import content
from alliance_analysis.agreement import ELEMENTS
from alliance_analysis.agreement.kpi import Identifier, Text
from alliance_analysis.cases import case_names, load_case
from alliance_analysis.cases.model import AREAS, Area
from alliance_analysis.errors import BadInput, Fault, nearest
from alliance_analysis.measurement.ratings import Kappa, kappa_of
from alliance_analysis.records import Problem, Record, read_record

Conflict = Literal[
    "accessibility", "culture_clashes", "hidden_agendas", "management_tenure", "poor_communications",
    "unrealistic_expectations",
]  # fmt: skip

NAME = "pitfalls"
"""Where a student's tags stand in `choices`."""


class ConflictArea(Record):
    """One of the six common conflicts: what it is, and the KPI of the library that warns of it."""

    says: Text
    kpi: Identifier


class Pitfall(Record):
    """A pitfall: how it shows, its area, its common conflict, and its links to a KPI, an element and a case."""

    id: Identifier
    area: Area
    conflict: Conflict | None = None
    land_mine: Identifier | None = None
    pitfall: Text
    shows: Text
    kpi: Identifier
    element: Identifier
    case: Identifier


class Register(Record):
    """The register as it stands in `casebook/pitfalls.yaml`."""

    schema_: Literal[1] = Field(alias="schema")
    areas: dict[Area, Text]
    conflicts: dict[Conflict, ConflictArea]
    pitfalls: list[Pitfall]

    def problems(self) -> Iterator[Problem]:
        """Yield ids that stand twice, and elements and cases that do not exist."""
        seen: set[str] = set()
        for index, entry in enumerate(self.pitfalls):
            where = ("pitfalls", index)
            if entry.id in seen:
                yield (*where, "id"), f"the id '{entry.id}' stands twice", "give each entry its own"
            seen.add(entry.id)
            if entry.element not in ELEMENTS:
                yield (
                    (*where, "element"),
                    f"there is no element '{entry.element}'",
                    nearest(entry.element, ELEMENTS),
                )
            if entry.case not in case_names():
                yield (*where, "case"), f"there is no case '{entry.case}'", nearest(entry.case, case_names())


@functools.cache
def register() -> Register:
    """Return the register of pitfalls; raises BadInput with every fault of the file.

    >>> {entry.area for entry in register().pitfalls} == set(AREAS)
    True
    """
    return read_record(Register, content.folder("casebook") / "pitfalls.yaml")


def heat_map(entries: Sequence[Pitfall]) -> pd.DataFrame:
    """Return how many entries stand in each area (rows) under each common conflict (columns, the last: none)."""
    columns = [*register().conflicts, "none"]
    return _counted([(entry.area, entry.conflict or "none") for entry in entries], columns)


def _counted(pairs: Sequence[tuple[str, str]], columns: Sequence[str]) -> pd.DataFrame:
    found = Counter(pairs)
    return pd.DataFrame(
        [[found[area, name] for name in columns] for area in AREAS], list(AREAS), list(columns)
    )


@dataclass(frozen=True)
class Incident:
    """Something that happened in a case: what the record says, and the pitfall that the shipped reading sees in it."""

    case: str
    number: int
    facts: tuple[tuple[str, str], ...]
    pitfall: str
    reading: str
    area: Area
    element: str

    @property
    def key(self) -> str:
        """The incident's name in the agreement file."""
        return f"{self.case}_{self.number}"


def incidents(case: str) -> tuple[Incident, ...]:
    """Return the incidents of a case, each with its evidence cards (id, fact); raises BadInput for an unknown case.

    >>> incidents("timex")[0].key
    'timex_1'
    """
    loaded = load_case(case)
    return tuple(
        Incident(
            case, number, tuple((card, loaded.card(card).fact) for card in item.evidence), item.pitfall, item.reading,
            item.area, item.element,
        )
        for number, item in enumerate(loaded.file.pitfalls, start=1)
    )  # fmt: skip


@dataclass(frozen=True)
class Tagged:
    """A student's tags beside the shipped reading.

    `table` counts the student's areas (rows) by the shipped ones (columns); `kappa` is None where chance alone would
    explain the agreement, `shared` the share of incidents read alike.
    """

    pairs: tuple[tuple[Incident, Area], ...]
    kappa: Kappa | None
    table: pd.DataFrame

    @property
    def shared(self) -> float:
        """Share of tagged incidents that both readings put into the same area."""
        return sum(incident.area == area for incident, area in self.pairs) / len(self.pairs)

    @property
    def apart(self) -> tuple[tuple[Incident, Area], ...]:
        """The incidents that the two readings put into different areas."""
        return tuple((incident, area) for incident, area in self.pairs if incident.area != area)


def tagged(tags: Mapping[str, str]) -> Tagged | None:
    """Return tags (incident to area) beside the shipped reading, or None where nothing is tagged.

    Raises BadInput with every incident and area that does not exist.

    >>> found = tagged({"timex_1": "values", "timex_2": "facts"})
    >>> found.shared, [incident.key for incident, _ in found.apart]
    (0.5, ['timex_2'])
    """
    known = {incident.key: incident for name in case_names() for incident in incidents(name)}
    faults = [
        Fault(f"there is no incident '{key}'", nearest(key, known), field=key)
        for key in tags
        if key not in known
    ]
    faults += [
        Fault(f"'{area}' is not one of the five areas", nearest(area, AREAS), field=key)
        for key, area in tags.items()
        if area not in AREAS
    ]
    if faults:
        raise BadInput(faults)
    areas: dict[str, Area] = {area: area for area in AREAS}
    pairs = tuple((incident, areas[tags[key]]) for key, incident in known.items() if key in tags)
    if not pairs:
        return None
    mine, theirs = [AREAS.index(area) for _, area in pairs], [AREAS.index(i.area) for i, _ in pairs]
    try:
        found = kappa_of(mine, theirs, range(len(AREAS)))
    except BadInput:  # both used one and the same area throughout
        found = None
    table = _counted([(area, incident.area) for incident, area in pairs], AREAS)
    return Tagged(pairs, found, table)


def risk_by_area(estimates: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """Return the expected loss in each area: chance (0 to 1) times impact, highest first.

    `estimates` maps an area to chance and impact, the impact in one currency and scale; areas left out count as 0.

    >>> risk_by_area({"facts": (0.2, 10), "goals": (0.5, 8)})
    {'goals': 4.0, 'facts': 2.0, 'values': 0.0, 'procedures': 0.0, 'misinformation': 0.0}
    """
    faults = [
        Fault(f"there is no area '{a}'", nearest(a, AREAS), field=a) for a in estimates if a not in AREAS
    ]
    faults += [
        Fault(f"chance {chance} or impact {impact} cannot be", "use 0 to 1, and 0 or more", field=area)
        for area, (chance, impact) in estimates.items()
        if not (0 <= chance <= 1 and impact >= 0)
    ]
    if faults:
        raise BadInput(faults)
    found = {area: estimates[area][0] * estimates[area][1] if area in estimates else 0.0 for area in AREAS}
    return dict(sorted(found.items(), key=lambda item: -item[1]))
