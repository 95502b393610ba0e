"""The rules that a KPI card and a set of cards are held against: title, severity, reason, remedy, source and check.

Most come from the practice of the sources named with them; a rule without a source is this workbook's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from alliance_analysis.agreement import KpiCard, Thresholds
from alliance_analysis.agreement.kpi import ADVISED
from alliance_analysis.drafting import promise
from alliance_analysis.drafting.fields import FIELDS, printed

Severity = Literal["error", "warning", "note"]
Cards = tuple[KpiCard, ...]
T = TypeVar("T")

CAP = 7
"""Most KPI cards in one agreement before the lint warns: a choice, not a finding."""


@dataclass(frozen=True)
class Past:
    """Results of earlier periods in the card's unit, in time order, and the natural process limits around them."""

    values: tuple[float, ...]
    limits: tuple[float, float] | None = None


@dataclass(frozen=True)
class Context:
    """What a card is judged beside: the whole set of cards (None: not known), each card's past, the parties."""

    cards: Cards | None = None
    past: Mapping[str, Past] = field(default_factory=dict)
    parties: tuple[str, ...] = ()
    cap: int = CAP


@dataclass(frozen=True)
class Rule(Generic[T]):
    """One rule. `check` returns what is wrong, "" if the rule is kept, None if it cannot be judged yet."""

    id: str
    title: str
    severity: Severity
    why: str
    remedy: str
    check: Callable[[T, Context], str | None]
    sources: tuple[str, ...] = ()


def _filled(name: str) -> Rule[KpiCard]:
    """Return the rule that one field of the card is filled."""
    info = FIELDS[name]

    def check(card: KpiCard, _: Context) -> str:
        value = promise.period(card) if name == "period" else getattr(card, name)
        return f"{info.label}: missing." if value in (None, {}, "") else ""

    severity: Severity = "error" if name not in ADVISED or name == "period" else "warning"
    return Rule(name, f"{info.label}: stated", severity, info.why, info.remedy, check, info.sources)


def _two_owners(card: KpiCard, context: Context) -> str | None:
    if not card.owners:
        return None
    open_sides = [party for party in context.parties[:2] if party not in card.owners]
    if len(card.owners) < 2 or open_sides:
        return "Owner on the other side: missing."
    return ""


def _both_thresholds(card: KpiCard, _: Context) -> str | None:
    if card.thresholds is None:
        return None
    lacking = [name for name in Thresholds.model_fields if getattr(card.thresholds, name) is None]
    return " ".join(f"{name.capitalize()} threshold: missing." for name in lacking)


def _rate(card: KpiCard, _: Context) -> str | None:
    if not (card.unit or "").startswith("fraction"):
        return None
    marks = card.thresholds or Thresholds()
    values = {"target": card.target, "watch threshold": marks.watch, "breach threshold": marks.breach,
              "baseline": card.baseline.value if card.baseline else None}  # fmt: skip
    wrong = [
        f"{what} {value:g}" for what, value in values.items() if value is not None and not 0 <= value <= 1
    ]
    return f"Outside 0 to 1: {', '.join(wrong)}." if wrong else ""


def _alarm(card: KpiCard, _: Context) -> str | None:
    watch = card.thresholds.watch if card.thresholds else None
    if watch is None or card.target is None or card.direction is None:
        return None
    kept = watch <= card.target if card.direction == "higher" else watch >= card.target
    return "" if kept else f"The watch threshold of {printed(watch, card.unit)} is stricter than the target."


def _partner(card: KpiCard, context: Context) -> str | None:
    if card.pairs_with is None or (context.cards is None and card.pairs_with != card.id):
        return None
    other = {c.id: c for c in context.cards or () if c.id != card.id}.get(card.pairs_with)
    if other is None:
        name = card.pairs_with.replace("_", " ")
        return f"The partner KPI “{name}” is not another card of the agreement."
    if card.indicator and card.indicator == other.indicator:
        return f"Both “{card.name}” and “{other.name}” are {card.indicator}."
    return ""


def _words(text: str | None) -> str:
    return " ".join((text or "").casefold().split()).rstrip(".")


