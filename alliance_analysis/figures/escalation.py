"""An escalation over time: its states as lanes, what moved it on, and the log."""

from __future__ import annotations

from datetime import date

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.figure import Figure

from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.style import BLUE, GREEN, GREY, INK, ORANGE, RED
from alliance_analysis.measurement.escalation import TRANSITIONS, Escalation, State, spans, time_to_resolution

MARKS = {"signal": ("^", RED), "clock": ("o", ORANGE), "remedy": ("D", BLUE), "resolved": ("s", GREEN)}
"""Marker and colour of each event."""


def _words(state: State) -> str:
    return state.replace("_", " ").capitalize()


def _outcome(case: Escalation, until: date) -> str:
    days = time_to_resolution(case)
    if days is not None:
        return f"closed after {days} working days"
    clock = f", its clock runs until {case.due}" if case.due else ""
    return f"open on {until} in the state “{_words(case.state)}”{clock}"


def timeline(case: Escalation, until: date, *, synthetic: bool) -> Exhibit:
    """Return the states as lanes over time up to `until`, with the event that led into each."""
    lanes = list(TRANSITIONS)
    stays = spans(case, until)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for stay in stays:
            start, end = mdates.date2num(stay.start), mdates.date2num(stay.end or max(until, stay.start))
            axes.barh(lanes.index(stay.state), end - start, left=start, height=0.5, color=GREY, alpha=0.4,
                      edgecolor=INK, linewidth=0.6, hatch="" if stay.end else "///")  # fmt: skip
            axes.annotate(f"{stay.working_days} d", (end, lanes.index(stay.state)), xytext=(6, 0),
                          textcoords="offset points", va="center", fontsize=8)  # fmt: skip
        before: State = "watch"
        for entry in case.log:
            x, marker = mdates.date2num(entry.on), MARKS[entry.event]
            axes.plot(
                [x, x], [lanes.index(before), lanes.index(entry.state)], color=INK, linewidth=0.8, zorder=1.5
            )
            axes.plot(x, lanes.index(entry.state), marker=marker[0], color=marker[1], markersize=8,
                      markeredgecolor="white", linestyle="")  # fmt: skip
            before = entry.state
        for event, (shape, colour) in MARKS.items():
            if event in {entry.event for entry in case.log}:
                axes.plot([], [], marker=shape, color=colour, linestyle="", markersize=8, label=event)
        axes.set_yticks(range(len(lanes)), [_words(state) for state in lanes])
        axes.set_ylim(len(lanes) - 0.5, -0.6)
        first, last = (
            mdates.date2num(case.opened),
            mdates.date2num(max(until, *(e.on for e in case.log), case.opened)),
        )
        axes.set_xlim(first - 0.03 * (last - first + 1), last + 0.09 * (last - first + 1))
        locator = mdates.AutoDateLocator(minticks=4, maxticks=8)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        if case.log:
            figure.legend(loc="outside upper left", ncols=len(MARKS), handletextpad=0.2, columnspacing=1.2)

    stayed = "; ".join(
        f"{_words(stay.state)} from {stay.start}, {stay.working_days} working days" for stay in stays
    )
    return Exhibit(
        "escalation",
        f"Escalation of “{safe(case.kpi.replace('_', ' '))}” from {case.opened}",
        f"Escalation opened {case.opened} ({case.reason.rstrip('.')}): {stayed}; {_outcome(case, until)}.",
        draw,
        size=(6.5, 3.4),
        note="Bars are the stay in each state, in working days (d); a hatched bar has not ended. Marks are the events "
        f"that led into a state. The escalation is {_outcome(case, until)}.",
        synthetic=synthetic,
    )


def log(case: Escalation, *, synthetic: bool) -> Exhibit:
    """Return the log: day, event, the state it led to, by whom, and what was noted or agreed."""
    rows = [(str(case.opened), "opened", _words("watch"), "", safe(case.reason))]
    for entry in case.log:
        said = [safe(entry.note)] if entry.note else []
        plan = entry.remediation
        if plan:
            sponsors = ", ".join(f"{party}: {role}" for party, role in plan.sponsors.items())
            steps = "; ".join(f"{step.text} (by {step.due})" for step in plan.steps)
            said.append(
                safe(
                    f"{plan.response.capitalize()}, due {plan.due}. Sponsors: {sponsors}. Steps: {steps}. "
                    f"Readjusted if: {plan.readjustment_criteria}"
                )
            )
        rows.append((str(entry.on), entry.event, _words(entry.state), safe(entry.by), "<br>".join(said)))
    return Exhibit(
        "escalation_log",
        f"Log of the Escalation of “{safe(case.kpi.replace('_', ' '))}”",
        f"{len(rows)} entries: " + "; ".join(f"{row[0]} {row[1]}, {row[2]}" for row in rows) + ".",
        table=pd.DataFrame(rows, columns=["Day", "Event", "State", "By", "Noted or agreed"]),
        widths=(12, 10, 16, 16, 46),
        note="Entries are only added. Reading the log replays it against the table of allowed transitions.",
        synthetic=synthetic,
    )
