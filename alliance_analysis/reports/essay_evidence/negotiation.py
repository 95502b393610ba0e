"""What the negotiation page offers: your own negotiation, and who must agree at home."""

from __future__ import annotations

import functools
from typing import NamedTuple

from alliance_analysis.agreement import Agreement, KpiCard
from alliance_analysis.figures import negotiation, stakeholders
from alliance_analysis.negotiation import barriers_met, debrief, sitting
from alliance_analysis.negotiation.debrief import Debrief
from alliance_analysis.negotiation.offers import Transcript, recorded
from alliance_analysis.negotiation.stakeholders import AgreementSet, agreement_set
from alliance_analysis.negotiation.terms import LABELS
from alliance_analysis.reports.essay_evidence.offer import Offer, spelled

PAGE = "03_kpi_negotiation"


class _Run(NamedTuple):
    run: Transcript
    found: Debrief
    card: KpiCard | None

    def agreed(self, issue: str) -> str:
        terms = zip(self.run.setup.issues, self.run.agreed or (), strict=bool(self.run.agreed))
        return next((self.run.setup.printed(issue, option) for on, option in terms if on.id == issue), "")

    def reserved(self, side: int) -> str:
        return f"{self.run.setup.parties[side].reserved:.2f}"


def _run(agreement: Agreement) -> _Run | None:
    run = recorded(agreement)
    card = next((card for card in agreement.kpis if card.id == run.setup.card), None)
    return _Run(run, debrief(run), card) if run.kept and run.ended else None


def _agreed(issue: str, label: str) -> tuple[str, functools.partial[str]]:
    return f"Agreed {label.lower()}", functools.partial(_Run.agreed, issue=issue)


NEGOTIATION = Offer[_Run](PAGE, _run, {
    **{f"agreed_{issue.removesuffix('_months')}": _agreed(issue, label) for issue, label in LABELS.items()},
    "rounds": ("Rounds in which you made an offer", lambda n: spelled(len(n.run.offers("you")))),
    "utility_own": ("Your utility of the outcome", lambda n: f"{n.found.reached[0]:.2f}"),
    "utility_other": ("The counterpart's utility of the outcome", lambda n: f"{n.found.reached[1]:.2f}"),
    "reserved_own": ("Your reserved value", lambda n: n.reserved(0)),
    "reserved_other": ("The counterpart's reserved value", lambda n: n.reserved(1)),
    "barriers_met": ("Barriers that your negotiation met", lambda n: spelled(len(barriers_met(n.found, n.card)))),
    "questions": ("Terms about which you asked", lambda n: spelled(len(n.run.asked))),
}, {
    "figure:debrief": ("both sides of your negotiation", lambda n: negotiation.debrief(n.run)),
    "table:terms": ("the outcome and its worth to both sides", lambda n: negotiation.terms(n.run)),
    "table:transcript": ("transcript of your negotiation", lambda n: negotiation.transcript(n.run)),
    "table:barriers": ("barriers met, and the remedies", lambda n: negotiation.barriers(n.run, n.card)),
}, simulated=True)  # fmt: skip


class _Seated(NamedTuple):
    choice: sitting.Chosen
    before: AgreementSet
    after: AgreementSet

    def most(self) -> str:
        return max(self.before.blocking, key=lambda name: self.before.blocking[name])


def _seated(agreement: Agreement) -> _Seated | None:
    choice, kept = sitting.chosen(agreement)
    return _Seated(choice, agreement_set(choice.before), agreement_set(choice.after)) if kept else None


STAKEHOLDERS = Offer[_Seated](PAGE, _seated, {
    "signable_before": ("Packages that everyone could sign before remedies", lambda s: f"{s.before.size:,}"),
    "signable_after": ("Packages that everyone could sign with your remedies", lambda s: f"{s.after.size:,}"),
    "in_zone": ("Packages that both sides preferred to their alternatives", lambda s: f"{s.before.zone:,}"),
    "blocks_most": ("Who blocked most before remedies", lambda s: s.before.organisation.of(s.most()).name),
    "blocking_index": ("Its blocking index", lambda s: f"{s.before.blocking[s.most()]:.0%}"),
}, {
    "table:sitting": ("who sat at your table, and who could sign", lambda s: stakeholders.sitting(s.choice)),
    "figure:blocking": ("who blocks, before and after your remedies", lambda s: stakeholders.blockers(s.choice)),
    "figure:agreement_sizes": ("what each remedy brings", lambda s: stakeholders.sizes(s.choice)),
    "table:remedy_assumptions": ("nine remedies and their assumptions", lambda s: stakeholders.assumptions(s.choice)),
}, simulated=True)  # fmt: skip

OFFERS = (NEGOTIATION, STAKEHOLDERS)