def objective(card: KpiCard, cards: Cards) -> Cards:
    """Return the cards of one objective: the card, those with its strategic goal, those that it or that name it."""
    goal = _words(card.strategic_goal)
    linked = {card.id, card.pairs_with, *(c.id for c in cards if c.pairs_with == card.id)}
    return tuple(c for c in cards if c.id in linked or (goal and _words(c.strategic_goal) == goal))


def _pair(card: KpiCard, context: Context) -> str | None:
    if context.cards is None or card.indicator is None:
        return None
    found = {c.indicator for c in objective(card, context.cards)}
    lacking = [kind for kind in ("leading", "lagging") if kind not in found]
    return f"No {lacking[0]} KPI serves the same objective as “{card.name}”." if lacking else ""


def joint(card: KpiCard) -> bool:
    """Return whether a card measures a joint outcome: what comes of the work, to the gain of both sides."""
    return (card.measures, card.benefits) == ("outcome", "both")


def _not_activity(card: KpiCard, _: Context) -> str | None:
    if card.measures is None:
        return None
    return "It counts an activity." if card.measures == "activity" else ""


def _not_department(card: KpiCard, _: Context) -> str | None:
    if card.benefits is None:
        return None
    return "One department alone looks good by it." if card.benefits == "department" else ""


def _joint_outcome(card: KpiCard, _: Context) -> str | None:
    if card.measures is None or card.benefits is None:
        return None
    return "" if joint(card) else "It is no joint outcome."


def _asks_more(card: KpiCard, _: Context) -> str | None:
    if card.target is None or card.baseline is None or card.direction is None:
        return None
    sign = 1 if card.direction == "higher" else -1
    kept = sign * (card.target - card.baseline.value) > 0
    return "" if kept else promise.relative(card.target, card.baseline.value, card)


def _breach_in_past(card: KpiCard, _: Context) -> str | None:
    breach = card.thresholds.breach if card.thresholds else None
    if breach is None or card.baseline is None or card.direction is None:
        return None
    sign = 1 if card.direction == "higher" else -1
    wrong = sign * (breach - card.baseline.value) > 0
    shown = printed(breach, card.unit)
    return f"The baseline lies on the wrong side of the breach threshold of {shown}." if wrong else ""


def _noise(card: KpiCard, context: Context) -> str | None:
    past = context.past.get(card.id)
    if past is None or past.limits is None or card.target is None or card.direction is None:
        return None
    low, high = past.limits
    if not low <= card.target <= high:
        return ""
    missed = sum(not card.met(value) for value in past.values)
    shown = f"{printed(low, card.unit, 1)} to {printed(high, card.unit, 1)}"
    return (
        f"The target of {printed(card.target, card.unit)} lies inside the natural process limits ({shown}); "
        f"{missed} of {len(past.values)} earlier periods missed it."
    )


def _capable(card: KpiCard, context: Context) -> str | None:
    past = context.past.get(card.id)
    if past is None or not past.values or card.target is None or card.direction is None:
        return None
    best = (max if card.direction == "higher" else min)(past.values)
    if card.met(best):
        return ""
    return f"None of {len(past.values)} earlier periods met it; the best was {printed(best, card.unit, 1)}."


def _unique_names(cards: Cards, _: Context) -> str:
    same = [
        [c for c in cards if _words(c.name) == name] for name in dict.fromkeys(_words(c.name) for c in cards)
    ]
    return " ".join(
        f"“{group[0].name}” is the name of {len(group)} cards: {', '.join(c.id for c in group)}."
        for group in same if len(group) > 1
    )  # fmt: skip


def _few(cards: Cards, context: Context) -> str:
    return f"{len(cards)} cards, over the cap of {context.cap}." if len(cards) > context.cap else ""


def _perspectives(cards: Cards, _: Context) -> str | None:
    stated = {card.perspective for card in cards if card.perspective}
    if not stated or len(cards) < 2:
        return None
    return f"All look at one perspective: {stated.pop()}." if len(stated) == 1 else ""


