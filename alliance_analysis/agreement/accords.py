"""The three accords and their eleven elements, with exit as a card of its own.

The groups and the count of eleven are those of Goo et al. (2009) [goo2009role]; the element names are recalled
from that paper and marked "to check" where they are printed. Exit is this workbook's extension: it belongs to
the change accord, and is shown beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from alliance_analysis.agreement.kpi import Text
from alliance_analysis.agreement.names import RoleId
from alliance_analysis.records import Record

AccordName = Literal["foundation", "governance", "change"]
Score = Annotated[int, Field(ge=0, le=4)]
"""How far an element goes, from 0 (absent) to 4 (tested), by the worded anchors of the accord studio."""


class Element(Record):
    """One element of an accord: what is agreed, the role that owns it, and how far it goes."""

    text: Text
    owner: RoleId | None = None
    score: Score | None = None


class Exit(Record):
    """How the alliance may end: triggers, notice, price, and who keeps and moves what."""

    score: Score | None = None
    owner: RoleId | None = None
    triggers: list[Text] = Field(default_factory=list)
    notice_months: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = Field(
        default=None, title="Notice (months)", description="How long before the end it is announced"
    )
    buy_out: Text | None = Field(default=None, description="What is paid to the side that loses by it")
    intellectual_property: Text | None = Field(default=None, description="Who keeps what")
    people: Text | None = Field(default=None, description="What becomes of those who work for the alliance")
    transition: Text | None = Field(
        default=None, description="Who serves on, and who hands over what by when"
    )


class Foundation(Record):
    """What is promised, why, and who owns it."""

    service_level_objectives: Element | None = None
    process_ownership_plan: Element | None = None
    service_level_contents: Element | None = None


class Governance(Record):
    """How the alliance is run: who decides, how partners talk, measure, settle and enforce."""

    communication_plan: Element | None = None
    measurement_charter: Element | None = None
    conflict_arbitration_charter: Element | None = None
    enforcement_plan: Element | None = None


class Change(Record):
    """How the deal itself adapts: demand, expected change, innovation and feedback."""

    future_demand_management_plan: Element | None = None
    anticipated_change_plan: Element | None = None
    innovation_plan: Element | None = None
    feedback_plan: Element | None = None


class Accords(Record):
    """The foundation, governance and change accords of one agreement.

    >>> Accords().foundation.service_level_objectives is None
    True
    """

    foundation: Foundation = Field(default_factory=Foundation)
    governance: Governance = Field(default_factory=Governance)
    change: Change = Field(default_factory=Change)


@dataclass(frozen=True)
class ElementInfo:
    """An element's key, its accord, its printed name and the question it answers."""

    key: str
    accord: AccordName
    title: str
    question: str


def _info(accord: AccordName, key: str, question: str) -> ElementInfo:
    return ElementInfo(key, accord, key.replace("_", " ").capitalize(), question)


ELEMENTS: dict[str, ElementInfo] = {
    info.key: info
    for info in (
        _info("foundation", "service_level_objectives", "What do the partners promise, and to what end?"),
        _info("foundation", "process_ownership_plan", "Who owns which process on each side?"),
        _info(
            "foundation", "service_level_contents", "Which levels, scope and definitions make it testable?"
        ),
        _info("governance", "communication_plan", "Who talks to whom, how often, about what?"),
        _info("governance", "measurement_charter", "What is measured, by whom, from which data?"),
        _info("governance", "conflict_arbitration_charter", "How is a dispute settled, and how fast?"),
        _info("governance", "enforcement_plan", "What follows when a promise is kept or broken?"),
        _info("change", "future_demand_management_plan", "How are coming volumes foreseen and shared?"),
        _info("change", "anticipated_change_plan", "Which changes are expected, and what happens then?"),
        _info("change", "innovation_plan", "How are new products, methods and technology brought in?"),
        _info("change", "feedback_plan", "How do results change the agreement?"),
        _info("change", "exit", "How may each partner leave, at what price, with what transition?"),
    )
}
"""Every element by key, exit included, in the order in which the accords are read."""

ACCORDS: tuple[AccordName, ...] = ("foundation", "governance", "change")
"""The three accords in reading order."""
