"""A student's CSV file, read into a series: a correct result, or one message that names every line to mend."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from alliance_analysis.errors import BadInput, Fault, nearest
from alliance_analysis.measurement.numerals import read_numbers
from alliance_analysis.measurement.series import Series, series

MAX_BYTES = 16_000_000
"""Largest file that is parsed, in bytes."""

MAX_ROWS = 200_000
"""Longest series that is read, in rows: more than five hundred years of days."""

YEARS = (1700, 2200)
"""First and last year that is taken for a period rather than a slip."""

MAX_FAULTS = 20
"""So many faults are listed; the rest are counted."""

PERIOD_NAMES = ("period", "date", "day", "week", "month", "quarter", "year")
"""Headers under which the period is looked for; the first of them that is there is used."""

PERIOD = r"(?P<year>\d{4})(?:-?[Qq](?P<quarter>[1-4])|-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?"
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
SHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
REMEDY_CSV = "save the sheet as CSV (comma or semicolon separated, UTF-8)"


def read_series(
    source: Path | bytes, *, unit: str = "fraction", value: str = "value", name: str = ""
) -> Series:
    """Read a CSV file into a series.

    The first line names the columns: a period (`period`, `date`, `month`...) and either the column `value` or the
    two columns `numerator` and `denominator`; others are left aside. Periods are ISO days, months, quarters
    or years. An empty cell is a period without a value. Comma, semicolon and tab separate; one decimal mark,
    dot or comma, holds for the whole file. Encodings: UTF-8, UTF-16 with its mark, else Latin-1.

    Parameters
    ----------
    source
        Path or bytes, up to 16 MB and 200,000 rows.
    unit
        Unit as on a KPI card. "fraction..." takes 0.95 or "95 %"; "percent" takes 95 and gives fractions.
    value
        Header of the value column.
    name
        What the series is called; without it the file's name.

    Raises
    ------
    BadInput
        Naming every line that cannot be used; nothing is guessed or dropped.

    >>> found = read_series(b"month;value\\n2026-01;95,5 %\\n2026-03;97,0 %\\n2026-04;96 %")
    >>> found.values.tolist(), found.gaps
    ([0.955, nan, 0.97, 0.96], ('2026-02',))
    """
    path = source if isinstance(source, Path) else None
    table, lines, notes = _table(_text(source), path)
    headers = {column.casefold(): column for column in table.columns}
    when = next((headers[known] for known in PERIOD_NAMES if known in headers), None)
    counted = {"numerator", "denominator"} <= set(headers)
    wanted = ("numerator", "denominator") if counted else (value.casefold(),)
    if when is None or wanted[0] not in headers:
        missing = "period column" if when is None else f"column '{value}', nor 'numerator' and 'denominator',"
        remedy = nearest("period" if when is None else value, list(table.columns))
        raise BadInput(f"there is no {missing} among {', '.join(table.columns)}", remedy, file=path, line=1)
    chosen = [headers[name] for name in wanted]
    periods, faults = _periods(table[when], lines, path)
    numbers, found = read_numbers(table[chosen], lines, path, "counts" if counted else unit)
    if faults or found:
        faults = sorted(faults + found, key=lambda fault: fault.line or 0)
        more = len(faults) - MAX_FAULTS
        rest = [Fault(f"and {more} more", "mend these first", path)] if more > 0 else []
        raise BadInput(faults[:MAX_FAULTS] + rest)
    aside = [column for column in table.columns if column not in (when, *chosen)]
    if aside:
        notes.append(f"Columns left aside: {', '.join(aside)}.")
    if not periods.is_monotonic_increasing:
        notes.append("The rows were put in order of time.")
    values = [numbers[column].to_numpy() for column in chosen]
    rate = counted or unit == "percent"
    return series(
        periods,
        None if counted else values[0],
        numerator=values[0] if counted else None,
        denominator=values[1] if counted else None,
        name=name or (path.stem if path else "KPI"),
        unit="fraction" if rate and not unit.startswith("fraction") else unit,
        notes=notes,
    )


def _data(source: Path | bytes) -> bytes:
    """Return the bytes of a file that is not too large to parse."""
    path = source if isinstance(source, Path) else None
    try:
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        if size > MAX_BYTES:
            said = f"the file is too large to read ({size:,} bytes, over the limit of {MAX_BYTES:,})"
            raise BadInput(said, "keep one row a period", file=path)
        return source if isinstance(source, bytes) else source.read_bytes()
    except OSError as error:
        said = f"the file cannot be read ({error.strerror})"
        raise BadInput(said, "check the path and its permissions", file=path) from None


def _text(source: Path | bytes) -> tuple[str, list[str]]:
    """Return the text of a file, and how it was decoded if that needs a word."""
    path, data, notes = source if isinstance(source, Path) else None, _data(source), []
    encoding = next((known for mark, known in MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("latin-1")
        notes.append("The file is not UTF-8 and was read as Latin-1.")
    if data.startswith(SHEETS) or "\0" in text:
        raise BadInput("this is not a text file", REMEDY_CSV, file=path)
    if not text.strip():
        raise BadInput("the file is empty", "give a header and one row a period", file=path)
    return text, notes


def _table(read: tuple[str, list[str]], path: Path | None) -> tuple[pd.DataFrame, pd.Series[int], list[str]]:
    """Return the rows as text, the line of each, and notes; raises BadInput for rows of the wrong length."""
    text, notes = read
    header = text.lstrip().splitlines()[0]
    mark = max(";\t,", key=header.count)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            table = pd.read_csv(
                io.StringIO(text), sep=mark, header=None, dtype=str, keep_default_na=False, skip_blank_lines=False,
                on_bad_lines="warn", skipinitialspace=True,
            )  # fmt: skip
        except pd.errors.ParserError as error:
            row = re.search(r"row (\d+)", str(error))
            line = int(row[1]) + 1 if row else None
            raise BadInput("a quote is opened and never closed", "close it", file=path, line=line) from None
    long = [match for warning in caught for match in _LONG.finditer(str(warning.message))]
    if long:
        remedy = (
            "a decimal comma needs semicolons between the columns" if mark == "," else "one value a column"
        )
        raise BadInput(
            Fault(f"{m['saw']} cells stand under {m['expected']} columns", remedy, path, int(m["line"]))
            for m in long[:MAX_FAULTS]
        )
    table = table.fillna("").map(str.strip) if len(table) <= MAX_ROWS + 1 else table
    broken = sum((table[column].str.count("\n") for column in table), start=pd.Series(0, table.index))
    lines = pd.Series(np.arange(1, len(table) + 1), table.index) + broken.cumsum().shift(fill_value=0)
    filled = (table != "").any(axis=1)
    table, lines = table[filled], lines[filled].astype(int)
    table.columns = pd.Index(table.iloc[0].astype(str))
    table, lines = table.iloc[1:], lines.iloc[1:]
    if len(table) > MAX_ROWS:
        said = f"the file has {len(table):,} rows, over the limit of {MAX_ROWS:,}"
        raise BadInput(said, "give one row a period, added up by day, month or quarter", file=path)
    if table.empty:
        raise BadInput("there is a header but no row below it", "give one row a period", file=path)
    if table.columns.duplicated().any():
        twice = table.columns[table.columns.duplicated()][0]
        raise BadInput(f"two columns are called '{twice}'", "keep one of the two", file=path, line=1)
    return table, lines, notes


_LONG = re.compile(r"line (?P<line>\d+): expected (?P<expected>\d+) fields, saw (?P<saw>\d+)")


def _periods(
    column: pd.Series[str], lines: pd.Series[int], path: Path | None
) -> tuple[pd.PeriodIndex, list[Fault]]:
    """Return the periods, and a fault for every cell that is no period, of another kind, or there twice."""
    parts = column.str.extract(f"^{PERIOD}$")
    quarter, month, day = (parts[name].notna() for name in ("quarter", "month", "day"))
    middle = parts["month"].fillna(parts["quarter"].map({"1": "01", "2": "04", "3": "07", "4": "10"}))
    iso = parts["year"] + "-" + middle.fillna("01") + "-" + parts["day"].fillna("01")
    dates = pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce")
    sound = dates.dt.year.between(*YEARS)
    kind = pd.Series("Y", column.index).mask(month, "M").mask(quarter, "Q").mask(day, "D")
    field = str(column.name)
    faults = [
        Fault(
            f"'{_short(text)}' is not a period",
            "write 2026-03-31, 2026-03, 2026Q1 or 2026",
            path,
            line,
            field,
        )
        for text, line in zip(column[~sound], lines[~sound], strict=True)
    ]
    usual = str(kind[sound].mode().iloc[0]) if sound.any() else "D"
    odd = sound & (kind != usual)
    words = {"D": "days", "M": "months", "Q": "quarters", "Y": "years"}
    faults += [
        Fault(
            f"'{text}' stands among {words[usual]}", "write every period in the same way", path, line, field
        )
        for text, line in zip(column[odd], lines[odd], strict=True)
    ]
    faults += _twice(column[sound], lines[sound], path)
    return pd.PeriodIndex(dates[sound], freq=usual), faults


def _twice(column: pd.Series[str], lines: pd.Series[int], path: Path | None) -> Iterator[Fault]:
    """Yield a fault for every period that stands in an earlier line too."""
    text = column.str.upper().str.replace("-Q", "Q")
    earlier = lines.groupby(text).transform("min")
    again = text.duplicated()
    for period, line, before in zip(text[again], lines[again], earlier[again], strict=True):
        said = f"{period} stands in line {before} already"
        yield Fault(said, "keep one row a period", path, line, str(column.name))


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:27] + "..."
