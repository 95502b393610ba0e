"""What the accord page offers: your accords beside real contracts, and what each of them contributes."""

from __future__ import annotations

import functools
from typing import NamedTuple

from alliance_analysis.agreement import ACCORDS, Agreement
from alliance_analysis.drafting import contracts
from alliance_analysis.drafting.anchors import standing
from alliance_analysis.drafting.coherence import coherence
from alliance_analysis.figures import accord_studio as studio
from alliance_analysis.figures import contracts as filed
from alliance_analysis.figures import contribution as figures
from alliance_analysis.figures import experiment
from alliance_analysis.figures import sensitivity as sensitivity_figures
from alliance_analysis.reports.essay_evidence.offer import Offer
from alliance_analysis.simulation.contribution import Contribution, Study, contribution, study_in
from alliance_analysis.simulation.sensitivity import environment_wins

PAGE = "04_accord_design"


class _Accords(NamedTuple):
    agreement: Agreement
    kind: str

    def standing(self) -> str:
        plan = self.agreement.strategy
        return f"{standing(self.agreement.scores(), plan.aim if plan else None).total:.0%}"

    def usual(self) -> str:
        usual = [clause for clause in contracts.compare(self.agreement, self.kind) if clause.usual]
        return f"{sum(clause.own for clause in usual)} of {len(usual)}"


def _accords(agreement: Agreement) -> _Accords | None:
    kept = contracts.CHOICES in agreement.choices
    return _Accords(agreement, contracts.chosen_type(agreement)) if kept else None


def _scored(agreement: Agreement) -> _Accords | None:
    """Return the accords with scores: whoever begins from the example finds none, so each is the student's own."""
    kept = _accords(agreement)
    return kept if kept and any(score is not None for score in agreement.scores().values()) else None


def _clauses(agreement: Agreement) -> object:
    """Return what is agreed, whatever it was scored."""
    end = agreement.exit.model_copy(update={"score": None}) if agreement.exit else None
    return agreement.clauses, end, agreement.incentives


SCORES = Offer[_Accords](PAGE, _scored, {
    "accord_standing": ("Your accords, weighted by the strategy", _Accords.standing),
}, {
    "figure:accord_scores": ("your accord elements, scored", lambda a: studio.scores(a.agreement)),
})  # fmt: skip

STRATEGY = Offer[_Accords](PAGE, _accords, exhibits={
    "figure:strategy_map": ("from your strategy to the accord elements", lambda a: studio.strategy_map(a.agreement)),
}, made_of=lambda agreement: agreement.strategy)  # fmt: skip

CONTRACTS = Offer[_Accords](PAGE, _accords, {
    "usual_clauses": ("Usual clauses of your type of contract that you have", _Accords.usual),
}, {
    "figure:contract_coverage": ("your agreement beside real contracts", lambda a: filed.coverage(a.agreement, a.kind)),
    "table:contract_pairs": ("clauses that call for another, and yours", lambda a: filed.pairs(a.agreement, a.kind)),
}, made_of=_clauses)  # fmt: skip

COHERENCE = Offer[_Accords](PAGE, _accords, {
    "contradictions": ("Contradictions found inside your agreement", lambda a: coherence(a.agreement).counted()),
}, made_of=lambda agreement: (agreement.kpis, _clauses(agreement)))  # fmt: skip


def _noted(agreement: Agreement) -> Agreement | None:
    return agreement if contracts.CHOICES in agreement.choices and studio.noted(agreement) else None


PROMPTS = Offer[Agreement](PAGE, _noted, exhibits={
    "table:accord_prompts": ("benefits and risks of the accords, with your notes", studio.prompts),
})  # fmt: skip


class _Studied(NamedTuple):
    study: Study
    value: Contribution
    survival: Contribution

    def share(self, accord: str) -> str:
        return _quarters(self.value.shares[accord].mean)


def _quarters(value: float) -> str:
    """Return a joint net present value as printed, in its unit: the joint margin of a quarter without trouble."""
    return f"{value:.2f} normal quarters"


def _studied(agreement: Agreement) -> _Studied | None:
    study = study_in(agreement)
    if study is None:
        return None
    runs = study.runs()
    return _Studied(study, contribution(study, "npv", runs), contribution(study, "survival", runs))


def _share(accord: str) -> tuple[str, functools.partial[str]]:
    return f"Joint margin that the {accord} accord adds in the simulation", functools.partial(
        _Studied.share, accord=accord
    )


CONTRIBUTION = Offer[_Studied](PAGE, _studied, {
    **{f"share_{accord}": _share(accord) for accord in ACCORDS},
    "accord_first": ("First in the simulation", lambda s: " and ".join(s.value.first)),
    "no_kpis": ("Joint margin lost without KPIs in the simulation", lambda s: _quarters(s.value.no_kpis.mean)),
    "survival_bare": ("Simulated survival without accords", lambda s: f"{s.survival.bare.mean:.0%}"),
    "survival_full": ("Simulated survival with all three", lambda s: f"{s.survival.full.mean:.0%}"),
}, {
    "figure:contribution": ("what each accord contributes", lambda s: figures.bars(s.value)),
    "table:contribution": ("contributions with and without KPIs", lambda s: figures.table(s.value)),
    "figure:environments": ("where each accord contributes most",
                            lambda s: sensitivity_figures.environments(environment_wins(s.study))),
}, simulated=True)  # fmt: skip

LABORATORY = Offer[Agreement](PAGE, lambda agreement: agreement, exhibits={
    "figure:experiment": ("laboratory alliances that nobody has left, by exit-cost clause",
                          lambda _: experiment.survival()),
    "table:exit_costs": ("what an exit-cost clause did in the laboratory", lambda _: experiment.exit_costs()),
}, own=False)  # fmt: skip

OFFERS = (SCORES, STRATEGY, CONTRACTS, COHERENCE, PROMPTS, CONTRIBUTION)
