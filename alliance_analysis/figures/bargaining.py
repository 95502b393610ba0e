"""The worked example of a KPI package: the difference split, four rules that disagree, a promise held back; both cards."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.style import BLUE, ORANGE, RED
from alliance_analysis.negotiation import (
    BARRIERS,
    Frontier,
    Package,
    Solution,
    dominating,
    egalitarian,
    frontier,
    kalai_smorodinsky,
    nash,
    utilitarian,
    utility,
    worked_example,
)
from alliance_analysis.negotiation.blind import BlindCard, differences
from alliance_analysis.negotiation.sandbag import held_back

INVENTED = "Weights, value curves and reserved values are invented for teaching."
RULES: dict[str, tuple[Callable[[Frontier], Solution], str]] = {
    "nash": (nash, "the largest product of gains"),
    "kalai_smorodinsky": (kalai_smorodinsky, "equal shares of what each could best gain"),
    "egalitarian": (egalitarian, "the largest smaller gain"),
    "utilitarian": (utilitarian, "the largest sum"),
}


def _row(package: Package) -> dict[str, str]:
    """Return a package and both utilities as cells."""
    terms = {
        issue.label.removesuffix(" of the vendor"): worked_example.printed(issue.id, option)
        for issue, option in zip(worked_example.ISSUES, package, strict=True)
    }
    worth = {
        f"{party.name} gets": f"{utility(worked_example.ISSUES, party, package):.2f}"
        for party in worked_example.PARTIES
    }
    return {**terms, **worth}


def split() -> Exhibit:
    """Return the package in the middle of every scale, the same with the baseline adjusted, and what beats each."""
    found, rows, told = frontier(*worked_example.TABLE), [], []
    for name, package in (
        ("Every difference split", worked_example.SPLIT_THE_DIFFERENCE),
        ("The same, baseline adjusted", worked_example.SPLIT_AND_ADJUST),
    ):
        beaten = len(dominating(*worked_example.TABLE, package))
        rows.append({"Package": name, **_row(package), "Beaten by": f"{beaten:,}"})
        better = found.improvement(package).better
        rows.append({"Package": "… better for both", **_row(better), "Beaten by": "0"})
        told.append(f"{name}: {beaten:,} packages are better for one side and no worse for the other")
    frame = pd.DataFrame(rows)
    return Exhibit(
        "split",
        "Splitting Every Difference",
        ". ".join(told) + ".",
        table=frame,
        widths=(22, *[9] * (len(frame.columns) - 1)),
        note=f"“Beaten by” counts the packages that are better for one side and no worse for the other. {INVENTED}",
        synthetic=True,
    )


def rules() -> Exhibit:
    """Return the answers of the four bargaining solutions to the same negotiation."""
    found, rows, told = frontier(*worked_example.TABLE), [], []
    for name, (rule, says) in RULES.items():
        solution = rule(found)
        label = "Kalai-Smorodinsky" if name == "kalai_smorodinsky" else name.capitalize()
        told.append(f"{label}: {solution.utilities[0]:.2f} and {solution.utilities[1]:.2f}.")
        rows.append({"Rule": f"<strong>{label}</strong>: {says}", **_row(solution.package)})
    frame = pd.DataFrame(rows)
    count = len(frame.drop(columns="Rule").drop_duplicates())
    return Exhibit(
        "rules",
        "Four Rules, One Negotiation",
        f"The four rules give {count} different packages. {' '.join(told)}",
        table=frame,
        widths=(28, *[9] * (len(frame.columns) - 1)),
        sources=("nash1950bargaining", "kalai1975other"),
        note=f"All four lie on the frontier. A rule is a set of axioms, not a verdict on fairness. {INVENTED}",
        synthetic=True,
    )  # fmt: skip


def sandbag(mean: float = 0.96, sd: float = 0.012) -> Exhibit:
    """Return what a cap on the promised target costs the table, beside the chance of missing the promise.

    `mean` and `sd` describe the provider's unchanged process, as fractions.
    """
    found = held_back(*worked_example.TABLE, mean=mean, sd=sd)
    caps = [promise.cap for promise in found]

    def draw(figure: Figure) -> None:
        panels = (
            ("Largest sum of utilities", [p.joint for p in found], BLUE, "o"),
            ("Packages in the zone", [p.zone_size for p in found], ORANGE, "s"),
            ("Chance that a period misses it", [p.breach for p in found], RED, "^"),
        )
        for axes, (label, heights, colour, marker) in zip(figure.subplots(1, 3), panels, strict=True):
            axes.plot(caps, heights, color=colour, marker=marker)
            axes.set_title(label, fontsize=9)
            axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
            axes.set_xlabel("Highest target promised")
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))

    low, high = found[0], found[-1]
    return Exhibit(
        "sandbag",
        "A Promise Held Back",
        f"With promises up to {low.cap:.0%} the zone holds {low.zone_size:,} packages and the largest sum of utilities is "
        f"{low.joint:.2f}; with promises up to {high.cap:.0%} it holds {high.zone_size:,} and {high.joint:.2f}. "
        f"The chance that a period misses the promise rises from {low.breach:.1%} to {high.breach:.1%}.",
        draw,
        size=(7.5, 2.8),
        note=f"Results of a period taken as normal around {mean:.0%} with a standard deviation of {100 * sd:.1f} points: "
        f"an assumption. {INVENTED}",
        synthetic=True,
    )  # fmt: skip


def blind(card: BlindCard, *, example: bool = False) -> Exhibit:
    """Return what both sides wrote on the same card without seeing each other's, and where they differ."""
    found = differences(card)
    apart = [line for line in found if line.same is False]
    verdict = {None: "open", True: "the same", False: "<strong>not the same</strong>"}
    rows = [
        (
            line.label,
            line.customer,
            line.vendor,
            "–" if line.ratio is None or math.isinf(line.ratio) else f"{line.ratio:.3g}",
            verdict[line.same],
        )
        for line in found
    ]
    names = ", ".join(line.label.lower() for line in apart)
    return Exhibit(
        "blind_card",
        "One Card, Filled Blind by Both Sides" + (" (Demonstration)" if example else ""),
        f"{len(apart)} of {len(found)} lines differ{': ' + names if names else ''}.",
        table=pd.DataFrame(rows, columns=["Line", "The customer", "The provider", "Ratio", "Both mean"]),
        widths=(26, 24, 24, 8, 18),
        note=f"{len(apart)} of {len(found)} lines differ. Ratio: the larger number over the smaller."
        + (" An invented pair of cards; fill in your own above." if example else ""),
        synthetic=True,
    )


def barrier_list() -> Exhibit:
    """Return every barrier with its remedy and where it shows."""
    where = {"table": "in the transcript", "card": "on the KPI card", "house": "ask your people"}
    rows = [(safe(b.label), where[b.seen], safe(b.remedy)) for b in BARRIERS.values()]
    return Exhibit(
        "barrier_list",
        "Barriers and Remedies",
        f"{len(rows)} barriers to agreement on KPIs, each with its remedy.",
        table=pd.DataFrame(rows, columns=["Barrier", "Where it shows", "Remedy"]),
        widths=(38, 18, 44),
        sources=tuple(dict.fromkeys(key for b in BARRIERS.values() for key in b.sources)),
    )
