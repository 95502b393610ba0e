"""The student's agreement file at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import pandas as pd

from alliance_analysis.agreement import ELEMENTS, Agreement, AgreementFile
from alliance_analysis.agreement.changes import changes
from alliance_analysis.agreement.clauses import CLAUSES
from alliance_analysis.drafting.lint import lint_card
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.records import as_plain


def overview(opened: AgreementFile) -> Exhibit:
    """Return what stands in the agreement file, or in the labelled example where there is none yet."""
    agreement = opened.agreement
    filled = [info.title for info in ELEMENTS.values() if agreement.element(info.key)]
    ready = [card.name for card in agreement.kpis if lint_card(card).ready]
    rows = [
        ("Title", escape(agreement.title, quote=False)),
        ("Parties", escape(", ".join(p.name for p in agreement.parties), quote=False) or "none yet"),
        ("KPI cards", f"{len(agreement.kpis)}, of which {len(ready)} could be signed"),
        ("Accord elements", f"{len(filled)} of {len(ELEMENTS)} (exit included)"),
        ("Choices kept", f"from {len(agreement.choices)} widgets"),
    ]
    note = f"{agreement.label.rstrip('.')}." if agreement.label else ""
    if opened.is_example:
        note = f"You have no agreement file yet, so this is the labelled example. {note}"
    return Exhibit(
        "overview",
        "The Labelled Example" if opened.is_example else "Your Agreement File",
        f"{agreement.title}: {rows[2][1]}; {rows[3][1]}.",
        table=pd.DataFrame(rows, columns=["Part", "What stands in it"]),
        widths=(25, 75),
        note=note,
        synthetic=opened.is_example,
    )


def parties(agreement: Agreement) -> Exhibit:
    """Return who agrees with whom, and which roles act and decide for each side."""
    rows = [
        {"Party": f"<strong>{safe(party.name)}</strong> ({party.side})",
         "Roles": "<br>".join(
             safe(role.title) + (f" (decides on {', '.join(role.decides)})" if role.decides else "")
             for role in agreement.roles if role.party == party.id) or "none yet"}
        for party in agreement.parties
    ]  # fmt: skip
    return Exhibit(
        "parties",
        "Parties and Roles",
        "; ".join(
            f"{p.name}: {sum(r.party == p.id for r in agreement.roles)} roles" for p in agreement.parties
        )
        or "No party yet.",
        table=pd.DataFrame(rows or [{"Party": "none yet"}]),
        widths=(35, 65) if rows else (),
    )


def clause_table(agreement: Agreement, key: str) -> Exhibit | None:
    """Return the clause fields of one accord element, or None where none is filled."""
    found = {name: as_plain(agreement.clauses).get(name) for name in CLAUSES[key]}
    if key == "exit" and agreement.exit:
        found |= {
            k: v for k, v in as_plain(agreement.exit).items() if k not in ("score", "owner", "triggers")
        }
    info = ELEMENTS[key]
    return section_table(
        agreement, {k: v for k, v in found.items() if v is not None}, key, f"Clauses: {info.title}"
    )


def section_table(
    agreement: Agreement, values: Mapping[str, Any], label: str, caption: str
) -> Exhibit | None:
    """Return a part of the agreement with one row for each entry, ids as names, rates in percent; None if it is empty."""
    names = {item.id: item.title for item in agreement.roles} | {p.id: p.name for p in agreement.parties}
    names |= {card.id: card.name for card in agreement.kpis}
    rows = [
        (safe(head), [safe(line) for line in lines])
        for name, value in values.items()
        for head, lines in _rows(name, value, names)
    ]
    if not rows:
        return None
    return Exhibit(
        label,
        caption,
        f"{len(rows)} entries: " + "; ".join(f"{head}: {'; '.join(lines)}" for head, lines in rows),
        table=pd.DataFrame(
            [(head, "<br>".join(lines)) for head, lines in rows], columns=["Clause", "What is agreed"]
        ),
        widths=(27, 73),
    )


RATES = {
    "band", "confidence", "tolerable_rate", "exposure", "control", "bears", "at_risk", "share", "shares", "vesting",
    "discount_rates",
}  # fmt: skip
"""Fields that hold fractions, printed as percent."""


def _rows(name: str, value: Any, names: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Yield head and lines of each entry of one field: an item of a list of records, a field of a record, or the value."""
    head = name.replace("_", " ").capitalize()
    if (
        isinstance(value, list)
        and value
        and isinstance(value[0], dict)
        and not {"id", "event"}.isdisjoint(value[0])
    ):
        for item in value:
            id = item.get("id") or item["event"]
            rest = {k: v for k, v in item.items() if k != "id"}
            yield f"{head}: {id.replace('_', ' ')}", _lines(rest, name, names)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield (
                f"{head}: {names.get(key, key.replace('_', ' '))}",
                _lines(item, key if key not in names else name, names),
            )
    else:
        yield head, _lines(value, name, names)


def _lines(value: Any, name: str, names: Mapping[str, str]) -> list[str]:
    """Return a value in words, each field of a record and each item of a list on its own line."""
    if isinstance(value, dict):
        said = {key: name if key in names else key for key in value}
        return [
            text if key in ("text", "label", "what", "name") else f"{_head(key, names)}: {text}"
            for key, item in value.items()
            for text in (_lines if _records(item) else _line)(item, said[key], names)
        ]
    if isinstance(value, list) and name != "vesting":
        return [_in_words(item, name, names) for item in value]
    return _line(value, name, names)


def _line(value: Any, name: str, names: Mapping[str, str]) -> list[str]:
    return [_in_words(value, name, names)]


def _records(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _head(key: str, names: Mapping[str, str]) -> str:
    return names.get(key, key.replace("_", " ").capitalize())


def _in_words(value: Any, name: str, names: Mapping[str, str]) -> str:
    """Return a value of the file in words; `name` is the field that it stands in."""
    if isinstance(value, dict):
        told = (
            _in_words(item, key, names) if key == "text" else
            f"{names.get(key, key.replace('_', ' '))}: {_in_words(item, name if key in names else key, names)}"
            for key, item in value.items()
        )  # fmt: skip
        return "; ".join(told)
    if isinstance(value, list):
        return ", then ".join(_in_words(i, name, names) for i in value) if name in ("tiers", "tranches", "vesting") else (
            "; ".join(_in_words(item, name, names) for item in value))  # fmt: skip
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{100 * value:.4g}%" if name in RATES else f"{value:g}"
    text = str(value)
    return names.get(text, text.replace("_", " ") if text.islower() and " " not in text else text)


def versions(old: Agreement, new: Agreement) -> Exhibit:
    """Return what differs between two versions of an agreement, field by field."""
    found = changes(old, new)

    def said(value: Any) -> str:
        return safe(
            "; ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
        )

    rows = [
        {"Field": safe(change.path.replace(".", " › ").replace("_", " ")), "Change": change.kind,
         "Earlier": said(change.old), "Later": said(change.new)}
        for change in found
    ]  # fmt: skip
    counts = ", ".join(
        f"{sum(c.kind == kind for c in found)} {kind}" for kind in ("added", "removed", "changed")
    )
    return Exhibit(
        "versions",
        "What Changed Between Two Versions of the Agreement",
        f"Fields: {counts}. " + "; ".join(f"{c.path} {c.kind}" for c in found[:12]),
        table=pd.DataFrame(rows or [{"Field": "nothing", "Change": "", "Earlier": "", "Later": ""}]),
        widths=(28, 12, 30, 30),
        note=f"Fields: {counts}. Choices made in widgets and provenance are left out.",
    )
