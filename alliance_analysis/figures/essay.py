"""Tables about the essay: where it stands, what is left to mend, and a KPI card short enough for a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape

import pandas as pd

from alliance_analysis.agreement import Agreement, KpiCard
from alliance_analysis.figures import kpi
from alliance_analysis.figures.exhibit import Exhibit

BRIEF = ("Data source", "Measurement method", "Owners", "Baseline", "Target", "Thresholds", "At-risk amount")
"""The fields of a KPI card that a short paper needs."""


def brief(card: KpiCard, agreement: Agreement) -> Exhibit:
    """Return the part of a KPI card that can be tested, short enough for a paper."""
    whole = kpi.card(card, agreement)
    assert whole.table is not None
    rows = whole.table[whole.table["Field"].isin(BRIEF)]
    return replace(
        whole,
        label="card_brief",
        alt=f"KPI card “{card.name}” in short. "
        + " ".join(f"{field}: {_plain(text)}." for field, text in rows.itertuples(index=False)),
        table=rows,
    )


def standing(rows: Sequence[tuple[str, int, Sequence[int], int, int]], pages: str) -> Exhibit:
    """Return where the paper stands: for each part its words, their budget, its citations and its evidence.

    `rows` are (part, words, budget from least to most, citations, evidence); `pages` says how long it is.
    """
    table = pd.DataFrame(
        [
            {
                "Part": escape(part, quote=False),
                "Words": str(count),
                "Budget": f"{budget[0]} to {budget[1]}",
                "Citations": str(cited),
                "Evidence": str(shown),
            }
            for part, count, budget, cited, shown in rows
        ]
    )
    written = sum(row[1] > 0 for row in rows)
    return Exhibit(
        "standing",
        "Where the Paper Stands",
        f"{written} of {len(rows)} parts written, {sum(row[1] for row in rows)} words. {pages}",
        table=table,
        widths=(40, 14, 18, 14, 14),
        note=pages,
    )


def readiness(rows: Sequence[tuple[str, str, str, bool]], verdict: str, pages: str) -> Exhibit:
    """Return what is left before the paper can be handed in; `rows` are (where, what, remedy, only a warning).

    `verdict` says whether it is ready, `pages` how long it is.
    """
    left = sum(not warning for *_, warning in rows)
    table = pd.DataFrame(
        [
            {
                "State": '<span class="cb-note">to check</span>' if warning else '<strong class="cb-bad">to mend</strong>',
                "Where": escape(where, quote=False),
                "What": escape(what, quote=False),
                "What to do": escape(remedy, quote=False),
            }
            for where, what, remedy, warning in sorted(rows, key=lambda row: row[3])
        ]
        or [{"State": '<strong class="cb-good">ready</strong>', "Where": "the paper", "What": "Nothing is left to mend.",
             "What to do": "Menu File, Export as Alliance Casebook PDF."}]
    )  # fmt: skip
    said = f"Still to mend: {left}." if left else f"The paper is {verdict}."
    return Exhibit(
        "readiness",
        "Is It Ready?",
        f"{said} {pages}",
        table=table,
        widths=(12, 22, 36, 30),
        note=f"{said} {pages} What is marked “to check” does not hold the paper back.",
    )


def _plain(html: str) -> str:
    return re.sub(r"<[^>]+>", " ", html).rstrip(".")
