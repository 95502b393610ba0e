"""A recruiting service whose KPI many must agree to, and nine remedies for when they do not (synthetic).

The packages are those of the worked example. Every limit, wish, vote and size of a remedy is an assumption for
teaching, there to be changed; none is a finding about companies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from alliance_analysis.errors import BadInput, Fault, nearest
from alliance_analysis.negotiation.organisation import Limit, Organisation, Stakeholder
from alliance_analysis.negotiation.utility import Issue, Option
from alliance_analysis.negotiation.worked_example import ISSUES, PARTIES
from alliance_analysis.negotiation.worked_example import printed as printed_term

QUORUM, LEAST_TARGET = 0.35, 0.93
KPIS, ATTENTION = 12, 8
"""Before any remedy: the quorum (share of all votes), the least target that Operations insists on, how many KPIs are in
the agreement, and how many of them a stakeholder can look into."""

STAKEHOLDERS = (
    Stakeholder(
        "hr", "HR",
        limits=(
            Limit("target", most=0.96, because="a higher target fills the shortlist with weak candidates"),
            Limit("review_months", most=3, because="a bad quarter of hires must be seen in that quarter"),
        ),
        wishes=(Limit("review_months", most=3), Limit("at_risk", most=0.10)),
        presence=0.8,
    ),
    Stakeholder(
        "legal", "Legal",
        limits=(
            Limit("at_risk", most=0.12, because="a higher credit may be read as a penalty"),
        ),
        wishes=(Limit("baseline_adjustment", most=0), Limit("at_risk", most=0.10)),
        presence=0.9,
    ),
    Stakeholder(
        "it", "IT",
        limits=(
            Limit("target", most=0.95, because="above it lies the error of data that nobody has signed off"),
            Limit("review_months", least=3, because="the applicant system cannot be read every month"),
        ),
        wishes=(Limit("review_months", least=3), Limit("target", most=0.94)),
        presence=0.6,
    ),
    Stakeholder(
        "finance", "Finance",
        limits=(
            Limit("at_risk", least=0.09, because="the department's own target counts credits as income"),
            Limit("gainshare", most=0.50, because="more would cost the saving that is budgeted"),
        ),
        wishes=(Limit("gainshare", most=0.40), Limit("at_risk", least=0.10)),
    ),
    Stakeholder(
        "operations", "Operations",
        limits=(Limit("target", least=LEAST_TARGET, because="the new line stands still without people"),),
        wishes=(Limit("target", least=0.95), Limit("review_months", most=1)),
        presence=0.6,
        readings={"target": -0.01},
    ),
    Stakeholder(
        "vendor", "The vendor",
        limits=(
            Limit("at_risk", most=0.10, because="more is the margin of the whole service"),
            Limit("baseline_adjustment", least=1, because="the customer's own delays count against it otherwise"),
        ),
        wishes=(Limit("gainshare", least=0.40), Limit("target", most=0.95)),
    ),
)  # fmt: skip
"""Operations counts from the day of the request and not from the approval, so it reads 95% as 94%."""


def recruiting(quorum: float = QUORUM, least_target: float = LEAST_TARGET) -> Organisation:
    """Return the organisation behind the recruiting service, before any remedy.

    `quorum` is the share of all votes that a package needs, `least_target` what Operations insists on (fractions).
    """
    organisation = Organisation(ISSUES, PARTIES, STAKEHOLDERS, quorum, kpis=KPIS, attention=ATTENTION)

    def insists(operations: Stakeholder) -> Stakeholder:
        return replace(operations, limits=(replace(operations.limits[0], least=least_target),))

    return organisation.changing(insists, "operations")


@dataclass(frozen=True)
class Remedy:
    """A remedy: what it changes in the model, and the one assumption that gives it its size.

    `low`, `high` and `step` bound the assumption; one in percent or in percentage points is a fraction here.
    """

    id: str
    label: str
    changes: str
    assumption: str
    size: float
    low: float
    high: float
    step: float
    act: Callable[[Organisation, float], Organisation]
    unit: Literal["", "%", " points"] = ""

    def printed(self, size: float) -> str:
        """Return a size as a reader wants it."""
        return f"{100 * size:.6g}{self.unit}" if self.unit else f"{size:g}"


def _loosen(who: Stakeholder, issue: str, *conditions: Limit) -> Stakeholder:
    """Let a hard limit on an issue give way where the conditions hold."""
    limits = tuple(
        replace(limit, unless=(*limit.unless, conditions)) if limit.issue == issue else limit
        for limit in who.limits
    )
    return replace(who, limits=limits)


def _process_owner(organisation: Organisation, further: float) -> Organisation:
    def owns(hr: Stakeholder) -> Stakeholder:
        top = max(limit.most for limit in hr.limits if limit.issue == "target")
        gate = Limit("gate", least=1)
        hr = _loosen(hr, "target", gate, Limit("target", most=top + further))
        return replace(_loosen(hr, "review_months", gate), presence=1.0)

    def dislikes(vendor: Stakeholder) -> Stakeholder:
        return replace(vendor, wishes=(*vendor.wishes, Limit("gate", most=0)))

    gate = Issue("gate", "Gate of the process owner", "0 no, 1 yes", (0, 1))
    organisation = replace(organisation, added=(*organisation.added, gate))
    return organisation.changing(owns, "hr").changing(dislikes, "vendor")


def _split(organisation: Organisation, gap: float) -> Organisation:
    def on_the_minimum(who: Stakeholder) -> Stakeholder:
        top = max(limit.most for limit in who.limits if limit.issue == "target")
        return _loosen(who, "target", Limit("split", least=1), Limit("target", most=top + gap))

    def dislikes(operations: Stakeholder) -> Stakeholder:
        return replace(operations, wishes=(*operations.wishes, Limit("split", most=0)))

    split = Issue("split", "SLA minimum apart from the target", "0 no, 1 yes", (0, 1))
    organisation = replace(organisation, added=(*organisation.added, split))
    return organisation.changing(on_the_minimum, "hr", "it").changing(dislikes, "operations")


def _source(organisation: Organisation, error: float) -> Organisation:
    signed = Limit("target", most=1 - error, because="above it lies the error of the signed-off data")

    def signs(it: Stakeholder) -> Stakeholder:
        limits = tuple(replace(signed, unless=x.unless) if x.issue == "target" else x for x in it.limits)
        return replace(it, limits=limits)

    return organisation.changing(signs, "it")


def _workshop(organisation: Organisation, further: float) -> Organisation:
    def trades(vendor: Stakeholder) -> Stakeholder:
        top = max(limit.most for limit in vendor.limits if limit.issue == "at_risk")
        vendor = _loosen(
            vendor, "at_risk", Limit("baseline_adjustment", least=1), Limit("at_risk", most=top + further)
        )
        return _loosen(vendor, "baseline_adjustment", Limit("gainshare", least=0.5))

    def trusts(legal: Stakeholder) -> Stakeholder:
        seen = (Limit("review_months", most=3),)
        wishes = (replace(w, unless=(seen,)) if w.issue == "baseline_adjustment" else w for w in legal.wishes)
        return replace(legal, wishes=tuple(wishes))

    return organisation.changing(trades, "vendor").changing(trusts, "legal")


def _definitions(organisation: Organisation, gap: float) -> Organisation:
    def shares(who: Stakeholder) -> Stakeholder:
        return replace(who, readings={k: max(-gap, min(gap, shift)) for k, shift in who.readings.items()})

    return organisation.changing(shares)


def _cap(organisation: Organisation, most: float) -> Organisation:
    return replace(organisation, kpis=min(organisation.kpis, int(most)))


def _measurement_only(organisation: Organisation, needed: float) -> Organisation:
    known = Limit("measurement_months", least=needed)

    def knows(vendor: Stakeholder) -> Stakeholder:
        return _loosen(_loosen(vendor, "baseline_adjustment", known), "at_risk", known)

    def waits(finance: Stakeholder) -> Stakeholder:
        told = "no credit can fall due for longer than a quarter"
        return replace(finance, limits=(*finance.limits, Limit("measurement_months", most=3, because=told)))

    months = Issue("measurement_months", "Measurement only", "months", (0, 3, 6))
    organisation = replace(organisation, added=(*organisation.added, months))
    return organisation.changing(knows, "vendor").changing(waits, "finance")


def _audit(organisation: Organisation, least: float) -> Organisation:
    enough = Limit("at_risk", least=least, because="less would not be noticed")

    def gives_up(finance: Stakeholder) -> Stakeholder:
        own = [limit for limit in finance.limits if limit.issue == "at_risk" and limit.least > least]
        limits = tuple(enough if limit in own else limit for limit in finance.limits)
        wishes = tuple(wish for wish in finance.wishes if wish.issue != "at_risk")
        return replace(finance, limits=limits, wishes=(*wishes, *own))

    return organisation.changing(gives_up, "finance")


def _deputies(organisation: Organisation, presence: float) -> Organisation:
    return organisation.changing(lambda who: replace(who, presence=max(who.presence, presence)))


REMEDIES: Mapping[str, Remedy] = MappingProxyType({remedy.id: remedy for remedy in (
    Remedy("process_owner", "HR as process owner, with a gate",
           "adds a gate at which HR can stop the service; HR's limits on target and review give way to it",
           "HR then goes further with the target, by", 0.02, 0.0, 0.03, 0.01, _process_owner, " points"),
    Remedy("split", "SLA minimum split from the KPI target",
           "credits hang on a minimum below the target; the limits of HR and IT bind the minimum only",
           "The minimum lies below the target, by", 0.02, 0.0, 0.04, 0.01, _split, " points"),
    Remedy("source", "IT signs off the data source",
           "IT's limit on the target follows from the error of data that it has checked",
           "Error of the signed-off data", 0.02, 0.01, 0.05, 0.01, _source, "%"),
    Remedy("workshop", "Two-sided workshop",
           "two of the vendor's positions turn out to be trades, and Legal accepts an adjusted baseline that is reviewed",
           "The vendor puts more at risk if the baseline is adjusted, by", 0.02, 0.0, 0.05, 0.01, _workshop, " points"),
    Remedy("definitions", "Shared definitions",
           "everyone counts the target in the same way",
           "Gap between definitions that is left", 0.0, 0.0, 0.01, 0.005, _definitions, " points"),
    Remedy("cap", "A cap on KPIs",
           "fewer KPIs, so that each can be looked into before it is approved",
           "At most so many KPIs", 8, 1, 12, 1, _cap),
    Remedy("measurement_only", "Measurement-only period",
           "adds months without credits; where the baseline is known, two hard limits of the vendor fall",
           "Months until the vendor trusts the baseline", 3, 1, 6, 1, _measurement_only),
    Remedy("audit", "Incentive audit",
           "the department's own income target goes; Finance's hard limit on the at-risk amount becomes a wish",
           "Finance still needs at risk at least", 0.07, 0.0, 0.10, 0.01, _audit, "%"),
    Remedy("deputies", "Named deputies",
           "somebody always speaks for each, so that approvals are not lost",
           "Someone is there at this share of meetings", 0.95, 0.5, 1.0, 0.05, _deputies, "%"),
)})  # fmt: skip
"""The nine remedies; the sizes are assumptions."""


def remedied(
    organisation: Organisation, remedies: Sequence[str], sizes: Mapping[str, float] | None = None
) -> Organisation:
    """Return the organisation after some remedies, in the order of REMEDIES; `sizes` replace their assumptions.

    Raises BadInput for an unknown remedy and for a size out of its range.

    >>> [issue.id for issue in remedied(recruiting(), ["measurement_only", "process_owner"]).added]
    ['gate', 'measurement_months']
    """
    sizes = sizes or {}
    faults = [
        Fault(f"'{name}' is no remedy", nearest(name, REMEDIES))
        for name in dict.fromkeys((*remedies, *sizes))
        if name not in REMEDIES
    ]
    faults += [
        Fault(
            f"{REMEDIES[name].label}: {size:g} is out of range",
            f"use {REMEDIES[name].low:g} to {REMEDIES[name].high:g}",
        )
        for name, size in sizes.items()
        if name in REMEDIES and not REMEDIES[name].low - 1e-9 <= size <= REMEDIES[name].high + 1e-9
    ]
    if faults:
        raise BadInput(faults)
    for name, remedy in REMEDIES.items():
        if name in remedies:
            organisation = remedy.act(organisation, sizes.get(name, remedy.size))
    return organisation


def printed(issue: str, option: Option) -> str:
    """Return an option of the recruiting service, added terms included, as a reader wants it."""
    if issue in ("gate", "split"):
        return "yes" if option else "no"
    if issue == "measurement_months":
        return f"{option:g} months" if option else "none"
    return printed_term(issue, option)
