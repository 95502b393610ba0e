"""One promise growing testable: as an MOU sentence, as an SLA clause, as a KPI card."""

from __future__ import annotations

import re
from dataclasses import dataclass

from alliance_analysis.agreement import Agreement, KpiCard
from alliance_analysis.agreement.kpi import ADJUSTMENTS, SHARED
from alliance_analysis.drafting.examples import party_names
from alliance_analysis.drafting.fields import AGREED, FIELDS, GAINS, printed

PER_YEAR = {"week": 52, "month": 12, "quarter": 4, "year": 1}
"""How often a period comes in a year."""

BLANK = {"name": "", "owners": {}}
"""What stands for nothing in a field, where it is not None."""

IN_SENTENCE = frozenset({"name", "strategic_goal"})
IN_CLAUSE = frozenset(AGREED) | {
    "unit", "direction", "target", "period", "measurement_method", "data_source", "thresholds", "at_risk"
}  # fmt: skip
"""The fields of the card that an MOU sentence and an SLA clause state; of the thresholds, the clause states the breach."""


def relative(target: float, base: float, card: KpiCard) -> str:
    """Return where a target lies beside a baseline, in words."""
    side = "above" if target > base else "below" if target < base else "at"
    better = (target > base) == (card.direction == "higher")
    asks = "no change" if side == "at" else "better than the past" if better else "less than the past gave"
    return (
        f"The target of {printed(target, card.unit)} lies {side} the baseline of {printed(base, card.unit, 1)}: "
        f"it asks for {asks}."
    )


def period(card: KpiCard) -> str | None:
    """Return the period that one measurement covers: the card's own, else the first that the method names, or None.

    >>> period(KpiCard(id="otd", name="On time", measurement_method="Lines on time, of all due in the quarter"))
    'quarter'
    """
    if card.period:
        return card.period
    found = re.search(r"\b(week|month|quarter|year)(?:ly|s)?\b", card.measurement_method or "", re.IGNORECASE)
    return found[1].lower() if found else None


def _or_blank(text: str | None, label: str) -> str:
    return text.strip().rstrip(".") if text else f"[{label[:1].lower()}{label[1:]} missing]"


def title(role: str, agreement: Agreement) -> str:
    """Return a role's title where the agreement lists it by this id, else what was written."""
    return {found.id: found.title for found in agreement.roles}.get(role, role)


def _partner(card: KpiCard, agreement: Agreement) -> str | None:
    return {other.id: other.name for other in agreement.kpis}.get(card.pairs_with or "", card.pairs_with)


def _owners(card: KpiCard, agreement: Agreement) -> str:
    said = {party: title(owner, agreement) for party, owner in card.owners.items()}
    return "; ".join(
        f"{name}: {_or_blank(said.get(p), 'owner')}" for p, name in party_names(agreement).items()
    )


def _baseline(card: KpiCard) -> str:
    if card.baseline is None:
        return ""
    base = card.baseline
    count = f", {base.observations:,} observations" if base.observations else ""
    return f"{printed(base.value, card.unit, 1)}, {base.start} to {base.end}{count}. {base.source}"


def _threshold(card: KpiCard, name: str) -> str:
    return _or_blank(printed(getattr(card.thresholds, name, None), card.unit), f"{name} threshold")


def review(months: int | None) -> str:
    """Return a review cadence in words.

    >>> review(1), review(3), review(None)
    ('every month', 'every 3 months', '')
    """
    return "" if months is None else "every month" if months == 1 else f"every {months} months"


def lines(card: KpiCard, agreement: Agreement) -> tuple[tuple[str, str], ...]:
    """Return every field of the card as (label, text as printed); a missing one is a visible blank.

    The terms that only a negotiation brings stand there once they are agreed.
    """
    shown = {
        "unit": card.unit and card.unit.replace("fraction", "percent", 1),
        "direction": card.direction and f"{card.direction} is better",
        "pairs_with": _partner(card, agreement),
        "benefits": card.benefits and GAINS[card.benefits],
        "source_confirmed_by": card.source_confirmed_by and title(card.source_confirmed_by, agreement),
        "period": period(card),
        "owners": _owners(card, agreement) if card.owners else "",
        "baseline": _baseline(card),
        "target": printed(card.target, card.unit),
        "thresholds": "; ".join(f"{n} {_threshold(card, n)}" for n in ("watch", "breach"))
        if card.thresholds
        else "",
        "at_risk": card.at_risk is not None and f"{printed(card.at_risk, 'fraction')} of the fee",
        "gainshare": card.gainshare is not None
        and f"{printed(card.gainshare, 'fraction')} of a gain to the provider",
        "review_months": review(card.review_months),
        "baseline_adjustment": ADJUSTMENTS.get(card.baseline_adjustment or ""),
        "transparency": SHARED.get(card.transparency or ""),
    }
    return tuple(
        (info.label, _or_blank(shown.get(name, getattr(card, name, "")) or "", info.label))
        for name, info in (FIELDS | AGREED).items()
        if name in FIELDS or shown[name]
    )


