"""What the pages on partners and reviews offer: goals, readiness, pitfalls, the rhythm of reviews, the decision."""

from __future__ import annotations

from typing import NamedTuple

from alliance_analysis.agreement import Agreement
from alliance_analysis.figures import Exhibit, pitfalls, readiness
from alliance_analysis.figures import alignment as alignment_figures
from alliance_analysis.figures import cadence as cadence_figures
from alliance_analysis.figures import review as figures
from alliance_analysis.figures.incentives import unit
from alliance_analysis.reports.essay_evidence.offer import Offer
from alliance_analysis.review import alignment, cadence, decision
from alliance_analysis.review.pitfalls import NAME as TAGS
from alliance_analysis.review.pitfalls import Tagged, tagged
from alliance_analysis.review.readiness import NAME as PENTAD
from alliance_analysis.review.readiness import Pentad, pentad_in

FIRST, LAST = "01_partner_and_readiness", "08_review_grow_or_close"


class _Goals(NamedTuple):
    found: alignment.Alignment
    names: tuple[str, str]


def _goals(agreement: Agreement) -> _Goals | None:
    if alignment.NAME not in agreement.choices or len(agreement.parties) < 2:
        return None
    one, two = agreement.parties[:2]
    return _Goals(alignment.goals_in(agreement).alignment(), (one.name, two.name))


GOALS = Offer[_Goals](FIRST, _goals, {
    "overlap": ("Overlap of both sides' goals", lambda g: f"{g.found.overlap:.2f}"),
}, {
    "figure:alignment": ("how far both sides want the same",
                         lambda g: alignment_figures.alignment(g.found, g.names, synthetic=False)),
})  # fmt: skip

READINESS = Offer[Pentad](FIRST, lambda a: pentad_in(a) if PENTAD in a.choices else None, exhibits={
    "figure:pentad": ("how ready your side is, area by area", lambda p: readiness.pentad_radar(p, synthetic=False)),
})  # fmt: skip


def _tagged(agreement: Agreement) -> Tagged | None:
    return tagged(agreement.choices.get(TAGS, {})) or None  # type: ignore[arg-type]


PITFALLS = Offer[Tagged](FIRST, _tagged, {
    "tags_shared": ("Incidents read as shipped", lambda t: f"{t.shared:.0%}"),
    "kappa": ("Agreement beyond chance", lambda t: f"{t.kappa.value:.2f}" if t.kappa else ""),
}, {
    "figure:tags": ("your reading of pitfalls beside the shipped one", pitfalls.tags),
})  # fmt: skip


def _kept(agreement: Agreement) -> Agreement | None:
    return agreement if cadence.NAME in agreement.choices else None


def _rhythm(agreement: Agreement) -> Exhibit:
    clause = agreement.clauses.review
    agreed = clause.every_months if clause else None
    return cadence_figures.cadence(cadence.cadence_in(agreement), unit(agreement.money), agreed)


CADENCE = Offer[Agreement](LAST, _kept, {
    "cheapest_cadence": ("Cheapest interval between reviews", lambda a: f"{cadence.cadence_in(a).optimum:.1f} months"),
}, {
    "figure:cadence": ("how often to review", _rhythm),
})  # fmt: skip


class _Decided(NamedTuple):
    found: decision.Decision
    agreement: Agreement


def _decided(agreement: Agreement) -> _Decided | None:
    review = agreement.review
    if not _kept(agreement) or review is None or len(review.outlook) < 2:
        return None
    _, due = decision.milestones_due(agreement.clauses.milestones, review.met, review.month)
    return _Decided(decision.decided(agreement), agreement) if due else None


REVIEW = Offer[_Decided](LAST, _decided, {
    "verdict": ("What the review came to", lambda d: d.found.verdict),
    "implementation": ("Milestones met of those due", lambda d: f"{d.found.implementation:.0%}"),
    "realisation": ("Smallest share of planned benefit realised", lambda d: f"{d.found.realisation:.0%}"),
}, {
    "figure:quadrant": ("implementation and performance",
                        lambda d: figures.quadrant(d.found, d.agreement, synthetic=False)),
    "table:decision": ("the review with each partner's own account",
                       lambda d: figures.decision(d.found, d.agreement, synthetic=False)),
}, made_of=lambda agreement: agreement.review)  # fmt: skip

OFFERS = (GOALS, READINESS, PITFALLS, CADENCE, REVIEW)
