"""Whether to go on: alignment of goals, the rhythm of reviews, and the review with its decision."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from alliance_analysis.agreement import Agreement
from alliance_analysis.drafting.examples import party_names
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.style import BLUE, GREY, INK, MARKERS, ORANGE, SKY
from alliance_analysis.review.alignment import Alignment
from alliance_analysis.review.cadence import CADENCES, Cadence
from alliance_analysis.review.decision import AGENDA, VERDICTS, Decision
from alliance_analysis.review.quiz import Score, chance, gain, items

TITLES = {name: says.partition(":")[0] for name, says in VERDICTS.items()}


def alignment(found: Alignment, names: tuple[str, str], *, synthetic: bool) -> Exhibit:
    """Return both sides' weights of each goal; the hatched part is the weight they share."""
    goals = list(found.weights)[::-1]
    first, second = ([found.weights[goal][side] for goal in goals] for side in (0, 1))
    shared = np.minimum(first, second)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        places = np.arange(len(goals))
        for shift, values, colour, name in ((0.2, first, BLUE, names[0]), (-0.2, second, ORANGE, names[1])):
            axes.barh(places + shift, values, 0.36, color=colour, edgecolor=INK, linewidth=0.6, label=name)
            axes.barh(
                places + shift, shared, 0.36, color="none", edgecolor="white", linewidth=0, hatch="////"
            )
            for place, value in zip(places, values, strict=True):
                axes.text(value + 0.008, place + shift, f"{value:.0%}", va="center", fontsize=8)
        axes.set_yticks(places, goals)
        axes.set_xlim(0, max(*first, *second) * 1.15)
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_xlabel("Weight of the goal (each side’s weights sum to 100%)")
        axes.tick_params(axis="y", length=0)
        handles, _ = axes.get_legend_handles_labels()
        both = Patch(facecolor=GREY, edgecolor="white", hatch="////", label="shared")
        figure.legend(handles=[*handles, both], loc="outside upper left", ncols=3)

    tau = "not defined, as one side ranks no goal above another" if found.tau is None else f"{found.tau:+.2f}"
    tau = tau.replace("-", "−") if found.tau is not None else tau
    crossed = (
        f"{len(found.crossed)} pairs of goals stand in opposite order."
        if found.crossed
        else "No two goals stand in opposite order."
    )
    said = f"Overlap {found.overlap:.2f} of 1; Kendall’s tau {tau}. {crossed}"
    return Exhibit(
        "alignment",
        "How Far Both Sides Want the Same",
        f"{said} Weights of {names[0]} and {names[1]}: "
        + "; ".join(f"{goal} {a:.0%} and {b:.0%}" for goal, (a, b) in found.weights.items())
        + ".",
        draw,
        size=(6.5, 1.5 + 0.5 * len(goals)),
        sources=("kendall1945treatment",),
        note=f"{said} Widest apart: {safe(found.widest)}.",
        synthetic=synthetic,
    )


