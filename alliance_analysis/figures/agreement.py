"""The student's agreement file at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from alliance_analysis.agreement import ELEMENTS, Agreement, AgreementFile
from alliance_analysis.agreement.changes import changes
from alliance_analysis.agreement.clauses import CLAUSES
from alliance_analysis.agreement.files import leaves
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
    """Return nested values of the agreement field by field, ids printed as names; None where there is none."""
    names = {role.id: role.title for role in agreement.roles} | {p.id: p.name for p in agreement.parties}
    names |= {card.id: card.name for card in agreement.kpis}

    def said(value: Any) -> str:
        items = value if isinstance(value, list) else [value]
        return "; ".join(
            names.get(str(item), f"{item:g}" if isinstance(item, float) else str(item)) for item in items
        )

    rows = [
        (
            safe(", ".join(names.get(part, part.replace("_", " ")) for part in path.split(".")).capitalize()),
            safe(said(v)),
        )
        for path, v in leaves(dict(values))
    ]
    if not rows:
        return None
    return Exhibit(
        label,
        caption,
        f"{len(rows)} fields: " + "; ".join(f"{field}: {text}" for field, text in rows),
        table=pd.DataFrame(rows, columns=["Field", "What is agreed"]),
        widths=(40, 60),
    )


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
