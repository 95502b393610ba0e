"""How it is agreed: utility, the frontier, bargaining solutions, and a counterpart to practise with."""

from alliance_analysis.negotiation.debrief import Debrief, debrief
from alliance_analysis.negotiation.frontier import Frontier, Improvement, frontier
from alliance_analysis.negotiation.offers import Transcript, recorded, replay
from alliance_analysis.negotiation.setups import Move, Negotiation, Setup, negotiation_in, setup_from
from alliance_analysis.negotiation.solutions import (
    NoZoneOfPossibleAgreement,
    Solution,
    egalitarian,
    kalai_smorodinsky,
    nash,
    utilitarian,
)
from alliance_analysis.negotiation.utility import (
    Issue,
    Outcomes,
    Package,
    Party,
    attribution,
    outcomes,
    utility,
    zone,
)

__all__ = [
    "Debrief",
    "Frontier",
    "Improvement",
    "Issue",
    "Move",
    "Negotiation",
    "NoZoneOfPossibleAgreement",
    "Outcomes",
    "Package",
    "Party",
    "Setup",
    "Solution",
    "Transcript",
    "attribution",
    "debrief",
    "egalitarian",
    "frontier",
    "kalai_smorodinsky",
    "nash",
    "negotiation_in",
    "outcomes",
    "recorded",
    "replay",
    "setup_from",
    "utilitarian",
    "utility",
    "zone",
]
