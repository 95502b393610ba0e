"""A KPI over time: one value a period, or a count out of a count, on a calendar that shows its gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alliance_analysis.errors import BadInput

Values = NDArray[np.float64]

STEPS = {"D": (14, 7, 1), "M": (12, 6, 3, 2, 1), "Q": (4, 2, 1), "Y": (1,)}
"""The regular steps that are looked for, in days, months, quarters and years."""

CYCLES = {"M": 12, "Q": 4, "D": 7}
"""Periods in one turn of the season: months and quarters of a year, days of a week."""


@dataclass(frozen=True, eq=False)
class Series:
    """A KPI's values on a complete calendar; a period without a value is a gap and holds NaN.

    Parameters
    ----------
    name
        What the series is called where it is shown.
    unit
        Unit as on a KPI card; one that starts with "fraction" is a rate from 0 to 1.
    periods
        Every period from first to last, shape (n,), by one step (see `series`).
    values
        One value a period, shape (n,), NaN in a gap.
    numerator, denominator
        The counts behind a rate, shape (n,), NaN in a gap; None for plain values.
    notes
        What was decided on reading, in words.

    >>> found = series(["2026-01", "2026-02", "2026-04"], [0.9, 0.8, 0.7])
    >>> found.gaps, found.count
    (('2026-03',), 3)
    >>> found.moving_ranges.round(3).tolist()
    [nan, 0.1, nan, nan]
    """

    name: str
    unit: str
    periods: pd.PeriodIndex
    values: Values
    numerator: Values | None = None
    denominator: Values | None = None
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Every period as text."""
        return tuple(self.periods.astype(str))

    @property
    def gaps(self) -> tuple[str, ...]:
        """The periods without a value."""
        return tuple(self.periods[np.isnan(self.values)].astype(str))

    @property
    def count(self) -> int:
        """Number of periods that have a value."""
        return int(np.isfinite(self.values).sum())

    @property
    def is_rate(self) -> bool:
        """Whether the values are fractions."""
        return self.unit.startswith("fraction")

    @property
    def cycle(self) -> int | None:
        """Number of periods in one turn of the season, or None where none is looked for."""
        kind = self.periods.freqstr[0]
        length, step = CYCLES.get(kind, 1), int(np.diff(self.periods.asi8).min(initial=366))
        if kind == "D" and _working_days(self.periods):
            length = 5
        return length // step if length % step == 0 and length > step else None

    @property
    def moving_ranges(self) -> Values:
        """Absolute change from the period before, shape (n,); NaN at the start and on both sides of a gap."""
        return np.abs(np.diff(self.values, prepend=np.nan))

    def window(self, start: str | None = None, end: str | None = None) -> NDArray[np.bool_]:
        """Return which periods lie from `start` to `end` (both included), shape (n,).

        Raises BadInput if a bound is not a period, the two are reversed, or no value lies between them.
        """
        first, last = (self._period(text) for text in (start, end))
        if first is not None and last is not None and first > last:
            raise BadInput(f"the baseline starts ({start}) after it ends ({end})", "exchange the two")
        inside = np.ones(len(self.periods), dtype=bool)
        if first is not None:
            inside &= np.asarray(self.periods >= first)
        if last is not None:
            inside &= np.asarray(self.periods <= last)
        if not np.isfinite(self.values[inside]).any():
            raise BadInput(
                f"{self.name} has no value from {start or 'its start'} to {end or 'its end'}",
                f"choose periods from {self.labels[0]} to {self.labels[-1]}",
            )
        return inside

    def _period(self, text: str | None) -> pd.Period | None:
        try:
            return None if text is None else pd.Period(text, freq=self.periods.freqstr)
        except ValueError:
            raise BadInput(f"'{text}' is not a period", f"write it like {self.labels[0]}") from None


def series(
    periods: Sequence[str] | pd.PeriodIndex,
    values: ArrayLike | None = None,
    *,
    numerator: ArrayLike | None = None,
    denominator: ArrayLike | None = None,
    name: str = "KPI",
    unit: str = "fraction",
    notes: Sequence[str] = (),
) -> Series:
    """Return a series from distinct periods and either values or counts; periods that are missing become gaps.

    Periods are ISO days, months, quarters ("2026Q1") or years, in any order. The step is the longest regular
    one that fits (every month, every third month, every week...); days that never fall on a weekend are
    working days. Counts without a denominator give no rate: that period is a gap.

    >>> series(["2026Q1", "2026Q2"], numerator=[45, 49], denominator=[50, 50], unit="fraction of lines").values
    array([0.9 , 0.98])
    """
    index = (
        periods
        if isinstance(periods, pd.PeriodIndex)
        else pd.PeriodIndex(list(periods), freq=_freq(periods[0]))
    )
    columns = {"values": values, "numerator": numerator, "denominator": denominator}
    frame = pd.DataFrame(
        {key: np.asarray(column, dtype=float) for key, column in columns.items() if column is not None},
        index=index,
    ).sort_index()
    if not frame.index.is_unique:
        raise BadInput("a period stands twice", "keep one value a period")
    frame = frame.reindex(_calendar(pd.PeriodIndex(frame.index)))
    if "values" not in frame:
        with np.errstate(invalid="ignore"):
            frame["values"] = frame["numerator"] / frame["denominator"]
        frame.loc[frame["values"].isna(), ["numerator", "denominator"]] = np.nan
    over, of = (frame[key].to_numpy() if key in frame else None for key in ("numerator", "denominator"))
    return Series(name, unit, pd.PeriodIndex(frame.index), frame["values"].to_numpy(), over, of, tuple(notes))


def _freq(text: str) -> str:
    """Return the frequency of a period as it is written."""
    if "Q" in text:
        return "Q"
    return {0: "Y", 1: "M", 2: "D"}[text.count("-")]


def _working_days(index: pd.PeriodIndex) -> bool:
    return index.freqstr == "D" and bool((index.day_of_week < 5).all())


def _calendar(index: pd.PeriodIndex) -> pd.PeriodIndex:
    """Return every period from first to last by the longest regular step that meets all of them."""
    ordinals = index.asi8
    common = int(np.gcd.reduce(np.diff(ordinals))) if len(ordinals) > 1 else 1
    step = next(s for s in (*STEPS[index.freqstr[0]], 1) if common % s == 0)
    whole = pd.period_range(index[0], index[-1], freq=index.freqstr)[::step]
    return whole[whole.day_of_week < 5] if step < 7 and _working_days(index) else whole
