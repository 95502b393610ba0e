"""The clauses of an agreement as fields: what both sides give, who sits and decides, which clocks run, what may change.

Every field is optional and small; the text of an accord element says the same in a sentence. A field's element is
in `CLAUSES`. Months count from signature; shares and rates are fractions.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from alliance_analysis.agreement.kpi import Fraction, Identifier, Text
from alliance_analysis.agreement.names import ElementKey, KpiId, PartyId, RoleId
from alliance_analysis.records import Record

Months = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Days = Annotated[int, Field(gt=0)]
Shares = dict[PartyId, Fraction]
Department = Literal[
    "procurement", "operations", "finance", "product", "human_resources", "legal", "it", "other"
]
Duty = Literal["accountable", "responsible", "consulted", "informed"]
Aim = Literal["operational", "strategic"]
ShortName = Annotated[
    Identifier, Field(title="Short name", description="One or two words by which it is called")
]


class Objective(Record):
    """One objective of the alliance, the KPI cards that show it and the accord elements that carry it."""

    id: Identifier
    text: Text
    kpis: list[KpiId] = Field(default_factory=list)
    elements: list[ElementKey] = Field(default_factory=list)


class Strategy(Record):
    """What the alliance is for: its aim, how far ahead it looks, and the objectives that follow."""

    text: Text
    aim: Aim | None = None
    horizon_months: Months | None = None
    objectives: list[Objective] = Field(default_factory=list)


class Give(Record):
    """What one party gives and the other gets: what, when, where and how."""

    id: ShortName
    party: PartyId = Field(title="Given by", description="The side that gives it")
    what: Text = Field(description="What is given, so that both see when it is done")
    when: Text | None = Field(default=None, description="By when, or how often")
    where: Text | None = Field(default=None, description="In which place or system")
    how: Text | None = Field(default=None, description="In which way, and by whom")


class Scope(Record):
    """What the agreement covers and what it leaves out."""

    included: list[Text] = Field(default_factory=list, description="What the agreement covers")
    excluded: list[Text] = Field(default_factory=list, description="What it leaves out")
    price_band: Text | None = Field(default=None, description="Between which prices it holds")
    territory: Text | None = Field(default=None, description="Where it holds")
    field_of_use: Text | None = Field(default=None, description="For which use it holds")


class Process(Record):
    """One process and each role's duty in it: one role is accountable, some are responsible, consulted, informed."""

    id: ShortName
    text: Text = Field(title="Process", description="What is done")
    duties: dict[RoleId, Duty] = Field(
        default_factory=dict,
        description="One role is accountable; others are responsible, consulted or informed",
    )


class Confidentiality(Record):
    """What stays secret and for how long; a clean team sees what neither side's deciders may."""

    covers: Text = Field(description="What stays secret")
    months_after_end: Months | None = Field(
        default=None,
        title="After the end",
        description="How long it stays secret once the agreement has ended",
    )
    clean_team: Text | None = Field(default=None, description="Who sees what neither side’s deciders may")


class Warranty(Record):
    """What one party vouches for."""

    id: ShortName
    party: PartyId = Field(title="Given by", description="The side that vouches")
    of: Literal["capability", "finance", "rights", "compliance", "other"] = Field(
        title="Kind", description="What kind of thing is vouched for"
    )
    text: Text = Field(title="Vouches for", description="What is vouched for, and for how long")


class Committee(Record):
    """A body with its seats (role and department), its rhythm and the items of every agenda."""

    id: ShortName
    text: Text = Field(title="Committee", description="What it is called")
    seats: dict[RoleId, Department] = Field(
        default_factory=dict, description="The roles that sit on it, and the department each speaks for"
    )
    every_months: Months | None = Field(
        default=None, title="Meets every", description="From one meeting to the next"
    )
    agenda: list[Text] = Field(default_factory=list, description="What every meeting looks at")
    quorum: Text | None = Field(default=None, description="Who must be there for a decision")


