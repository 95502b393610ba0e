"""The scorecard with its working, how both sides see the alliance, and how far a ranking can be trusted."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from alliance_analysis.drafting.fields import printed
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.style import BLUE, GREY, INK, ORANGE, SKY
from alliance_analysis.measurement.ranking import Ranking
from alliance_analysis.measurement.ratings import Gap
from alliance_analysis.measurement.scorecard import Composite
from alliance_analysis.measurement.sensitivity import Band, Reversal


def _signed(value: float, digits: int = 1) -> str:
    return f"{value:+.{digits}f}".replace("-", "−") if value else "0"


def scorecard(found: Composite, title: str, *, synthetic: bool) -> Exhibit:
    """Return the scorecard: value, score, weight, contribution and public rating of each measure, and the total."""
    rows = [
        {
            "Measure": safe(line.measure.name) + (" <strong>(disputed)</strong>" if line.disputed else ""),
            "Perspective": line.measure.perspective.capitalize(),
            "Value": printed(line.actual, line.measure.unit),
            "Scores 0 to 1 from": f"{printed(line.measure.floor, line.measure.unit)} to "
            f"{printed(line.measure.target, line.measure.unit)}",
            "Score": f"{line.score:.2f}",
            "Weight": f"{line.measure.weight:.0%}",
            "Contribution": f"{line.contribution:.3f}",
            "Rating": line.rating,
        }
        for line in found.lines
    ]
    joined = "added up" if found.method == "arithmetic" else "multiplied"
    total = dict.fromkeys(rows[0], "") | {
        "Measure": "<strong>Composite</strong>",
        "Contribution": f"<strong>{found.score:.3f}</strong>",
    }
    disputed = [line.measure.name for line in found.lines if line.disputed]
    notes = [f"Contributions are {joined} to the composite ({found.method} mean, weights as agreed)."]
    notes += [f"Under dispute: {safe(', '.join(disputed))}."] if disputed else []
    notes += [f"The scorecard still lacks {', '.join(found.missing)}."] if found.missing else []
    notes.append(
        "Ratings are the words of the United Kingdom’s contract performance notices; their bands are agreed."
    )
    return Exhibit(
        "scorecard",
        f"Scorecard: {safe(title)}",
        f"Scorecard with a composite of {found.score:.3f} ({found.method} mean): "
        + "; ".join(
            f"{line.measure.name} scores {line.score:.2f} at weight {line.measure.weight:.0%}, rated {line.rating}"
            for line in found.lines
        )
        + ".",
        table=pd.DataFrame([*rows, total]),
        widths=(20, 12, 11, 16, 8, 9, 12, 12),
        sources=("kaplan2010managing", "procurement2023act"),
        note=" ".join(notes),
        synthetic=synthetic,
    )


def perception_gap(gap: Gap, names: tuple[str, str], *, synthetic: bool) -> Exhibit:
    """Return how both sides (printed as `names`) rated each item, the widest gap on top."""
    lines = sorted(gap.lines, key=lambda line: abs(line.gap))
    top = max(line.item.grades[-1] for line in lines)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for at, line in enumerate(lines):
            axes.plot([line.first, line.second], [at, at], color=GREY, linewidth=2.5, zorder=1)
            middle = (line.first + line.second) / 2
            axes.text(middle, at + 0.16, _signed(line.gap, 0), ha="center", fontsize=8)
        places = range(len(lines))
        axes.scatter([x.first for x in lines], places, 95, color=BLUE, marker="o", label=names[0], zorder=2)
        axes.scatter([x.second for x in lines], places, 42, color=ORANGE, marker="s", edgecolor=INK, linewidth=0.8,
                     label=names[1], zorder=3)  # fmt: skip
        axes.set_yticks(places, [line.item.question for line in lines])
        axes.set_ylim(-0.5, len(lines) - 0.4)
        axes.set_xticks(range(1, top + 1))
        axes.set_xlim(0.7, top + 0.3)
        axes.set_xlabel("Grade, 1 is worst")
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        figure.legend(loc="outside upper left", ncols=2, handletextpad=0.2)

    return Exhibit(
        "perception_gap",
        "How Both Sides See the Alliance",
        f"Grades given by {names[0]} and {names[1]}: "
        + "; ".join(f"{x.item.question} {x.first} and {x.second}" for x in reversed(lines))
        + f". The mean gap is {_signed(gap.mean)}, its mean size {gap.mean_size:.1f} grades.",
        draw,
        size=(6.5, 1.5 + 0.42 * len(lines)),
        note=f"Numbers on the lines: {safe(names[0])} less {safe(names[1])}. Mean gap {_signed(gap.mean)}, mean size "
        f"{gap.mean_size:.1f} grades: gaps of opposite sign cancel in the first and not in the second. "
        "Each grade is worded as behaviour.",
        synthetic=synthetic,
    )


def weight_bands(bands: Sequence[Band], *, synthetic: bool) -> Exhibit:
    """Return for each weight the range in which the first place and the whole ranking stay as they are."""
    order = list(reversed(bands))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        places = range(len(order))
        for (left, height, colour, hatch, label) in (
            ([b.first for b in order], 0.62, SKY, "", "first place holds"),
            ([b.ranking for b in order], 0.28, BLUE, "////", "whole ranking holds"),
        ):  # fmt: skip
            axes.barh(places, [high - low for low, high in left], left=[low for low, _ in left], height=height,
                      color=colour, alpha=0.75, edgecolor=INK, linewidth=0.6, hatch=hatch, label=label)  # fmt: skip
        axes.scatter([b.weight for b in order], places, 60, color=INK, marker="D", edgecolor="white", zorder=3,
                     label="weight now")  # fmt: skip
        axes.set_yticks(places, [band.criterion for band in order])
        axes.set_xlim(-0.01, 1.01)
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_xlabel("Weight of the criterion; the others keep their proportions")
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        figure.legend(loc="outside upper left", ncols=3, handlelength=1.5)

    return Exhibit(
        "weight_bands",
        "How Far Each Weight Can Move Before the Ranking Changes",
        "Range of each weight in which the whole ranking holds: "
        + "; ".join(
            f"{b.criterion} now {b.weight:.0%}, {b.ranking[0]:.0%} to {b.ranking[1]:.0%}" for b in bands
        )
        + ". The first place holds: "
        + "; ".join(f"{b.criterion} {b.first[0]:.0%} to {b.first[1]:.0%}" for b in bands)
        + ".",
        draw,
        size=(6.5, 1.4 + 0.42 * len(order)),
        sources=("triantaphyllou1997sensitivity",),
        note="Exact for a weighted sum, one weight at a time. A narrow bar around the mark means that the weights, and "
        "not the values, decide.",
        synthetic=synthetic,
    )


def ranking(found: Ranking, changes: Sequence[Reversal], *, synthetic: bool) -> Exhibit:
    """Return a ranking with its weighted values, and the pairs that change places without a third alternative."""
    how = "weighted sum" if found.method == "weighted_sum" else "TOPSIS"
    best_first = found.ranks.sort_values(kind="stable").index
    table = found.weighted.map("{:.3f}".format).loc[best_first].T
    table.columns = pd.Index([f"{found.ranks[name]}. {safe(str(name))}" for name in best_first])
    table.insert(0, "Criterion", [f"{safe(str(name))} ({w:.0%})" for name, w in found.weights.items()])
    table.loc["score"] = ["Score", *(f"{found.scores[name]:.3f}" for name in best_first)]
    order = " over ".join(f"{safe(name)} ({found.scores[name]:.3f})" for name in best_first)
    turned = " ".join(
        f"Without {safe(r.removed)}, {safe(r.behind)} is ahead of {safe(r.ahead)} ({r.without_it[1]:.3f} to "
        f"{r.without_it[0]:.3f})."
        for r in changes
    )
    reversal = (
        f"Rank reversal: {turned}" if turned else "No rank reversal when any one alternative is left out."
    )
    return Exhibit(
        "ranking",
        f"Ranking by {how.capitalize() if how != 'TOPSIS' else how}",
        f"Ranking by {how}, normalisation {found.normalisation}: {order}. {reversal}",
        table=table,
        sources=("hwang1981multiple",),
        note=f"Cells hold normalised values times weights ({how}, normalisation {found.normalisation}). {reversal}",
        synthetic=synthetic,
    )
