"""The accord studio: scores by strategy, the strategy map, contradictions, and an agreement beside real contracts."""

from __future__ import annotations

import textwrap
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from alliance_analysis.agreement import ACCORDS, ELEMENTS, Agreement
from alliance_analysis.agreement.accords import AccordName
from alliance_analysis.agreement.clauses import CLAUSES
from alliance_analysis.drafting import contracts
from alliance_analysis.drafting.anchors import LEAN, LEVELS, anchors, standing
from alliance_analysis.drafting.coherence import coherence
from alliance_analysis.figures.contracts import NAMES
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.lint import row
from alliance_analysis.figures.style import BLUE, GREEN, GREY, INK, ORANGE

LOOKS: dict[AccordName, tuple[str, str]] = {
    "foundation": (BLUE, ""),
    "governance": (ORANGE, "///"),
    "change": (GREEN, "..."),
}
"""Colour and hatch of each accord; the hatch carries it in grey."""

SURVEYS = (
    "The direction (foundation for operational aims, change for strategic ones) comes from surveys of executives in IT "
    "outsourcing, and alliances are another matter; the size of the weights is invented."
)


def scores(agreement: Agreement, lean: float = LEAN) -> Exhibit:
    """Return the score of every element, by accord, with the weight that the strategy's aim gives each accord."""
    aim = agreement.strategy.aim if agreement.strategy else None
    found, given = standing(agreement.scores(), aim, lean), agreement.scores()

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for place, (key, info) in enumerate(ELEMENTS.items()):
            colour, hatch = LOOKS[info.accord]
            score = given[key]
            axes.barh(place, score or 0, color=colour, hatch=hatch, edgecolor="white", height=0.7)
            axes.text((score or 0) + 0.06, place, "not scored" if score is None else f"{score} {LEVELS[score]}",
                      va="center", fontsize=8)  # fmt: skip
        axes.set_yticks(range(len(ELEMENTS)), [info.title for info in ELEMENTS.values()])
        axes.invert_yaxis()
        axes.set_xlim(0, 5)
        axes.set_xticks(range(5))
        axes.set_xlabel("Score, 0 to 4")
        axes.grid(axis="x")
        figure.legend(
            handles=[
                Patch(facecolor=LOOKS[name][0], hatch=LOOKS[name][1], edgecolor="white",
                      label=f"{name.capitalize()}: weight {found.weights[name]:.0%}, mean {found.means[name] * 4:.1f}")
                for name in ACCORDS
            ],
            loc="outside lower center", ncols=3, columnspacing=0.8, handlelength=1.2, fontsize=7.5,
        )  # fmt: skip

    told = ", ".join(f"{info.title} {given[key] if given[key] is not None else 'not scored'}"
                     for key, info in ELEMENTS.items())  # fmt: skip
    aimed = f"an {aim} aim" if aim == "operational" else "a strategic aim" if aim else "no stated aim"
    return Exhibit(
        "accord_scores",
        "How Far Each Accord Element Goes",
        f"Scores from 0 to 4: {told}. For {aimed} the weighted whole is {found.total:.0%}.",
        draw,
        size=(6.5, 4.0),
        sources=("huang2009rescuing", "goo2009role"),
        note=f"For {aimed} the weighted whole is {found.total:.0%}. Scores are the student's own judgement by worded "
        f"anchors. {SURVEYS} {NAMES}",
        synthetic=agreement.label is not None,
    )


def strategy_map(agreement: Agreement) -> Exhibit:
    """Return the map from the alliance's strategy over objectives and KPI cards to the accord elements that carry them."""
    plan = agreement.strategy
    goals = plan.objectives if plan else []
    cards = {card.id: card.name for card in agreement.kpis}
    shown = [key for key in ELEMENTS if any(key in goal.elements for goal in goals)]
    kpis = [key for key in cards if any(key in goal.kpis for goal in goals)]
    columns = [
        [("", plan.text if plan else "No strategy is written down yet")],
        [(goal.id, goal.text) for goal in goals],
        [(key, cards[key]) for key in kpis],
        [(key, ELEMENTS[key].title) for key in shown],
    ]
    rows = max(len(column) for column in columns)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        places: list[dict[str, float]] = []
        for x, (head, column, width) in enumerate(
            zip(
                ("Strategy", "Objectives", "KPI cards", "Accord elements"),
                columns,
                (17, 21, 17, 21),
                strict=True,
            )
        ):
            axes.text(x, 0, head, ha="center", va="bottom", fontweight="bold", fontsize=9)
            step = rows / max(len(column), 1)
            places.append({key: (at + 0.5) * step for at, (key, _) in enumerate(column)})
            for at, (key, text) in enumerate(column):
                colour = LOOKS[ELEMENTS[key].accord][0] if x == 3 else INK
                axes.text(x, (at + 0.5) * step, "\n".join(textwrap.wrap(text, width)), ha="center", va="center",
                          fontsize=7.5, zorder=3,
                          bbox={"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": colour,
                                "linewidth": 1.4})  # fmt: skip
        for at, goal in enumerate(goals):
            look: dict[str, Any] = {
                "color": (INK, GREY)[at % 2],
                "linestyle": ("-", "--", ":")[at % 3],
                "linewidth": 1.1,
                "zorder": 1,
            }
            axes.plot([0, 1], [places[0][""], places[1][goal.id]], **look)
            for kpi in goal.kpis:
                axes.plot([1, 2], [places[1][goal.id], places[2][kpi]], **look)
                for key in goal.elements:
                    axes.plot([2, 3], [places[2][kpi], places[3][key]], **look)
        axes.set_xlim(-0.5, 3.5)
        axes.set_ylim(rows, -0.25)
        axes.axis("off")

    told = "; ".join(
        f"“{goal.text}” is shown by {', '.join(cards[k] for k in goal.kpis) or 'no KPI'} and carried by "
        f"{', '.join(ELEMENTS[k].title.lower() for k in goal.elements) or 'no element'}"
        for goal in goals
    )
    return Exhibit(
        "strategy_map",
        "From Strategy to Accord: What Shows Each Objective, and What Carries It",
        f"Strategy: {columns[0][0][1]}. {told or 'No objective is linked yet'}.",
        draw,
        size=(6.5, max(2.4, 0.5 * rows + 0.6)),
        sources=("kaplan2010managing",),
        note="One kind of line for each objective. Elements: blue foundation, orange governance, green change, top to "
        f"bottom in this order. {NAMES}",
        synthetic=agreement.label is not None,
    )


