"""What can be counted in a case: each figure from real data, or the reason why there is none."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from alliance_analysis.cases import Case
from alliance_analysis.cases.measures import Forgone, GrowthExhibit, Outcome, Outcomes, Volumes
from alliance_analysis.errors import BadInput
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.initiatives import exits, initiative_results, initiatives
from alliance_analysis.figures.style import BLUE, CYCLE, GREY, INK, MARKERS, ORANGE, SKY

BASES = {"documented": (BLUE, ""), "inferred": (SKY, "///"), "invented": (ORANGE, "xxx")}
"""Colour and hatch that say how a number is known."""


def percent(value: float, digits: int = 1) -> str:
    """Return a fraction as a signed percentage.

    >>> percent(0.137), percent(-0.046)
    ('+13.7%', '−4.6%')
    """
    return f"{value:+.{digits}%}".replace("-", "−")


def volumes(case: Case, data: Volumes) -> Exhibit:
    """Return volumes as each source reports them, and price x volume as an index of the base period."""
    changes, revenue = data.changes(), data.revenue_changes()
    periods = sorted({point.period for report in data.reports for point in report.points})
    labels = list(changes)

    def draw(figure: Figure) -> None:
        left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
        for report, marker, colour in zip(data.reports, MARKERS, CYCLE, strict=False):
            points = {p.period: p.value for p in report.points}
            xs = [periods.index(period) for period in points]
            if len(xs) >= 1:
                left.plot(xs, list(points.values()), marker=marker, color=colour, label=report.label)
        left.set_xticks(range(len(periods)), periods, rotation=30 if len(periods) > 4 else 0)
        left.set_ylim(0, 1.06 * max(point.value for report in data.reports for point in report.points))
        left.set_ylabel(data.unit)
        left.set_title("Volume, as reported")
        left.grid(axis="y")
        left.legend(loc="lower right")
        rows = np.arange(len(labels))
        right.barh(rows - 0.2, [100 * (1 + changes[n]) for n in labels], 0.36, color=BLUE, label="volume")
        right.barh(
            rows + 0.2, [100 * (1 + revenue[n]) for n in labels], 0.36, color=ORANGE, hatch="///", edgecolor=INK,
            linewidth=0.5, label="price × volume",
        )  # fmt: skip
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        for row, name in zip(rows, labels, strict=True):
            for change, side in ((changes[name], -0.2), (revenue[name], 0.2)):
                index = 100 * (1 + change)
                right.text(index + 1.5, row + side, f"{index:.0f}", va="center", bbox=box)
        right.axvline(100, color=INK, linewidth=0.8, linestyle="--")
        right.set_yticks(rows, labels)
        right.set_ylim(len(labels) - 0.4, -1.35)
        right.set_xlim(0, 124)
        right.set_xlabel(f"Index, {data.base} = 100")
        right.set_title(f"{data.compare} against {data.base}")
        right.legend(loc="upper left", ncols=2, frameon=True, framealpha=1, edgecolor="white", borderpad=0.2)

    told = "; ".join(
        f"{name}: volume {percent(v, 0)}, price × volume {percent(revenue[name])}"
        for name, v in changes.items()
    )
    sources = [s for report in data.reports for s in report.sources] + [
        s for p in data.prices for s in p.sources
    ]
    return Exhibit(
        "volumes",
        f"{case.file.short}: Price and Volume by Source",
        f"Volumes from {periods[0]} to {periods[-1]} by source and an index of {data.compare} against {data.base}. "
        f"{told}. Price per unit {percent(data.price_change)}.",
        draw,
        size=(6.5, 3.3),
        sources=tuple(dict.fromkeys(sources)),
        note=f"Price is {data.price_unit}, {percent(data.price_change)} in one year. Price × volume is an index of "
        "revenue, computed here; no source prints it.",
    )


def forgone(case: Case, data: Forgone, margin: tuple[float, float]) -> Exhibit:
    """Return forgone revenue over the months, with the contribution that an invented margin range would make."""
    low, high = margin
    months = np.linspace(0, data.total_months, 49)
    revenue = months * data.per_month

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.plot(months, revenue, color=BLUE, label="revenue forgone (reported total, spread evenly)")
        axes.fill_between(
            months, low * revenue, high * revenue, color=ORANGE, alpha=0.45, hatch="///", edgecolor=INK, linewidth=0.5,
            label=f"contribution forgone at a margin of {low:.0%} to {high:.0%} (margin invented)",
        )  # fmt: skip
        at = 0.0
        for name, length in data.months.items():
            if at:
                axes.axvline(at, color=INK, linewidth=0.8, linestyle="--")
            axes.text(
                at + length / 2, data.revenue * 1.12, f"{name}\n{length:g} months", ha="center", va="center"
            )
            at += length
        axes.annotate(
            f"{data.revenue:g}", (data.total_months, data.revenue), xytext=(-4, 2),
            textcoords="offset points", ha="right", va="bottom",
        )  # fmt: skip
        axes.set_xlim(0, data.total_months)
        axes.set_ylim(0, data.revenue * 1.24)
        axes.set_xticks(np.arange(0, data.total_months + 0.1, 6))
        axes.set_xlabel("Months since the trouble began")
        axes.set_ylabel(f"Million {data.currency}, cumulated")
        axes.grid(axis="y")
        axes.legend(loc="upper left", bbox_to_anchor=(0, 0.84))

    return Exhibit(
        "forgone",
        f"{case.file.short}: What {data.total_months:g} Months Cost",
        f"Cumulated revenue forgone rises to {data.revenue:g} million {data.currency} in {data.total_months:g} months, "
        f"{data.per_month:.2f} million a month; at an invented margin of {low:.0%} to {high:.0%} the contribution "
        f"forgone ends between {low * data.revenue:.1f} and {high * data.revenue:.1f} million.",
        draw,
        sources=case.sources_of(data.evidence),
        note=f"The {data.revenue:g} million is revenue as one party estimated it, not profit, and leaves out "
        f"{data.excludes}. The even spread over the months is an inference; the margin range is invented.",
        synthetic=True,
    )


def growth(case: Case, data: GrowthExhibit) -> Exhibit:
    """Return headline growth beside like-for-like growth, over the quarterly series."""
    series = case.series(data.series)
    names = [item.label for item in data.comparisons]

    def draw(figure: Figure) -> None:
        left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
        rows = np.arange(len(names))
        for offset, values, colour, hatch, label in (
            (-0.19, [c.headline for c in data.comparisons], GREY, "", "headline"),
            (0.19, [c.like_for_like for c in data.comparisons], BLUE, "///", "like for like"),
        ):
            left.bar(rows + offset, [100 * v for v in values], 0.36, color=colour, hatch=hatch, edgecolor=INK,
                     linewidth=0.5, label=label)  # fmt: skip
            for row, value in zip(rows, values, strict=True):
                left.text(row + offset, 100 * value + (1 if value >= 0 else -1), percent(value),
                          ha="center", va="bottom" if value >= 0 else "top", fontsize=7.5)  # fmt: skip
        left.axhline(0, color=INK, linewidth=0.8)
        left.set_xticks(rows, names)
        left.margins(y=0.14)
        left.set_ylabel("Growth over the year before, %")
        left.set_title("Growth, two ways")
        left.legend(loc="upper right")
        _quarters(right, series, data.unit)

    told = "; ".join(
        f"{c.label}: headline {percent(c.headline)}, like for like {percent(c.like_for_like)}"
        for c in data.comparisons
    )
    return Exhibit(
        "growth",
        f"{case.file.short}: Headline Against Like-for-Like Growth",
        f"{told}. Beside it the {len(series)} quarters on record, from {series['net_sales'].min():g} to "
        f"{series['net_sales'].max():g} {data.unit}.",
        draw,
        size=(6.5, 3.3),
        sources=case.sources_of([card for item in data.comparisons for card in item.evidence]),
        note=" ".join(f"{c.label}: {c.why.rstrip('.')}." for c in data.comparisons),
    )


def growth_working(case: Case) -> Exhibit:
    """Return the arithmetic behind like-for-like growth, line by line; raises BadInput for a case without growth.

    >>> from alliance_analysis.cases import load_case
    >>> growth_working(load_case("donnelly")).table["Like for like"][0]
    '+15.3%'
    """
    data = case.file.growth
    if data is None:
        raise BadInput(f"the case '{case.file.id}' has no growth on record", case.file.absent["growth"])
    rows = [
        {
            "Period": c.label,
            "Before": f"{c.previous:g}",
            "After": f"{c.current:g}",
            "Left out before": f"{c.excluded_previous:g}",
            "Left out after": f"{c.excluded_current:g}",
            "Headline": percent(c.headline),
            "Like for like": percent(c.like_for_like)
            + (" (as adjusted by the source)" if c.adjusted else ""),
            "Why": safe(c.why),
        }
        for c in data.comparisons
    ]
    return Exhibit(
        "growth_working",
        f"{case.file.short}: Growth, Line by Line",
        "; ".join(
            f"{row['Period']}: {row['Headline']} or {row['Like for like']} like for like" for row in rows
        ),
        table=pd.DataFrame(rows),
        widths=(11, 8, 8, 10, 10, 11, 13, 29),
        note=f"Amounts in {data.unit}. Like for like: (after less what is left out after) divided by (before less what is "
        "left out before), less 1.",
    )


def _quarters(axes: Axes, series: pd.DataFrame, unit: str) -> None:
    """Draw a quarterly series; a quarter that is not on record leaves a gap."""
    periods = pd.PeriodIndex(series["period"], freq="Q")
    at = np.array([(period - periods[0]).n for period in periods])
    levels = pd.Series(series["net_sales"].to_numpy(), index=at).reindex(range(at[-1] + 1))
    axes.plot(levels.index, levels, color=GREY, linewidth=1.2, zorder=1)
    for basis, face in (("reported", BLUE), ("derived", "white")):
        part = (series["basis"] == basis).to_numpy()
        if part.any():
            axes.plot(at[part], levels[at[part]], "o" if face == BLUE else "D", color=BLUE, markerfacecolor=face,
                      label=basis)  # fmt: skip
    axes.set_xticks(at, list(series["fiscal"]), rotation=90, fontsize=7.5)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(unit)
    axes.set_title("The series, by quarter")
    axes.grid(axis="y")
    axes.legend(loc="lower right")


def outcomes(case: Case, data: Outcomes) -> Exhibit:
    """Return reported outcomes that share a unit, with the range where a source gives one."""
    times = 100 if data.fractions else 1

    def printed(value: float) -> str:
        return f"{value:.0%}" if data.fractions else f"{value:+g}".replace("-", "−")

    def told(item: Outcome) -> str:
        low, high = item.span
        return printed(high) if item.value is not None else f"{printed(low)} to {printed(high)}"

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for row, item in enumerate(data.items):
            colour, hatch = BASES[item.basis]
            low, high = item.span
            axes.barh(
                row, times * (high - low), left=times * low, height=0.5, color=colour, hatch=hatch, edgecolor=INK,
                linewidth=0.6,
            )  # fmt: skip
            axes.annotate(
                told(item),
                (times * max(low, high, 0), row),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
            )
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_yticks(range(len(data.items)), [textwrap.fill(item.label, 34) for item in data.items])
        axes.set_ylim(len(data.items) - 0.5, -0.5)
        axes.margins(x=0.16)
        axes.set_xlabel(data.unit)
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        used = [basis for basis in BASES if basis in {item.basis for item in data.items}]
        handles = [
            Patch(facecolor=BASES[b][0], hatch=BASES[b][1], edgecolor=INK, linewidth=0.6, label=b)
            for b in used
        ]
        figure.legend(handles=handles, loc="outside upper right", ncols=len(used))

    return Exhibit(
        "outcomes",
        data.title,
        f"Bars, {data.unit}. " + "; ".join(f"{item.label}: {told(item)}" for item in data.items) + ".",
        draw,
        size=(6.5, 1.0 + 0.42 * len(data.items)),
        sources=case.sources_of([card for item in data.items for card in item.evidence]),
        note=" ".join(f"{i.label}: {i.definition.rstrip('.')}." for i in data.items),
    )


TITLES = {
    "volumes": "Price and volume",
    "forgone": "Revenue forgone",
    "initiatives": "Initiatives and exits",
    "growth": "Growth",
    "outcomes": "Reported outcomes",
}
"""Heading of each quantitative exhibit."""

DRAWN: dict[str, tuple[Callable[..., Exhibit], ...]] = {
    "volumes": (volumes,),
    "forgone": (forgone,),
    "initiatives": (initiatives, initiative_results, exits),
    "growth": (growth,),
    "outcomes": (outcomes,),
}
"""The exhibits of each quantitative measure, in order."""
