"""What a threshold would do on a record: in a table, in one sentence after a move, and the picture in words."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import numpy as np
import pandas as pd

from alliance_analysis.agreement.files import Money
from alliance_analysis.drafting.fields import printed
from alliance_analysis.figures.exhibit import Exhibit
from alliance_analysis.measurement.escalation import State
from alliance_analysis.measurement.series import Series
from alliance_analysis.measurement.what_if import CALM, SEEN_WITHIN, WhatIf, clocks_of

PERIODS = {"M": "month", "Q": "quarter", "Y": "year", "D": "day"}
NOT_QUOTED = "not quoted"
LISTED = 8
"""So many periods are named in an alternative text."""


def period_word(series: Series, count: int = 1) -> str:
    """Return what one period of a series is called.

    >>> from alliance_analysis.measurement.series import series
    >>> period_word(series(["2026-01", "2026-02"], [1, 2]), 2), period_word(series(["2026Q1", "2026Q3"], [1, 2]))
    ('months', 'period')
    """
    single = int(np.diff(series.periods.asi8).min(initial=366)) == 1
    word = PERIODS[series.periods.freqstr[0]] if single else "period"
    return word if count == 1 else f"{word}s"


def counted(series: Series, count: int) -> str:
    """Return a number of periods in words."""
    return f"{count:,} {period_word(series, count)}"


def state_in_words(state: State) -> str:
    """Return a state as it is printed."""
    return state.replace("_", " ")


def number(value: float) -> str:
    """Return a number a year, with as many digits as it can carry.

    >>> number(0.004), number(0.31), number(12.34)
    ('under 0.05', '0.3', '12.3')
    """
    return "under 0.05" if 0 <= value < 0.05 else f"{value:.1f}"


def chance(value: float) -> str:
    """Return a chance in percent, never as certain.

    >>> chance(0.0001), chance(0.234), chance(0.9999)
    ('under 1%', '23%', 'over 99%')
    """
    return "under 1%" if value < 0.01 else "over 99%" if value > 0.99 else f"{value:.0%}"


def amount(value: float, money: Money | None) -> str:
    """Return a sum of money with its currency and scale."""
    money = money or Money()
    scale = "" if money.scale == "unit" else f"{money.scale} "
    return f"{value:,.4g} {scale}{money.currency}"


def table(found: WhatIf, *, sources: tuple[str, ...] = ()) -> Exhibit:
    """Return what a threshold does on a record, beside what the chart's rules do."""
    false, series = found.false, found.chart.series
    seen = f"unseen for {counted(series, SEEN_WITHIN)}"
    breached = counted(series, int(found.breached.sum()))
    record = f"{breached} of {series.count} in breach; credits due: {int(found.due.sum())}"
    rows = [("In this record", record, f"{counted(series, _signals(found))} with a signal")]
    if found.quoted:
        rows.append(
            ("False alarms a year, if nothing changes", number(false.expected or 0), number(found.rule_alarms or 0))
        )  # fmt: skip
        for missed in found.missed:
            far = f"{missed.shift:g} sigma ({_step(found, missed.shift)}) worse"
            rows.append((f"{far}: {seen}", chance(missed.by_threshold), chance(missed.by_rules)))
    else:
        rows += [("False alarms a year", NOT_QUOTED, NOT_QUOTED), ("Missed shifts", NOT_QUOTED, NOT_QUOTED)]
    rows += [("Escalations in this record", _cases(found), ""), ("Money at stake", _money(found), "")]
    frame = pd.DataFrame(rows, columns=["Question", "This threshold", "The chart’s rules"])
    return Exhibit(
        "what_if",
        f"What a Threshold of {printed(false.threshold, series.unit)} Does: {escape(series.name, quote=False)}",
        "; ".join(": ".join(filter(None, row[:2])) for row in rows) + ".",
        table=frame,
        widths=(36, 38, 26),
        sources=sources,
        note=note(found),
    )


def _step(found: WhatIf, shift: float) -> str:
    """Return how far so many sigma are, in the unit of the record."""
    far = shift * float(np.nanmean(found.chart.limits.sigma(found.chart.series)))
    return f"{100 * far:.1f} points" if found.chart.series.is_rate else f"{far:.3g} {found.chart.series.unit}"


def why_not(found: WhatIf) -> str:
    """Return in words why no false-alarm rate is quoted, or under what reserve one is; empty if neither applies."""
    if not found.quoted:
        return f"No false-alarm rate and no missed shifts are quoted: {found.false.reason}."
    return f"The chances are {found.false.reason}." if found.false.reason else ""


