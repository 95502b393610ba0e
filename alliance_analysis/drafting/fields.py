"""The fields of a KPI card in plain words: label, why a signature needs it, what to do; and how values are printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple


class FieldInfo(NamedTuple):
    """One field of the card: its label, why it matters, the remedy if it is missing, and keys in references.bib."""

    label: str
    why: str
    remedy: str
    sources: tuple[str, ...] = ()


CHARTER, SCORECARD, UNREADY = ("goo2009role",), ("kaplan2010managing",), ("block2006building",)

FIELDS = {
    "name": FieldInfo("Name", "Both sides must mean the same thing.", "Name what is delivered, not an activity."),
    "unit": FieldInfo(
        "Unit", "A share of orders and a share of pieces are two promises.", "Say of what it is a share.", CHARTER
    ),
    "direction": FieldInfo(
        "Direction", "A number alone does not say what is good.", "Say if higher or lower is better."
    ),
    "perspective": FieldInfo(
        "Perspective", "Cards that all look at one side of the business leave the others unwatched.",
        "Choose financial, customer, process or learning.", SCORECARD,
    ),
    "indicator": FieldInfo(
        "Leading or lagging", "A lagging KPI confirms a failure; a leading one still leaves time to act.",
        "Say whether it warns early or confirms late.",
    ),
    "pairs_with": FieldInfo(
        "Partner KPI", "One number of a pair is not enough: the one warns, the other confirms.",
        "Name the card that completes the pair.",
    ),
    "measures": FieldInfo(
        "What it measures", "An activity can be busy and useless; partners care for what comes of it.",
        "Say if it counts an activity, an output or an outcome.",
    ),
    "benefits": FieldInfo(
        "Who gains", "A number that makes one department look good need not be worth anything to the alliance.",
        "Say who gains when it improves: both sides, one side, or one department.", ("rigsbeend0000",),
    ),
    "operational_goal": FieldInfo(
        "Operational goal", "Without it no one on the floor knows what the number is for.",
        "Say what works better on an ordinary day if the target is met.",
    ),
    "strategic_goal": FieldInfo(
        "Strategic goal", "A target can be met while the alliance fails its purpose.",
        "Name the aim of the alliance that it serves.", SCORECARD,
    ),
    "rationale": FieldInfo(
        "Rationale", "Who does not see why it was chosen will game it or drop it.", "Say why this KPI was chosen.",
    ),
    "gaming_note": FieldInfo(
        "Gaming note", "What is paid for is done, at the cost of what is not measured.",
        "Say how it could be met without the result, and what would show that.", ("holmstrom1991multitask",),
    ),
    "data_source": FieldInfo(
        "Data source", "Two systems give two numbers, and each side will believe its own.",
        "Name one system.", CHARTER,
    ),
    "source_confirmed_by": FieldInfo(
        "Data confirmed by", "Many a KPI was signed before anyone asked whether the data exist.",
        "Ask the role that runs the system, usually in IT, and name it.", UNREADY,
    ),
    "measurement_method": FieldInfo(
        "Measurement method", "“On time” can mean one day or one month.",
        "Say what is divided by what, and what does not count.", CHARTER,
    ),
    "period": FieldInfo(
        "Measurement period", "A year can hide a bad month.",
        "Choose the week, month, quarter or year that one measurement covers.", CHARTER,
    ),
    "transparency_rule": FieldInfo(
        "Transparency rule", "A number that only one side sees cannot be disputed or trusted.",
        "Say who sees what, and what stays confidential.",
    ),
    "owners": FieldInfo(
        "Owners", "A promise that no one owns is no one's to keep.", "Name one role on each side, not a person.",
        CHARTER,
    ),
    "baseline": FieldInfo(
        "Baseline", "Without a past, no one can say whether the target asks for much or little.",
        "Measure an earlier period first, without payment attached.", UNREADY,
    ),
    "target": FieldInfo(
        "Target", "Without a number the promise can be neither kept nor broken.",
        "State it, and hold it against the baseline.", ("staffingnd0000",),
    ),
    "thresholds": FieldInfo(
        "Thresholds", "Without them each miss is a quarrel about whether it matters.",
        "Say where attention starts and where the promise is broken.", ("staffingnd0000",),
    ),
    "at_risk": FieldInfo(
        "At-risk amount", "A breach without a consequence is a wish.", "Say which share of the fee depends on it.",
        CHARTER,
    ),
}  # fmt: skip
"""What a signature needs, field by field after the id: label, why, what to do, and whose practice it is."""

AGREED = {
    "gainshare": FieldInfo(
        "Gainshare", "Who pays for a miss and not for a gain will get neither.",
        "Agree which part of a gain beyond the target goes to the provider.",
    ),
    "review_months": FieldInfo(
        "Review cadence", "A target that no one looks at again outlives its reason.",
        "Agree how many months pass from one review of the target to the next.", CHARTER,
    ),
    "baseline_adjustment": FieldInfo(
        "Baseline adjustment", "A change of scope, or of the whole industry, would count as success or failure.",
        "Agree what the baseline follows: nothing, scope, or scope and an industry index.",
    ),
    "transparency": FieldInfo(
        "Transparency", "Who sees only the result cannot check it.",
        "Agree how much of the data behind it both sides see.",
    ),
}  # fmt: skip
"""What a negotiation adds to a card; no signature waits for it."""

GAINS = {"both": "both sides", "one_side": "one side only", "department": "one department"}
"""Who gains when a KPI improves, in words."""


def printed(value: float | None, unit: str | None, digits: int = 2) -> str:
    """Return a value as it is printed in its unit: a fraction as percent, to at most so many decimals.

    >>> printed(0.975, "fraction of lines"), printed(45, "days"), printed(0.8593, "fraction", 1)
    ('97.5%', '45 days', '85.9%')
    """
    if value is None:
        return ""
    if (unit or "").startswith("fraction"):
        return f"{100 * value:.{digits}f}".rstrip("0").rstrip(".") + "%"
    return f"{value:g} {unit or ''}".strip()


def told_apart(names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return (name, id) of every card, as a list offers them; a name that stands twice carries its id.

    >>> told_apart({"on_time": "On time", "on_time_2": "On time", "uptime": "Uptime"})
    [('On time (on_time)', 'on_time'), ('On time (on_time_2)', 'on_time_2'), ('Uptime', 'uptime')]
    """
    often = Counter(names.values())
    return [(f"{name} ({id})" if often[name] > 1 else name, id) for id, name in names.items()]