@dataclass(frozen=True)
class Step:
    """One form of the promise: its words, what it makes testable, who could show that it was broken, its blanks.

    `states` names the fields of the card that the words of this form carry; the others it leaves open.
    """

    form: str
    text: str
    testable: str
    who: str
    states: frozenset[str]

    def stated(self, card: KpiCard) -> KpiCard:
        """Return the card as far as this form states it: what a reader of the form alone would know."""
        marks = card.thresholds
        if marks and "watch" not in self.states:
            marks = marks.model_copy(update={"watch": None})
        silent = {name: BLANK.get(name) for name in FIELDS | AGREED if name not in self.states}
        return card.model_copy(update={"thresholds": marks, **silent})

    @property
    def missing(self) -> tuple[str, ...]:
        """The blanks in the words, each once."""
        return tuple(dict.fromkeys(re.findall(r"\[([^\]]+) missing\]", self.text)))


def money_at_risk(card: KpiCard, agreement: Agreement) -> tuple[float, float] | None:
    """Return (amount at risk, fee), both for the card's period, in the file's currency and scale; None if unknown.

    The fee is the first recurring amount of the agreement.
    """
    each, fees = period(card), [amount for amount in agreement.amounts if amount.per != "once"]
    if card.at_risk is None or each is None or not fees:
        return None
    fee = fees[0].value * PER_YEAR[fees[0].per] / PER_YEAR[each]
    return card.at_risk * fee, fee


def steps(card: KpiCard, agreement: Agreement) -> tuple[Step, Step, Step]:
    """Return the promise as MOU sentence, SLA clause and KPI card, each with what it makes testable.

    >>> draft = KpiCard(id="otd", name="On time", unit="fraction of lines", direction="higher")
    >>> steps(draft, Agreement(schema=1, title="Draft"))[1].missing[:3]
    ('provider', 'target', 'period')
    """
    text, each = dict(lines(card, agreement)), period(card) or "[period missing]"
    customer, provider = _two_sides(agreement)
    goal = text["Strategic goal"]
    shared = "a goal they share" + (
        "" if re.search(r"\d", goal) else f": “{goal}”"
    )  # an MOU states no number
    mou = (
        f"{customer} and {_mid(provider)} intend to work together in good faith toward “{card.name}”, and so toward "
        f"{shared}."
    )
    least, beyond = ("at most", "Above") if card.direction == "lower" else ("at least", "Below")
    number = f"{least} {text['Target']}{_of(card)}"
    at_risk = _or_blank(printed(card.at_risk, "fraction"), "at-risk amount")
    amounts, unit = money_at_risk(card, agreement), f"{agreement.money.scale} {agreement.money.currency}"
    money = f" (up to {amounts[0]:,.4g} of {amounts[1]:,.6g} {unit})" if amounts else ""
    sla = (
        f"{provider} shall reach {number} in each {each}. Measured so: {text['Measurement method']}. "
        f"Data: {text['Data source']}. {beyond} {_threshold(card, 'breach')}, up to {at_risk} of the fee for that "
        f"{each}{money} is due as a service credit.{_agreed(card)}"
    )
    return (
        Step(
            "MOU sentence", mou, "Nothing yet. It records consensus on an aim.",
            "No one: whatever happens, each side can say that it tried. No data are named.",
            IN_SENTENCE,
        ),
        Step(
            "SLA clause", sla, f"One number in each {each}: {number}, and what a miss costs.",
            f"{customer}, at the end of each {each}. From: {text['Data source']}.",
            IN_CLAUSE,
        ),
        Step(
            "KPI card", "\n".join(f"{label}: {value}" for label, value in text.items()),
            "Also whether it beats the past (baseline), whether trouble was seen in time (watch threshold), and "
            "whether it serves both goals.",
            f"The owner on either side, or an auditor who repeats the method. From the same data, seen under this rule: "
            f"{text['Transparency rule']}.",
            frozenset(FIELDS | AGREED) | {"watch"},
        ),
    )  # fmt: skip


def _agreed(card: KpiCard) -> str:
    """Return what a negotiation added to the clause, as sentences."""
    share = card.gainshare is not None and printed(card.gainshare, "fraction")
    parts = (
        share and f"Of a gain beyond the target, {share} goes to the provider.",
        card.review_months and f"Both sides review the target {review(card.review_months)}.",
        card.baseline_adjustment and f"The baseline follows: {ADJUSTMENTS[card.baseline_adjustment]}.",
        card.transparency and f"Both sides see {SHARED[card.transparency]}.",
    )
    return "".join(f" {part}" for part in parts if part)


def _two_sides(agreement: Agreement) -> tuple[str, str]:
    """Return who receives and who promises: the customer and the vendor, or the first two partners."""
    names = party_names(agreement)
    order = sorted(agreement.parties, key=lambda party: ("customer", "partner", "vendor").index(party.side))
    found = [names[party.id] for party in order][:2]
    blanks = ["[customer missing]", "[provider missing]"]
    customer, provider = found + blanks[len(found) :]
    return customer, provider


def _of(card: KpiCard) -> str:
    """Return of what the number is a share; nothing where the unit stands in the number already."""
    if card.unit is None:
        return " [unit missing]"
    return card.unit.removeprefix("fraction") if card.unit.startswith("fraction") else ""


def _mid(name: str) -> str:
    return "the " + name[4:] if name.startswith("The ") else name