def _some_joint(cards: Cards, _: Context) -> str | None:
    stated = [card for card in cards if card.measures and card.benefits]
    if not stated:
        return None
    return "" if any(map(joint, stated)) else f"None of {len(stated)} classified cards is a joint outcome."


CARD_RULES: tuple[Rule[KpiCard], ...] = (
    *(_filled(name) for name in FIELDS if name != "pairs_with"),
    Rule("two_owners", "One owner on each side", "error",
         "With one owner only, the other side can say that it was not asked.",
         "Name one role on each side: a KPI needs two owners.", _two_owners, FIELDS["owners"].sources),
    Rule("both_thresholds", "Watch and breach thresholds", "error", FIELDS["thresholds"].why,
         FIELDS["thresholds"].remedy, _both_thresholds, FIELDS["thresholds"].sources),
    Rule("rate", "A rate lies between 0 and 1", "error",
         "A share above the whole cannot be met; often percent was written where a fraction belongs.",
         "Write 95% (0.95 in the file), or choose a unit that is not a share.", _rate),
    Rule("alarm", "Watch threshold not stricter than the target", "error",
         "It is stricter than the target: a target that is met would raise an alarm.",
         "Set it at the target or less strict, or agree another target.", _alarm),
    Rule("partner", "The partner KPI exists and is of the other kind", "error",
         "A pair of which one half is missing, or both warn, or both confirm, is no pair.",
         "Add the partner's card, or name another; one leads, the other lags.", _partner),
    Rule("pair", "Leading and lagging pair for the objective", "warning",
         "A lagging KPI alone tells too late; a leading one alone can be met without the result.",
         "Add the other kind with the same strategic goal, or name it as the partner KPI.", _pair),
    Rule("not_activity", "Not an activity", "warning", FIELDS["measures"].why,
         "Ask what the activity is for, and count that.", _not_activity),
    Rule("not_department", "Not for one department's looks", "warning", FIELDS["benefits"].why,
         "Measure where the departments' work meets: at the customer or in the total cost.", _not_department,
         FIELDS["benefits"].sources),
    Rule("joint_outcome", "A joint outcome", "note",
         "An alliance is there for what neither side reaches alone.",
         "Not each card can be one; see that the set has some.", _joint_outcome, ("kaplan2010managing",)),
    Rule("noise", "Target outside the noise", "warning",
         "An unchanged process will meet it and miss it by chance: whoever pays for that pays for luck.",
         "Pay beyond the limits only, judge a longer period, or change the process first.", _noise),
    Rule("capable", "Target within what the past has shown", "warning",
         "What has never been reached needs another process, not another promise.",
         "Agree who invests in the change, or step towards the target.", _capable, ("block2006building",)),
    Rule("asks_more", "Target asks for more than the past", "note",
         "A target at or below the baseline is allowed, but both sides should know that they sign it.",
         "Say why in the rationale.", _asks_more),
    Rule("breach_in_past", "The baseline is no breach", "note",
         "The ordinary past would already be a breach, so credits flow from the first period on.",
         "Lower the bar, or agree on a time until it holds.", _breach_in_past),
)  # fmt: skip
"""What one card is held against, in the order of the card."""

SET_RULES: tuple[Rule[Cards], ...] = (
    Rule("unique_names", "Each card has its own name", "error",
         "Two cards of one name will be taken for each other, in a meeting and in a report.",
         "Rename one of them.", _unique_names),
    Rule("few", "Not too many KPIs", "warning",
         "Dozens of met metrics have stood beside a failing relationship.",
         "Rank the cards and drop the last, or report them without payment.", _few, ("frydlinger2019new",)),
    Rule("some_joint", "At least one joint outcome", "warning",
         "Each side would do its part, and no one would look at the whole.",
         "Add a card for what both sides want and neither reaches alone.", _some_joint, ("kaplan2010managing",)),
    Rule("perspectives", "More than one perspective", "note", FIELDS["perspective"].why,
         "Add a card from another side of the business.", _perspectives, ("kaplan2010managing",)),
)  # fmt: skip
"""What the cards of one agreement are held against together."""
