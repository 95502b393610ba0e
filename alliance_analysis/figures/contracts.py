"""The agreement beside filed contracts: clauses, pairs of clauses, elements, and words about KPIs."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from alliance_analysis.agreement import ELEMENTS, Agreement
from alliance_analysis.drafting import contracts
from alliance_analysis.drafting.anchors import LEVELS
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.style import BLUE, GREY, INK

NAMES = "Element names follow Goo et al. and are to be checked against the article; exit is this workbook's addition."
PRINTED = {"Rofr/Rofo/Rofn": "First Refusal or Offer"}
"""Labels of the data that need another word."""


def coverage(agreement: Agreement, kind: str | None = None) -> Exhibit:
    """Return how often each clause stands in real contracts of a type, with intervals, beside the agreement."""
    kind = kind or contracts.chosen_type(agreement)
    found = [clause for clause in contracts.compare(agreement, kind) if clause.share.found or clause.own]
    lacking = [clause.name for clause in contracts.usual_missing(agreement, kind)]
    n = found[0].share.contracts

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for place, clause in enumerate(found):
            low, high = clause.share.interval
            axes.plot([low, high], [place, place], color=GREY, linewidth=2.4, solid_capstyle="butt", zorder=1)
            axes.plot(clause.share.value, place, marker="o" if clause.own else "s", markersize=6.5,
                      markerfacecolor=BLUE if clause.own else "white", markeredgecolor=BLUE if clause.own else INK,
                      linestyle="none", zorder=2)  # fmt: skip
        axes.axvline(contracts.USUAL, color=INK, linewidth=0.9, linestyle="--")
        axes.set_yticks(range(len(found)), [PRINTED.get(clause.name, clause.name) for clause in found])
        axes.tick_params(axis="y", labelsize=8)
        axes.invert_yaxis()
        axes.set_xlim(-0.02, 1.02)
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_xlabel(f"Share of {n} contracts of the type {kind}")
        axes.grid(axis="x")
        figure.legend(
            handles=[
                Line2D([], [], marker="o", color=BLUE, linestyle="none", label="in this agreement"),
                Line2D([], [], marker="s", color=INK, markerfacecolor="white", linestyle="none",
                       label="not in this agreement"),
                Line2D([], [], color=GREY, linewidth=2.4, label="95 % interval (Wilson)"),
            ],
            loc="outside lower center", ncols=3,
        )  # fmt: skip

    return Exhibit(
        "contract_coverage",
        f"The Agreement Beside {n} Filed Contracts of the Type {kind}",
        f"Shares of {n} contracts: "
        + ", ".join(f"{c.name} {c.share.value:.0%}{' (own)' if c.own else ''}" for c in found)
        + f". Usual and not in the agreement: {', '.join(lacking) or 'none'}.",
        draw,
        size=(6.5, 1.1 + 0.215 * len(found)),
        sources=("hendrycks2021cuad",),
        note=f"Usual (in at least {contracts.USUAL:.0%}) and not in this agreement: {', '.join(lacking) or 'none'}. "
        "Real contracts that listed companies filed, no random sample. Redactions and schedules that were not filed make "
        "each share a lower bound. Frequent is not the same as good.",
    )


def pairs(agreement: Agreement, kind: str | None = None) -> Exhibit:
    """Return which clauses that raise a question stand with the one that answers it, in real contracts and here."""
    kind = kind or contracts.chosen_type(agreement)
    found = contracts.pairs(agreement, kind)
    marks = {True: "yes", False: "no"}
    rows = [
        {"This clause": pair.first, "calls for": pair.second, "Together": _share(pair.share),
         "Without": f"{pair.share.contracts - pair.share.found} of {pair.share.contracts}",
         "Yours": ("<strong>first without second</strong>" if pair.broken else
                   f"{marks[pair.own_first]}, {marks[pair.own_second]}")}
        for pair in found
    ]  # fmt: skip
    broken = [f"{pair.first} without {pair.second}" for pair in found if pair.broken]
    return Exhibit(
        "contract_pairs",
        f"Clauses That Call for Another, in Contracts of the Type {kind}",
        "; ".join(f"{p.first} with {p.second}: {p.share.found} of {p.share.contracts}" for p in found)
        + f". In the agreement: {', '.join(broken) or 'none is alone'}.",
        table=pd.DataFrame(rows),
        widths=(25, 27, 20, 12, 16),
        sources=("hendrycks2021cuad",),
        note="Together: among the contracts that have the first clause, with Wilson's 95 % interval. A pair is one that "
        "this workbook looked for; a clause that is alone in many contracts may be a gap in all of them.",
    )


def observed(agreement: Agreement, kind: str | None = None) -> Exhibit:
    """Return for each accord element what the marks in real contracts can say about it, or that they cannot."""
    kind = kind or contracts.chosen_type(agreement)
    shares = {clause.name: clause for clause in contracts.compare(agreement, kind)}
    rows = []
    for key, info in ELEMENTS.items():
        names = contracts.OBSERVED.get(key, ())
        told = "<br>".join(f"{name}: {_share(shares[name].share)}" for name in names)
        score = agreement.scores()[key]
        rows.append({"Element": f"{info.title} ({info.accord})",
                     "Your score": "–" if score is None else f"{score} {LEVELS[score]}",
                     "In real contracts": told or "<em>not observable</em>"})  # fmt: skip
    blind = [info.title for key, info in ELEMENTS.items() if key not in contracts.OBSERVED]
    return Exhibit(
        "contract_elements",
        f"What Contracts of the Type {kind} Say About Each Element",
        f"{len(ELEMENTS) - len(blind)} of {len(ELEMENTS)} elements have a labelled clause; not observable: "
        f"{', '.join(blind)}.",
        table=pd.DataFrame(rows),
        widths=(34, 16, 50),
        sources=("hendrycks2021cuad", "goo2009role"),
        note=f"Which clause bears on which element is this workbook's reading. Not observable: no label in the data, which "
        f"is not the same as absent from the contracts. {NAMES}",
    )


WORDINGS = {
    "strict": "KPI, scorecard, performance indicator, metric, measure or target",
    "broad": "the same, or performance standard, criteria or milestone",
    "quantity": "milestone, minimum order or payment, or service level",
    "service_level": "service level alone",
}


def wording(kind: str) -> Exhibit:
    """Return how many texts of a type have wording about KPIs, strictly and broadly, with every hit."""
    found = contracts.wording(kind)
    rows = []
    for name, says in WORDINGS.items():
        hits = contracts.hits(kind, name)
        told = "; ".join(
            f"{contract}: {', '.join(f'{h.words} ×{h.times} ({h.place:.0%})' for h in rows_.itertuples())}"
            for contract, rows_ in hits.groupby("contract")
        )
        rows.append({"Searched for": says, "Texts": _share(found[name]) if name in found else "no texts",
                     "Hits: text, words, times, place": safe(told) or "none"})  # fmt: skip
    return Exhibit(
        "contract_wording",
        f"Wording About KPIs in Contracts of the Type {kind}",
        "; ".join(f"{name}: {share.found} of {share.contracts} texts" for name, share in found.items()) or
        "No texts of this type are at hand.",
        table=pd.DataFrame(rows),
        widths=(26, 22, 52),
        sources=("hendrycks2021cuad",),
        note="Place: how far into the text the words stand first. Few words were searched for, schedules were often not "
        "filed and figures redacted: lower bounds. “Performance standards specified in this agreement” with none "
        "specified is boilerplate, not a KPI.",
    )  # fmt: skip


def _share(share: contracts.Share) -> str:
    low, high = share.interval
    return f"{share.found} of {share.contracts} ({low:.0%} to {high:.0%})"
