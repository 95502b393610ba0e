"""What the KPI lint found on a card or in an agreement, what each form of the promise keeps, and the starter library."""

from __future__ import annotations

import pandas as pd

from alliance_analysis.agreement import Agreement, KpiCard
from alliance_analysis.drafting import promise
from alliance_analysis.drafting.library import CATEGORIES, library
from alliance_analysis.drafting.lint import Judgement, Lint, Verdict, lint, lint_card
from alliance_analysis.drafting.rules import CARD_RULES, Context, Severity
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.references import cite, short

SIGNS: dict[Severity, str] = {"error": "✗ Error", "warning": "▲ Warning", "note": "○ Note"}
"""Each severity as symbol and word, so that it reads without colour."""

MARKS: dict[Verdict, str] = {"kept": "✓ kept", "broken": "✗ broken", "open": "– cannot be judged"}


def row(found: Judgement) -> dict[str, str]:
    """Return one finding as a row: severity, what was found, why it matters with its source, the remedy."""
    sources = found.rule.sources
    return {
        "Severity": SIGNS[found.rule.severity],
        "What was found": safe(found.said or ""),
        "Why it matters": f"{safe(found.rule.why)} {cite(sources)}".strip(),
        "What to do": safe(found.rule.remedy),
    }


def findings(card: KpiCard, context: Context, agreement: Agreement) -> Exhibit:
    """Return what the lint found on one card: severity, what, why with its source, and the remedy."""
    result = lint_card(card, context)
    nothing = {"Severity": "✓", "What was found": "Nothing", "Why it matters": "Every rule that can be judged is kept.",
               "What to do": "Negotiate its target."}  # fmt: skip
    still = sum(found.verdict == "open" for found in result.judgements)
    return Exhibit(
        "kpi_lint",
        f"KPI Lint: {safe(card.name)}",
        f"{result.counted().capitalize()}. " + " ".join(found.said or "" for found in result.findings),
        table=pd.DataFrame([row(found) for found in result.findings] or [nothing]),
        widths=(12, 30, 32, 26),
        note=f"{len(result.judgements)} rules: {result.counted()}; {still} cannot be judged yet. An error bars a "
        "signature, a warning wants an answer, a note is good to know.",
        synthetic=agreement.label is not None,
    )


def agreed_set(agreement: Agreement, context: Context) -> Exhibit:
    """Return the cards of an agreement side by side: kind, findings by severity, and the share of joint outcomes."""
    result = lint(agreement.kpis, context)
    rows = [
        {
            "KPI": safe(card.name),
            "Leads or lags": card.indicator or "not said",
            "Measures": card.measures or "not said",
            "Findings": _counted(result, card),
        }
        for card in result.cards
    ]
    common = [found for found in result.findings if found.card is None]
    share = "none" if result.joint_share is None else f"{result.joint_share:.0%}"
    told = " ".join(f"{SIGNS[found.rule.severity]}: {found.said}" for found in common)
    return Exhibit(
        "kpi_set",
        "All KPI Cards of the Agreement",
        f"{len(rows)} cards: {result.counted()}. Joint outcomes: {share}. {told}".strip(),
        table=pd.DataFrame(rows or [{"KPI": "none yet"}]),
        widths=(36, 16, 14, 34) if rows else (),
        note=f"Joint outcomes: {share} of the cards. For the set: {safe(told) or 'nothing found.'}",
        synthetic=agreement.label is not None,
    )


def _counted(result: Lint, card: KpiCard) -> str:
    own = tuple(found for found in result.judgements if found.card and found.card.id == card.id)
    return Lint((card,), own).counted()


def stages(card: KpiCard, context: Context, agreement: Agreement) -> Exhibit:
    """Return which rules the promise keeps as a sentence, as a clause and as a card; each is judged by its own words."""
    forms = promise.steps(card, agreement)
    results = [lint_card(form.stated(card), context) for form in forms]
    rows = [
        {"Rule": rule.title}
        | {
            form.form: MARKS[result.judgements[at].verdict]
            for form, result in zip(forms, results, strict=True)
        }
        for at, rule in enumerate(CARD_RULES)
    ]
    kept = [sum(found.verdict == "kept" for found in result.judgements) for result in results]
    told = "; ".join(f"{form.form} {count}" for form, count in zip(forms, kept, strict=True))
    return Exhibit(
        "kpi_stages",
        "What Each Form of the Promise Can Be Held To",
        f"Rules kept, of {len(CARD_RULES)}: {told}.",
        table=pd.DataFrame(rows),
        widths=(46, 18, 18, 18),
        note=f"Rules kept, of {len(CARD_RULES)}: {told}. A form is judged by what its own words say; a rule on what it "
        "does not say cannot be judged.",
        synthetic=agreement.label is not None,
    )


def starter_library(category: str | None = None) -> Exhibit:
    """Return the starter library, or one category of it: each KPI with its formula, direction, kind and partner."""
    shown = [entry for entry in library() if category in (None, entry.category)]
    names = {entry.id: entry.name for entry in library()}
    rows = [
        {
            "Category": CATEGORIES[entry.category],
            "KPI": f"<strong>{safe(entry.name)}</strong>",
            "Formula": safe(entry.formula),
            "Good is": f"{entry.direction}, in {safe(entry.unit.replace('fraction', 'percent', 1))}",
            "Leads or lags, with": f"{entry.indicator}; {safe(names[entry.pairs_with])}",
            "How it is gamed": safe(entry.gaming_note),
        }
        for entry in shown
    ]
    sources = tuple(dict.fromkeys(key for entry in shown for key in entry.sources))
    kinds = len({entry.category for entry in shown})
    return Exhibit(
        "kpi_library",
        "The Starter Library of KPIs",
        f"{len(shown)} KPIs in {kinds} {'category' if kinds == 1 else 'categories'}: "
        + ", ".join(entry.name for entry in shown) + ".",
        table=pd.DataFrame(rows),
        widths=(12, 16, 26, 13, 15, 18),
        sources=sources,
        note="Templates without a source are this workbook's own wording of common practice.",
    )  # fmt: skip


def sources_in_words(found: Judgement) -> str:
    """Return the sources of a rule as plain text, or that it is this workbook's own."""
    return "; ".join(short(key) for key in found.rule.sources) or "this workbook's rule"
