"""The form of a KPI card: one labelled control a field, filled from a card and read back into one."""

from __future__ import annotations

from typing import Any

import ipywidgets as w
from pydantic import ValidationError

from alliance_analysis.agreement import Agreement, KpiCard
from alliance_analysis.agreement.kpi import Baseline, Thresholds
from alliance_analysis.drafting.fields import FIELDS, printed
from alliance_analysis.widgets.panel import field

SELECTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "direction": ("What is good", ("higher", "lower")),
    "perspective": (
        "Which side of the business it looks at",
        ("financial", "customer", "process", "learning"),
    ),
    "indicator": ("Leading warns early, lagging confirms late", ("leading", "lagging")),
}
LONG = {
    "operational_goal": "what works better on an ordinary day",
    "strategic_goal": "which aim of the alliance it serves",
    "rationale": "why this KPI, and how it could be gamed",
    "data_source": "which system, and who confirmed it",
    "measurement_method": "what is divided by what, in which period",
    "transparency_rule": "who sees what, what stays confidential",
}
NUMBERS = {
    "target": ("Target (%)", "The rate that is promised"),
    "watch": ("Watch threshold (%)", "Where attention starts"),
    "breach": ("Breach threshold (%)", "Where the promise is broken"),
    "at_risk": ("At-risk amount (% of fee)", "The share of the fee that depends on this KPI"),
}
OWNER = "owner_"
SIDES = {"customer": "customer side", "vendor": "provider side"}


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
    if 0 < value <= 1 and "risk" not in label:
        raise ValueError(f"{label}: {text.strip()} would mean at most one percent; write 95 for 95%.")
    return round(value / 100, 6)


class KpiForm:
    """The controls of a card by field; `tabs` shows them in four groups."""

    def __init__(self, agreement: Agreement) -> None:
        self.agreement = agreement
        self.controls: dict[str, Any] = {
            "name": field(w.Text, "Name", "What is delivered"),
            "unit": field(w.Text, "Unit: percent of", "All of what: the denominator"),
        }
        for key, (help, options) in SELECTS.items():
            pairs = [("choose", ""), *((f"{o} is better" if key == "direction" else o, o) for o in options)]
            self.controls[key] = field(w.Dropdown, FIELDS[key].field, help, options=pairs)
        for key, help in LONG.items():
            self.controls[key] = field(w.Textarea, f"{FIELDS[key].field}: {help}", help, rows=3)
        for party in agreement.parties[:2]:
            label = f"Owner, {SIDES.get(party.side, party.name)}"
            self.controls[OWNER + party.id] = field(w.Combobox, label, "A role, not a person")
        for key, (label, help) in NUMBERS.items():
            self.controls[key] = field(w.Text, label, help, continuous_update=False)
        for key, control in self.controls.items():
            control.add_class(f"cb-{key.replace('_', '-')}")

    def tabs(self) -> w.Tab:
        """Return the form in four tabs."""
        owners = [key for key in self.controls if key.startswith(OWNER)]
        groups = {
            "What": ["name", "unit", *SELECTS],
            "Why": list(LONG)[:3],
            "How": list(LONG)[3:],
            "How much": [*owners, *NUMBERS],
        }
        pages = [w.VBox([self.controls[key] for key in keys]) for keys in groups.values()]
        tabs = w.Tab(pages, titles=list(groups))
        tabs.add_class("cb-tabs")
        return tabs

    def suggest_roles(self, wanted: bool) -> None:
        """Offer the agreement's roles as owners, or none."""
        for key, control in self.controls.items():
            if key.startswith(OWNER):
                mine = [
                    r.title for r in self.agreement.roles if wanted and r.party == key.removeprefix(OWNER)
                ]
                control.options = mine
                control.placeholder = "choose or type" if mine else "type a role"

    def fill(self, card: KpiCard) -> None:
        """Show a card."""
        titles = {role.id: role.title for role in self.agreement.roles}
        marks = card.thresholds or Thresholds()
        numbers = {
            "target": card.target,
            "watch": marks.watch,
            "breach": marks.breach,
            "at_risk": card.at_risk,
        }
        for key, control in self.controls.items():
            if key in numbers:
                control.value = printed(numbers[key], "fraction", 4).removesuffix("%")
            elif key.startswith(OWNER):
                owner = card.owners.get(key.removeprefix(OWNER), "")
                control.value = titles.get(owner, owner)
            elif key == "unit":
                control.value = (card.unit or "").removeprefix("fraction of ")
            else:
                control.value = getattr(card, key) or ""

    def read(self, id: str, baseline: Baseline | None) -> tuple[KpiCard, list[str]]:
        """Return the card as typed so far and what is wrong in it; what is wrong stays out of the card."""
        faults: list[str] = []
        numbers: dict[str, float | None] = dict.fromkeys(NUMBERS)
        for key, (label, _) in NUMBERS.items():
            try:
                numbers[key] = fraction(self.controls[key].value, label.partition(" (")[0])
            except ValueError as error:
                faults.append(str(error))
        marks = {key: numbers.pop(key) for key in ("watch", "breach")}
        typed = {key: self.controls[key].value.strip() or None for key in ("name", "unit", *LONG)}
        if not typed["name"]:
            faults.append("Name: the card needs a name.")
        values: dict[str, Any] = {
            **typed, **numbers, **{key: self.controls[key].value or None for key in SELECTS}, "id": id,
            "name": typed["name"] or "[name missing]", "unit": typed["unit"] and f"fraction of {typed['unit']}",
            "owners": self._owners(), "baseline": baseline,
        }  # fmt: skip
        try:
            limits = Thresholds(**marks) if any(mark is not None for mark in marks.values()) else None
            return KpiCard(**values, thresholds=limits), faults
        except ValidationError as error:
            told = error.errors()[0]["msg"].removeprefix("Value error, ")
            return KpiCard(**values), [*faults, f"{told[:1].upper()}{told[1:]}."]

    def _owners(self) -> dict[str, str]:
        roles = {(role.party, role.title): role.id for role in self.agreement.roles}
        typed = {
            k.removeprefix(OWNER): c.value.strip() for k, c in self.controls.items() if k.startswith(OWNER)
        }
        return {party: roles.get((party, text), text) for party, text in typed.items() if text}
