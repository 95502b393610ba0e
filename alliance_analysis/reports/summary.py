"""The summary of a batch: one HTML page with links, thumbnails and failures, and the same as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from alliance_analysis.reports.ledger import Entry, Ledger
from alliance_analysis.reports.stores import Store

PAGE = "index.html"
TABLE = "summary.csv"
_HERE = Path(__file__).resolve().parent


def write_summary(store: Store, ledger: Ledger) -> None:
    """Write `index.html` and `summary.csv` beside the reports of a batch."""
    entries = ledger.entries()
    store.put(TABLE, as_csv(entries).encode("utf-8"))
    store.put(PAGE, as_page(entries, Path(ledger.get("notebook_file")).stem).encode("utf-8"))


def as_csv(entries: Sequence[Entry]) -> str:
    """Return a batch as CSV: one row a job, its parameters, state, time, recorded outcomes and files.

    >>> print(as_csv([Entry("a-1", 0, {"case": "timex"}, "", "done")]), end="")
    id,case,state,failure,reason,attempts,seconds,files
    a-1,timex,done,,,0,,
    """
    parameters = list(dict.fromkeys(name for entry in entries for name in entry.parameters))
    outcomes = list(dict.fromkeys(name for entry in entries for name in entry.outcomes))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    fixed = ["state", "failure", "reason", "attempts", "seconds"]
    writer.writerow(["id", *parameters, *fixed, *outcomes, "files"])
    for entry in entries:
        given = [_plain(entry.parameters.get(name, "")) for name in parameters]
        numbers = [entry.outcomes.get(name, "") for name in outcomes]
        state = [entry.state, entry.kind, entry.what, entry.attempts, entry.seconds.get("total", "")]
        writer.writerow([_safe(v) for v in (entry.id, *given, *state, *numbers, " ".join(_reports(entry)))])
    return stream.getvalue()


def as_page(entries: Sequence[Entry], notebook: str) -> str:
    """Return a batch as one HTML page that needs nothing from the network."""
    failed = [entry for entry in entries if entry.state == "failed"]
    waiting = [entry for entry in entries if entry.state in ("waiting", "running")]
    made = len(entries) - len(failed) - len(waiting)
    line = f"{made} of {len(entries)} reports made"
    line += f", {len(failed)} failed" if failed else ""
    line += f", {len(waiting)} not yet made" if waiting else ""
    differing = _differing(entries)
    return Template((_HERE / "summary.html").read_text(encoding="utf-8")).substitute(
        style=(_HERE / "report.css").read_text(encoding="utf-8"),
        title=f"Batch of {escape(notebook)}",
        line=line,
        failures=_failures(failed, differing),
        reports=_made([entry for entry in entries if entry.state == "done"], differing),
    )


def _failures(entries: Iterable[Entry], names: Sequence[str]) -> str:
    rows = "".join(
        f"<tr><th scope='row'>{_links(e) or escape(e.id)}</th>{_cells(e, names)}"
        f"<td>{escape(e.kind)}</td><td>{escape(e.what)}</td></tr>"
        for e in entries
    )
    if not rows:
        return ""
    head = "".join(f"<th scope='col'>{escape(n)}</th>" for n in ("id", *names, "failure", "reason"))
    return f"<h2>Failed</h2><div class='table'><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"


def _made(entries: Iterable[Entry], names: Sequence[str]) -> str:
    rows = "".join(
        f"<tr><th scope='row'>{_picture(e)}{escape(e.id)}</th>{_cells(e, names)}"
        f"<td>{_links(e)}</td><td class='number'>{e.seconds.get('total', 0.0):.1f}</td></tr>"
        for e in entries
    )
    if not rows:
        return ""
    head = "".join(f"<th scope='col'>{escape(n)}</th>" for n in ("id", *names, "report", "seconds"))
    return f"<h2>Reports</h2><div class='table'><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"


def _differing(entries: Sequence[Entry]) -> list[str]:
    """Return the parameters that differ between rows; the others would only fill the page."""
    names = dict.fromkeys(name for entry in entries for name in entry.parameters)
    return [n for n in names if len({_plain(entry.parameters.get(n)) for entry in entries}) > 1]


def _cells(entry: Entry, names: Iterable[str]) -> str:
    return "".join(f"<td>{escape(_plain(entry.parameters.get(name, '')))}</td>" for name in names)


def _links(entry: Entry) -> str:
    return " ".join(f"<a href='{quote(name)}'>{escape(Path(name).name)}</a>" for name in _reports(entry))


def _picture(entry: Entry) -> str:
    found = [name for name in entry.files if name.startswith("thumbnails/")]
    alt = f"First figure of {escape(entry.id)}"
    return f"<img loading='lazy' alt='{alt}' src='{quote(found[0])}'>" if found else ""


def _reports(entry: Entry) -> list[str]:
    return [name for name in entry.files if not name.startswith("thumbnails/")]


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _safe(value: Any) -> Any:
    """Keep a spreadsheet from taking text for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
