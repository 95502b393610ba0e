"""Whether to go on: alignment of goals, the rhythm of reviews, and the review with its decision."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from alliance_analysis.agreement import Agreement
from alliance_analysis.drafting.examples import party_names
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.style import BLUE, GREY, INK, MARKERS, ORANGE, SKY
from alliance_analysis.review.decision import AGENDA, VERDICTS, Decision

TITLES = {name: says.partition(":")[0] for name, says in VERDICTS.items()}


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
