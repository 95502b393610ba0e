"""The form of a KPI card: one labelled control a field, filled from a card or a template, and read back into a card."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from typing import Any

import ipywidgets as w
from pydantic import ValidationError

from alliance_analysis.agreement import Agreement, KpiCard
from alliance_analysis.agreement.kpi import Baseline, Thresholds
from alliance_analysis.drafting import fields
from alliance_analysis.drafting.fields import FIELDS, told_apart
from alliance_analysis.drafting.track_record import OWN
from alliance_analysis.widgets.kpi_controls import (
    AGREED,
    AT,
    LONG,
    NUMBERS,
    OWNER,
    PAST,
    PERCENT,
    PERCENTS,
    SELECTS,
    SIDES,
    WHAT,
    fraction,
    number,
    plainly,
    typed,
)
from alliance_analysis.widgets.panel import field


class KpiForm:
    """The controls of a card by name; `tabs` shows them in five groups."""

    def __init__(self, agreement: Agreement) -> None:
        self.agreement = agreement
        self.given: dict[str, str] = {}
        self.controls: dict[str, Any] = {
            "name": field(w.Text, "Name", "What is delivered"),
            "scale": field(w.Dropdown, "Counted as", "A share of a whole, or a number",
                           options=[("percent of", PERCENT), ("a number of", "number")]),
            "unit": field(w.Text, "Unit", "After percent: of what, the denominator; else days, units, money"),
        }  # fmt: skip
        for key, (help, options) in SELECTS.items():
            pairs = [("choose", ""), *((told, value) for value, told in options.items())]
            self.controls[key] = field(w.Dropdown, (FIELDS | fields.AGREED)[key].label, help, options=pairs)
        for key, help in LONG.items():
            self.controls[key] = field(w.Textarea, f"{FIELDS[key].label}: {help}", help, rows=3)
        titles = [role.title for role in agreement.roles]
        self.controls["source_confirmed_by"] = field(
            w.Combobox, FIELDS["source_confirmed_by"].label, "The role that runs the system, usually in IT", options=titles
        )  # fmt: skip
        for party in agreement.parties[:2]:
            label = f"Owner, {SIDES.get(party.side, party.name)}"
            self.controls[OWNER + party.id] = field(w.Combobox, label, "A role, not a person")
        for key, (label, help) in (NUMBERS | PAST).items():
            self.controls[key] = field(w.Text, label, help, continuous_update=False)
        self.controls["past"] = field(
            w.Dropdown, "The past is", "A stand-in, or what you measured yourselves",
            options=[("a vendor's real deliveries (above)", "stand_in"), ("our own measurement", OWN)],
        )  # fmt: skip
        for key, control in self.controls.items():
            control.add_class(f"cb-{key.replace('_', '-')}")
        owners = [key for key in self.controls if key.startswith(OWNER)]
        self.groups = {
            "What": ["name", "scale", "unit", *WHAT],
            "Why": list(LONG)[:4],
            "How": [
                "data_source",
                "source_confirmed_by",
                "measurement_method",
                "period",
                "transparency_rule",
            ],
            "How much": [*owners, *list(NUMBERS)[:-1]],
            "Terms": ["gainshare", *AGREED],
            "The past": ["past", *PAST],
        }
        self.tabs = w.Tab(
            [w.VBox([self.controls[key] for key in keys]) for keys in self.groups.values()],
            titles=list(self.groups),
        )
        self.tabs.add_class("cb-tabs")

    def go_to(self, rule: str) -> None:
        """Open the tab in which a rule's finding is mended, and put the cursor there."""
        wanted = AT.get(rule, rule)
        for index, keys in enumerate(self.groups.values()):
            here = [key for key in keys if key == wanted or (wanted == OWNER and key.startswith(OWNER))]
            if here:
                self.tabs.selected_index = index
                self.controls[next((key for key in here if not self.controls[key].value), here[0])].focus()

    def suggest_roles(self, wanted: bool) -> None:
        """Offer the agreement's roles as owners, or none."""
        for key, control in self.controls.items():
            if key.startswith(OWNER):
                mine = [
                    r.title for r in self.agreement.roles if wanted and r.party == key.removeprefix(OWNER)
                ]
                control.options = mine
                control.placeholder = "choose or type" if mine else "type a role"

    def _shown(self, card: KpiCard) -> dict[str, str]:
        """Return what each control shows of a card."""
        titles = {role.id: role.title for role in self.agreement.roles}
        marks, base = card.thresholds or Thresholds(), card.baseline
        kind = PERCENT if (card.unit or PERCENT).startswith(PERCENT) else "number"
        numbers = {"target": card.target, "watch": marks.watch, "breach": marks.breach,
                   "base_value": base.value if base else None}  # fmt: skip
        shown = {key: typed(value, kind) for key, value in numbers.items()}
        shown |= {name: typed(getattr(card, name), PERCENT) for name in PERCENTS} | {"scale": kind}
        shown["review_months"] = str(card.review_months or "")
        shown["unit"] = (card.unit or "").removeprefix("fraction of ")
        if base:
            count = str(base.observations or "")
            shown |= {"base_start": str(base.start), "base_end": str(base.end), "base_count": count,
                      "base_source": base.source}  # fmt: skip
        for key in self.controls:
            if key.startswith(OWNER):
                owner = card.owners.get(key.removeprefix(OWNER), "")
                shown[key] = titles.get(owner, owner)
        confirmed = card.source_confirmed_by or ""
        shown["source_confirmed_by"] = titles.get(confirmed, confirmed)
        return {key: shown[key] if key in shown else getattr(card, key, None) or "" for key in self.controls}

    def blank(self) -> dict[str, str]:
        """Return what stands in the controls of an empty form."""
        return {**dict.fromkeys(self.controls, ""), "scale": PERCENT, "past": OWN}

    def fill(self, card: KpiCard | None, past: str, *, start: bool) -> None:
        """Show a card, or an empty form; what a `start` puts there may be replaced by a template unasked."""
        self._offer_partners(card.pairs_with if card else None, card.id if card else None)
        shown = self._shown(card) if card else self.blank()
        shown["past"] = past
        if past != OWN:
            shown |= dict.fromkeys(PAST, "")
        review = self.controls["review_months"]
        if shown["review_months"] not in (months for _, months in review.options):
            review.options = [
                *review.options,
                (f"every {shown['review_months']} months", shown["review_months"]),
            ]
        for key, value in shown.items():
            self.controls[key].value = value
        self.given = dict(shown) if start else {}

    def prefill(self, card: KpiCard, past: str, replace: Collection[str] = ()) -> list[str]:
        """Fill in a template; return the controls left alone because something else was typed there.

        A partner KPI that has no card in the file is left for the student to choose.
        """
        listed = card.pairs_with in {other.id for other in self.agreement.kpis}
        card = card if listed else card.model_copy(update={"pairs_with": None})
        self._offer_partners(card.pairs_with, card.id)
        shown = {key: value for key, value in {**self._shown(card), "past": past}.items() if value}
        in_the_way = [
            key for key, value in shown.items()
            if key not in replace and self.controls[key].value not in ("", value, self.given.get(key))
        ]  # fmt: skip
        if {"scale", "unit"} & set(in_the_way):  # a unit and how it is counted are one thing
            in_the_way += [
                k for k in ("scale", "unit") if k not in in_the_way and self.controls[k].value != shown[k]
            ]
        for key, value in shown.items():
            if key not in in_the_way:
                self.controls[key].value = value
                self.given[key] = value
        return in_the_way

    def _offer_partners(self, wanted: str | None, own: str | None) -> None:
        cards = told_apart({card.id: card.name for card in self.agreement.kpis if card.id != own})
        if wanted and wanted not in dict(map(reversed, cards)):  # type: ignore[arg-type]
            cards.append((f"{wanted.replace('_', ' ')} (no card yet)", wanted))
        control = self.controls["pairs_with"]
        chosen = control.value
        control.options = [("choose", ""), *cards]
        control.value = chosen if chosen in [id for _, id in cards] else ""

    def restore(self, remembered: dict[str, tuple[str, str]]) -> bool:
        """Put back what was typed over a value that still stands (before, text); return whether there was any."""
        back = False
        for key, (before, text) in remembered.items():
            control = self.controls.get(key)
            if control is None or not control.value == before != text:
                continue
            if not isinstance(control, w.Dropdown) or text in [option for _, option in control.options]:
                control.value = text
                back = True
        return back

    def values(self) -> dict[str, str]:
        """Return what stands in each control."""
        return {key: control.value for key, control in self.controls.items()}

    def read(self, id: str, stand_in: Baseline | None) -> tuple[KpiCard, list[str]]:
        """Return the card as typed so far and what is wrong in it; what is wrong stays out of the card."""
        faults: list[str] = []
        percent = self.controls["scale"].value == PERCENT
        numbers: dict[str, float | None] = dict.fromkeys([*NUMBERS, "base_value"])
        for key, (label, _) in (NUMBERS | {"base_value": PAST["base_value"]}).items():
            try:
                parse = fraction if percent or key in PERCENTS else number
                numbers[key] = parse(self.controls[key].value, label.partition(" (")[0])
            except ValueError as error:
                faults.append(str(error))
        base = stand_in
        if self.controls["past"].value == OWN:
            try:
                base = self._own_past(numbers["base_value"])
            except ValueError as error:
                base = None
                faults.append(plainly(error))
        marks = {key: numbers.pop(key) for key in ("watch", "breach")}
        del numbers["base_value"]
        texts = {key: self.controls[key].value.strip() or None for key in ("name", "unit", *LONG)}
        if not texts["name"]:
            faults.append("Name: the card needs a name.")
        confirmed = self.controls["source_confirmed_by"].value.strip()
        ids = {role.title: role.id for role in self.agreement.roles}
        values: dict[str, Any] = {
            **texts, **numbers, **{key: self.controls[key].value or None for key in SELECTS}, "id": id,
            "name": texts["name"] or "[name missing]",
            "unit": texts["unit"] and (f"fraction of {texts['unit']}" if percent else texts["unit"]),
            "source_confirmed_by": ids.get(confirmed, confirmed) or None,
            "owners": self._owners(), "baseline": base,
        }  # fmt: skip
        try:
            limits = Thresholds(**marks) if any(mark is not None for mark in marks.values()) else None
            return KpiCard(**values, thresholds=limits), faults
        except ValidationError as error:
            return KpiCard(**values), [*faults, plainly(error)]

    def _own_past(self, value: float | None) -> Baseline | None:
        """Return the baseline as typed, None for none; raises ValueError if a part is missing or wrong."""
        parts = {key: self.controls[key].value.strip() for key in PAST}
        if not any(parts.values()):
            return None
        lacking = [PAST[k][0].lower() for k, text in parts.items() if not text and k != "base_count"]
        if lacking or value is None:
            raise ValueError(f"The past: {', '.join(lacking) or 'baseline'} missing.")
        try:
            start, end = (datetime.date.fromisoformat(parts[key]) for key in ("base_start", "base_end"))
        except ValueError:
            raise ValueError("The past: write days as 2025-01-31.") from None
        count = number(parts["base_count"], PAST["base_count"][0])
        return Baseline.model_validate(
            {
                "value": value,
                "start": start,
                "end": end,
                "source": parts["base_source"],
                "observations": count,
            }
        )

    def _owners(self) -> dict[str, str]:
        roles = {(role.party, role.title): role.id for role in self.agreement.roles}
        parts = {
            k.removeprefix(OWNER): c.value.strip() for k, c in self.controls.items() if k.startswith(OWNER)
        }
        return {party: roles.get((party, text), text) for party, text in parts.items() if text}