def note(found: WhatIf) -> str:
    """Return on what the numbers rest, and by which rules cases are followed."""
    clocks = clocks_of(found.chart.series)
    said = [escape(why_not(found), quote=False)]
    if found.quoted:
        said.append(
            "Chances hold for a process without memory that stays as the baseline was; rules by simulation."
        )
    said.append(
        f"A case opens when a credit falls due, moves on by a further signal or by its clock (working days, invented: "
        f"watch {clocks.watch}, levels {clocks.level_1} and {clocks.level_2}, committee {clocks.steering_committee}), "
        f"and closes after {CALM} calm {period_word(found.chart.series, CALM)}."
    )
    return " ".join(filter(None, said))


def _cases(found: WhatIf) -> str:
    if found.highest is None:
        return "none"
    return f"{len(found.cases)} (up to {state_in_words(found.highest)})"


def _money(found: WhatIf) -> str:
    if found.credit is None:
        return "unknown: the agreement names no recurring fee"
    money, word = found.false.money, period_word(found.chart.series)
    said = f"{amount(found.credit, money)} each due {word}; {amount(found.paid or 0, money)} in this record"
    cost = found.false.cost
    return said if cost is None else f"{said}; {amount(cost, money)} a year for false alarms"


def alt(found: WhatIf) -> str:
    """Return the picture of the chart and its threshold in words."""
    series, limits = found.chart.series, found.chart.limits

    def value(x: float) -> str:
        return printed(float(x), series.unit, 1) if series.is_rate else f"{x:.4g} {series.unit}"

    at, labels = np.flatnonzero(found.breached), series.labels
    named = ", ".join(labels[i] for i in at[:LISTED]) + (" and others" if len(at) > LISTED else "")
    return (
        f"{limits.kind} chart of {series.name}, {labels[0]} to {labels[-1]}: values from "
        f"{value(np.nanmin(series.values))} to {value(np.nanmax(series.values))}, centre {value(limits.centre)}, limits "
        f"from {value(np.nanmin(found.chart.lower))} to {value(np.nanmax(found.chart.upper))}, baseline {limits.start} to "
        f"{limits.end}. Threshold {value(found.false.threshold)}, breached in {counted(series, len(at))}"
        f"{f' ({named})' if named else ''}; credits due: {int(found.due.sum())}."
    )


def moved(what: str, before: WhatIf, after: WhatIf) -> str:
    """Return one sentence: what was moved, and what that changed.

    `what` names the move, such as "Threshold 88% to 90%".
    """
    series, changes = after.chart.series, list[str]()
    was, now = int(before.breached.sum()), int(after.breached.sum())
    if was != now:
        changes.append(f"{counted(series, now)} in breach instead of {was:,}")
    was, now = int(before.due.sum()), int(after.due.sum())
    if was != now:
        changes.append(f"credits due {now:,} instead of {was:,}")
    if before.quoted != after.quoted:
        again = "can now" if after.quoted else "can no longer"
        changes.append(f"false alarms {again} be quoted")
    worse, rules = "a one-sigma worsening unseen by", "the rules"
    for label, say in (
        ("false alarms a year", lambda found: _said(found.false.expected, number)),
        (f"those of {rules}", lambda found: _said(found.rule_alarms, number)),
        (f"{worse} the threshold", lambda found: _said(_unseen(found, "by_threshold"), chance)),
        (f"{worse} {rules}", lambda found: _said(_unseen(found, "by_rules"), chance)),
        (f"periods with a signal of {rules}", lambda found: str(_signals(found))),
        ("escalations", _cases),
        (
            "credits of this record",
            lambda found: _said(found.paid, lambda sum: amount(sum, after.false.money)),
        ),
    ):
        old, new = say(before), say(after)
        if old and new and old != new:
            changes.append(f"{label} {new} instead of {old}")
    return f"{what}: {'; '.join(changes) or 'nothing that is counted here changes'}."


def _said(value: float | None, say: Callable[[float], str]) -> str:
    return "" if value is None else say(value)


def _signals(found: WhatIf) -> int:
    """Return at how many periods a rule was complete."""
    return len({point for finding in found.chart.findings for point in finding.signals})


def _unseen(found: WhatIf, by: str) -> float | None:
    return getattr(found.missed[0], by) if found.missed else None
