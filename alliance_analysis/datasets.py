"""The small tables in `data/`, and the code that derives each from its publisher's file."""

from __future__ import annotations

import functools
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from alliance_analysis import content
from alliance_analysis.errors import BadInput, nearest

EARLY_DAYS = 7
"""A delivery more than this many days early counts as a miss in the stricter reading."""

MIN_LINES = 50
"""A vendor needs this many delivery lines to enter the table."""


@dataclass(frozen=True)
class Table:
    """One derived table: its publisher's file (path below the raw folder, SHA-256) and how it is derived."""

    name: str
    raw: str
    sha256: str
    source: str
    derive: Callable[[Path], pd.DataFrame]


def _vendor_delivery(raw: Path) -> pd.DataFrame:
    """Return deliveries by vendor and quarter of the scheduled date; direct deliveries only, not warehouse rows."""
    lines = pd.read_csv(
        raw, usecols=["Fulfill Via", "Vendor", "Scheduled Delivery Date", "Delivered to Client Date"]
    )
    lines = lines[lines["Fulfill Via"] == "Direct Drop"]
    dates = {
        name: pd.to_datetime(lines[name], format="%d-%b-%y")
        for name in ("Scheduled Delivery Date", "Delivered to Client Date")
    }
    delay = (dates["Delivered to Client Date"] - dates["Scheduled Delivery Date"]).dt.days
    frame = pd.DataFrame(
        {
            "vendor": lines["Vendor"],
            "quarter": dates["Scheduled Delivery Date"].dt.to_period("Q").astype(str),
            "delay": delay,
            "on_time": delay <= 0,
            "in_window": delay.between(-EARLY_DAYS, 0),
        }
    )
    frame = frame[frame.groupby("vendor")["delay"].transform("size") >= MIN_LINES]
    counts = frame.groupby(["vendor", "quarter"], as_index=False).agg(
        lines=("delay", "size"),
        on_time=("on_time", "sum"),
        in_window=("in_window", "sum"),
        median_delay=("delay", "median"),
    )
    return counts.sort_values(["vendor", "quarter"], ignore_index=True)


TABLES = {
    entry.name: entry
    for entry in (
        Table(
            "vendor_delivery",
            "scms/SCMS_Delivery_History_Dataset.csv",
            "918b992dd3e8d4b64d2a727b2c4ea607603d0c58f19484e73f7b78528c6a8673",
            "usaid2016scms",
            _vendor_delivery,
        ),
    )
}
"""Every derived table by name."""


@functools.cache
def _load(name: str) -> pd.DataFrame:
    return pd.read_csv(content.folder("data") / f"{name}.csv")


def table(name: str) -> Table:
    """Return how a table is derived; raises BadInput with the nearest name if there is none."""
    if name not in TABLES:
        raise BadInput(f"there is no table '{name}'", nearest(name, TABLES))
    return TABLES[name]


def load(name: str) -> pd.DataFrame:
    """Return one table; raises BadInput with the nearest name if there is none.

    >>> list(load("vendor_delivery").columns)
    ['vendor', 'quarter', 'lines', 'on_time', 'in_window', 'median_delay']
    """
    table(name)
    return _load(name).copy()


def derive(name: str, raw: Path) -> bytes:
    """Derive a table again from the publisher's file below the folder `raw`; return it as CSV.

    Raises BadInput if the file is not there, or is not the one whose hash is known.
    """
    entry = table(name)
    path = raw / entry.raw
    if not path.is_file():
        raise BadInput(
            "the publisher's file is not there", f"put it at {entry.raw} below this folder", file=path
        )
    if hashlib.sha256(path.read_bytes()).hexdigest() != entry.sha256:
        raise BadInput("this is not the publisher's file (its SHA-256 differs)", "fetch it again", file=path)
    stream = io.StringIO()
    entry.derive(path).to_csv(stream, index=False, lineterminator="\n")
    return stream.getvalue().encode("utf-8")
