"""Escalations over a record: the values with their threshold, and below them the state of every case."""

from __future__ import annotations

from html import escape

import numpy as np
from matplotlib.figure import Figure

from alliance_analysis.drafting.fields import printed
from alliance_analysis.figures.control_artists import period_axis
from alliance_analysis.figures.exhibit import Exhibit
from alliance_analysis.figures.style import BLUE, GREY, INK, ORANGE, RED, SKY, YELLOW, percent_ticks
from alliance_analysis.figures.what_if import note, state_in_words
from alliance_analysis.measurement.escalation import State
from alliance_analysis.measurement.what_if import LADDER, WhatIf, reached

SHADES = dict(zip(LADDER, (SKY, YELLOW, ORANGE, RED, INK), strict=True))
HATCHES = dict(zip(LADDER, ("", "//", "xx", "..", ""), strict=True))


def escalations(found: WhatIf, *, sources: tuple[str, ...] = (), synthetic: bool = False) -> Exhibit:
    """Return the record with its threshold, and below it the state of every escalation over time."""
    chart, series = found.chart, found.chart.series
    states = _states(found)

    def draw(figure: Figure) -> None:
        axes, lane = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1.5))
        at, breached = np.arange(len(series.values)), np.flatnonzero(found.breached)
        axes.plot(at, series.values, color=BLUE, marker="o", markersize=3.5, linewidth=1.2, label="value")
        axes.axhline(found.false.threshold, color=RED, linestyle="--", linewidth=1.6, label="threshold")
        axes.plot(breached, series.values[breached], "x", color=RED, markersize=8, label="breach")
        if series.is_rate:
            axes.yaxis.set_major_formatter(percent_ticks())
        axes.grid(axis="y")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)
        for (start, end), state in states:
            lane.barh(LADDER.index(state), end - start, left=start, height=0.7, color=SHADES[state],
                      hatch=HATCHES[state], edgecolor=GREY, linewidth=0.6)  # fmt: skip
        lane.set_yticks(range(len(LADDER)), [state_in_words(state) for state in LADDER])
        lane.set_ylim(-0.6, len(LADDER) - 0.4)
        lane.grid(axis="x")
        period_axis(lane, chart)

    told = "; ".join(
        f"opened {case.opened}, highest state {state_in_words(reached(case))}, now {state_in_words(case.state)}"
        for case in found.cases
    )
    return Exhibit(
        "escalations",
        f"Escalations over the Record: {escape(series.name, quote=False)}",
        f"{len(found.cases)} escalations at a threshold of {printed(found.false.threshold, series.unit)}. {told}".strip()
        + ("." if told else ""),
        draw,
        size=(6.5, 4.2),
        sources=sources,
        note=note(found),
        synthetic=synthetic,
    )


def _states(found: WhatIf) -> list[tuple[tuple[float, float], State]]:
    """Return every stay in a state as (start, end) on the axis of periods, with the state."""
    ends = found.chart.series.periods.end_time.to_numpy().astype("datetime64[D]").astype(float)
    last = ends[-1]
    stays = list[tuple[tuple[float, float], State]]()
    for case in found.cases:
        entries: list[tuple[State, float]] = [("watch", float(np.datetime64(case.opened).astype(float)))]
        entries += [(entry.state, float(np.datetime64(entry.on).astype(float))) for entry in case.log]
        for (state, start), end in zip(entries, [*(day for _, day in entries[1:]), last], strict=True):
            if state in LADDER:
                left, right = np.interp([start, end], ends, np.arange(len(ends)))
                stays.append(((float(left), float(right)), state))
    return stays
