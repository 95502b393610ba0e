"""What a student may put into the essay as evidence: numbers, figures and tables of the own run, and case exhibits."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from alliance_analysis.agreement import Agreement, AgreementFile, Thresholds
from alliance_analysis.cases import case_names, load_case
from alliance_analysis.drafting import contracts, examples, promise, track_record, worth
from alliance_analysis.drafting.anchors import standing
from alliance_analysis.drafting.coherence import coherence
from alliance_analysis.drafting.fields import printed
from alliance_analysis.figures import (
    Exhibit,
    accord_studio,
    accords,
    experiment,
    incentives,
    kpi,
    negotiation,
    stakeholders,
)
from alliance_analysis.figures import contribution as show_contribution
from alliance_analysis.figures import essay as figures
from alliance_analysis.figures import exit as exits
from alliance_analysis.figures import pitfalls as tag_figures
from alliance_analysis.figures import review as review_figures
from alliance_analysis.negotiation import barriers_met, debrief, sitting
from alliance_analysis.negotiation.offers import recorded
from alliance_analysis.negotiation.stakeholders import agreement_set
from alliance_analysis.review import alignment, cadence, decision, pitfalls
from alliance_analysis.simulation.contribution import contribution, study_in
from alliance_analysis.simulation.sensitivity import environment_wins


@dataclass(frozen=True)
class Evidence:
    """One piece of evidence: its token (`number:target`), what it is, and the number as printed or the exhibit.

    `own` is true for what comes from the student's agreement file, false for a case; `simulated` for what a model or
    a computer's counterpart made of it: that illustrates and does not prove.
    """

    token: str
    says: str
    text: str = ""
    draw: Callable[[], Exhibit] | None = None
    own: bool = True
    simulated: bool = False

    def exhibit(self) -> Exhibit:
        """Return the exhibit under the name by which the essay refers to it; it is made once."""
        return self._made

    @functools.cached_property
    def _made(self) -> Exhibit:
        if self.draw is None:
            raise ValueError(f"'{self.token}' is a number")
        return dataclasses.replace(self.draw(), label=self.token.partition(":")[2])


def evidence(opened: AgreementFile) -> dict[str, Evidence]:
    """Return all evidence that an agreement file offers, by token; what was not kept yet is not offered.

    >>> from alliance_analysis.agreement import example_path, read_agreement
    >>> evidence(read_agreement(example_path()))["number:target"].text
    '90%'
    """
    agreement = opened.agreement
    kept = (_card, _record, _accords, _goals_and_pitfalls, _review)
    runs = (_negotiation, _stakeholders, _contribution, _incentives, _exit)
    found = [item for part in kept for item in part(agreement)]
    found += [dataclasses.replace(item, simulated=item.own) for run in runs for item in run(agreement)]
    found += _cases()
    return {item.token: item for item in found}


def _card(agreement: Agreement) -> Iterator[Evidence]:
    if not agreement.kpis:
        return
    card = examples.kept_card(agreement)
    base, marks, money = (
        card.baseline,
        card.thresholds or Thresholds(),
        promise.money_at_risk(card, agreement),
    )
    unit = f"{agreement.money.scale} {agreement.money.currency}".removeprefix("unit ")
    for name, what, text in (
        ("baseline", "Baseline", printed(base.value if base else None, card.unit, 1)),
        ("observations", "Observations behind the baseline", _count(base.observations if base else None)),
        ("target", "Target", printed(card.target, card.unit)),
        ("watch", "Watch threshold", printed(marks.watch, card.unit)),
        ("breach", "Breach threshold", printed(marks.breach, card.unit)),
        ("at_risk", "At-risk amount, share of the fee", printed(card.at_risk, "fraction")),
        ("at_risk_money", "At-risk amount, money for one period", f"{money[0]:,.4g} {unit}" if money else ""),
    ):
        if text:
            yield Evidence(f"number:{name}", f"{what}: {text}", text)
    yield Evidence(
        "table:card_brief", f"Table: {card.name}, in short", draw=lambda: figures.brief(card, agreement)
    )
    yield Evidence(
        "table:card", f"Table: {card.name}, the whole card", draw=lambda: kpi.card(card, agreement)
    )


def _count(number: int | None) -> str:
    return f"{number:,}" if number else ""


def _spelled(number: int) -> str:
    """Return a number as APA writes it in a sentence: below ten in words."""
    small = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    return small[number] if number < len(small) else str(number)


def _record(agreement: Agreement) -> Iterator[Evidence]:
    if examples.CHOICES not in agreement.choices or not track_record.stands_in(agreement):
        return
    card = examples.kept_card(agreement)
    vendor, start, end = track_record.chosen(agreement)
    target = track_record.rate_target(card)
    rates = track_record.deliveries(vendor)["rate"]
    if target is not None and card.direction is not None:
        met = f"{sum(map(card.met, rates))} of {len(rates)}"
        yield Evidence("number:quarters_met", f"Quarters in which the vendor met the target: {met}", met)
    yield Evidence(
        "figure:series",
        "Figure: the vendor's deliveries, baseline and target",
        draw=lambda: kpi.vendor_series(vendor, start, end, target),
    )


def _negotiation(agreement: Agreement) -> Iterator[Evidence]:
    run = recorded(agreement)
    if not run.kept or not run.ended:
        return
    for issue, option in zip(run.setup.issues, run.agreed or (), strict=bool(run.agreed)):
        text, name = run.setup.printed(issue.id, option), issue.id.removesuffix("_months")
        yield Evidence(f"number:agreed_{name}", f"Agreed {issue.label.lower()}: {text}", text)
    found = debrief(run)
    reached, offers = found.reached, len(run.offers("you"))
    card = next((card for card in agreement.kpis if card.id == run.setup.card), None)
    met = barriers_met(found, card)
    for name, what, text in (
        ("rounds", "Rounds in which you made an offer", _spelled(offers)),
        ("utility_own", "Your utility of the outcome", f"{reached[0]:.2f}"),
        ("utility_other", "The counterpart's utility of the outcome", f"{reached[1]:.2f}"),
        ("reserved_own", "Your reserved value", f"{run.setup.parties[0].reserved:.2f}"),
        ("reserved_other", "The counterpart's reserved value", f"{run.setup.parties[1].reserved:.2f}"),
        ("barriers_met", "Barriers that your negotiation met", _spelled(len(met))),
        ("questions", "Terms about which you asked", _spelled(len(run.asked))),
    ):
        yield Evidence(f"number:{name}", f"{what}: {text}", text)
    yield Evidence(
        "figure:debrief", "Figure: both sides of your negotiation", draw=lambda: negotiation.debrief(run)
    )
    yield Evidence(
        "table:terms", "Table: the outcome and its worth to both sides", draw=lambda: negotiation.terms(run)
    )
    yield Evidence(
        "table:transcript", "Table: transcript of your negotiation", draw=lambda: negotiation.transcript(run)
    )
    yield Evidence(
        "table:barriers",
        "Table: barriers met, and the remedies",
        draw=lambda: negotiation.barriers(run, card),
    )


def _accords(agreement: Agreement) -> Iterator[Evidence]:
    if contracts.CHOICES not in agreement.choices:
        return
    kind, plan = contracts.chosen_type(agreement), agreement.strategy
    found = contracts.compare(agreement, kind)
    kept = sum(clause.own for clause in found if clause.usual)
    for name, what, text in (
        ("accord_standing", "Your accords, weighted by the strategy",
         f"{standing(agreement.scores(), plan.aim if plan else None).total:.0%}"),
        ("usual_clauses", f"Usual clauses of the type {kind} that you have",
         f"{kept} of {sum(clause.usual for clause in found)}"),
        ("contradictions", "Contradictions found inside your agreement", coherence(agreement).counted()),
    ):  # fmt: skip
        yield Evidence(f"number:{name}", f"{what}: {text}", text)
    yield Evidence("figure:accord_scores", "Figure: your accord elements, scored",
                   draw=lambda: accord_studio.scores(agreement))  # fmt: skip
    yield Evidence("figure:strategy_map", "Figure: from your strategy to the accord elements",
                   draw=lambda: accord_studio.strategy_map(agreement))  # fmt: skip
    yield Evidence("figure:contract_coverage", f"Figure: your agreement beside real contracts ({kind})",
                   draw=lambda: accord_studio.coverage(agreement, kind))  # fmt: skip
    if accord_studio.noted(agreement):
        yield Evidence("table:accord_prompts", "Table: benefits and risks of the accords, with your notes",
                       draw=lambda: accord_studio.prompts(agreement))  # fmt: skip
    yield Evidence("table:contract_pairs", "Table: clauses that call for another, and yours",
                   draw=lambda: accord_studio.pairs(agreement, kind))  # fmt: skip


def _stakeholders(agreement: Agreement) -> Iterator[Evidence]:
    choice, kept = sitting.chosen(agreement)
    if not kept:
        return
    before, after = agreement_set(choice.before), agreement_set(choice.after)
    most = max(before.blocking, key=lambda name: before.blocking[name])
    for name, what, text in (
        ("signable_before", "Packages that everyone could sign before remedies", f"{before.size:,}"),
        ("signable_after", "Packages that everyone could sign with your remedies", f"{after.size:,}"),
        ("in_zone", "Packages that both sides preferred to their alternatives", f"{before.zone:,}"),
        ("blocks_most", "Who blocked most before remedies", before.organisation.of(most).name),
        ("blocking_index", "Its blocking index", f"{before.blocking[most]:.0%}"),
    ):
        yield Evidence(f"number:{name}", f"{what}: {text}", text)
    for kind, name, says, draw in (
        ("table", "sitting", "who sat at your table, and who could sign", stakeholders.sitting),
        ("figure", "blocking", "who blocks, before and after your remedies", stakeholders.blockers),
        ("figure", "agreement_sizes", "what each remedy brings", stakeholders.sizes),
        ("table", "remedy_assumptions", "nine remedies and their assumptions", stakeholders.assumptions),
    ):
        yield Evidence(f"{kind}:{name}", f"{kind.capitalize()}: {says}", draw=functools.partial(draw, choice))


def _contribution(agreement: Agreement) -> Iterator[Evidence]:
    """Yield the simulated contributions once a study is kept, and the laboratory evidence on exit costs."""
    if study := study_in(agreement):
        runs = study.runs()
        found, lives = contribution(study, "npv", runs), contribution(study, "survival", runs)
        for accord, share in found.shares.items():
            text = f"{share.mean:.2f}"
            yield Evidence(f"number:share_{accord}", f"Simulated share of the {accord} accord: {text}", text)
        for name, what, text in (
            ("accord_first", "First in the simulation", " and ".join(found.first)),
            ("no_kpis", "Simulated loss without KPIs, normal quarters", f"{found.no_kpis.mean:.2f}"),
            ("survival_bare", "Simulated survival without accords", f"{lives.bare.mean:.0%}"),
            ("survival_full", "Simulated survival with all three", f"{lives.full.mean:.0%}"),
        ):
            yield Evidence(f"number:{name}", f"{what}: {text}", text)
        yield Evidence("figure:contribution", "Figure: what each accord contributes (synthetic)",
                       draw=lambda: show_contribution.bars(found))  # fmt: skip
        yield Evidence("table:contribution", "Table: contributions with and without KPIs (synthetic)",
                       draw=lambda: show_contribution.table(found))  # fmt: skip
        yield Evidence("figure:environments", "Figure: where each accord contributes most (synthetic)",
                       draw=lambda: show_contribution.environments(environment_wins(study)))  # fmt: skip
    yield Evidence("figure:experiment", "Figure: laboratory alliances that nobody has left, by exit-cost clause",
                   draw=experiment.survival, own=False)  # fmt: skip
    yield Evidence("table:exit_costs", "Table: what an exit-cost clause did in the laboratory",
                   draw=experiment.exit_costs, own=False)  # fmt: skip


def _incentives(agreement: Agreement) -> Iterator[Evidence]:
    if worth.PAYMENTS not in agreement.choices:
        return
    found = worth.paid(agreement, worth.payment_trial(agreement))
    unit = incentives.unit(found.money)
    earned, saved = sum(q.amount for q in found.quarters), sum(found.savings)
    for name, what, value in (
        (
            "service_credit",
            "Service credit of the month tried out",
            found.credit.amount if found.credit else None,
        ),
        ("gainshare_saved", "Saved in the eight quarters tried out", saved),
        ("gainshare_earned", "Gainshare earned on it", earned),
        ("gainshare_paid", "Gainshare paid after vesting", float(found.by_year.sum())),
    ):
        if value is not None:
            text = f"{value:,.4g} {unit}"
            yield Evidence(f"number:{name}", f"{what}: {text}", text)
    yield Evidence(
        "figure:gainshare",
        "Figure: saved, counted and paid (synthetic)",
        draw=lambda: incentives.gainshare(found),
    )
    yield Evidence(
        "table:service_credit",
        "Table: the service credit line by line (synthetic)",
        draw=lambda: incentives.service_credit(found),
    )


def _exit(agreement: Agreement) -> Iterator[Evidence]:
    if worth.EXIT not in agreement.choices:
        return
    trial = worth.exit_trial(agreement)
    found = exits.rights(**trial.model_dump())
    for name, what, value in zip(
        ("exit_right", "buy_out_right"),
        ("Worth of the right to leave", "Worth of the right to buy out"),
        found.today,
        strict=True,
    ):
        text = f"{value:.1f}% of the value"
        yield Evidence(f"number:{name}", f"{what} (all inputs assumed): {text}", text)
    yield Evidence(
        "figure:exit_curve",
        "Figure: the worth of leaving and of buying out (synthetic)",
        draw=lambda: exits.exit_curve(found, worth.assumed(trial)),
    )


def _goals_and_pitfalls(agreement: Agreement) -> Iterator[Evidence]:
    if alignment.NAME in agreement.choices and len(agreement.parties) > 1:
        found = alignment.goals_in(agreement).alignment()
        names = tuple(party.name for party in agreement.parties)[:2]
        yield Evidence(
            "number:overlap", f"Overlap of both sides' goals: {found.overlap:.2f}", f"{found.overlap:.2f}"
        )
        yield Evidence(
            "figure:alignment",
            "Figure: how far both sides want the same",
            draw=lambda: review_figures.alignment(found, (names[0], names[1]), synthetic=False),
        )
    tags = pitfalls.tagged(agreement.choices.get(pitfalls.NAME, {}))  # type: ignore[arg-type]
    if tags:
        yield Evidence(
            "number:tags_shared", f"Incidents read as shipped: {tags.shared:.0%}", f"{tags.shared:.0%}"
        )
        if tags.kappa:
            yield Evidence(
                "number:kappa", f"Agreement beyond chance: {tags.kappa.value:.2f}", f"{tags.kappa.value:.2f}"
            )
        yield Evidence(
            "figure:tags",
            "Figure: your reading of pitfalls beside the shipped one",
            draw=lambda: tag_figures.tags(tags),
        )


def _review(agreement: Agreement) -> Iterator[Evidence]:
    """Yield the review and its rhythm, once the review panel has kept them."""
    if cadence.NAME not in agreement.choices:
        return
    rhythm, clause = cadence.cadence_in(agreement), agreement.clauses.review
    money = f"{agreement.money.scale} {agreement.money.currency}".removeprefix("unit ")
    text = f"{rhythm.optimum:.1f} months"
    yield Evidence("number:cheapest_cadence", f"Cheapest interval between reviews: {text}", text)
    yield Evidence(
        "figure:cadence",
        "Figure: how often to review",
        draw=lambda: review_figures.cadence(rhythm, money, clause.every_months if clause else None),
    )
    due = agreement.review and decision.milestones_due(
        agreement.clauses.milestones, agreement.review.met, agreement.review.month
    )
    if due and due[1] and agreement.review and len(agreement.review.outlook) > 1:
        found = decision.decided(agreement)
        for name, what, share in (
            ("implementation", "Milestones met of those due", found.implementation),
            ("realisation", "Smallest share of planned benefit realised", found.realisation),
        ):
            yield Evidence(f"number:{name}", f"{what}: {share:.0%}", f"{share:.0%}")
        yield Evidence(
            "figure:quadrant",
            "Figure: implementation and performance",
            draw=lambda: review_figures.quadrant(found, agreement, synthetic=False),
        )
        yield Evidence(
            "table:decision",
            f"Table: the review ({found.verdict}) with each partner's own account",
            draw=lambda: review_figures.decision(found, agreement, synthetic=False),
        )


def _cases() -> Iterator[Evidence]:
    for name in case_names():
        yield Evidence(
            f"figure:accords_{name}",
            f"Figure: accords in the case {_title(name)}",
            draw=functools.partial(_grid, name),
            own=False,
        )


@functools.cache
def _title(name: str) -> str:
    return load_case(name).file.short


def _grid(name: str) -> Exhibit:
    return accords.accord_grid(load_case(name))
