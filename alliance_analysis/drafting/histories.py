"""Real records on which a threshold can be tried: a vendor's deliveries, and emergency departments in England."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from alliance_analysis import datasets
from alliance_analysis.drafting.track_record import VENDORS, deliveries
from alliance_analysis.errors import BadInput, nearest
from alliance_analysis.measurement.series import Series, series

ENGLAND = {
    "all": "all departments",
    "1": "major departments",
    "2": "single specialty",
    "other": "minor injuries",
}
"""The types of department, as the publisher counts them."""

VENDOR = "vendor:"
"""How the key of a vendor's record begins."""


@dataclass(frozen=True)
class History:
    """One real record: its key in a file, its title in a list, its references, and how it is read.

    Higher is better in all of them.
    """

    key: str
    title: str
    sources: tuple[str, ...]
    read: Callable[[], Series]


@functools.cache
def _vendor(short: str, full: str) -> Series:
    found = deliveries(full)
    return series(
        list(found.index), numerator=found["on_time"], denominator=found["lines"],
        name=f"Lines on time, {short}", unit="fraction of lines",
    )  # fmt: skip


def _emergency(table: str, column: str, key: str, name: str) -> Series:
    rows = datasets.load(table)
    rows = rows[rows[column] == key]
    return series(
        list(rows["month"]), numerator=rows["attendances"] - rows["breaches"], denominator=rows["attendances"],
        name=f"Within 4 hours, {name}", unit="fraction of attendances",
    )  # fmt: skip


@functools.cache
def histories() -> dict[str, History]:
    """Return every record by its key.

    >>> histories()["trust:RAS"].title, histories()["england:all"].read().count
    ('Emergency department, trust RAS (lowest)', 36)
    """
    found = [
        History(VENDOR + full, f"Deliveries: {short}", ("usaid2016scms",), functools.partial(_vendor, short, full))
        for short, full in VENDORS.items()
    ]  # fmt: skip
    nhs = ("nhsengland2019emergency",)
    for kind, said in ENGLAND.items():
        read = functools.partial(_emergency, "emergency_months", "type", kind, f"England ({said})")
        found.append(History(f"england:{kind}", f"Emergency departments, England: {said}", nhs, read))
    ranks = datasets.load("emergency_trust_months").drop_duplicates("trust").set_index("trust")["rank"]
    for trust, rank in ranks.items():
        read = functools.partial(
            _emergency, "emergency_trust_months", "trust", str(trust), f"trust {trust} ({rank})"
        )
        found.append(History(f"trust:{trust}", f"Emergency department, trust {trust} ({rank})", nhs, read))
    return {history.key: history for history in found}


def history(key: str) -> History:
    """Return a record by its key; raises BadInput with the nearest key."""
    if key not in histories():
        raise BadInput(f"there is no record '{key}'", nearest(key, histories()))
    return histories()[key]