class Clocks(Record):
    """Working days (Monday to Friday, holidays not counted out) before the next state takes over.

    A watch that runs out without a new signal is closed. Remediation has no clock here: its due date is in its record.
    """

    watch: Days = Field(description="How long a watch stays open without a new signal")
    level_1: Days = Field(title="Level 1", description="Before level 2 takes over")
    level_2: Days = Field(title="Level 2", description="Before the steering committee takes over")
    steering_committee: Days = Field(description="Before whoever decides at the top takes over")


class Ladder(Record):
    """How a dispute or a shortfall climbs: the role that acts on each level, its clocks, and who decides at the top."""

    level_1: RoleId | None = Field(default=None, title="Level 1", description="The role that acts first")
    level_2: RoleId | None = Field(default=None, title="Level 2", description="The role that acts next")
    steering_committee: RoleId | None = Field(
        default=None, description="The role that acts last inside the alliance"
    )
    clocks: Clocks | None = Field(default=None, description="How long each level has, Monday to Friday")
    arbitration: Text | None = Field(default=None, description="Who decides at the top")


class Audit(Record):
    """How often reported figures are checked, by whom, and from which error rate a period is restated."""

    by: Text = Field(title="Audited by", description="Who checks the reported figures")
    every_months: Months | None = Field(default=None, title="Every", description="From one audit to the next")
    confidence: Fraction | None = Field(default=None, description="How sure the audit must be")
    tolerable_rate: Fraction | None = Field(
        default=None,
        title="Tolerable error rate",
        description="From this share of wrong records on, a period is restated",
    )
    restatement: Text | None = Field(default=None, description="What follows from an error above it")


class Forecast(Record):
    """How far ahead demand is foreseen and shared, and the band around it inside which targets hold."""

    months_ahead: Months = Field(title="Looks ahead", description="How far ahead demand is foreseen")
    every_months: Months | None = Field(
        default=None, title="Shared every", description="From one forecast to the next"
    )
    band: Fraction | None = Field(
        default=None, title="Band, plus or minus", description="Inside it the targets hold"
    )
    outside: Text | None = Field(default=None, title="Outside the band", description="What holds there")


class Contingency(Record):
    """What happens in a supply disruption, a price swing or a shift of technology, and what sets it off."""

    event: Literal["disruption", "price", "technology"] = Field(description="What kind of event it is")
    trigger: Text = Field(description="What sets it off, so that both sides see it")
    response: Text = Field(description="What is done then")
    owner: RoleId | None = Field(default=None, description="The role that acts")


class Risk(Record):
    """One risk: each party's share of the exposure, of the control over it, and of the loss as agreed."""

    id: ShortName
    text: Text = Field(title="Risk", description="What may go wrong")
    exposure: Shares = Field(default_factory=dict, description="How much of the harm would fall on each side")
    control: Shares = Field(default_factory=dict, description="How much of it each side can prevent")
    bears: Shares = Field(
        default_factory=dict, title="Bears of the loss", description="How the loss is shared as agreed"
    )


class Milestone(Record):
    """A goal, a milestone or a turning point; at a turning point both sides decide whether and how to go on."""

    id: ShortName
    kind: Literal["goal", "milestone", "turning_point"] = Field(
        default="milestone", description="At a turning point both sides decide whether and how to go on"
    )
    text: Text = Field(title="Milestone", description="What is reached or decided")
    month: Months | None = Field(default=None, title="Due after", description="Counted from signature")
    owner: RoleId | None = Field(default=None, description="The role that answers for it")
    if_missed: Text | None = Field(default=None, description="What follows if it is not reached")


class Rebasing(Record):
    """When targets are set anew, by which rule, and who approves it."""

    when: Text = Field(description="What gives the right to new targets")
    rule: Text | None = Field(default=None, description="How the new target is found")
    approved_by: list[RoleId] = Field(default_factory=list, description="The roles that must agree")


class Pilot(Record):
    """A trial with its measure, its last month and the rule that stops it; `retrospective` says what is written down."""

    id: ShortName
    text: Text = Field(title="Pilot", description="What is tried, and where")
    measure: Text | None = Field(default=None, description="What shows whether it works")
    ends_month: Months | None = Field(
        default=None, title="Ends after", description="Its last month, counted from signature"
    )
    stop_rule: Text | None = Field(default=None, description="What ends it early")
    owner: RoleId | None = Field(default=None, description="The role that answers for it")
    retrospective: Text | None = Field(default=None, description="What is written down at the end")