def elements() -> Exhibit:
    """Return the elements by accord with the question that each answers and its clause fields."""
    rows = [
        {"Accord": info.accord.capitalize(), "Element": safe(info.title), "Question": safe(info.question),
         "Clause fields": ", ".join(name.replace("_", " ") for name in CLAUSES[key]) or "see incentives"}
        for key, info in ELEMENTS.items()
    ]  # fmt: skip
    return Exhibit(
        "accord_elements",
        "The Accord Elements, the Question Each Answers and Its Clauses",
        f"{len(rows)} elements in {len(ACCORDS)} accords: {', '.join(info.title for info in ELEMENTS.values())}.",
        table=pd.DataFrame(rows),
        widths=(14, 28, 32, 26),
        sources=("goo2009role", "goo2010structure"),
        note=NAMES,
    )


def prompts(agreement: Agreement | None = None) -> Exhibit:
    """Return what each accord brings, what goes wrong where it is missing or overdone, and what the student noted."""
    notes = noted(agreement) if agreement else {}
    rows = [
        {"Accord": f"<strong>{name.capitalize()}</strong><br>{safe(found.says)}",
         "Benefits": "<br>".join(map(safe, found.benefits)),
         "Risks if missing": "<br>".join(map(safe, found.missing)),
         "Risks if overdone": "<br>".join(map(safe, found.overdone))}
        | ({"In this alliance": safe(notes.get(name, "nothing noted")).replace("\n", "<br>")} if notes else {})
        for name, found in anchors().accords.items()
    ]  # fmt: skip
    told = " ".join(f"{name.capitalize()}, in this alliance: {text}" for name, text in notes.items())
    return Exhibit(
        "accord_prompts",
        "Benefits and Risks of Each Accord",
        f"{len(rows)} accords, each with its benefits, its risks if missing and its risks if overdone. {told}".strip(),
        table=pd.DataFrame(rows),
        widths=(14, 20, 20, 20, 26) if notes else (16, 28, 28, 28),
        sources=("goo2009role", "goo2008path"),
        note="Prompts of this workbook, drawn from its cases. That change terms can dampen trust and commitment is a "
        "finding of surveys in IT outsourcing.",
    )


def noted(agreement: Agreement) -> dict[AccordName, str]:
    """Return the student's own notes on benefits and risks, by accord; accords without a note are left out."""
    kept = agreement.choices.get(contracts.CHOICES, {}).get("notes")
    notes = kept if isinstance(kept, dict) else {}
    return {name: text for name in ACCORDS if isinstance(text := notes.get(name), str) and text.strip()}


def contradictions(agreement: Agreement) -> Exhibit:
    """Return the contradictions inside an agreement: severity, what, why, and the remedy."""
    result = coherence(agreement)
    nothing = {"Severity": "✓", "What was found": "Nothing", "Why it matters": "Every rule that can be judged is kept.",
               "What to do": "Read it once more as the other side would."}  # fmt: skip
    still = [found.rule.title for found in result.judgements if found.verdict == "open"]
    return Exhibit(
        "coherence",
        "Contradictions Inside the Agreement",
        f"{result.counted().capitalize()}. " + " ".join(found.said or "" for found in result.findings),
        table=pd.DataFrame([row(found) for found in result.findings] or [nothing]),
        widths=(12, 30, 30, 28),
        note=f"{len(result.judgements)} rules: {result.counted()}; {len(still)} cannot be judged yet. An error bars a "
        "signature, a warning wants an answer, a note is good to know.",
        synthetic=agreement.label is not None,
    )
