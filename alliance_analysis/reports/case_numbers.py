"""The numbers of a case report by which many reports are compared: each differs by case, focus or margin."""

from __future__ import annotations

from collections import Counter

from alliance_analysis.agreement import ELEMENTS
from alliance_analysis.cases import Case
from alliance_analysis.figures.accords import Focus


def case_numbers(
    case: Case, focus: Focus = "all", margin: tuple[float, float] = (0.05, 0.25)
) -> dict[str, float]:
    """Return counts, shares (fractions) and amounts (unit in the name) of a case as a report shows it.

    Findings count once for each element and relationship in focus. `margin` (low, high; fractions) turns forgone
    revenue into contribution; a case without forgone revenue has none of these amounts. A number that rests on an
    invented input says so in its name.

    >>> from alliance_analysis.cases import load_case
    >>> case_numbers(load_case("timex"))["evidence cards"]
    25
    """
    file = case.file
    cards, claims, agreement = file.evidence, file.claims, case.agreement
    found = Counter(f.finding for f in file.findings if focus in ("all", ELEMENTS[f.element].accord))
    fields = [agreement.basis_of(path) for path in agreement.fields() if not path.startswith("money.")]
    numbers: dict[str, float] = {
        "evidence cards": len(cards),
        "contradictions between sources": len(file.contradictions),
        "elements that existed, in focus": found["existed"],
        "elements missing, in focus": found["missing"],
        "elements that failed, in focus": found["failed"],
        "discussion questions in focus": sum(
            focus in ("all", q.focus) or q.focus == "all" for q in file.questions
        ),
        "counterfactual exercises in focus": sum(focus in ("all", c.focus) for c in file.counterfactuals),
    }
    shares = {
        "evidence cards contested": (len(case.contested()), len(cards)),
        "evidence cards with a primary document": (sum("P" in card.grades for card in cards), len(cards)),
        "agreement fields documented": (
            sum(known.basis == "documented" for known in fields if known),
            len(fields),
        ),
        "teaching-text claims confirmed": (
            sum(claim.verdict == "confirmed" for claim in claims),
            len(claims),
        ),
    }
    numbers |= {f"share of {name}": part / whole for name, (part, whole) in shares.items() if whole}
    if file.forgone:
        unit = f"million {file.forgone.currency}"
        numbers[f"forgone revenue, {unit}"] = file.forgone.revenue
        for name, fraction in zip(("low", "high"), margin, strict=True):
            numbers[f"contribution forgone at the {name} margin (invented), {unit}"] = (
                fraction * file.forgone.revenue
            )
    return numbers
