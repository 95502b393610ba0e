"""A case lived again: its accords as the record shows them, and as a reader would have written them.

Both run on the same random numbers in the same environment, so the difference is that of the clauses alone. What a
finding is worth as a score is invented, as is every size in the simulation: the run illustrates an argument about the
case and says nothing of what would have happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from alliance_analysis.agreement import ELEMENTS, Agreement
from alliance_analysis.agreement.choices import choice_in
from alliance_analysis.agreement.kpi import Identifier, Text
from alliance_analysis.cases import Case
from alliance_analysis.cases.model import AccordFinding, Finding
from alliance_analysis.errors import BadInput, Fault, nearest
from alliance_analysis.records import Record
from alliance_analysis.simulation.assumptions import Environment
from alliance_analysis.simulation.contribution import (
    OUTCOMES,
    Estimate,
    Outcome,
    Study,
    estimate,
    outcome_of,
)
from alliance_analysis.simulation.model import draws, simulate

ASSUMED: Mapping[Finding, tuple[int, int]] = {
    "existed": (3, 3),
    "failed": (1, 1),
    "missing": (0, 0),
    "not documented": (0, 3),
}
"""The lowest and the highest score (0 to 4) that a finding is taken for. Silence may hide nothing or a good clause."""


class Clause(Record):
    """A clause that the reader writes for one element, and the score (0 to 4) that it deserves by the anchors."""

    text: Text
    score: Annotated[int, Field(ge=0, le=4)] = 3


class Redesign(Record):
    """What a reader writes for one relationship of a case; it stands under `choices.case_<id>`."""

    relationship: Identifier
    clauses: dict[Identifier, Clause] = Field(default_factory=dict)
    environment: Environment = Environment()


def section(case: Case) -> str:
    """Return the part of `choices` that holds the redesign of a case."""
    return f"case_{case.file.id}"


def redesign_in(agreement: Agreement, case: Case) -> Redesign | None:
    """Return the redesign of a case in the agreement file, or None; raises BadInput with all its faults."""
    found = choice_in(agreement, section(case), Redesign)
    if found is not None:
        check(case, found)
    return found


def first_redesign(case: Case) -> Redesign:
    """Return where a redesign starts: no clause yet, for the relationship with most to mend.

    >>> from alliance_analysis.cases import load_case
    >>> first_redesign(load_case("timex")).relationship
    'titan'
    """
    ties = [tie.id for tie in case.file.relationships]
    return Redesign(relationship=max(ties, key=lambda tie: len(to_mend(case, tie))))


def demonstration(case: Case) -> Redesign:
    """Return the workbook's own hints as clauses, for a reader who has written none yet.

    >>> from alliance_analysis.cases import load_case
    >>> sorted(demonstration(load_case("ibm_apple")).clauses)[:2]
    ['anticipated_change_plan', 'communication_plan']
    """
    first = first_redesign(case)
    hints = {f.element: f.could_have for f in to_mend(case, first.relationship)}
    return first.model_copy(
        update={"clauses": {key: Clause(text=hint) for key, hint in hints.items() if hint}}
    )


def to_mend(case: Case, relationship: str) -> list[AccordFinding]:
    """Return the elements that failed or were missing, in the order in which the accords are read.

    >>> from alliance_analysis.cases import load_case
    >>> [finding.element for finding in to_mend(load_case("timex"), "jayna")]
    ['service_level_objectives', 'process_ownership_plan', 'exit']
    """
    order = list(ELEMENTS)
    found = [f for f in case.file.findings if f.relationship == relationship]
    broken = [f for f in found if f.finding in ("failed", "missing")]
    return sorted(broken, key=lambda finding: order.index(finding.element))


def check(case: Case, redesign: Redesign) -> None:
    """Raise one BadInput that names the relationship or the elements that the case does not have."""
    ties = [tie.id for tie in case.file.relationships]
    faults = []
    if redesign.relationship not in ties:
        faults.append(
            Fault(
                f"the case '{case.file.id}' has no relationship '{redesign.relationship}'",
                nearest(redesign.relationship, ties),
            )
        )
    for element in redesign.clauses:
        if element not in ELEMENTS:
            faults.append(Fault(f"there is no accord element '{element}'", nearest(element, ELEMENTS)))
    if faults:
        raise BadInput(faults)


@dataclass(frozen=True)
class Lived:
    """What a case comes to, as the record shows its accords and with the reader's clauses.

    Each is a pair: silence of the record taken for nothing (score 0), and for a good clause (score 3). `gain` is the
    difference on the same random numbers.
    """

    outcome: Outcome
    before: tuple[Estimate, Estimate]
    after: tuple[Estimate, Estimate]
    gain: tuple[Estimate, Estimate]


def scores(case: Case, redesign: Redesign, silence: int) -> tuple[dict[str, int], dict[str, int]]:
    """Return the scores before and after by element; `silence` is 0 (taken for nothing) or 1 (for a good clause).

    >>> from alliance_analysis.cases import load_case
    >>> before, after = scores(load_case("timex"), Redesign(relationship="titan"), 0)
    >>> before == after, before["exit"]
    (True, 0)
    """
    found = {f.element: f.finding for f in case.file.findings if f.relationship == redesign.relationship}
    before = {key: ASSUMED[found.get(key, "not documented")][silence] for key in ELEMENTS}
    return before, {**before, **{key: clause.score for key, clause in redesign.clauses.items()}}


def lived_again(case: Case, redesign: Redesign, study: Study | None = None) -> dict[Outcome, Lived]:
    """Run the case with and without the reader's clauses; `study` gives assumptions, paths, quarters and seed.

    Raises BadInput as `check` does.
    """
    check(case, redesign)
    study = study or Study()
    pairs = [pair for silence in (0, 1) for pair in scores(case, redesign, silence)]
    settings = {"environment": redesign.environment, "overdone": []}
    rows = [
        Study.model_validate({**study.model_dump(), **settings, "scores": pair}).rates() for pair in pairs
    ]
    runs = simulate(rows, draws(study.paths, study.quarters, study.seed))
    found: dict[Outcome, Lived] = {}
    for outcome in OUTCOMES:
        low, low_after, high, high_after = outcome_of(runs, outcome)
        found[outcome] = Lived(
            outcome,
            (estimate(low), estimate(high)),
            (estimate(low_after), estimate(high_after)),
            (estimate(low_after - low), estimate(high_after - high)),
        )
    return found
