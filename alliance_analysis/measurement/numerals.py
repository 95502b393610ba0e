"""Numbers as people write them: decimal dot or comma, grouped thousands, a percent sign."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from alliance_analysis.errors import Fault

DOT = r"[+-]?(?:\d+|[1-9]\d{0,2}(?:[, ]\d{3})+)?(?:\.\d*)?(?:[eE][+-]?\d+)?"
COMMA = r"[+-]?(?:\d+|[1-9]\d{0,2}(?:[. ]\d{3})+)?(?:,\d*)?(?:[eE][+-]?\d+)?"
SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "'": " ", "\u2019": " ", "\u2212": "-"})


def read_numbers(
    table: pd.DataFrame, lines: pd.Series[int], path: Path | None, unit: str
) -> tuple[pd.DataFrame, list[Fault]]:
    """Return a table of text as floats (an empty cell is NaN), and a fault for every cell that cannot stand.

    Parameters
    ----------
    table
        Columns of text.
    lines
        The line of each row in the file.
    path
        The file that faults name.
    unit
        "fraction..." (values from 0 to 1, or with a percent sign), "percent" (0 to 100, given back as
        fractions), "counts" (a whole numerator and denominator), or any other unit (any finite number).

    >>> cells, lines = pd.DataFrame({"days": ["1.200,5", "", "7"]}), pd.Series([2, 3, 4])
    >>> read_numbers(cells, lines, None, "days")[0]["days"].tolist()
    [1200.5, nan, 7.0]
    """
    long = table.melt(var_name="column", value_name="text").assign(line=np.tile(lines, table.shape[1]))
    cells = long[long["text"] != ""]
    bare = cells["text"].str.translate(SPACES).str.strip()
    percent = bare.str.endswith("%")
    bare = bare.str.removesuffix("%").str.strip()
    digits = bare.str.contains(r"\d")
    dotted, commaed = bare.str.fullmatch(DOT) & digits, bare.str.fullmatch(COMMA) & digits
    by_dot = pd.to_numeric(bare.where(dotted).str.replace(r"[, ]", "", regex=True))
    by_comma = pd.to_numeric(
        bare.where(commaed).str.replace(r"[. ]", "", regex=True).str.replace(",", ".", regex=False)
    )
    decimal_comma = bool((commaed & ~dotted).any())
    number = by_comma if decimal_comma else by_dot
    if unit == "percent":
        number = number / 100
    elif unit.startswith("fraction"):
        number = number.where(~percent, number / 100)
    cells = cells.assign(number=number, percent=percent)

    known = dotted | commaed
    faults = _faults(cells[~known], path, "is not a number", "leave the cell empty if there is no value")
    if decimal_comma:
        mixed = cells[dotted & ~commaed]
        faults += _faults(mixed, path, "has a decimal dot among decimal commas", "use one decimal mark")
    elif unit != "counts":
        unclear = cells[dotted & commaed & bare.str.contains(",", regex=False) & (by_dot != by_comma)]
        said = "could be thousands or a decimal comma"
        faults += _faults(unclear, path, said, "write thousands without a mark")
    if unit != "percent" and not unit.startswith("fraction"):
        said = f"has a percent sign, but the unit is {unit}"
        faults += _faults(cells[percent], path, said, "write the number alone")
    faults += _faults(cells[np.isinf(number)], path, "is not finite", "write the number out")
    wide = pd.DataFrame(
        number.reindex(long.index).to_numpy().reshape(table.shape[1], -1).T, table.index, table.columns
    )
    return wide, faults or _out_of_range(cells, unit, path) + _unlike(wide, lines, path, unit)


def _faults(cells: pd.DataFrame, path: Path | None, said: str, remedy: str) -> list[Fault]:
    return [
        Fault(f"'{text if len(text) <= 30 else text[:27] + '...'}' {said}", remedy, path, line, str(column))
        for column, text, line in zip(cells["column"], cells["text"], cells["line"], strict=True)
    ]


def _out_of_range(cells: pd.DataFrame, unit: str, path: Path | None) -> list[Fault]:
    """Return a fault for every number that its unit does not allow."""
    number = cells["number"]
    if unit == "counts":
        unsound = cells[(number < 0) | (number % 1 != 0)]
        return _faults(unsound, path, "is not a count", "write a whole number, not below zero")
    if unit == "percent" or unit.startswith("fraction"):
        outside = cells[(number < 0) | (number > 1)]
        signed = unit == "percent" or bool(outside["percent"].any())
        remedy = (
            "a share lies between 0 and 100 %; give another unit if it is none"
            if signed
            else "write 0.95 or 95 %"
        )
        return _faults(outside, path, "is not a share of a whole", remedy)
    return []


def _unlike(wide: pd.DataFrame, lines: pd.Series[int], path: Path | None, unit: str) -> list[Fault]:
    """Return a fault for every row whose two counts do not go together."""
    if unit != "counts":
        return []
    over, of = wide.columns
    alone, above = wide[over].isna() != wide[of].isna(), wide[over] > wide[of]
    return [Fault(f"{over} or {of} is missing", "give both", path, line) for line in lines[alone]] + [
        Fault(f"{over} is more than {of}", "a part cannot exceed its whole", path, line)
        for line in lines[above]
    ]
