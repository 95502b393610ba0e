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

    id: Identifier
    party: PartyId
    what: Text
    when: Text | None = None
    where: Text | None = None
    how: Text | None = None


class Scope(Record):
    """What the agreement covers and what it leaves out."""

    included: list[Text] = Field(default_factory=list)
    excluded: list[Text] = Field(default_factory=list)
    price_band: Text | None = None
    territory: Text | None = None
    field_of_use: Text | None = None


class Process(Record):
    """One process and each role's duty in it: one role is accountable, some are responsible, consulted, informed."""

    id: Identifier
    text: Text
    duties: dict[RoleId, Duty] = Field(default_factory=dict)


class Confidentiality(Record):
    """What stays secret and for how long; a clean team sees what neither side's deciders may."""

    covers: Text
    months_after_end: Months | None = None
    clean_team: Text | None = None


class Warranty(Record):
    """What one party vouches for."""

    id: Identifier
    party: PartyId
    of: Literal["capability", "finance", "rights", "compliance", "other"]
    text: Text


class Committee(Record):
    """A body with its seats (role and department), its rhythm and the items of every agenda."""

    id: Identifier
    text: Text
    seats: dict[RoleId, Department] = Field(default_factory=dict)
    every_months: Months | None = None
    agenda: list[Text] = Field(default_factory=list)
    quorum: Text | None = None


class Clocks(Record):
    """Working days (Monday to Friday, holidays not counted out) before the next state takes over.

    A watch that runs out without a new signal is closed. Remediation has no clock here: its due date is in its record.
    """

    watch: Days
    level_1: Days
    level_2: Days
    steering_committee: Days


class Ladder(Record):
    """How a dispute or a shortfall climbs: the role that acts on each level, its clocks, and who decides at the top."""

    level_1: RoleId | None = None
    level_2: RoleId | None = None
    steering_committee: RoleId | None = None
    clocks: Clocks | None = None
    arbitration: Text | None = None


class Audit(Record):
    """How often reported figures are checked, by whom, and from which error rate a period is restated."""

    by: Text
    every_months: Months | None = None
    confidence: Fraction | None = None
    tolerable_rate: Fraction | None = None
    restatement: Text | None = None


class Forecast(Record):
    """How far ahead demand is foreseen and shared, and the band around it inside which targets hold."""

    months_ahead: Months
    every_months: Months | None = None
    band: Fraction | None = None
    outside: Text | None = None


class Contingency(Record):
    """What happens in a supply disruption, a price swing or a shift of technology, and what sets it off."""

    event: Literal["disruption", "price", "technology"]
    trigger: Text
    response: Text
    owner: RoleId | None = None


class Risk(Record):
    """One risk: each party's share of the exposure, of the control over it, and of the loss as agreed."""

    id: Identifier
    text: Text
    exposure: Shares = Field(default_factory=dict)
    control: Shares = Field(default_factory=dict)
    bears: Shares = Field(default_factory=dict)


class Milestone(Record):
    """A goal, a milestone or a turning point; at a turning point both sides decide whether and how to go on."""

    id: Identifier
    kind: Literal["goal", "milestone", "turning_point"] = "milestone"
    text: Text
    month: Months | None = None
    owner: RoleId | None = None
    if_missed: Text | None = None


class Rebasing(Record):
    """When targets are set anew, by which rule, and who approves it."""

    when: Text
    rule: Text | None = None
    approved_by: list[RoleId] = Field(default_factory=list)


class Pilot(Record):
    """A trial with its measure, its last month and the rule that stops it; `retrospective` says what is written down."""

    id: Identifier
    text: Text
    measure: Text | None = None
    ends_month: Months | None = None
    stop_rule: Text | None = None
    owner: RoleId | None = None
    retrospective: Text | None = None


class Review(Record):
    """How often both sides look at the whole, with what before them, and what they may decide."""

    every_months: Months
    looks_at: list[Text] = Field(default_factory=list)
    may_decide: list[Text] = Field(default_factory=list)


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

    term_months: Months | None = None
    rebid_months: Months | None = None
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
