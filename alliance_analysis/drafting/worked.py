"""Worked, fictional examples of what an agreement measures and keeps a log of: scorecard, escalation, shared data."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pandas as pd

from alliance_analysis import content
from alliance_analysis.agreement.kpi import Identifier, Number
from alliance_analysis.measurement.disputes import Dispute
from alliance_analysis.measurement.escalation import Escalation
from alliance_analysis.measurement.ratings import AnchoredItem
from alliance_analysis.measurement.scorecard import Scorecard
from alliance_analysis.measurement.sharing import SharingMatrix
from alliance_analysis.records import Problem, Record, read_record

FOLDER = "example"


class PartnerResult(Record):
    """What one partner reached, by measure, and the grades that each side gave, by item."""

    actuals: dict[Identifier, Number]
    ratings: dict[Identifier, dict[Identifier, int]]


class WorkedScorecard(Record):
    """A scorecard with the results of several partners, the ratings of both sides, and disputes about the first one.

    An item that both sides grade is a measure of the same id; its value is the mean of their grades.
    """

    card: Scorecard
    items: list[AnchoredItem]
    partners: dict[Identifier, PartnerResult]
    disputes: list[Dispute]

    def problems(self) -> Iterator[Problem]:
        """Yield partners that lack a grade, or have one that is none."""
        for name, partner in self.partners.items():
            for side, grades in partner.ratings.items():
                for item in self.items:
                    if grades.get(item.id) not in item.grades:
                        where = ("partners", name, "ratings", side)
                        yield where, f"no grade of '{item.id}'", f"give one of {item.grades}"

    def values(self) -> pd.DataFrame:
        """Return the value of every measure (columns) for every partner (rows), in the measure's unit."""
        rows = {
            name: partner.actuals
            | {
                item.id: sum(g[item.id] for g in partner.ratings.values()) / len(partner.ratings)
                for item in self.items
            }
            for name, partner in self.partners.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index")[[measure.id for measure in self.card.measures]]

    def scores(self) -> pd.DataFrame:
        """Return the score of every measure for every partner, between the agreed floor (0) and target (1)."""
        values = self.values()
        return values.assign(**{m.id: values[m.id].map(m.score) for m in self.card.measures})

    def grades(self) -> tuple[list[int], ...]:
        """Return the grades of each side, over all partners and items in one order."""
        sides = next(iter(self.partners.values())).ratings
        return tuple(
            [partner.ratings[side][item.id] for partner in self.partners.values() for item in self.items]
            for side in sides
        )


@functools.cache
def worked_scorecard() -> WorkedScorecard:
    """Return the worked scorecard; it lacks no perspective and none of the demanded rows.

    >>> worked_scorecard().card.missing()
    ()
    """
    return read_record(WorkedScorecard, content.folder("casebook") / FOLDER / "scorecard.yaml")


@functools.cache
def worked_escalation() -> Escalation:
    """Return the worked escalation, replayed from its log.

    >>> worked_escalation().state
    'closed'
    """
    return read_record(Escalation, content.folder("casebook") / FOLDER / "escalation.yaml")


@functools.cache
def worked_matrix() -> SharingMatrix:
    """Return the worked data-sharing matrix.

    >>> [item.access for item in worked_matrix().items]
    [{'vendor': 'share'}, {'vendor': 'aggregate'}, {'customer': 'withhold'}]
    """
    return read_record(SharingMatrix, content.folder("casebook") / FOLDER / "sharing.yaml")