def cadence(found: Cadence, money: str, agreed: float | None = None) -> Exhibit:
    """Return the yearly cost of waiting issues, of reviews, and of both, over the months between reviews."""
    months = np.linspace(0.8, 12, 200)
    low, high = found.nearly_best()
    best = found.best()

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        total = np.array([found.cost(m) for m in months])
        axes.axvspan(max(low, 0.8), min(high, 12), color=SKY, alpha=0.25, label="at most 10% above the least")
        axes.plot(
            months, [found.waiting(m) for m in months], color=ORANGE, linestyle="--", label="issues that wait"
        )
        axes.plot(
            months, [found.reviewing(m) for m in months], color=GREY, linestyle=":", label="the reviews"
        )
        axes.plot(months, total, color=BLUE, label="both")
        if found.optimum <= 12:
            axes.plot(
                found.optimum,
                found.cost(found.optimum),
                "D",
                color=BLUE,
                markeredgecolor=INK,
                label="least cost",
            )
        if agreed and 0.8 <= agreed <= 12:
            axes.plot(
                agreed,
                found.cost(agreed),
                "s",
                color=ORANGE,
                markeredgecolor=INK,
                markersize=8,
                label="agreed",
            )
        axes.set_xlim(0.5, 12.3)
        axes.set_ylim(0, min(float(total.max()), 3 * found.cost(found.optimum)) * 1.05)
        axes.set_xticks(CADENCES)
        axes.set_xlabel("Months between reviews")
        axes.set_ylabel(f"Cost a year ({money})")
        axes.grid(axis="y")
        figure.legend(loc="outside upper left", ncols=3)

    now = f" Agreed: every {agreed:g} months, {found.cost(agreed):,.4g} a year." if agreed else ""
    said = (
        f"Least cost at {found.optimum:.1f} months ({found.cost(found.optimum):,.4g} a year); of the usual cadences "
        f"{best:g} months is cheapest ({found.cost(best):,.4g}). Between {low:.1f} and {high:.1f} months it costs at "
        f"most 10% more.{now}"
    )
    return Exhibit(
        "cadence",
        "How Often to Review",
        f"Cost a year in {money} over the months between reviews. {said}",
        draw,
        size=(6.5, 3.4),
        note=f"{said} Inputs: {found.issues:g} issues a year, {found.growth:g} a month for each that waits, "
        f"{found.review:g} for a review.",
        synthetic=True,
    )


def cadences(issues: Sequence[float], growths: Sequence[float], review: float) -> Exhibit:
    """Return the cheapest interval in months for other inputs: issues a year (rows) and their growth (columns)."""
    table = [[Cadence(i, g, review).optimum for g in growths] for i in issues]
    rows = [
        {
            "Issues a year": f"{i:g}",
            **{f"Growth {g:g} a month": f"{table[r][c]:.1f}" for c, g in enumerate(growths)},
        }
        for r, i in enumerate(issues)
    ]
    low, high = min(map(min, table)), max(map(max, table))
    return Exhibit(
        "cadences",
        "The Cheapest Interval for Other Inputs, in Months",
        f"Cheapest interval between {low:.1f} and {high:.1f} months, for {len(issues)} by {len(growths)} inputs.",
        table=pd.DataFrame(rows),
        widths=(25, *[75 / len(growths)] * len(growths)),
        note=f"A review costs {review:g}. The intervals run from {low:.1f} to {high:.1f} months: a quarter is one of them.",
        synthetic=True,
    )


def quadrant(found: Decision, agreement: Agreement, *, synthetic: bool) -> Exhibit:
    """Return implementation against realised benefit, partner by partner, with the bounds of growing and downgrading."""
    names = party_names(agreement)
    top = max(1.15, *(account.realisation + 0.1 for account in found.accounts))
    bottom = min(0.0, *(account.realisation - 0.1 for account in found.accounts))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axvspan(found.high, 1.15, ymin=(found.high - bottom) / (top - bottom), color=SKY, alpha=0.3)
        for bound, style in ((found.high, "--"), (found.low, ":")):
            axes.axvline(bound, color=INK, linewidth=1, linestyle=style)
            axes.axhline(bound, color=INK, linewidth=1, linestyle=style)
        for words, x, y in (
            ("gained without the plan", 0.02, top - 0.03), ("done and gained", 1.14, top - 0.03),
            ("neither done nor gained", 0.02, bottom + 0.03), ("done, not gained", 1.14, bottom + 0.03),
        ):  # fmt: skip
            axes.text(x, y, words, ha="left" if x < 0.5 else "right", va="top" if y > 0.5 else "bottom", fontsize=8.5,
                      color="#555555", style="italic")  # fmt: skip
        for account, marker, colour in zip(found.accounts, MARKERS, (BLUE, ORANGE, SKY, GREY), strict=False):
            axes.plot(found.implementation, account.realisation, marker, color=colour, markeredgecolor=INK, markersize=11,
                      label=names.get(account.outlook.party, account.outlook.party))  # fmt: skip
        axes.set_xlim(0, 1.15)
        axes.set_ylim(bottom, top)
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_xlabel(f"Implementation: {found.met} of {found.due} milestones met")
        axes.set_ylabel("Performance: actual over planned benefit")
        axes.plot([], [], color=INK, linestyle="--", linewidth=1, label=f"high, {found.high:.0%}")
        axes.plot([], [], color=INK, linestyle=":", linewidth=1, label=f"low, {found.low:.0%}")
        figure.legend(loc="outside lower center", ncols=2)

    told = "; ".join(
        f"{names.get(a.outlook.party, a.outlook.party)} realised {a.realisation:.0%} of its plan"
        for a in found.accounts
    )
    return Exhibit(
        "quadrant",
        "Implementation and Performance",
        f"{found.met} of {found.due} milestones met ({found.implementation:.0%}); {told}. {found.reading}",
        draw,
        size=(6.5, 4.2),
        sources=("reviewblognd0000",),
        note=f"{found.reading} The bounds are agreed, not given.",
        synthetic=synthetic,
    )


