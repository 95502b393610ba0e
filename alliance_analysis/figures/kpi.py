"""The KPI card, the promise in three forms, and a vendor's real past beside the target."""

from __future__ import annotations

import re
from html import escape

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from alliance_analysis.agreement import Agreement, KpiCard
from alliance_analysis.drafting import promise as drafting
from alliance_analysis.drafting import track_record
from alliance_analysis.drafting.fields import printed
from alliance_analysis.drafting.lint import lint_card
from alliance_analysis.figures.exhibit import Exhibit
from alliance_analysis.figures.style import BLUE, GREY, INK, RED, SKY


def marked(text: str) -> str:
    """Return text for a cell: escaped, lines broken, blanks strong."""
    shown = re.sub(r"(\[[^\]]+ missing\])", r"<strong>\1</strong>", escape(text, quote=False))
    return shown.replace("\n", "<br>")


def _label(agreement: Agreement) -> str:
    return f"{marked(agreement.label.rstrip('.'))}." if agreement.label else ""


def card(card: KpiCard, agreement: Agreement) -> Exhibit:
    """Return what stands in a KPI card, field by field; a missing field is a visible blank."""
    errors = len(lint_card(card).of("error"))
    ready = "ready to sign" if not errors else f"{errors} to mend before signature"
    return Exhibit(
        "kpi_card",
        f"KPI Card: {escape(card.name, quote=False)}",
        f"KPI card “{card.name}”, {ready}. "
        + ". ".join(f"{field}: {text.rstrip('.')}" for field, text in drafting.lines(card, agreement)[1:])
        + ".",
        table=pd.DataFrame(
            [(marked(field), marked(text)) for field, text in drafting.lines(card, agreement)],
            columns=["Field", "What stands in it"],
        ),
        widths=(24, 76),
        note=f"{ready.capitalize()}. {_label(agreement)}",
        synthetic=agreement.label is not None,
    )


def promise(card: KpiCard, agreement: Agreement) -> Exhibit:
    """Return the one promise as MOU sentence, SLA clause and KPI card, and what becomes testable at each step."""
    steps = drafting.steps(card, agreement)
    return Exhibit(
        "kpi_promise",
        "One Promise in Three Forms",
        "The promise as "
        + "; ".join(
            f"{step.form} ({len(step.missing)} blanks; testable: {step.testable.rstrip('.')})"
            for step in steps
        )
        + ".",
        table=pd.DataFrame(
            [
                {
                    "Form": f"<strong>{step.form}</strong>",
                    "The promise in this form": marked(step.text),
                    "What becomes testable": marked(step.testable),
                    "Who could show that it was broken": marked(step.who),
                }
                for step in steps
            ]
        ),
        widths=(10, 48, 20, 22),
        note=f"Blanks in brackets are what the card does not say yet. {_label(agreement)}".strip(),
        synthetic=agreement.label is not None,
    )


def vendor_series(
    vendor: str, start: str | None = None, end: str | None = None, target: float | None = None
) -> Exhibit:
    """Return a vendor's on-time rate by quarter with its delivery lines, a baseline period and a target.

    Parameters
    ----------
    vendor
        Name as the publisher writes it (see `track_record.VENDORS`).
    start, end
        First and last quarter of the baseline period, as "2012Q1"; without them the whole series.
    target
        A fraction, or None for no target line.
    """
    found = track_record.deliveries(vendor)
    start, end = start or str(found.index[0]), end or str(found.index[-1])
    base = track_record.baseline(vendor, start, end).value
    inside = track_record.period(vendor, start, end)
    name = track_record.short_name(vendor)
    span = pd.period_range(found.index[0], found.index[-1], freq="Q").astype(str)
    # A quarter without deliveries stays a gap: the line must not run across it.
    series, place = found.reindex(span), {quarter: at for at, quarter in enumerate(span)}
    left, right = place[inside.index[0]] - 0.5, place[inside.index[-1]] + 0.5

    def draw(figure: Figure) -> None:
        rate, lines = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        rate.axvspan(left, right, color=SKY, alpha=0.22, linewidth=0, label="baseline period")
        rate.plot(
            range(len(span)), series["rate"], color=BLUE, marker="o", markersize=4, linewidth=1.3,
            label="on-time rate",
        )  # fmt: skip
        rate.hlines(base, left, right, color=INK, linewidth=2, zorder=1.5,
                    label=f"baseline {printed(base, 'fraction', 1)}")  # fmt: skip
        rate.hlines(base, -0.5, len(span) - 0.5, color=INK, linewidth=0.8, linestyle=":")
        if target is not None:
            shown = printed(target, "fraction")
            rate.axhline(target, color=RED, linewidth=1.6, linestyle="--", label=f"target {shown}")
        low = min(float(found["rate"].min()), base, target if target is not None else 1)
        rate.set_ylim(max(-0.03, low - 0.06), 1.03)
        rate.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        rate.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        rate.set_ylabel("Lines on time")
        rate.grid(axis="y")
        lines.axvspan(left, right, color=SKY, alpha=0.22, linewidth=0)
        lines.bar(range(len(span)), series["lines"], color=GREY, width=0.8)
        lines.set_ylabel("Lines due")
        lines.yaxis.set_major_locator(MaxNLocator(3, integer=True))
        years = {at: quarter[:4] for quarter, at in place.items() if quarter.endswith("Q1")} or {
            0: str(span[0])
        }
        lines.set_xticks(list(years), list(years.values()))
        lines.set_xlim(-0.6, len(span) - 0.4)
        figure.legend(loc="outside upper center", ncols=4, handlelength=1.5, columnspacing=1.0)

    beside = "" if target is None else f" The target drawn is {printed(target, 'fraction')}."
    return Exhibit(
        "vendor_series",
        f"{escape(name, quote=False)}: Deliveries on Time by Quarter, {span[0]} to {span[-1]}",
        f"On-time rate of {name} in {len(found)} quarters with {found['lines'].sum():,} delivery lines: lowest "
        f"{found['rate'].min():.1%} in {found['rate'].idxmin()}, highest {found['rate'].max():.1%}. Baseline {start} to "
        f"{end}: {base:.1%} of {inside['lines'].sum():,} lines.{beside}",
        draw,
        sources=("usaid2016scms",),
        note="Real data: lines that the vendor delivered directly (“Direct Drop”), not those from a warehouse. A line is "
        "on time if it arrived on or before its scheduled date. Many lines arrive exactly on that date, which suggests "
        "that schedules were set again afterwards; lines of one shipment are not independent. A quarter with few lines "
        "(lower bars) says little.",
    )
