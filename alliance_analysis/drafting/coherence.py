"""Contradictions inside one agreement: named rules with severity, reason and remedy, as in the KPI lint.

A rule that needs what the agreement does not say yet is open, not broken. Rules without a source are this
workbook's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from alliance_analysis.agreement import ELEMENTS, Agreement, KpiCard
from alliance_analysis.agreement.accords import Exit
from alliance_analysis.drafting.lint import Judgement, Lint
from alliance_analysis.drafting.rules import Context, Rule, Severity

WORKING_DAYS = 21
"""Working days in a month, on average."""

Check = Callable[[Agreement], str | None]


def _told(findings: Iterable[str]) -> str:
    return " ".join(findings)


def _term(agreement: Agreement) -> str:
    return "" if agreement.clauses.term_months else "How long the agreement runs is not said."


def _commitments(agreement: Agreement) -> str | None:
    term, plan = agreement.clauses.term_months, agreement.investment
    if term is None or plan is None or not plan.commitments:
        return None
    return _told(
        f"“{item.label}” binds capital for {item.horizon_months:g} months, the agreement runs for {term:g}."
        for item in plan.commitments
        if item.horizon_months > term
    )


def _vesting(agreement: Agreement) -> str | None:
    term, paid = agreement.clauses.term_months, agreement.incentives
    if term is None or paid is None or paid.gainshare is None:
        return None
    years = len(paid.gainshare.vesting)
    return (
        f"Rewards vest over {years} years, the agreement runs for {term:g} months."
        if 12 * years > term
        else ""
    )


def _horizon(agreement: Agreement) -> str | None:
    clauses, plan = agreement.clauses, agreement.strategy
    horizon = plan.horizon_months if plan else None
    if clauses.term_months is None or (horizon is None and clauses.rebid_months is None):
        return None
    found = []
    if horizon and horizon > clauses.term_months:
        found.append(
            f"The strategy looks {horizon:g} months ahead, the agreement runs for {clauses.term_months:g}."
        )
    if clauses.rebid_months and clauses.rebid_months < max(clauses.term_months, horizon or 0):
        found.append(
            f"The work is put out to tender again after {clauses.rebid_months:g} months, before the partnership has run."
        )
    return _told(found)


def _late(agreement: Agreement) -> str | None:
    term, clauses = agreement.clauses.term_months, agreement.clauses
    dated = [(item.text, item.month) for item in clauses.milestones if item.month]
    dated += [(item.text, item.ends_month) for item in clauses.pilots if item.ends_month]
    if term is None or not dated:
        return None
    return _told(f"“{text}” is due in month {month:g} of {term:g}." for text, month in dated if month > term)


def _notice(agreement: Agreement) -> str | None:
    term, leave = agreement.clauses.term_months, agreement.exit
    if term is None or leave is None or leave.notice_months is None:
        return None
    late = leave.notice_months >= term
    return f"Notice is {leave.notice_months:g} months, the agreement runs for {term:g}." if late else ""


def _transition(agreement: Agreement) -> str | None:
    if agreement.exit is None:
        return None
    return (
        ""
        if agreement.exit.transition
        else "Exit is agreed, and nothing says how work and data are handed over."
    )


def _exit(agreement: Agreement) -> str:
    return "" if agreement.exit else "Nothing says how either side may leave."


def _paid(agreement: Agreement) -> set[str]:
    """Return the ids of the KPI cards on which money depends."""
    ids = {card.id for card in agreement.kpis if card.at_risk}
    if agreement.incentives and agreement.incentives.gainshare:
        ids.add(agreement.incentives.gainshare.kpi)
    for item in agreement.investment.commitments if agreement.investment else ():
        ids |= {tranche.kpi for tranche in item.tranches if tranche.kpi}
    return ids


def _baseline(agreement: Agreement) -> str | None:
    paid = _paid(agreement)
    if not paid:
        return None
    cards = [card for card in agreement.kpis if card.id in paid and card.baseline is None]
    return _told(f"Money depends on “{card.name}”, which has no baseline." for card in cards)


def _at_risk(agreement: Agreement) -> str | None:
    shares = [card.at_risk for card in agreement.kpis if card.at_risk is not None]
    if not shares:
        return None
    total = math.fsum(shares)
    return f"The cards put {total:.0%} of the fee at risk." if total > 1 + 1e-9 else ""


def _cap(agreement: Agreement) -> str | None:
    shares = [card.at_risk for card in agreement.kpis if card.at_risk is not None]
    credits = agreement.incentives.service_credits if agreement.incentives else None
    if not shares or credits is None:
        return None
    total = math.fsum(shares)
    if total <= credits.at_risk + 1e-9:
        return ""
    return f"The cards put {total:.0%} of the fee at risk, the cap is {credits.at_risk:.0%}: the cap binds."


def _seated(agreement: Agreement) -> set[str]:
    """Return the roles that sit on a committee or act on the ladder."""
    ladder = agreement.clauses.escalation
    acting = {ladder.level_1, ladder.level_2, ladder.steering_committee} if ladder else set()
    return {role for body in agreement.clauses.committees for role in body.seats} | {r for r in acting if r}


def _kpi_governed(agreement: Agreement) -> str | None:
    if not agreement.kpis:
        return None
    seated = _seated(agreement)

    def orphan(card: KpiCard) -> bool:
        return not card.owners or (bool(seated) and seated.isdisjoint(card.owners.values()))

    return _told(
        f"No owner of “{card.name}” sits where it could be decided."
        if card.owners
        else f"“{card.name}” has no owner."
        for card in agreement.kpis
        if orphan(card)
    )


def _accountable(agreement: Agreement) -> str | None:
    if not agreement.clauses.processes:
        return None
    found = []
    for item in agreement.clauses.processes:
        count = list(item.duties.values()).count("accountable")
        if count != 1:
            found.append(f"“{item.text}” has {count or 'no'} accountable role{'s' if count > 1 else ''}.")
    return _told(found)


def _sides(agreement: Agreement) -> str | None:
    sides = [party.id for party in agreement.parties[:2]]
    if not agreement.clauses.committees or len(sides) < 2:
        return None
    of = {role.id: role.party for role in agreement.roles}
    names = {party.id: party.name for party in agreement.parties}
    return _told(
        f"“{body.text}” has no seat for {names[side]}."
        for body in agreement.clauses.committees
        for side in sides
        if side not in {of[role] for role in body.seats}
    )


def _agenda(agreement: Agreement) -> str | None:
    bodies = agreement.clauses.committees
    if not bodies:
        return None
    return _told(
        f"“{body.text}” has {len(body.agenda)} agenda items." for body in bodies if len(body.agenda) != 3
    )


def _decides(agreement: Agreement) -> str | None:
    if not agreement.roles:
        return None
    held = {right for role in agreement.roles for right in role.decides}
    open_rights = [right for right in ("scope", "budget", "timeline") if right not in held]
    return f"No role decides on {', '.join(open_rights)}." if open_rights else ""


def _clock(agreement: Agreement) -> str | None:
    ladder = agreement.clauses.escalation
    if ladder is None:
        return None
    return "" if ladder.clocks else "The ladder has no clocks."


def _top(agreement: Agreement) -> str | None:
    ladder = agreement.clauses.escalation
    if ladder is None:
        return None
    return "" if ladder.arbitration else "Nothing says who decides when the steering committee cannot."


def _in_time(agreement: Agreement) -> str | None:
    ladder, rhythms = (
        agreement.clauses.escalation,
        [b.every_months for b in agreement.clauses.committees if b.every_months],
    )
    if ladder is None or ladder.clocks is None or not rhythms:
        return None
    days, months = ladder.clocks.steering_committee, min(rhythms)
    if days >= WORKING_DAYS * months:
        return ""
    return f"The steering committee has {days} working days for a dispute and meets every {months:g} months."


def _cadence(agreement: Agreement) -> str | None:
    agreed = agreement.choices.get("kpi_negotiation", {}).get("agreed")
    months = agreed.get("review_months") if isinstance(agreed, dict) else None
    rhythms = [b.every_months for b in agreement.clauses.committees if b.every_months]
    if not isinstance(months, int) or not rhythms:
        return None
    if min(rhythms) <= months:
        return ""
    return f"A KPI is to be reviewed every {months} months, and the committee meets every {min(rhythms):g}."


def _restated(agreement: Agreement) -> str | None:
    audit = agreement.clauses.audit
    if audit is None:
        return None
    return "" if audit.restatement else "Figures are audited, and nothing follows from an error."


def _rebasing(agreement: Agreement) -> str | None:
    rebasing = agreement.clauses.rebasing
    if rebasing is None:
        return None
    return "" if rebasing.rule else "Targets may be set anew, and no rule says how."


def _events(agreement: Agreement) -> str | None:
    if not agreement.clauses.contingencies:
        return None
    covered = {item.event for item in agreement.clauses.contingencies}
    lacking = [event for event in ("disruption", "price", "technology") if event not in covered]
    return f"Nothing is agreed for: {', '.join(lacking)}." if lacking else ""


def _whole_risks(agreement: Agreement) -> str | None:
    if not agreement.clauses.risks:
        return None
    found = [
        f"“{item.text}”: the shares of {name} add up to {math.fsum(shares.values()):.0%}."
        for item in agreement.clauses.risks
        for name, shares in (("exposure", item.exposure), ("control", item.control), ("the loss", item.bears))
        if shares and not math.isclose(math.fsum(shares.values()), 1, abs_tol=1e-9)
    ]
    return _told(found)


def _powerless(agreement: Agreement) -> str | None:
    risks = [item for item in agreement.clauses.risks if item.control and item.bears]
    if not risks:
        return None
    names = {party.id: party.name for party in agreement.parties}
    return _told(
        f"“{item.text}”: {names[party]} bears {share:.0%} of it and controls {item.control.get(party, 0):.0%}."
        for item in risks
        for party, share in item.bears.items()
        if share > 0.5 and item.control.get(party, 0) < 0.25
    )


def _pilots(agreement: Agreement) -> str | None:
    if not agreement.clauses.pilots:
        return None
    return _told(
        f"“{item.text}” has no stop rule." for item in agreement.clauses.pilots if not item.stop_rule
    )


def _turning(agreement: Agreement) -> str | None:
    if not agreement.clauses.milestones:
        return None
    kinds = {item.kind for item in agreement.clauses.milestones}
    return "" if "turning_point" in kinds else "No milestone is a turning point."


def _objectives(agreement: Agreement) -> str | None:
    if agreement.strategy is None or not agreement.strategy.objectives:
        return None
    return _told(
        f"“{item.text}” has no {'KPI' if not item.kpis else 'accord element'}."
        for item in agreement.strategy.objectives
        if not item.kpis or not item.elements
    )


def _scored(agreement: Agreement) -> str | None:
    parts = {key: agreement.part(key) for key in ELEMENTS}
    scored = {key: part for key, part in parts.items() if part and part.score is not None}
    if not scored:
        return None
    return _told(
        f"{ELEMENTS[key].title} is scored {part.score} and has no owner."
        for key, part in scored.items()
        if (part.score or 0) >= 3 and part.owner is None
    )


def _empty_score(agreement: Agreement) -> str | None:
    leave = agreement.exit
    if not isinstance(leave, Exit) or leave.score is None:
        return None
    bare = leave.score >= 2 and not leave.triggers
    return f"Exit is scored {leave.score} and names no trigger." if bare else ""


def _rule(id: str, severity: Severity, title: str, check: Check, why: str, remedy: str,
          *sources: str) -> Rule[Agreement]:  # fmt: skip
    return Rule(id, title, severity, why, remedy, lambda agreement, _: check(agreement), sources)


RULES: tuple[Rule[Agreement], ...] = (
    _rule("term", "warning", "The agreement has a term", _term,
          "Whether a commitment, a notice or a reward fits in time cannot be judged without it.",
          "Write how many months it runs."),
    _rule("commitment", "error", "No capital commitment outlives the term", _commitments,
          "Whoever invests for longer than the contract lasts can be held up at its end.",
          "Extend the term, shorten the commitment, or agree what is paid for the rest at the end.",
          "klein1978vertical"),
    _rule("vesting", "warning", "Rewards vest within the term", _vesting,
          "A reward that falls due after the end will be disputed.", "Say what becomes of it at the end."),
    _rule("horizon", "warning", "Horizon, term and re-bid fit together", _horizon,
          "A partner whom the next tender may replace does not invest for the long run.",
          "Bring the three together, or say plainly that it is a short contract.", "baker2002relational"),
    _rule("late", "warning", "Milestones and pilots end within the term", _late,
          "What is due after the end binds no one.", "Move the date or extend the term."),
    _rule("exit", "error", "There is a way out", _exit,
          "Parting without a text has taken years, and cost more than the alliance.",
          "Agree triggers, notice, price and transition while everyone is friendly."),
    _rule("transition", "error", "Exit has a transition", _transition,
          "The work stops on the day of the exit, so neither side can really leave.",
          "Say who serves whom for how long, and when data and people move."),
    _rule("notice", "error", "Notice is shorter than the term", _notice,
          "The right to leave could never be used.", "Shorten the notice."),
    _rule("triggers", "warning", "An exit that is scored names its triggers", _empty_score,
          "A score without a text misleads whoever reads it next.", "Write the triggers, or lower the score."),
    _rule("owner", "error", "Each KPI has an owner in governance", _kpi_governed,
          "A shortfall that no one at the table owns stays open.",
          "Name an owner on each side, and give one of them a seat or a rung of the ladder.",
          "block2006building"),
    _rule("baseline", "error", "No money without a baseline", _baseline,
          "Without a baseline no one can tell a gain from luck.",
          "Measure a prior period first, or take the money off this KPI."),
    _rule("at_risk", "error", "At most 100 % of the fee is at risk", _at_risk,
          "More than the fee cannot be lost through credits.", "Lower the shares of the cards."),
    _rule("cap", "note", "The cards fit under the cap", _cap,
          "Above the cap a further miss costs nothing.", "Keep it if that is meant; otherwise lower the shares."),
    _rule("accountable", "error", "Each process has one accountable role", _accountable,
          "With two, each waits for the other; with none, no one answers.",
          "Leave one role accountable, and make others responsible or consulted."),
    _rule("sides", "error", "Each committee has a seat for both sides", _sides,
          "A body of one side gives orders; it does not settle anything.", "Add a seat."),
    _rule("decides", "warning", "Scope, budget and timeline have a decider", _decides,
          "A change that no one may approve is made anyway, or not at all.", "Give the right to a role."),
    _rule("agenda", "note", "A committee has an agenda of three items", _agenda,
          "Results, risks and investment are what a quarterly meeting is for.",
          "Keep results, risks and investment; send the rest by mail."),
    _rule("clock", "error", "The escalation ladder has clocks", _clock,
          "Without a clock a dispute waits for the side that gains by waiting.", "Give each level working days."),
    _rule("top", "warning", "The ladder has an end", _top,
          "A committee with equal seats can be of two minds for ever.", "Name an expert or a court."),
    _rule("in_time", "note", "The committee can meet within its clock", _in_time,
          "The clock runs out before the next meeting.", "Say that it meets in between when a dispute reaches it."),
    _rule("cadence", "warning", "The committee meets as often as KPIs are reviewed", _cadence,
          "A review that no meeting takes up is a report.", "Meet more often, or review less often."),
    _rule("restated", "warning", "An audit has a consequence", _restated,
          "An error that changes nothing need not be found.", "Say from which error rate a period is restated."),
    _rule("rebasing", "error", "Re-basing has a rule", _rebasing,
          "Targets that may move by no rule are negotiated anew each time, by the stronger side.",
          "Write the rule and who approves it."),
    _rule("events", "warning", "Disruption, price and technology are covered", _events,
          "These three come, and come unequally to both sides.", "Add a trigger and a response for each."),
    _rule("whole_risks", "error", "Shares of a risk add up to 100 %", _whole_risks,
          "A part that no one bears will be fought over.", "Complete the shares."),
    _rule("powerless", "note", "Who bears a risk can do something about it", _powerless,
          "A loss is borne, and not prevented, where the side that pays cannot act.",
          "Move a part of the loss to the side that controls it, or pay for bearing it."),
    _rule("pilots", "warning", "Each pilot has a stop rule", _pilots,
          "A trial that cannot fail teaches nothing.", "Say what result ends it."),
    _rule("turning", "note", "There is a turning point", _turning,
          "An alliance that is never decided anew goes on from habit.",
          "Name a date on which both sides decide to grow, keep, shrink or end it."),
    _rule("objectives", "warning", "Each objective has a KPI and an element", _objectives,
          "An objective that nothing shows or carries is a wish.", "Link a card and an element, or drop it.",
          "kaplan2010managing"),
    _rule("scored", "warning", "What is scored 3 or more has an owner", _scored,
          "A score of 3 means owned and dated.", "Name the role that owns it, or lower the score."),
)  # fmt: skip
"""Everything an agreement is held against, in the order in which it is read."""


def coherence(agreement: Agreement) -> Lint:
    """Return every rule for the agreement as a whole held against it.

    >>> from alliance_analysis.agreement import example_path, read_agreement
    >>> coherence(read_agreement(example_path()).agreement).counted()
    'no errors, no warnings, 1 note'
    """
    found = tuple(Judgement(rule, None, rule.check(agreement, Context())) for rule in RULES)
    return Lint(tuple(agreement.kpis), found)
