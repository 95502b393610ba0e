"""How it is agreed: utility, the frontier, bargaining solutions, and a counterpart to practise with.

>>> found = frontier(*worked_example.TABLE)
>>> nash(found).package
(0.96, 0.15, 0.5, 3, 1)
"""

from alliance_analysis.negotiation import hot_seat, worked_example
from alliance_analysis.negotiation.alternatives import Alternative, ReservedValue, reserved_value
from alliance_analysis.negotiation.barriers import BARRIERS, Barrier, Met, barriers_met
from alliance_analysis.negotiation.characters import CHARACTERS, Character
from alliance_analysis.negotiation.debrief import Concession, Debrief, debrief
from alliance_analysis.negotiation.delay import after_delay, first_mover_share
from alliance_analysis.negotiation.dependence import Dependence, Stake, dependence
from alliance_analysis.negotiation.elicitation import Comparison, compared, rated
from alliance_analysis.negotiation.explain import Explanation, explain
from alliance_analysis.negotiation.frontier import Frontier, Improvement, among, dominating, frontier
from alliance_analysis.negotiation.meaning import Meaning, meaning_test
from alliance_analysis.negotiation.offers import Transcript, recorded, replay
from alliance_analysis.negotiation.organisation import Limit, Organisation, Stakeholder
from alliance_analysis.negotiation.remedies import REMEDIES, recruiting, remedied
from alliance_analysis.negotiation.setups import Move, Negotiation, Setup, negotiation_in, setup_from
from alliance_analysis.negotiation.sitting import Sitting, sit
from alliance_analysis.negotiation.solutions import (
    NoZoneOfPossibleAgreement,
    Solution,
    egalitarian,
    kalai_smorodinsky,
    nash,
    utilitarian,
)
from alliance_analysis.negotiation.stakeholders import AgreementSet, agreement_set
from alliance_analysis.negotiation.terms import LABELS, Terms
from alliance_analysis.negotiation.utility import (
    Clause,
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
    "BARRIERS",
    "CHARACTERS",
    "LABELS",
    "REMEDIES",
    "AgreementSet",
    "Alternative",
    "Barrier",
    "Character",
    "Clause",
    "Comparison",
    "Concession",
    "Debrief",
    "Dependence",
    "Explanation",
    "Frontier",
    "Improvement",
    "Issue",
    "Limit",
    "Meaning",
    "Met",
    "Move",
    "Negotiation",
    "NoZoneOfPossibleAgreement",
    "Organisation",
    "Outcomes",
    "Package",
    "Party",
    "ReservedValue",
    "Setup",
    "Sitting",
    "Solution",
    "Stake",
    "Stakeholder",
    "Terms",
    "Transcript",
    "after_delay",
    "agreement_set",
    "among",
    "attribution",
    "barriers_met",
    "compared",
    "debrief",
    "dependence",
    "dominating",
    "egalitarian",
    "explain",
    "first_mover_share",
    "frontier",
    "hot_seat",
    "kalai_smorodinsky",
    "meaning_test",
    "nash",
    "negotiation_in",
    "outcomes",
    "rated",
    "recorded",
    "recruiting",
    "remedied",
    "replay",
    "reserved_value",
    "setup_from",
    "sit",
    "utilitarian",
    "utility",
    "worked_example",
    "zone",
]