def decision(found: Decision, agreement: Agreement, *, synthetic: bool) -> Exhibit:
    """Return the verdict with each partner's own account and the reasons."""
    names, money = party_names(agreement), _money(agreement)
    rows = [
        {
            "Partner": safe(names.get(a.outlook.party, a.outlook.party)),
            "Benefit, actual of planned": f"{a.outlook.actual:,.4g} of {a.outlook.planned:,.4g} ({a.realisation:.0%})",
            "Own cost": f"{a.outlook.cost:,.4g}",
            "Own net benefit": f"{a.net:,.4g}",
            "Growing is worth": f"{a.outlook.expansion:,.4g}",
            "Going on": f"{a.outlook.continuation:,.4g}",
            "Leaving": f"{a.outlook.recovery:,.4g}",
        }
        for a in found.accounts
    ]
    because = "; ".join(_named(reason, names) for reason in found.reasons)
    return Exhibit(
        "decision",
        f"Review: {TITLES[found.verdict]}",
        f"{VERDICTS[found.verdict]}. Reasons: {because}.",
        table=pd.DataFrame(rows),
        widths=(25, 21, 10, 12, 12, 10, 10),
        sources=("rigsbeend0000", "reviewblognd0000"),
        note=f"<strong>{VERDICTS[found.verdict]}.</strong> Because {safe(because)}. Money in {money}; benefit and cost a "
        "year, the other three as present values.",
        synthetic=synthetic,
    )


def _named(reason: str, names: dict[str, str]) -> str:
    words = [names.get(word.rstrip(","), word) + ("," if word.endswith(",") and word.rstrip(",") in names else "")
             for word in reason.split(" ")]  # fmt: skip
    return " ".join(words)


def _money(agreement: Agreement) -> str:
    return f"{agreement.money.scale} {agreement.money.currency}".removeprefix("unit ")


def updates(agreement: Agreement, *, synthetic: bool) -> Exhibit:
    """Return the Relationship Value Update: what each side has said to the other."""
    names = party_names(agreement)
    said = agreement.review.updates if agreement.review else []
    rows = [
        {
            "Partner": safe(names.get(u.party, u.party)),
            "What has changed in our needs": safe(u.needs or "–"),
            "What you have not done lately": safe(u.not_lately or "–"),
            "What we really need from you": safe(u.really_need or "–"),
        }
        for u in said
    ]
    empty = dict.fromkeys(
        (
            "Partner",
            "What has changed in our needs",
            "What you have not done lately",
            "What we really need from you",
        ),
        "–",
    )
    return Exhibit(
        "value_update",
        "Relationship Value Update",
        f"{len(rows)} of {len(agreement.parties)} partners have answered the three questions.",
        table=pd.DataFrame(rows or [empty]),
        widths=(22, 26, 26, 26),
        sources=("rigsbeend0000",),
        synthetic=synthetic,
    )


