"""The control chart: values, natural process limits, a threshold, flagged points and moving ranges."""

from __future__ import annotations

from html import escape

import numpy as np
from matplotlib.figure import Figure

from alliance_analysis.drafting.fields import printed
from alliance_analysis.figures.control_artists import draw, draw_ranges
from alliance_analysis.figures.exhibit import Exhibit
from alliance_analysis.figures.style import SKY
from alliance_analysis.measurement.charts import ControlChart


def control_chart(
    chart: ControlChart,
    threshold: float | None = None,
    *,
    sources: tuple[str, ...] = (),
    note: str = "",
    synthetic: bool = False,
) -> Exhibit:
    """Return a series with its natural process limits, a threshold, flagged points and, for XmR, moving ranges.

    Parameters
    ----------
    chart
        The series judged by its limits.
    threshold
        In the unit of the series, or None.
    sources, note, synthetic
        Of the data (see `Exhibit`); what the chart itself has to say is added to the note.
    """

    def paint(figure: Figure) -> None:
        if chart.limits.kind == "XmR":
            axes, ranges = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
            draw_ranges(ranges, chart)
        else:
            axes = figure.subplots()
        artists = draw(axes, chart, threshold)
        inside = np.flatnonzero(chart.baseline)
        if len(inside) and len(inside) < len(chart.baseline):
            axes.axvspan(
                inside[0] - 0.5, inside[-1] + 0.5, color=SKY, alpha=0.22, linewidth=0, label="baseline"
            )
        for name, mark in artists.marks.items():
            if len(np.asarray(mark.get_xdata())):
                mark.set_label(name)
        if threshold is not None:
            artists.threshold.set_label(f"threshold {printed(threshold, chart.series.unit)}")
        figure.legend(loc="outside upper center", ncols=4, handlelength=1.5, columnspacing=1.0)

    series = chart.series
    return Exhibit(
        "control_chart",
        f"{escape(series.name, quote=False)}: {chart.limits.kind} Chart, {series.labels[0]} to {series.labels[-1]}",
        _told(chart, threshold),
        paint,
        size=(6.5, 4.0 if chart.limits.kind == "XmR" else 3.2),
        sources=sources,
        note=" ".join(filter(None, (note, *(escape(said, quote=False) for said in _notes(chart))))),
        synthetic=synthetic,
    )


def _told(chart: ControlChart, threshold: float | None) -> str:
    """Return the chart in words."""
    series, limits = chart.series, chart.limits

    def value(number: float) -> str:
        return printed(float(number), series.unit, 2) if series.is_rate else f"{number:.4g} {series.unit}"

    low, high = np.nanmin(series.values), np.nanmax(series.values)
    said = [
        f"{limits.kind} chart of {series.name} in {series.count} periods from {series.labels[0]} to "
        f"{series.labels[-1]}, lowest {value(low)}, highest {value(high)}",
        f"centre {value(limits.centre)} from the baseline {limits.start} to {limits.end}",
        f"limits from {value(np.nanmin(chart.lower))} to {value(np.nanmax(chart.upper))}",
    ]
    said += [
        f"{f.rule.name} ({f.rule.definition}) flags {_listed([series.labels[p] for p in f.points])}"
        for f in chart.findings
    ] or ["no rule flags a point"]
    if threshold is not None:
        said.append(f"a threshold is drawn at {value(threshold)}")
    return ". ".join(part[0].upper() + part[1:] for part in said) + "."


def _notes(chart: ControlChart) -> list[str]:
    series, limits = chart.series, chart.limits
    notes = [
        f"Limits from {limits.start} to {limits.end} ({limits.count} periods).",
        "A mark is that of the first rule that flags the point; numbers say which rules."
        if chart.findings
        else "",
        f"Without a value: {_listed(series.gaps)}; moving ranges do not bridge a gap." if series.gaps else "",
    ]
    if (
        series.is_rate
        and chart.limits.kind == "XmR"
        and (np.nanmax(chart.upper) > 1 or np.nanmin(chart.lower) < 0)
    ):
        notes.append("A limit beyond 0 or 100% cannot be crossed.")
    if chart.false_alarm_rate is None:
        notes.append(f"No false-alarm rate can be given: {chart.reason}.")
    else:
        provisional = f" ({chart.reason})" if chart.reason else ""
        notes.append(
            f"If all is noise, {chart.false_alarm_rate:.2%} of the periods lie outside the limits by chance{provisional}."
        )
    return [*filter(None, notes), *series.notes]


def _listed(labels: tuple[str, ...] | list[str], most: int = 6) -> str:
    rest = f" and {len(labels) - most} more" if len(labels) > most else ""
    return ", ".join(labels[:most]) + rest
