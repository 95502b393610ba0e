"""A student's own CSV file in the threshold panel: read, or all its faults in a list."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w

from alliance_analysis.errors import AllianceError, BadInput
from alliance_analysis.measurement.charts import fit
from alliance_analysis.measurement.reading import read_series
from alliance_analysis.measurement.series import Series
from alliance_analysis.widgets.panel import field

UNITS = {
    "fraction": "shares: 0.95 or 95 %",
    "percent": "percent without its sign: 95",
    "number": "plain numbers",
}
LONGEST = 1500
"""The panel follows a record of at most so many periods."""

ASK = "Choose a CSV file: the first line names the columns, such as month and value; each further line is a period."


class OwnFile:
    """The choice of a file, and what is said of it.

    Parameters
    ----------
    unit
        Returns the unit of plain numbers: that of the card.
    take
        Called with every record that could be read.
    """

    def __init__(self, unit: Callable[[], str], take: Callable[[Series], None]) -> None:
        self._unit, self._take = unit, take
        self._file: tuple[str, bytes] | None = None
        self.record: Series | None = None
        self.numbers = field(
            w.Dropdown, "Numbers in the file", "How the values are written",
            options=[(said, key) for key, said in UNITS.items()],
        )  # fmt: skip
        self.upload = w.FileUpload(accept=".csv,.txt", multiple=False, description="Choose a CSV file")
        self.upload.layout = w.Layout(width="210px")
        self.told = w.HTML(_status(ASK, "cb-help"))
        self.view = w.VBox([self.numbers, self.upload, self.told])
        for widget, name in ((self.numbers, "numbers"), (self.upload, "upload"), (self.told, "file-told")):
            widget.add_class(f"cb-{name}")
        self.upload.observe(lambda change: self._uploaded(change["new"]), "value")
        self.numbers.observe(lambda _: self._read(), "value")

    def take_over(self, before: OwnFile) -> None:
        """Take over the file that was chosen when the page was run before."""
        self._file, self.record, self.told.value = before._file, before.record, before.told.value

    def _uploaded(self, files: tuple[dict[str, Any], ...]) -> None:
        if files:
            self._file = files[0]["name"], bytes(files[0]["content"])
            self._read()
            self.upload.value = ()  # the same file, mended, can be chosen again

    def _read(self) -> None:
        if self._file is None:
            return
        name, data = self._file
        unit = self._unit() if self.numbers.value == "number" else self.numbers.value
        try:
            record = read_record(data, unit, Path(name).stem)
        except AllianceError as error:
            self.told.value = _faults(name, error)
            return
        self.record = record
        gaps = f" Without a value: {len(record.gaps)}." if record.gaps else ""
        said = f"{name}: {record.count} values, {record.labels[0]} to {record.labels[-1]}.{gaps} "
        self.told.value = _status(said + " ".join(record.notes), "cb-good")
        self._take(record)


def read_record(data: bytes, unit: str, name: str) -> Series:
    """Read a file into a record that the panel can follow; raises BadInput with all faults.

    >>> read_record(b"month,value\\n2026-01,0.9\\n2026-02,0.95", "fraction", "ours").count
    2
    """
    record = read_series(data, unit=unit, name=name)
    if len(record.periods) > LONGEST:
        said = f"the file spans {len(record.periods):,} periods, and the panel follows up to {LONGEST:,}"
        raise BadInput(said, "add it up to months or quarters")
    fit(record)
    return record


def _status(text: str, kind: str) -> str:
    return f'<div role="status" class="{kind}">{escape(text)}</div>'


def _faults(name: str, error: AllianceError) -> str:
    items = "".join(f"<li>{escape(str(fault))}</li>" for fault in error.faults)
    return (
        f'<div role="alert" class="cb-faults" tabindex="0"><strong>“{escape(name)}” cannot be used:</strong>'
        f"<ul>{items}</ul>The record shown is still the one before.</div>"
    )
