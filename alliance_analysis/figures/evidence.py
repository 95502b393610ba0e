"""The record as tables: parties, evidence cards, contradictions, claims, the agreement, pitfalls."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from alliance_analysis.agreement import ELEMENTS
from alliance_analysis.cases import Case, case_names, load_case
from alliance_analysis.cases.model import AREAS, GRADES
from alliance_analysis.cases.unverified import unverified
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.references import cite


def evidence(case: Case) -> Exhibit:
    """Return the evidence cards with grade, source and a flag where the point is contested."""
    contested = case.contested()
    rows = [
        {
            "Id": f"<strong>{card.id}</strong>" + (" †" if card.id in contested else ""),
            "Fact": safe(card.fact) + (f"<br><em>{safe(card.note)}</em>" if card.note else ""),
            "Grade": "/".join(card.grades) + (" (derived)" if card.derived else ""),
            "Source": cite(card.sources),
        }
        for card in case.file.evidence
    ]
    return Exhibit(
        "evidence",
        "Evidence Cards, Graded",
        f"{len(rows)} evidence cards with grade and source; {len(contested)} of them are contested.",
        table=pd.DataFrame(rows),
        widths=(8, 60, 9, 23),
        note=_legend({grade for card in case.file.evidence for grade in card.grades})
        + " A dagger marks a point on which sources disagree, or which contradicts the teaching text.",
    )


def _legend(used: Collection[str]) -> str:
    return "Grades: " + "; ".join(f"{grade}, {GRADES[grade]}" for grade in GRADES if grade in used) + "."


def contradictions(case: Case) -> Exhibit:
    """Return every point on which sources disagree, with all readings."""
    rows = [
        {
            "Point": safe(item.point) if index == 0 else "",
            "What a source says": safe(reading.says),
            "Value": _value(reading.value, item.unit or ""),
            "Grade and source": f"{reading.grade} {cite(reading.sources)}".strip(),
        }
        for item in case.file.contradictions
        for index, reading in enumerate(item.readings)
    ]
    return Exhibit(
        "contradictions",
        "Where Sources Disagree",
        f"{len(case.file.contradictions)} points on which sources disagree, with {len(rows)} readings.",
        table=pd.DataFrame(rows),
        widths=(22, 42, 14, 22),
        note="All readings stand; none is averaged away. "
        + _legend({reading.grade for item in case.file.contradictions for reading in item.readings}),
    )


def _value(value: float | None, unit: str) -> str:
    """Return a reading as it is printed: fractions as percentages, years without a unit."""
    if value is None:
        return ""
    if unit.startswith("fraction"):
        return f"{100 * value:.4g}%{unit.removeprefix('fraction')}"
    if unit.startswith("percent"):
        return f"{value:g}%{unit.removeprefix('percent')}"
    return f"{value:g}" if unit == "year" else f"{value:,.10g} {safe(unit)}".strip()


def claims(case: Case) -> Exhibit:
    """Return the teaching text's claims beside what the record shows."""
    rows = [
        {
            "The teaching text says": safe(item.claim),
            "Verdict": f"<strong>{item.verdict}</strong>",
            "The record shows": safe(item.record),
            "Evidence": ", ".join(item.evidence),
        }
        for item in case.file.claims
    ]
    counts = pd.Series([item.verdict for item in case.file.claims]).value_counts()
    return Exhibit(
        "claims",
        "The Teaching Text Against the Record",
        f"{len(rows)} claims: " + ", ".join(f"{n} {verdict}" for verdict, n in counts.items()) + ".",
        table=pd.DataFrame(rows),
        widths=(33, 14, 41, 12),
        sources=("rigsbeend0000",),
    )


def statements() -> Exhibit:
    """Return the statements that could not be verified, to be judged; their verdicts are not shown."""
    items = unverified()
    rows = [
        {
            "No.": str(number),
            "The statement": safe(item.statement),
            "Where it stands": safe(item.origin),
            "Evidence": item.card or "no card",
        }
        for number, item in enumerate(items, start=1)
    ]
    return Exhibit(
        "statements",
        "Statements to Judge",
        f"{len(items)} statements with the place in which each stands.",
        table=pd.DataFrame(rows),
        widths=(6, 58, 22, 14),
    )


