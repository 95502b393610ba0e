"""The laboratory alliances: who stays with and without an exit-cost clause, and what it earns (real data)."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from alliance_analysis import datasets
from alliance_analysis.figures.exhibit import Exhibit
from alliance_analysis.figures.style import BLUE, RED

SOURCE = ("solinas2022competition",)
SHOWN = 12
"""Periods that the curves show; few alliances were drawn to last longer."""

LIMITS = (
    "People in a laboratory for small stakes, not firms; one size of exit cost; the same people form several "
    "alliances in a session, so that intervals that take alliances as independent are too narrow."
)
CLAUSES = {False: ("no clause", RED, "--"), True: ("exit-cost clause", BLUE, "-")}


def survival() -> Exhibit:
    """Return the survival curves of the alliances by treatment, with 95 % intervals (Kaplan-Meier)."""
    curves = datasets.experiment.survival(datasets.load("experiment_periods"))
    alliances = datasets.load("experiment_treatments").set_index(["competition", "partners", "exit_cost"])[
        "alliances"
    ]
    panels = [(competition, partners) for competition in ("high", "low") for partners in (2, 3)]

    def draw(figure: Figure) -> None:
        grid = figure.subplots(2, 2, sharex=True, sharey=True)
        for axes, (competition, partners) in zip(grid.flat, panels, strict=True):
            for clause, (label, colour, line) in CLAUSES.items():
                chosen = curves[
                    (curves["competition"] == competition)
                    & (curves["partners"] == partners)
                    & (curves["exit_cost"] == clause)
                ]
                rows = pd.concat(
                    [pd.DataFrame({"period": [0], "stands": [1.0], "low": [1.0], "high": [1.0]}), chosen]
                )
                steps = rows[rows["period"] <= SHOWN]
                axes.step(
                    steps["period"], steps["stands"], where="post", color=colour, linestyle=line, label=label
                )
                axes.fill_between(
                    steps["period"],
                    steps["low"],
                    steps["high"],
                    step="post",
                    color=colour,
                    alpha=0.15,
                    linewidth=0,
                )
            counts = [int(alliances[competition, partners, clause]) for clause in CLAUSES]
            axes.set_title(f"{partners} partners, {competition} competition")
            axes.text(12, 0.38, f"alliances: {counts[0]} without, {counts[1]} with", ha="right", fontsize=7.5)
            axes.set_ylim(0, 1.03)
        figure.supxlabel("Period", fontsize=9)
        figure.supylabel("Share of alliances nobody has left", fontsize=9)
        figure.legend(*grid.flat[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)

    told = "; ".join(
        f"{partners} partners, {competition} competition: {_stands(curves, competition, partners, False)} without "
        f"and {_stands(curves, competition, partners, True)} with the clause"
        for competition, partners in panels
    )
    return Exhibit(
        "experiment",
        "Laboratory Alliances That Nobody Has Left",
        f"Kaplan-Meier curves of {alliances.sum():,} laboratory alliances. Share that stands after {SHOWN} "
        f"periods: {told}.",
        draw,
        size=(6.5, 4.4),
        sources=SOURCE,
        note=f"Shaded: 95% intervals. Alliances that reached the length drawn for them are censored. {LIMITS}",
    )


def _stands(curves: pd.DataFrame, competition: str, partners: int, clause: bool) -> str:
    stands = curves.set_index(["competition", "partners", "exit_cost", "period"])["stands"]
    return f"{100 * stands[competition, partners, clause, SHOWN]:.0f}%"


def exit_costs() -> Exhibit:
    """Return by treatment how many alliances a partner left, and what partners earned."""
    table = datasets.load("experiment_treatments")
    share = {name: 100 * table[name] / table["alliances"] for name in ("ended", "always_contributed")}
    shown = pd.DataFrame(
        {
            "Competition": table["competition"],
            "Partners": table["partners"].astype(str),
            "Exit-cost clause": table["exit_cost"].map({True: "yes", False: "no"}),
            "Alliances": table["alliances"].astype(str),
            "Ended by exit": share["ended"].map("{:.1f}%".format),
            "All always contributed": share["always_contributed"].map("{:.1f}%".format),
            "Mean profit": table["mean_profit"].map("{:.2f}".format),
        }
    )
    told = "; ".join(
        f"{r['Partners']} partners, {r['Competition']} competition, clause {r['Exit-cost clause']}: "
        f"{r['Ended by exit']} ended, mean profit {r['Mean profit']}"
        for r in shown.to_dict("records")
    )
    return Exhibit(
        "exit_costs",
        "What an Exit-Cost Clause Did in the Laboratory",
        f"Eight treatments. {told}.",
        table=shown,
        widths=(14, 11, 14, 12, 14, 20, 13),
        sources=SOURCE,
        note=f"Profit in the experiment’s points, a partner and period. A clause keeps alliances together; with three "
        f"partners under high competition they last longer and earn less. {LIMITS}",
    )
