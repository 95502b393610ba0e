"""What the cases offer: the accords of each as the record shows them, and what the reader rewrote of one."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

from alliance_analysis.agreement import Agreement
from alliance_analysis.cases import Case, load_case
from alliance_analysis.figures import Exhibit, redesign
from alliance_analysis.figures.accords import accord_grid
from alliance_analysis.reports.essay_evidence.offer import Offer
from alliance_analysis.simulation.counterfactual import Redesign, lived_again, redesign_in, section


class _Rewritten(NamedTuple):
    case: Case
    kept: Redesign

    def table(self) -> Exhibit:
        return redesign.rewritten(self.case, self.kept)

    def figure(self) -> Exhibit:
        return redesign.lived_again(self.case, self.kept, lived_again(self.case, self.kept))


def _rewritten(name: str, agreement: Agreement) -> _Rewritten | None:
    case = load_case(name)
    kept = redesign_in(agreement, case) if section(case) in agreement.choices else None
    return _Rewritten(case, kept) if kept and kept.clauses else None


def offers(name: str) -> Iterator[Offer[Any]]:
    """Yield what one case offers; it is read when it is asked for."""
    page, mine = f"cases/{name}", functools.partial(_rewritten, name)
    grid = (lambda case: f"accords in the case {case.file.short}", accord_grid)
    table = (lambda mine: f"your clauses for {mine.case.file.short} beside the record", _Rewritten.table)
    again = (lambda mine: f"{mine.case.file.short} lived again with your clauses", _Rewritten.figure)
    yield Offer[Case](page, lambda _: load_case(name), exhibits={f"figure:accords_{name}": grid}, own=False)
    yield Offer[_Rewritten](page, mine, exhibits={f"table:redesign_{name}": table})
    yield Offer[_Rewritten](page, mine, exhibits={f"figure:lived_again_{name}": again}, simulated=True)
