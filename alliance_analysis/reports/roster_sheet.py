"""The cells of a roster as text, from a CSV file or an Excel workbook; a cell that has none is a fault."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import warnings
import zipfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from alliance_analysis.errors import BadInput, Fault, nearest

MAX_ROWS = 100_000
"""Most rows of a roster."""

MAX_BYTES = 50_000_000
"""Largest roster that is read, in bytes; an Excel workbook may unpack to four times as much."""

_SEPARATORS = ",;\t"
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_EXACT = 10**15  # Excel keeps 15 digits of a number


@dataclass(frozen=True)
class Flaw:
    """Why a cell has no text, and the remedy."""

    what: str
    remedy: str


Line = tuple[int, list[str | Flaw]]
"""A line number and its cells."""


@dataclass(frozen=True)
class Sheet:
    """The line and the named columns of a roster's header, its rows as (line, cells by column), and the faults found.

    Rows without any value are left out. A cell of blanks alone is empty (""); one whose fault is known is None.
    """

    top: int
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str | None]], ...]
    faults: tuple[Fault, ...]


def read_sheet(path: Path, names: Collection[str], beside: Collection[str] = ()) -> Sheet:
    """Read a CSV file (UTF-8, or UTF-16 with its mark; comma, semicolon or tab) or an Excel workbook (.xlsx).

    `names` are the column names to expect; they tell the separator. `beside` are titles of a workbook's sheets that
    hold no rows. Raises BadInput where nothing can be read;
    faults of single rows and cells come back in the result.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "section.csv"
    ...     _ = path.write_text("id;seed\\na-1;7\\n")
    ...     read_sheet(path, {"id", "seed"}).rows
    ((2, {'id': 'a-1', 'seed': '7'}),)
    """
    raw = _bytes(path)
    if raw.startswith(_OLE):
        what = "this is an old or encrypted Excel workbook"
        raise BadInput(what, "save it as .xlsx without a password, or as CSV UTF-8", file=path)
    lines = (
        _workbook(raw, path, beside) if raw.startswith(_ZIP) else _filled(_csv(_text(raw, path), path, names))
    )
    if len(lines) > MAX_ROWS + 1:
        raise BadInput(f"the roster has more than {MAX_ROWS:,} rows", "split it", file=path)
    if len(lines) < 2:
        what = "the roster has no rows below its header" if lines else "the roster is empty"
        raise BadInput(
            what, "its first line names the columns; write a line for each entry below it", file=path
        )
    return _table(lines, path)


def _filled(lines: Iterable[Line]) -> list[Line]:
    """Return the lines that hold anything, no more of them than show that there are too many."""
    held = (line for line in lines if any(map(_holds, line[1])))
    return list(itertools.islice(held, MAX_ROWS + 2))


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        siblings = [p.name for kind in ("*.csv", "*.xlsx") for p in path.parent.glob(kind)]
        raise BadInput("there is no such file", nearest(path.name, siblings) if siblings else "", file=path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            what = f"the roster has {size:,} bytes, over the limit of {MAX_BYTES:,}"
            raise BadInput(what, "split it, or leave out what no parameter needs", file=path)
        return path.read_bytes()
    except OSError as error:
        what = f"the file cannot be read ({error.strerror})"
        raise BadInput(what, "check its permissions", file=path) from None


def _text(raw: bytes, path: Path) -> str:
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    name, codec = ("UTF-16", "utf-16") if wide else ("UTF-8", "utf-8-sig")
    remedy = "save the file as CSV UTF-8"
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError as error:
        start = len(raw) - len(error.object) + error.start  # the codec may have taken the mark off
        line = raw[:start].decode(codec, "ignore").count("\n") + 1
        what = f"byte {start + 1} of the file, {raw[start]:#04x}, is not {name} text"
        raise BadInput(what, remedy, file=path, line=line) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        what = f"the line holds the byte 0x00, so it is not {name} text"
        raise BadInput(what, remedy, file=path, line=line)
    return text


def _csv(text: str, path: Path, names: Collection[str]) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text, names), strict=True)
    start = 1
    try:
        for cells in reader:
            yield start, list(cells)
            start = reader.line_num + 1
    except csv.Error as error:
        remedy = "check the quotes: a quote inside a quoted value is written twice"
        raise BadInput(f"the row cannot be read ({error})", remedy, file=path, line=start) from None


def _separator(text: str, names: Collection[str]) -> str:
    """Return the separator with which the header names the most expected columns."""

    def fit(separator: str) -> tuple[int, int]:
        try:
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
            header = {cell.strip() for cell in next((row for row in rows if any(row)), [])}
        except csv.Error:
            return 0, 0
        return len(header & set(names)), len(header)

    return max(_SEPARATORS, key=fit)


def _workbook(raw: bytes, path: Path, beside: Collection[str]) -> list[Line]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > 4 * MAX_BYTES:
            what = f"the workbook unpacks to {size:,} bytes, over the limit of {4 * MAX_BYTES:,}"
            raise BadInput(what, "save the sheet as CSV UTF-8", file=path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of what it does not keep: styles, validations
            values, formulas = (
                load_workbook(io.BytesIO(raw), True, data_only=only) for only in (True, False)
            )
            title = _one_sheet(values, path, beside)
            both = zip(_rows(values[title]), _rows(formulas[title]), strict=True) if title is not None else ()
            rows = ([_cell(*cells) for cells in zip(*pair, strict=True)] for pair in both)
            lines = _filled(enumerate(rows, start=1))
    except BadInput:
        raise
    except Exception as error:  # openpyxl raises many kinds, those of zip and XML too
        text = " ".join(str(error).split())[:120]
        what = f"this is not a readable Excel workbook ({text})"
        raise BadInput(what, "open it and save it as .xlsx or CSV UTF-8", file=path) from None
    width = max((len(cells) for _, cells in lines), default=0)
    return [(line, cells + [""] * (width - len(cells))) for line, cells in lines]


def _rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()  # what a file says of its own size is often wrong
    return iter(sheet.iter_rows())


def _one_sheet(workbook: Any, path: Path, beside: Collection[str]) -> str | None:
    """Return the title of the one sheet that is not empty, or None."""
    filled = [
        s
        for s in workbook.worksheets
        if s.title not in beside and any(cell.value is not None for row in _rows(s) for cell in row)
    ]
    if len(filled) > 1:
        titles = ", ".join(f"'{s.title}'" + " (hidden)" * (s.sheet_state != "visible") for s in filled)
        raise BadInput(f"several sheets hold values: {titles}", "keep the roster's sheet alone", file=path)
    return str(filled[0].title) if filled else None


def _cell(cell: Any, formula: Any) -> str | Flaw:
    """Return a cell as the text that a CSV file would hold; `formula` is the same cell before calculation."""
    value = cell.value
    if cell.data_type == "e":
        return Flaw(f"the cell holds the error {value}", "mend it in the workbook")
    if value is None and formula.data_type == "f":
        return Flaw("the cell holds a formula without a stored value", "open and save the file in Excel")
    if isinstance(value, int | float) and abs(value) >= _EXACT:
        return Flaw(f"Excel keeps only 15 digits of a number, not all of {value}", "type it into a text cell")
    return "" if value is None else _as_text(value)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _table(lines: list[Line], path: Path) -> Sheet:
    (top, header), *rest = lines
    faults: list[Fault] = []
    columns: dict[str, int] = {}
    unnamed: set[int] = set()
    for place, cell in enumerate(header):
        name = cell.strip() if isinstance(cell, str) else f"column {place + 1}"
        if isinstance(cell, Flaw):
            faults.append(Fault(cell.what, cell.remedy, path, top, name))
        elif not name:
            unnamed.add(place)
        elif name in columns:
            faults.append(Fault("the column stands twice", "keep one of the two", path, top, name))
        else:
            columns[name] = place
    rows = []
    for line, cells in rest:
        if len(cells) != len(header):
            what = f"the row has {len(cells)} cells, the header {len(header)}"
            remedy = "put a value that holds the separator, or a line break, in double quotes"
            faults.append(Fault(what, remedy, path, line))
            continue
        for place in sorted(place for place in unnamed if _holds(cells[place])):
            what, remedy = "the value stands in a column without a name", "name the column or empty it"
            faults.append(Fault(what, remedy, path, line, f"column {place + 1}"))
            unnamed.remove(place)  # once for each column
        row: dict[str, str | None] = {}
        for name, place in columns.items():
            cell = cells[place]
            if isinstance(cell, Flaw):
                faults.append(Fault(cell.what, cell.remedy, path, line, name))
            row[name] = None if isinstance(cell, Flaw) else cell if cell.strip() else ""
        rows.append((line, row))
    return Sheet(top, tuple(columns), tuple(rows), tuple(faults))


def _holds(cell: str | Flaw) -> bool:
    return isinstance(cell, Flaw) or bool(cell.strip())
