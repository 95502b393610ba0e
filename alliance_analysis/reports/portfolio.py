"""The report over a batch: its parts in the order in which a reader wants them.

The notebook `reports/portfolio_report` calls one part a cell. It reads the ledger alone, so it serves a batch of any
notebook: outcomes are whatever numbers that notebook recorded (`reports.outcomes`).
"""

from __future__ import annotations

import functools
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from alliance_analysis import __version__
from alliance_analysis.errors import BadInput, nearest
from alliance_analysis.figures import portfolio_tables
from alliance_analysis.reports import portfolio_findings as findings
from alliance_analysis.reports.case_report import Parts
from alliance_analysis.reports.front import Front
from alliance_analysis.reports.portfolio_data import Made, example, read_made
from alliance_analysis.reports.portfolio_findings import LISTED, Part, count, listed, plain, some
from alliance_analysis.reports.portfolio_numbers import Rows, is_balanced, tabulate

NOTEBOOK = "reports/portfolio_report.ipynb"


@dataclass(frozen=True)
class Portfolio:
    """A report over the rows of a batch.

    Parameters
    ----------
    batch
        Folder or address that a batch wrote to. Empty: a built-in example, the numbers that the case report records
        for every combination of case, focus and some invented margins, computed here.
    prepared_for, date
        What the title page says; `date` is an ISO date.
    outcome
        The outcome that ranks the rows. Empty: of those that most rows recorded, the one with the most values.
    higher_is_better
        Which end of that outcome is the better one.

    Raises BadInput if there is no batch at the address, or it recorded outcomes but none by this name.

    >>> portfolio = Portfolio(outcome="evidence cards")
    >>> len(portfolio.rows.outcomes) == len(portfolio.made.entries)
    True
    """

    batch: str = ""
    prepared_for: str = ""
    date: str = ""
    outcome: str = ""
    higher_is_better: bool = True
    made: Made = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "made", read_made(self.batch) if self.batch else example())
        recorded = list(map(str, self.rows.outcomes))
        if self.outcome and recorded and self.outcome not in recorded:
            what = f"the batch recorded no outcome '{self.outcome}'"
            raise BadInput(what, nearest(self.outcome, recorded), field="outcome")

    @functools.cached_property
    def rows(self) -> Rows:
        """The rows that were made, as tables."""
        return tabulate([entry for entry in self.made.entries if entry.state == "done"])

    def front(self) -> Front:
        """Return the title page."""
        rows = (
            f"{count(len(self.made.entries), 'row')} of “{Path(self.made.notebook).stem.replace('_', ' ')}”"
        )
        subtitle = rows if self.batch else f"Built-in example: {rows}"
        return Front("Portfolio Report", subtitle=subtitle, author=self.prepared_for, date=self.date)

    def glance(self) -> Parts:
        """Return how many rows were made, with which parameters, and what time they took."""
        return Parts(tuple(self._glance()))

    def _glance(self) -> Iterator[Part]:
        entries = self.made.entries
        states = Counter(entry.state for entry in entries)
        kinds = Counter(entry.kind for entry in entries if entry.state == "failed").most_common()
        by_kind = f" ({', '.join(f'{number} {plain(kind)}' for kind, number in kinds)})" if kinds else ""
        said = [
            f"The batch has {count(len(entries), 'row')}: {states['done']} made, {states['failed']} failed{by_kind}, "
            f"{states['waiting'] + states['running']} not finished."
        ]
        if not self.batch:
            said[:0] = [
                "No batch was named, so this is the built-in example: what the case report records for every "
                "combination of case, focus and margin, computed in this notebook without writing the reports. The "
                "cases are real; the margins are invented."
            ]
        every = tabulate(entries)
        factors = every.factors
        if is_balanced(factors) and len(entries) == math.prod(factors.nunique()):
            sizes = [f"{name} ({factors[name].nunique()} values)" for name in factors]
            said.append(f"The rows are a full grid: every combination of {listed(sizes)}, once.")
        seconds = pd.DataFrame([dict(entry.seconds) for entry in entries if entry.state == "done"])
        if "total" in seconds:
            total = seconds["total"]
            said.append(
                f"A row that was made took {total.median():.1f} seconds in the median and {total.max():.1f} at most; "
                f"all of them together took {total.sum():.0f} seconds of work (@tbl:times)."
            )
        else:
            said.append("No times were recorded.")
        said += ["@tbl:parameters lists the parameters."] if len(every.parameters.columns) else []
        yield Markdown(" ".join(said))
        if len(every.parameters.columns):
            yield portfolio_tables.parameters(
                {str(n): Counter(every.parameters[n]) for n in every.parameters}
            )
        if "total" in seconds:
            yield portfolio_tables.times(seconds)

    def distributions(self) -> Parts:
        """Return how each outcome is spread over the rows."""
        return Parts(tuple(findings.distributions(self.rows)))

    def outliers(self) -> Parts:
        """Return the values that stand out, by two rules that are stated."""
        return Parts(tuple(findings.outliers(self.rows)))

    def sensitivity(self) -> Parts:
        """Return which parameters the outcomes go along with."""
        return Parts(tuple(findings.sensitivity(self.rows)))

    def ranking(self) -> Parts:
        """Return the best and the worst rows by the chosen outcome."""
        return Parts(tuple(findings.ranking(self.rows, self.outcome, self.higher_is_better)))

    def failures(self) -> Parts:
        """Return what failed, by kind and reason."""
        return Parts(tuple(self._failures()))

    def _failures(self) -> Iterator[Part]:
        groups: dict[tuple[str, str], list[str]] = defaultdict(list)
        for entry in self.made.entries:
            if entry.state == "failed":
                groups[entry.kind, entry.what].append(entry.id)
        if not groups:
            yield Markdown("No row failed.")
            return
        order = sorted(groups.items(), key=lambda group: -len(group[1]))
        table = pd.DataFrame(
            [
                {"kind": kind, "reason": reason, "count": len(ids), "rows": some(ids)}
                for (kind, reason), ids in order[:LISTED]
            ]
        )
        more = f" The {LISTED} most frequent are printed." if len(order) > LISTED else ""
        failed = sum(map(len, groups.values()))
        of = count(len(self.made.entries), "row")
        reasons = count(len(order), "reason")
        yield Markdown(f"{failed} of {of} failed, for {reasons} (@tbl:failures).{more}")
        yield portfolio_tables.failures(table)

    def methods(self) -> Markdown:
        """Return how the report was made: source, parameters, version."""
        name = self.batch if "://" in self.batch else Path(self.batch).name
        source = f"the ledger of the batch “{plain(name)}”" if self.batch else "the built-in example"
        formats = f", whose reports were made as {plain(self.made.formats)}" if self.made.formats else ""
        better = "higher" if self.higher_is_better else "lower"
        settings = [
            f"prepared for {plain(self.prepared_for) or '(no name given)'}",
            f"date {self.date or 'none'}",
            f"outcome {plain(self.outcome) or '(none named)'}",
            f"{better} is better",
        ]
        return Markdown(
            f"This report was made with version {__version__} of the Alliance Casebook from {source}{formats}. Its "
            f"settings: {'; '.join(settings)}. Only rows that were made are compared; what a row recorded is compared "
            "as it was recorded, rounded to 12 significant digits."
        )
