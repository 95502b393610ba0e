"""The small tables in `data/`, and the code that derives each from its publisher's files."""

from __future__ import annotations

import functools
import hashlib
import io
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from alliance_analysis import content
from alliance_analysis.datasets import cuad, experiment, incidents, nhs, scms
from alliance_analysis.datasets.raw import RawFile, find
from alliance_analysis.datasets.scms import EARLY_DAYS, MIN_LINES
from alliance_analysis.errors import BadInput, Fault, nearest
from alliance_analysis.records import write_atomic

__all__ = [
    "DESCRIPTOR",
    "EARLY_DAYS",
    "MIN_LINES",
    "TABLES",
    "RawFile",
    "Table",
    "build",
    "derive",
    "difference",
    "load",
    "raw_files",
    "table",
    "tables",
    "titles",
    "verify",
]

DESCRIPTOR = "datapackage.json"
"""The descriptor beside the tables."""


@dataclass(frozen=True)
class Table:
    """One derived table: its publisher's files, its reference, and how it is derived from the files' paths."""

    name: str
    raw: tuple[RawFile, ...]
    source: str
    derive: Callable[..., pd.DataFrame]


_CONTRACTS = (cuad.CLAUSES, cuad.FOLDERS)

TABLES = {
    entry.name: entry
    for entry in (
        Table("vendor_delivery", (scms.LINES,), "usaid2016scms", scms.vendor_delivery),
        Table("delivery_channels", (scms.LINES,), "usaid2016scms", scms.channels),
        Table("incident_sla", (incidents.EVENTS,), "amaral2018incident", incidents.verdicts),
        Table("emergency_months", (nhs.ATTENDANCES,), "nhsengland2019emergency", nhs.months),
        Table("emergency_trust_years", (nhs.ATTENDANCES,), "nhsengland2019emergency", nhs.trust_years),
        Table("emergency_trust_months", (nhs.ATTENDANCES,), "nhsengland2019emergency", nhs.five_trusts),
        Table("contract_clauses", _CONTRACTS, "hendrycks2021cuad", cuad.clauses),
        Table("contract_pairs", _CONTRACTS, "hendrycks2021cuad", cuad.pairs),
        Table("contract_metric_words", (cuad.TEXTS,), "hendrycks2021cuad", cuad.metric_words),
        Table("contract_metric_hits", (cuad.TEXTS,), "hendrycks2021cuad", cuad.metric_hits),
        Table("experiment_periods", (experiment.CHOICES,), "solinas2022competition", experiment.periods),
        Table(
            "experiment_treatments", (experiment.CHOICES,), "solinas2022competition", experiment.treatments
        ),
    )
}
"""Every derived table by name."""


def table(name: str) -> Table:
    """Return how a table is derived; raises BadInput with the nearest name if there is none."""
    return tables([name])[0]


def tables(names: Sequence[str] = ()) -> list[Table]:
    """Return the named tables, or all; raises BadInput with the nearest name for every wrong one."""
    wrong = [name for name in names if name not in TABLES]
    if wrong:
        raise BadInput(Fault(f"there is no table '{name}'", nearest(name, TABLES)) for name in wrong)
    return [TABLES[name] for name in dict.fromkeys(names)] or list(TABLES.values())


def raw_files(names: Sequence[str] = ()) -> list[RawFile]:
    """Return the publishers' files behind the named tables, or behind all, each once."""
    return list(dict.fromkeys(file for entry in tables(names) for file in entry.raw))


@functools.cache
def _load(name: str) -> pd.DataFrame:
    return pd.read_csv(content.folder("data") / f"{name}.csv")


def load(name: str) -> pd.DataFrame:
    """Return one table; raises BadInput with the nearest name if there is none.

    >>> list(load("vendor_delivery").columns)
    ['vendor', 'quarter', 'lines', 'on_time', 'in_window', 'median_delay']
    """
    table(name)
    return _load(name).copy()


def titles() -> dict[str, str]:
    """Return each table's title, from the descriptor.

    >>> titles()["vendor_delivery"]
    'Direct deliveries by vendor and quarter'
    """
    described = json.loads((content.folder("data") / DESCRIPTOR).read_text(encoding="utf-8"))
    return {resource["name"]: resource["title"] for resource in described["resources"]}


def derive(name: str, raw: Path | None = None) -> bytes:
    """Derive a table again from its publisher's files; return it as CSV.

    The files are looked for below the folder `raw`, then among those fetched. Raises BadInput if one is not
    there, or is not the one whose hash is known.
    """
    entry = table(name)
    stream = io.StringIO()
    entry.derive(*find(entry.raw, raw)).to_csv(stream, index=False, lineterminator="\n")
    return stream.getvalue().encode("utf-8")


def build(names: Sequence[str], folder: Path, raw: Path | None = None) -> list[Path]:
    """Derive the named tables, or all, into `folder`; nothing is written unless each can be derived.

    If the folder holds a descriptor, the sizes and hashes of these tables in it are renewed.
    """
    wanted = tables(names)
    find(raw_files(names), raw)
    derived = {entry.name: derive(entry.name, raw) for entry in wanted}
    descriptor = folder / DESCRIPTOR
    described = json.loads(descriptor.read_text(encoding="utf-8")) if descriptor.is_file() else None
    for name, data in derived.items():
        write_atomic(folder / f"{name}.csv", data)
        for resource in described["resources"] if described else ():
            if resource["name"] == name:
                resource |= {"bytes": len(data), "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}
    if described:
        text = json.dumps(described, indent=2, ensure_ascii=False) + "\n"
        write_atomic(descriptor, text.encode("utf-8"))
    return [folder / f"{name}.csv" for name in derived]


def difference(shipped: bytes, derived: bytes) -> str | None:
    r"""Say where a derived table first differs from the shipped one; None if they are the same bytes.

    >>> print(difference(b"a,b\n1,2\n", b"a,b\n1,3\n"))
    line 2: shipped '1,2\n', derived '1,3\n'
    >>> print(difference(b"a,b\n1,2\n", b"a,b\n"))
    line 2: shipped '1,2\n', derived nothing
    """
    pairs = itertools.zip_longest(shipped.splitlines(keepends=True), derived.splitlines(keepends=True))
    for number, (old, new) in enumerate(pairs, start=1):
        if old != new:
            shown = [
                "nothing" if line is None else repr(line.decode("utf-8", "replace")) for line in (old, new)
            ]
            return f"line {number}: shipped {shown[0]}, derived {shown[1]}"
    return None


def verify(names: Sequence[str] = (), raw: Path | None = None) -> Iterator[tuple[str, str | None]]:
    """Derive the named tables, or all, and yield each name with where it differs from the shipped table, or None."""
    find(raw_files(names), raw)
    for entry in tables(names):
        shipped = (content.folder("data") / f"{entry.name}.csv").read_bytes()
        yield entry.name, difference(shipped, derive(entry.name, raw))
