"""The joint investment: the account, who pays what, and each partner's case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from alliance_analysis.agreement import Investment
from alliance_analysis.agreement.files import Money
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.incentives import unit
from alliance_analysis.figures.style import BLUE, GREY, INK, ORANGE, RED
from alliance_analysis.incentives.account import Ledger, cost_shares
from alliance_analysis.incentives.investment import FailureAgainstSuccess, PartnerCase, term_warnings

LOOKS = ((BLUE, "-", "o"), (ORANGE, "-.", "s"))


def account(found: Ledger, names: Mapping[str, str], money: Money) -> Exhibit:
    """Return the ledger of the joint account, and which tranches were withheld, and why."""
    rows = [
        (
            f"{e.month:g}",
            safe(names.get(e.commitment, e.commitment)),
            safe(e.what),
            _signed(e.amount),
            _signed(e.balance),
        )
        for e in found.entries
    ]
    kept = "; ".join(f"{safe(names.get(name, name))}: {safe(why)}" for name, _, why in found.withheld)
    return Exhibit(
        "account",
        "The Joint Account",
        f"Ledger of {len(rows)} movements; balance at the end {_signed(found.balance)} {unit(money)}. "
        f"Withheld: {kept or 'nothing'}.",
        table=pd.DataFrame(rows, columns=["Month", "Commitment", "What", f"Amount, {unit(money)}", "Balance"]),
        widths=(9, 26, 37, 16, 12),
        note=f"Withheld: {kept}." if kept else "Every tranche is released.",
        synthetic=True,
    )  # fmt: skip


def _signed(value: float) -> str:
    return f"{round(value, 6) + 0.0:,.4g}".replace("-", "−")


def asset_classes(terms: Investment, money: Money) -> Exhibit:
    """Return what each party bears of each asset class."""
    found = cost_shares(terms)
    parties = list(dict.fromkeys(party for row in found.values() for party in row))
    rows = [
        (name.replace("_", " ").capitalize(), *(_share(row, party) for party in parties))
        for name, row in found.items()
    ]
    return Exhibit(
        "asset_classes",
        "Who Pays for Which Kind of Asset",
        "; ".join(f"{row[0]}: {', '.join(map(' '.join, zip(parties, row[1:], strict=True)))}" for row in rows) + ".",
        table=pd.DataFrame(rows, columns=["Asset class", *(f"{p.capitalize()}, {unit(money)}" for p in parties)]),
        synthetic=True,
    )  # fmt: skip


def _share(row: Mapping[str, float], party: str) -> str:
    return f"{row.get(party, 0.0):,.4g} ({row.get(party, 0.0) / sum(row.values()):.0%})"


def j_curve(cases: Sequence[PartnerCase], term_months: float, money: Money) -> Exhibit:
    """Return each partner's sum of flows so far, with the payback and the end of the contract."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for case, (colour, style, marker) in zip(cases, LOOKS, strict=False):
            months = np.arange(len(case.flows))
            axes.plot(months, case.cumulative, style, color=colour, label=case.party)
            if case.payback is not None:
                axes.plot(
                    [case.payback], [case.cumulative[case.payback]], marker, color=colour, markeredgecolor=INK
                )
        axes.axhline(0, color=GREY, linewidth=1)
        axes.axvline(term_months, color=RED, linestyle=":", linewidth=1.4, label="end of the contract")
        axes.set_xlabel("Month")
        axes.set_ylabel(f"Sum of flows, {unit(money)}")
        axes.grid(axis="y")
        figure.legend(loc="outside upper left", ncols=3)

    told = "; ".join(
        f"{case.party}: lowest {_signed(float(case.cumulative.min()))}, at the end {_signed(float(case.cumulative[-1]))}, "
        f"{'never back' if case.payback is None else f'back after {case.payback} months'}"
        for case in cases
    )
    warned = term_warnings(cases, term_months)
    return Exhibit(
        "j_curve",
        "Money In, Then Money Back",
        f"Sum of each partner's flows by month, contract of {term_months:g} months. {told}.",
        draw,
        note=("Warning: " + "; ".join(warned) + "." if warned else "Both have their money back within the contract.")
        + " Markers: payback.",
        synthetic=True,
    )  # fmt: skip


def partner_cases(
    cases: Sequence[PartnerCase], failures: Sequence[FailureAgainstSuccess], money: Money
) -> Exhibit:
    """Return net present value, internal rate, payback, and failure beside success, per partner."""

    def months(value: int | None) -> str:
        return "never" if value is None else f"{value} months"

    what = ("Rate asked a year", "Net present value", "Internal rate of return", "Payback", "Break-even horizon",
            "If all fails, with gates", "If all fails, without gates", "Loss with gates per unit of gain")  # fmt: skip
    columns = {"": list(what)}
    for case, other in zip(cases, failures, strict=True):
        ratio = "no gain" if other.ratio is None else f"{other.ratio:.1f}"
        columns[case.party.capitalize()] = [
            f"{case.rate:.0%}", _signed(case.npv), case.rate_in_words, months(case.payback), months(case.break_even),
            _signed(other.gated), _signed(other.ungated), ratio,
        ]  # fmt: skip
    frame = pd.DataFrame(columns).rename(columns={"": "Measure"})
    return Exhibit(
        "partner_cases",
        "The Case of Each Partner",
        "; ".join(" ".join(f"{name}: {row[name]}" for name in frame.columns) for _, row in frame.iterrows()) + ".",
        table=frame,
        note=f"Present values in {unit(money)}, the cost of managing the alliance included. With gates, every commitment "
        "stops at its second tranche; without, everything is paid and nothing returns.",
        synthetic=True,
    )  # fmt: skip
