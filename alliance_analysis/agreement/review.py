"""What both sides bring to a review: milestones met, each partner's own account, value updates and what was learned."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from alliance_analysis.agreement.kpi import Identifier, Number, Text
from alliance_analysis.agreement.names import MilestoneId, PartyId
from alliance_analysis.records import Record

Month = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Outlook(Record):
    """One partner's own account, in the agreement's currency and scale.

    `planned`, `actual` and `cost` are a year's: the benefit as planned, as it came, and what the alliance costs this
    partner, its servicing included. `expansion` is the expected net present value of growing it, `continuation` of
    going on as it is, `recovery` what this partner would recover by leaving.
    """

    party: PartyId
    planned: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    actual: Number
    cost: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    expansion: Number
    continuation: Number
    recovery: Number


class ValueUpdate(Record):
    """A Relationship Value Update: what one side tells the other between two reviews."""

    party: PartyId
    needs: Text | None = None
    not_lately: Text | None = None
    really_need: Text | None = None


class Lesson(Record):
    """What a pilot, a shortfall or a success has taught, what changes for it, and the sites that have taken it over.

    `thanked` says who is recognised for it, and how.
    """

    id: Identifier
    seen: Text
    change: Text
    sites: list[Text] = Field(default_factory=list)
    thanked: Text | None = None


class ReviewRecord(Record):
    """A review of the alliance in a month of its term.

    `met` holds the month in which a milestone of the change accord was met, `lasting` those that show a capability
    which stays, and so are worth celebrating and replicating.

    >>> ReviewRecord(month=12).met
    {}
    """

    month: Month
    met: dict[MilestoneId, Month] = Field(default_factory=dict)
    lasting: list[MilestoneId] = Field(default_factory=list)
    outlook: list[Outlook] = Field(default_factory=list)
    updates: list[ValueUpdate] = Field(default_factory=list)
    lessons: list[Lesson] = Field(default_factory=list)