def documented(case: Case) -> Exhibit:
    """Return the agreement as far as it is known, every field marked documented, inferred or invented."""
    agreement = case.agreement
    rows: dict[tuple[str, str, str], list[str]] = {}
    counts: dict[str, int] = {}
    for path, value in agreement.fields().items():
        if path.startswith("money."):
            continue
        known = agreement.basis_of(path)
        basis, cards = (known.basis, ", ".join(known.evidence)) if known else ("", "")
        counts[basis] = counts.get(basis, 0) + 1
        entry, name = _entry(path)
        shown = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
        rows.setdefault((entry, basis, cards), []).append(f"{name}{safe(shown.rstrip('.'))}")
    counted = ", ".join(f"{n} {basis}" for basis, n in counts.items())
    return Exhibit(
        "agreement",
        "The Agreement as Far as It Is Known",
        f"{sum(counts.values())} fields of the agreement file: {counted}.",
        table=pd.DataFrame(
            [
                {"Entry": entry, "As known": "; ".join(values), "Basis": basis, "Evidence": cards}
                for (entry, basis, cards), values in rows.items()
            ]
        ),
        widths=(23, 51, 13, 13),
        note=f"{safe(agreement.title.rstrip('.'))}. Fields: {counted}. Amounts in {agreement.money.scale}s of "
        f"{agreement.money.currency}. What no source documents is left out, not filled in.",
    )


SECTIONS = {"parties": "Party", "roles": "Role", "amounts": "Amount", "kpis": "KPI"}
"""How one entry of a list section is called."""


def _entry(path: str) -> tuple[str, str]:
    """Split a field's path into the entry it belongs to and its own name, both as they are printed."""
    parts = path.removeprefix("accords.").split(".")
    depth = 1 if parts[0] == "exit" else 2
    head = ": ".join(SECTIONS.get(part, part.replace("_", " ").capitalize()) for part in parts[:depth])
    name = " ".join(part.replace("_", " ") for part in parts[depth:])
    return safe(head), "" if name in ("text", "name", "title", "label") else f"<em>{safe(name)}:</em> "


def pitfalls(case: Case) -> Exhibit:
    """Return the pitfalls of the case by area, each with its early-warning KPI and the element that answers it."""
    rows = [
        {
            "Area": item.area.capitalize(),
            "Pitfall and how the record shows it": f"<strong>{safe(item.pitfall)}</strong><br>{safe(item.reading)}",
            "Early-warning KPI": safe(item.early_warning),
            "Element": f"{ELEMENTS[item.element].title} ({ELEMENTS[item.element].accord})",
            "Evidence": ", ".join(item.evidence),
        }
        for item in sorted(case.file.pitfalls, key=lambda item: AREAS.index(item.area))
    ]
    silent = [area for area in AREAS if area not in {item.area for item in case.file.pitfalls}]
    return Exhibit(
        "pitfalls",
        "Pitfalls by the Five Areas",
        f"{len(rows)} pitfalls in {len(AREAS) - len(silent)} of the five areas.",
        table=pd.DataFrame(rows),
        widths=(16, 36, 21, 17, 10),
        sources=("rigsbeend0000",),
        note=f"The record shows none in: {', '.join(silent)}." if silent else "",
    )


def case_list() -> Exhibit:
    """Return the cases with the question each asks and how well its record is known."""
    rows = []
    for name in case_names():
        case = load_case(name)
        rows.append(
            {
                "Case": f"<strong>{safe(case.file.title)}</strong><br>{name}",
                "It asks": safe(case.file.question),
                "Evidence cards": str(len(case.file.evidence)),
                "Contested": str(len(case.contested())),
            }
        )
    return Exhibit(
        "cases",
        "The Cases",
        f"{len(rows)} cases: {', '.join(case_names())}.",
        table=pd.DataFrame(rows),
        widths=(33, 45, 11, 11),
        note="Contested cards are those on which sources disagree, or which contradict the teaching text.",
    )
