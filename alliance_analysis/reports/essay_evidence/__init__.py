"""What a student may put into the essay as evidence: numbers, figures and tables of the own run, and case exhibits.

Each module holds what one room of the workbook offers, all in the one shape of `offer.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from alliance_analysis.agreement import Agreement, AgreementFile
from alliance_analysis.cases import case_folders, case_names
from alliance_analysis.reports.essay_evidence import accords, cases, kpi, negotiation, review, worth
from alliance_analysis.reports.essay_evidence.offer import Evidence, Offer

__all__ = ["Evidence", "Offer", "evidence", "pages"]


OWN: tuple[Offer[Any], ...] = (
    *(*kpi.OFFERS, *negotiation.OFFERS, *accords.OFFERS, *worth.OFFERS, *review.OFFERS),
    accords.LABORATORY,
)
"""What the pages of the workbook offer, in the order of the course."""


@functools.cache
def _offer_of() -> dict[str, Offer[Any]]:
    """Return what offers each token; no case is read for it."""
    every = (*OWN, *(offer for name in case_folders() for offer in cases.offers(name)))
    return {token: offer for offer in every for token in offer.tokens()}


class Shelf(Mapping[str, Evidence]):
    """All evidence that an agreement offers, by token; what was not kept yet is not offered.

    What a page offers is worked out when one of its tokens is asked for. The order is that of the course.
    """

    def __init__(self, agreement: Agreement) -> None:
        self._agreement = agreement
        self._found: dict[str, dict[str, Evidence]] = {}

    def __getitem__(self, token: str) -> Evidence:
        return self._of(_offer_of()[token])[token]

    def __iter__(self) -> Iterator[str]:
        for offer in (*OWN, *(offer for name in case_names() for offer in cases.offers(name))):
            yield from self._of(offer)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _of(self, offer: Offer[Any]) -> dict[str, Evidence]:
        first = offer.tokens()[0]
        if first not in self._found:
            self._found[first] = {item.token: item for item in offer.evidence(self._agreement)}
        return self._found[first]


def evidence(opened: AgreementFile) -> Shelf:
    """Return all evidence that an agreement file offers.

    >>> from alliance_analysis.agreement import example_path, read_agreement
    >>> evidence(read_agreement(example_path()))["number:target"].text
    '90%'
    """
    return Shelf(opened.agreement)


def pages() -> Mapping[str, str]:
    """Return every token that there may be, with the page on which it is kept.

    >>> pages()["figure:debrief"]
    '03_kpi_negotiation'
    """
    return {token: offer.page for token, offer in _offer_of().items()}