class Review(Record):
    """How often both sides look at the whole, with what before them, and what they may decide."""

    every_months: Months = Field(title="Every", description="From one review to the next")
    looks_at: list[Text] = Field(default_factory=list, description="What lies before both sides")
    may_decide: list[Text] = Field(default_factory=list, description="What they may decide")


LegalClause = Literal[
    "governing_law", "anti_assignment", "cap_on_liability", "uncapped_liability", "insurance", "exclusivity",
    "non_compete", "employee_no_solicit", "minimum_commitment", "volume_restriction", "price_restrictions",
    "most_favoured_nation", "first_refusal", "license_grant", "ownership_of_inventions", "joint_ownership",
    "source_code_escrow", "change_of_control", "termination_for_convenience", "renewal_term", "renewal_notice",
    "liquidated_damages", "profit_sharing",
]  # fmt: skip


class Clauses(Record):
    """The clauses of one agreement.

    `term_months` is how long it runs, `rebid_months` after how long the work is put out to tender again; `legal`
    lists the clauses of the contract itself that lawyers look for.

    >>> Clauses(term_months=36).committees
    []
    """

    term_months: Months | None = Field(default=None, title="Term")
    rebid_months: Months | None = Field(default=None, title="Tendered again after")
    gives: list[Give] = Field(default_factory=list)
    processes: list[Process] = Field(default_factory=list)
    scope: Scope | None = None
    confidentiality: Confidentiality | None = None
    warranties: list[Warranty] = Field(default_factory=list)
    committees: list[Committee] = Field(default_factory=list)
    audit: Audit | None = None
    escalation: Ladder | None = None
    forecast: Forecast | None = None
    contingencies: list[Contingency] = Field(default_factory=list)
    risks: list[Risk] = Field(default_factory=list)
    rebasing: Rebasing | None = None
    pilots: list[Pilot] = Field(default_factory=list)
    milestones: list[Milestone] = Field(default_factory=list)
    review: Review | None = None
    legal: list[LegalClause] = Field(default_factory=list)


CLAUSES: dict[str, tuple[str, ...]] = {
    "service_level_objectives": ("gives", "term_months"),
    "process_ownership_plan": ("processes",),
    "service_level_contents": ("scope", "confidentiality", "warranties", "legal"),
    "communication_plan": ("committees",),
    "measurement_charter": ("audit",),
    "conflict_arbitration_charter": ("escalation",),
    "enforcement_plan": (),
    "future_demand_management_plan": ("forecast",),
    "anticipated_change_plan": ("contingencies", "risks", "rebasing"),
    "innovation_plan": ("pilots",),
    "feedback_plan": ("milestones", "review"),
    "exit": ("rebid_months",),
}
"""The clause fields of each accord element (exit included)."""

SAYS = {
    "gives": "what each side gives: when, where and how",
    "term_months": "how many months the agreement runs",
    "processes": "each process and every role’s duty in it",
    "scope": "what is covered, and what is left out",
    "confidentiality": "what stays secret, and for how long",
    "warranties": "what is vouched for, and for how long",
    "legal": "the ticks below",
    "committees": "who sits on which committee, and how often it meets",
    "audit": "who checks the reported figures, and how often",
    "escalation": "who acts on each level of a dispute, and by when",
    "forecast": "how far ahead demand is shared, and the band in which targets hold",
    "contingencies": "what is done if something expected goes wrong",
    "risks": "each side’s share of a risk: exposure, control and loss",
    "rebasing": "when targets are set anew, and by which rule",
    "pilots": "trials, each with its measure and the rule that stops it",
    "milestones": "what is due in which month, and what follows if it is missed",
    "review": "how often both sides look at the whole, and what they may decide",
    "rebid_months": "after how many months the work is put out to tender again",
}
"""What each clause field holds, in plain words."""
