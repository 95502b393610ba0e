"""How far the contributions hang on environment and assumptions: who wins where, and what moves the shares."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from alliance_analysis.agreement import ACCORDS
from alliance_analysis.figures.contribution import INVENTED, LOOK, SETTING, printed, unit
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.simulation.assumptions import ASSUMPTIONS
from alliance_analysis.simulation.contribution import (
    CLEAR,
    OUTCOMES,
    Estimate,
    Outcome,
)
from alliance_analysis.simulation.sensitivity import LEVELS, TIE, Swing, Wins


def environments(found: Wins, outcome: Outcome = "npv") -> Exhibit:
    """Return which accord wins where: for each volatility and strategy the parts of the other environments won."""
    names = (*ACCORDS, TIE)
    cells = _cells(found)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for (volatility, strategy), parts in cells.items():
            row, column, left = (
                LEVELS["volatility"].index(volatility),
                LEVELS["strategy"].index(strategy),
                0.0,
            )
            for name in names:
                colour, hatch = LOOK[name]
                axes.barh(row, 0.86 * parts[name], left=column + 0.86 * left, height=0.6, color=colour, hatch=hatch,
                          edgecolor="white", label=name if (row, column) == (0, 0) else None)  # fmt: skip
                left += parts[name]
        words = ("low", "middle", "high")
        axes.set_xticks([0.43, 1.43, 2.43], ["operational", "between", "strategic"])
        axes.set_yticks([0, 1, 2], words)
        axes.set_xlabel("Strategy")
        axes.set_ylabel("Volatility")
        axes.tick_params(length=0)
        figure.legend(loc="outside lower center", ncols=4)

    told = ", ".join(f"{name} {_part(found.won[name])}" for name in names)
    ways = "; ".join(
        f"volatility {v:g}, strategy {s:g}: "
        + ", ".join(f"{n} {100 * p:.0f}%" for n, p in parts.items() if p)
        for (v, s), parts in cells.items()
    )
    return Exhibit(
        "environments",
        f"Where Each Accord Contributes Most: {OUTCOMES[outcome][0]}",
        f"{len(found.studies)} environments; won by {told}. {ways}.",
        draw,
        size=(6.5, 3.0),
        note=f"Each bar is {len(found.studies) // len(cells)} environments. Of all "
        f"{len(found.studies)} (each of {SETTING} low, middle or high): {told}, with standard "
        f"errors in brackets. A tie: the first is not {CLEAR:g} standard errors ahead of the second. {INVENTED}",
        synthetic=True,
    )


def _part(found: Estimate) -> str:
    return f"{100 * found.mean:.1f}% ({100 * found.error:.1f})"


def _cells(found: Wins) -> dict[tuple[float, float], dict[str, float]]:
    """Return by (volatility, strategy) the part of the environments that each accord wins."""
    frame = pd.DataFrame(
        [
            (s.environment.volatility, s.environment.strategy, f)
            for s, f in zip(found.studies, found.first, strict=True)
        ],
        columns=["volatility", "strategy", "first"],
    )
    shares = frame.groupby(["volatility", "strategy"])["first"].value_counts(normalize=True)
    names = (*ACCORDS, TIE)
    keys = sorted({(float(v), float(s)) for v, s, _ in shares.index})
    return {key: {name: float(shares.get((*key, name), 0.0)) for name in names} for key in keys}


def swings(found: list[Swing], outcome: Outcome = "npv", shown: int = 8) -> Exhibit:
    """Return the assumptions that move the shares most, each moved alone over its range."""
    rows = [
        {
            "Assumption": safe(ASSUMPTIONS[s.key].says),
            "Range": f"{ASSUMPTIONS[s.key].low:.4g} to {ASSUMPTIONS[s.key].high:.4g}",
            **{
                a.capitalize(): f"{printed(s.low[i], outcome)} to {printed(s.high[i], outcome)}"
                for i, a in enumerate(ACCORDS)
            },
            "First": s.first[0] if s.first[0] == s.first[1] else f"{s.first[0]}, then {s.first[1]}",
        }
        for s in found[:shown]
    ]
    turned = [s for s in found if s.first[0] != s.first[1]]
    return Exhibit(
        "swings",
        "The Assumptions That Move the Shares Most",
        f"{shown} of {len(found)} assumptions; at the ends of {len(turned)} of them another accord is first or two tie.",
        table=pd.DataFrame(rows),
        widths=(38, 13, 12, 12, 12, 13),
        note=f"Shares in {unit(outcome)} at the low and the high end, the other assumptions as set. Over the ranges "
        f"of {len(turned)} of {len(found)} assumptions the first place changes. {INVENTED}",
        synthetic=True,
    )


def drawn(found: Wins) -> Exhibit:
    """Return how often each accord is first when all assumptions are drawn at once from their ranges."""
    rows = [{"First": n.capitalize(), "Share of draws": _part(found.won[n])} for n in (*ACCORDS, TIE)]
    told = ", ".join(f"{r['First'].lower()} {r['Share of draws']}" for r in rows)
    return Exhibit(
        "drawn",
        "Who Is First When All Assumptions Vary at Once",
        f"{len(found.studies)} draws of all assumptions: {told}.",
        table=pd.DataFrame(rows),
        widths=(50, 50),
        note=f"{len(found.studies)} draws of {len(ASSUMPTIONS)} assumptions by a seeded Latin hypercube, in the "
        f"environment as set. Standard errors (paths only) in brackets. {INVENTED}",
        synthetic=True,
    )
