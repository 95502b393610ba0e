"""What the controls of the KPI form are called and offer, and how numbers are typed in them."""

from __future__ import annotations

from pydantic import ValidationError

from alliance_analysis.agreement.kpi import ADJUSTMENTS, SHARED
from alliance_analysis.drafting.fields import GAINS, printed
from alliance_analysis.drafting.promise import review

SELECTS: dict[str, tuple[str, dict[str, str]]] = {
    "direction": ("What is good", {"higher": "higher is better", "lower": "lower is better"}),
    "perspective": ("Which side of the business it looks at",
                    {p: p for p in ("financial", "customer", "process", "learning")}),
    "indicator": ("Leading warns early, lagging confirms late", {"leading": "leading", "lagging": "lagging"}),
    "measures": ("Work done, what leaves the door, or what comes of it",
                 {m: f"an {m}" for m in ("activity", "output", "outcome")}),
    "benefits": ("Who gains when it improves", GAINS),
    "pairs_with": ("The card that completes the leading and lagging pair", {}),
    "period": ("What one measurement covers", {p: p for p in ("week", "month", "quarter", "year")}),
    "review_months": ("How often both sides look at the target again",
                      {str(months): review(months) for months in (1, 3, 6, 12)}),
    "baseline_adjustment": ("What the baseline follows", ADJUSTMENTS),
    "transparency": ("How much of the data behind it both sides see", SHARED),
}  # fmt: skip
AGREED = ("review_months", "baseline_adjustment", "transparency")
"""The choices that a negotiation brings."""

WHAT = tuple(key for key in SELECTS if key not in (*AGREED, "period"))
LONG = {
    "operational_goal": "what works better on an ordinary day",
    "strategic_goal": "which aim of the alliance it serves",
    "rationale": "why this KPI",
    "gaming_note": "how it could be met without the result, and what would show that",
    "data_source": "which system",
    "measurement_method": "what is divided by what, and what does not count",
    "transparency_rule": "who sees what, what stays confidential",
}
NUMBERS = {
    "target": ("Target", "What is promised"),
    "watch": ("Watch threshold", "Where attention starts"),
    "breach": ("Breach threshold", "Where the promise is broken"),
    "at_risk": ("At-risk amount (% of fee)", "The share of the fee that depends on this KPI"),
    "gainshare": (
        "Gainshare (% to the provider)",
        "The part of a gain beyond the target that goes to the provider",
    ),
}
PERCENTS = frozenset({"at_risk", "gainshare"})
"""The numbers that are percent in every unit."""

PAST = {
    "base_value": ("Baseline", "Your own measurement of an earlier period"),
    "base_start": ("First day", "As 2025-01-31"),
    "base_end": ("Last day", "As 2025-01-31"),
    "base_count": ("Measurements behind it", "How many; may stay blank"),
    "base_source": ("Where it was measured", "Which system, under what conditions"),
}
OWNER = "owner_"
SIDES = {"customer": "customer side", "vendor": "provider side"}
PERCENT = "fraction"
"""The kind of unit whose numbers are typed as percent."""

AT = {
    "owners": OWNER, "two_owners": OWNER, "thresholds": "watch", "both_thresholds": "watch", "alarm": "watch",
    "breach_in_past": "breach", "rate": "target", "noise": "target", "capable": "target", "asks_more": "target",
    "baseline": "past", "partner": "pairs_with", "pair": "pairs_with", "not_activity": "measures",
    "joint_outcome": "measures", "not_department": "benefits", "unique_names": "name", "perspectives": "perspective",
}  # fmt: skip
"""The control at which a rule's finding is mended, where the two names differ."""


def number(text: str, label: str) -> float | None:
    """Return a number as typed, None for a blank; raises ValueError in plain words.

    >>> number("1 250,5", "Target"), number(" ", "Target")
    (1250.5, None)
    """
    typed = "".join(text.replace(",", ".").split())
    if not typed:
        return None
    try:
        value = float(typed)
    except ValueError:
        raise ValueError(f"{label}: “{text.strip()}” is not a number.") from None
    if not abs(value) < float("inf"):
        raise ValueError(f"{label}: {text.strip()} is not a number that can be met.")
    return value


def fraction(text: str, label: str) -> float | None:
    """Return percent as typed as a fraction, None for a blank; raises ValueError in plain words.

    >>> fraction("97,5 %", "Target"), fraction(" ", "Target")
    (0.975, None)
    """
    typed = text.replace("%", "").replace(",", ".").strip()
    if not typed:
        return None
    try:
        value = float(typed)
    except ValueError:
        raise ValueError(f"{label}: “{text.strip()}” is not a number; write 95 for 95%.") from None
    if not 0 <= value <= 100:
        raise ValueError(f"{label}: {text.strip()} is not between 0 and 100.")
    if 0 < value <= 1 and not label.startswith(("At-risk", "Gainshare")):
        raise ValueError(f"{label}: {text.strip()} would mean at most one percent; write 95 for 95%.")
    return round(value / 100, 6)


def typed(value: float | None, kind: str) -> str:
    """Return a number as a student would type it: percent without its sign, or the number."""
    return (
        printed(value, kind, 4).removesuffix("%")
        if kind == PERCENT
        else ""
        if value is None
        else f"{value:g}"
    )


def plainly(error: ValueError) -> str:
    """Return what an error says, as a sentence."""
    told = (
        error.errors()[0]["msg"].removeprefix("Value error, ")
        if isinstance(error, ValidationError)
        else str(error)
    )
    return f"{told[:1].upper()}{told[1:].rstrip('.')}."