def agenda(agreement: Agreement, *, synthetic: bool) -> Exhibit:
    """Return the four items of a review, each with what the agreement file brings to it."""
    record, clauses = agreement.review, agreement.clauses
    met = len(record.met) if record else 0
    brings = {
        "Changes": f"{sum(bool(u.needs) for u in record.updates) if record else 0} needs that have changed; "
        f"{len(clauses.contingencies)} contingencies agreed",
        "Value updates": f"{len(record.updates) if record else 0} value updates",
        "Business plan": f"{met} of {len(clauses.milestones)} milestones met; {len(agreement.kpis)} KPI cards",
        "Rewards for success": f"milestones that last: {len(record.lasting) if record else 0}; "
        f"lessons to replicate: {len(record.lessons) if record else 0}",
    }
    rows = [
        {"Item": f"<strong>{item}</strong>", "Question": asks, "On the table": brings[item]}
        for item, asks in AGENDA.items()
    ]
    return Exhibit(
        "agenda",
        "The Four Items of a Review",
        "; ".join(f"{item}: {brings[item]}" for item in AGENDA) + ".",
        table=pd.DataFrame(rows),
        widths=(20, 48, 32),
        sources=("reviewblognd0000",),
        synthetic=synthetic,
    )


def lessons(agreement: Agreement, *, synthetic: bool) -> Exhibit:
    """Return what to celebrate and what was learned, with the sites that have taken it over."""
    record, texts = agreement.review, {m.id: m.text for m in agreement.clauses.milestones}
    columns = ("Kind", "What", "What follows", "Who is thanked", "Sites")
    stays = ("A capability that stays", "both teams", "–")
    found = [("Celebrate", texts[name], *stays) for name in (record.lasting if record else [])]
    found += [
        ("Lesson", item.seen, item.change, item.thanked or "no one yet", ", ".join(item.sites) or "none yet")
        for item in (record.lessons if record else [])
    ]
    rows = [dict(zip(columns, map(safe, cells), strict=True)) for cells in found]
    return Exhibit(
        "lessons",
        "Learning Register: What to Celebrate, Change and Replicate",
        f"Milestones to celebrate: {sum(kind == 'Celebrate' for kind, *_ in found)}; lessons: "
        f"{sum(kind == 'Lesson' for kind, *_ in found)}.",
        table=pd.DataFrame(rows or [dict.fromkeys(columns, "–")]),
        widths=(12, 32, 24, 18, 14),
        sources=("vendorkpis2025guidelines",),
        synthetic=synthetic,
    )


def quiz_result(before: Score | None, after: Score | None) -> Exhibit:
    """Return the results of both tests; the reasons and the pages to read again only once the second was taken."""
    known = {item.id: item for item in items()}
    taken = {"before": before, "after": after}
    said = "; ".join(
        f"{when} {len(s.right)} of {s.total}" if s else f"{when} not taken" for when, s in taken.items()
    )
    grown = gain(before, after) if before and after else None
    gained = (
        f" Normalised gain {grown:+.0%} of what was left to learn.".replace("-", "−")
        if grown is not None
        else ""
    )
    missed = [known[name] for name in (*after.wrong, *after.open)] if after else []
    rows = [
        {"Read again": safe(item.taught), "Question": safe(item.question), "Answer": safe(item.options[item.right]),
         "Why": safe(item.why)}
        for item in missed
    ] or [
        {"Test": f"{when.capitalize()} the course", "Right answers": f"{len(s.right)} of {s.total}" if s else "not taken"}
        for when, s in taken.items()
    ]  # fmt: skip
    later = "" if after else " What was missed, and why, appears after the second test."
    return Exhibit(
        "test_result",
        "Before and After",
        f"Right answers: {said}.{gained}",
        table=pd.DataFrame(rows),
        widths=(16, 32, 26, 26) if missed else (),
        note=f"Right answers: {said}.{gained}{later} Guessing gets {chance(items()):.0%} on average. Scored here; "
        "the answers stand in your agreement file and go nowhere.",
    )
