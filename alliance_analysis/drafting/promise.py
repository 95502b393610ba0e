"""One promise growing testable: as an MOU sentence, as an SLA clause, as a KPI card; and what bars a signature."""

from __future__ import annotations

import re
from dataclasses import dataclass

from alliance_analysis.agreement import Agreement, KpiCard
from alliance_analysis.drafting.examples import party_names
from alliance_analysis.drafting.fields import FIELDS, PAIR, PERIOD, Blocker, printed

PER_YEAR = {"week": 52, "month": 12, "quarter": 4, "year": 1}
"""How often a period comes in a year."""


def blockers(card: KpiCard) -> tuple[Blocker, ...]:
    """Return what is still missing before both sides could sign the card, in the order of the card.

    >>> [b.field for b in blockers(KpiCard(id="otd", name="On time", owners={"vendor": "Delivery lead"}))][-2:]
    ['At-risk amount', 'Owner on the other side']
    """
    found = [FIELDS.get(name, PAIR) for name in card.missing()]
    marks = card.thresholds
    found += [
        Blocker(f"{name.capitalize()} threshold", *FIELDS["thresholds"][1:])
        for name in ("watch", "breach")
        if marks and getattr(marks, name) is None
    ]
    found += [PERIOD] * bool(card.measurement_method and not period(card))
    return tuple(found + [ALARM] * _alarms_at_target(card))


ALARM = Blocker(
    "Watch threshold at odds with the target",
    "It is stricter than the target: a target that is met would raise an alarm.",
    "Set it at the target or less strict, or agree another target.",
)


def _alarms_at_target(card: KpiCard) -> bool:
    """Return whether a result that meets the target would still cross the watch threshold."""
    watch = card.thresholds.watch if card.thresholds else None
    return (
        watch is not None
        and card.target is not None
        and card.direction is not None
        and not (watch <= card.target if card.direction == "higher" else watch >= card.target)
    )


def notes(card: KpiCard) -> tuple[str, ...]:
    """Return what to know before signing that bars no signature: target and thresholds beside the baseline."""
    if card.baseline is None or card.direction is None:
        return ()
    found, base, sign = [], card.baseline.value, 1 if card.direction == "higher" else -1
    if card.target is not None:
        found.append(relative(card.target, base, card))
    if card.thresholds and card.thresholds.breach is not None and sign * (card.thresholds.breach - base) > 0:
        shown = printed(card.thresholds.breach, card.unit)
        found.append(f"The baseline already lies on the wrong side of the breach threshold of {shown}.")
    return tuple(found)


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
    """Return the period that the measurement method names first, or None.

    >>> period(KpiCard(id="otd", name="On time", measurement_method="Lines on time, of all due in the quarter"))
    'quarter'
    """
    found = re.search(r"\b(week|month|quarter|year)(?:ly|s)?\b", card.measurement_method or "", re.IGNORECASE)
    return found[1].lower() if found else None


def _or_blank(text: str | None, label: str) -> str:
    return text.strip().rstrip(".") if text else f"[{label.lower()} missing]"


def _owners(card: KpiCard, agreement: Agreement) -> str:
    titles = {role.id: role.title for role in agreement.roles}
    said = {party: titles.get(owner, owner) for party, owner in card.owners.items()}
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


def lines(card: KpiCard, agreement: Agreement) -> tuple[tuple[str, str], ...]:
    """Return every field of the card as (label, text as printed); a missing one is a visible blank."""
    shown = {
        "unit": card.unit and card.unit.replace("fraction", "percent", 1),
        "direction": card.direction and f"{card.direction} is better",
        "owners": _owners(card, agreement) if card.owners else "",
        "baseline": _baseline(card),
        "target": printed(card.target, card.unit),
        "thresholds": "; ".join(f"{n} {_threshold(card, n)}" for n in ("watch", "breach"))
        if card.thresholds
        else "",
        "at_risk": card.at_risk is not None and f"{printed(card.at_risk, 'fraction')} of the fee",
    }
    return tuple(
        (info.field, _or_blank(shown.get(name, getattr(card, name, "")) or "", info.field))
        for name, info in FIELDS.items()
    )


@dataclass(frozen=True)
class Step:
    """One form of the promise: its words, what it makes testable, who could show that it was broken, its blanks."""

    form: str
    text: str
    testable: str
    who: str

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
        f"{each}{money} is due as a service credit."
    )
    return (
        Step(
            "MOU sentence", mou, "Nothing yet. It records consensus on an aim.",
            "No one: whatever happens, each side can say that it tried. No data are named.",
        ),
        Step(
            "SLA clause", sla, f"One number in each {each}: {number}, and what a miss costs.",
            f"{customer}, at the end of each {each}. From: {text['Data source']}.",
        ),
        Step(
            "KPI card", "\n".join(f"{label}: {value}" for label, value in text.items()),
            "Also whether it beats the past (baseline), whether trouble was seen in time (watch threshold), and "
            "whether it serves both goals.",
            f"The owner on either side, or an auditor who repeats the method. From the same data, seen under this rule: "
            f"{text['Transparency rule']}.",
        ),
    )  # fmt: skip


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
