"""The fields of a KPI card in plain words: label, why a signature needs it, what to do; and how values are printed."""

from __future__ import annotations

from typing import NamedTuple


class Blocker(NamedTuple):
    """One thing that is missing before a card can be signed: the field, why it matters, and the remedy."""

    field: str
    why: str
    remedy: str


FIELDS = {
    "name": Blocker("Name", "Both sides must mean the same thing.", "Name what is delivered, not an activity."),
    "unit": Blocker(
        "Unit", "A share of orders and a share of pieces are two promises.", "Say of what it is a share."
    ),
    "direction": Blocker("Direction", "A number alone does not say what is good.", "Say if higher or lower is better."),
    "perspective": Blocker(
        "Perspective", "Cards that all look at one side of the business leave the others unwatched.",
        "Choose financial, customer, process or learning.",
    ),
    "indicator": Blocker(
        "Leading or lagging", "A lagging KPI confirms a failure; a leading one still leaves time to act.",
        "Say whether it warns early or confirms late.",
    ),
    "operational_goal": Blocker(
        "Operational goal", "Without it no one on the floor knows what the number is for.",
        "Say what works better on an ordinary day if the target is met.",
    ),
    "strategic_goal": Blocker(
        "Strategic goal", "A target can be met while the alliance fails its purpose.",
        "Name the aim of the alliance that it serves.",
    ),
    "rationale": Blocker(
        "Rationale", "Who does not see why it was chosen will game it or drop it.",
        "Say why this KPI, and how it could be gamed.",
    ),
    "data_source": Blocker(
        "Data source", "Two systems give two numbers, and each side will believe its own.",
        "Name one system, and who confirmed that it holds the data.",
    ),
    "measurement_method": Blocker(
        "Measurement method", "“On time” can mean one day or one month.",
        "Say what is divided by what, in which period, and what does not count.",
    ),
    "transparency_rule": Blocker(
        "Transparency rule", "A number that only one side sees cannot be disputed or trusted.",
        "Say who sees what, and what stays confidential.",
    ),
    "owners": Blocker(
        "Owners", "A promise that no one owns is no one's to keep.", "Name one role on each side, not a person."
    ),
    "baseline": Blocker(
        "Baseline", "Without a past, no one can say whether the target asks for much or little.",
        "Measure an earlier period first, without payment attached.",
    ),
    "target": Blocker(
        "Target", "Without a number the promise can be neither kept nor broken.",
        "State it, and hold it against the baseline.",
    ),
    "thresholds": Blocker(
        "Thresholds", "Without them each miss is a quarrel about whether it matters.",
        "Say where attention starts and where the promise is broken.",
    ),
    "at_risk": Blocker(
        "At-risk amount", "A breach without a consequence is a wish.", "Say which share of the fee depends on it."
    ),
}  # fmt: skip
"""Every field of a card after its id: its label, why a signature needs it, and what to do."""

PAIR = Blocker("Owner on the other side", "With one owner only, the other side can say that it was not asked.",
               "Name one role on each side: a KPI needs two owners.")  # fmt: skip
PERIOD = Blocker("Measurement period", "A year can hide a bad month.",
                 "Name the week, month, quarter or year in the measurement method.")  # fmt: skip


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
