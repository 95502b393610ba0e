"""The student's agreement file at a glance."""

from __future__ import annotations

from html import escape

import pandas as pd

from alliance_analysis.agreement import ELEMENTS, AgreementFile
from alliance_analysis.drafting.lint import lint_card
from alliance_analysis.figures.exhibit import Exhibit


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
